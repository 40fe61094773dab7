/* test_walk: the walk's plan and its judgement, window by window. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/walk.h"

enum { ROWS_MAX = 12000, PAGES_MAX = 2000 };

/* A quiet site of `rows` tickets, with ids `gap` apart. */
struct site {
    int64_t rows, gap;
    int64_t total;         /* what it says; -1: the truth */
    int64_t poison;        /* no answer when this row is in the window; 0: none */
    int64_t largest;       /* no answer to larger windows; 0: no limit */
    int64_t ids[ROWS_MAX]; /* of the newest answer */
    int64_t read;          /* rows given, in all */
    struct walk_interval proven[PAGES_MAX];
    size_t count;
    int64_t shift; /* so many tickets at the list's beginning were deleted */
    int64_t cap;   /* rows a page at most; 0: as many as asked for */
    bool says_cap; /* and the site says so */
    bool no_total;
};

static struct site *new_site(int64_t rows, int64_t gap)
{
    struct site *site = calloc(1, sizeof *site);
    assert_non_null(site);
    site->rows = rows;
    site->gap = gap;
    site->total = -1;
    return site;
}

static struct walk *new_walk(int64_t per_page, int connections, int64_t total)
{
    struct walk *walk = walk_new(per_page, connections, total);
    assert_non_null(walk);
    return walk;
}

/* What walk_answer or walk_failed returned is left out: the tests look at what is asked next. */
static void answer(struct walk *walk, struct site *site, const struct walk_window *window)
{
    int64_t first = (window->page - 1) * window->per_page + 1;
    int64_t last = window->page * window->per_page;
    bool poisoned = site->poison >= first && site->poison <= last;
    if (poisoned || (site->largest && window->per_page > site->largest)) {
        walk_failed(walk, window);
        return;
    }
    struct walk_page page = {.ids = site->ids, .total = site->total};
    if (page.total == -1 && !site->no_total)
        page.total = site->rows;
    if (site->cap && site->says_cap && window->per_page > site->cap) {
        page.per_page = site->cap;
        first = (window->page - 1) * site->cap + 1;
        last = window->page * site->cap;
    } else if (site->cap && window->per_page > site->cap) {
        last = first + site->cap - 1;
    }
    page.last_page = page.total > 0 ? (page.total - 1) / window->per_page + 1 : 1;
    for (int64_t row = first; row <= last && row <= site->rows; row++)
        site->ids[page.count++] = (row + site->shift) * site->gap;
    site->read += (int64_t)page.count;
    site->count += walk_answer(walk, window, &page, &site->proven[site->count]) == 1;
    assert_true(site->count < PAGES_MAX);
}

/* Asks and answers, with all connections in use, until the walk ends or has asked `most` times. */
static enum walk_next drive(struct walk *walk, struct site *site, int connections, int64_t most)
{
    struct walk_window outstanding[8], window;
    int count = 0;
    for (;;) {
        enum walk_next next = walk_next(walk, &window);
        if (next == WALK_COMPLETE || next == WALK_STUCK)
            return next;
        if (next == WALK_ASK) {
            assert_true(count < connections);
            outstanding[count++] = window;
            if (walk_requests(walk) == most)
                return next;
        } else {
            assert_true(count > 0);
            answer(walk, site, &outstanding[0]);
            for (int i = 1; i < count; i++)
                outstanding[i - 1] = outstanding[i];
            count--;
        }
    }
}

/* Walks the whole site; returns the number of requests, or -1 when the walk got stuck. */
static int64_t walk_all(struct site *site, int64_t per_page, int connections, int64_t total)
{
    struct walk *walk = new_walk(per_page, connections, total);
    enum walk_next end = drive(walk, site, connections, -1);
    int64_t requests = walk_requests(walk);
    walk_free(walk);
    return end == WALK_COMPLETE ? requests : -1;
}

/* Answers with these ids. Returns what walk_answer does. */
static int give(struct walk *walk, struct walk_window window, const int64_t *ids, size_t count,
                int64_t total, struct walk_interval *proven)
{
    struct walk_page page = {.ids = ids, .count = count, .total = total};
    page.last_page = total > 0 ? (total - 1) / window.per_page + 1 : 1;
    return walk_answer(walk, &window, &page, proven);
}

