/* walk: what to ask for next so that a list read page by page is read completely. */
#include "core/walk.h"

#include <stdlib.h>
#include <string.h>

#include "base/int64.h"

enum {
    PER_PAGE_MAX = 10000,
    SIZES = 12,     /* small pages vary by as many rows, else no size would fit */
    CAP_MIN = 10,   /* of fewer rows no sizes would fit */
    ASKS_MAX = 256, /* outstanding windows and parts of failed ones */
};
static const int64_t ROWS_MAX = 1000000000000; /* a larger `total` cannot be true */

/*
 * One end of a proven interval, and the row on which it stood when it was last measured. Rows are
 * only used to choose windows; what is proven follows from ids alone.
 */
struct end {
    int64_t id, row;
    bool sure; /* measured or counted, and nothing has contradicted it since */
};

struct span {
    struct end low, high;
};

struct ask {
    struct walk_window window;
    bool sent; /* false: part of a failed window, waiting for its turn */
};

/* The last page that had fewer rows than were asked for, and so may have been cut. */
struct short_page {
    int64_t rows;     /* 0: there is no such page */
    int64_t nameless; /* those of them that have no id */
    int64_t id, row;  /* its last id, and the row of its end */
    int64_t total;    /* as it said */
};

/*
 * The spans ascend and never touch. The two infinities are there from the start: minus infinity
 * stands on row 0, plus infinity on the row after the last one.
 */
struct walk {
    int64_t per_page, size; /* size: per_page, or less where larger windows fail */
    int64_t least;          /* the smallest per_page so far */
    int64_t total;          /* as the head request said */
    int64_t rows;           /* the highest row that was ever seen */
    int64_t requests, failures;
    int64_t useful; /* answers that proved something new; the bound on requests grows with them */
    int64_t most;   /* rows on the largest page */
    int64_t cap;    /* no window is larger; 0: no cap is known */
    enum { CAP_NONE, CAP_SUSPECTED, CAP_ASKED, CAP_CONFIRMED } cap_state;
    struct short_page cut;
    int at_once, skips, ask_count;
    int64_t skipped[WALK_SPARE]; /* the rows that cannot be read */
    struct ask asks[ASKS_MAX];
    struct span *spans;
    size_t count, room;
};

static int64_t within(int64_t value, int64_t low, int64_t high)
{
    return max64(low, min64(value, high));
}

static int64_t first_row(const struct walk_window *window)
{
    return (window->page - 1) * window->per_page + 1;
}

static int64_t last_row(const struct walk_window *window)
{
    return window->page * window->per_page;
}

/* The row at which to expect plus infinity, with room for tickets that were created since the rows
 * were counted. */
static int64_t end_row(const struct walk *walk, int64_t total)
{
    return total + 1 + walk->per_page / 64;
}

static struct span *top_span(struct walk *walk)
{
    return &walk->spans[walk->count - 1];
}

/* `low` begins below `high`: is there no integer between them? */
static bool joins(const struct span *low, const struct span *high)
{
    return low->high.id >= high->low.id || low->high.id + 1 == high->low.id;
}

/* Adds a span, merged with those that it joins. Where two of them end at the same id, the row of
 * the added one counts. */
static int insert_span(struct walk *walk, struct span span)
{
    if (walk->count == walk->room) {
        size_t room = walk->room + walk->room / 2 + 8;
        struct span *more = realloc(walk->spans, room * sizeof *more);
        if (!more)
            return -1;
        walk->spans = more;
        walk->room = room;
    }
    size_t from = 0;
    while (from < walk->count && walk->spans[from].low.id < span.low.id &&
           !joins(&walk->spans[from], &span))
        from++;
    size_t to = from;
    for (; to < walk->count; to++) {
        const struct span *other = &walk->spans[to];
        if (other->low.id > span.low.id && !joins(&span, other))
            break;
        if (other->low.id < span.low.id)
            span.low = other->low;
        if (other->high.id > span.high.id)
            span.high = other->high;
    }
    memmove(&walk->spans[from + 1], &walk->spans[to], (walk->count - to) * sizeof *walk->spans);
    walk->spans[from] = span;
    walk->count += from + 1 - to;
    return 0;
}

