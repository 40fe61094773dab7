/* test_rank: where a list differs from the record of it, and how many pages tell. */
#include "core/rank.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/hint.h"

enum { ROWS = 100, MOST = 1000, EVERY = 2, IDS_MAX = 1100 };

/* A quiet list: the ids EVERY, 2 * EVERY and so on, without those that vanished. */
struct list {
    int64_t tickets;
    int64_t vanished[64]; /* ascending */
    int vanished_count;
    bool silent; /* it does not say how many tickets there are */
    int64_t cap; /* rows on a page at most, as the site says; 0: as many as are asked for */
    size_t nameless;
    int64_t ids[IDS_MAX];
    int64_t read; /* rows */
};

static int64_t rows(const struct list *list)
{
    return list->tickets - list->vanished_count;
}

/* The id on a row, 0 being the first. */
static int64_t id_on(const struct list *list, int64_t row)
{
    int64_t id = (row + 1) * EVERY;
    for (int i = 0; i < list->vanished_count && list->vanished[i] <= id; i++)
        id += EVERY;
    return id;
}

static void vanish(struct list *list, int64_t id)
{
    list->vanished[list->vanished_count++] = id;
}

static struct walk_page page_of(struct list *list, const struct walk_window *window)
{
    int64_t size = list->cap && list->cap < window->per_page ? list->cap : window->per_page;
    int64_t first = (window->page - 1) * size;
    struct walk_page page = {.ids = list->ids,
                             .nameless = list->nameless,
                             .total = list->silent ? -1 : rows(list),
                             .per_page = size < window->per_page ? size : 0};
    for (int64_t row = first; row < first + size && row < rows(list); row++)
        list->ids[page.count++] = id_on(list, row);
    list->read += (int64_t)page.count;
    return page;
}

static struct record record_of(int64_t tickets)
{
    struct record record = {0};
    for (int64_t i = 1; i <= tickets; i++)
        assert_int_equal(record_insert(&record, i * EVERY), 0);
    return record;
}

/* Asks until the end; returns the number of pages, -1: it is lost. */
static int64_t drive(struct rank *rank, struct list *list)
{
    struct walk_window window;
    for (int64_t asked = 0;; asked++) {
        enum rank_next next = rank_next(rank, &window);
        if (next != RANK_ASK)
            return next == RANK_SETTLED ? asked : -1;
        assert_in_range(window.per_page, 1, ROWS + ROWS / 3);
        assert_true(window.page > 0);
        struct walk_page page = page_of(list, &window);
        assert_int_equal(rank_answer(rank, &window, &page), 0);
    }
}

static void assert_agrees(const struct record *record, const struct list *list)
{
    assert_int_equal(record->count, rows(list));
    for (int64_t row = 0; row < rows(list); row++)
        assert_true(record_has(record, id_on(list, row)));
}

/* The pages that it takes until a record of `before` tickets is what the list is. */
static int64_t settle(struct list *list, int64_t before, int64_t most)
{
    struct record record = record_of(before);
    struct rank *rank = rank_new(&record, ROWS, most);
    assert_non_null(rank);
    int64_t asked = drive(rank, list);
    if (asked >= 0) {
        assert_agrees(&record, list);
        for (int i = 0; i < list->vanished_count; i++)
            assert_true(record_has(rank_gone(rank), list->vanished[i]));
        assert_int_equal(rank_gone(rank)->count, list->vanished_count);
    }
    rank_free(rank);
    record_release(&record);
    return asked;
}

static void test_nothing_new(void **state)
{
    (void)state;
    static const int64_t sizes[] = {0, 1, 2, 29, 30, 31, 99, 100, 101, 5000, 99999};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct list list = {.tickets = sizes[i]};
        assert_int_equal(settle(&list, sizes[i], MOST), 1);
        assert_true(list.read <= RANK_END_ROWS);
        list.silent = true;
        assert_int_equal(settle(&list, sizes[i], MOST), 1);
    }
}

/* Tickets with large ids and old dates, which the newest changes do not show. */
static void test_new_at_the_end(void **state)
{
    (void)state;
    struct list list = {.tickets = 5010};
    assert_int_equal(settle(&list, 5000, MOST), 1);
    list.tickets = 5400;
    assert_in_range(settle(&list, 5000, MOST), 4, 8);
    list.tickets = 400;
    assert_in_range(settle(&list, 0, MOST), 4, 8);
}

