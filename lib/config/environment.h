/* environment: the variables that a configuration may come from. */
#ifndef FLUENT_SYNC_CONFIG_ENVIRONMENT_H
#define FLUENT_SYNC_CONFIG_ENVIRONMENT_H

/* The passwords of the two accounts that `setup` alone uses. */
#define CONFIG_ADMIN_VARIABLE "FLUENT_SYNC_ADMIN_PASSWORD"
#define CONFIG_MIGRATE_VARIABLE "FLUENT_SYNC_MIGRATE_PASSWORD"

/* The value of variable `name` of "NAME=value" texts; NULL when it is not there or empty. */
const char *config_environment(const char *const *environment, const char *name);

#endif
