/* rejects: fluent_rejects: tickets that could not be stored. */
#ifndef FLUENT_SYNC_STORE_REJECTS_H
#define FLUENT_SYNC_STORE_REJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

struct reject {
    const char *fluent_id, *reason, *raw, *fingerprint;
};

struct reject_list {
    struct reject *rows;
    size_t count;
};
/* The rejects among `ids`, without their `raw`. */
int store_lookup_rejects(struct store *store, const char *const *ids, size_t count,
                         struct reject_list *found, struct arena *arena, struct error *error);
/* Records a reject; one on record with the same fingerprint stays accepted and counts one attempt
 * more. */
int store_reject(struct store *store, const struct reject *reject, struct error *error);
int store_clear_reject(struct store *store, const char *fluent_id, struct error *error);
/* After a complete walk: removes unreadable positions, and rejects without an id that were last
 * seen before the run began, by the database's clock (run_id 0: none of these). */
int store_clear_nameless(struct store *store, int64_t run_id, struct error *error);
/* Removes the rejects of conversations: of tickets that do not count as there, or of all. */
enum unwanted_rejects { REJECTS_OF_GONE_TICKETS, REJECTS_OF_ALL_CONVERSATIONS };
int store_clear_conversations(struct store *store, enum unwanted_rejects which,
                              struct error *error);
/* Removes the raw_data of rejects last seen before the run began. */
int store_forget_rejects(struct store *store, int64_t run_id, struct error *error);
/* Ids of rejects whose next attempt is due, at most `limit`. */
int store_due_rejects(struct store *store, int64_t *ids, size_t limit, size_t *count,
                      struct error *error);
/* Likewise the tickets of those that are conversations and not behind: their mark was refused. */
int store_due_conversations(struct store *store, int64_t *ids, size_t limit, size_t *count,
                            struct error *error);
/* Removes such a reject that is due and whose conversation is not behind. */
int store_clear_due_conversation(struct store *store, const char *fluent_id, struct error *error);
/* Rejects on record: all, those that nobody accepted, and how many of these are conversations. */
struct reject_counts {
    int64_t all, waiting, conversations;
};
int store_count_rejects(struct store *store, struct reject_counts *counts, struct error *error);

#endif
