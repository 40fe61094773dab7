/*
 * store: the mirror in MySQL as a run sees it: its state, its run row, and the tickets of a page
 * stored in one fenced transaction. Every function that returns -1 has set `error`; db_failure of
 * store_db tells whether the transaction is worth another try.
 */
#ifndef FLUENT_SYNC_STORE_H
#define FLUENT_SYNC_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "core/merge.h"
#include "core/tally.h"
#include "core/walk.h"
#include "io/db.h"
#include "model/counters.h"
#include "model/mapping.h"
#include "model/row.h"
#include "model/state.h"

struct store;

/* A store of `site_key` on an open connection, which stays the caller's. With `dry` nothing is
 * going to be written, and tables that `migrate` has yet to make count as empty. The caller owns
 * `*store`. */
int store_open(struct store **store, struct db *db, const char *site_key, bool dry,
               struct error *error);
void store_close(struct store *store);
struct db *store_db(const struct store *store);

/* The state row */

/* What a run finds beside it. */
struct findings {
    bool rejects;       /* some are on record */
    bool interrupted;   /* the newest run row is in progress: its run was killed */
    int64_t oldest_run; /* the smallest id of a run row of any site; 0: none */
};

/* The state and what is beside it, all empty when there is no row yet (or no table, before
 * `migrate`). */
int store_read_state(struct store *store, struct state *state, struct findings *findings,
                     struct arena *arena, struct error *error);

/* Within a transaction: records who the site is, before any of its tickets is stored. `home` may be
 * NULL. `other`: it is another one than before, so that nothing counts as compared, and a walk in
 * progress is over. */
int store_know_site(struct store *store, const char *home, const char *address, bool other,
                    struct error *error);

/* Within a transaction: writes the state, but for its walk. */
int store_write_state(struct store *store, const struct state *state, struct error *error);

/* *key becomes the other site_key under which tickets of the site `home` are stored, or may be (the
 * replaced service's, which have no key); NULL: there is none. In `arena`. */
int store_find_alias(struct store *store, const char *home, const char **key, struct arena *arena,
                     struct error *error);

/* Lease */

/* See lease_acquire. */
int store_acquire(struct store *store, int lease_s, struct error *error);
void store_release(struct store *store);

/* The run row */

enum run_status { RUN_SUCCESS, RUN_PARTIAL, RUN_FAILED };

struct run_row {
    int64_t id;
    const char *mode;        /* as the tables and documents say it; NULL: not known yet */
    const char *date_filter; /* "YYYY-MM-DD" */
    const char *version;
    struct counters counts;
    int64_t duration_ms;
    enum { SEES_UNKNOWN, SEES_PART, SEES_ALL } sees_all; /* what the API user may see */
    bool complete;
    int exit_code;
    const char *message; /* NULL: none */
};

/* Within a transaction: closes what killed runs left in progress, as failed, "interrupted". */
int store_close_interrupted(struct store *store, struct error *error);
/* Outside of one: makes the new row, provided that the lease is still ours; fills run->id. `again`:
 * an earlier try failed, and may have left one. */
int store_start_run(struct store *store, struct run_row *run, bool again, struct error *error);

/* The end of a run, within a transaction: the run row, and the state when `state` is not NULL. With
 * `walked` the walk in progress is closed (its pages are removed). */
int store_finish_run(struct store *store, const struct run_row *run, enum run_status status,
                     const struct state *state, bool walked, struct error *error);
/* Only that the run failed, with the run's row, where the account may do nothing more (see
 * db_exec_last): without a fence, as the row is the run's own. */
int store_tell_end(struct store *store, const struct run_row *run, struct error *error);
/* Removes rows of fluent_sync_status beyond the newest `keep`, a hundred at a time. */
int store_trim_runs(struct store *store, int keep, struct error *error);

/* The tables as they are */

/* 0: runs can rely on requests; -1 with ERR_DATABASE as dashboard_judge says, or when it cannot be
 * asked for. */
int store_check_requests(struct store *store, struct error *error);
/* Looks up the mapped columns of requests: the five, then those of `fields`. Without the table
 * (before `migrate`): as `migrate` would make it. A column that is not there has FIELD_OTHER. */
int store_request_schema(struct store *store, const struct mapping_pairs *fields,
                         struct request_schema *schema, struct error *error);

/* A page, in one transaction */

