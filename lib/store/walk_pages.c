/* walk_pages: the table fluent_walk_pages, with what the walk in progress has read. */
#include "store/walk_pages.h"

#include "store/store_private.h"

struct saved_page {
    struct walk_interval proven;
    struct cell ids; /* packed */
};
static const struct column PAGE[] = {
    COLUMN("low", struct saved_page, proven.low),
    COLUMN("high", struct saved_page, proven.high),
    COLUMN("row_count", struct saved_page, proven.rows),
    COLUMN("position", struct saved_page, proven.row),
    COLUMN("ids", struct saved_page, ids),
};
static const struct select READ =
    SELECT(PAGE, struct saved_page,
           "FROM fluent_walk_pages WHERE site_key = ? AND walk_id = ? ORDER BY run_id, low, high");

static const char SAVE[] =
    "INSERT INTO fluent_walk_pages "
    "(site_key, walk_id, run_id, low, high, row_count, position, ids) VALUES";
static const char SAVE_AGAIN[] =
    "ON DUPLICATE KEY UPDATE run_id = VALUES(run_id), row_count = VALUES(row_count), "
    "position = VALUES(position), ids = VALUES(ids)";
/* By their keys, which are read first: see store_change_found. */
struct page_key {
    const char *walk_id, *low, *high;
};
static const struct column PAGE_KEY[] = {
    COLUMN("walk_id", struct page_key, walk_id),
    COLUMN("low", struct page_key, low),
    COLUMN("high", struct page_key, high),
};
static const struct select FIND_KEYS_OF_PAGES =
    SELECT(PAGE_KEY, struct page_key, "FROM fluent_walk_pages WHERE site_key = ?");
static const char FORGET[] =
    "DELETE FROM fluent_walk_pages WHERE site_key = ? AND walk_id = ? AND low = ? AND high = ?";

/* Ids ascend, so their differences take a byte or two: LEB128. */
static void pack(struct buf *out, const int64_t *ids, size_t count)
{
    int64_t before = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t step = (uint64_t)(ids[i] - before);
        before = ids[i];
        for (; step > 0x7f; step >>= 7)
            buf_putc(out, (char)(step | 0x80));
        buf_putc(out, (char)step);
    }
}

static int unpack(struct cell packed, struct tally *seen)
{
    int64_t id = 0;
    uint64_t step = 0;
    unsigned shift = 0;
    for (size_t i = 0; i < packed.len; i++) {
        unsigned char byte = (unsigned char)packed.text[i];
        step |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
        if (byte & 0x80 && shift < 63)
            continue;
        id += (int64_t)step;
        if (tally_add(seen, id, TALLY_BEFORE) < 0)
            return -1;
        step = 0;
        shift = 0;
    }
    return 0;
}

int store_save_walk_page(struct store *store, const struct walk_page_key *key,
                         struct walk_interval proven, const int64_t *ids, size_t count,
                         struct error *error)
{
    char walk[DB_DIGITS], run[DB_DIGITS], low[DB_DIGITS], high[DB_DIGITS], rows[DB_DIGITS];
    char position[DB_DIGITS];
    struct buf packed;
    buf_init(&packed, 10 * (count + 1));
    pack(&packed, ids, count);
    struct db_value values[] = {
        db_text(store->site_key),     db_int(key->walk_id, walk),
        db_int(key->run_id, run),     db_int(proven.low, low),
        db_int(proven.high, high),    db_int((int64_t)count, rows),
        db_int(proven.row, position), {.text = buf_text(&packed), .len = packed.len},
    };
    const struct db_rows row = {
        .values = values, .columns = sizeof values / sizeof *values, .rows = 1};
    int done = packed.failed ? error_no_memory(error)
                             : db_insert(store->db, SAVE, SAVE_AGAIN, &row, error);
    buf_release(&packed);
    return done;
}

int store_read_walk(struct store *store, int64_t walk_id, struct walk_intervals *proven,
                    struct tally *seen, struct arena *arena, struct error *error)
{
    char walk[DB_DIGITS];
    struct db_value values[] = {db_text(store->site_key), db_int(walk_id, walk)};
    struct records found;
    *proven = (struct walk_intervals){0};
    if (store_select(store, &READ, VALUES(values), &found, arena, error) < 0)
        return -1;
    proven->rows = arena_alloc(arena, (found.count + 1) * sizeof *proven->rows);
    if (!proven->rows)
        return error_no_memory(error);
    for (const struct saved_page *page = found.rows; proven->count < found.count; page++) {
        proven->rows[proven->count++] = page->proven;
        if (unpack(page->ids, seen) < 0)
            return error_no_memory(error);
    }
    return 0;
}

int store_forget_walk_pages(struct store *store, struct error *error)
{
    struct db_value key = db_text(store->site_key);
    struct arena arena = ARENA_INIT;
    struct records found;
    int done = store_select(store, &FIND_KEYS_OF_PAGES, &(struct db_parameters){&key, 1, NULL, 0},
                            &found, &arena, error);
    const struct page_key *page = found.rows;
    for (size_t i = 0; i < found.count && done == 0; i++, page++) {
        const struct db_value values[] = {key, db_text(page->walk_id), db_text(page->low),
                                          db_text(page->high)};
        done = db_exec(store->db, FORGET, values, 4, error);
    }
    arena_release(&arena);
    return done;
}
