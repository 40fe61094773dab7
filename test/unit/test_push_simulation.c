/*
 * test_push_simulation: random histories of two sides: agents change tickets, people change
 * requests and fill the outbox, also while a request is under way; pulls and pushes, which are
 * killed at any step; answers that are lost, late, refused, stale, or lie; backups of the database
 * put back; other configurations in between. lib/run/push*.c and the merge decide; what is
 * simulated is in test/support/sides.c.
 *
 * PUSH_RUNS=N  how many histories (3,000). History i is made from seed i.
 * PUSH_SEED=N  that one alone, with a trace.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/push.h"
#include "sides.h"

enum { RUNS = 3000, MINUTE_MS = 60 * 1000, DAY_MS = 24 * 3600 * 1000 };

static char medium[] = "MEDIUM", high[] = "HIGH", normal[] = "normal", critical[] = "critical";
static struct mapping_pair CHOICES[] = {{.key = medium, .value = normal},
                                        {.key = high, .value = critical}};

static void choose(bool chosen)
{
    sides.push.priority = (struct mapping_pairs){CHOICES, chosen ? 2 : 0};
}

static void reconfigure(void)
{
    bool mapping = sides_pick(4) == 0;
    sides.push.conflicts = (enum push_conflicts)sides_pick(3);
    sides.push.fields = sides_pick(6) ? 1u << OUTBOX_PRIORITY : 0;
    choose(sides_pick(4));
    sides.mapping ^= mapping;
    sides_configure();
    sides_trace("  configured: conflicts %d, fields %u, mapping %d\n", (int)sides.push.conflicts,
                sides.push.fields, sides.mapping);
    if (mapping) /* which is a full walk */
        sides_pull();
}

static void back_up_or_restore(void)
{
    if (!sides.has_backup) {
        sides.backup = sides.tables;
        memcpy(sides.truth_backup, sides.truth, sizeof sides.truth);
        sides.has_backup = true;
        return;
    }
    /* Nobody could know of a request that is under way and is not on record any more. */
    sides.now_ms += (int64_t)PUSH_ARRIVES_S * 1000;
    sides_arrive();
    sides_trace("  the database is restored\n");
    sides.restored++;
    sides.tables = sides.backup;
    memcpy(sides.truth, sides.truth_backup, sizeof sides.truth);
    sides.has_backup = false;
    sides_pull();
}

static void wait_a_while(void)
{
    static const int64_t whiles[] = {1000, MINUTE_MS, 5 * MINUTE_MS, 20 * MINUTE_MS, DAY_MS};
    sides.now_ms += whiles[sides_pick(5)];
    sides_arrive();
    if (sides_pick(10) == 0)
        sides.site_shift_s += sides_pick(7200) - 3600;
}

static void happen(void)
{
    switch (sides_pick(14)) {
    case 0:
    case 1:
    case 2:
    case 3:
        sides_any();
        break;
    case 4:
    case 5:
        sides_pull();
        break;
    case 6:
    case 7:
    case 8:
        sides.events = sides_pick(4);
        sides_push(sides_pick(2) ? 0 : 1 + sides_pick(60));
        break;
    case 9:
    case 10:
        wait_a_while();
        break;
    case 11:
        memcpy(sides.stale, sides.tickets, sizeof sides.stale);
        break;
    case 12:
        if (sides_pick(2))
            reconfigure();
        break;
    default:
        if (sides_pick(3) == 0)
            back_up_or_restore();
    }
}

/* All is sound, and nobody does anything any more. */
static void settle(bool resolves)
{
    sides.sound = true;
    sides.events = 0;
    sides.site_shift_s = 0;
    for (int t = 0; t < SIDES_TICKETS; t++) {
        sides.tickets[t].hidden = sides.tables.rows[t].removed = false;
        sides.tables.rows[t].updated_at = sides.now_ms / 1000;
    }
    if (resolves) {
        sides.push.conflicts = sides_pick(2) ? PUSH_SITE : PUSH_DASHBOARD;
        sides.push.fields = 1u << OUTBOX_PRIORITY;
        choose(true);
        sides_configure();
        for (int i = 0; i < sides.tables.outbox_count; i++)
            if (sides.tables.outbox[i].state == OUTBOX_FAILED)
                sides.tables.outbox[i].state = OUTBOX_PENDING;
    }
    for (int i = 0; i < 6; i++) {
        sides.now_ms += 2 * 60 * MINUTE_MS; /* beyond every jump of the site's clock */
        sides_pull();
        sides_push(0);
    }
    sides_pull();
}

