/* columns: moves values between the columns of a statement and the members of a struct. */
#include "store/columns.h"

#include <stdio.h>
#include <string.h>

#include "base/zone.h"

/* The most bytes that a statement with many columns has. */
enum { STATEMENT_MAX = 16384 };

void columns_names(struct buf *sql, const struct column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_printf(sql, "%s%s", i ? ", " : "", columns[i].sql);
}

void columns_assignments(struct buf *sql, const struct column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_printf(sql, "%s%s = ?", i ? ", " : "", columns[i].sql);
}

struct db_value column_cell(struct cell cell)
{
    return (struct db_value){.text = cell.text, .len = cell.len};
}

struct db_value column_instant(int64_t instant, char text[DB_DIGITS])
{
    char iso[25];
    if (!instant || !zone_iso(instant, iso))
        return db_text(NULL);
    snprintf(text, DB_DIGITS, "%.10s %.8s", iso, iso + 11);
    return db_text(text);
}

static int64_t read_instant(const struct db_value *value)
{
    int64_t instant = 0;
    char iso[21];
    if (!value->text || value->len != 19)
        return 0;
    snprintf(iso, sizeof iso, "%.10sT%.8sZ", value->text, value->text + 11);
    return zone_parse(NULL, iso, &instant) ? instant : 0;
}

static const char *keep(const struct db_value *value, struct arena *arena)
{
    return value->text ? arena_copy(arena, value->text, value->len) : NULL;
}

static void read_member(const struct column *c, const struct db_value *value, void *member,
                        struct arena *arena)
{
    switch (c->kind) {
    case COLUMN_TEXT:
        *(const char **)member = keep(value, arena);
        break;
    case COLUMN_CELL:
        *(struct cell *)member = (struct cell){.text = keep(value, arena), .len = value->len};
        break;
    case COLUMN_CHARS:
        snprintf(member, c->size, "%s", value->text ? value->text : "");
        break;
    case COLUMN_INT:
        *(int *)member = (int)db_number(value);
        break;
    case COLUMN_FLAG:
        *(bool *)member = db_number(value) != 0;
        break;
    case COLUMN_NUMBER:
    case COLUMN_POSITIVE:
        *(int64_t *)member = db_number(value);
        break;
    case COLUMN_KNOWN:
        *(int64_t *)member = value->text ? db_number(value) : -1;
        break;
    case COLUMN_INSTANT:
        *(int64_t *)member = read_instant(value);
        break;
    }
}

void columns_read(const struct column *columns, size_t count, const struct db_value *row,
                  void *record, struct arena *arena)
{
    for (size_t i = 0; i < count; i++)
        read_member(&columns[i], &row[i], (char *)record + columns[i].offset, arena);
}

static struct db_value value_of(const struct column *c, const void *member, char text[DB_DIGITS])
{
    const int64_t *number = member;
    switch (c->kind) {
    case COLUMN_TEXT:
        return db_text(*(const char *const *)member);
    case COLUMN_CELL:
        return column_cell(*(const struct cell *)member);
    case COLUMN_CHARS:
        return db_text(member);
    case COLUMN_INT:
        return db_int(*(const int *)member, text);
    case COLUMN_FLAG:
        return db_int(*(const bool *)member, text);
    case COLUMN_NUMBER:
        return db_int(*number, text);
    case COLUMN_KNOWN:
        return *number < 0 ? db_text(NULL) : db_int(*number, text);
    case COLUMN_POSITIVE:
        return *number <= 0 ? db_text(NULL) : db_int(*number, text);
    case COLUMN_INSTANT:
        return column_instant(*number, text);
    }
    return db_text(NULL);
}

void columns_values(const struct column *columns, size_t count, const void *record,
                    struct db_value *values, char (*texts)[DB_DIGITS])
{
    for (size_t i = 0; i < count; i++)
        values[i] = value_of(&columns[i], (const char *)record + columns[i].offset, texts[i]);
}

static int take_rows(const struct select *select, struct db_result *result, struct records *found,
                     struct arena *arena, struct error *error)
{
    found->rows = arena_alloc(arena, (db_rows(result) + 1) * select->record);
    if (!found->rows)
        return error_no_memory(error);
    for (const struct db_value *row; (row = db_row(result)) != NULL; found->count++)
        columns_read(select->columns, select->count, row,
                     (char *)found->rows + found->count * select->record, arena);
    return arena->failed ? error_no_memory(error) : 0;
}

int select_records(struct db *db, const struct select *select, const struct db_parameters *p,
                   struct records *found, struct arena *arena, struct error *error)
{
    __attribute__((cleanup(db_result_cleanup))) struct db_result *result = NULL;
    struct buf sql;
    *found = (struct records){0};
    buf_init(&sql, STATEMENT_MAX);
    buf_puts(&sql, "SELECT ");
    columns_names(&sql, select->columns, select->count);
    buf_printf(&sql, " %s", select->rest);
    int done =
        sql.failed ? error_no_memory(error) : db_query(db, buf_text(&sql), p, &result, error);
    buf_release(&sql);
    if (done == 0)
        done = take_rows(select, result, found, arena, error);
    if (done < 0)
        *found = (struct records){0};
    return done;
}

const struct column ROW_COUNT[1] = {COLUMN("COUNT(*)", struct row_count, rows)};

int select_count(struct db *db, const char *from, const struct db_parameters *parameters,
                 int64_t *count, struct error *error)
{
    const struct select select = SELECT(ROW_COUNT, struct row_count, from);
    struct arena arena = ARENA_INIT;
    struct records found;
    int done = select_records(db, &select, parameters, &found, &arena, error);
    *count = found.count ? ((const struct row_count *)found.rows)->rows : 0;
    arena_release(&arena);
    return done;
}
