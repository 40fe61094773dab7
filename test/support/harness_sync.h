/*
 * harness_sync: what tests of whole runs share: a mirror to start from, and ways to look at what
 * runs have left behind.
 */
#ifndef HARNESS_SYNC_H
#define HARNESS_SYNC_H

#include <cjson/cJSON.h>

#include "harness.h"

/*
 * Like HARNESS_TEST. In addition, at the end of each test the counters of every run row must add
 * up, no run may still be in progress, and no table may contain the site's password.
 */
int sync_end(void **state);
#define SYNC_TEST(function) cmocka_unit_test_setup_teardown(function, harness_begin, sync_end)
/* Ends a test's case as its end does, and begins the next one, with an empty database. */
void sync_next_case(void **state);

/* Fails the test, and shows what the program wrote, unless it ended with this exit code. */
void sync_expect(struct outcome outcome, int code);
/* Fails the test unless the text contains the words; if it contains them. */
void sync_says(const char *text, const char *words);
void sync_says_not(const char *text, const char *words);
/* What is on stderr, with each advice behind its message, as a run's row has them. */
char *sync_told(struct harness *h, const char *err);

/* Fails the test if the text could move a terminal's cursor, colour it or reorder a line. */
void sync_safe(const char *text);

/*
 * Sets the scene of most tests: a site with this many generated tickets (SYNC_RECORDED: with the
 * recorded ones), a configuration for it (see harness_config), and migrated tables.
 */
enum { SYNC_RECORDED = -1 };
void sync_prepare(struct harness *h, int tickets, const char *fluent, const char *sync,
                  const char *sections);
/* Migrates the test's database. */
void sync_migrate(struct harness *h);

/* Empties all tables except the run rows, as if nothing had ever been stored. */
void sync_forget(struct harness *h);
/* Changes the request of a ticket, as a person does in the dashboard: "category = 'Forms'". */
void sync_edit(struct harness *h, int ticket, const char *set);
/* Makes every reject due to be fetched again. */
void sync_rejects_due(struct harness *h);
/* Makes the lease look as if nobody had renewed it for years. */
void sync_expire_lease(struct harness *h);

/* Returns a checksum of each of these tables. */
char *sync_sums(struct harness *h, const char *tables);
/* Returns all rows of all tables. */
char *sync_dump(struct harness *h);

/* Returns a column of the last run's row. */
char *sync_last(struct harness *h, const char *column);

/* Returns a column of a ticket or of its request; if both have it, as f.name or r.name. */
char *sync_cell(struct harness *h, int ticket, const char *column);

/* Waits until this query returns 1. */
void sync_wait_until(struct harness *h, const char *sql);
/* Waits until the process has said this on stderr. */
void sync_await_words(struct harness *h, const struct process *process, const char *words);
/* Waits until a run is in progress: until its row says so. */
void sync_await_run(struct harness *h);
/* Starts a run with this option (or NULL) whose first request for tickets is never answered.
 * Returns once the run is in progress. */
struct process *sync_start_stalled(struct harness *h, const char *option);

/* Parses the text, which must be one JSON document; the caller frees it. */
cJSON *sync_json(const char *text);
/* Returns a member that must be a number. */
double sync_member(const cJSON *object, const char *name);

/* Returns the text or number at `name`, or at `name`.`then`, of a ticket in the site's JSON; NULL
 * for null and if there is none. */
const char *sync_text_at(struct harness *h, const cJSON *ticket, const char *name,
                         const char *then);
/* Returns the text or number at `name` of a ticket as the site has it now; "NULL" for null and if
 * there is none. */
const char *sync_there(struct harness *h, int ticket, const char *name);
/* Converts "2026-11-20T07:31:26+00:00" to the wall time of TZ, in MySQL's form. NULL stays NULL. */
const char *sync_wall(struct harness *h, const char *utc);

/* Returns a counter of the site, such as "requests" or "routes.me". */
int64_t sync_stat(struct harness *h, const char *name);

/* Returns the rows of a query, NULL as NULL. They live until the end of the test. */
struct sync_rows {
    size_t count, width;
    char **cells;
};
struct sync_rows sync_query(struct harness *h, const char *sql);

#endif