/* Does a person have to say what becomes of this ticket, or did one? */
static bool waits(int t)
{
    for (int i = 0; i < sides.tables.outbox_count; i++) {
        const struct outbox_row *row = &sides.tables.outbox[i];
        if (row->ticket == t + 1 &&
            (row->state == OUTBOX_FAILED || row->state == OUTBOX_HELD ||
             (row->edit && row->state == OUTBOX_CANCELLED &&
              strcmp(sides.tables.values[i][1], sides.tables.rows[t].urgency) == 0)))
            return true;
    }
    return false;
}

static void check_rows(void)
{
    for (int i = 0; i < sides.tables.outbox_count; i++) {
        struct outbox_row row = sides.tables.outbox[i];
        char marker[PUSH_MARKER_SIZE];
        row.content = sides.tables.contents[i];
        if (row.state == OUTBOX_SENDING)
            sides_broken("what was sent is settled at rest");
        if (row.state == OUTBOX_PENDING && !waits((int)row.ticket - 1))
            sides_broken("what waits is sent at rest");
        if (row.action != OUTBOX_REPLY && row.action != OUTBOX_NOTE)
            continue;
        push_marker(&row, marker);
        if (row.state == OUTBOX_DONE && sides_entries(marker) != 1)
            sides_broken("each reply that is done stands on the site once");
    }
}

static void check_rest(bool resolves)
{
    check_rows();
    for (int t = 0; t < SIDES_TICKETS; t++) {
        const char *theirs = sides_urgency(sides.tickets[t].priority);
        bool agree = strcmp(sides.tables.rows[t].urgency, theirs) == 0;
        if (!agree && !waits(t) && sides.push.fields) {
            sides_trace("  %d: %s here, %s there\n", t + 1, sides.tables.rows[t].urgency, theirs);
            sides_broken("both sides agree at rest");
        }
        for (int i = 0; resolves && i < sides.tables.outbox_count; i++)
            if (sides.tables.outbox[i].ticket == t + 1 &&
                sides.tables.outbox[i].state == OUTBOX_HELD &&
                !strstr(sides.tables.rows[t].base, "@#"))
                sides_broken("a held edit goes on when the configuration says who wins");
    }
}

static void play(int64_t seed)
{
    sides_reset(seed);
    sides.push = (struct push_options){.fields = 1u << OUTBOX_PRIORITY,
                                       .actions = ~0u,
                                       .max = 1000,
                                       .expire_s = 7 * 86400,
                                       .conflicts = (enum push_conflicts)sides_pick(3)};
    sides.names_ids = sides_pick(5) > 0;
    choose(true);
    sides_configure();
    memset(sides.truth, 0, sizeof sides.truth);
    sides_pull();
    for (int i = 10 + sides_pick(50); i > 0 && !sides.broken; i--)
        happen();
    bool resolves = sides_pick(2);
    if (!sides.broken)
        settle(resolves);
    if (!sides.broken)
        check_rest(resolves);
}

static int64_t number(const char *name, int64_t fallback)
{
    const char *text = getenv(name);
    return text ? strtoll(text, NULL, 10) : fallback;
}

static void test_histories(void **state)
{
    (void)state;
    int64_t only = number("PUSH_SEED", -1), runs = number("PUSH_RUNS", RUNS);
    int64_t sent = 0, kills = 0, lost = 0, held = 0, again = 0, restored = 0;
    sides.trace = only >= 0;
    for (int64_t seed = only >= 0 ? only : 0; seed < (only >= 0 ? only + 1 : runs); seed++) {
        play(seed);
        if (sides.broken)
            fail_msg("history %lld: %s", (long long)seed, sides.broken);
        sent += sides.sent;
        kills += sides.kills;
        lost += sides.lost;
        held += sides.held;
        again += sides.again;
        restored += sides.restored;
    }
    print_message("%lld histories: %lld requests (%lld without an answer), %lld kills, %lld held "
                  "conflicts, %lld found not to have arrived, %lld databases restored\n",
                  (long long)runs, (long long)sent, (long long)lost, (long long)kills,
                  (long long)held, (long long)again, (long long)restored);
    if (only < 0)
        assert_true(sent && kills && lost && held && again && restored);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_histories)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
