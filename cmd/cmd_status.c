/* cmd_status: the last run, the totals, the tickets by status; the monitoring check --max-age. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/edits.h"
#include "base/clock.h"
#include "base/zone.h"
#include "command.h"
#include "csv.h"
#include "json.h"
#include "status_text.h"
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
                       const struct report *breakdown, const struct report_gauges *gauges)
{
    char iso[25];
    bool called = gauges->oldest_call > 0 && zone_iso(gauges->oldest_call, iso);
    struct json *json = json_new();
    json_row(json, "syncStatus", runs, 0);
    json_number(json, "totalTickets", total_of(breakdown));
    json_number(json, "ticketsLeftScope", gauges->tickets_left);
    json_number(json, "callsWaiting", gauges->calls_waiting);
    json_text(json, "oldestCall", called ? iso : NULL);
    json_number(json, "conversationsBehind", gauges->conversations_behind);
    json_number(json, "changesWaiting", gauges->changes_waiting);
    json_number(json, "changesSending", gauges->changes_sending);
    json_number(json, "changesFailed", gauges->changes_failed);
    json_number(json, "changesHeld", gauges->changes_held);
    json_rows(json, "statusBreakdown", breakdown);
    if (command->args->limit > 0)
        json_rows(json, "history", runs);
    json_print(json, command->out);
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

static int print_text(const struct command *command, struct db *db, struct status_text *text,
                      struct error *error)
{
    const struct config *config = command->config;
    struct page_summary summary;
    int done = page_summarize(&summary, db, config, error);
    if (done == 0)
        done = report_last_complete(&text->complete, db, config->site_key, error);
    if (done == 0)
        done = edits_count(&text->edits, db, config, error);
    text->summary = &summary;
    if (done == 0)
        status_print(text);
    text->summary = NULL;
    page_summary_release(&summary);
    return done;
}

int cmd_status(const struct command *command, struct error *error)
{
    const struct args *args = command->args;
    struct db *db = NULL;
    struct report runs = {0}, breakdown = {0};
    struct report_gauges gauges;
    struct status_text text = {.runs = &runs, .breakdown = &breakdown, .history = args->limit > 0};
    const char *key = command->config->site_key;
    if (args->max_age >= 0)
        return check_age(command, error);
    if (command_open(command, &db, error) == 0 &&
        report_runs(&runs, db, key, args->limit > 0 ? args->limit : 1, error) == 0 &&
        report_breakdown(&breakdown, db, key, error) == 0 &&
        report_gauges(&gauges, db, key, error) == 0) {
        text.left = gauges.tickets_left;
        text.calls = gauges.calls_waiting;
        text.oldest_call = gauges.oldest_call;
        text.behind = gauges.conversations_behind;
        if (args->json)
            print_json(command, &runs, &breakdown, &gauges);
        else if (args->csv)
            csv_print(stdout, &runs);
        else
            print_text(command, db, &text, error);
    }
    report_release(&runs);
    report_release(&breakdown);
    db_close(db);
    return command_end(command, error);
}