/* Begins, locks the lease's row and verifies that it is ours: see lease_begin. */
int store_begin(struct store *store, struct error *error);
int store_commit(struct store *store, struct error *error);
void store_rollback(struct store *store);
int store_savepoint(struct store *store, struct error *error);
int store_rollback_to_savepoint(struct store *store, struct error *error);

/* What is stored of a ticket. */
struct stored {
    int64_t id; /* of the row */
    char fluent_id[FLUENT_ID_SIZE];
    char fingerprint[HASH_SIZE]; /* "" : inherited from the old service */
    int64_t request_id;          /* 0: none */
    bool deleted, invisible, hidden;
    int64_t edits_kept; /* columns that a person changed, when it was last merged */
};

/* The stored ones among `ids`, ascending by fluent_id (strcmp), in `arena`. */
int store_lookup(struct store *store, const char *const *ids, size_t count, struct stored **found,
                 size_t *found_count, struct arena *arena, struct error *error);

/* A ticket's request as it stands. */
struct stored_request {
    int64_t ticket_id;                            /* fluent_tickets.id */
    bool linked;                                  /* the row that request_id names is there */
    bool present;                                 /* and is the request made for this ticket */
    bool removed;                                 /* a person deleted or ignored it */
    struct cell base;                             /* fluent_tickets.base */
    const char *number, *created_at, *updated_at; /* of the ticket; as they are stored */
    const char *hidden_as;                        /* see store_show_request */
    struct cell columns[REQUEST_COLUMNS_MAX];
};

/* The requests of the rows `ids` of fluent_tickets, ascending by ticket_id. With `lock` the newest
 * versions, locked, instead of the transaction's snapshot. */
int store_lookup_requests(struct store *store, const struct request_schema *schema,
                          const int64_t *ids, size_t count, bool lock,
                          struct stored_request **found, size_t *found_count, struct arena *arena,
                          struct error *error);

/* A ticket to be written. */
struct write {
    const struct row *row;
    const struct stored *stored; /* NULL: new */
    bool new_request;            /* a request is to be made for it */
    int64_t request_id;          /* 0: none (yet: store_insert_requests fills in the new one) */
    struct cell base;
    int64_t edits_kept;
    bool hidden;
    bool altered; /* store_insert_requests: the table may hold other values than were written */
};

/* Inserts the requests of new tickets (or of inherited ones without) in multi-row statements and
 * fills `request_id` of each. When the ids that the server gave cannot be told the connection is
 * dropped: a new one knows the step between them. When that does not help, the next try and all
 * that follow insert one by one, which is right on any server. */
int store_insert_requests(struct store *store, const struct request_schema *schema,
                          struct write *const *writes, size_t count, struct error *error);
/* The mapped columns as they stand of the requests `ids`, as this transaction sees them; ascending
 * by id. */
struct held_request {
    int64_t id;
    struct cell columns[REQUEST_COLUMNS_MAX];
};
int store_read_requests(struct store *store, const struct request_schema *schema,
                        const int64_t *ids, size_t count, struct held_request **found,
                        size_t *found_count, struct arena *arena, struct error *error);
/* Inserts new tickets, their request_id and base with them. */
int store_insert_tickets(struct store *store, struct write *const *writes, size_t count,
                         struct error *error);
/* Writes changed tickets; they count as neither deleted nor invisible afterwards, unless `aside`.
 */
int store_update_tickets(struct store *store, struct write *const *writes, size_t count, bool aside,
                         struct error *error);

/*
 * Writes those columns of a request whose verdict is MERGE_WRITE, provided that each of them still
 * holds `ours`, and that nobody removed the request or `aside` is set, which leaves the row looking
 * unchanged. *written becomes false when it did not.
 */
struct request_update {
    int64_t request_id;
    const enum merge_verdict *verdicts;
    const struct cell *ours, *theirs;
    bool aside;
};
int store_update_request(struct store *store, const struct request_schema *schema,
                         const struct request_update *update, bool *written, struct error *error);

/* Does a column of the request that is not mapped hold something else than when it was made, or can
 * that not be told? After store_request_schema. */
int store_request_touched(struct store *store, int64_t request_id, bool *touched,
                          struct error *error);
/* Hides an active request of ours (status deleted); see deleted_tickets = hide. *hidden: it was.
 * `version` then tells this state of the row from every later one, or is "" where it cannot. */
enum { VERSION_SIZE = 32 };
int store_hide_request(struct store *store, int64_t request_id, bool *hidden,
                       char version[VERSION_SIZE], struct error *error);
