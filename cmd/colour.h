/* colour: colours on a terminal, and plain text elsewhere. */
#ifndef FLUENT_SYNC_COLOUR_H
#define FLUENT_SYNC_COLOUR_H

#include <stdbool.h>
#include <stdio.h>

enum colour { COLOUR_PLAIN, COLOUR_GOOD, COLOUR_HEED, COLOUR_BAD, COLOUR_BUSY, COLOUR_FAINT };

/* Is `out` a terminal that shows colours, and does nobody object (NO_COLOR)? */
bool colour_wanted(FILE *out);
/* Prints the text, coloured where that is wanted. */
void colour_print(FILE *out, enum colour colour, const char *text);

#endif
