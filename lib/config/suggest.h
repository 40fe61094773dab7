/* suggest: what somebody may have meant who wrote a section, a key or a variable that there is not.
 */
#ifndef FLUENT_SYNC_CONFIG_SUGGEST_H
#define FLUENT_SYNC_CONFIG_SUGGEST_H

#include "base/buf.h"

/* Appends "; did you mean [SECTION]?"; nothing when none is near. */
void config_suggest_section(struct buf *out, const char *section);
/* Appends "; it belongs in [SECTION]" of a key that another section has, or "; did you mean KEY?"
 */
void config_suggest_key(struct buf *out, const char *section, const char *name);

/* Adds a warning, a line each, about variables of our own prefix (FLUENT_) that there are not, with
 * the nearest name. Those that Kubernetes sets for a service are no mistake. */
void config_warn_variables(const char *const *environment, struct buf *warnings);

#endif
