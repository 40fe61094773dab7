/* rejects: the table fluent_rejects, of tickets that could not be stored. */
#include "store/rejects.h"

#include <stdlib.h>

#include "model/row.h"
#include "store/conversations.h"
#include "store/report.h"
#include "store/store_private.h"

static const struct column REJECT[] = {
    COLUMN("fluent_id", struct reject, fluent_id),
    COLUMN("reason", struct reject, reason),
    COLUMN("fingerprint", struct reject, fingerprint),
};
static const struct select LOOKUP =
    SELECT(REJECT, struct reject, "FROM fluent_rejects WHERE site_key = ? AND fluent_id IN (?*)");

static const char WRITE[] =
    "INSERT INTO fluent_rejects (site_key, fluent_id, reason, raw_data, fingerprint, attempts, "
    "first_seen, last_seen, next_attempt) VALUES (?, ?, ?, ?, ?, 1, UTC_TIMESTAMP(), "
    "UTC_TIMESTAMP(), UTC_TIMESTAMP() + INTERVAL 10 MINUTE) ON DUPLICATE KEY UPDATE "
    "accepted = IF(fingerprint <=> VALUES(fingerprint), accepted, 0), "
    "attempts = IF(fingerprint <=> VALUES(fingerprint), attempts + 1, 1), "
    "raw_data = IF(fingerprint <=> VALUES(fingerprint), COALESCE(VALUES(raw_data), raw_data), "
    "VALUES(raw_data)), reason = VALUES(reason), fingerprint = VALUES(fingerprint), "
    "last_seen = UTC_TIMESTAMP(), "
    "next_attempt = UTC_TIMESTAMP() + INTERVAL LEAST(1440, 10 << LEAST(attempts, 8)) MINUTE";
#define CLEAR DELETE_BY_KEY("fluent_rejects", "fluent_id")
#define BEFORE_RUN "last_seen < (SELECT last_sync_at FROM fluent_sync_status WHERE id = ?)"
static const struct change_found CLEAR_NAMELESS = {
    FIND_KEYS("fluent_id", "FROM fluent_rejects WHERE site_key = ? AND "
                           "(fluent_id LIKE '%#position %' OR (fluent_id LIKE '%#%' AND "
                           "fluent_id NOT LIKE '%" CONVERSATION_REJECT "' AND " BEFORE_RUN "))"),
    CLEAR};
#define TICKET_OF_REJECT                                                                           \
    "LEFT(fluent_rejects.fluent_id, CHAR_LENGTH(fluent_rejects.fluent_id) - "                      \
    "CHAR_LENGTH('" CONVERSATION_REJECT "'))"
#define OF_CONVERSATIONS                                                                           \
    "FROM fluent_rejects WHERE site_key = ? AND fluent_id LIKE '%" CONVERSATION_REJECT "'"
#define OF_GONE_TICKETS                                                                            \
    " AND NOT EXISTS (SELECT 1 FROM fluent_tickets f WHERE f.site_key = fluent_rejects.site_key "  \
    "AND f.fluent_id = " TICKET_OF_REJECT                                                          \
    " AND f.deleted_at IS NULL AND f.invisible_since IS NULL)"
static const struct change_found CLEAR_UNWANTED[] = {
    [REJECTS_OF_GONE_TICKETS] = {FIND_KEYS("fluent_id", OF_CONVERSATIONS OF_GONE_TICKETS), CLEAR},
    [REJECTS_OF_ALL_CONVERSATIONS] = {FIND_KEYS("fluent_id", OF_CONVERSATIONS), CLEAR},
};
static const struct change_found FORGET = {
    FIND_KEYS("fluent_id", "FROM fluent_rejects WHERE site_key = ? AND raw_data IS NOT NULL "
                           "AND " BEFORE_RUN),
    "UPDATE fluent_rejects SET raw_data = NULL WHERE site_key = ? AND fluent_id = ?"};
static const char ACCEPT[] =
    "UPDATE fluent_rejects SET accepted = 1 WHERE site_key = ? AND fluent_id = ?";

/* An attempt that lies further ahead than any is put off was planned by a clock that was wrong. */
struct due {
    char fluent_id[FLUENT_ID_SIZE];
};
static const struct column DUE[] = {COLUMN("fluent_id", struct due, fluent_id)};
#define IS_DUE                                                                                     \
    "site_key = ? AND (next_attempt <= UTC_TIMESTAMP() "                                           \
    "OR next_attempt > UTC_TIMESTAMP() + INTERVAL 1440 MINUTE) "
#define IS_NOT_BEHIND                                                                              \
    "AND fluent_id LIKE '%" CONVERSATION_REJECT "' AND NOT EXISTS (SELECT 1 FROM "                 \
    "fluent_conversations c WHERE c.site_key = fluent_rejects.site_key AND "                       \
    "c.fluent_id = " TICKET_OF_REJECT " AND c.behind = 1) "
#define FROM_DUE "FROM fluent_rejects WHERE " IS_DUE
static const struct select FIND_DUE =
    SELECT(DUE, struct due, FROM_DUE "AND fluent_id NOT LIKE '%#%' ORDER BY next_attempt LIMIT ?");