static struct walk_window must_ask(struct walk *walk)
{
    struct walk_window window = {0, 0};
    assert_int_equal(walk_next(walk, &window), WALK_ASK);
    return window;
}

static bool holds(const struct walk_window *window, int64_t row)
{
    return row > (window->page - 1) * window->per_page && row <= window->page * window->per_page;
}

/* ---- what a page proves ---- */

static void an_empty_list_takes_one_request(void **state)
{
    (void)state;
    struct walk *walk = new_walk(500, 4, 0);
    struct walk_window window = must_ask(walk), none;
    struct walk_interval proven;
    assert_int_equal(window.page, 1);
    assert_int_equal(walk_next(walk, &none), WALK_WAIT);
    assert_int_equal(give(walk, window, NULL, 0, 0, &proven), 1);
    assert_true(proven.low == WALK_MIN && proven.high == WALK_MAX);
    assert_int_equal(walk_next(walk, &none), WALK_COMPLETE);
    walk_free(walk);
}

/* A replica that lags may give the first page of a list that has no tickets yet. */
static void an_empty_list_is_not_believed_where_there_were_rows(void **state)
{
    (void)state;
    static const int64_t ids[] = {11, 12, 13};
    struct walk *walk = new_walk(3, 1, 0);
    struct walk_window first = {1, 3}, fourth = {4, 3}, window;
    struct walk_interval proven;
    assert_int_equal(give(walk, fourth, ids, 3, -1, &proven), 1);
    assert_int_equal(give(walk, first, NULL, 0, -1, &proven), 0);
    assert_int_equal(walk_next(walk, &window), WALK_ASK);
    assert_int_equal(give(walk, first, NULL, 0, 0, &proven), 1);
    assert_int_equal(walk_next(walk, &window), WALK_COMPLETE);
    walk_free(walk);
}

static void the_first_page_reaches_down_and_a_short_one_up(void **state)
{
    (void)state;
    struct walk *walk = new_walk(20, 1, 3);
    const int64_t ids[] = {4, 8, 15};
    struct walk_interval proven;
    assert_int_equal(give(walk, must_ask(walk), ids, 3, 3, &proven), 1);
    assert_true(proven.low == WALK_MIN && proven.high == WALK_MAX);
    assert_int_equal(proven.rows, 3);
    struct walk_window none;
    assert_int_equal(walk_next(walk, &none), WALK_COMPLETE);
    walk_free(walk);
}

static void a_full_page_does_not_reach_up_even_as_the_last(void **state)
{
    (void)state;
    struct walk *walk = new_walk(20, 1, 0);
    struct walk_window window = must_ask(walk);
    int64_t ids[64];
    for (int i = 0; i < 64; i++)
        ids[i] = 10 * i;
    struct walk_interval proven;
    assert_int_equal(window.page, 1);
    size_t count = (size_t)window.per_page;
    assert_int_equal(give(walk, window, ids, count, window.per_page, &proven), 1);
    assert_true(proven.low == WALK_MIN);
    assert_int_equal(proven.high, ids[count - 1]);
    struct walk_window next = must_ask(walk);
    assert_true(holds(&next, window.per_page) && holds(&next, window.per_page + 1));
    walk_free(walk);
}

static void an_inner_page_proves_its_own_interval(void **state)
{
    (void)state;
    struct site *site = new_site(1000, 7);
    struct walk *walk = new_walk(100, 1, 1000);
    drive(walk, site, 1, 3);
    assert_int_equal(site->count, 2);
    assert_true(site->proven[0].high == WALK_MAX && site->proven[0].low % 7 == 0);
    assert_true(site->proven[1].high >= site->proven[0].low);
    assert_true(site->proven[1].high < WALK_MAX);
    assert_true(site->proven[1].low > WALK_MIN);
    walk_free(walk);
    free(site);
}

static void a_page_beyond_the_end_proves_nothing(void **state)
{
    (void)state;
    struct walk *walk = new_walk(20, 1, 500);
    struct walk_interval proven = {1, 2, 3, 0};
    struct walk_window window = must_ask(walk);
    assert_true(window.page > 1);
    assert_int_equal(give(walk, window, NULL, 0, 30, &proven), 0);
    assert_int_equal(proven.low, 1);
    struct walk_window next = must_ask(walk);
    assert_true(holds(&next, 30) && holds(&next, 31));
    walk_free(walk);
}

