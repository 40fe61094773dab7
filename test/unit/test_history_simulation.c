/*
 * test_history_simulation: histories of runs against a site that changes, with caches, replicas and
 * limits before it, clocks that jump, backups put back on either side, and runs that are killed,
 * out of time or narrowed. The program's own code decides, from lib/run/sync.c down; what is
 * simulated is in test/support/model_*.c, and what has to hold in test/support/history.c.
 *
 * HISTORY_RUNS=N   how many random histories (10,000). History i is made from seed i.
 * HISTORY_SURVEY=1 all that break, not the first alone, each made as small as it can be.
 * HISTORY_SEED=N   that history alone, made as small as it can be, with a trace.
 * HISTORY_TEST=T   the tests of that name alone; HISTORY_TRACE=1: with a trace.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "history.h"

enum { HOUR_S = 3600, DAY_S = 86400, SHORTEST_RUN = 7 /* answers, within which a run gets on */ };

static const struct history_run PLAIN, FULL = {.full = true};

static void wait_for(int64_t seconds)
{
    model.now_ms += seconds * 1000;
}

/* A site whose tickets are all stored. */
static void begin(int tickets, int per_page)
{
    history_reset(1);
    history.per_page = per_page;
    model_fill(tickets, false);
    assert_true(history_go(&PLAIN));
    wait_for(HOUR_S);
}

static void assert_kept(void)
{
    if (model.broken)
        fail_msg("broken: %s", model.broken);
}

/* The run may say that it is not complete; what it must not is say so and be wrong. */
static void go(const struct history_run *run)
{
    history_go(run);
    assert_kept();
}

static void recover(void)
{
    history_recover(0);
    assert_kept();
}

/* ---- one history for each kind of fault ---- */

/* A walk is killed somewhere; then tickets change that it has read, and others are imported. */
static void resume(int edits, int imports)
{
    for (int kill_after = 10; kill_after < 60; kill_after++) {
        begin(150, 10);
        history_go(&(struct history_run){.full = true, .kill_after = kill_after});
        for (int slot = 140; slot < 140 + edits; slot++) {
            wait_for(60);
            model_change(CHANGE_EDIT, slot);
        }
        for (int i = 0; i < imports; i++)
            model_change(CHANGE_IMPORT, 0);
        wait_for(600);
        go(&PLAIN);
    }
    recover();
}

static void test_a_resumed_walk_has_a_head_of_its_own(void **state)
{
    (void)state;
    resume(10, 25);
    resume(5, 0);
    resume(0, 5);
}

static void test_a_cache_that_ignores_what_is_asked(void **state)
{
    (void)state;
    for (int tells = 0; tells < 2; tells++)
        for (int full = 0; full < 2; full++) {
            begin(30, 10);
            model.cache = CACHE_ADDRESS;
            model.cache_tells = tells != 0;
            model.cache_s = DAY_S;
            go(full ? &FULL : &PLAIN);
            wait_for(HOUR_S);
            for (int i = 0; i < 5; i++)
                model_change(CHANGE_CREATE, 0);
            model_change(CHANGE_EDIT, 3);
            model_change(CHANGE_DELETE, 4);
            wait_for(HOUR_S);
            go(full ? &FULL : &PLAIN);
            recover();
        }
}

static void test_a_cache_that_tells_how_old_its_answers_are(void **state)
{
    (void)state;
    begin(30, 10);
    model.cache = CACHE_PARAMETERS;
    model.cache_tells = true;
    model.cache_s = DAY_S;
    go(&PLAIN);
    wait_for(HOUR_S);
    model_change(CHANGE_EDIT, 3);
    go(&PLAIN);
    go(&FULL);
    recover();
}

static void test_a_replica_that_lags(void **state)
{
    (void)state;
    begin(30, 10);
    wait_for(3 * DAY_S);
    for (int i = 0; i < 5; i++)
        model_change(CHANGE_CREATE, 0);
    model_change(CHANGE_EDIT, 7);
    model.lag_s = 2 * DAY_S;
    wait_for(HOUR_S);
    for (int i = 0; i < 5; i++)
        go(&FULL);
    recover();
}

static void test_pages_cut_and_no_totals(void **state)
{
    (void)state;
    begin(5, 20);
    model.cap = 10;
    model.no_totals = true;
    for (int i = 0; i < 60; i++)
        model_change(CHANGE_IMPORT, 0);
    go(&FULL);
    model.no_totals = false;
    go(&FULL);
    recover();
}

