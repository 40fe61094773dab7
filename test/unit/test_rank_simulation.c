/*
 * test_rank_simulation: the comparison of a record with a simulated site whose list changes between
 * and during requests, in random histories of runs; with a log of deletions that is not complete,
 * and names tickets that are there.
 *
 * RANK_RUNS=N   how many histories (20,000). History i is made from seed i.
 * RANK_SEED=N   that history alone, with a trace.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/hint.h"
#include "core/rank.h"

enum { TICKETS_MAX = 2000, HEAD_MAX = 100, LOG_MAX = 100 };

/* What a history is made of. */
struct scenario {
    int rows;     /* tickets at the start, some of them hidden from the user */
    int gap;      /* ids are 1..gap apart */
    int per_page; /* rows on a page */
    int runs;     /* one after another; each begins with the record of the one before */
    int between;  /* changes between two runs, at most */
    int churn;    /* changes before each page, and between its count and its rows, at most */
    int burst;    /* tickets that one change strikes, at most */
    bool shows;   /* hidden tickets come back, so that differences may cancel */
    bool imports; /* some new tickets have old dates: the head does not show them */
    bool silent;  /* the site does not say how many tickets there are */
    int cap;      /* rows on a page at most, as the site says; 0: as many as are asked for */
    bool naive;   /* settled when the totals agree, which is not enough */
    bool log;     /* the site names what was deleted */
    bool small;   /* it is asked for even where a search costs less */
    int forgets;  /* so many in ten deletions are not in the log */
    int lies;     /* so many in ten of its entries name any ticket, there or not */
    bool credits; /* what the log names is believed, which is wrong */
};

struct ticket {
    int64_t id;
    bool visible, deleted;
    bool hidden; /* at some instant of this run */
    bool recent; /* the head shows it */
};

struct history {
    struct scenario is;
    bool trace;
    uint64_t random;
    struct ticket tickets[TICKETS_MAX];
    int count, visible;
    struct record record;
    int64_t head[HEAD_MAX];
    int64_t ids[TICKETS_MAX];
    int64_t log[LOG_MAX]; /* the last deleted first */
    int logged;
    int settled, lost, told;
    const char *broken; /* the property that does not hold */
};

__attribute__((format(printf, 2, 3))) static void trace(const struct history *h, const char *format,
                                                        ...)
{
    if (!h->trace)
        return;
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
}

