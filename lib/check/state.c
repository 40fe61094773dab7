/* state: what earlier runs left: the last run, the lease, rejects, and the tickets. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "check/findings.h"
#include "check/subjects.h"
#include "core/map.h"
#include "core/plan.h"
#include "store/lease.h"
#include "store/rejects.h"
#include "store/report.h"
#include "store/tickets.h"

static const char *cell(const struct report *runs, const char *column)
{
    const char *text = report_cell(runs, 0, column);
    return text ? text : "-";
}

/* Is a run active? */
static bool is_active(const struct check *c)
{
    struct error why = ERROR_INIT;
    return lease_look(c->db, c->config->site_key, c->config->lease_s, &why) < 0 &&
           why.code == ERR_BUSY;
}

static void judge_run(struct check *c, const struct report *runs)
{
    static const char name[] = "sync.last_run";
    const char *result = cell(runs, "last_sync_status"), *began = cell(runs, "last_sync_at");
    bool open = strcmp(result, "in_progress") == 0;
    if (open && !is_active(c))
        check_warn(c, name, "nothing to do: the next run goes on where it stopped",
                   "%s: the run was killed", began);
    else if (open || strcmp(result, "success") == 0)
        check_ok(c, name, "%s: %s", began, result);
    else
        check_warn(c, name, "the message says what to do; the other checks say what remains",
                   "%s: %s, exit code %s", began, result, cell(runs, "exit_code"));
    if (report_cell(runs, 0, "error_message"))
        check_detail(c, "%s", cell(runs, "error_message"));
}

static void check_last_run(struct check *c)
{
    struct error why = ERROR_INIT;
    struct report runs = {0};
    if (report_runs(&runs, c->db, c->config->site_key, 1, &why) < 0)
        check_warn_error(c, "sync.last_run", &why);
    else if (!runs.rows)
        check_ok(c, "sync.last_run", "none yet");
    else
        judge_run(c, &runs);
    report_release(&runs);
}

static void check_lease(struct check *c)
{
    static const char name[] = "sync.lease";
    struct error why = ERROR_INIT;
    if (lease_look(c->db, c->config->site_key, c->config->lease_s, &why) == 0)
        check_ok(c, name, "free");
    else
        check_fail_error(c, name, why.code == ERR_BUSY ? RANK_LEASE : RANK_DATABASE, &why);
}

static void check_rejects(struct check *c)
{
    static const char name[] = "sync.rejects";
    struct error why = ERROR_INIT;
    struct reject_counts counts;
    if (store_count_rejects(c->store, &counts, &why) < 0)
        check_fail_error(c, name, RANK_DATABASE, &why);
    else if (counts.waiting)
        check_fail(c, name, RANK_PARTIAL, ERR_PARTIAL,
                   "`fluent-sync rejects` lists them; --accept ID accepts one as known",
                   "%" PRId64 " waiting, %" PRId64 " accepted", counts.waiting,
                   counts.all - counts.waiting);
    else
        check_ok(c, name, "none waiting, %" PRId64 " accepted", counts.all);
}

/* The newest changes among the tickets that are closed without a date. */
static void list_undated(struct check *c)
{
    const struct map_rules rules = check_rules(c, NULL);
    const struct page *page = &c->head->page;
    for (size_t i = 0; i < page->count; i++) {
        struct row row = {0};
        struct error why = ERROR_INIT;
        if (map_identity(&rules, &page->tickets[i], &c->arena, &row, &why) == MAP_ROW &&
            row.undated)
            check_detail(c, "ticket %s", row.fluent_id);
    }
}

/* Closed tickets that do not count because nobody knows when they were closed. */
static void check_undated(struct check *c)
{
    static const char name[] = "sync.undated";
    struct error why = ERROR_INIT;
    int64_t undated;
    if (c->config->scope.date_of != SCOPE_RESOLVED_AT)
        return;
    if (report_undated(&undated, c->db, c->config->site_key, &why) < 0)
        check_fail_error(c, name, RANK_DATABASE, &why);
    else if (undated > 0)
        check_warn(c, name,
                   "open and close them with FluentSupport's own buttons, which set the date, or "
                   "use [scope] date_of = created_at",
                   "%" PRId64 " closed tickets were left out by the last full walk, because they "
                   "have no resolved_at",
                   undated);
    else
        check_ok(c, name, "%s",
                 undated ? "no full walk yet" : "every closed ticket has the date of its closing");
    if (undated > 0 && c->head && !c->head->error.code && c->zones.site)
        list_undated(c);
}

/* The fluent_ids of those newest tickets that the last run should have stored; NULL when memory ran
 * out. */
static const char **due_tickets(struct check *c, size_t *count)
{
    const struct page *page = &c->head->page;
    const struct map_rules rules = check_rules(c, NULL);
    const char **ids = arena_alloc(&c->arena, (page->count + 1) * sizeof *ids);
    *count = 0;
    for (size_t i = 0; ids && i < page->count; i++) {
        struct row row = {0};
        struct error why = ERROR_INIT;
        int64_t changed;
        if (map_identity(&rules, &page->tickets[i], &c->arena, &row, &why) == MAP_ROW &&
            row.in_scope && zone_parse(c->zones.site, page->tickets[i].updated_at, &changed) &&
            changed < c->state.watermark - PLAN_SKEW_S)
            ids[(*count)++] = arena_printf(&c->arena, "%s", row.fluent_id);
    }
    return c->arena.failed ? NULL : ids;
}

/* Are the newest changes that the state knows of in the tables? If not, somebody may have restored
 * the tables. */
static void check_mirror(struct check *c)
{
    static const char name[] = "sync.mirror";
    struct error why = ERROR_INIT;
    struct stored_list stored;
    struct reject_list rejects;
    size_t due = 0;
    if (!c->state.watermark || !c->head || c->head->error.code || !c->zones.site) {
        check_skip(c, name, c->state.watermark ? "not reached" : "no complete run yet");
        return;
    }
    const char **ids = due_tickets(c, &due);
    if (!ids)
        error_no_memory(c->error);
    else if (store_lookup(c->store, ids, due, &stored, &c->arena, &why) < 0 ||
             store_lookup_rejects(c->store, ids, due, &rejects, &c->arena, &why) < 0)
        check_fail_error(c, name, RANK_DATABASE, &why);
    else if (stored.count + rejects.count < due)
        check_warn(c, name, "a run with --full stores them",
                   "%zu of the %zu tickets that changed last before the last run are not in the "
                   "tables: were they restored from a backup?",
                   due - stored.count - rejects.count, due);
    else
        check_ok(c, name, "the tickets that changed last before the last run are stored");
}

void check_state(struct check *c)
{
    static const char *const names[] = {"sync.last_run", "sync.lease", "sync.rejects",
                                        "sync.mirror"};
    if (!c->store) {
        check_skip_stored(c, names, sizeof names / sizeof *names);
        return;
    }
    check_last_run(c);
    check_lease(c);
    check_rejects(c);
    check_undated(c);
    if (!check_ended(c))
        check_mirror(c);
}
