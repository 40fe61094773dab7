/* status_text: what `status` says to people. */
#ifndef FLUENT_SYNC_STATUS_TEXT_H
#define FLUENT_SYNC_STATUS_TEXT_H

#include "page/page.h"
#include "store/report.h"

struct status_text {
    const struct page_summary *summary;
    struct report *runs;            /* newest first, at least the newest one if there is one */
    const struct report *breakdown; /* tickets by their status */
    int64_t complete;               /* when the newest complete run began; 0: never */
    int64_t edits;                  /* of people */
    int64_t left;                   /* tickets that have left the scope */
    int64_t calls, oldest_call;     /* tickets called for that wait, and since when */
    int64_t behind;                 /* conversations that have changed since they were stored */
    bool history;                   /* print all of `runs` */
};
/* Prints it to the standard output: coloured on a terminal, where the runs' times are those of the
 * zone too. */
void status_print(const struct status_text *text);

#endif
