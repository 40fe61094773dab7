/* inbox: fetches the tickets that the site has called for. */
#include "run/inbox.h"

#include <inttypes.h>
#include <string.h>

#include "run/ask.h"
#include "run/deletion.h"
#include "run/head.h"
#include "run/settle.h"
#include "run/tickets.h"

enum {
    LOOK_MS = 5000,
    STEP_MS = 1000,
    PATIENCE_MS = 60 * 1000,
    CALLS_AT_ONCE = 500,
    DELETED_AT_ONCE = 50, /* so that a run which is out of time has come further */
};

/* Calls that are dealt with together. */
struct round {
    struct run *run;
    size_t count;
    struct inbox_call calls[CALLS_AT_ONCE];
    bool settled[CALLS_AT_ONCE];
    size_t deleted[DELETED_AT_ONCE], deleted_count; /* those that are still to be marked */
};

int inbox_open(struct run *run, struct error *error)
{
    struct run_inbox *in = &run->inbox;
    struct inbox_call calls[CALLS_AT_ONCE];
    size_t count;
    if (!in->waiting)
        return 0;
    if (store_read_calls(run->writer.store, run->writer.row.id, calls, CALLS_AT_ONCE, &count,
                         error) < 0)
        return -1;
    in->waiting = count > 0;
    in->early = arena_alloc(&run->arena, count * sizeof *calls);
    if (!in->early)
        return error_no_memory(error);
    memcpy(in->early, calls, count * sizeof *calls);
    in->early_count = count;
    return 0;
}

int inbox_look(struct run *run, struct error *error)
{
    struct run_inbox *in = &run->inbox;
    struct inbox_call call;
    size_t count;
    int64_t now = clock_monotonic_ms();
    if (!in->look_at)
        in->look_at = now + LOOK_MS;
    if (run->in.options->dry_run || in->waiting || now < in->look_at)
        return 0;
    if (page_writer_wait(&run->pages, error) < 0 ||
        store_read_calls(run->writer.store, run->writer.row.id, &call, 1, &count, error) < 0)
        return -1;
    in->look_at = clock_monotonic_ms() + LOOK_MS;
    in->waiting = count > 0;
    return 0;
}

bool inbox_has_time(struct run *run)
{
    struct run_inbox *in = &run->inbox;
    int64_t now = clock_monotonic_ms();
    if (!in->until)
        in->until = now + limits_left_ms(run->in.limits, 2 * PATIENCE_MS) / 2;
    return now < in->until;
}

/* Has an answer of this run, which came after the call, shown the ticket as it is? */
static bool was_seen(const struct run *run, const struct inbox_call *call)
{
    const struct run_inbox *in = &run->inbox;
    bool early = false;
    for (size_t i = 0; i < in->early_count && !early; i++)
        early = in->early[i].ticket == call->ticket && in->early[i].seq == call->seq;
    return early && run->outcome.compared && !site_stale(run->site).answers &&
           tally_has(&run->writer.tally, call->ticket);
}

static bool is_held_back(const struct writer *w, int64_t ticket)
{
    for (size_t i = 0; i < w->held_back.count; i++)
        if (w->held_back.rows[i].id == ticket)
            return true;
    return false;
}

static size_t count_open(const struct round *r)
{
    size_t open = 0;
    for (size_t i = 0; i < r->count; i++)
        open += !r->settled[i];
    return open;
}

/* One page of the newest changes explains most calls of a burst. For a single one it would be the
 * larger answer. */
static int take_head(struct round *r, struct error *error)
{
    struct run *run = r->run;
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *head = NULL;
    size_t open = count_open(r);
    if (open < 2)
        return 0;
    int64_t rows = open < PLAN_HEAD_ROWS
                       ? head_rows(PLAN_HEAD_ROWS, run->next.page_cap)
                       : head_most(run->in.config->per_page.begin, run->next.page_cap);
    if (ask_head(run->site, rows, &head, NULL, error) < 0)
        return -1;
    if (!head)
        return 0;
    struct page_origin origin = {.stale = head->stale};
    if (page_writer_store(&run->pages, &head->page, origin, error) < 0)
        return -1;
    if (!head->stale && settle_add(run, &head->page, error) < 0)
        return -1;
    for (size_t i = 0; i < r->count; i++)
        r->settled[i] |= !head->stale && page_ticket(&head->page, r->calls[i].ticket) &&
                         !is_held_back(&run->writer, r->calls[i].ticket);
    return 0;
}

/* Brings the table in line with what became of some of the calls. */
struct outcome {
    const struct round *round;
    size_t from, to;
};

static int write_settled(struct writer *w, void *context, struct error *error)
{
    const struct round *r = context;
    for (size_t i = 0; i < r->count; i++)
        if (r->settled[i] && store_settle_call(w->store, &r->calls[i], error) < 0)
            return -1;
    return 0;
}