/* The last walk, the walk for the total, and a reject that wait for a day to come. */
static void test_the_machine_clock_was_ahead(void **state)
{
    (void)state;
    begin(30, 10);
    model.machine_shift_s = 365 * DAY_S;
    go(&FULL);
    recover();
    begin(30, 10);
    model.machine_shift_s = 365 * DAY_S;
    model_change(CHANGE_DELETE, 3);
    go(&PLAIN);
    model.machine_shift_s = 0;
    wait_for(2 * HOUR_S);
    model_change(CHANGE_DELETE, 4);
    go(&PLAIN);
    recover();
    begin(30, 10);
    model.machine_shift_s = 365 * DAY_S;
    history_go(&(struct history_run){.full = true, .kill_after = 12});
    recover();
}

static void test_the_site_clock_was_ahead(void **state)
{
    (void)state;
    begin(30, 10);
    model.site_shift_s = DAY_S;
    for (int slot = 0; slot < 12; slot++)
        model_change(CHANGE_EDIT, slot);
    go(&PLAIN);
    model.site_shift_s = 0;
    wait_for(HOUR_S);
    model_change(CHANGE_EDIT, 20);
    go(&PLAIN);
    recover();
}

static void test_rows_restored_away(void **state)
{
    (void)state;
    begin(40, 20);
    for (int slot = 25; slot < 40; slot++) {
        wait_for(60);
        model_change(CHANGE_EDIT, slot);
    }
    wait_for(HOUR_S);
    go(&PLAIN);
    wait_for(HOUR_S);
    for (int slot = 20; slot < 40; slot++)
        model_lose(slot);
    go(&PLAIN);
    recover();
}

static void test_the_site_restored_from_a_backup(void **state)
{
    (void)state;
    begin(30, 10);
    model_change(CHANGE_EDIT, 2);
    int64_t backup = model.moment;
    wait_for(HOUR_S);
    model_change(CHANGE_EDIT, 3);
    model_change(CHANGE_EDIT, 4);
    wait_for(HOUR_S);
    go(&PLAIN);
    wait_for(HOUR_S);
    model_restore(backup);
    history.restored = model.moment;
    go(&PLAIN);
    recover();
    begin(30, 10); /* the largest id is gone, and the newest change is newer than the backup */
    backup = model.moment;
    model_change(CHANGE_EDIT, 3);
    model_change(CHANGE_CREATE, 0);
    wait_for(HOUR_S);
    go(&PLAIN);
    wait_for(HOUR_S);
    model_restore(backup);
    history.restored = model.moment;
    model_change(CHANGE_EDIT, 5);
    go(&PLAIN);
    recover();
}

/* A run that is killed once it has stored the newest changes; then a backup without them comes
 * back. It ends with what the last complete run saw, so that only the killed one's memory can tell.
 */
static void test_the_site_restored_after_a_killed_run(void **state)
{
    (void)state;
    for (int kill_after = 1; kill_after < 40; kill_after++) {
        begin(30, 10);
        int64_t backup = model.moment;
        model_change(CHANGE_EDIT, 25); /* not on the head before, nor after */
        wait_for(60);
        history_go(&(struct history_run){.kill_after = kill_after});
        wait_for(HOUR_S);
        model_restore(backup);
        history.restored = model.moment;
        go(&PLAIN);
        assert_true(history_is_right());
    }
    recover();
}

static void test_another_site_is_accepted(void **state)
{
    (void)state;
    begin(30, 10);
    model_replace();
    history.replaced = model.moment;
    go(&PLAIN);
    go(&(struct history_run){.accept_site = true});
    recover();
}

/* One ticket vanishes, and another one that was hidden appears: the numbers stay the same. Not the
 * newest or the largest, which runs look for. */
static void cancel_out(void)
{
    int hidden = -1, shown = 0;
    int64_t newest = 0;
    for (int slot = 0; slot < model.slot_count; slot++) {
        const struct model_version *v = model_newest(slot);
        hidden = v->view == VIEW_HIDDEN ? slot : hidden;
        newest = v->updated_at > newest ? v->updated_at : newest;
    }
    do
        shown = model_pick(model.slot_count - 1);
    while (model_newest(shown)->view != VIEW_SHOWN || model_newest(shown)->updated_at == newest);
    model_change(CHANGE_HIDE, shown);
    if (hidden >= 0)
        model_change(CHANGE_SHOW, hidden);
}

