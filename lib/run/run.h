/* run: a run as a whole: what its steps share, and what they have found so far. */
#ifndef FLUENT_SYNC_RUN_H
#define FLUENT_SYNC_RUN_H

#include "core/rank.h"
#include "core/rolling.h"
#include "model/state.h"
#include "run/page_writer.h"
#include "store/inbox.h"

/* What comes of the run. */
struct run_outcome {
    char mode[24];      /* "full", "full, resumed", "incremental", "tickets", "push"; "": not
                           known yet */
    bool compared;      /* all that may have changed was compared: the next run goes by that */
    struct buf reasons; /* why the run is not complete, a line each */
    struct buf advice;  /* what to do about these; one line */
};

/* What the pages of the walk held, those that earlier runs read too. */
struct run_seen {
    struct tally ids;
    int64_t max;      /* the largest of them */
    int64_t nameless; /* items without an id */
    double share;     /* of the list that is proven, 0..1 */
    bool again;       /* this is the run's second walk */
};

/* The tickets that the site calls for: see inbox.h. */
struct run_inbox {
    struct inbox_call *early; /* read before the site was asked for tickets; of the run's arena */
    size_t early_count;
    bool taken;             /* tickets were fetched so */
    bool waiting;           /* there are calls that this run has not dealt with */
    int64_t refused;        /* deletions that are not believed */
    int64_t unmarked;       /* deletions that the database refused to mark */
    int64_t look_at, until; /* clock_monotonic_ms: not sooner, not later; 0: not fixed yet */
};

/* The list as it was last compared, and its comparison in this run: see record.h. */
struct run_record {
    struct record ids;
    bool is_whole;          /* it holds all tickets that the state counts */
    bool holds;             /* it is what the run will have compared, and is to be saved */
    bool has_stored;        /* no earlier run has stored a ticket that it does not have, or such
                               tickets were looked for */
    struct rank *rank;      /* NULL: the list is not compared with it */
    bool searched;          /* pages were compared by rank, and new tickets on them were stored */
    bool hinted;            /* the site's log was asked for */
    struct record told;     /* deleted, as the site said when asked for each: see hint.h */
    struct walk_window end; /* the page that was asked for first */
};

/* When which part of the list was read: see rolling.h. */
struct run_rolling {
    struct rolling before, now; /* as it was read, and with what this run has read */
    int64_t runs[ROLLING_GAPS]; /* when runs before this one began, the last one first */
    size_t run_count;
    bool is_on;   /* each run reads a part: so it is configured, and the record is whole */
    bool all_due; /* this one is to read all of them, which a walk does */
    bool holds;   /* `now` is what the run has read, and is to be saved with its state */
    bool partial; /* likewise, though the run fails: of the part that it had read by then */
};

struct run {
    struct run_input in;
    struct run_basis basis;
    struct writer writer; /* the page writer's thread owns it while page_writer_is_busy */
    struct page_writer pages;
    struct site *site;
    struct state before; /* as the last run stored it, with the walk in progress */
    struct state next;   /* as it will be stored, if the run compares everything */
    struct run_seen seen;
    struct run_outcome outcome;
    struct run_inbox inbox;
    struct run_record record;
    struct run_rolling rolling;
    struct tally doubted; /* tickets whose conversation came without its newest entry in this run */

    struct log caller_log;
    struct db_options mysql; /* the configuration's, within the limits */
    struct buf scope;        /* the configuration's, printed: the next run goes by that alone */
    struct buf run_scope;    /* basis.scope, printed */
    struct arena arena;      /* lives as long as the run */
    bool needs_trim;         /* there may be more run rows than are kept */
    bool rescopes;           /* rows are marked otherwise than their status says: see rescope.h */
    bool has_tickets;        /* some were stored when it began */
    bool has_conversations;  /* some are stored, or are noted as to be asked for */
    bool has_internal;       /* some stored entries are not for customers */
    bool probed;             /* single tickets could be read: see probe_site */
};

/* Adds a reason why the run is not complete, and what to do about it; NULL: nothing. */
void run_mark_incomplete(struct run *run, const char *advice, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What the run's row and the report call this run. No page is being stored. */
void run_set_mode(struct run *run, const char *mode);

/* Do the options ask for a full walk? */
bool run_is_told_to_walk(const struct run *run);

/* Tells whoever wants to know how far the walk is. */
void run_report_progress(const struct run *run);

#endif
