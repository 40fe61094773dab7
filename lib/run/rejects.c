/* rejects: tickets that cannot be stored go on record. */
#include "run/rejects.h"

#include <stdio.h>
#include <string.h>

#include "store/conversations.h"

void reject_of_conversation(const char *fluent_id, char id[FLUENT_ID_SIZE])
{
    snprintf(id, FLUENT_ID_SIZE, "%.*s%s", (int)(FLUENT_ID_SIZE - sizeof CONVERSATION_REJECT),
             fluent_id, CONVERSATION_REJECT);
}

const struct reject *reject_on_record(const struct batch *b, const struct entry *e)
{
    for (size_t i = 0; i < b->rejects.count; i++)
        if (strcmp(b->rejects.rows[i].fluent_id, e->row.fluent_id) == 0)
            return &b->rejects.rows[i];
    return NULL;
}

static bool is_same_reject(const struct reject *known, const struct entry *e)
{
    return known->fingerprint && known->reason &&
           strcmp(known->fingerprint, e->row.fingerprint) == 0 &&
           strcmp(known->reason, e->reason) == 0;
}

static int append_raw(const struct entry *e, enum mapping_raw raw_data, struct buf *raw)
{
    const struct cell *mapped = &e->row.ticket[TICKET_RAW_DATA];
    return e->ticket
               ? ticket_json(e->ticket,
                             raw_data == RAW_MAPPED ? TICKET_MAPPED_KEYS : TICKET_ALL_KEYS, raw)
               : buf_append(raw, mapped->text, mapped->len);
}

int reject_write(struct writer *w, void *context, struct error *error)
{
    const struct reject *reject = context;
    w->has_rejects = true;
    return store_reject(w->store, reject, error);
}

static int record_one(struct writer *w, const struct entry *e, struct error *error)
{
    enum mapping_raw raw_data = w->in->config->mapping.raw_data;
    log_write(&w->in->log, LOG_WARNING, "ticket %s cannot be stored: %s", e->row.fluent_id,
              e->reason);
    struct buf raw;
    buf_init(&raw, db_packet_max(w->db) / 4);
    bool whole = raw_data != RAW_NONE && append_raw(e, raw_data, &raw) == 0;
    struct reject reject = {.fluent_id = e->row.fluent_id,
                            .reason = e->reason,
                            .raw = whole ? buf_text(&raw) : NULL,
                            .fingerprint = e->row.fingerprint};
    int done = raw.starved ? error_no_memory(error) : reject_write(w, &reject, error);
    buf_release(&raw);
    return done;
}

static bool is_stored(const struct entry *e)
{
    return e->kind != KIND_REJECT && e->kind != KIND_REPEATED && e->kind != KIND_HELD_BACK;
}

int rejects_record(struct writer *w, struct batch *b, struct error *error)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct entry *e = &b->entries[i];
        const struct reject *known = reject_on_record(b, e);
        bool known_already = known && !b->origin.retry && is_same_reject(known, e);
        if (e->kind == KIND_REJECT && !known_already && record_one(w, e, error) < 0)
            return -1;
        if (is_stored(e) && known && store_clear_reject(w->store, e->row.fluent_id, error) < 0)
            return -1;
    }
    return 0;
}