static int64_t most_for_one(int64_t tickets, int64_t step)
{
    int64_t most = 0;
    struct record record = record_of(tickets);
    for (int64_t at = 1; at <= tickets; at += step) {
        struct list list = {.tickets = tickets};
        vanish(&list, at * EVERY);
        struct rank *rank = rank_new(&record, ROWS, MOST);
        int64_t asked = drive(rank, &list);
        assert_true(asked > 0);
        assert_int_equal(rank_gone(rank)->count, 1);
        assert_true(record_has(rank_gone(rank), at * EVERY));
        rank_free(rank);
        assert_int_equal(record.count, tickets - 1);
        assert_int_equal(record_insert(&record, at * EVERY), 0);
        most = asked > most ? asked : most;
    }
    record_release(&record);
    return most;
}

static void test_one_deletion(void **state)
{
    (void)state;
    assert_in_range(most_for_one(10, 1), 1, 1);
    assert_in_range(most_for_one(300, 1), 1, 5);
    assert_in_range(most_for_one(100000, 97), 1, 12);
    assert_in_range(most_for_one(1000000, 9973), 1, 16);
}

static void test_scattered_deletions(void **state)
{
    (void)state;
    struct list list = {.tickets = 100000};
    for (int i = 1; i <= 20; i++)
        vanish(&list, (i * 4993 + i * i * 7 % 311) * EVERY);
    assert_in_range(settle(&list, list.tickets, MOST), 20, 120);
}

static void test_neighbours_that_vanish_together(void **state)
{
    (void)state;
    struct list list = {.tickets = 100000};
    for (int i = 0; i < 60; i++)
        vanish(&list, (40000 + i) * EVERY);
    assert_in_range(settle(&list, list.tickets, MOST), 2, 14);
}

/* Not even the page that was to reach the end is there any more. */
static void test_the_last_tickets_vanish(void **state)
{
    (void)state;
    struct list list = {.tickets = 1000};
    for (int i = 1000 - 50; i < 1000; i++)
        vanish(&list, (i + 1) * EVERY);
    assert_in_range(settle(&list, list.tickets, MOST), 2, 4);
}

/* One vanished, one came: the number of tickets is what it was. */
static void test_equal_totals(void **state)
{
    (void)state;
    struct list list = {.tickets = 10001};
    vanish(&list, 3000 * EVERY);
    assert_in_range(settle(&list, 10000, MOST), 4, 10);
}

static void test_a_ticket_comes_back(void **state)
{
    (void)state;
    struct list list = {.tickets = 10000};
    struct record record = record_of(list.tickets);
    record_remove(&record, 3000 * EVERY);
    struct rank *rank = rank_new(&record, ROWS, MOST);
    assert_in_range(drive(rank, &list), 4, 10);
    assert_agrees(&record, &list);
    assert_int_equal(rank_gone(rank)->count, 0);
    rank_free(rank);
    record_release(&record);
}

/* What the newest changes show is no difference; what is newer than the first page is on the next.
 */
static void test_head(void **state)
{
    (void)state;
    struct list list = {.tickets = 10000};
    struct record record = record_of(list.tickets);
    const int64_t head[] = {3000 * EVERY, 10000 * EVERY, 10001 * EVERY};
    struct walk_window window;
    record_remove(&record, head[0]);
    struct rank *rank = rank_new(&record, ROWS, MOST);
    rank_head(rank, head, 3);
    assert_int_equal(rank_next(rank, &window), RANK_ASK);
    struct walk_page page = page_of(&list, &window);
    assert_int_equal(rank_answer(rank, &window, &page), 0);
    list.tickets = 10001;
    assert_int_equal(drive(rank, &list), 1);
    assert_agrees(&record, &list);
    assert_int_equal(rank_gone(rank)->count, 0);
    rank_free(rank);
    record_release(&record);
}

/* The head showed a ticket that vanished before the page was read. */
static void test_a_ticket_of_the_head_vanishes(void **state)
{
    (void)state;
    struct list list = {.tickets = 10};
    struct record record = record_of(list.tickets);
    const int64_t head[] = {9 * EVERY + 1};
    struct rank *rank = rank_new(&record, ROWS, MOST);
    rank_head(rank, head, 1);
    assert_int_equal(drive(rank, &list), 1);
    assert_agrees(&record, &list);
    assert_true(record_has(rank_gone(rank), head[0]));
    rank_free(rank);
    record_release(&record);
}

