/* parts: when which part of the list was read, and which part is next. */
#include "run/parts.h"

#include <stdlib.h>

#include "store/list_proofs.h"

int64_t parts_page_rows(const struct run *run)
{
    int64_t cap = run->next.page_cap, rows = run->in.config->per_page.begin;
    return cap && cap < rows ? cap : rows;
}

int parts_plan(const struct run *run, int64_t now, struct rolling_plan *plan, struct error *error)
{
    const struct rolling_facts facts = {.now = now,
                                        .full_every_s = run->in.config->full_every.seconds,
                                        .runs = run->rolling.runs,
                                        .run_count = run->rolling.run_count,
                                        .record = &run->record.ids,
                                        .per_page = parts_page_rows(run)};
    return rolling_plan(&run->rolling.now, &facts, plan) < 0 ? error_no_memory(error) : 0;
}

static int copy(struct rolling *to, const struct rolling *from, int64_t walked)
{
    for (size_t i = 0; i < from->count; i++)
        if (rolling_load(to, from->proofs[i].low, from->proofs[i].at) < 0)
            return -1;
    return from->count ? 0 : rolling_load(to, WALK_MIN, walked);
}

/* Is all of the list to be read? A walk does that better: it may take several runs. */
static int judge_all(struct run *run, struct error *error)
{
    struct run_rolling *r = &run->rolling;
    struct rolling_plan plan;
    if (store_run_begins(run->writer.store, run->writer.row.id, r->runs, ROLLING_GAPS,
                         &r->run_count, error) < 0 ||
        parts_plan(run, clock_wall_ms() / 1000, &plan, error) < 0)
        return -1;
    r->all_due = plan.pages > 0 && plan.kept_count == 0;
    free(plan.kept);
    return 0;
}

int parts_open(struct run *run, struct error *error)
{
    struct run_rolling *r = &run->rolling;
    const struct config *c = run->in.config;
    int64_t walked = run->before.last_full_walk;
    if (store_read_proofs(run->writer.store, &r->before, error) < 0)
        return -1;
    if (copy(&r->now, &r->before, walked) < 0)
        return error_no_memory(error);
    r->is_on =
        c->full_every.seconds > 0 && !c->full_every.at_once && run->record.is_whole && walked;
    return r->is_on ? judge_all(run, error) : 0;
}

int parts_after_walk(struct run *run, struct error *error)
{
    struct run_rolling *r = &run->rolling;
    r->holds = true;
    return rolling_prove(&r->now, WALK_MIN, WALK_MAX, run->next.last_full_walk) < 0
               ? error_no_memory(error)
               : 0;
}
