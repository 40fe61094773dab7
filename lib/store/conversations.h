/*
 * conversations: fluent_conversations, which says whose conversation has changed since it was
 * stored, and fluent_responses, which holds their entries.
 *
 * What a list shows of a conversation is its mark (see core/conversation.h). A conversation is
 * behind while the mark that a list last showed is another one than that with which it was stored.
 */
#ifndef FLUENT_SYNC_STORE_CONVERSATIONS_H
#define FLUENT_SYNC_STORE_CONVERSATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/response_row.h"
#include "store/store.h"

/* Behind a ticket's fluent_id in fluent_rejects: its conversation cannot be had or stored. */
#define CONVERSATION_REJECT "#conversation"

struct conversation_mark {
    char fluent_id[FLUENT_ID_SIZE];
    int64_t ticket; /* its id, where the mark is read */
    char text[CONVERSATION_MARK_SIZE];
    /* Read by store_conversations_behind: it was asked for, and the answer was doubted. */
    bool doubted;
};
struct conversation_marks {
    struct conversation_mark *rows;
    size_t count;
};

/* The marks that lists last showed of these tickets, in `arena`; ascending by fluent_id (strcmp).
 */
int store_lookup_marks(struct store *store, const char *const *ids, size_t count,
                       struct conversation_marks *found, struct arena *arena, struct error *error);
/* Records that a list showed these. In the caller's transaction. */
int store_write_marks(struct store *store, const struct conversation_mark *marks, size_t count,
                      struct error *error);

/*
 * Conversations that are to be asked for, at most `limit`, of tickets that count as there and not
 * of those whose conversation is a reject that is not due yet: those that are behind, the one that
 * changed last first, without the first `skip` of them.
 */
int store_conversations_behind(struct store *store, size_t skip, size_t limit,
                               struct conversation_marks *found, struct arena *arena,
                               struct error *error);
/* Likewise those that are not behind and were asked for before `instant`, the oldest first. */
int store_conversations_before(struct store *store, int64_t instant, size_t limit,
                               struct conversation_marks *found, struct arena *arena,
                               struct error *error);
/* That of this ticket, behind or not, and whether or not it is a reject; none, if the ticket does
 * not count as there or no list has shown an entry of it. */
int store_conversation_of(struct store *store, const char *fluent_id,
                          struct conversation_marks *found, struct arena *arena,
                          struct error *error);
/* How many conversations there are. */
int store_count_conversations(struct store *store, int64_t *count, struct error *error);

/*
 * Stores a conversation as a whole: entries that are new or changed are written, and those that
 * are stored and not among these count as deleted. `mark`: what a list showed before it was asked
 * for. *changed: how many rows were written. In the caller's transaction.
 */
int store_conversation(struct store *store, const struct conversation_mark *mark,
                       const struct response_row *rows, size_t count, int64_t *changed,
                       struct error *error);
/* The conversation was asked for, and the ticket is gone, or shows none. */
int store_conversation_gone(struct store *store, const struct conversation_mark *mark,
                            struct error *error);
/* The conversation was asked for, and the answer may be an old one: from now on it counts as
 * behind. */
int store_conversation_doubted(struct store *store, const struct conversation_mark *mark,
                               struct error *error);

/* What is removed, a part at a time. */
enum conversation_removal {
    REMOVE_RESPONSES,     /* all entries */
    REMOVE_INTERNAL,      /* all but those of the type "response" */
    REMOVE_CONVERSATIONS, /* all of fluent_conversations */
};
/* *removed: how many rows; less than CONVERSATIONS_AT_ONCE: none is left. */
enum { CONVERSATIONS_AT_ONCE = 1000 };
int store_remove_conversations(struct store *store, enum conversation_removal what,
                               int64_t *removed, struct error *error);
/* Conversations with entries that hold something in a column, or, where that is NULL, with internal
 * entries, count as never asked for: before these are emptied or removed, a part at a time
 * likewise. */
int store_unask_conversations(struct store *store, const char *column, int64_t *unasked,
                              struct error *error);
/* Empties a column of fluent_responses, a part at a time likewise. */
int store_empty_responses(struct store *store, const char *column, int64_t *emptied,
                          struct error *error);

#endif
