/* counters: what a run counts, and what each counter is called wherever it is stored or shown. */
#ifndef FLUENT_SYNC_COUNTERS_H
#define FLUENT_SYNC_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Every counter: its member of struct counters, its column of fluent_sync_status, and those fields
 * of struct counter that apply to it. A new one needs an entry here, a migration that adds the
 * column, and the code that counts.
 */
#define COUNTER_LIST(X)                                                                            \
    X(fetched, "tickets_fetched", .key = "ticketsFetched", .inherited = true,                      \
      .title = "tickets fetched")                                                                  \
    X(added, "tickets_added", .key = "ticketsAdded", .inherited = true, .title = "  added",        \
      .result = "added")                                                                           \
    X(updated, "tickets_updated", .key = "ticketsUpdated", .inherited = true,                      \
      .title = "  updated", .result = "updated")                                                   \
    X(unchanged, "tickets_unchanged", .key = "ticketsUnchanged", .title = "  unchanged",           \
      .result = "unchanged")                                                                       \
    X(skipped, "tickets_skipped", .key = "ticketsSkipped", .inherited = true,                      \
      .title = "  skipped", .result = "skipped", .phrase = "out of scope")                         \
    X(undated, "tickets_undated", .key = "ticketsUndated", .title = "    without a date",          \
      .phrase = "of these closed without a date", .metric = "tickets_undated",                     \
      .help = "Closed tickets that the last run skipped because they have no resolved_at.")        \
    X(rejected, "tickets_rejected", .key = "ticketsRejected", .title = "  rejected",               \
      .result = "rejected", .phrase = "rejected")                                                  \
    X(deleted, "tickets_deleted", .key = "ticketsDeleted", .title = "deleted",                     \
      .phrase = "deleted on the site", .metric = "tickets_deleted",                                \
      .help = "Tickets that the last run found deleted on the site.")                              \
    X(invisible, "tickets_invisible", .key = "ticketsInvisible", .title = "no longer visible",     \
      .phrase = "no longer visible", .metric = "tickets_invisible",                                \
      .help = "Tickets that the last run found to be no longer visible.")                          \
    X(edits_kept, "edits_kept", .key = "editsKept", .title = "edits kept",                         \
      .phrase = "edits of people kept", .one = "edit of a person kept", .metric = "edits_kept",    \
      .help = "Edits of people that the last run came across and kept.")                           \
    X(pushed, "changes_pushed", .key = "changesPushed", .title = "changes sent",                   \
      .phrase = "changes sent to the site", .one = "change sent to the site",                      \
      .metric = "changes_pushed", .help = "Changes of people that the last run sent to the site.") \
    X(push_failed, "changes_failed", .key = "changesFailed", .title = "  that wait for a person",  \
      .phrase = "changes for the site that wait for a person",                                     \
      .one = "change for the site that waits for a person", .metric = "changes_failed",            \
      .help = "Changes for the site that had failed or were held when the last run ended.")        \
    X(api_requests, "api_requests", .key = "apiRequests", .metric = "api_requests",                \
      .help = "Requests of the last run.")                                                         \
    X(api_bytes, "api_bytes", .metric = "api_received_bytes",                                      \
      .help = "Bytes of the answers to them, decoded.")

/* fetched = added + updated + unchanged + skipped + rejected: each ticket once. `undated` are some
 * of the skipped ones. */
struct counters {
#define COUNTER_MEMBER(member, ...) int64_t member;
    COUNTER_LIST(COUNTER_MEMBER)
#undef COUNTER_MEMBER
};

/* What is NULL does not show the counter. */
struct counter {
    size_t offset;             /* in struct counters */
    const char *column;        /* of fluent_sync_status; also its name in log messages */
    const char *key;           /* in `sync --json` */
    bool inherited;            /* the key is the replaced service's: these come first */
    const char *title;         /* in `status` */
    const char *phrase;        /* behind the number in what `sync` says, unless that is 0 */
    const char *one;           /* the phrase behind a 1, where that differs */
    const char *result;        /* its label in the metric fluent_sync_tickets */
    const char *metric, *help; /* its own metric, without "fluent_sync_" */
};

enum { COUNTERS = sizeof(struct counters) / sizeof(int64_t) };
extern const struct counter counter_table[COUNTERS];

int64_t counter_value(const struct counter *counter, const struct counters *counts);

#endif