static int write_outcome(struct writer *w, void *context, struct error *error)
{
    const struct outcome *o = context;
    const struct round *r = o->round;
    for (size_t i = o->from; i < o->to; i++)
        if ((r->settled[i] ? store_settle_call(w->store, &r->calls[i], error)
                           : store_keep_call(w->store, &r->calls[i], w->row.id, error)) < 0)
            return -1;
    return 0;
}

/* Each is written down by itself: a run that is out of time has come further then. */
static int write_down(struct round *r, size_t from, size_t to, struct error *error)
{
    struct outcome outcome = {r, from, to};
    return writer_transaction(&r->run->writer, write_outcome, &outcome, error);
}

/* How many are deleted is judged before any of them is marked. */
static int mark_deleted(struct round *r, struct error *error)
{
    struct run_inbox *in = &r->run->inbox;
    bool believed;
    if (r->deleted_count &&
        deletion_believe(&r->run->writer, (int64_t)r->deleted_count, &believed, error) < 0)
        return -1;
    for (size_t n = 0; n < r->deleted_count; n++) {
        size_t i = r->deleted[n];
        enum called called = CALLED_OPEN;
        if (believed && tickets_mark_called(r->run, r->calls[i].ticket, &called, error) < 0)
            return -1;
        r->settled[i] = called == CALLED_SETTLED;
        in->refused += !believed;
        in->unmarked += believed && called == CALLED_OPEN;
        if (write_down(r, i, i + 1, error) < 0)
            return -1;
    }
    r->deleted_count = 0;
    return 0;
}

static int take_one(struct round *r, size_t i, bool *available, struct error *error)
{
    enum called called;
    if (tickets_store_called(r->run, r->calls[i].ticket, &called, error) < 0)
        return -1;
    if (called == CALLED_DELETED) {
        r->deleted[r->deleted_count++] = i;
        return r->deleted_count == DELETED_AT_ONCE ? mark_deleted(r, error) : 0;
    }
    r->settled[i] = called == CALLED_SETTLED;
    *available = called != CALLED_UNAVAILABLE;
    return write_down(r, i, *available ? i + 1 : r->count, error);
}

/* The rest by id, until the site itself turns out to be at fault. */
static int take_rest(struct round *r, struct error *error)
{
    bool available = true;
    for (size_t i = 0; i < r->count && available; i++)
        if (!r->settled[i] && take_one(r, i, &available, error) < 0)
            return -1;
    return mark_deleted(r, error);
}

static int take_round(struct round *r, struct error *error)
{
    struct run *run = r->run;
    const struct writer *w = &run->writer;
    if (store_read_calls(w->store, w->row.id, r->calls, CALLS_AT_ONCE, &r->count, error) < 0)
        return -1;
    for (size_t i = 0; i < r->count; i++)
        r->settled[i] = was_seen(run, &r->calls[i]);
    if (take_head(r, error) < 0)
        return -1;
    if (count_open(r) < r->count && writer_transaction(&run->writer, write_settled, r, error) < 0)
        return -1;
    return take_rest(r, error);
}

static void report_round(const struct round *r)
{
    struct run *run = r->run;
    size_t open = count_open(r), refused = (size_t)run->inbox.refused;
    size_t told = refused + (size_t)run->inbox.unmarked;
    if (r->count)
        log_write(&run->in.log, LOG_INFO, "the site had called for %zu ticket%s: %zu settled",
                  r->count, r->count == 1 ? "" : "s", r->count - open);
    if (refused)
        run_mark_incomplete(run, "if that is intended, run once with --full --max-deletes 100%",
                            "%zu ticket%s that the site called for %s deleted on it, beyond what "
                            "max_deletes allows: %s not marked",
                            refused, refused == 1 ? "" : "s", refused == 1 ? "is" : "are",
                            refused == 1 ? "it was" : "they were");
    if (open > told)
        run_mark_incomplete(run, "the next run asks for them again",
                            "%zu ticket%s that the site called for could not be fetched",
                            open - told, open - told == 1 ? "" : "s");
}

int inbox_take(struct run *run, struct error *error)
{
    struct run_inbox *in = &run->inbox;
    struct round round = {.run = run};
    int64_t next = clock_monotonic_ms() + LOOK_MS;
    in->look_at = INT64_MAX; /* what is being dealt with waits no more */
    in->waiting = false;
    in->taken = true;
    in->refused = in->unmarked = 0;
    int done = take_round(&round, error);
    in->look_at = next;
    in->early_count = 0; /* a call that was settled may come again with the same seq */
    if (done < 0)
        return -1;
    report_round(&round);
    return 0;
}

/* The lease is renewed meanwhile. */
int inbox_await(struct run *run, struct error *error)
{
    for (;;) {
        int64_t left = run->inbox.look_at - clock_monotonic_ms();
        if (left <= 0)
            return 0;
        if (writer_heartbeat(&run->writer, error) < 0 ||
            limits_sleep_ms(run->in.limits, left < STEP_MS ? left : STEP_MS, error) < 0)
            return -1;
    }
}
