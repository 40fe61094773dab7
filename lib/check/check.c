/* check: examines one subject after the other, and reports. */
#include "check/check.h"

#include "check/context.h"
#include "check/findings.h"
#include "check/subjects.h"

int check_run(const struct config *config, const struct check_options *options,
              const struct limits *limits, const struct log *log, struct check_report *report,
              struct error *error)
{
    static void (*const subjects[])(struct check *) = {
        check_config,   check_open_database, check_open_site, check_net,     check_site,
        check_tickets,  check_speed,         check_cache,     check_output,  check_database,
        check_requests, check_state,         check_push,      check_metrics,
    };
    struct check c = {.config = config,
                      .options = options,
                      .limits = limits,
                      .log = log,
                      .report = report,
                      .error = error};
    check_report_init(report);
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects && !check_ended(&c); i++) {
        if (limits_check(limits, error) == 0)
            subjects[i](&c);
        if (report->arena.failed || c.arena.failed)
            error_no_memory(error);
    }
    check_close(&c);
    return error->code == ERR_NONE ? 0 : -1;
}

void check_unconfigured(struct check_report *report, const struct error *why)
{
    struct error none = ERROR_INIT;
    struct check c = {.report = report, .error = &none};
    check_report_init(report);
    check_fail(&c, "config.values", RANK_CONFIG, why->code,
               "correct the configuration; nothing was contacted", "cannot be used");
    check_detail(&c, "%s", why->message);
}