void walk_free(struct walk *walk)
{
    if (walk)
        free(walk->spans);
    free(walk);
}

struct walk *walk_new(int64_t per_page, int at_once, int64_t total)
{
    struct walk *walk = calloc(1, sizeof *walk);
    if (!walk)
        return NULL;
    walk->per_page = walk->size = walk->least = within(per_page, 1, PER_PAGE_MAX);
    walk->at_once = (int)within(at_once, 1, WALK_AT_ONCE_MAX);
    walk->total = within(total, 0, ROWS_MAX);
    struct end bottom = {WALK_MIN, 0, true};
    struct end top = {WALK_MAX, walk->total ? end_row(walk, walk->total) : 1, true};
    if (insert_span(walk, (struct span){bottom, bottom}) < 0 ||
        insert_span(walk, (struct span){top, top}) < 0) {
        walk_free(walk);
        return NULL;
    }
    return walk;
}

/* What an answer shows: the span of ids that it proves, and at which rows of the list these
 * stand. */
struct view {
    struct span span;
    const struct walk_page *page;
    int64_t first; /* the row of its first id */
};

void walk_set_size(struct walk *walk, int64_t per_page)
{
    int64_t size = within(per_page, 1, walk->cap ? walk->cap : PER_PAGE_MAX);
    walk->size = walk->size == walk->per_page ? size : min64(walk->size, size);
    walk->per_page = size;
    walk->least = min64(walk->least, size);
}

void walk_set_cap(struct walk *walk, int64_t rows)
{
    walk->cap = rows < CAP_MIN ? 0 : min64(rows, PER_PAGE_MAX);
    walk->cap_state = walk->cap ? CAP_CONFIRMED : CAP_NONE;
    walk_set_size(walk, walk->per_page);
}

int64_t walk_cap(const struct walk *walk)
{
    return walk->cap_state == CAP_CONFIRMED ? walk->cap : 0;
}

static bool any_skipped(const struct walk *walk, int64_t first, int64_t last)
{
    for (int i = 0; i < walk->skips; i++)
        if (walk->skipped[i] >= first && walk->skipped[i] <= last)
            return true;
    return false;
}

/* The unread rows between two spans: those between the rows `low` and `high`, which are proven. */
struct gap {
    int64_t low, high;
    bool down; /* `high` is the reliable end, from which to read downwards */
};

/* The sizes between which windows vary: returns the largest. */
static int64_t largest_size(const struct walk *walk, int64_t *least)
{
    int64_t most = walk->size + max64(walk->size / 10, SIZES);
    *least = walk->size - walk->size / 10;
    if (walk->cap && most > walk->cap) {
        most = walk->cap;
        *least = max64(1, min64(*least, most - max64(most / 10, SIZES)));
    }
    if (walk->skips)
        *least = min64(2, most);
    return most;
}

/*
 * The window that holds the reliable end of the gap and reaches furthest into the gap from there.
 * Among windows that cover all of it: the one that leaves most room for rows that moved.
 */
static bool best_window(const struct walk *walk, struct gap gap, struct walk_window *best)
{
    int64_t held = gap.down ? gap.high : max64(1, gap.low);
    int64_t best_gain = 0, best_room = 0;
    int64_t least, most = largest_size(walk, &least);
    for (int64_t size = least; size <= most; size++) {
        struct walk_window window = {(held - 1) / size + 1, size};
        int64_t bottom = window.page == 1 ? -size : first_row(&window), top = last_row(&window);
        int64_t gain =
            gap.down ? gap.high - max64(bottom, gap.low) : min64(top, gap.high) - gap.low;
        int64_t room = min64(gap.low - bottom, top - gap.high);
        bool better = gain > best_gain || (gain == best_gain && room > best_room);
        if (gain > 0 && better && !any_skipped(walk, bottom, top)) {
            *best = window;
            best_gain = gain;
            best_room = room;
        }
    }
    return best_gain > 0;
}