static void a_nameless_item_counts_as_a_row(void **state)
{
    (void)state;
    struct walk *walk = new_walk(20, 1, 0);
    struct walk_window window = must_ask(walk);
    int64_t ids[64];
    for (int i = 0; i < 64; i++)
        ids[i] = 10 * i;
    size_t count = (size_t)window.per_page - 1;
    struct walk_page page = {.ids = ids, .count = count, .nameless = 1, .total = 100};
    struct walk_interval proven;
    assert_int_equal(walk_answer(walk, &window, &page, &proven), 1);
    assert_int_equal(proven.high, ids[count - 1]);
    assert_int_equal(proven.rows, window.per_page);
    walk_free(walk);
}

/* Two pages of the list that touch without sharing an id, `apart` from each other. */
static enum walk_next after_two_pages(int64_t apart)
{
    struct walk *walk = new_walk(10, 1, 30);
    struct walk_interval proven;
    struct walk_window upper = must_ask(walk), lower, window;
    int64_t ids[64];
    size_t count = 0;
    for (int64_t row = (upper.page - 1) * upper.per_page; row < 30; row++)
        ids[count++] = 1000 + row;
    assert_int_equal(give(walk, upper, ids, count, 30, &proven), 1);
    int64_t low = proven.low;
    /* Everything below has been deleted but what the first page now holds. */
    lower = (struct walk_window){1, 22};
    for (int i = 0; i < 22; i++)
        ids[i] = low - apart - 21 + i;
    assert_int_equal(give(walk, lower, ids, 22, 30, &proven), 1);
    enum walk_next next = walk_next(walk, &window);
    walk_free(walk);
    return next;
}

static void neighbours_join_only_when_no_id_fits_between(void **state)
{
    (void)state;
    assert_int_equal(after_two_pages(0), WALK_COMPLETE);
    assert_int_equal(after_two_pages(1), WALK_COMPLETE);
    assert_int_equal(after_two_pages(2), WALK_ASK);
}

static void the_widest_ids_do_not_overflow(void **state)
{
    (void)state;
    const int64_t ids[] = {INT64_MIN, INT64_MIN + 1, -1, 0, INT64_MAX - 1, INT64_MAX};
    struct walk *walk = new_walk(1, 1, 6);
    struct walk_interval proven;
    struct walk_window window;
    enum walk_next next;
    while ((next = walk_next(walk, &window)) == WALK_ASK) {
        int64_t first = (window.page - 1) * window.per_page, last = first + window.per_page;
        size_t count = first >= 6 ? 0 : (size_t)((last < 6 ? last : 6) - first);
        give(walk, window, ids + (count ? first : 0), count, 6, &proven);
    }
    assert_int_equal(next, WALK_COMPLETE);
    walk_free(walk);
}

/* ---- how many requests ---- */

static void a_quiet_list_takes_few_requests(void **state)
{
    (void)state;
    for (int connections = 1; connections <= 8; connections *= 2) {
        struct site *site = new_site(80000, 3);
        int64_t requests = walk_all(site, 500, connections, 80000);
        assert_in_range(requests, 1, 155);
        free(site);
    }
}

static void every_size_of_list_and_page_keeps_the_bound(void **state)
{
    (void)state;
    const int64_t sizes[] = {1, 2, 3, 7, 10, 15, 33, 100, 128, 500};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int64_t rows = 0; rows <= 40 * sizes[i]; rows += 1 + rows / 6) {
            struct site *site = new_site(rows, 2);
            int64_t requests = walk_all(site, sizes[i], 1 + (int)(rows % 8), rows);
            assert_true(requests >= 1);
            assert_true((double)requests <= 1.03 * (double)rows / (double)sizes[i] + 2);
            free(site);
        }
}

