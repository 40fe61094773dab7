/* store_aside: rows that no walk shows anew, when less may be kept than before. */
#include <stdio.h>
#include <string.h>

#include "store/sql.h"
#include "store/store.h"
#include "store/store_private.h"

int store_aside(struct store *store, int64_t after, int64_t since, struct aside_rows *found,
                struct arena *arena, struct error *error)
{
    char from[DB_DIGITS], most[DB_DIGITS], began[20];
    struct db_value values[] = {db_text(store->site_key), db_int(after, from),
                                store_instant(since, began), db_int(ASIDE_ROWS, most)};
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    *found = (struct aside_rows){0};
    if (store_query(store, SQL_ASIDE, values, 4, NULL, 0, &result, error) < 0)
        return -1;
    found->rows = arena_alloc(arena, db_rows(result) * sizeof *found->rows);
    if (!found->rows)
        return error_no_memory(error);
    for (const struct db_value *row; (row = db_row(result)) != NULL;) {
        struct aside *a = &found->rows[found->count++];
        struct stored *s = &a->stored;
        s->id = db_number(&row[0]);
        snprintf(s->fluent_id, sizeof s->fluent_id, "%s", row[1].text ? row[1].text : "");
        snprintf(s->fingerprint, sizeof s->fingerprint, "%s", row[2].text ? row[2].text : "");
        s->request_id = db_number(&row[3]);
        s->hidden = db_number(&row[4]) != 0;
        s->edits_kept = db_number(&row[5]);
        a->raw = store_keep(&row[6], arena);
        a->raw_length = row[6].len;
    }
    return arena->failed ? error_no_memory(error) : 0;
}

int store_forget_raw(struct store *store, int64_t id, struct error *error)
{
    char digits[DB_DIGITS];
    struct db_value value = db_int(id, digits);
    return db_exec(store->db, SQL_FORGET_RAW, &value, 1, error);
}

int store_forget_path(struct store *store, const char *path, int64_t since, struct error *error)
{
    static const struct {
        const char *path, *column;
    } columns[] = {
        {"hash", "ticket_number"},
        {"updated_at", "updated_at_fluent"},
        {"status", "ticket_status"},
        {"customer_id", "customer_id"},
        {"customer.full_name", "customer_name"},
        {"customer.email", "customer_email"},
        {"mailbox_id", "mailbox_id"},
        {"title", "title"},
        {"content", "customer_message"},
        {"priority", "priority"},
        {"product_id", "product_id"},
        {"product.title", "product_name"},
        {"agent_id", "agent_id"},
        {"agent.full_name", "agent_name"},
        {"resolved_at", "resolved_at"},
        {"response_count", "response_count"},
    };
    char began[20];
    struct db_value values[] = {db_text(store->site_key), store_instant(since, began)};
    size_t n = strlen(path);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        char sql[512];
        const char *at = columns[i].path;
        if (strncmp(at, path, n) != 0 || (at[n] && at[n] != '.'))
            continue;
        snprintf(sql, sizeof sql, SQL_FORGET_COLUMN, columns[i].column);
        if (db_exec(store->db, sql, values, 2, error) < 0)
            return -1;
    }
    return 0;
}

int store_forget_rejects(struct store *store, int64_t run_id, struct error *error)
{
    char id[DB_DIGITS];
    struct db_value values[] = {db_text(store->site_key), db_int(run_id, id)};
    return db_exec(store->db, SQL_FORGET_REJECTS, values, 2, error);
}