/* Subtracts from the gap what the outstanding windows will read of it if nothing moves. */
static void subtract_asked(const struct walk *walk, struct gap *gap)
{
    for (bool again = true; again;) {
        again = false;
        for (int i = 0; i < walk->ask_count; i++) {
            const struct walk_window *window = &walk->asks[i].window;
            int64_t first = window->page == 1 ? 0 : first_row(window), last = last_row(window);
            if (first < gap->high && last >= gap->high - 1) {
                gap->high = first;
                again = true;
            }
            if (last > gap->low && first <= gap->low + 1) {
                gap->low = last;
                again = true;
            }
        }
    }
}

/*
 * For a page that may have been cut: the window that holds its last id and the next row, with most
 * room for rows that moved, and no larger than the largest page, so that it is not cut itself. If
 * there is no such window: the next row alone. Items without an id may stand between the two.
 */
static struct walk_window window_behind_cut(const struct walk *walk)
{
    struct walk_window best = {walk->cut.row + 1, 1};
    int64_t best_room = -1, row = max64(1, walk->cut.row - walk->cut.nameless);
    for (int64_t size = 2; size <= walk->most; size++) {
        int64_t below = (row - 1) % size, above = size - 2 - below - walk->cut.nameless;
        int64_t room = min64(below, above);
        if (room > best_room) {
            best = (struct walk_window){(row - 1) / size + 1, size};
            best_room = room;
        }
    }
    return best;
}

static bool is_asked(const struct walk *walk, const struct walk_window *window)
{
    for (int i = 0; i < walk->ask_count; i++)
        if (walk->asks[i].window.page == window->page &&
            walk->asks[i].window.per_page == window->per_page)
            return true;
    return false;
}

/* Chooses a window for the gap above spans[i]; false when there is nothing to ask for now. */
static bool plan_gap(const struct walk *walk, size_t i, struct walk_window *window)
{
    const struct end *low = &walk->spans[i].high, *high = &walk->spans[i + 1].low;
    struct gap gap = {low->row, high->row, high->sure};
    if (gap.down)
        gap.low = min64(gap.low, gap.high - 1);
    else
        gap.high = max64(gap.high, gap.low + 1);
    subtract_asked(walk, &gap);
    if (gap.low >= gap.high)
        return false;
    if (walk->cut.rows && (high->id == WALK_MAX || low->id == walk->cut.id)) {
        *window = window_behind_cut(walk);
        return !is_asked(walk, window) && !any_skipped(walk, first_row(window), last_row(window));
    }
    if (best_window(walk, gap, window))
        return true;
    gap.down = !gap.down;
    if (best_window(walk, gap, window))
        return true;
    /* Every window that would share a row with what is proven holds skipped rows. */
    int64_t row = gap.low + 1;
    while (any_skipped(walk, row, row))
        row++;
    *window = (struct walk_window){row, 1};
    return row < gap.high;
}

/* Is the bound on requests, failures or skipped rows reached? The bound on requests grows with the
 * pages that the list may have by its rows, as far as pages proved something new: a site that
 * repeats itself seems to have rows without end. */
static bool reached_bound(const struct walk *walk)
{
    return walk->skips == WALK_SPARE ||
           walk->failures > 4 * WALK_SPARE + walk->rows / walk->least ||
           walk->requests >=
               WALK_SPARE +
                   4 * (min64(walk->rows / min64(walk->size, walk->least), walk->useful) + 1) +
                   4 * walk->failures;
}

static bool is_sure(const struct walk *walk, size_t i)
{
    return walk->spans[i].high.sure || walk->spans[i + 1].low.sure;
}

/*
 * The next window: a part of a failed one; else one for the topmost gap that has something to ask
 * for. A gap whose place is only guessed has its turn when there is no other and nothing is
 * outstanding.
 */
