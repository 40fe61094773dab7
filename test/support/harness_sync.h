/*
 * harness_sync: what tests of whole runs have in common: a mirror to start from, and looking at
 * what runs left behind.
 */
#ifndef HARNESS_SYNC_H
#define HARNESS_SYNC_H

#include <cjson/cJSON.h>

#include "harness.h"

/*
 * As HARNESS_TEST. At the end of each test the counters of every run row must add up, no run may be
 * left in progress, and no table may hold the site's password.
 */
int sync_end(void **state);
#define SYNC_TEST(function) cmocka_unit_test_setup_teardown(function, harness_begin, sync_end)

/* Fails the test, showing all that the program said, unless it ended with this exit code. */
void sync_expect(struct outcome outcome, int code);
/* Fails the test unless the words are in the text, or when they are. */
void sync_says(const char *text, const char *words);
void sync_says_not(const char *text, const char *words);
/* What is on stderr, with each advice behind its message, as a run's row has them. */
char *sync_told(struct harness *h, const char *err);

/* Fails the test when the text would move a terminal's cursor, colour it or reorder a line. */
void sync_safe(const char *text);

/*
 * The scene of most tests: a site of so many generated tickets (SYNC_RECORDED: of the recorded
 * ones), its configuration (see harness_config), and migrated tables.
 */
enum { SYNC_RECORDED = -1 };
void sync_prepare(struct harness *h, int tickets, const char *fluent, const char *sync,
                  const char *sections);
/* Migrates the test's database. */
void sync_migrate(struct harness *h);

/* Empties the tables but for the run rows: as if nothing had ever been stored. */
void sync_forget(struct harness *h);
/* Someone edits the request of a ticket in the dashboard: "category = 'Forms', urgency = NULL". */
void sync_edit(struct harness *h, int ticket, const char *set);
/* Every reject is due to be asked for again. */
void sync_rejects_due(struct harness *h);
/* Whoever holds the lease has not renewed it for years. */
void sync_expire_lease(struct harness *h);

/* A checksum of each of these tables. */
char *sync_sums(struct harness *h, const char *tables);
/* All rows of all tables. */
char *sync_dump(struct harness *h);

/* The last run's row: a column of it. */
char *sync_last(struct harness *h, const char *column);

/* A column of a ticket or of its request, where both have one of that name as f.x or r.x. */
char *sync_cell(struct harness *h, int ticket, const char *column);

/* Waits until this query says 1. */
void sync_wait_until(struct harness *h, const char *sql);
/* Waits until a run is in progress, which its row says. */
void sync_await_run(struct harness *h);
/* Starts a run with this option (NULL: none) that waits for the site's first answer about tickets,
 * which does not come; returns once the run is in progress. */
struct process *sync_start_stalled(struct harness *h, const char *option);

/* The one JSON document that the text is; the caller's. */
cJSON *sync_json(const char *text);
/* The number of the member, which must be one. */
double sync_member(const cJSON *object, const char *name);

/* What stands at name, or at name.then, of a ticket as the site has it: a text or a number; NULL
 * for null and where there is nothing. */
const char *sync_text_at(struct harness *h, const cJSON *ticket, const char *name,
                         const char *then);
/* "2026-11-20T07:31:26+00:00" as the wall time of TZ, as a query shows it; NULL for NULL. */
const char *sync_wall(struct harness *h, const char *utc);

/* A counter of the site: "requests", "routes.me", ... */
int64_t sync_stat(struct harness *h, const char *name);

/* The rows of a query; NULL is NULL. They live until the end of the test. */
struct sync_rows {
    size_t count, width;
    char **cells;
};
struct sync_rows sync_query(struct harness *h, const char *sql);

#endif