/* splitmix64; 0 .. n - 1 */
static int pick(struct history *h, int n)
{
    uint64_t z = (h->random += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return n > 0 ? (int)((z ^ (z >> 31)) % (uint64_t)n) : 0;
}

static void broken(struct history *h, const char *property)
{
    if (!h->broken)
        h->broken = property;
}

/* ---- the site ---- */

static void create(struct history *h, bool visible)
{
    if (h->count == TICKETS_MAX)
        return;
    int64_t last = h->count ? h->tickets[h->count - 1].id : 0;
    struct ticket *t = &h->tickets[h->count++];
    *t = (struct ticket){.id = last + 1 + pick(h, h->is.gap),
                         .visible = visible,
                         .recent = !h->is.imports || pick(h, 3) > 0};
    h->visible += visible;
    trace(h, "    + %lld%s\n", (long long)t->id, visible ? "" : " (hidden)");
}

static void write_log(struct history *h, int64_t id)
{
    if (!h->is.log || pick(h, 10) < h->is.forgets)
        return;
    if (pick(h, 10) < h->is.lies)
        id = h->tickets[pick(h, h->count)].id;
    h->logged += h->logged < LOG_MAX;
    memmove(h->log + 1, h->log, (size_t)(h->logged - 1) * sizeof *h->log);
    h->log[0] = id;
    trace(h, "    the log names %lld\n", (long long)id);
}

static void hide(struct history *h, struct ticket *t, bool deleted)
{
    if (t->visible)
        trace(h, "    - %lld\n", (long long)t->id);
    if (deleted && !t->deleted)
        write_log(h, t->id);
    h->visible -= t->visible;
    t->visible = false;
    t->deleted |= deleted;
    t->hidden = true;
}

static void show(struct history *h, struct ticket *t)
{
    if (t->visible || (t->deleted && pick(h, 2)) || !h->is.shows)
        return;
    trace(h, "    + %lld (%s)\n", (long long)t->id, t->deleted ? "restored" : "shown");
    t->visible = true;
    t->deleted = false;
    t->recent = pick(h, 2);
    h->visible++;
}

static void change(struct history *h)
{
    int kind = pick(h, 4), length = 1 + pick(h, h->is.burst), from = pick(h, h->count);
    for (int i = from; i < from + length; i++)
        if (kind == 0 || !h->count)
            create(h, true);
        else if (i < h->count && kind < 3)
            hide(h, &h->tickets[i], kind == 1);
        else if (i < h->count)
            show(h, &h->tickets[i]);
}

static void pass(struct history *h, int most)
{
    for (int n = pick(h, most + 1); n > 0; n--)
        change(h);
}

/* The site counts the rows, and then, at another instant, reads them. */
static struct walk_page page_of(struct history *h, const struct walk_window *window)
{
    int64_t size = window->per_page, row = 0;
    pass(h, h->is.churn);
    struct walk_page page = {.ids = h->ids, .total = h->is.silent ? -1 : h->visible};
    if (h->is.cap && h->is.cap < size)
        page.per_page = size = h->is.cap;
    if (pick(h, 3) == 0)
        pass(h, h->is.churn);
    for (int i = 0; i < h->count; i++) {
        row += h->tickets[i].visible;
        if (h->tickets[i].visible && (row - 1) / size + 1 == window->page)
            h->ids[page.count++] = h->tickets[i].id;
    }
    trace(h, "  page %lld of %lld: %zu tickets, %lld to %lld, total %lld\n",
          (long long)window->page, (long long)window->per_page, page.count,
          (long long)(page.count ? h->ids[0] : 0),
          (long long)(page.count ? h->ids[page.count - 1] : 0), (long long)page.total);
    return page;
}

/* The newest changes: new tickets, and such as came back; old ones too. */
static size_t list_head(struct history *h)
{
    size_t count = 0;
    for (int i = 0; i < h->count && count < HEAD_MAX; i++) {
        const struct ticket *t = &h->tickets[i];
        bool shown = !record_has(&h->record, t->id) ? t->recent : pick(h, 20) == 0;
        if (t->visible && shown)
            h->head[count++] = t->id;
    }
    return count;
}

/* ---- what has to hold ---- */

static void judge_settled(struct history *h)
{
    if (h->record.count != h->visible)
        broken(h, "the record holds as many tickets as the list");
    for (int i = 0; i < h->count && !h->is.shows; i++)
        if (record_has(&h->record, h->tickets[i].id) != h->tickets[i].visible)
            broken(h, "if nothing came back, the record holds the tickets of the list");
}

static void judge_gone(struct history *h, const struct record *gone)
{
    for (int i = 0; i < h->count; i++) {
        const struct ticket *t = &h->tickets[i];
        if (record_has(gone, t->id) && (!t->hidden || record_has(&h->record, t->id)))
            broken(h, "only what was not on the list is called gone");
    }
}

/* Could a comparison on a quiet list get lost? Where there are many changes, or so few rows on a
 * page that no window has its edges where they are needed. */
static bool may_get_lost(const struct history *h)
{
    bool small = h->is.per_page < 20 || (h->is.cap && h->is.cap < 27);
    return small || h->is.churn || h->is.between > 3 || h->is.burst > 3;
}

/* ---- the runs ---- */

static void walk(struct history *h)
{
    struct record all = {0};
    for (int i = 0; i < h->count; i++)
        if (h->tickets[i].visible)
            assert_int_equal(record_insert(&all, h->tickets[i].id), 0);
    assert_int_equal(record_become(&h->record, &all), 0);
    record_release(&all);
}

static const struct ticket *find(const struct history *h, int64_t id)
{
    int i = 0;
    while (i < h->count && h->tickets[i].id != id)
        i++;
    return i < h->count ? &h->tickets[i] : NULL;
}

/* Asks for what the log names, as a run does: tickets that are not listed, and deleted. */
static void take_hint(struct history *h, struct rank *rank)
{
    int64_t ids[LOG_MAX];
    size_t count = hint_choose(rank, h->log, (size_t)h->logged, ids);
    if ((int64_t)count > rank_lacking(rank) + HINT_SPARE)
        broken(h, "not many more tickets are asked for than are lacking");
    for (size_t i = 0; i < count; i++) {
        pass(h, h->is.churn);
        if (!h->is.credits && !find(h, ids[i])->deleted)
            continue;
        trace(h, "  told that %lld is deleted\n", (long long)ids[i]);
        assert_int_equal(rank_tell_gone(rank, ids[i]), 0);
        h->told++;
    }
}

static enum rank_next compare(struct history *h, struct rank *rank, int64_t most)
{
    struct walk_window window;
    enum rank_next next = rank_next(rank, &window);
    bool hinted = !h->is.log;
    rank_head(rank, h->head, list_head(h));
    for (int64_t asked = 0; next == RANK_ASK; asked++) {
        if (window.page < 1 || window.per_page < 1 || window.per_page > h->is.per_page * 4 / 3)
            broken(h, "windows are sane");
        if (asked == most)
            broken(h, "no more is asked for than is allowed");
        struct walk_page page = page_of(h, &window);
        assert_int_equal(rank_answer(rank, &window, &page), 0);
        if (h->is.naive && page.total == h->record.count)
            return RANK_SETTLED;
        if (!hinted && (hint_is_worth(rank) || (h->is.small && rank_lacking(rank) > 0))) {
            take_hint(h, rank);
            hinted = true;
        }
        next = rank_next(rank, &window);
    }
    return next;
}

static void run(struct history *h)
{
    for (int i = 0; i < h->count; i++)
        h->tickets[i].hidden = !h->tickets[i].visible;
    int64_t most = 1 + pick(h, 200);
    struct rank *rank = rank_new(&h->record, h->is.per_page, most);
    assert_non_null(rank);
    enum rank_next end = compare(h, rank, most);
    trace(h, "  %s\n", end == RANK_SETTLED ? "settled" : "lost");
    judge_gone(h, rank_gone(rank));
    rank_free(rank);
    h->settled += end == RANK_SETTLED;
    h->lost += end == RANK_LOST;
    if (end == RANK_SETTLED)
        judge_settled(h);
    else if (!may_get_lost(h) && most > 100)
        broken(h, "on a quiet list the comparison comes to its end");
    if (end == RANK_LOST)
        walk(h);
}

static struct scenario scenario_of(struct history *h)
{
    return (struct scenario){.rows = pick(h, pick(h, 2) ? 1000 : 60),
                             .gap = 1 + pick(h, pick(h, 2) ? 2 : 40),
                             .per_page = 3 + pick(h, pick(h, 4) ? 60 : 4),
                             .runs = 1 + pick(h, 4),
                             .between = pick(h, pick(h, 2) ? 4 : 20),
                             .churn = pick(h, 2) * pick(h, 4),
                             .burst = 1 + (pick(h, 3) ? 0 : pick(h, 40)),
                             .shows = pick(h, 3) == 0,
                             .imports = pick(h, 2),
                             .silent = pick(h, 8) == 0,
                             .cap = pick(h, 8) ? 0 : 4 + pick(h, 40),
                             .log = pick(h, 2),
                             .small = pick(h, 2),
                             .forgets = pick(h, 2) ? 0 : pick(h, 10),
                             .lies = pick(h, 2) ? 0 : pick(h, 10)};
}

/* A rule that is simpler than the real one, and wrong. */
enum rule { THE_REAL_RULE, EQUAL_TOTALS, A_LOG_THAT_IS_BELIEVED };

/* Returns the property that is broken, or NULL. */
static const char *simulate(struct history *h, int64_t seed, enum rule rule, bool traced)
{
    *h = (struct history){.random = (uint64_t)seed, .trace = traced};
    h->is = scenario_of(h);
    h->is.naive = rule == EQUAL_TOTALS;
    h->is.credits = rule == A_LOG_THAT_IS_BELIEVED;
    for (int i = 0; i < h->is.rows; i++)
        create(h, pick(h, 4) > 0);
    walk(h);
    for (int i = 0; i < h->is.runs && !h->broken; i++) {
        pass(h, h->is.between);
        trace(h, "run %d: %d tickets are shown, %lld on record\n", i + 1, h->visible,
              (long long)h->record.count);
        run(h);
    }
    record_release(&h->record);
    return h->broken;
}

static int64_t number(const char *name, int64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoll(text, NULL, 10) : otherwise;
}

static void test_random_histories(void **state)
{
    (void)state;
    static struct history h;
    int64_t only = number("RANK_SEED", 0), runs = number("RANK_RUNS", 20000);
    int64_t settled = 0, lost = 0, told = 0, failures = 0;
    for (int64_t seed = only ? only : 1; seed <= (only ? only : runs); seed++) {
        const char *property = simulate(&h, seed, THE_REAL_RULE, only > 0);
        settled += h.settled;
        lost += h.lost;
        told += h.told;
        if (property && failures++ < 10)
            print_error("RANK_SEED=%lld: this does not hold: %s\n", (long long)seed, property);
    }
    print_message("%lld comparisons settled, %lld lost; %lld deletions found by the log\n",
                  (long long)settled, (long long)lost, (long long)told);
    assert_int_equal(failures, 0);
    if (!only) {
        assert_true(settled > 4 * lost);
        assert_true(told > settled / 20);
    }
}

/* The simulation finds what is wrong with a simpler rule. */
static int count_wrong(enum rule rule)
{
    static struct history h;
    int wrong = 0;
    for (int64_t seed = 1; seed <= 500; seed++)
        wrong += simulate(&h, seed, rule, false) != NULL;
    return wrong;
}

static void test_equal_totals_are_not_enough(void **state)
{
    (void)state;
    assert_true(count_wrong(EQUAL_TOTALS) > 20);
}

static void test_the_log_is_no_proof(void **state)
{
    (void)state;
    assert_true(count_wrong(A_LOG_THAT_IS_BELIEVED) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_histories),
        cmocka_unit_test(test_equal_totals_are_not_enough),
        cmocka_unit_test(test_the_log_is_no_proof),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