static const struct select FIND_DUE_CONVERSATIONS =
    SELECT(DUE, struct due, FROM_DUE IS_NOT_BEHIND "ORDER BY next_attempt LIMIT ?");
static const char CLEAR_DUE_CONVERSATION[] =
    "DELETE FROM fluent_rejects WHERE " IS_DUE IS_NOT_BEHIND "AND fluent_id = ?";

static const struct column COUNT_COLUMNS[] = {
    COLUMN("COUNT(*)", struct reject_counts, all),
    COLUMN("COALESCE(SUM(accepted = 0), 0)", struct reject_counts, waiting),
    COLUMN("COALESCE(SUM(accepted = 0 AND fluent_id LIKE '%" CONVERSATION_REJECT "'), 0)",
           struct reject_counts, conversations),
};
static const struct select COUNT =
    SELECT(COUNT_COLUMNS, struct reject_counts, "FROM fluent_rejects WHERE site_key = ?");

int store_lookup_rejects(struct store *store, const char *const *ids, size_t count,
                         struct reject_list *found, struct arena *arena, struct error *error)
{
    *found = (struct reject_list){0};
    if (!count)
        return 0;
    struct db_value *list = store_texts(ids, count), key = db_text(store->site_key);
    struct records rows;
    if (!list)
        return error_no_memory(error);
    int done = store_select(store, &LOOKUP, &(struct db_parameters){&key, 1, list, count}, &rows,
                            arena, error);
    free(list);
    *found = (struct reject_list){rows.rows, rows.count};
    return done;
}

int store_reject(struct store *store, const struct reject *reject, struct error *error)
{
    struct db_value values[] = {db_text(store->site_key), db_text(reject->fluent_id),
                                db_text(reject->reason), db_text(reject->raw),
                                db_text(reject->fingerprint)};
    return db_exec(store->db, WRITE, values, 5, error);
}

int store_clear_reject(struct store *store, const char *fluent_id, struct error *error)
{
    struct db_value values[] = {db_text(store->site_key), db_text(fluent_id)};
    return db_exec(store->db, CLEAR, values, 2, error);
}

int store_clear_due_conversation(struct store *store, const char *fluent_id, struct error *error)
{
    struct db_value values[] = {db_text(store->site_key), db_text(fluent_id)};
    return db_exec(store->db, CLEAR_DUE_CONVERSATION, values, 2, error);
}

int store_clear_nameless(struct store *store, int64_t run_id, struct error *error)
{
    char id[DB_DIGITS];
    struct db_value values[] = {db_text(store->site_key), db_int(run_id, id)};
    return store_change_found(store, &CLEAR_NAMELESS, VALUES(values), NULL, error);
}

int store_clear_conversations(struct store *store, enum unwanted_rejects which, struct error *error)
{
    struct db_value values[] = {db_text(store->site_key)};
    return store_change_found(store, &CLEAR_UNWANTED[which], VALUES(values), NULL, error);
}

int store_forget_rejects(struct store *store, int64_t run_id, struct error *error)
{
    char id[DB_DIGITS];
    struct db_value values[] = {db_text(store->site_key), db_int(run_id, id)};
    return store_change_found(store, &FORGET, VALUES(values), NULL, error);
}

static int find_due(struct store *store, const struct select *select, int64_t *ids, size_t limit,
                    size_t *count, struct error *error)
{
    char most[DB_DIGITS];
    struct db_value values[] = {db_text(store->site_key), db_int((int64_t)limit, most)};
    struct arena arena = ARENA_INIT;
    struct records found;
    *count = 0;
    int done = store_select(store, select, VALUES(values), &found, &arena, error);
    for (const struct due *due = found.rows; *count < found.count; due++)
        ids[(*count)++] = store_ticket_id(due->fluent_id);
    arena_release(&arena);
    return done;
}

int store_due_rejects(struct store *store, int64_t *ids, size_t limit, size_t *count,
                      struct error *error)
{
    return find_due(store, &FIND_DUE, ids, limit, count, error);
}

int store_due_conversations(struct store *store, int64_t *ids, size_t limit, size_t *count,
                            struct error *error)
{
    return find_due(store, &FIND_DUE_CONVERSATIONS, ids, limit, count, error);
}

int store_count_rejects(struct store *store, struct reject_counts *counts, struct error *error)
{
    struct db_value values[] = {db_text(store->site_key)};
    struct arena arena = ARENA_INIT;
    struct records found;
    int done = store_select(store, &COUNT, VALUES(values), &found, &arena, error);
    *counts = found.count ? *(const struct reject_counts *)found.rows : (struct reject_counts){0};
    arena_release(&arena);
    return done;
}

int report_accept(struct db *db, const char *site_key, const char *fluent_id, bool *found,
                  struct error *error)
{
    struct db_value values[] = {db_text(site_key), db_text(fluent_id)};
    if (db_exec(db, ACCEPT, values, 2, error) < 0)
        return -1;
    *found = db_affected(db) > 0;
    return 0;
}
