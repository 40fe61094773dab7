/* push: what people changed in the dashboard goes to the site. */
#include "run/push.h"

#include <inttypes.h>

#include "run/pushing.h"

/* A copy of a database would send what the original sends. */
static bool is_copy(struct pushing *p)
{
    const struct push_state *s = &p->state;
    if (!s->place_before || p->run->in.options->accept_database ||
        strcmp(s->place_before, s->place_now) == 0)
        return false;
    run_mark_incomplete(p->run,
                        "if this is not a copy, run once `fluent-sync push --accept-database`",
                        "nothing is sent to the site, as this database is another one than that of "
                        "the last push: %s, before %s",
                        s->place_now, s->place_before);
    return true;
}

/* Rows that may not be sent at all, or that nobody can have sent. */
static int refuse_rows(struct pushing *p, struct error *error)
{
    char why[PUSH_WHY_SIZE];
    for (size_t i = 0; i < p->rows.count; i++) {
        struct outbox_row *row = &p->rows.rows[i];
        bool open = row->state == OUTBOX_PENDING || row->state == OUTBOX_SENDING;
        if (open && push_row_refused(row, p->options, p->state.now, why) &&
            pushing_fail(p, row, why, error) < 0)
            return -1;
    }
    return 0;
}

/* More than anybody expects is rather a mistake. */
static void judge_count(struct pushing *p)
{
    const int64_t *given = p->run->in.options->push_max;
    int64_t max = given ? *given : p->options->max, count = push_count(p->rows.rows, p->rows.count);
    p->may_send = count <= max;
    p->spare = max - count;
    if (!p->may_send)
        run_mark_incomplete(p->run, "see `fluent-sync outbox`, then `fluent-sync push --max N`",
                            "%" PRId64 " changes wait, and a run sends %" PRId64
                            " at most: none was sent",
                            count, max);
}

/* The rows of a ticket, from `from` on, in their order. */
static int take_ticket(struct pushing *p, size_t from, size_t to, struct error *error)
{
    bool settled = true;
    for (size_t i = from; i < to && settled && !p->over; i++) {
        struct outbox_row *row = &p->rows.rows[i];
        bool due = row->state == OUTBOX_SENDING || (row->state == OUTBOX_PENDING && p->may_send);
        if (!due) {
            settled = !push_row_blocks(row);
            continue;
        }
        if (limits_check(p->run->in.limits, error) < 0 ||
            pushing_take_row(p, row, &settled, error) < 0)
            return -1;
    }
    return 0;
}

static int take_rows(struct pushing *p, struct error *error)
{
    const struct outbox_list *all = &p->rows;
    for (size_t from = 0, to; from < all->count && !p->over; from = to) {
        for (to = from; to < all->count && all->rows[to].ticket == all->rows[from].ticket;)
            to++;
        if (take_ticket(p, from, to, error) < 0)
            return -1;
    }
    return 0;
}

static void judge_looks(const struct pushing *p)
{
    if (p->outdated)
        run_mark_incomplete(p->run,
                            "what is stored stays; look for a cache or a replica that lags behind",
                            "changes wait, as the site showed an older state of a ticket than is "
                            "stored (ticket %" PRId64 ")",
                            p->outdated);
}

/* What waits for a person, and what cannot be told. */
static int judge_end(struct pushing *p, struct error *error)
{
    struct outbox_counts counts;
    struct run *run = p->run;
    judge_looks(p);
    if (store_count_outbox(run->writer.store, &counts, error) < 0)
        return -1;
    int64_t failed = counts.states[OUTBOX_FAILED] + counts.states[OUTBOX_HELD];
    run->writer.row.counts.push_failed = failed;
    if (failed)
        run_mark_incomplete(run, "`fluent-sync outbox` says why",
                            "%" PRId64 " change%s for the site %s for a person", failed,
                            failed == 1 ? "" : "s", failed == 1 ? "waits" : "wait");
    int64_t sending = counts.states[OUTBOX_SENDING];
    if (counts.oldest_sending_s > PUSH_UNKNOWN_S)
        run_mark_incomplete(run, "`fluent-sync outbox` shows them; look at the tickets",
                            "%" PRId64 " change%s sent%s more than an hour ago, or the database's "
                            "clock was set since, and whether %s arrived is still not known",
                            sending, sending == 1 ? " was" : "s were",
                            sending == 1 ? "" : ", the first", sending == 1 ? "it" : "they");
    return 0;
}

static int push_rows(struct pushing *p, struct error *error)
{
    struct store *store = p->run->writer.store;
    bool dry = p->run->in.options->dry_run;
    if (store_read_push_state(store, &p->state, &p->arena, error) < 0)
        return -1;
    if (is_copy(p))
        return 0;
    if (dry && store_read_outbox(store, OUTBOX_OPEN, &p->rows, &p->arena, error) < 0)
        return -1;
    if (pushing_queue_edits(p, error) < 0 ||
        (!dry && store_read_outbox(store, OUTBOX_OPEN, &p->rows, &p->arena, error) < 0) ||
        store_marker_returned(store, &p->returns_markers, error) < 0 || refuse_rows(p, error) < 0)
        return -1;
    judge_count(p);
    return take_rows(p, error);
}

int push_changes(struct run *run, struct error *error)
{
    struct pushing p = {.run = run, .options = &run->in.config->push};
    if (!push_is_on(p.options) || run->in.options->tickets)
        return 0;
    int done = push_rows(&p, error);
    if (done == 0 && !run->in.options->dry_run)
        done = judge_end(&p, error);
    arena_release(&p.arena);
    return done;
}
