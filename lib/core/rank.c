/* rank: compares the list with the record by the number of tickets before a page. */
#include "core/rank.h"

#include <stdlib.h>

#include "base/int64.h"

/* `row` tickets of the list have smaller ids than `id`. */
struct point {
    int64_t id, row;
};

struct rank {
    struct record *record;
    int64_t rows;         /* on a page */
    int64_t most;         /* requests */
    int64_t expected;     /* rows of the whole list */
    int64_t known;        /* up to this id the list was read, now or when it was compared before */
    struct point *points; /* ascending by id; the first is the beginning of the list */
    size_t used, size;
    const int64_t *head;
    size_t head_count, entered;
    struct record gone;
    int64_t asked, found; /* requests; differences that pages showed */
    bool settled, lost;
};

struct rank *rank_new(struct record *record, int64_t rows, int64_t most)
{
    struct rank *rank = calloc(1, sizeof *rank);
    struct point *points = calloc(16, sizeof *points);
    if (!rank || !points) {
        free(rank);
        free(points);
        return NULL;
    }
    *rank = (struct rank){.record = record,
                          .rows = rows,
                          .most = most,
                          .expected = record->count,
                          .known = record_max(record),
                          .points = points,
                          .used = 1,
                          .size = 16};
    return rank;
}

void rank_free(struct rank *rank)
{
    if (!rank)
        return;
    free(rank->points);
    record_release(&rank->gone);
    free(rank);
}

void rank_head(struct rank *rank, const int64_t *ids, size_t count)
{
    rank->head = ids;
    rank->head_count = count;
}

/* Windows */

/* The window of `size` rows that holds row `row`, 0 being the first. */
static struct walk_window window_at(int64_t row, int64_t size)
{
    return (struct walk_window){.page = row / size + 1, .per_page = size};
}

static int64_t first_row(const struct walk_window *w)
{
    return (w->page - 1) * w->per_page;
}

/* Sizes from this one on are tried: one of them puts a window's edge where it is wanted. */
static int64_t smallest(int64_t size)
{
    return max64(1, size / 2);
}

/* A window that holds a whole gap may be larger than the others. */
static int64_t closing(const struct rank *rank)
{
    return rank->rows + rank->rows / 3;
}

/* Does one window hold the rows `from`..`to`? */
static bool fits(const struct rank *rank, int64_t from, int64_t to)
{
    for (int64_t size = closing(rank); size > to - from; size--)
        if (window_at(from, size).page == window_at(to, size).page)
            return true;
    return false;
}

/* What is left of a gap when its rows `from`..`to` stay unread: the less the better. */
static int64_t left_over(const struct rank *rank, int64_t from, int64_t to)
{
    int64_t rows = to - from, most = closing(rank);
    return rows > 0 && rows < most && !fits(rank, max64(0, from), to) ? most : rows;
}

/* The window that leaves the least of the rows `from`..`to` unread on either of its sides; or holds
 * all of them, with the most rows beside them, in case that the list has moved. */
static struct walk_window window_between(const struct rank *rank, int64_t from, int64_t to)
{
    struct walk_window best = {0};
    int64_t least = INT64_MAX, middle = max64(0, (from + to) / 2);
    int64_t size = rank->rows + rank->rows / 10;
    if (to - from < closing(rank))
        size = closing(rank);
    for (; size >= smallest(rank->rows); size--) {
        struct walk_window w = window_at(middle, size);
        int64_t below = w.page > 1 ? left_over(rank, from, first_row(&w)) : -size;
        int64_t above = left_over(rank, first_row(&w) + size - 1, to);
        if (max64(below, above) < least) {
            least = max64(below, above);
            best = w;
        }
    }
    return best;
}

/* A window that holds row `row`, as far as possible `before` rows before it, and one at least
 * behind it: for only a page that is not full ends the list. */
static struct walk_window window_from(int64_t row, int64_t before, int64_t rows)
{
    struct walk_window best = window_at(row, rows);
    int64_t least = INT64_MAX;
    for (int64_t size = rows; size >= smallest(rows); size--) {
        struct walk_window w = window_at(row, size);
        int64_t at = row - first_row(&w), off = llabs(at - min64(before, row));
        if (off < least && at < size - 1) {
            least = off;
            best = w;
        }
    }
    return best;
}

/* Where to look */

