/* password: reading a password from where a key says that it is. */
#ifndef FLUENT_SYNC_CONFIG_PASSWORD_H
#define FLUENT_SYNC_CONFIG_PASSWORD_H

#include "base/error.h"
#include "config/config.h"
#include "config/value.h"

/*
 * Takes the password that `value` gives (itself, a file, or a command that is run) into the
 * configuration, or adds a problem. `ended` is set when the run had to end while a command ran: the
 * deadline counts from source->began_ms.
 */
void config_password(const struct config_value *value, const struct config_source *source,
                     struct error *ended);

#endif