static struct ask *choose_ask(struct walk *walk)
{
    for (int i = walk->ask_count - 1; i >= 0; i--)
        if (!walk->asks[i].sent)
            return &walk->asks[i];
    struct ask *ask = &walk->asks[walk->ask_count];
    if (walk->cap_state == CAP_SUSPECTED) { /* would it give one row more? */
        walk->cap_state = CAP_ASKED;
        ask->window = (struct walk_window){1, walk->cap + 1};
        walk->ask_count++;
        return ask;
    }
    for (int sure = 1; sure >= (walk->ask_count ? 1 : 0); sure--)
        for (size_t i = walk->count - 1; i > 0; i--)
            if (is_sure(walk, i - 1) == sure && plan_gap(walk, i - 1, &ask->window)) {
                walk->ask_count++;
                return ask;
            }
    return NULL;
}

enum walk_next walk_next(struct walk *walk, struct walk_window *window)
{
    if (walk->count == 1)
        return WALK_COMPLETE;
    int sent = 0;
    for (int i = 0; i < walk->ask_count; i++)
        sent += walk->asks[i].sent;
    if (sent == walk->at_once)
        return WALK_WAIT;
    struct ask *ask = reached_bound(walk) ? NULL : choose_ask(walk);
    if (!ask)
        return sent ? WALK_WAIT : WALK_STUCK;
    ask->sent = true;
    walk->requests++;
    *window = ask->window;
    return WALK_ASK;
}

static void remove_ask(struct walk *walk, const struct walk_window *window)
{
    for (int i = 0; i < walk->ask_count; i++) {
        const struct ask *ask = &walk->asks[i];
        if (ask->sent && ask->window.page == window->page &&
            ask->window.per_page == window->per_page) {
            memmove(&walk->asks[i], &walk->asks[i + 1],
                    (size_t)(--walk->ask_count - i) * sizeof *ask);
            return;
        }
    }
}

static bool is_within(const struct view *view, int64_t id)
{
    return id >= view->span.low.id && id <= view->span.high.id;
}

