/* report: what `status`, `tickets` and `rejects` show, read from the tables. */
#ifndef FLUENT_SYNC_REPORT_H
#define FLUENT_SYNC_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/zone.h"
#include "io/db.h"
#include "model/mapping.h"

/* How a value is to be shown. */
enum report_kind {
    REPORT_TEXT,
    REPORT_NUMBER,
    REPORT_BOOL,    /* "0" or "1" */
    REPORT_INSTANT, /* "2025-10-06T10:30:00.000Z" */
    REPORT_WALL,    /* the same, of a wall time in the tables */
    REPORT_PLAIN,   /* date and time of a request: as they stand */
};

struct report_column {
    const char *name;
    enum report_kind kind;
};

/* A table of texts, NULL for SQL NULL. Everything belongs to the report. What fills one returns -1
 * with ERR_DATABASE and an enum db_failure, or ERR_INTERNAL when there is no memory. */
struct report {
    const struct report_column *columns;
    size_t width, rows;
    const char **cells; /* rows * width */
    struct arena arena;
};

/* The text at a row and a column's name; NULL when it is NULL, or there is no such column. */
const char *report_cell(const struct report *report, size_t row, const char *column);
void report_release(struct report *report);

/* The newest `limit` runs, newest first; one in progress among them. */
int report_runs(struct report *report, struct db *db, const char *site_key, int64_t limit,
                struct error *error);
/* ticket_status and count; tickets that are deleted or have left the scope are not counted. */
int report_breakdown(struct report *report, struct db *db, const char *site_key,
                     struct error *error);
/* When the newest complete run began; 0: never. */
int report_last_complete(int64_t *instant, struct db *db, const char *site_key,
                         struct error *error);

/* How many closed tickets without a date the last full walk in one run skipped; -1: there was none.
 */
int report_undated(int64_t *tickets, struct db *db, const char *site_key, struct error *error);

/* Numbers for monitoring; -1: not known. */
struct report_gauges {
    int64_t last_success;                 /* when the newest complete run began; -1: never too */
    int64_t tickets_stored, tickets_left; /* tickets_left: out of the scope; these are not stored
                                             ones, nor are deleted ones */
    int64_t rejects_waiting;
    int64_t calls_waiting, oldest_call; /* in fluent_inbox; when the oldest came, -1: none waits */
    int64_t conversations_behind;
    /* In fluent_outbox; oldest_sent: when the oldest of those that are being sent was sent, -1:
     * none is. */
    int64_t changes_waiting, changes_sending, changes_failed, changes_held, oldest_sent;
};
#define REPORT_NO_GAUGES ((struct report_gauges){-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1})
int report_gauges(struct report_gauges *gauges, struct db *db, const char *site_key,
                  struct error *error);

struct report_filter {
    int64_t limit, offset;
    const char *status; /* NULL: any */
    int64_t mailbox;    /* -1: any */
    const char *since;  /* created at this wall time or later; NULL: whenever */
    bool all_sources;
};
/* Tickets with their request, by created_at then id, newest first. `zone` is that of the wall times
 * in the tables. With `all_sources` requests of every source, each with its ticket if it has one,
 * by date and time, newest first: the same columns, NULL where there is no ticket. */
int report_tickets(struct report *report, struct db *db, const char *site_key,
                   const struct report_filter *filter, const struct zone *zone,
                   struct error *error);
/* How many there are, whatever limit and offset say. */
int report_ticket_count(int64_t *count, struct db *db, const char *site_key,
                        const struct report_filter *filter, struct error *error);
/* The one ticket with this fluent_id, or no row. */
int report_ticket(struct report *report, struct db *db, const char *site_key, const char *fluent_id,
                  const struct zone *zone, struct error *error);
/* A request that a ticket was made into, all columns that the table has; or no row. */
int report_request(struct report *report, struct db *db, const char *request_id,
                   struct error *error);
/* The changes that [sync] history has of the ticket whose row of fluent_tickets this is, oldest
 * first. */
int report_history(struct report *report, struct db *db, const char *row, struct error *error);
/* What [sync] conversations has of the ticket with this fluent_id, oldest first. */
int report_conversation(struct report *report, struct db *db, const char *site_key,
                        const char *fluent_id, const struct zone *zone, struct error *error);
/* The rows of the outbox, oldest first: those that wait, are under way, have failed or are held;
 * all of them; or those with these ids. */
struct outbox_choice {
    bool all;
    const char *const *ids;
    size_t count; /* 0: it is not by ids */
};
int report_outbox(struct report *report, struct db *db, const char *site_key,
                  const struct outbox_choice *choice, struct error *error);
int report_rejects(struct report *report, struct db *db, const char *site_key, struct error *error);
/* Accepts a reject. *found: there is one with this fluent_id. */
int report_accept(struct db *db, const char *site_key, const char *fluent_id, bool *found,
                  struct error *error);
/* The zone of the wall times in the tables: the configured one, or the site's as last seen. The
 * caller owns it. UTC when no run has seen the site yet. */
int report_zone(struct zone **zone, struct db *db, const char *site_key, const char *timezone,
                struct error *error);

#endif