static void windows_go_down_from_the_end_and_share_a_row(void **state)
{
    (void)state;
    struct site *site = new_site(5000, 2);
    struct walk *walk = new_walk(200, 1, 5000);
    struct walk_window window = must_ask(walk);
    assert_true(holds(&window, 5000) && holds(&window, 5001));
    while (window.page > 1) {
        int64_t shared = (window.page - 1) * window.per_page + 1;
        answer(walk, site, &window);
        window = must_ask(walk);
        assert_true(holds(&window, shared) && holds(&window, shared - 1));
        assert_in_range(window.per_page, 180, 220);
    }
    answer(walk, site, &window);
    assert_int_equal(walk_next(walk, &window), WALK_COMPLETE);
    walk_free(walk);
    free(site);
}

static void the_first_window_has_room_for_new_tickets(void **state)
{
    (void)state;
    for (int64_t total = 3000; total < 4000; total += 17) {
        struct walk *walk = new_walk(500, 1, total);
        struct walk_window window = must_ask(walk);
        assert_true(holds(&window, total) && holds(&window, total + 8));
        walk_free(walk);
    }
}

static void connections_ask_as_if_nothing_moved(void **state)
{
    (void)state;
    struct walk *walk = new_walk(200, 3, 5000);
    struct walk_window a = must_ask(walk), b = must_ask(walk), c = must_ask(walk), none;
    assert_true(holds(&b, (a.page - 1) * a.per_page + 1));
    assert_true(holds(&c, (b.page - 1) * b.per_page + 1));
    assert_int_equal(walk_next(walk, &none), WALK_WAIT);
    walk_free(walk);
}

static void odd_settings_are_brought_into_range(void **state)
{
    (void)state;
    struct site *site = new_site(50, 1);
    assert_true(walk_all(site, 0, 1, -5) >= 1);
    struct walk *walk = new_walk(INT64_MAX, 1000, 1000000);
    struct walk_window window;
    int asked = 0;
    while (walk_next(walk, &window) == WALK_ASK) {
        assert_in_range(window.per_page, 1, 11000);
        asked++;
    }
    assert_int_equal(asked, 9);
    walk_free(walk);
    free(site);
}

/* ---- a list that moves ---- */

/* The list shrinks and grows below the rows that were read: the next page does not join. */
static void a_page_that_does_not_join_leaves_a_gap_to_repair(void **state)
{
    (void)state;
    struct site *site = new_site(60, 2);
    struct walk *walk = new_walk(20, 1, 60);
    struct walk_window window = must_ask(walk);
    answer(walk, site, &window);
    int64_t low = site->proven[0].low;
    window = must_ask(walk);
    /* Three tickets came back below: what was on row r is on row r + 3. */
    int64_t ids[64], first = (window.page - 1) * window.per_page + 1;
    for (int64_t i = 0; i < window.per_page; i++)
        ids[i] = 2 * (first + i - 3);
    struct walk_interval proven;
    assert_int_equal(give(walk, window, ids, (size_t)window.per_page, 63, &proven), 1);
    assert_true(proven.high < low - 1);
    int64_t high_row = window.page * window.per_page;
    window = must_ask(walk);
    assert_true(holds(&window, high_row) && holds(&window, high_row + 3));
    walk_free(walk);
    free(site);
}

static void a_stale_total_costs_little(void **state)
{
    (void)state;
    const int64_t hints[] = {0, 1, 1500, 1999, 2000, 2001, 2500, 4000};
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
        for (int connections = 1; connections <= 8; connections++) {
            struct site *site = new_site(2000, 5);
            int64_t requests = walk_all(site, 100, connections, hints[i]);
            assert_in_range(requests, 1, 22 + connections);
            free(site);
        }
}

static void totals_that_lie_neither_overflow_nor_stop_it(void **state)
{
    (void)state;
    const int64_t lies[] = {INT64_MIN, -1000, 0, 1, 1000000000000, 1000000000000000, INT64_MAX};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++)
        for (int connections = 1; connections <= 8; connections *= 2) {
            struct site *site = new_site(2000, 5);
            site->total = lies[i];
            int64_t requests = walk_all(site, 100, connections, lies[i]);
            assert_in_range(requests, 1, 64 + 4 * (2000 / 100 + 1));
            free(site);
        }
}

