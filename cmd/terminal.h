/* terminal: asks a person at the terminal. */
#ifndef FLUENT_SYNC_TERMINAL_H
#define FLUENT_SYNC_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"

/* Are standard input and output a terminal? */
bool terminal_is_there(void);

/* Whether the terminal shows what is typed. */
enum terminal_echo { TERMINAL_SHOWS, TERMINAL_HIDES };

/*
 * Prints the prompt and waits for a line, which `answer` gets without the white space around it; of
 * a hidden one only the line break goes. -1 as limits_check when a signal ends the wait, and with
 * ERR_USAGE at the end of the input; the terminal then shows again what is typed. `answer` may hold
 * a password: terminal_forget.
 */
int terminal_ask(const char *prompt, enum terminal_echo echo, const struct limits *limits,
                 struct buf *answer, struct error *error);
/* Wipes and frees it. */
void terminal_forget(struct buf *answer);

/* Prints a word of the site, of a server or of a file so that it is safe for a terminal. */
void terminal_say(FILE *out, const char *text);

#endif
