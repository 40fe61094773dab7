/* progress: a bar on the terminal's last line that shows how far a walk is, until the run ends. */
#ifndef FLUENT_SYNC_PROGRESS_H
#define FLUENT_SYNC_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"

/* All zero: off. */
struct progress {
    FILE *out;  /* NULL: off */
    bool lines; /* nothing can be drawn: a line now and then says how far it is */
    bool shown;
    int64_t drawn_ms; /* when it was last drawn */
    /* What the rate and the time left are computed from: the first report of tickets. */
    int64_t since_ms, since_tickets;
    double since_share;
};

/* Turns it on, if `out` is a terminal. `term` is the variable TERM (NULL: not set): of a terminal
 * that can erase no line, "dumb", the first line comes after 5 seconds, others every 30. */
void progress_open(struct progress *progress, FILE *out, const char *term);
/* A sync_progress; `context` is a struct progress. Draws at most ten times a second, as wide as the
 * terminal is at that moment, and not at all while another job has the terminal. */
void progress_draw(void *context, int64_t tickets, double share);
/* Erases the bar; the next progress_draw draws it again. */
void progress_hide(struct progress *progress);
/* Erases it for good. */
void progress_close(struct progress *progress);

/* What the bar says. */
struct progress_facts {
    int64_t tickets;
    double share;  /* 0..1 */
    double rate;   /* tickets per second; below 0: not known */
    double left_s; /* below 0: not known */
};
/* Appends it in at most `width` cells of ASCII: what matters less is left out when there is little
 * room. */
void progress_print(struct buf *out, const struct progress_facts *facts, size_t width);

#endif
