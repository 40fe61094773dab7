/* harness_terminal: the program on a terminal of its own, a pseudo one, where a test types. */
#ifndef HARNESS_TERMINAL_H
#define HARNESS_TERMINAL_H

#include "harness.h"

struct dialogue {
    struct harness *h;
    struct process *process;
    int master, slave;
    char *said;   /* all that it wrote so far, with plain line breaks; "" before */
    size_t heard; /* how much of it the last dialogue_hear has passed */
};

/* Starts fluent-sync with these words of a shell line, like printf. The terminal controls it, so
 * that Ctrl-C typed there is a SIGINT for it. */
void dialogue_start(struct dialogue *d, struct harness *h, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Waits until it has said these words, after those that were waited for before. */
void dialogue_hear(struct dialogue *d, const char *words);
/* Types a line; keys as they are ("\003" is Ctrl-C). */
void dialogue_type(struct dialogue *d, const char *line);
void dialogue_press(struct dialogue *d, const char *keys);
/* Waits for words, and types a line. */
void dialogue_answer(struct dialogue *d, const char *words, const char *line);
/* Waits for its end. The terminal must then show what is typed, and the password must never have
 * stood on it. Returns the exit code; `said` is valid until the end of the test. */
int dialogue_end(struct dialogue *d);

#endif
