/* fuzz_environment: the environment, a variable a line, with an empty file. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

enum { VARIABLES_MAX = 64 };

#define PASSWORD "Zq7neverShownXy"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *variables[VARIABLES_MAX + 3] = {"FLUENT_API_PASSWORD=" PASSWORD,
                                                "DB_NAME=dashboard"};
    char *lines[VARIABLES_MAX];
    size_t count = 0;
    struct fuzz_input in = {data, data + size};
    /* libFuzzer learns the password from its being looked for. */
    if (size && memmem(data, size, PASSWORD, sizeof PASSWORD - 1))
        return 0;
    while (in.at < in.end && count < VARIABLES_MAX) {
        lines[count] = fuzz_line(&in);
        variables[count + 2] = lines[count];
        count++;
    }
    fuzz_config("", 0, variables, true, PASSWORD);
    while (count)
        free(lines[--count]);
    return 0;
}