static void test_hidden_from_the_list_but_shown_by_itself(void **state)
{
    (void)state;
    begin(30, 10);
    model_change(CHANGE_UNLIST, 3);
    model_change(CHANGE_EDIT, 3);
    go(&FULL);
    recover();
    begin(30, 10);
    for (int slot = 3; slot < 12; slot++)
        model_change(CHANGE_UNLIST, slot);
    go(&PLAIN);
    model_change(CHANGE_SHOW, 4);
    go(&FULL);
    recover();
}

static void test_a_deadline_that_allows_a_handful_of_requests(void **state)
{
    (void)state;
    for (int tickets = 600; tickets <= 1800; tickets += 300)
        for (int answers = 6; answers < 12; answers++)
            for (int stored = 0; stored < 2; stored++) {
                begin(stored ? tickets : 0, 120);
                model_fill(stored ? 0 : tickets, false);
                history_recover(answers);
                assert_kept();
            }
}

static void test_a_quiet_site_costs_two_pages(void **state)
{
    (void)state;
    begin(60, 20);
    wait_for(DAY_S);
    for (int slot = 0; slot < 45; slot++) /* in one second */
        model_change(CHANGE_EDIT, slot);
    wait_for(3 * DAY_S);
    recover();
}

/* If the tables were empty, a ticket that a page shows for the first time cannot be stored yet. */
static void test_an_import_looks_up_what_pages_share(void **state)
{
    enum { TICKETS = 140, PER_PAGE = 20 };
    (void)state;
    begin(TICKETS, PER_PAGE);
    int64_t by_import = model.looked_up;
    go(&FULL);
    int64_t by_walk = model.looked_up - by_import;
    assert_true(by_walk >= TICKETS);
    assert_true(by_import <= by_walk - TICKETS + model.head_rows);
    assert_int_equal(model.tables.row_count, TICKETS);
    recover();
}

/* The dashboard's button asks for the last days, again and again. */
static void test_a_later_since_is_an_ordinary_run(void **state)
{
    (void)state;
    begin(60, 20);
    for (int click = 0; click < 5; click++) {
        model_change(CHANGE_IMPORT, 0); /* older than what is asked for */
        wait_for(HOUR_S);
        go(&(struct history_run){.since = 1});
        assert_string_equal(history.report.date_filter, "2000-01-01");
        assert_true(history_is_right());
        wait_for(HOUR_S);
        go(&(struct history_run){.since = 1});
        assert_string_equal(history.report.mode, "incremental");
    }
    recover();
}

/* It is stored what a walk finds further back; the run after it goes by the configuration. */
static void test_an_earlier_since_reads_further_back(void **state)
{
    (void)state;
    history_reset(1);
    history.per_page = 20;
    history.date = 5;
    model_fill(60, false);
    go(&PLAIN);
    wait_for(HOUR_S);
    for (int i = 0; i < 2; i++) {
        go(&(struct history_run){.since = 15});
        assert_string_equal(history.report.mode, "full");
        assert_true(history_is_right());
        wait_for(HOUR_S);
        go(&PLAIN);
        assert_string_equal(history.report.mode, "incremental");
        model_change(CHANGE_EDIT, 3);
        model_change(CHANGE_CREATE, 0);
        wait_for(HOUR_S);
        go(&PLAIN);
        assert_string_equal(history.report.mode, "incremental");
        assert_true(history_is_right());
    }
    recover();
}

/* The list read in parts: no run walks, and what the newest changes do not show is in the tables
 * within full_every, whatever is killed or out of time. */
static void read_in_parts(const struct history_run *trouble, int every)
{
    begin(600, 20);
    history.full_every_s = 6 * HOUR_S;
    go(&PLAIN);
    for (int run = 1; run <= 24 * 6 * 2; run++) {
        wait_for(600);
        model_change(CHANGE_SILENT, model_pick(model.slot_count));
        if (run % 3 == 0)
            cancel_out();
        history_go(run % every ? &PLAIN : trouble);
        assert_kept();
        if (history.complete && run % every)
            assert_string_equal(history.report.mode, "incremental");
    }
    recover();
}

static void test_the_list_read_in_parts(void **state)
{
    (void)state;
    read_in_parts(&PLAIN, 2);
    read_in_parts(&(struct history_run){.deadline_ms = 900}, 2);
    for (int kill_after = 1; kill_after < 60; kill_after += 7)
        read_in_parts(&(struct history_run){.kill_after = kill_after}, 2);
}

/* ---- random histories ---- */

