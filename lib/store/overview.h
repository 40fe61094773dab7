/*
 * overview: what the page shows, read from the tables: sums and short lists, so that it costs the
 * same memory whatever the tables hold. Instants are seconds since 1970, 0: none. Every function
 * returns -1 with `error`, or 0. Texts belong to the arena that they were read into.
 */
#ifndef FLUENT_SYNC_OVERVIEW_H
#define FLUENT_SYNC_OVERVIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "io/db.h"
#include "model/mapping.h"
#include "model/outbox_row.h"

/* Whose tables. */
struct overview {
    struct db *db;
    const char *site_key;
    struct arena *arena;
};

/* Runs */

enum overview_result {
    OVERVIEW_COMPLETE,
    OVERVIEW_PARTIAL,
    OVERVIEW_FAILED,
    OVERVIEW_RUNNING, /* active, or killed: overview_state.running says which */
};
struct overview_run {
    int64_t id, began, took_ms; /* took_ms -1: not known */
    enum overview_result result;
    int exit_code;       /* -1: not known, as of the replaced service's runs */
    const char *mode;    /* "full", "incremental", "tickets", "push"; NULL: not known */
    const char *message; /* NULL: none */
    int64_t read, added, updated, deleted, rejected;
};
/* The newest `limit` runs, newest first. */
int overview_runs(const struct overview *of, int64_t limit, struct overview_run **runs,
                  size_t *count, struct error *error);

/* What is known of the site, and whether a run is at work. */
struct overview_state {
    const char *home, *address, *zone; /* NULL: not known */
    int64_t total;                     /* tickets on the site; -1: not known */
    int64_t last_full_walk;
    bool walking; /* a walk of the whole list is in progress, or was interrupted */
    bool running; /* somebody holds the lease, with a heartbeat younger than `lease_s`, and is not
                     known to be gone */
};
int overview_state(const struct overview *of, int lease_s, struct overview_state *state,
                   struct error *error);

struct overview_reject {
    const char *fluent_id, *reason;
    int64_t attempts, first_seen, next_attempt;
    bool accepted;
};
/* At most `limit` of those on record: waiting ones first, then the newest. */
int overview_rejects(const struct overview *of, int64_t limit, struct overview_reject **rejects,
                     size_t *count, struct error *error);
struct overview_reject_counts {
    int64_t waiting, conversations, accepted; /* conversations: of the waiting ones */
    const char *first;                        /* the fluent_id of a waiting one; NULL: none waits */
};
int overview_reject_counts(const struct overview *of, struct overview_reject_counts *counts,
                           struct error *error);

/* *behind: how many conversations have changed since they were stored. */
int overview_conversations(const struct overview *of, int64_t *behind, struct error *error);

/* What waits in the outbox: see store/outbox.h. */
struct outbox_counts;
struct outbox_list;
int overview_outbox(const struct overview *of, struct outbox_counts *counts, struct error *error);

/* Tickets: those that are not deleted on the site, and have not left the scope. Days are wall
 * time's, as the tables have it. */

struct overview_totals {
    int64_t tickets, open, unanswered, edited;
    int64_t open_before; /* open, and created before `from` */
    const char *oldest;  /* the first day of creation; NULL: no tickets */
};
/* `from` is "YYYY-MM-DD". */
int overview_totals(const struct overview *of, const char *from, struct overview_totals *totals,
                    struct error *error);

struct overview_day {
    const char *day; /* "YYYY-MM-DD" */
    int64_t count;
};
enum overview_event { OVERVIEW_CREATED, OVERVIEW_CLOSED };
/* How many a day, from `from` on; days without are left out. A closed ticket without a date of its
 * closing counts as closed at its last change. */
int overview_days(const struct overview *of, enum overview_event event, const char *from,
                  struct overview_day **days, size_t *count, struct error *error);

struct overview_median {
    int64_t seconds, of; /* of so many; 0: there is none */
};
/* From a ticket's creation to the first answer (as the site says in raw_data; of the newest 2000
 * created since `from`: each is a row to be read), and to its closing (closed since `from`). */
int overview_first_answer(const struct overview *of, const char *from,
                          struct overview_median *median, struct error *error);
int overview_closing(const struct overview *of, const char *from, struct overview_median *median,
                     struct error *error);

/* Tickets created since `from`, by everything that the page breaks them down by. NULL: none. */
struct overview_group {
    const char *status, *urgency, *category, *mailbox, *agent; /* mailbox: its id */
    int64_t count;
};
int overview_groups(const struct overview *of, const char *from, struct overview_group **groups,
                    size_t *count, struct error *error);

/* The names of the mailboxes that tickets are in, as far as raw_data tells them. */
struct overview_mailbox {
    const char *id, *name;
};
int overview_mailboxes(const struct overview *of, struct overview_mailbox **mailboxes,
                       size_t *count, struct error *error);

/* The list: requests of all sources that nobody deleted or ignored, newest first; of FluentSupport
 * those of this site. */

/* The ids of the newest `limit`. */
int overview_request_ids(const struct overview *of, int64_t limit, int64_t **ids, size_t *count,
                         struct error *error);
struct overview_edit {
    const char *column;
    const char *site; /* the site's value; "" when it is a long text, NULL for SQL NULL */
    /* Its row in the outbox; NULL: there is none, or it was cancelled. */
    const struct outbox_row *sent;
};
enum { OVERVIEW_EDITS_MAX = 4 };
struct overview_request {
    int64_t id;
    const char *source, *date, *time, *category, *urgency, *website, *text;
    /* of FluentSupport; ticket NULL: of another source */
    const char *ticket, *status, *customer, *title, *mailbox, *agent, *closed_at;
    int64_t first_answer; /* seconds; -1: none, or not known */
    int64_t responses;    /* -1: not known */
    int64_t deleted_at, invisible_since, left_scope_at;
    struct overview_edit edits[OVERVIEW_EDITS_MAX];
    size_t edit_count;
};
enum { OVERVIEW_CHUNK = 100 };
/* The requests `ids` (at most OVERVIEW_CHUNK), in that order; one that is gone meanwhile is left
 * out. At most `text_chars` characters of each text are read. */
struct overview_page {
    const int64_t *ids;
    size_t count;
    int text_chars;
    /* Of overview_edits. */
    const struct request_schema *schema;
    const struct outbox_list *outbox;
};
/* Sets what people's edits are told by, in the arena of `of`: the mapped columns of requests (the
 * five, and those of [map.fields]), and what waits in the outbox. */
int overview_edits(const struct overview *of, const struct mapping_pairs *fields,
                   struct overview_page *page, struct error *error);
int overview_requests(const struct overview *of, const struct overview_page *page,
                      struct overview_request **requests, size_t *count, struct error *error);

#endif