static int64_t difference(const struct rank *rank, const struct point *p)
{
    return record_rank(rank->record, p->id) - p->row;
}

/* The closest two neighbours of which D differs, the lower one; NULL: there are none. */
static const struct point *differing(const struct rank *rank)
{
    const struct point *closest = NULL;
    int64_t rows = INT64_MAX, before = 0;
    for (size_t i = 1; i < rank->used; i++) {
        const struct point *p = &rank->points[i];
        int64_t d = difference(rank, p), between = llabs(p->row - p[-1].row);
        if (d != before && between < rows) {
            rows = between;
            closest = p - 1;
        }
        before = d;
    }
    return closest;
}

/* The lowest point of the pages above `known` that do not join it: what stands between was never
 * read. NULL: there is no such page. */
static const struct point *beyond_gap(const struct rank *rank)
{
    for (size_t i = 0; i < rank->used; i++)
        if (rank->points[i].id > rank->known + 1)
            return &rank->points[i];
    return NULL;
}

/* The window that is read next of what was never read: the lowest part, or the highest, where the
 * lowest is not where it was expected. */
static struct walk_window window_in_gap(const struct rank *rank, const struct point *beyond)
{
    int64_t known = record_rank(rank->record, rank->known + 1) - difference(rank, beyond - 1);
    bool placed = known < beyond->row;
    int64_t row = max64(0, (placed ? known : beyond->row) - 1);
    return window_from(row, placed ? 1 : rank->rows - 2, rank->rows);
}

static int64_t log2_pages(const struct rank *rank)
{
    int64_t log2 = 1;
    for (int64_t pages = rank->expected / rank->rows; pages > 1; pages /= 2)
        log2++;
    return log2;
}

enum rank_next rank_next(struct rank *rank, struct walk_window *window)
{
    if (rank->settled)
        return RANK_SETTLED;
    if (rank->lost || rank->asked >= rank->most ||
        rank->asked >= RANK_SPARE + 4 * log2_pages(rank) * (rank->found + 1))
        return RANK_LOST;
    const struct point *low = differing(rank), *beyond = beyond_gap(rank);
    int64_t last = max64(0, rank->expected - 1);
    if (beyond)
        *window = window_in_gap(rank, beyond);
    else if (low)
        *window = window_between(rank, low[0].row - 1, low[1].row);
    else
        *window = window_from(last, RANK_END_ROWS / 4, min64(rank->rows, RANK_END_ROWS));
    rank->asked++;
    return RANK_ASK;
}

/* Answers */

/* Puts the point into its place; there is none with its id. */
static int add_point(struct rank *rank, struct point point)
{
    size_t at = rank->used;
    if (rank->used == rank->size) {
        struct point *points = realloc(rank->points, 2 * rank->size * sizeof *points);
        if (!points)
            return -1;
        rank->points = points;
        rank->size *= 2;
    }
    for (; at > 0 && rank->points[at - 1].id > point.id; at--)
        rank->points[at] = rank->points[at - 1];
    rank->points[at] = point;
    rank->used++;
    return 0;
}

/* Removes the points from id `low` to id `high`, but for the beginning. */
static void remove_points(struct rank *rank, int64_t low, int64_t high)
{
    size_t kept = 1;
    for (size_t i = 1; i < rank->used; i++)
        if (rank->points[i].id < low || rank->points[i].id > high)
            rank->points[kept++] = rank->points[i];
    rank->used = kept;
}

/* What an answer shows: between the ids `low` and `high` the page's tickets and no others; the
 * first one stands on `row`, `last` is the last one's id. */
struct view {
    const struct walk_page *page;
    int64_t low, high, last, row;
    bool ends; /* the list */
};

/* The first page may be older than the head: what is larger than its last id is left to the next
 * page. What a page does not show any more has vanished. */
static int enter_head(struct rank *rank, int64_t last)
{
    for (; rank->entered < rank->head_count; rank->entered++) {
        int64_t id = rank->head[rank->entered];
        if (id > last && rank->asked == 1)
            return 0;
        if (!record_has(&rank->gone, id) && record_insert(rank->record, id) < 0)
            return -1;
    }
    return 0;
}

