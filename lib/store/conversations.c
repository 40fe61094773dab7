/* conversations: the tables fluent_conversations and fluent_responses. */
#include "store/conversations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/insert.h"
#include "store/store_private.h"

/* Marks */

/* The last answer was doubted, and what the list shows is the same since. */
#define DOUBTED "c.asked IS NULL AND c.looked_at IS NOT NULL AND c.looked_at >= c.changed_at"

static const struct column MARK[] = {
    COLUMN("c.fluent_id", struct conversation_mark, fluent_id),
    COLUMN("c.listed", struct conversation_mark, text),
    COLUMN(DOUBTED, struct conversation_mark, doubted),
};
static const struct select LOOKUP =
    SELECT(MARK, struct conversation_mark,
           "FROM fluent_conversations c WHERE c.site_key = ? AND c.fluent_id IN (?*)");

static int by_fluent_id(const void *a, const void *b)
{
    return strcmp(((const struct conversation_mark *)a)->fluent_id,
                  ((const struct conversation_mark *)b)->fluent_id);
}

static int read_marks(struct store *store, const struct select *select,
                      const struct db_parameters *parameters, struct conversation_marks *marks,
                      struct arena *arena, struct error *error)
{
    struct records found;
    if (store_select(store, select, parameters, &found, arena, error) < 0)
        return -1;
    *marks = (struct conversation_marks){found.rows, found.count};
    for (size_t i = 0; i < marks->count; i++)
        marks->rows[i].ticket = store_ticket_id(marks->rows[i].fluent_id);
    return 0;
}

int store_lookup_marks(struct store *store, const char *const *ids, size_t count,
                       struct conversation_marks *found, struct arena *arena, struct error *error)
{
    *found = (struct conversation_marks){0};
    if (!count)
        return 0;
    struct db_value key = db_text(store->site_key), *list = store_texts(ids, count);
    struct db_parameters parameters = {&key, 1, list, count};
    int done = list ? read_marks(store, &LOOKUP, &parameters, found, arena, error)
                    : error_no_memory(error);
    free(list);
    if (done == 0 && found->count)
        qsort(found->rows, found->count, sizeof *found->rows, by_fluent_id);
    return done;
}

enum { MARK_VALUES = 4 };
#define WRITE_MARKS                                                                                \
    "INSERT INTO fluent_conversations (site_key, fluent_id, listed, changed_at) VALUES"
#define WRITE_MARKS_AGAIN                                                                          \
    "ON DUPLICATE KEY UPDATE listed = VALUES(listed), changed_at = VALUES(changed_at)"

int store_write_marks(struct store *store, const struct conversation_mark *marks, size_t count,
                      struct error *error)
{
    struct insert rows;
    char now[DB_DIGITS];
    struct db_value instant = column_instant(clock_wall_ms() / 1000, now);
    int done = insert_init(&rows, WRITE_MARKS, WRITE_MARKS_AGAIN, MARK_VALUES, error);
    for (size_t i = 0; i < count && done == 0; i++) {
        const struct db_value values[MARK_VALUES] = {
            db_text(store->site_key), db_text(marks[i].fluent_id), db_text(marks[i].text), instant};
        if (insert_full(&rows, store->db, values))
            done = insert_send(&rows, store->db, error);
        insert_add(&rows, values);
    }
    if (done == 0)
        done = insert_send(&rows, store->db, error);
    insert_release(&rows);
    return done;
}

/* What is to be asked for */

/* An attempt that lies further ahead than any is put off was planned by a clock that was wrong. */
#define NOT_PUT_OFF                                                                                \
    "AND NOT EXISTS (SELECT 1 FROM fluent_rejects j WHERE j.site_key = c.site_key "                \
    "AND j.fluent_id = CONCAT(c.fluent_id, '" CONVERSATION_REJECT "') "                            \
    "AND j.next_attempt BETWEEN UTC_TIMESTAMP() AND UTC_TIMESTAMP() + INTERVAL 1440 MINUTE) "
static const struct select FIND_BEHIND =
    SELECT(MARK, struct conversation_mark,
           CONVERSATIONS_THERE "WHERE c.site_key = ? AND c.behind = 1 " NOT_PUT_OFF
                               "ORDER BY c.changed_at DESC, f.id DESC LIMIT ? OFFSET ?");
static const struct select FIND_BEFORE = SELECT(
    MARK, struct conversation_mark,
    CONVERSATIONS_THERE "WHERE c.site_key = ? AND c.behind = 0 AND c.looked_at < ? " NOT_PUT_OFF
                        "ORDER BY c.looked_at LIMIT ?");
static const struct select FIND_OF = SELECT(
    MARK, struct conversation_mark, CONVERSATIONS_THERE "WHERE c.site_key = ? AND c.fluent_id = ?");

int store_conversations_behind(struct store *store, size_t skip, size_t limit,
                               struct conversation_marks *found, struct arena *arena,
                               struct error *error)
{
    char most[DB_DIGITS], first[DB_DIGITS];
    struct db_value values[] = {db_text(store->site_key), db_int((int64_t)limit, most),
                                db_int((int64_t)skip, first)};
    return read_marks(store, &FIND_BEHIND, VALUES(values), found, arena, error);
}

