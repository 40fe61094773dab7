/* history: the table fluent_ticket_changes. */
#include "store/history.h"

#include <stdio.h>
#include <string.h>

#include "codec/decode.h"
#include "model/ticket_columns.h"
#include "store/insert.h"
#include "store/store_private.h"

/* What is recorded: columns of the site, and ours that say whether the ticket is still there. */
static const char *const OWN_COLUMNS[] = {"deleted_at", "invisible_since", "left_scope_at"};
enum {
    OWN_COUNT = sizeof OWN_COLUMNS / sizeof *OWN_COLUMNS,
    RECORDED_MAX = TICKET_COLUMNS + OWN_COUNT,
    OBJECT_MAX = 65535, /* of new_value */
};

/* A column of a ticket as it stands, and as the history has it. */
struct difference {
    int64_t ticket_row;
    char fluent_id[FLUENT_ID_SIZE];
    const char *column, *before, *now;
    bool begun; /* the ticket has a history */
};

/* The statement: a row for each ticket and recorded column that differs, or whose ticket has no
 * history. `c`: the last row that says what the column held. */
#define HELD                                                                                       \
    "(SELECT IF(c.column_name = '', JSON_UNQUOTE(JSON_EXTRACT(c.new_value, "                       \
    "CONCAT('$.', n.name))), c.new_value) FROM fluent_ticket_changes c WHERE c.ticket_row = f.id " \
    "AND c.column_name IN ('', n.name) ORDER BY c.id DESC LIMIT 1)"
#define BEGUN                                                                                      \
    "EXISTS (SELECT 1 FROM fluent_ticket_changes b WHERE b.ticket_row = f.id "                     \
    "AND b.column_name = '')"
static const struct column DIFFERENCE[] = {
    COLUMN("d.ticket_row", struct difference, ticket_row),
    COLUMN("d.fluent_id", struct difference, fluent_id),
    COLUMN("d.name", struct difference, column),
    COLUMN("d.held", struct difference, before),
    COLUMN("d.stands", struct difference, now),
    COLUMN("d.begun", struct difference, begun),
};

static void append_names(struct buf *sql)
{
    const char *before = "SELECT ";
    for (size_t c = 0; c < TICKET_COLUMNS; c++) {
        const struct ticket_column_info *column = &ticket_column_table[c];
        if (column->history == HISTORY_NONE)
            continue;
        buf_printf(sql, "%s'%s' AS name", before, column->name);
        before = " UNION ALL SELECT ";
    }
    for (size_t c = 0; c < OWN_COUNT; c++)
        buf_printf(sql, "%s'%s'", before, OWN_COLUMNS[c]);
}

static void append_values(struct buf *sql)
{
    buf_puts(sql, "CASE n.name");
    for (size_t c = 0; c < TICKET_COLUMNS; c++) {
        const struct ticket_column_info *column = &ticket_column_table[c];
        if (column->history != HISTORY_NONE)
            buf_printf(sql,
                       column->history == HISTORY_HASHED
                           ? " WHEN '%s' THEN LEFT(SHA2(f.%s, 256), 32)"
                           : " WHEN '%s' THEN CAST(f.%s AS CHAR)",
                       column->name, column->name);
    }
    for (size_t c = 0; c < OWN_COUNT; c++)
        buf_printf(sql, " WHEN '%s' THEN CAST(f.%s AS CHAR)", OWN_COLUMNS[c], OWN_COLUMNS[c]);
    buf_puts(sql, " END");
}

static int read_differences(struct store *store, const struct db_parameters *keys, bool by_id,
                            struct records *found, struct arena *arena, struct error *error)
{
    struct buf from;
    buf_init(&from, STATEMENT_TEXT_MAX);
    buf_puts(&from, "FROM (SELECT f.id AS ticket_row, f.fluent_id, n.name, " HELD " AS held, ");
    append_values(&from);
    buf_puts(&from, " AS stands, " BEGUN " AS begun FROM fluent_tickets f JOIN (");
    append_names(&from);
    buf_printf(&from,
               ") AS n WHERE f.%s IN (?*)) AS d WHERE NOT d.begun "
               "OR NOT (CAST(d.held AS BINARY) <=> CAST(d.stands AS BINARY)) ORDER BY d.ticket_row",
               by_id ? "id" : "fluent_id");
    const struct select select = SELECT(DIFFERENCE, struct difference, buf_text(&from));
    int done = from.failed ? error_no_memory(error)
                           : store_select(store, &select, keys, found, arena, error);
    buf_release(&from);
    return done;
}

/* Writing */

enum { CHANGE_VALUES = 9 };
#define INSERT_HEAD                                                                                \
    "INSERT INTO fluent_ticket_changes (site_key, ticket_row, fluent_id, run_id, seen_at, "        \
    "column_name, old_value, new_value, cause) VALUES"

/* A row of the table, whose numbers are texts. */
struct change_row {
    char ticket[DB_DIGITS], run[DB_DIGITS], now[DB_DIGITS];
};

struct recorder {
    struct store *store;
    struct insert insert;
    const struct history_seen *seen;
    struct arena *arena;
};

