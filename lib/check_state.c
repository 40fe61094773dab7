/* check_state: what earlier runs left: the last run, the lease, rejects. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "check_private.h"
#include "lease.h"
#include "report.h"

static const char *cell(const struct report *runs, const char *column)
{
    const char *text = report_cell(runs, 0, column);
    return text ? text : "-";
}

/* Is somebody at it? */
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
        check_warn(c, name, "nothing: the next run goes on where it stopped", "%s: it was killed",
                   began);
    else if (open || strcmp(result, "success") == 0)
        check_ok(c, name, "%s: %s", began, result);
    else
        check_warn(c, name, "the message says what to do; the other checks, what is left of it",
                   "%s: %s, exit code %s", began, result, cell(runs, "exit_code"));
    if (report_cell(runs, 0, "error_message"))
        check_detail(c, "%s", cell(runs, "error_message"));
}

static void check_last_run(struct check *c)
{
    struct error why = ERROR_INIT;
    struct report runs = {0};
    if (report_runs(&runs, c->db, c->config->site_key, 1, &why) < 0)
        check_doubt(c, "sync.last_run", &why);
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
        check_fault(c, name, why.code == ERR_BUSY ? RANK_LEASE : RANK_DATABASE, &why);
}

static void check_rejects(struct check *c)
{
    static const char name[] = "sync.rejects";
    struct error why = ERROR_INIT;
    int64_t all, waiting;
    if (store_count_rejects(c->store, &all, &waiting, &why) < 0)
        check_fault(c, name, RANK_DATABASE, &why);
    else if (waiting)
        check_fail(c, name, RANK_PARTIAL, ERR_PARTIAL,
                   "`fluent-sync rejects` lists them; --accept ID once you know",
                   "%" PRId64 " waiting, %" PRId64 " accepted", waiting, all - waiting);
    else
        check_ok(c, name, "none waiting, %" PRId64 " accepted", all);
}

void check_state(struct check *c)
{
    static const char *const names[] = {"sync.last_run", "sync.lease", "sync.rejects"};
    for (size_t i = 0; !c->store && i < sizeof names / sizeof *names; i++)
        check_skip(c, names[i], c->db ? "the tables are not there yet" : "not reached");
    if (!c->store)
        return;
    check_last_run(c);
    check_lease(c);
    check_rejects(c);
}