static void a_site_that_contradicts_itself_is_given_up(void **state)
{
    (void)state;
    struct walk *walk = new_walk(10, 2, 1000);
    struct walk_interval proven;
    int64_t ids[64];
    struct walk_window window;
    enum walk_next next;
    for (int i = 0; i < 64; i++)
        ids[i] = 10 * i;
    /* The first page is full, whatever its size, and any other is empty. */
    while ((next = walk_next(walk, &window)) == WALK_ASK)
        give(walk, window, ids, window.page == 1 ? (size_t)window.per_page : 0, 1000, &proven);
    assert_int_equal(next, WALK_STUCK);
    assert_in_range(walk_requests(walk), 1, 64 + 4 * 4);
    walk_free(walk);
}

/* ---- windows that fail ---- */

static void a_failed_window_is_asked_for_in_halves(void **state)
{
    (void)state;
    struct walk *walk = new_walk(100, 1, 1000);
    struct walk_window window = must_ask(walk);
    while (window.per_page % 2) { /* an even one, to have exact halves */
        walk_free(walk);
        walk = new_walk(window.per_page + 1, 1, 1000);
        window = must_ask(walk);
    }
    assert_int_equal(walk_failed(walk, &window), 0);
    struct walk_window upper = must_ask(walk);
    assert_int_equal(upper.page, 2 * window.page);
    assert_int_equal(upper.per_page, window.per_page / 2);
    assert_int_equal(walk_failed(walk, &upper), 0);
    walk_free(walk);
}

static void an_unreadable_row_is_gone_around_but_not_forgotten(void **state)
{
    (void)state;
    for (int64_t poison = 1; poison <= 300; poison += 13) {
        struct site *site = new_site(300, 4);
        struct walk *walk = new_walk(40, 2, 300);
        site->poison = poison;
        assert_int_equal(drive(walk, site, 2, -1), WALK_STUCK);
        bool seen[301] = {false};
        for (size_t i = 0; i < site->count; i++)
            for (int64_t row = 1; row <= 300; row++)
                if (row * 4 >= site->proven[i].low && row * 4 <= site->proven[i].high)
                    seen[row] = true;
        for (int64_t row = 1; row <= 300; row++)
            assert_int_equal(seen[row], row != poison);
        assert_true(walk_progress(walk) < 1);
        assert_in_range(walk_requests(walk), 1, 64 + 4 * 8 + 4 * 12);
        walk_free(walk);
        free(site);
    }
}

static void an_unreadable_row_does_not_slow_the_rest(void **state)
{
    (void)state;
    struct site *site = new_site(10000, 4);
    struct walk *walk = new_walk(500, 1, 10000);
    site->poison = 9000;
    assert_int_equal(drive(walk, site, 1, -1), WALK_STUCK);
    assert_in_range(walk_requests(walk), 20, 60);
    walk_free(walk);
    free(site);
}

static void a_site_that_cannot_give_large_pages_is_read_in_small_ones(void **state)
{
    (void)state;
    struct site *site = new_site(10000, 2);
    site->largest = 120;
    int64_t requests = walk_all(site, 500, 2, 10000);
    assert_in_range(requests, 10000 / 120, 3 * (10000 / 120));
    free(site);
}

static void a_site_that_never_answers_is_given_up(void **state)
{
    (void)state;
    struct walk *walk = new_walk(500, 4, 10000);
    struct walk_window window;
    enum walk_next next;
    int skipped = 0;
    while ((next = walk_next(walk, &window)) == WALK_ASK)
        skipped = walk_failed(walk, &window);
    assert_int_equal(next, WALK_STUCK);
    assert_in_range(skipped, 1, WALK_SPARE);
    assert_in_range(walk_requests(walk), 1, 5 * WALK_SPARE);
    walk_free(walk);
}

/* ---- going on with an earlier walk ---- */

static int by_low(const void *a, const void *b)
{
    const struct walk_interval *x = a, *y = b;
    return x->low < y->low ? -1 : x->low > y->low;
}

/* Interrupts a walk of 10,000 rows after `asked` requests; returns the requests of both. */
static int64_t interrupted(int64_t asked, int connections, int64_t per_page, int64_t *read)
{
    struct site *site = new_site(10000, 3);
    struct walk *walk = new_walk(100, connections, 10000);
    drive(walk, site, connections, asked);
    int64_t requests = walk_requests(walk);
    walk_free(walk);
    qsort(site->proven, site->count, sizeof *site->proven, by_low);
    walk = new_walk(per_page, connections, 10000);
    assert_int_equal(walk_resume(walk, site->proven, site->count), 0);
    assert_int_equal(drive(walk, site, connections, -1), WALK_COMPLETE);
    requests += walk_requests(walk);
    *read = site->read;
    walk_free(walk);
    free(site);
    return requests;
}

