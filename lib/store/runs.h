/* runs: fluent_sync_status: a row for each run. */
#ifndef FLUENT_SYNC_STORE_RUNS_H
#define FLUENT_SYNC_STORE_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/run_row.h"
#include "store/store.h"

/* Within a transaction: closes what killed runs left in progress, as failed, "interrupted". */
int store_close_interrupted(struct store *store, struct error *error);
/* Outside of one: makes the new row, provided that the lease is still ours; fills run->id. `again`:
 * an earlier try failed, and may have left one. */
int store_start_run(struct store *store, struct run_row *run, bool again, struct error *error);

/* Counters of the run row, while it runs. */
int store_progress(struct store *store, const struct run_row *run, struct error *error);

/* The end of a run in its row, within a transaction. *called: the site has called for tickets that
 * this run has not asked for, and nothing was written; `called` NULL: it is written in any case. */
int store_finish_run(struct store *store, const struct run_row *run, enum run_status status,
                     bool *called, struct error *error);
/* When the newest runs before this one began, the last one first: `limit` at most. */
int store_run_begins(struct store *store, int64_t run_id, int64_t *begins, size_t limit,
                     size_t *count, struct error *error);
/* *ended: the run's end is on record, as store_finish_run wrote it. */
int store_run_ended(struct store *store, int64_t run_id, bool *ended, struct error *error);
/* Only that the run failed, with the run's row, where the account may do nothing more (see
 * db_exec_last): without a fence, as the row is the run's own. */
int store_tell_end(struct store *store, const struct run_row *run, struct error *error);
/* Removes rows of the site in fluent_sync_status beyond the newest `keep`, a thousand at most. */
int store_trim_runs(struct store *store, int keep, struct error *error);

#endif