/* The row of the first id on the page that is `id` or larger. */
static int64_t row_of(const struct view *view, int64_t id)
{
    size_t low = 0, high = view->page->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (view->page->ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return view->first + (int64_t)low;
}

/*
 * `seen`, one end of a span, was found on `row`. The other end is taken to be as far from it as
 * before: a good guess for a span whose place was not known yet, a poor one if the list moved.
 */
static void move_span(struct span *span, const struct end *seen, int64_t row)
{
    struct end *other = seen == &span->low ? &span->high : &span->low;
    if (other->id == WALK_MIN || (seen->sure ? row == seen->row : other->sure))
        return;
    other->sure = !seen->sure && span->high.row > span->low.row;
    other->row = within(other->row + row - seen->row, 1, ROWS_MAX);
}

/*
 * An end beyond what the page shows stands on a row beyond the page. Where that corrects a mere
 * guess, the whole span is shifted, unless the page lies within it.
 */
static void clamp_end(struct span *span, struct end *end, const struct view *view)
{
    const struct end *bottom = &view->span.low, *top = &view->span.high;
    struct end *other = end == &span->low ? &span->high : &span->low;
    int64_t row = end->row;
    if (end->id < bottom->id)
        row = min64(row, bottom->row - 1);
    else if (end->id > top->id)
        row = max64(row, top->row + 1);
    if (row == end->row)
        return;
    bool guess = !end->sure && !other->sure && other->id > WALK_MIN;
    bool inside = span->low.id < bottom->id && span->high.id > top->id;
    if (guess && (end == &span->low || !inside))
        other->row = within(other->row + row - end->row, 1, ROWS_MAX);
    *end = (struct end){end->id, row, false};
}

/* Corrects the rows of all spans by those that the page shows. */
static void update_rows(struct walk *walk, const struct view *view)
{
    for (size_t i = 0; i < walk->count; i++) {
        struct span *span = &walk->spans[i];
        const struct end *high = &span->high, *low = &span->low;
        if (high->id == view->span.high.id)
            move_span(span, high, view->span.high.row);
        else if (is_within(view, high->id))
            move_span(span, high, row_of(view, high->id + 1) - 1);
        else if (is_within(view, low->id))
            move_span(span, low, row_of(view, low->id));
        clamp_end(span, &span->low, view);
        clamp_end(span, &span->high, view);
    }
}

/*
 * Decides where to look for the end of the list, as long as no page showed it: where `total` says,
 * or, when that cannot be true, above the last known row and below `limit`.
 */
static void expect_end(struct walk *walk, int64_t total, int64_t limit)
{
    struct span *top = top_span(walk);
    if (top->low.id < WALK_MAX)
        return;
    int64_t last = top[-1].high.row;
    struct end end = {WALK_MAX, last + 1 + walk->at_once * (walk->per_page + SIZES), false};
    end.row = max64(last + 1, min64(end.row, limit));
    if (total >= last && total < limit)
        end = (struct end){WALK_MAX, end_row(walk, total), true};
    *top = (struct span){end, end};
}

/* A page beyond the end proves nothing, but the whole list stands below its first row. */
static void note_beyond_end(struct walk *walk, struct view *view)
{
    struct end end = {WALK_MAX, view->first, false};
    walk->cut.row = min64(walk->cut.row, max64(1, view->first - 1));
    view->span = (struct span){end, end};
    for (size_t i = 0; i < walk->count; i++) {
        struct span *span = &walk->spans[i];
        clamp_end(span, &span->low, view);
        clamp_end(span, &span->high, view);
    }
    struct span *top = top_span(walk);
    if (end.row <= top->high.row) {
        top->high = end;
        if (top->low.id == WALK_MAX)
            top->low = end;
    }
    expect_end(walk, view->page->total, end.row);
}

/* Resuming */

/* The span of an earlier page whose place was not saved: its rows are counted from the span that it
 * joins. */
static struct span counted_span(const struct walk *walk, const struct walk_interval *page)
{
    struct span span = {{page->low, 0, page->rows > 0}, {page->high, 0, page->rows > 0}};
    for (size_t i = 0; i < walk->count && walk->spans[i].low.id <= page->low; i++)
        if (joins(&walk->spans[i], &span)) {
            const struct end *before = &walk->spans[i].high;
            span.low.row = before->row + (before->id < page->low);
            span.high.sure = span.high.sure && before->sure;
        }
    int64_t rows = within(page->rows, 1, ROWS_MAX) - 1 + (page->high == WALK_MAX);
    span.high.row = min64(span.low.row + rows, ROWS_MAX);
    return span;
}

/*
 * Guesses where the spans of an earlier walk lie: the lowest and the highest by counting from the
 * ends of the list, the others as if there were no rows between them.
 */
static void guess_rows(struct walk *walk)
{
    int64_t row = walk->total + 1;
    for (size_t i = walk->count - 1; i > 0; i--) {
        struct span *span = &walk->spans[i];
        int64_t rows = span->high.row - span->low.row;
        bool known = span->high.sure && span->high.id == WALK_MAX && walk->total > 0;
        if (span->low.id < WALK_MAX) {
            span->low.row = max64(1, row - rows);
            span->high.row = span->low.row + rows;
            span->low.sure = span->high.sure = known;
        }
        row = span->low.row - 1;
    }
}

/* The span of an earlier page whose place was saved. */
static struct span saved_span(const struct walk_interval *page)
{
    int64_t first = within(page->row, 1, ROWS_MAX), rows = within(page->rows, 0, ROWS_MAX);
    struct span span = {{page->low, page->low > WALK_MIN ? first : 0, true},
                        {page->high, min64(first + max64(rows, 1) - 1, ROWS_MAX), true}};
    if (page->high == WALK_MAX)
        span.high.row = min64(first + max64(rows, 1), ROWS_MAX);
    return span;
}

int walk_resume(struct walk *walk, const struct walk_interval *proven, size_t count)
{
    bool all_placed = true;
    for (size_t i = 0; i < count; i++) {
        bool is_placed = proven[i].row > 0;
        if (proven[i].low > proven[i].high)
            continue;
        struct view view = {.span = is_placed ? saved_span(&proven[i])
                                              : counted_span(walk, &proven[i])};
        /* Even a page that proves nothing new tells on which rows the proven ids stand. */
        for (size_t j = 0; is_placed && j < walk->count; j++) {
            clamp_end(&walk->spans[j], &walk->spans[j].low, &view);
            clamp_end(&walk->spans[j], &walk->spans[j].high, &view);
        }
        all_placed &= is_placed;
        if (insert_span(walk, view.span) < 0)
            return -1;
    }
    if (!all_placed)
        guess_rows(walk);
    return 0;
}

/* Answers */

/* Did earlier answers prove all of it already? So it is when a site gives the same page again and
 * again. */
static bool is_proven(const struct walk *walk, const struct span *span)
{
    for (size_t i = 0; i < walk->count; i++)
        if (walk->spans[i].low.id <= span->low.id && walk->spans[i].high.id >= span->high.id)
            return true;
    return false;
}

/* It seems that the site gives no more than `rows` rows a page. */
static void suspect_cap(struct walk *walk, int64_t rows)
{
    if (rows < CAP_MIN)
        return;
    walk->cap = rows;
    walk->cap_state = CAP_SUSPECTED;
    walk->size = min64(walk->size, walk->cap);
}

/* What the answer says about the largest page that the site gives. `size`: see walk_answer. */
static void learn_cap(struct walk *walk, const struct walk_window *asked, int64_t size,
                      int64_t rows)
{
    walk->most = max64(walk->most, rows);
    if (walk->cap_state == CAP_ASKED && asked->page == 1 && asked->per_page == walk->cap + 1) {
        bool cut = size == walk->cap || rows == walk->cap;
        walk->cap_state = cut ? CAP_CONFIRMED : CAP_NONE;
        walk->cap = cut ? walk->cap : 0;
    } else if (size < asked->per_page && (!walk->cap || size < walk->cap)) {
        suspect_cap(walk, size);
    } else if (walk->cap && rows > walk->cap) {
        walk->cap = 0;
        walk->cap_state = CAP_NONE;
    }
}

/* Keeps track of the page behind which there may be more rows, or finds that there are. `end` is
 * the row behind this page; `may_be_cut`: it is short, but does not end the list. */
static void learn_cut(struct walk *walk, const struct walk_page *page, int64_t rows, int64_t end,
                      bool may_be_cut)
{
    int64_t high = page->count ? page->ids[page->count - 1] : 0;
    const struct span *top = top_span(walk);
    bool was_cut = walk->cut.rows && high > walk->cut.id;
    bool is_cut = may_be_cut && high < (top->low.id < WALK_MAX ? top->low.id : top[-1].high.id);
    int64_t cap = was_cut ? walk->cut.rows : is_cut ? rows : 0;
    if (cap && cap == walk->most && !walk->cap)
        suspect_cap(walk, cap);
    if (was_cut)
        walk->cut.rows = 0;
    if (may_be_cut) {
        walk->cut = (struct short_page){.rows = rows,
                                        .nameless = (int64_t)page->nameless,
                                        .id = high,
                                        .row = end - 1,
                                        .total = page->total};
    } else if (walk->cut.rows && walk->cut.row < end) {
        walk->cut.row = high == walk->cut.id ? end - 1 : end;
    }
}

/* Does this page end the list? A short one that was asked for with no more rows than another page
 * had was not cut. */
static bool ends_list(const struct walk *walk, const struct walk_page *page, int64_t size,
                      int64_t rows, int64_t last)
{
    return rows < size && (page->total == last || size <= walk->most);
}

/* There is nothing behind the page that may have been cut: it was the last one. */
static int confirm_end(struct walk *walk, struct walk_interval *proven)
{
    struct span span = {{walk->cut.id, max64(1, walk->cut.row - walk->cut.nameless), true},
                        {WALK_MAX, walk->cut.row + 1, true}};
    walk->cut.rows = 0;
    if (insert_span(walk, span) < 0)
        return -1;
    *proven = (struct walk_interval){span.low.id, WALK_MAX, 1, span.low.row};
    return 1;
}

/* Two answers of two instants prove something together only if the list did not change in between,
 * which its total tells, unless it cannot be true. */
static bool is_unchanged(const struct walk *walk, const struct walk_page *page)
{
    const struct short_page *cut = &walk->cut;
    bool told = cut->total >= cut->rows && cut->total < ROWS_MAX;
    return told ? page->total == cut->total : page->total < 0 && cut->total < 0;
}

int walk_answer(struct walk *walk, const struct walk_window *window, const struct walk_page *page,
                struct walk_interval *proven)
{
    remove_ask(walk, window);
    walk->size = min64(walk->cap ? min64(walk->per_page, walk->cap) : walk->per_page,
                       walk->size + walk->size / 64 + 1);
    int64_t size = page->per_page > 0 ? min64(page->per_page, window->per_page) : window->per_page;
    int64_t ids = (int64_t)page->count, rows = ids + (int64_t)page->nameless;
    learn_cap(walk, window, size, rows);
    struct view view = {.page = page, .first = (window->page - 1) * size + 1};
    int64_t end = view.first + rows;
    bool first = window->page == 1;
    if (rows == 0 && walk->cut.rows && size == 1 && view.first == walk->cut.row + 1) {
        if (is_unchanged(walk, page))
            return confirm_end(walk, proven);
        walk->cut.rows = 0;
    }
    if (rows == 0 && !first)
        return note_beyond_end(walk, &view), 0;
    /* An empty list, though another page held rows: that would prove all of it at once, which
     * nothing confirms where the site does not count its rows. */
    if (rows == 0 && first && page->total < 0 && walk->rows > 0)
        return 0;
    bool last = ends_list(walk, page, size, rows, end - 1) || rows == 0;
    if (ids == 0 && !(first && last))
        return 0; /* items, but none of them has an id */
    /* Items without an id may be anywhere on the page: each end stands on the row nearest to the
     * middle that is possible. */
    view.span.low =
        first ? (struct end){WALK_MIN, 0, true} : (struct end){page->ids[0], end - ids, true};
    view.span.high = last ? (struct end){WALK_MAX, end, true}
                          : (struct end){page->ids[ids - 1], view.first + ids - 1, true};
    walk->rows = max64(walk->rows, end - 1);
    update_rows(walk, &view);
    walk->useful += !is_proven(walk, &view.span);
    if (insert_span(walk, view.span) < 0)
        return -1;
    learn_cut(walk, page, rows, end, !last && rows < size);
    expect_end(walk, page->total, ROWS_MAX);
    *proven = (struct walk_interval){view.span.low.id, view.span.high.id, rows, end - ids};
    return 1;
}

int walk_failed(struct walk *walk, const struct walk_window *window)
{
    remove_ask(walk, window);
    walk->failures++;
    walk->size = min64(walk->size, max64(1, window->per_page / 2));
    int64_t first = first_row(window), last = last_row(window);
    if (first == last) {
        if (!any_skipped(walk, first, last) && walk->skips < WALK_SPARE)
            walk->skipped[walk->skips++] = first;
        walk->size = walk->per_page; /* this row was at fault, not the size */
        return walk->skips;
    }
    /* Parts for which there is no room here are found again as gaps. */
    int64_t half = (window->per_page + 1) / 2;
    for (int64_t page = (first - 1) / half + 1; (page - 1) * half < last; page++)
        if (walk->ask_count < ASKS_MAX - WALK_AT_ONCE_MAX)
            walk->asks[walk->ask_count++] = (struct ask){{page, half}, false};
    return walk->skips;
}

double walk_progress(const struct walk *walk)
{
    if (walk->count == 1)
        return 1;
    double proven = 0, all = (double)walk->spans[walk->count - 1].high.row;
    for (size_t i = 0; i < walk->count; i++)
        proven += (double)(walk->spans[i].high.row - walk->spans[i].low.row);
    return proven <= 0 || all <= 0 ? 0 : proven < all ? proven / all : 1;
}

int64_t walk_requests(const struct walk *walk)
{
    return walk->requests;
}