/* Shows a hidden request again, unless somebody changed it since it was hidden as `version` (NULL:
 * not known). *shown: it was. */
int store_show_request(struct store *store, int64_t request_id, const char *version, bool *shown,
                       struct error *error);

/* Counters of the run row, while it runs. */
int store_progress(struct store *store, const struct run_row *run, struct error *error);

/* The walk in progress */

/* Saves the walk's beginning into the state row. */
int store_start_walk(struct store *store, const struct walk_state *walk, struct error *error);
/* Saves a page of it: the interval it proves and the ids it held. */
struct walk_page_key {
    int64_t walk_id, run_id; /* the run that read it */
};
int store_save_walk_page(struct store *store, const struct walk_page_key *key,
                         struct walk_interval proven, const int64_t *ids, size_t count,
                         struct error *error);
/* Reads them back, in the order in which they were read: the intervals, and every id into `seen` as
 * TALLY_BEFORE. */
int store_read_walk(struct store *store, int64_t walk_id, struct walk_interval **proven,
                    size_t *count, struct tally *seen, struct arena *arena, struct error *error);
/* Saves the instant since which changes are to be explained at the walk's end. */
int store_walk_watermark(struct store *store, int64_t watermark, struct error *error);
/* Saves what the walk found at its top: see plan.h, total. */
int store_walk_top(struct store *store, int64_t total, int64_t max_id, struct error *error);

/* Vanished tickets */

/* Stored tickets that count as there, by row id, behind `after`; at most `limit`. */
struct present {
    int64_t id, ticket, mailbox_id, request_id;
    bool invisible;
    char created_at[20];
};
int store_present(struct store *store, int64_t after, size_t limit, struct present *rows,
                  size_t *count, struct error *error);
/* `hidden_as` is the version as which its request was hidden; NULL: it was not. */
int store_mark_deleted(struct store *store, int64_t id, const char *hidden_as, struct error *error);
/* Gives a deleted ticket's row a key of its own, "ID~ROW": the site has given its id to another. */
int store_set_aside(struct store *store, int64_t id, struct error *error);
int store_mark_invisible(struct store *store, int64_t id, struct error *error);
/* How many stored tickets count as there. */
int store_count_present(struct store *store, int64_t *count, struct error *error);

/* Rows that a walk did not write: of tickets that are deleted, invisible, rejected, out of scope;
 * and those whose request was put away. */
enum { ASIDE_ROWS = 100 };
struct aside {
    struct stored stored;
    const char *raw; /* raw_data; NULL: none */
    size_t raw_length;
};
struct aside_rows {
    struct aside *rows;
    size_t count; /* less than ASIDE_ROWS: these are the last */
};
/* The next ones behind row `after` and what a walk wrote that began at `since`, in `arena`. */
int store_aside(struct store *store, int64_t after, int64_t since, struct aside_rows *found,
                struct arena *arena, struct error *error);
/* Removes such a row's raw_data. */
int store_forget_raw(struct store *store, int64_t id, struct error *error);
/* Removes what is at a path of the ticket from such rows without raw_data. */
int store_forget_path(struct store *store, const char *path, int64_t since, struct error *error);
/* Removes the raw_data of rejects last seen before the run began. */
int store_forget_rejects(struct store *store, int64_t run_id, struct error *error);

/* Rejects */

struct reject {
    const char *fluent_id, *reason, *raw, *fingerprint;
    bool accepted;
    int attempts;
};

/* The rejects among `ids`. */
int store_lookup_rejects(struct store *store, const char *const *ids, size_t count,
                         struct reject **found, size_t *found_count, struct arena *arena,
                         struct error *error);
/* Records a reject; one on record with the same fingerprint stays accepted and counts one attempt
 * more. */
int store_reject(struct store *store, const struct reject *reject, struct error *error);
int store_clear_reject(struct store *store, const char *fluent_id, struct error *error);
/* After a complete walk: removes unreadable positions, and rejects without an id that were last
 * seen before the run began, by the database's clock (run_id 0: none of these). */
int store_clear_nameless(struct store *store, int64_t run_id, struct error *error);
/* Ids of rejects whose next attempt is due, at most `limit`. */
int store_due_rejects(struct store *store, int64_t *ids, size_t limit, size_t *count,
                      struct error *error);
/* Rejects on record: all, and those that nobody accepted. */
int store_count_rejects(struct store *store, int64_t *all, int64_t *waiting, struct error *error);

#endif
