/* suggest: what somebody may have meant who wrote a section or a key that there is not. */
#ifndef FLUENT_SYNC_CONFIG_SUGGEST_H
#define FLUENT_SYNC_CONFIG_SUGGEST_H

#include "base/buf.h"

/* Appends "; did you mean [SECTION]?"; nothing when none is near. */
void config_suggest_section(struct buf *out, const char *section);
/* Appends "; it belongs in [SECTION]" of a key that another section has, or "; did you mean KEY?"
 */
void config_suggest_key(struct buf *out, const char *section, const char *name);

#endif
