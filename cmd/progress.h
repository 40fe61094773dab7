/* progress: how far a walk is: a bar on the last line of a terminal, gone when the run ends. */
#ifndef FLUENT_SYNC_PROGRESS_H
#define FLUENT_SYNC_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"

/* All zero: off. */
struct progress {
    FILE *out; /* NULL: off */
    bool shown;
    int64_t drawn_ms; /* when it was last drawn */
    /* Where rate and time left are reckoned from: the first news of tickets. */
    int64_t since_ms, since_tickets;
    double since_share;
};

/* Turns it on, unless `out` is no terminal that can take back what is on its line, as `term` (the
 * variable TERM, NULL: not set) says. */
void progress_open(struct progress *progress, FILE *out, const char *term);
/* A sync_progress; `context` is a struct progress. Draws at most ten times a second, as wide as the
 * terminal is at that moment, and not at all while another job has the terminal. */
void progress_draw(void *context, int64_t tickets, double share);
/* Takes the bar away; the next progress_draw brings it back. */
void progress_hide(struct progress *progress);
/* Takes it away for good. */
void progress_close(struct progress *progress);

/* What the bar says. */
struct progress_facts {
    int64_t tickets;
    double share;  /* 0..1 */
    double rate;   /* tickets per second; below 0: not known */
    double left_s; /* below 0: not known */
};
/* Appends it in at most `width` cells of ASCII: what matters less is left out where it is narrow.
 */
void progress_print(struct buf *out, const struct progress_facts *facts, size_t width);

#endif
