/* environment: the variables that a configuration may come from. */
#ifndef FLUENT_SYNC_CONFIG_ENVIRONMENT_H
#define FLUENT_SYNC_CONFIG_ENVIRONMENT_H

/* The value of variable `name` of "NAME=value" texts; NULL when it is not there or empty. */
const char *config_environment(const char *const *environment, const char *name);

#endif