/* Those of the record's ids that the page would show, if they were still there. */
static int remove_gone(struct rank *rank, const struct view *view)
{
    const struct walk_page *page = view->page;
    size_t i = 0;
    for (int64_t id = record_next(rank->record, view->low); id && id <= view->high;
         id = record_next(rank->record, id + 1)) {
        while (i < page->count && page->ids[i] < id)
            i++;
        if (i < page->count && page->ids[i] == id)
            continue;
        rank->found++;
        record_remove(rank->record, id);
        if (record_insert(&rank->gone, id) < 0)
            return -1;
    }
    return 0;
}

static int insert_shown(struct rank *rank, const struct walk_page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        int64_t id = page->ids[i];
        rank->found += id <= rank->known && !record_has(rank->record, id);
        record_remove(&rank->gone, id);
        if (record_insert(rank->record, id) < 0)
            return -1;
    }
    return 0;
}

static int take_view(struct rank *rank, const struct view *view)
{
    int64_t rows = (int64_t)view->page->count;
    if (enter_head(rank, view->last) < 0 || remove_gone(rank, view) < 0 ||
        insert_shown(rank, view->page) < 0)
        return -1;
    remove_points(rank, view->low, view->ends ? INT64_MAX : view->last + 1);
    if ((view->low > 0 && add_point(rank, (struct point){view->low, view->row}) < 0) ||
        add_point(rank, (struct point){view->last + 1, view->row + rows}) < 0)
        return -1;
    bool joins = view->low <= rank->known + 1;
    if (joins)
        rank->known = max64(rank->known, view->last);
    rank->settled = view->ends && joins && rank->entered == rank->head_count &&
                    rank->record->count == view->row + rows;
    return 0;
}

/* A page beyond the end of the list tells only that. */
static void take_beyond(struct rank *rank, int64_t row, int64_t total)
{
    rank->expected = total >= 0 ? min64(total, row) : row;
}

int rank_answer(struct rank *rank, const struct walk_window *window, const struct walk_page *page)
{
    int64_t size = window->per_page, rows = (int64_t)page->count, total = page->total;
    if (page->per_page > 0 && page->per_page < size) {
        size = page->per_page;
        rank->rows = max64(1, size * 3 / 4); /* so that a closing window is no larger than `size` */
    }
    struct view view = {.page = page, .row = (window->page - 1) * size};
    rank->lost |= page->nameless > 0; /* they have rows, but no ids */
    if (rank->lost)
        return 0;
    if (!rows && view.row)
        return take_beyond(rank, view.row, total), 0;
    rank->expected = total >= 0 ? total : max64(rank->expected, view.row + rows);
    view.ends = rows < size && (total < 0 || total == view.row + rows);
    if (!rows && !view.ends)
        return 0;
    view.low = view.row ? page->ids[0] : 0;
    view.last = rows ? page->ids[rows - 1] : 0;
    view.high = view.ends ? INT64_MAX : view.last;
    return take_view(rank, &view);
}

/* What is known otherwise */

/* By how many tickets the list is shorter than the record between point `i` - 1 and point `i`. */
static int64_t lacking_before(const struct rank *rank, size_t i)
{
    return difference(rank, &rank->points[i]) - difference(rank, &rank->points[i - 1]);
}

int64_t rank_lacking(const struct rank *rank)
{
    int64_t lacking = 0;
    for (size_t i = 1; i < rank->used; i++)
        lacking += max64(0, lacking_before(rank, i));
    return lacking;
}

/* Of `pages` pages each ticket halves its share, unless nearly every page has to be read. */
int64_t rank_expected_pages(const struct rank *rank)
{
    int64_t pages = rank->expected / rank->rows, lacking = rank_lacking(rank), halvings = 1;
    for (int64_t share = lacking ? pages / lacking : 0; share > 1; share /= 2)
        halvings++;
    return 1 + min64(pages, lacking * halvings);
}

bool rank_may_lack(const struct rank *rank, int64_t id)
{
    size_t i = 1;
    while (i < rank->used && rank->points[i].id <= id)
        i++;
    return i < rank->used && record_has(rank->record, id) && lacking_before(rank, i) > 0;
}

int rank_tell_gone(struct rank *rank, int64_t id)
{
    if (!record_has(rank->record, id))
        return 0;
    if (record_insert(&rank->gone, id) < 0)
        return -1;
    record_remove(rank->record, id);
    rank->settled = false;
    return 0;
}

const struct record *rank_gone(const struct rank *rank)
{
    return &rank->gone;
}