static void what_was_proven_is_not_read_again(void **state)
{
    (void)state;
    int64_t read = 0;
    for (int connections = 1; connections <= 4; connections++)
        for (int64_t asked = 1; asked < 100; asked += 9) {
            assert_in_range(interrupted(asked, connections, 100, &read), 90, 106 + 5 * connections);
            interrupted(asked, connections, 37, &read);
            assert_in_range(read, 10000, 11500); /* pages overlap by some rows */
        }
}

static void a_finished_walk_asks_for_nothing(void **state)
{
    (void)state;
    const struct walk_interval proven[] = {
        {WALK_MIN, 50, 10, 0}, {80, 70, 3, 0}, {50, 90, 7, 0}, {91, WALK_MAX, 8, 0}};
    struct walk *walk = new_walk(100, 1, 30);
    struct walk_window window;
    assert_int_equal(walk_resume(walk, proven, 4), 0);
    assert_int_equal(walk_next(walk, &window), WALK_COMPLETE);
    assert_int_equal(walk_requests(walk), 0);
    assert_true(walk_progress(walk) >= 1);
    walk_free(walk);
}

static void a_resumed_gap_is_not_taken_for_proven(void **state)
{
    (void)state;
    const struct walk_interval proven[] = {{WALK_MIN, 50, 10, 0}, {52, WALK_MAX, 8, 0}};
    struct walk *walk = new_walk(100, 1, 18);
    struct walk_window window;
    assert_int_equal(walk_resume(walk, proven, 2), 0);
    assert_int_equal(walk_next(walk, &window), WALK_ASK);
    walk_free(walk);
}

/* ---- pages that are cut, and lists without a total ---- */

static void the_end_is_confirmed_where_no_total_tells(void **state)
{
    (void)state;
    static const int64_t rows[] = {0, 1, 2, 3, 12, 60, 499, 500, 501, 2520, 3001};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct site *site = new_site(rows[i], 2);
        int64_t known = walk_all(site, 500, 1, rows[i]);
        site->no_total = true;
        int64_t unknown = walk_all(site, 500, 1, rows[i]);
        if (unknown < known || unknown > known + 2)
            fail_msg("%d rows: %d requests, %d without a total", (int)rows[i], (int)known,
                     (int)unknown);
        free(site);
    }
}

static void cut_pages_are_read_to_the_end(void **state)
{
    (void)state;
    static const int64_t caps[] = {10, 40, 100, 499};
    for (int how = 0; how < 4; how++)
        for (size_t i = 0; i < sizeof caps / sizeof *caps; i++) {
            struct site *site = new_site(1001, 3);
            site->cap = caps[i];
            site->says_cap = how & 1;
            site->no_total = how & 2;
            struct walk *walk = new_walk(500, 2, how & 2 ? 0 : 1001);
            assert_int_equal(drive(walk, site, 2, -1), WALK_COMPLETE);
            assert_int_equal(walk_cap(walk), caps[i]);
            int64_t requests = walk_requests(walk);
            walk_free(walk);
            /* The next walk is told. */
            walk = new_walk(500, 2, how & 2 ? 0 : 1001);
            walk_set_cap(walk, caps[i]);
            assert_int_equal(drive(walk, site, 2, -1), WALK_COMPLETE);
            assert_int_equal(walk_cap(walk), caps[i]);
            if (caps[i] >= 40)
                assert_true(walk_requests(walk) <= requests);
            walk_free(walk);
            free(site);
        }
}

/* The same number twice tells that nothing changed only where it is the number of tickets. Here the
 * page was cut, and a ticket on it deleted before the row behind it was asked for. */
