/* watch: the metrics, the page, the health check, and the log's last line. */
#include "watch.h"

#include <inttypes.h>

#include "app/healthcheck.h"
#include "metrics.h"

enum { METRICS_MAX = 64 * 1024, LAST_MS = 100 /* left for what follows a ping */ };

/* Only runs over all tickets that write are watched. */
static bool is_watched(const struct args *args)
{
    return !args->dry_run && !args->tickets;
}

/* What only sends says nothing of the mirror: its success must not hide that no run brings tickets.
 */
static bool is_pull(const struct args *args)
{
    return is_watched(args) && args->command != CMD_PUSH;
}

/* If the database cannot be reached, the last success is the one that was known before. */
static struct report_gauges ask_gauges(const struct command *command, const struct error *error)
{
    const struct config *config = command->config;
    struct report_gauges gauges = REPORT_NO_GAUGES;
    struct error why = ERROR_INIT;
    struct db *db = NULL;
    if (error->code == ERR_DATABASE || command_open(command, &db, &why) < 0 ||
        report_gauges(&gauges, db, config->site_key, &why) < 0) {
        gauges = REPORT_NO_GAUGES;
        gauges.last_success = metrics_last_success(config->metrics_textfile, config->site_key);
    }
    db_close(db);
    return gauges;
}

/* The run does not fail because its numbers cannot be written, but says so, even with --quiet:
 * whoever reads them would go on looking at old ones. */
static void write_metrics(const struct command *command, const struct sync_report *report,
                          const struct error *error)
{
    const struct config *config = command->config;
    struct error why = ERROR_INIT;
    struct buf text;
    struct metrics metrics = {.site = config->site_key,
                              .version = FLUENT_SYNC_VERSION,
                              .ended = clock_wall_ms() / 1000,
                              .exit_code = (int)error->code,
                              .run = &report->run,
                              .gauges = ask_gauges(command, error)};
    buf_init(&text, METRICS_MAX);
    if (metrics_print(&text, &metrics) < 0)
        error_no_memory(&why);
    else
        metrics_write(config->metrics_textfile, buf_text(&text), &why);
    if (why.code != ERR_NONE)
        log_advise(command->log, LOG_ERROR, why.advice, "[metrics] textfile: %s", why.message);
    buf_release(&text);
}

/* A run that could not use the database, or had to end, leaves the page as it is. */
static void write_page(const struct command *command, const struct error *error)
{
    struct error why = ERROR_INIT;
    bool over =
        error->code == ERR_DEADLINE || error->code == ERR_SIGINT || error->code == ERR_SIGTERM;
    if (over || error->code == ERR_DATABASE)
        return;
    if (report_to_file(command, command->config->report_file, &why) < 0)
        log_advise(command->log, LOG_ERROR, why.advice, "[report] file: %s", why.message);
}

static void log_end(const struct log *log, const struct run_row *run, int exit_code)
{
    enum { OTHERS = 2 };
    struct log_field fields[OTHERS + COUNTERS] = {{"exit_code", exit_code},
                                                  {"duration_ms", run->duration_ms}};
    for (size_t i = 0; i < COUNTERS; i++)
        fields[OTHERS + i] = (struct log_field){counter_table[i].column,
                                                counter_value(&counter_table[i], &run->counts)};
    log_fields(log, LOG_INFO, fields, OTHERS + COUNTERS,
               "the run ended with exit code %d after %" PRId64 " ms", exit_code, run->duration_ms);
}

static void ping(const struct command *command, int exit_code, const struct limits *limits)
{
    const struct healthcheck check = {.url = command->config->healthcheck_url,
                                      .proxy = command->config->site.proxy,
                                      .user_agent = "fluent-sync/" FLUENT_SYNC_VERSION};
    healthcheck_ping(&check, exit_code, limits, command->log);
}

void watch_begin(const struct command *command)
{
    if (is_pull(command->args))
        ping(command, HEALTHCHECK_START, command->limits);
}

void watch_end(const struct command *command, const struct sync_report *report,
               const struct error *error)
{
    log_end(command->log, &report->run, (int)error->code);
    if (!is_watched(command->args) || error->code == ERR_BUSY)
        return;
    if (command->config->metrics_textfile && is_pull(command->args))
        write_metrics(command, report, error);
    if (command->config->report_file)
        write_page(command, error);
    if (!is_pull(command->args))
        return;
    struct limits limits = *command->limits;
    int64_t left = watchdog_left_ms(command->watchdog);
    if (left != INT64_MAX) /* it ended because of them */
        limits = (struct limits){.deadline_ms = clock_monotonic_ms() + left - LAST_MS};
    ping(command, (int)error->code, &limits);
}