int store_conversations_before(struct store *store, int64_t instant, size_t limit,
                               struct conversation_marks *found, struct arena *arena,
                               struct error *error)
{
    char text[DB_DIGITS], most[DB_DIGITS];
    struct db_value values[] = {db_text(store->site_key), column_instant(instant, text),
                                db_int((int64_t)limit, most)};
    return read_marks(store, &FIND_BEFORE, VALUES(values), found, arena, error);
}

int store_conversation_of(struct store *store, const char *fluent_id,
                          struct conversation_marks *found, struct arena *arena,
                          struct error *error)
{
    struct db_value values[] = {db_text(store->site_key), db_text(fluent_id)};
    return read_marks(store, &FIND_OF, VALUES(values), found, arena, error);
}

int store_count_conversations(struct store *store, int64_t *count, struct error *error)
{
    return store_count(store, "FROM fluent_conversations WHERE site_key = ?", count, error);
}

/* Entries */

struct known_response {
    int64_t id;
    char fingerprint[HASH_SIZE];
    bool deleted;
};
static const struct column KNOWN[] = {
    COLUMN("response_id", struct known_response, id),
    COLUMN("fingerprint", struct known_response, fingerprint),
    COLUMN("deleted_at IS NOT NULL", struct known_response, deleted),
};
static const struct select READ_KNOWN =
    SELECT(KNOWN, struct known_response,
           "FROM fluent_responses WHERE site_key = ? AND fluent_id = ? ORDER BY response_id");

/* The columns behind site_key, response_id and fluent_id. */
#define RESPONSE_CELLS(X)                                                                          \
    X(type)                                                                                        \
    X(person_type)                                                                                 \
    X(person_name)                                                                                 \
    X(person_email)                                                                                \
    X(content)                                                                                     \
    X(text)                                                                                        \
    X(attachments)                                                                                 \
    X(created_at)                                                                                  \
    X(updated_at)
#define CELL_NAME(name) ", " #name
#define CELL_AGAIN(name) ", " #name " = VALUES(" #name ")"
#define CELL_ID(name) CELL_##name,
#define CELL_VALUE(name) *v++ = column_cell(row->name);
enum { RESPONSE_CELLS(CELL_ID) CELL_COUNT, RESPONSE_VALUES = 4 + CELL_COUNT };
#define WRITE_RESPONSES                                                                            \
    "INSERT INTO fluent_responses (site_key, response_id, fluent_id, "                             \
    "fingerprint" RESPONSE_CELLS(CELL_NAME) ") VALUES"
#define WRITE_RESPONSES_AGAIN                                                                      \
    "ON DUPLICATE KEY UPDATE fluent_id = VALUES(fluent_id), "                                      \
    "fingerprint = VALUES(fingerprint), deleted_at = NULL" RESPONSE_CELLS(CELL_AGAIN)
static const char MARK_RESPONSE[] = "UPDATE fluent_responses SET deleted_at = UTC_TIMESTAMP() "
                                    "WHERE site_key = ? AND response_id = ? AND deleted_at IS NULL";
static const char ASKED[] = "UPDATE fluent_conversations SET listed = ?, asked = ?, looked_at = ? "
                            "WHERE site_key = ? AND fluent_id = ?";

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const struct known_response *)a)->id, y = ((const struct known_response *)b)->id;
    return (x > y) - (x < y);
}

static const struct known_response *find_known(const struct records *known, int64_t id)
{
    const struct known_response key = {.id = id};
    return known->count ? bsearch(&key, known->rows, known->count, sizeof key, by_id) : NULL;
}

static void response_values(const struct store *store, const char *fluent_id,
                            const struct response_row *row, char digits[DB_DIGITS],
                            struct db_value *v)
{
    *v++ = db_text(store->site_key);
    *v++ = db_int(row->id, digits);
    *v++ = db_text(fluent_id);
    *v++ = db_text(row->fingerprint);
    RESPONSE_CELLS(CELL_VALUE)
}

/* A conversation on its way into the tables. */
struct writing {
    const char *fluent_id;
    const struct response_row *rows;
    size_t count;
    struct records known; /* what is stored of it */
    int64_t changed;      /* rows that were written */
};

static bool is_as_stored(const struct writing *w, const struct response_row *row)
{
    const struct known_response *known = find_known(&w->known, row->id);
    return known && !known->deleted && strcmp(known->fingerprint, row->fingerprint) == 0;
}

static int send_responses(struct store *store, struct writing *w, struct insert *insert,
                          char (*digits)[DB_DIGITS], struct error *error)
{
    for (size_t i = 0; i < w->count; i++) {
        struct db_value values[RESPONSE_VALUES];
        if (is_as_stored(w, &w->rows[i]))
            continue;
        response_values(store, w->fluent_id, &w->rows[i], digits[i], values);
        if (insert_full(insert, store->db, values) && insert_send(insert, store->db, error) < 0)
            return -1;
        insert_add(insert, values);
        w->changed++;
    }
    return insert_send(insert, store->db, error);
}