static void a_total_that_cannot_be_true_confirms_no_end(void **state)
{
    (void)state;
    static const int64_t ids[] = {3, 4, 6, 8, 11, 12}, totals[] = {0, 1000000000000000, INT64_MAX};
    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++) {
        struct walk *walk = new_walk(1, 1, 0);
        struct walk_interval proven;
        struct walk_window first = {1, 13}, window;
        struct walk_page page = {.ids = ids, .count = 6, .nameless = 4, .total = totals[i]},
                         none = {.ids = ids, .total = totals[i]};
        assert_int_equal(walk_answer(walk, &first, &page, &proven), 1);
        window = must_ask(walk);
        assert_int_equal(window.page, 11);
        assert_int_equal(window.per_page, 1);
        assert_int_equal(walk_answer(walk, &window, &none, &proven), 0);
        assert_int_not_equal(walk_next(walk, &window), WALK_COMPLETE);
        walk_free(walk);
    }
}

/* A list that grew behind its last page is not one whose pages are cut, be it its only page or the
 * smallest of many. */
static void a_list_that_grew_has_no_cap(void **state)
{
    (void)state;
    static const int64_t rows[] = {40, 1020};
    for (size_t i = 0; i < 2; i++) {
        struct site *site = new_site(rows[i], 1);
        site->no_total = true;
        struct walk *walk = new_walk(500, 1, rows[i]);
        struct walk_window window = must_ask(walk);
        answer(walk, site, &window);
        site->rows += 3;
        assert_int_equal(drive(walk, site, 1, -1), WALK_COMPLETE);
        assert_int_equal(walk_cap(walk), 0);
        walk_free(walk);
        free(site);
    }
}

/* ---- other sizes of page on the way ---- */

static void another_size_reads_on_where_the_first_one_ended(void **state)
{
    (void)state;
    static const int64_t sizes[] = {1000, 250, 37, 600};
    struct site *site = new_site(10000, 2);
    struct walk *walk = new_walk(500, 1, 10000);
    for (size_t i = 0; i < 12; i++) {
        struct walk_window window = must_ask(walk);
        answer(walk, site, &window);
        if (i % 3 == 2)
            walk_set_size(walk, sizes[i / 3]);
    }
    assert_int_equal(drive(walk, site, 1, -1), WALK_COMPLETE);
    assert_in_range(site->read, 10000, 10500); /* pages overlap by some rows */
    walk_free(walk);
    free(site);
}

static void windows_follow_the_size_that_is_set(void **state)
{
    (void)state;
    struct walk *walk = new_walk(500, 3, 100000);
    struct walk_window window = must_ask(walk);
    assert_in_range(window.per_page, 450, 550);
    walk_set_size(walk, 1000);
    window = must_ask(walk);
    assert_in_range(window.per_page, 900, 1100);
    walk_failed(walk, &window);
    for (int i = 0; i < 2; i++)
        assert_in_range(must_ask(walk).per_page, 450, 550);
    walk_free(walk);
}

static void no_size_is_beyond_what_the_site_gives(void **state)
{
    (void)state;
    struct walk *walk = new_walk(500, 1, 100000);
    walk_set_cap(walk, 100);
    walk_set_size(walk, 1000);
    assert_in_range(must_ask(walk).per_page, 80, 100);
    walk_free(walk);
}

/* A list in small pages has many, and as many may fail: every seventh does here. */
static void failures_are_counted_against_the_pages_that_the_site_gives(void **state)
{
    (void)state;
    struct site *site = new_site(30000, 1);
    struct walk *walk = new_walk(10000, 1, 30000);
    struct walk_window window;
    enum walk_next next;
    walk_set_cap(walk, 100);
    for (int i = 1; (next = walk_next(walk, &window)) == WALK_ASK; i++)
        if (i % 7 == 0 && window.per_page > 1)
            walk_failed(walk, &window);
        else
            answer(walk, site, &window);
    assert_int_equal(next, WALK_COMPLETE);
    walk_free(walk);
    free(site);
}

/* ---- runs that have time for a few pages ---- */

/* Walks with so many answers per run; returns the number of runs. `move`: between two of them so
 * many tickets are deleted at the beginning, and created at the end. */
static int runs_to_the_end(int64_t answers, int connections, int64_t move)
{
    struct site *site = new_site(3000, 1);
    int runs = 0;
    for (enum walk_next end = WALK_ASK; end != WALK_COMPLETE && runs < 1000; runs++) {
        struct walk *walk = new_walk(200, connections, site->rows);
        assert_int_equal(walk_resume(walk, site->proven, site->count), 0);
        end = drive(walk, site, connections, answers + connections);
        walk_free(walk);
        site->shift += move;
    }
    free(site);
    return runs;
}

