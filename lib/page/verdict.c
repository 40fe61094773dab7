/* verdict: the states of a mirror, and the sentences that describe them. */
#include "page/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "page/words.h"

enum {
    INTERVALS_MAX = 200,
    INTERVALS_LEAST = 2,   /* fewer say nothing of what is usual */
    INTERVAL_LEAST_S = 60, /* no timer is faster: these were started by hand */
    STALE_INTERVALS = 3,
    STALE_LEAST_S = 600, /* a minute's timer may be late by minutes */
    DAY = 86400,
    FAIL_RUNS = 3, /* so many runs without the site are no accident */
};

/* Times in words */

struct times {
    const struct zone *zone;
    char now[ZONE_TEXT_SIZE], clock[WORDS_SIZE], other[WORDS_SIZE];
};

static char *clock_of(struct times *times, char words[WORDS_SIZE], int64_t instant)
{
    char wall[ZONE_TEXT_SIZE] = "";
    zone_wall(times->zone, instant, wall);
    return words_clock(words, wall, times->now);
}

/* Runs */

/* A run for single tickets proves nothing about the others, and one that only sends about none. */
static bool counts(const struct overview_run *run)
{
    return !run->mode || (strcmp(run->mode, "tickets") != 0 && strcmp(run->mode, "push") != 0);
}