/* What is given stays where it is until the rows are sent. */
static int add_row(struct recorder *r, const struct difference *d, const char *column,
                   const char *before, const char *now, struct error *error)
{
    static const char *const causes[] = {
        [HISTORY_SITE] = "site", [HISTORY_CONFIG] = "config", [HISTORY_ADOPT] = "adopt"};
    struct change_row *texts = arena_alloc(r->arena, sizeof *texts);
    if (!texts)
        return error_no_memory(error);
    const struct db_value values[CHANGE_VALUES] = {
        db_text(r->store->site_key),
        db_int(d->ticket_row, texts->ticket),
        db_text(d->fluent_id),
        db_int(r->seen->run_id, texts->run),
        column_instant(clock_wall_ms() / 1000, texts->now),
        db_text(column),
        db_text(before),
        db_text(now),
        db_text(causes[r->seen->cause])};
    if (insert_full(&r->insert, r->store->db, values) &&
        insert_send(&r->insert, r->store->db, error) < 0)
        return -1;
    insert_add(&r->insert, values);
    return 0;
}

/* The row with which a ticket's history begins: an object of what its `count` columns hold. */
static int add_beginning(struct recorder *r, const struct difference *columns, size_t count,
                         struct error *error)
{
    struct decode_member held[RECORDED_MAX];
    struct buf object;
    size_t known = 0;
    for (size_t i = 0; i < count; i++)
        if (columns[i].now)
            held[known++] =
                (struct decode_member){columns[i].column, columns[i].now, strlen(columns[i].now)};
    buf_init(&object, OBJECT_MAX);
    encode_object(held, known, &object);
    const char *text = arena_copy(r->arena, buf_text(&object), object.len);
    int done = object.failed || !text ? error_no_memory(error) : 0;
    buf_release(&object);
    return done < 0 ? -1 : add_row(r, columns, "", NULL, text, error);
}

static int add_rows(struct recorder *r, const struct records *found, struct error *error)
{
    const struct difference *rows = found->rows;
    for (size_t i = 0, n; i < found->count; i += n) {
        n = 1;
        while (!rows[i].begun && i + n < found->count &&
               rows[i + n].ticket_row == rows[i].ticket_row)
            n++;
        const struct difference *d = &rows[i];
        int done = d->begun ? add_row(r, d, d->column, d->before, d->now, error)
                            : add_beginning(r, d, n, error);
        if (done < 0)
            return -1;
    }
    return insert_send(&r->insert, r->store->db, error);
}

static int record_differences(struct store *store, const struct records *found,
                              const struct history_seen *seen, struct arena *arena,
                              struct error *error)
{
    struct recorder r = {.store = store, .seen = seen, .arena = arena};
    if (!found->count)
        return 0;
    if (insert_init(&r.insert, INSERT_HEAD, "", CHANGE_VALUES, error) < 0)
        return -1;
    int done = add_rows(&r, found, error);
    insert_release(&r.insert);
    return done;
}

static struct db_value *keys_of(const struct history_rows *rows, struct arena *arena)
{
    struct db_value *keys = arena_alloc(arena, rows->count * sizeof *keys);
    for (size_t i = 0; keys && i < rows->count; i++) {
        char *digits = rows->ids ? arena_alloc(arena, DB_DIGITS) : NULL;
        if (!rows->ids)
            keys[i] = db_text(rows->fluent_ids[i]);
        else if (digits)
            keys[i] = db_int(rows->ids[i], digits);
    }
    return arena->failed ? NULL : keys;
}

int store_history_record(struct store *store, const struct history_rows *rows,
                         const struct history_seen *seen, struct error *error)
{
    struct arena arena = ARENA_INIT;
    struct records found = {0};
    if (!rows->count)
        return 0;
    const struct db_parameters keys = {.list = keys_of(rows, &arena), .list_count = rows->count};
    int done = !keys.list ? error_no_memory(error)
                          : read_differences(store, &keys, rows->ids, &found, &arena, error);
    if (done == 0)
        done = record_differences(store, &found, seen, &arena, error);
    arena_release(&arena);
    return done;
}

/* Removing */

static const char FORGET_CHANGES[] =
    "DELETE FROM fluent_ticket_changes WHERE site_key = ? AND column_name = ?";
static const char FORGET_BEGINNINGS[] =
    "UPDATE fluent_ticket_changes SET new_value = JSON_REMOVE(new_value, ?) "
    "WHERE site_key = ? AND column_name = ''";

int store_history_forget(struct store *store, const char *column, struct error *error)
{
    char path[80];
    snprintf(path, sizeof path, "$.%s", column);
    const struct db_value changes[] = {db_text(store->site_key), db_text(column)};
    const struct db_value beginnings[] = {db_text(path), db_text(store->site_key)};
    if (db_exec(store->db, FORGET_CHANGES, changes, 2, error) < 0)
        return -1;
    return db_exec(store->db, FORGET_BEGINNINGS, beginnings, 2, error);
}

static const struct change_found REMOVE_ALL = REMOVE_BY_ID("fluent_ticket_changes");
static const struct change_found REMOVE_OLD = {
    FIND_KEYS("o.id", "FROM fluent_ticket_changes o "
                      "WHERE o.site_key = ? AND o.seen_at < ? AND o.column_name <> '' AND EXISTS "
                      "(SELECT 1 FROM fluent_ticket_changes n WHERE n.ticket_row = o.ticket_row "
                      "AND n.column_name = o.column_name AND n.id > o.id) "
                      "ORDER BY o.seen_at LIMIT ?"),
    DELETE_BY_ID("fluent_ticket_changes")};

int store_history_trim(struct store *store, int64_t before, int64_t most, int64_t *removed,
                       struct error *error)
{
    char instant[DB_DIGITS], digits[DB_DIGITS];
    const struct db_value old[] = {db_text(store->site_key), column_instant(before, instant),
                                   db_int(most, digits)};
    return before ? store_change_found(store, &REMOVE_OLD, VALUES(old), removed, error)
                  : store_change_some(store, &REMOVE_ALL, most, removed, error);
}
