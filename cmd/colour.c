/* colour: the codes of a terminal's colours. */
#include "colour.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const CODES[] = {
    [COLOUR_PLAIN] = "",       [COLOUR_GOOD] = "\033[32m", [COLOUR_HEED] = "\033[33m",
    [COLOUR_BAD] = "\033[31m", [COLOUR_BUSY] = "\033[36m", [COLOUR_FAINT] = "\033[2m",
};
#define RESET "\033[0m"

bool colour_wanted(FILE *out)
{
    const char *plain = getenv("NO_COLOR"), *term = getenv("TERM");
    return !(plain && *plain) && term && strcmp(term, "dumb") != 0 && isatty(fileno(out)) == 1;
}

void colour_print(FILE *out, enum colour colour, const char *text)
{
    if (colour == COLOUR_PLAIN || !colour_wanted(out))
        fputs(text, out);
    else
        fprintf(out, "%s%s" RESET, CODES[colour], text);
}
