/* response_row: an entry of a ticket's conversation as it is stored. */
#ifndef FLUENT_SYNC_RESPONSE_ROW_H
#define FLUENT_SYNC_RESPONSE_ROW_H

#include <stdint.h>

#include "base/hash.h"
#include "model/row.h"

/* A cell without text is NULL. */
struct response_row {
    int64_t id;
    struct cell type, person_type, person_name, person_email, content, text, attachments;
    struct cell created_at, updated_at; /* wall times of the tables */
    char fingerprint[HASH_SIZE];        /* of all this */
};

/* What a list shows of a conversation: a text that differs when it has changed. It is the digest of
 * the configuration, the number of the newest entry, and a hash, with colons between. */
enum {
    CONVERSATION_DIGEST_SIZE = 9,
    CONVERSATION_MARK_SIZE = CONVERSATION_DIGEST_SIZE + HASH_SIZE
};

#endif