/* What a history is made of. Every field but the seed can be shrunk towards 0 or 1. */
struct scenario {
    int64_t seed;
    int tickets; /* at the start */
    int runs;
    int between; /* changes between two runs at most */
    int during;  /* changes during a run at most */
    int burst;   /* tickets that one change strikes at most */
    int per_page, connections, head_rows;
    int minutes;    /* between two runs at most */
    int full_every; /* hours */
    int date;       /* date_filter as ever: days before the history began */
    int closes, closed,
        resolved; /* tickets close; [scope] tickets = closed, date_of = resolved_at */
    int rescopes; /* another `tickets` or date_of, in how many runs of 16 */
    int kills, deadlines, narrowed, asked, named, fulls, mappings; /* in how many runs of 16 */
    int site_jumps, machine_jumps;      /* clocks: before how many runs of 16 */
    int restores, losses, replacements; /* before how many runs of 16 */
    int cache; /* 1: by addresses, 2: tells its age too, 3: by parameters, tells */
    int lag;   /* hours */
    int cap, no_totals, failures, poison, unlists, calls;
    int max_deletes; /* 0: any number */
    int log;         /* of deletions: 0: refused, 1: true, 2: wrong */
    int at_once;     /* full_every is by a walk */
    int short_end;   /* the last walk's runs have time for so many answers and SHORTEST_RUN */
};

static bool one_of_16(int n)
{
    return n && model_pick(16) < n;
}

static void jump(int64_t *shift)
{
    static const int64_t shifts[] = {0,          0,           HOUR_S,      -HOUR_S,
                                     5 * HOUR_S, -5 * HOUR_S, 365 * DAY_S, -30 * DAY_S};
    *shift = shifts[model_pick(sizeof shifts / sizeof *shifts)];
    model_trace("    a clock is shifted by %lld s\n", (long long)*shift);
}

static void before_a_run(const struct scenario *is, struct history_run *run, int64_t backup)
{
    if (one_of_16(is->site_jumps))
        jump(&model.site_shift_s);
    if (one_of_16(is->machine_jumps))
        jump(&model.machine_shift_s);
    if (one_of_16(is->restores)) {
        model_restore(backup);
        history.restored = model.moment;
    }
    if (one_of_16(is->losses))
        for (int slot = model_pick(model.slot_count), n = model_pick(20); n > 0; n--, slot++)
            if (slot < model.slot_count)
                model_lose(slot);
    if (one_of_16(is->replacements)) {
        model_replace();
        history.replaced = model.moment;
        run->accept_site = true;
    }
    int quiet = history.restored == model.moment && model_pick(2);
    for (int n = quiet ? 0 : model_pick(is->between + 1); n > 0; n--) {
        wait_for(model_pick(120));
        model_change_any();
    }
}

static void one_run(const struct scenario *is, int64_t backup)
{
    struct history_run run = {0};
    before_a_run(is, &run, backup);
    run.full = one_of_16(is->fulls);
    run.date = one_of_16(is->narrowed) ? 1 + model_pick(30) : 0;
    run.since = one_of_16(is->asked) ? 1 + model_pick(40) : 0;
    run.rescope = one_of_16(is->rescopes) ? 1 + model_pick(3) : 0;
    run.ticket = one_of_16(is->named) ? 1 + model_pick(model.slot_count) : 0;
    run.mapping = one_of_16(is->mappings) ? model_pick(3) : 0;
    run.kill_after = one_of_16(is->kills) ? 1 + model_pick(80) : 0;
    run.deadline_ms = one_of_16(is->deadlines) ? model.pace_ms * (1 + model_pick(15)) : 0;
    model.events = model_pick(is->during + 1);
    history_go(&run);
    model.events = 0;
    wait_for(60 * (1 + model_pick(is->minutes)));
}

