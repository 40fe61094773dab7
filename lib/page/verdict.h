/* verdict: is the mirror well? One sentence, what explains it, and what to do. Pure. */
#ifndef FLUENT_SYNC_PAGE_VERDICT_H
#define FLUENT_SYNC_PAGE_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/zone.h"
#include "store/outbox.h"
#include "store/overview.h"

/* How the sentence sounds; each has a colour and an icon of its own. */
enum verdict_tone { VERDICT_NONE, VERDICT_WELL, VERDICT_HEED, VERDICT_FAIL, VERDICT_BUSY };

/* What it is judged by. */
struct verdict_facts {
    const struct overview_run *runs; /* newest first */
    size_t run_count;
    struct overview_state state;
    struct overview_reject_counts rejects;
    struct outbox_counts outbox;
    int64_t now;             /* seconds since 1970 */
    const struct zone *zone; /* of the times in the sentences */
};

enum { VERDICT_TEXT = 256, VERDICT_STEPS = 3 };

/* Texts are plain, with commands in `backticks`; "" where there is nothing to say. */
struct verdict {
    enum verdict_tone tone;
    char sentence[VERDICT_TEXT];
    char explanation[2 * VERDICT_TEXT];
    bool nothing_to_do;
    char to_do[2 * VERDICT_TEXT]; /* behind "What to do:", or behind "Nothing to do." */
    char steps[VERDICT_STEPS][VERDICT_TEXT];
    size_t step_count;
    const char *said; /* what the newest run said, when it did not end well; the run's text */
    int said_code;    /* its exit code, -1 when unknown */
    size_t said_runs; /* so many runs in a row ended like it */

    const struct overview_run *complete; /* the newest complete one; NULL: none */
    bool current;                        /* the tables are as of now, not as of `complete` */
    bool stale;                          /* whatever starts runs has stopped */
    int64_t interval; /* the usual pause between two runs' beginnings in seconds; 0: not known */
};

void verdict_judge(struct verdict *verdict, const struct verdict_facts *facts);

/* Did two runs end alike? Their messages may name different moments and requests. */
bool verdict_alike(const struct overview_run *a, const struct overview_run *b);

#endif
