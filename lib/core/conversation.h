/* conversation: which entries of a conversation are stored, as what, and when one has changed.
 * Pure: no I/O. */
#ifndef FLUENT_SYNC_CORE_CONVERSATION_H
#define FLUENT_SYNC_CORE_CONVERSATION_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/zone.h"
#include "codec/decode.h"
#include "model/mapping.h"
#include "model/response_row.h"

enum conversation_mode {
    CONVERSATIONS_NONE,
    CONVERSATIONS_PUBLIC, /* entries of the type "response" alone, which the customer has seen */
    CONVERSATIONS_ALL,    /* internal notes, drafts and what the plugin notes, too */
};

/* What it depends on. Everything belongs to the caller. */
struct conversation_rules {
    enum conversation_mode mode;
    const struct mapping_pairs *drop;      /* [privacy] drop */
    const struct zone *site, *target;      /* as in struct map_rules */
    char digest[CONVERSATION_DIGEST_SIZE]; /* of all this: see conversation_begin */
};

/* Fills in the digest: with other rules every conversation counts as changed. */
void conversation_begin(struct conversation_rules *rules);

/* The mark (see model/response_row.h) of what a list shows of the ticket's conversation; "" when
 * the site cannot give the conversation, as the ticket's customer is gone. *empty: there is no
 * entry. */
void conversation_mark(const struct conversation_rules *rules, const struct ticket *ticket,
                       char mark[CONVERSATION_MARK_SIZE], bool *empty);

/*
 * Is an answer as new as the list that showed the mark? It is when it shows the same mark, or an
 * entry that is newer than the newest one there. Otherwise it may be an older one, which a cache
 * gave without saying so; or the newest entry was deleted meanwhile.
 */
bool conversation_is_as_new(const struct conversation_rules *rules,
                            const struct conversation *conversation, const char *mark);

/*
 * Maps an entry; false: it is not to be stored. Texts belong to the arena, and are cut as the
 * columns need it. Without memory the arena has failed.
 */
bool conversation_map(const struct conversation_rules *rules, const struct response *response,
                      struct arena *arena, struct response_row *row);

/* How many to ask for at a time, of at most `connections`, where one takes `each_ms`: a site that
 * takes longer than a second (plugin 1.7 has no index on them) is asked for one after the other. */
int conversation_at_once(int connections, int64_t each_ms);

/* Is a column of fluent_responses empty by [privacy] drop, whoever the entry is of? */
bool conversation_drops(const struct conversation_rules *rules, const char *column);
/* The next column that is; *at counts on from 0. NULL: there is no other. */
const char *conversation_dropped(const struct conversation_rules *rules, size_t *at);

#endif
