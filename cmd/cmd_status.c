/* cmd_status: the last run, the totals, the tickets by status; the monitoring check --max-age. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "command.h"
#include "csv.h"
#include "json.h"
#include "model/counters.h"
#include "page/page.h"
#include "store/report.h"
#include "table.h"

/* The exit codes of monitoring plugins. */
enum { PLUGIN_OK = 0, PLUGIN_CRITICAL = 2, PLUGIN_UNKNOWN = 3 };

/* The database's clock and this machine's agree within. */
enum { CLOCKS_APART_S = 60 };

static int64_t total_of(const struct report *breakdown)
{
    int64_t total = 0;
    for (size_t i = 0; i < breakdown->rows; i++) {
        const char *count = report_cell(breakdown, i, "count");
        total += count ? strtoll(count, NULL, 10) : 0;
    }
    return total;
}

static void print_json(const struct command *command, const struct report *runs,
                       const struct report *breakdown)
{
    struct json *json = json_new();
    json_row(json, "syncStatus", runs, 0);
    json_number(json, "totalTickets", total_of(breakdown));
    json_rows(json, "statusBreakdown", breakdown);
    if (command->args->limit > 0)
        json_rows(json, "history", runs);
    json_print(json, command->out);
}

static void print_line(const struct report *runs, const char *label, const char *column)
{
    const char *value = report_cell(runs, 0, column);
    if (value)
        table_value(stdout, label, value);
}

static void print_last(const struct report *runs)
{
    if (!runs->rows)
        return;
    print_line(runs, "last run", "last_sync_at");
    print_line(runs, "result", "last_sync_status");
    print_line(runs, "mode", "mode");
    for (size_t i = 0; i < COUNTERS; i++)
        if (counter_table[i].title)
            print_line(runs, counter_table[i].title, counter_table[i].column);
    print_line(runs, "duration (ms)", "sync_duration_ms");
    print_line(runs, "date filter", "date_filter");
    print_line(runs, "message", "error_message");
}

/* Below the sentence that the page begins with. */
static void print_text(const struct args *args, const char *sentence, const struct report *runs,
                       const struct report *breakdown)
{
    static const struct table_column by_status[] = {{"ticket_status", "TICKET STATUS", 30, 0},
                                                    {"count", "COUNT", 12, 0}};
    static const struct table_column history[] = {{"id", "RUN", 10, 0},
                                                  {"last_sync_at", "BEGAN", 24, 0},
                                                  {"last_sync_status", "RESULT", 11, 0},
                                                  {"mode", "MODE", 11, 0},
                                                  {"tickets_fetched", "FETCHED", 9, 0},
                                                  {"tickets_added", "ADDED", 9, 0},
                                                  {"tickets_updated", "UPDATED", 9, 0},
                                                  {"tickets_rejected", "REJECTED", 9, 0},
                                                  {"sync_duration_ms", "MS", 9, 0},
                                                  {"error_message", "MESSAGE", 0, 0}};
    printf("%s\n\n", sentence);
    print_last(runs);
    printf("tickets stored     %" PRId64 "\n\n", total_of(breakdown));
    table_print(stdout, breakdown, by_status, 2, table_line(stdout));
    if (args->limit > 0) {
        putchar('\n');
        table_print(stdout, runs, history, sizeof history / sizeof *history, table_line(stdout));
    }
}

/* Everything on one line. */
static void print_unknown(const struct error *error)
{
    char text[ERROR_TEXT_MAX];
    struct buf line;
    buf_init(&line, 1 << 16);
    error_text(error, text);
    table_text(&line, text, strlen(text));
    printf("UNKNOWN: %s\n", buf_text(&line));
    buf_release(&line);
}

static int check_age(const struct command *command, struct error *error)
{
    struct db *db = NULL;
    int64_t began = 0, now = clock_wall_ms() / 1000;
    int code = PLUGIN_UNKNOWN;
    if (command_open(command, &db, error) < 0 ||
        report_last_complete(&began, db, command->config->site_key, error) < 0)
        print_unknown(error);
    else if (!began)
        puts("UNKNOWN: no complete run yet");
    else {
        bool ahead = began > now + CLOCKS_APART_S; /* a clock is wrong */
        code = !ahead && now - began <= command->args->max_age ? PLUGIN_OK : PLUGIN_CRITICAL;
        printf("%s: the last complete run began %" PRId64 " s %s\n",
               code == PLUGIN_OK ? "OK" : "CRITICAL", ahead ? began - now : now - began,
               ahead ? "in the future: was a clock wrong?" : "ago");
    }
    db_close(db);
    error_clear(error); /* it has been printed */
    return code;
}

int cmd_status(const struct command *command, struct error *error)
{
    const struct args *args = command->args;
    struct db *db = NULL;
    struct report runs = {0}, breakdown = {0};
    char sentence[VERDICT_TEXT] = "";
    const char *key = command->config->site_key;
    if (args->max_age >= 0)
        return check_age(command, error);
    if (command_open(command, &db, error) == 0 &&
        report_runs(&runs, db, key, args->limit > 0 ? args->limit : 1, error) == 0 &&
        report_breakdown(&breakdown, db, key, error) == 0 &&
        (args->json || args->csv || page_verdict(db, command->config, sentence, error) == 0)) {
        if (args->json)
            print_json(command, &runs, &breakdown);
        else if (args->csv)
            csv_print(stdout, &runs);
        else
            print_text(args, sentence, &runs, &breakdown);
    }
    report_release(&runs);
    report_release(&breakdown);
    db_close(db);
    return command_end(command, error);
}
