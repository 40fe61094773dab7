/* environment: reading variables, and wiping the passwords among them. */
#include "config/environment.h"

#include <string.h>

#include "config/config.h"
#include "config/keys.h"

const char *config_environment(const char *const *environment, const char *name)
{
    size_t n = strlen(name);
    for (; environment && *environment; environment++)
        if (strncmp(*environment, name, n) == 0 && (*environment)[n] == '=')
            return (*environment)[n + 1] ? *environment + n + 1 : NULL;
    return NULL;
}

/* Overwrites the value of "NAME=value" if that is the variable's name. */
static void forget(char *variable, const char *name)
{
    size_t n = name ? strlen(name) : 0;
    if (n && strncmp(variable, name, n) == 0 && variable[n] == '=')
        explicit_bzero(variable + n + 1, strlen(variable + n + 1));
}

void config_forget(char *const *environment)
{
    for (; *environment; environment++)
        for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++)
            if (CONFIG_KEYS[i].type == TYPE_SECRET) {
                forget(*environment, CONFIG_KEYS[i].environment);
                forget(*environment, CONFIG_KEYS[i].legacy);
            }
}