bool verdict_alike(const struct overview_run *a, const struct overview_run *b)
{
    return a->result == b->result && a->exit_code == b->exit_code;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int64_t usual_interval(const struct verdict_facts *facts)
{
    int64_t pauses[INTERVALS_MAX];
    size_t n = 0;
    for (size_t i = 1; i < facts->run_count && n < INTERVALS_MAX; i++)
        pauses[n++] = facts->runs[i - 1].began - facts->runs[i].began;
    if (n < INTERVALS_LEAST)
        return 0;
    qsort(pauses, n, sizeof *pauses, by_number);
    return pauses[n / 2] >= INTERVAL_LEAST_S ? pauses[n / 2] : 0;
}

static const struct overview_run *newest(const struct verdict_facts *facts)
{
    for (size_t i = 0; i < facts->run_count; i++)
        if (counts(&facts->runs[i]))
            return &facts->runs[i];
    return NULL;
}

static const struct overview_run *newest_complete(const struct verdict_facts *facts)
{
    for (size_t i = 0; i < facts->run_count; i++)
        if (counts(&facts->runs[i]) && facts->runs[i].result == OVERVIEW_COMPLETE)
            return &facts->runs[i];
    return NULL;
}

/* The oldest of the runs that ended with the same exit code as `run`, without another between. */
static const struct overview_run *since(const struct verdict_facts *facts,
                                        const struct overview_run *run, size_t *runs)
{
    const struct overview_run *first = run;
    *runs = 0;
    for (size_t i = (size_t)(run - facts->runs); i < facts->run_count; i++) {
        const struct overview_run *r = &facts->runs[i];
        if (!counts(r))
            continue;
        if (!verdict_alike(r, run))
            break;
        first = r;
        ++*runs;
    }
    return first;
}

/* Sentences */

#define SAY(to, ...) snprintf((to), sizeof(to), __VA_ARGS__)
#define STEP(verdict, ...) SAY((verdict)->steps[(verdict)->step_count++], __VA_ARGS__)

static void say_never(struct verdict *v)
{
    v->tone = VERDICT_NONE;
    SAY(v->sentence, "No run yet.");
    SAY(v->explanation, "The tables are there, and empty. Two commands bring the first tickets:");
    STEP(v, "`fluent-sync check` examines configuration, site and database, and says what to do.");
    STEP(v, "`fluent-sync` is the first import.");
}

static void say_running(struct verdict *v, const struct verdict_facts *facts,
                        const struct overview_run *run, struct times *times)
{
    char read[WORDS_SIZE], total[WORDS_SIZE];
    bool walks = run->mode && strcmp(run->mode, "full") == 0;
    v->tone = VERDICT_BUSY;
    v->nothing_to_do = true;
    if (walks && facts->state.total > 0)
        SAY(v->sentence, "A run is at work: %s of about %s tickets read.",
            words_number(read, run->read), words_number(total, facts->state.total));
    else
        SAY(v->sentence, "A run is at work: %s read.", words_count(read, run->read, "ticket"));
    clock_of(times, times->clock, run->began);
    SAY(v->explanation, walks ? "It walks the whole list, and began at %s." : "It began at %s.",
        times->clock);
    if (v->complete) {
        size_t n = strlen(v->explanation);
        clock_of(times, times->clock, v->complete->began);
        snprintf(v->explanation + n, sizeof v->explanation - n,
                 " What is below is as of the run of %s.", times->clock);
    }
    SAY(v->to_do, "Look again in a minute.");
}

static void say_stale(struct verdict *v, const struct verdict_facts *facts,
                      const struct overview_run *run, struct times *times)
{
    char age[WORDS_SIZE], interval[WORDS_SIZE];
    int64_t silent = facts->now - run->began;
    v->stale = true;
    v->tone = silent > DAY ? VERDICT_FAIL : VERDICT_HEED;
    if (silent < 2 * 3600)
        words_count(age, silent / 60, "minute");
    else if (silent < 2 * DAY)
        words_count(age, silent / 3600, "hour");
    else
        words_count(age, silent / DAY, "day");
    SAY(v->sentence, "No run for %s.", age);
    clock_of(times, times->clock, run->began);
    SAY(v->explanation,
        "The last one, at %s, %s. Runs used to come every %s: whatever starts them has stopped.",
        times->clock, run->result == OVERVIEW_COMPLETE ? "went well" : "did not go well",
        words_age(interval, v->interval));
    SAY(v->to_do, "see `systemctl status fluent-sync.timer`, or the crontab; then run "
                  "`fluent-sync` by hand.");
}

static void say_complete(struct verdict *v, const struct verdict_facts *facts,
                         const struct overview_run *run, struct times *times)
{
    v->tone = VERDICT_WELL;
    v->current = v->nothing_to_do = true;
    SAY(v->sentence, "All is well: every ticket is here.");
    clock_of(times, times->clock, run->began);
    if (run->mode && strcmp(run->mode, "full") == 0)
        SAY(v->explanation, "The run of %s compared the whole list with the site's.", times->clock);
    else if (facts->state.last_full_walk)
        SAY(v->explanation,
            "The run of %s brought all that had changed on the site. Every part of the list was "
            "compared at %s or later.",
            times->clock, clock_of(times, times->other, facts->state.last_full_walk));
    else
        SAY(v->explanation, "The run of %s brought all that had changed on the site.",
            times->clock);
}

/* Changes for the site that failed or are held. */
static void say_stuck(struct verdict *v, int64_t stuck)
{
    char count[WORDS_SIZE];
    SAY(v->sentence, "%s for the site %s for a person.", words_count(count, stuck, "change"),
        stuck == 1 ? "waits" : "wait");
    SAY(v->explanation, "Until somebody has looked at %s, every run ends as partial (exit 3).",
        stuck == 1 ? "it" : "them");
    SAY(v->to_do,
        "`fluent-sync outbox` gives the reason, and `fluent-sync edits` both values. Then "
        "`fluent-sync outbox retry` or `cancel` with the row's number.");
}

/* Tickets and conversations that cannot be stored. */
static void say_rejects(struct verdict *v, const struct overview_reject_counts *rejects)
{
    char count[WORDS_SIZE], other[WORDS_SIZE];
    int64_t tickets = rejects->waiting - rejects->conversations;
    words_count(count, tickets, "ticket");
    words_count(other, rejects->conversations, "conversation");
    if (!rejects->conversations)
        SAY(v->sentence, "%s cannot be stored; all others are here.", count);
    else if (tickets)
        SAY(v->sentence, "%s and %s cannot be stored; all others are here.", count, other);
    else
        SAY(v->sentence, "%s cannot be stored; all tickets are here.", other);
    SAY(v->explanation,
        "Until somebody has looked at %s, every run ends as partial (exit 3). The "
        "others are up to date.",
        rejects->waiting == 1 ? "it" : "them");
    SAY(v->to_do,
        "`fluent-sync rejects` gives the reason. Mend the ticket on the site, or say that you know "
        "of it: `fluent-sync rejects --accept %.64s`",
        rejects->first ? rejects->first : "ID");
}

static void say_partial(struct verdict *v, const struct verdict_facts *facts)
{
    int64_t stuck = facts->outbox.states[OUTBOX_FAILED] + facts->outbox.states[OUTBOX_HELD];
    v->tone = VERDICT_HEED;
    v->current = true;
    if (facts->rejects.waiting) {
        say_rejects(v, &facts->rejects);
    } else if (stuck) {
        say_stuck(v, stuck);
    } else {
        SAY(v->sentence, "It could not be shown that every ticket is here.");
        SAY(v->explanation, "What the last run could not compare is in its own words below.");
        SAY(v->to_do, "what the last run said; mostly the next run mends it by itself.");
    }
}

static void say_as_of(struct verdict *v, struct times *times)
{
    if (v->complete)
        SAY(v->explanation, "What is below is as of %s. Nothing newer is known.",
            clock_of(times, times->other, v->complete->began));
    else
        SAY(v->explanation, "No run was complete yet.");
}

static void say_refused(struct verdict *v)
{
    v->tone = VERDICT_FAIL;
    STEP(v, "Read what the last run said: it names what the site refused.");
    STEP(v, "Run `fluent-sync check`, which examines the login, its rights and the address, until "
            "it finds nothing.");
    STEP(v, "The next run brings everything that was missed.");
}

static void say_failed(struct verdict *v, const struct verdict_facts *facts,
                       const struct overview_run *run, struct times *times)
{
    size_t runs;
    const struct overview_run *first = since(facts, run, &runs);
    bool often = runs > 1;
    clock_of(times, times->clock, often ? first->began : run->began);
    v->tone = VERDICT_FAIL;
    say_as_of(v, times);
    switch (run->exit_code) {
    case ERR_REFUSED:
        SAY(v->sentence,
            often ? "The site has refused access since %s." : "The site refused access at %s.",
            times->clock);
        say_refused(v);
        return;
    case ERR_UNAVAILABLE:
        SAY(v->sentence,
            often ? "The site has not answered since %s." : "The site did not answer at %s.",
            times->clock);
        v->tone = runs < FAIL_RUNS ? VERDICT_HEED : VERDICT_FAIL;
        break;
    case ERR_DEADLINE:
        SAY(v->sentence, "The run of %s ran out of time.",
            clock_of(times, times->clock, run->began));
        v->tone = runs < FAIL_RUNS ? VERDICT_HEED : VERDICT_FAIL;
        break;
    case ERR_DATABASE:
        SAY(v->sentence, "The run of %s could not use the database.",
            clock_of(times, times->clock, run->began));
        break;
    case ERR_SIGINT:
    case ERR_SIGTERM:
        SAY(v->sentence, "The run of %s was interrupted.",
            clock_of(times, times->clock, run->began));
        v->tone = VERDICT_HEED;
        break;
    default:
        SAY(v->sentence, "The run of %s failed.", clock_of(times, times->clock, run->began));
    }
    if (v->tone == VERDICT_HEED) {
        v->nothing_to_do = true;
        SAY(v->to_do, "The next run tries again.");
    } else
        SAY(v->to_do, "see what the last run said, then `fluent-sync check`.");
}

/* The row of a run that was killed says "in progress" until the next run. */
static void say_killed(struct verdict *v, const struct overview_run *run, struct times *times)
{
    v->tone = VERDICT_HEED;
    v->nothing_to_do = true;
    SAY(v->sentence, "The run of %s did not come to its end.",
        clock_of(times, times->clock, run->began));
    say_as_of(v, times);
    SAY(v->to_do, "The next run goes on where it stopped.");
}

static bool is_stale(const struct verdict *v, const struct verdict_facts *facts)
{
    int64_t patience = v->interval * STALE_INTERVALS, silent = facts->now - facts->runs[0].began;
    return v->interval > 0 && silent > (patience > STALE_LEAST_S ? patience : STALE_LEAST_S);
}

static void note_said(struct verdict *v, const struct verdict_facts *facts,
                      const struct overview_run *run)
{
    if (run->result == OVERVIEW_COMPLETE || run->result == OVERVIEW_RUNNING)
        return;
    v->said = run->message;
    v->said_code = run->exit_code;
    since(facts, run, &v->said_runs);
}

void verdict_judge(struct verdict *v, const struct verdict_facts *facts)
{
    struct times times = {.zone = facts->zone};
    const struct overview_run *run = newest(facts);
    *v = (struct verdict){
        .said_code = -1, .complete = newest_complete(facts), .interval = usual_interval(facts)};
    zone_wall(facts->zone, facts->now, times.now);
    if (!run) {
        say_never(v);
        return;
    }
    note_said(v, facts, run);
    if (run->result == OVERVIEW_RUNNING && facts->state.running)
        say_running(v, facts, run, &times);
    else if (is_stale(v, facts))
        say_stale(v, facts, run, &times);
    else if (run->result == OVERVIEW_RUNNING)
        say_killed(v, run, &times);
    else if (run->result == OVERVIEW_COMPLETE)
        say_complete(v, facts, run, &times);
    else if (run->result == OVERVIEW_PARTIAL)
        say_partial(v, facts);
    else
        say_failed(v, facts, run, &times);
}