static void each_run_gets_further(void **state)
{
    (void)state;
    for (int64_t answers = 1; answers <= 5; answers++)
        for (int connections = 1; connections <= 4; connections++)
            for (int64_t move = 0; move <= 40; move += 20) {
                int runs = runs_to_the_end(answers, connections, move);
                if (runs > 16 * (move ? 3 : 1) / answers + 2)
                    fail_msg("%d answers a run, %d connections, %d moved: %d runs", (int)answers,
                             connections, (int)move, runs);
            }
}

/* ---- progress ---- */

static void progress_grows_to_one(void **state)
{
    (void)state;
    struct site *site = new_site(5000, 2);
    struct walk *walk = new_walk(100, 1, 5000);
    struct walk_window window;
    double before = walk_progress(walk);
    assert_true(before >= 0 && before < 0.01);
    for (int64_t i = 1; walk_next(walk, &window) == WALK_ASK; i++) {
        assert_int_equal(walk_requests(walk), i);
        answer(walk, site, &window);
        double now = walk_progress(walk);
        assert_true(now > before && now <= 1);
        before = now;
    }
    assert_true(before >= 1);
    walk_free(walk);
    free(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_list_takes_one_request),
        cmocka_unit_test(an_empty_list_is_not_believed_where_there_were_rows),
        cmocka_unit_test(the_first_page_reaches_down_and_a_short_one_up),
        cmocka_unit_test(a_full_page_does_not_reach_up_even_as_the_last),
        cmocka_unit_test(an_inner_page_proves_its_own_interval),
        cmocka_unit_test(a_page_beyond_the_end_proves_nothing),
        cmocka_unit_test(a_nameless_item_counts_as_a_row),
        cmocka_unit_test(neighbours_join_only_when_no_id_fits_between),
        cmocka_unit_test(the_widest_ids_do_not_overflow),
        cmocka_unit_test(a_quiet_list_takes_few_requests),
        cmocka_unit_test(every_size_of_list_and_page_keeps_the_bound),
        cmocka_unit_test(windows_go_down_from_the_end_and_share_a_row),
        cmocka_unit_test(the_first_window_has_room_for_new_tickets),
        cmocka_unit_test(connections_ask_as_if_nothing_moved),
        cmocka_unit_test(odd_settings_are_brought_into_range),
        cmocka_unit_test(a_page_that_does_not_join_leaves_a_gap_to_repair),
        cmocka_unit_test(a_stale_total_costs_little),
        cmocka_unit_test(totals_that_lie_neither_overflow_nor_stop_it),
        cmocka_unit_test(a_site_that_contradicts_itself_is_given_up),
        cmocka_unit_test(a_failed_window_is_asked_for_in_halves),
        cmocka_unit_test(an_unreadable_row_is_gone_around_but_not_forgotten),
        cmocka_unit_test(an_unreadable_row_does_not_slow_the_rest),
        cmocka_unit_test(a_site_that_cannot_give_large_pages_is_read_in_small_ones),
        cmocka_unit_test(a_site_that_never_answers_is_given_up),
        cmocka_unit_test(what_was_proven_is_not_read_again),
        cmocka_unit_test(a_finished_walk_asks_for_nothing),
        cmocka_unit_test(a_resumed_gap_is_not_taken_for_proven),
        cmocka_unit_test(the_end_is_confirmed_where_no_total_tells),
        cmocka_unit_test(cut_pages_are_read_to_the_end),
        cmocka_unit_test(a_total_that_cannot_be_true_confirms_no_end),
        cmocka_unit_test(a_list_that_grew_has_no_cap),
        cmocka_unit_test(another_size_reads_on_where_the_first_one_ended),
        cmocka_unit_test(windows_follow_the_size_that_is_set),
        cmocka_unit_test(no_size_is_beyond_what_the_site_gives),
        cmocka_unit_test(failures_are_counted_against_the_pages_that_the_site_gives),
        cmocka_unit_test(each_run_gets_further),
        cmocka_unit_test(progress_grows_to_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