/* Returns the promise that is broken, or NULL. */
static const char *simulate(const struct scenario *is, bool traced)
{
    history_reset(is->seed);
    model.trace = traced;
    history.per_page = is->per_page;
    history.connections = is->connections;
    history.full_every_s = (int64_t)is->full_every * HOUR_S;
    history.at_once = is->at_once;
    history.date = is->date;
    history.max_deletes = is->max_deletes;
    history.tickets = is->closed ? SCOPE_CLOSED : SCOPE_ALL;
    history.date_of = is->resolved ? SCOPE_RESOLVED_AT : SCOPE_CREATED_AT;
    model.closes = is->closes != 0;
    model.head_rows = is->head_rows;
    model.burst = is->burst;
    model.cache = is->cache == 0 ? CACHE_NONE : is->cache == 3 ? CACHE_PARAMETERS : CACHE_ADDRESS;
    model.cache_tells = is->cache > 1;
    model.cache_s = DAY_S / 2;
    model.lag_s = (int64_t)is->lag * HOUR_S;
    model.cap = is->cap;
    model.no_totals = is->no_totals != 0;
    model.failures = is->failures;
    model.unlists = is->unlists != 0;
    model.calls = is->calls != 0;
    model.log = is->log == 0 ? LOG_REFUSED : is->log == 1 ? LOG_TRUE : LOG_WRONG;
    model_fill(is->tickets, true);
    for (int i = 0; i < is->poison; i++)
        model.slots[model_pick(model.slot_count)].poison = true;
    int64_t backup = model.moment;
    for (int run = 0; run < is->runs && !model.broken; run++) {
        int64_t before = model.moment;
        one_run(is, backup);
        backup = model_pick(2) ? before : backup;
    }
    if (!model.broken)
        history_recover(is->short_end ? SHORTEST_RUN + is->short_end : 0);
    model.trace = false;
    return model.broken;
}

static struct scenario scenario_of(int64_t seed)
{
    model_reset(seed * 7919 + 1);
    struct scenario s = {.seed = seed,
                         .tickets = 1 + model_pick(model_pick(3) ? 30 : 120),
                         .runs = 1 + model_pick(6),
                         .between = model_pick(12),
                         .during = model_pick(3) ? 0 : model_pick(12),
                         .burst = 1 + model_pick(model_pick(4) ? 2 : 25),
                         .per_page = 1 + model_pick(30),
                         .connections = 1 + model_pick(4),
                         .head_rows = 1 + model_pick(12),
                         .minutes = model_pick(2) ? 30 : 60 * (1 + model_pick(36)),
                         .full_every = 1 + model_pick(48),
                         .kills = model_pick(2) ? 0 : model_pick(9),
                         .deadlines = model_pick(2) ? 0 : model_pick(9),
                         .narrowed = model_pick(4) ? 0 : model_pick(9),
                         .asked = model_pick(4) ? 0 : model_pick(9),
                         .date = model_pick(3) ? 0 : 1 + model_pick(25),
                         .named = model_pick(4) ? 0 : model_pick(5),
                         .fulls = model_pick(2) ? 0 : model_pick(6),
                         .mappings = model_pick(4) ? 0 : model_pick(5)};
    if (model_pick(2)) {
        s.closes = 1;
        s.closed = model_pick(2);
        s.resolved = model_pick(2);
        s.rescopes = model_pick(2) ? 0 : model_pick(9);
    }
    /* One or two kinds of trouble at a time. */
    for (int kinds = model_pick(3); kinds > 0; kinds--) {
        int much = 1 + model_pick(8);
        int *const troubles[] = {&s.site_jumps, &s.machine_jumps, &s.restores, &s.losses,
                                 &s.replacements};
        int kind = model_pick(13);
        if (kind < 5)
            *troubles[kind] = much;
        else if (kind == 5)
            s.cache = 1 + model_pick(3);
        else if (kind == 6)
            s.lag = 1 + model_pick(48);
        else if (kind == 7)
            s.cap = 1 + model_pick(s.per_page);
        else if (kind == 8)
            s.no_totals = 1;
        else if (kind == 9)
            s.failures = much;
        else if (kind == 10)
            s.poison = 1 + model_pick(2);
        else if (kind == 11)
            s.unlists = 1;
        else
            s.short_end = much;
    }
    s.calls = model_pick(3) == 0;
    s.max_deletes = model_pick(3) ? 0 : 10 + model_pick(10);
    s.log = model_pick(3);
    s.at_once = model_pick(3) == 0;
    return s;
}

/* The fields that can be shrunk, and their least values. */
/* clang-format takes these for nested expressions. */
/* clang-format off */
#define FIELDS(X)                                                                                  \
    X(max_deletes, 0) X(log, 0) X(at_once, 0) X(lag, 0) X(cache, 0) X(cap, 0) X(no_totals, 0) X(failures, 0) X(poison, 0) X(short_end, 0)    \
    X(unlists, 0) X(calls, 0) X(site_jumps, 0) X(machine_jumps, 0) X(restores, 0) X(losses, 0)     \
    X(replacements, 0) X(kills, 0) X(deadlines, 0) X(narrowed, 0) X(asked, 0) X(date, 0)           \
    X(rescopes, 0) X(resolved, 0) X(closed, 0) X(closes, 0) X(named, 0) X(fulls, 0)                \
    X(mappings, 0) X(during, 0) X(runs, 0) X(between, 0) X(burst, 1) X(connections, 1)             \
    X(tickets, 1) X(per_page, 1) X(head_rows, 1) X(minutes, 1) X(full_every, 1)
