/* fuzz_config: the configuration file. */
#include <stdlib.h>
#include <string.h>

#include "config/command.h"
#include "fuzz.h"

#define PASSWORD "Zq7neverShownXy"

/* Commands are taken apart, but never run: whatever the input is. */
static void split(const uint8_t *data, size_t size)
{
    char *text = fuzz_copy(data, size);
    const char *why = NULL;
    char **words = config_split_words(text, &why);
    DEMAND(words || why);
    for (size_t i = 0; words && words[i]; i++)
        DEMAND(strlen(words[i]) <= strlen(text));
    free(words);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* The file alone, and with all that a file must have, so that any piece of one will do. */
    static const char *const passwords[] = {"FLUENT_API_PASSWORD=" PASSWORD,
                                            "FLUENT_DB_PASSWORD=" PASSWORD, NULL};
    static const char *const enough[] = {"FLUENT_API_URL=https://support.example.com",
                                         "FLUENT_API_USERNAME=api",
                                         "FLUENT_API_PASSWORD=" PASSWORD,
                                         "FLUENT_DB_PASSWORD=" PASSWORD,
                                         "FLUENT_DB_NAME=dashboard",
                                         NULL};
    static const char command[] = "_command";
    split(data, size);
    /* libFuzzer learns the password, too, from its being looked for. */
    if (size && (memmem(data, size, command, sizeof command - 1) ||
                 memmem(data, size, PASSWORD, sizeof PASSWORD - 1)))
        return 0;
    fuzz_config(data, size, passwords, size % 2, PASSWORD);
    fuzz_config(data, size, enough, true, PASSWORD);
    return 0;
}