static void test_capped_pages(void **state)
{
    (void)state;
    struct list list = {.tickets = 1000, .cap = 20};
    vanish(&list, 300 * EVERY);
    assert_in_range(settle(&list, list.tickets, MOST), 4, 16);
}

/* The site counts rows that it does not show: nothing tells where the list ends. */
static void test_lost(void **state)
{
    (void)state;
    struct list list = {.tickets = 100, .nameless = 1};
    assert_int_equal(settle(&list, 100, MOST), -1);
    struct record record = record_of(100);
    struct rank *rank = rank_new(&record, ROWS, MOST);
    struct walk_window window;
    int asked = 0;
    list.nameless = 0;
    for (; rank_next(rank, &window) == RANK_ASK; asked++) {
        struct walk_page page = page_of(&list, &window);
        page.total = 101;
        assert_int_equal(rank_answer(rank, &window, &page), 0);
    }
    assert_int_equal(rank_next(rank, &window), RANK_LOST);
    assert_in_range(asked, 1, RANK_SPARE + 4);
    rank_free(rank);
    record_release(&record);
}

static void test_no_more_than_allowed(void **state)
{
    (void)state;
    struct list list = {.tickets = 100000};
    vanish(&list, 3000 * EVERY);
    assert_int_equal(settle(&list, list.tickets, 5), -1);
    for (int64_t i = 0; i < 40; i++)
        vanish(&list, (5000 + 1700 * i) * EVERY);
    assert_int_equal(settle(&list, list.tickets, 100), -1);
}

/* What the log of deletions saves */

/* A comparison that has come to a page with tickets: where many vanished, the first one asked for
 * is beyond the list's end. */
static struct rank *begin(struct record *record, struct list *list, int64_t *asked)
{
    struct walk_window window;
    struct rank *rank = rank_new(record, ROWS, MOST);
    assert_non_null(rank);
    assert_int_equal(rank_lacking(rank), 0);
    for (*asked = 0; !list->read; ++*asked) {
        assert_int_equal(rank_next(rank, &window), RANK_ASK);
        struct walk_page page = page_of(list, &window);
        assert_int_equal(rank_answer(rank, &window, &page), 0);
    }
    list->read = 0;
    return rank;
}

/* Pages, the first one included, when the tickets that vanished are told, all but `untold`. */
static int64_t pages_when_told(int64_t tickets, int count, int untold)
{
    struct list list = {.tickets = tickets};
    struct record record = record_of(tickets);
    for (int i = 1; i <= count; i++)
        vanish(&list, (i * (tickets / (count + 1)) + i * i * 7 % 31) * EVERY);
    int64_t asked;
    struct rank *rank = begin(&record, &list, &asked);
    assert_int_equal(rank_lacking(rank), count);
    for (int i = untold; i < count; i++)
        assert_int_equal(rank_tell_gone(rank, list.vanished[i]), 0);
    assert_int_equal(rank_lacking(rank), untold);
    asked += drive(rank, &list);
    assert_agrees(&record, &list);
    assert_int_equal(rank_gone(rank)->count, count);
    rank_free(rank);
    record_release(&record);
    return asked;
}

static void test_told_deletions(void **state)
{
    (void)state;
    assert_int_equal(pages_when_told(100000, 1, 0), 2);
    assert_int_equal(pages_when_told(1000000, 1, 0), 2);
    assert_int_equal(pages_when_told(100000, 20, 0), 3);
    assert_in_range(pages_when_told(100000, 20, 1), 4, 14);
}

/* A page shows what was told to be gone: it is there. */
static void test_told_wrongly(void **state)
{
    (void)state;
    struct list list = {.tickets = 10000};
    struct record record = record_of(list.tickets);
    int64_t asked;
    vanish(&list, 3000 * EVERY);
    struct rank *rank = begin(&record, &list, &asked);
    assert_int_equal(rank_tell_gone(rank, 4000 * EVERY), 0);
    assert_int_equal(rank_tell_gone(rank, 4000 * EVERY + 1), 0); /* never on record */
    assert_int_equal(rank_tell_gone(rank, 9999 * EVERY), 0);     /* the first page showed it */
    assert_in_range(drive(rank, &list), 1, 40);
    assert_false(record_has(rank_gone(rank), 9999 * EVERY));
    assert_false(record_has(rank_gone(rank), 4000 * EVERY + 1));
    rank_free(rank);
    record_release(&record);
}