/* clang-format on */

/* Makes the scenario smaller as long as the same promise breaks. */
static struct scenario shrink(struct scenario least, const char *broken)
{
    static const struct {
        size_t offset;
        int least;
    } fields[] = {
#define FIELD(name, at_least) {offsetof(struct scenario, name), at_least},
        FIELDS(FIELD)};
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
            const int value = *(int *)((char *)&least + fields[i].offset);
            const int tries[] = {fields[i].least, (value + fields[i].least) / 2, value - 1};
            for (size_t t = 0; t < 3; t++) {
                struct scenario smaller = least;
                *(int *)((char *)&smaller + fields[i].offset) = tries[t];
                if (tries[t] >= value || tries[t] < fields[i].least ||
                    simulate(&smaller, false) != broken)
                    continue;
                least = smaller;
                again = true;
                break;
            }
        }
    }
    return least;
}

static void print(const struct scenario *s)
{
    fprintf(stderr, "seed %lld:", (long long)s->seed);
#define PRINT(name, least)                                                                         \
    if (s->name != (least))                                                                        \
        fprintf(stderr, " %s=%d", #name, s->name);
    FIELDS(PRINT)
    fprintf(stderr, "\n");
}

static int64_t number_of(const char *name, int64_t otherwise)
{
    const char *text = getenv(name);
    return text && *text ? strtoll(text, NULL, 10) : otherwise;
}

static void show(struct scenario scenario, const char *broken)
{
    struct scenario least = shrink(scenario, broken);
    print(&least);
    simulate(&least, true);
}

static void test_random_histories(void **state)
{
    (void)state;
    int64_t seed = number_of("HISTORY_SEED", -1);
    int64_t count = number_of("HISTORY_RUNS", 10000);
    int64_t first = seed >= 0 ? seed : 1, last = seed >= 0 ? seed : count, failed = 0;
    bool survey = getenv("HISTORY_SURVEY") != NULL;
    for (int64_t i = first; i <= last; i++) {
        struct scenario scenario = scenario_of(i);
        const char *broken = simulate(&scenario, false);
        if (!broken)
            continue;
        failed++;
        if (survey) {
            scenario = shrink(scenario, broken);
            fprintf(stderr, "%s: ", broken);
            print(&scenario);
            continue;
        }
        show(scenario, broken);
        fail_msg("history %lld breaks: %s", (long long)i, broken);
    }
    assert_int_equal(failed, 0);
    printf("tried: %lld histories of runs\n", (long long)(last - first + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_resumed_walk_has_a_head_of_its_own),
        cmocka_unit_test(test_a_cache_that_ignores_what_is_asked),
        cmocka_unit_test(test_a_cache_that_tells_how_old_its_answers_are),
        cmocka_unit_test(test_a_replica_that_lags),
        cmocka_unit_test(test_pages_cut_and_no_totals),
        cmocka_unit_test(test_the_machine_clock_was_ahead),
        cmocka_unit_test(test_the_site_clock_was_ahead),
        cmocka_unit_test(test_rows_restored_away),
        cmocka_unit_test(test_the_site_restored_from_a_backup),
        cmocka_unit_test(test_the_site_restored_after_a_killed_run),
        cmocka_unit_test(test_another_site_is_accepted),
        cmocka_unit_test(test_hidden_from_the_list_but_shown_by_itself),
        cmocka_unit_test(test_a_deadline_that_allows_a_handful_of_requests),
        cmocka_unit_test(test_a_quiet_site_costs_two_pages),
        cmocka_unit_test(test_an_import_looks_up_what_pages_share),
        cmocka_unit_test(test_a_later_since_is_an_ordinary_run),
        cmocka_unit_test(test_an_earlier_since_reads_further_back),
        cmocka_unit_test(test_the_list_read_in_parts),
        cmocka_unit_test(test_random_histories),
    };
    cmocka_set_test_filter(getenv("HISTORY_TEST"));
    model.trace = getenv("HISTORY_TRACE") != NULL;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
