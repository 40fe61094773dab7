/* store_rest: vanished tickets, and tickets that could not be stored. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/sql.h"
#include "store/store.h"
#include "store/store_private.h"

/* The ticket's id behind the site's key: "key:12" or "12". */
static int64_t ticket_id(const struct db_value *fluent_id)
{
    const char *text = fluent_id->text ? fluent_id->text : "";
    const char *colon = strrchr(text, ':');
    return strtoll(colon ? colon + 1 : text, NULL, 10);
}

/* Vanished tickets */

int store_present(struct store *store, int64_t after, size_t limit, struct present *rows,
                  size_t *count, struct error *error)
{
    char from[DB_DIGITS], most[DB_DIGITS];
    struct db_value values[] = {db_text(store->site_key), db_int(after, from),
                                db_int((int64_t)limit, most)};
    *count = 0;
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    if (store_query(store, SQL_PRESENT, values, 3, NULL, 0, &result, error) < 0)
        return -1;
    for (const struct db_value *row; (row = db_row(result)) != NULL;) {
        struct present *p = &rows[(*count)++];
        *p = (struct present){
            .id = db_number(&row[0]),
            .ticket = ticket_id(&row[1]),
            .mailbox_id = db_number(&row[2]),
            .request_id = db_number(&row[3]),
            .invisible = db_number(&row[4]) != 0,
        };
        snprintf(p->created_at, sizeof p->created_at, "%s", row[5].text ? row[5].text : "");
    }
    return 0;
}

int store_mark_deleted(struct store *store, int64_t id, const char *hidden_as, struct error *error)
{
    char digits[DB_DIGITS];
    struct db_value values[] = {db_text(hidden_as ? "1" : "0"),
                                db_text(hidden_as && *hidden_as ? hidden_as : NULL),
                                db_int(id, digits)};
    return db_exec(store->db, SQL_MARK_DELETED, values, 3, error);
}

int store_set_aside(struct store *store, int64_t id, struct error *error)
{
    char digits[DB_DIGITS];
    struct db_value value = db_int(id, digits);
    return db_exec(store->db, SQL_SET_ASIDE, &value, 1, error);
}

int store_mark_invisible(struct store *store, int64_t id, struct error *error)
{
    char digits[DB_DIGITS];
    struct db_value value = db_int(id, digits);
    return db_exec(store->db, SQL_MARK_INVISIBLE, &value, 1, error);
}

/* The first row of a query about the site, as numbers. */
static int numbers(struct store *store, const char *sql, int64_t *const *to, size_t count,
                   struct error *error)
{
    struct db_value key = db_text(store->site_key);
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    if (store_query(store, sql, &key, 1, NULL, 0, &result, error) < 0)
        return -1;
    const struct db_value *row = db_row(result);
    for (size_t i = 0; i < count; i++)
        *to[i] = row ? db_number(&row[i]) : 0;
    return 0;
}

int store_count_present(struct store *store, int64_t *count, struct error *error)
{
    return numbers(store, SQL_COUNT_PRESENT, &count, 1, error);
}

/* Rejects */

int store_lookup_rejects(struct store *store, const char *const *ids, size_t count,
                         struct reject **found, size_t *found_count, struct arena *arena,
                         struct error *error)
{
    *found = NULL;
    *found_count = 0;
    struct db_value *list = calloc(count ? count : 1, sizeof *list), key = db_text(store->site_key);
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    int done = list ? 0 : error_no_memory(error);
    for (size_t i = 0; list && i < count; i++)
        list[i] = db_text(ids[i]);
    if (done == 0 && count)
        done = store_query(store, SQL_REJECTS_LOOKUP, &key, 1, list, count, &result, error);
    free(list);
    if (done < 0 || !count)
        return done;
    *found = arena_alloc(arena, db_rows(result) * sizeof **found);
    if (!*found)
        return error_no_memory(error);
    for (const struct db_value *row; (row = db_row(result)) != NULL;)
        (*found)[(*found_count)++] = (struct reject){
            .fluent_id = store_keep(&row[0], arena),
            .reason = store_keep(&row[1], arena),
            .fingerprint = store_keep(&row[2], arena),
            .accepted = db_number(&row[3]) != 0,
            .attempts = (int)db_number(&row[4]),
        };
    return arena->failed ? error_no_memory(error) : 0;
}

int store_reject(struct store *store, const struct reject *reject, struct error *error)
{
    struct db_value values[] = {db_text(store->site_key), db_text(reject->fluent_id),
                                db_text(reject->reason), db_text(reject->raw),
                                db_text(reject->fingerprint)};
    return db_exec(store->db, SQL_REJECT_WRITE, values, 5, error);
}

int store_clear_reject(struct store *store, const char *fluent_id, struct error *error)
{
    struct db_value values[] = {db_text(store->site_key), db_text(fluent_id)};
    return db_exec(store->db, SQL_REJECT_CLEAR, values, 2, error);
}

int store_clear_nameless(struct store *store, int64_t run_id, struct error *error)
{
    char id[DB_DIGITS];
    struct db_value values[] = {db_text(store->site_key), db_int(run_id, id)};
    return db_exec(store->db, SQL_REJECTS_NAMELESS, values, 2, error);
}

int store_due_rejects(struct store *store, int64_t *ids, size_t limit, size_t *count,
                      struct error *error)
{
    char most[DB_DIGITS];
    struct db_value values[] = {db_text(store->site_key), db_int((int64_t)limit, most)};
    *count = 0;
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    if (store_query(store, SQL_REJECTS_DUE, values, 2, NULL, 0, &result, error) < 0)
        return -1;
    for (const struct db_value *row; (row = db_row(result)) != NULL;)
        ids[(*count)++] = ticket_id(&row[0]);
    return 0;
}

int store_count_rejects(struct store *store, int64_t *all, int64_t *waiting, struct error *error)
{
    return numbers(store, SQL_REJECTS_COUNT, (int64_t *const[]){all, waiting}, 2, error);
}