/* The log is asked for where that promises to save requests. */
static void test_when_it_is_worth_asking(void **state)
{
    (void)state;
    static const struct {
        int64_t tickets;
        int vanished;
        bool worth;
    } cases[] = {{100, 1, false},   {300, 1, false},    {1000, 1, true},   {100000, 0, false},
                 {100000, 1, true}, {100000, 60, true}, {1000, 20, false}, {10000, 20, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct list list = {.tickets = cases[i].tickets};
        struct record record = record_of(list.tickets);
        int64_t asked;
        for (int n = 0; n < cases[i].vanished; n++)
            vanish(&list, (2 * n + 1) * EVERY);
        struct rank *rank = begin(&record, &list, &asked);
        assert_int_equal(hint_is_worth(rank), cases[i].worth);
        rank_free(rank);
        record_release(&record);
    }
    struct record record = record_of(100000); /* it was cut by far more than the log can name */
    struct list list = {.tickets = 99000};
    int64_t asked;
    struct rank *rank = begin(&record, &list, &asked);
    assert_false(hint_is_worth(rank));
    rank_free(rank);
    record_release(&record);
}

static void test_when_the_log_is_due(void **state)
{
    (void)state;
    static const int64_t day = HINT_PAUSE_S, now = 1700000000;
    assert_true(hint_is_due(0, now));
    assert_false(hint_is_due(now, now));
    assert_false(hint_is_due(now - day + 1, now));
    assert_true(hint_is_due(now - day, now));
    assert_true(hint_is_due(now + 1, now)); /* the clock was ahead */
}

/* What the log names is asked for where something is lacking, each ticket once, and not many more
 * than are lacking. */
static void test_what_is_asked_for(void **state)
{
    (void)state;
    int64_t named[60] = {9999 * EVERY, 4000 * EVERY, 4000 * EVERY + 1, 3000 * EVERY, 4000 * EVERY};
    int64_t ids[60], asked;
    struct list list = {.tickets = 10000};
    struct record record = record_of(list.tickets);
    struct rank *rank = begin(&record, &list, &asked);
    assert_int_equal(hint_choose(rank, named, 5, ids), 0); /* nothing is lacking */
    rank_free(rank);
    vanish(&list, 3000 * EVERY);
    rank = begin(&record, &list, &asked);
    assert_int_equal(hint_choose(rank, named, 5, ids), 2);
    assert_int_equal(ids[0], 4000 * EVERY);
    assert_int_equal(ids[1], 3000 * EVERY);
    for (int i = 0; i < 60; i++)
        named[i] = (5000 - i) * EVERY;
    assert_int_equal(hint_choose(rank, named, 60, ids), 1 + HINT_SPARE);
    assert_int_equal(ids[0], 5000 * EVERY);
    rank_free(rank);
    for (int i = 1; i < 10; i++)
        vanish(&list, (3000 + i) * EVERY);
    rank = begin(&record, &list, &asked);
    assert_int_equal(hint_choose(rank, named, 5, ids), 5);
    assert_int_equal(hint_choose(rank, named, 4, ids), 0); /* of ten */
    rank_free(rank);
    record_release(&record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_new),
        cmocka_unit_test(test_new_at_the_end),
        cmocka_unit_test(test_one_deletion),
        cmocka_unit_test(test_scattered_deletions),
        cmocka_unit_test(test_neighbours_that_vanish_together),
        cmocka_unit_test(test_the_last_tickets_vanish),
        cmocka_unit_test(test_equal_totals),
        cmocka_unit_test(test_a_ticket_comes_back),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_a_ticket_of_the_head_vanishes),
        cmocka_unit_test(test_capped_pages),
        cmocka_unit_test(test_lost),
        cmocka_unit_test(test_no_more_than_allowed),
        cmocka_unit_test(test_told_deletions),
        cmocka_unit_test(test_told_wrongly),
        cmocka_unit_test(test_when_it_is_worth_asking),
        cmocka_unit_test(test_when_the_log_is_due),
        cmocka_unit_test(test_what_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