static int write_responses(struct store *store, struct writing *w, struct error *error)
{
    char(*digits)[DB_DIGITS] = calloc(w->count + 1, sizeof *digits);
    struct insert insert;
    int done = digits ? insert_init(&insert, WRITE_RESPONSES, WRITE_RESPONSES_AGAIN,
                                    RESPONSE_VALUES, error)
                      : error_no_memory(error);
    if (done == 0) {
        done = send_responses(store, w, &insert, digits, error);
        insert_release(&insert);
    }
    free(digits);
    return done;
}

static bool is_among(const struct response_row *rows, size_t count, int64_t id)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].id == id)
            return true;
    return false;
}

/* What is stored and was not given any more. */
static int mark_missing(struct store *store, struct writing *w, struct error *error)
{
    const struct known_response *known = w->known.rows;
    for (size_t i = 0; i < w->known.count; i++) {
        char digits[DB_DIGITS];
        const struct db_value values[] = {db_text(store->site_key), db_int(known[i].id, digits)};
        if (known[i].deleted || is_among(w->rows, w->count, known[i].id))
            continue;
        if (db_exec(store->db, MARK_RESPONSE, values, 2, error) < 0)
            return -1;
        w->changed++;
    }
    return 0;
}

/* By the clock that changed_at goes by. */
static int set_asked(struct store *store, const struct conversation_mark *mark, const char *asked,
                     struct error *error)
{
    char now[DB_DIGITS];
    const struct db_value values[] = {db_text(mark->text), db_text(asked),
                                      column_instant(clock_wall_ms() / 1000, now),
                                      db_text(store->site_key), db_text(mark->fluent_id)};
    return db_exec(store->db, ASKED, values, 5, error);
}

int store_conversation_gone(struct store *store, const struct conversation_mark *mark,
                            struct error *error)
{
    return set_asked(store, mark, mark->text, error);
}

int store_conversation_doubted(struct store *store, const struct conversation_mark *mark,
                               struct error *error)
{
    return set_asked(store, mark, NULL, error);
}

int store_conversation(struct store *store, const struct conversation_mark *mark,
                       const struct response_row *rows, size_t count, int64_t *changed,
                       struct error *error)
{
    struct writing w = {.fluent_id = mark->fluent_id, .rows = rows, .count = count};
    struct db_value values[] = {db_text(store->site_key), db_text(mark->fluent_id)};
    struct arena arena = ARENA_INIT;
    int done = store_select(store, &READ_KNOWN, VALUES(values), &w.known, &arena, error);
    if (done == 0 && (write_responses(store, &w, error) < 0 || mark_missing(store, &w, error) < 0 ||
                      store_conversation_gone(store, mark, error) < 0))
        done = -1;
    *changed = w.changed;
    arena_release(&arena);
    return done;
}

/* Removing */

static const struct change_found REMOVALS[] = {
    [REMOVE_RESPONSES] = REMOVE_BY_KEY("fluent_responses", "response_id"),
    [REMOVE_INTERNAL] = {FIND_KEYS("response_id", "FROM fluent_responses WHERE site_key = ? "
                                                  "AND type <> 'response' LIMIT ?"),
                         DELETE_BY_KEY("fluent_responses", "response_id")},
    [REMOVE_CONVERSATIONS] = REMOVE_BY_KEY("fluent_conversations", "fluent_id"),
};

int store_remove_conversations(struct store *store, enum conversation_removal what,
                               int64_t *removed, struct error *error)
{
    return store_change_some(store, &REMOVALS[what], CONVERSATIONS_AT_ONCE, removed, error);
}

int store_unask_conversations(struct store *store, const char *column, int64_t *unasked,
                              struct error *error)
{
    char held[64], find[320];
    if (column)
        snprintf(held, sizeof held, "%s IS NOT NULL", column);
    else
        snprintf(held, sizeof held, "type <> 'response'");
    snprintf(find, sizeof find,
             "FROM fluent_conversations c WHERE c.site_key = ? AND c.asked IS NOT NULL AND EXISTS "
             "(SELECT 1 FROM fluent_responses e WHERE e.site_key = c.site_key "
             "AND e.fluent_id = c.fluent_id AND e.%s) LIMIT ?",
             held);
    const struct change_found unask = {
        FIND_KEYS("c.fluent_id", find),
        "UPDATE fluent_conversations SET asked = NULL, looked_at = NULL "
        "WHERE site_key = ? AND fluent_id = ?"};
    return store_change_some(store, &unask, CONVERSATIONS_AT_ONCE, unasked, error);
}

int store_empty_responses(struct store *store, const char *column, int64_t *emptied,
                          struct error *error)
{
    char find[128], change[256];
    snprintf(find, sizeof find,
             "FROM fluent_responses WHERE site_key = ? AND %s IS NOT NULL LIMIT ?", column);
    snprintf(change, sizeof change,
             "UPDATE fluent_responses SET %s = NULL WHERE site_key = ? AND response_id = ?",
             column);
    const struct change_found empty = {FIND_KEYS("response_id", find), change};
    return store_change_some(store, &empty, CONVERSATIONS_AT_ONCE, emptied, error);
}
