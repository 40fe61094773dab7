/* settings: where each value comes from, in words that may be shown. */
#ifndef FLUENT_SYNC_CONFIG_SETTINGS_H
#define FLUENT_SYNC_CONFIG_SETTINGS_H

#include "config/config.h"
#include "config/value.h"

/* Appends a value and where it comes from. -1 when there is no memory. */
int config_settings_add(struct config_settings *settings, const struct config_value *value);
void config_settings_release(struct config_settings *settings);

#endif
