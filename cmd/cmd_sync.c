/* cmd_sync: one run, `sync` or `push`, and what it reports. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "command.h"
#include "json.h"
#include "run/sync.h"
#include "watch.h"

enum { VALUE_CELLS_MAX = 40, CHANGE_CELLS_MAX = 200 };

/* The counters of the replaced service, or those that are our own. */
enum origin { INHERITED, OUR_OWN };

static void add_counters(struct json *json, const struct counters *counts, enum origin origin)
{
    for (size_t i = 0; i < COUNTERS; i++) {
        const struct counter *c = &counter_table[i];
        if (c->key && c->inherited == (origin == INHERITED))
            json_number(json, c->key, counter_value(c, counts));
    }
}

static void print_json(const struct sync_report *r, const struct error *error)
{
    const struct run_row *run = &r->run;
    char iso[25];
    struct json *json = json_new();
    json_bool(json, "success", error->code == ERR_NONE);
    if (error->code != ERR_NONE)
        json_error(json, error);
    add_counters(json, &run->counts, INHERITED);
    json_number(json, "syncDuration", run->duration_ms);
    json_text(json, "dateFilter", r->date_filter);
    json_text(json, "mode", run->mode);
    add_counters(json, &run->counts, OUR_OWN);
    json_bool(json, "complete", run->complete);
    json_text(json, "lastFullWalk",
              r->last_full_walk && zone_iso(r->last_full_walk, iso) ? iso : NULL);
    json_number(json, "exitCode", error->code);
    json_print(json, stdout);
}

static void print_pull(const struct args *args, const struct run_row *run)
{
    printf("%" PRId64 " ticket%s read (%s, %.1f s): %" PRId64 " %s, %" PRId64 " %s, %" PRId64
           " unchanged",
           run->counts.fetched, run->counts.fetched == 1 ? "" : "s", run->mode ? run->mode : "-",
           (double)run->duration_ms / 1000, run->counts.added, args->dry_run ? "to add" : "added",
           run->counts.updated, args->dry_run ? "to update" : "updated", run->counts.unchanged);
}

/* What a push has sent is its first figure, also when it is none. */
static void print_push(const struct args *args, const struct run_row *run)
{
    printf("%" PRId64 " change%s %s (%.1f s)", run->counts.pushed,
           run->counts.pushed == 1 ? "" : "s", args->dry_run ? "to send" : "sent",
           (double)run->duration_ms / 1000);
}

static void print_text(const struct args *args, const struct sync_report *r)
{
    const struct run_row *run = &r->run;
    bool push = args->command == CMD_PUSH;
    fputs(args->dry_run ? "dry run, nothing written: " : "", stdout);
    (push ? print_push : print_pull)(args, run);
    for (size_t i = 0; i < COUNTERS; i++) {
        const struct counter *c = &counter_table[i];
        int64_t value = counter_value(c, &run->counts);
        if (c->phrase && value && !(push && strcmp(c->key, "changesPushed") == 0))
            printf(", %" PRId64 " %s", value, value == 1 && c->one ? c->one : c->phrase);
    }
    putchar('\n');
}

/* A value on one line, cut short: long ones are customers' words. */
static void print_value(const char *text)
{
    struct buf b;
    buf_init(&b, 1024);
    text_show(&b, text ? text : "-", text ? strlen(text) : 1, VALUE_CELLS_MAX);
    fputs(buf_text(&b), stdout);
    buf_release(&b);
}

static void print_decision(void *context, const struct sync_decision *d)
{
    (void)context;
    static const char *const words[] = {[DECISION_ADD] = "add",
                                        [DECISION_UPDATE] = "update",
                                        [DECISION_COLUMN] = "",
                                        [DECISION_KEPT] = "kept, edited here:",
                                        [DECISION_REJECT] = "reject:"};
    printf("%s: %s", d->fluent_id, words[d->what]);
    if (d->what == DECISION_REJECT)
        printf(" %s", d->reason);
    if (d->what == DECISION_COLUMN || d->what == DECISION_KEPT) {
        printf("%s%s: ", d->what == DECISION_KEPT ? " " : "", d->column);
        print_value(d->old);
        fputs(d->what == DECISION_KEPT ? ", the site has " : " -> ", stdout);
        print_value(d->new_text);
    }
    putchar('\n');
}

/* A request of a push that is not sent. */
static void print_request(void *context, const struct sync_push *push)
{
    (void)context;
    struct buf change;
    buf_init(&change, 1024);
    text_show(&change, push->change, strlen(push->change), CHANGE_CELLS_MAX);
    printf("%s: %s: %s %s %s\n", push->fluent_id, buf_text(&change), push->method, push->path,
           push->body ? push->body : "");
    buf_release(&change);
}

static bool wants_progress(const struct args *args)
{
    return !args->no_progress && !args->quiet && !args->log_json && !args->verbose;
}

/* Who wants no colour wants no drawing either. */
static const char *terminal(void)
{
    const char *plain = getenv("NO_COLOR");
    return plain && *plain ? NULL : getenv("TERM");
}

static int run(const struct command *command, const struct sync_options *options,
               struct error *error)
{
    const struct args *args = command->args;
    struct sync_report report;
    if (wants_progress(args))
        progress_open(command->progress, stderr, terminal());
    watch_begin(command);
    sync_run(command->config, options, command->limits, command->log, &report, error);
    progress_close(command->progress);
    command->log->run_id = report.run.id;
    watchdog_settle(command->watchdog, (int)error->code);
    watch_end(command, &report, error);
    watchdog_document_printed(command->watchdog);
    if (error->code == ERR_NONE) /* it may change: the report may not get printed */
        watchdog_settle(command->watchdog, -1);
    if (args->json && report.counted)
        print_json(&report, error);
    else if (args->json)
        json_print_error(error, stdout);
    else if (!args->quiet && report.counted &&
             (error->code == ERR_NONE || error->code == ERR_PARTIAL))
        print_text(args, &report);
    return (int)error->code;
}

/* What `sync` and `push` share. */
static struct sync_options common_options(const struct command *command)
{
    const struct args *args = command->args;
    return (struct sync_options){
        .dry_run = args->dry_run,
        .log_bodies = args->log_bodies,
        .version = FLUENT_SYNC_VERSION,
        .progress = progress_draw,
        .progress_context = command->progress,
        .pushed = args->dry_run && !args->json ? print_request : NULL,
    };
}

int cmd_sync(const struct command *command, struct error *error)
{
    const struct args *args = command->args;
    struct sync_options options = common_options(command);
    options.full = args->full;
    options.adopt = args->adopt;
    options.accept_site = args->accept_site;
    options.since = command->since[0] ? command->since : NULL;
    options.tickets = args->tickets;
    options.ticket_count = args->ticket_count;
    options.max_deletes = args->has_max_deletes ? &args->max_deletes : NULL;
    options.decide = args->dry_run && args->verbose && !args->json ? print_decision : NULL;
    return run(command, &options, error);
}

int cmd_push(const struct command *command, struct error *error)
{
    const struct args *args = command->args;
    struct sync_options options = common_options(command);
    if (!push_is_on(&command->config->push)) {
        error_advise(error, ERR_USAGE, "docs/two-ways.md says what they allow",
                     "nothing may be sent: set [push] fields or actions");
        return command_end(command, error);
    }
    options.push_only = true;
    options.push_max = args->max >= 0 ? &args->max : NULL;
    options.accept_database = args->accept_database;
    return run(command, &options, error);
}
