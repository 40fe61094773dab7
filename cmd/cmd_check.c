/* cmd_check: prints what `check` found, a line per finding, and what to do about it. */
#include "check/check.h"

#include <stdio.h>
#include <string.h>

#include "colour.h"
#include "command.h"
#include "json.h"
#include "table.h"

enum { NAME_WIDTH = 28, LEVEL_WIDTH = 9, TEXT_MAX = 16384 };

static const struct {
    const char *name;
    enum colour colour;
} LEVELS[] = {
    [CHECK_OK] = {"ok", COLOUR_GOOD},
    [CHECK_WARNING] = {"warning", COLOUR_HEED},
    [CHECK_FAILED] = {"failed", COLOUR_BAD},
    [CHECK_SKIPPED] = {"skipped", COLOUR_FAINT},
};

/* Prints each line of the text, and indents all but the first. */
static void print_lines(const char *text, int indent, const char *mark)
{
    struct buf safe;
    buf_init(&safe, TEXT_MAX);
    for (bool first = true; first || *text; first = false) {
        size_t n = strcspn(text, "\n");
        buf_clear(&safe);
        table_text(&safe, text, n);
        printf("%*s%s%s\n", first && !*mark ? 0 : indent, "", mark, buf_text(&safe));
        text += n + (text[n] == '\n');
    }
    buf_release(&safe);
}

static void print_finding(const struct check_finding *f)
{
    const char *level = LEVELS[f->level].name;
    colour_print(stdout, LEVELS[f->level].colour, level);
    printf("%*s%-*s", LEVEL_WIDTH - (int)strlen(level), "", NAME_WIDTH, f->name);
    print_lines(f->found, LEVEL_WIDTH + NAME_WIDTH, "");
    if (f->details)
        print_lines(f->details, LEVEL_WIDTH + 2, "- ");
    if (f->advice)
        print_lines(f->advice, LEVEL_WIDTH, "-> ");
}

static void print_text(const struct args *args, const struct check_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct check_finding *f = &report->findings[i];
        bool bad = f->level == CHECK_WARNING || f->level == CHECK_FAILED;
        if (!args->quiet || (bad && report->code != ERR_NONE))
            print_finding(f);
    }
    if (report->code != ERR_NONE)
        printf("\na sync would end with exit code %d: %s\n", (int)report->code,
               report->findings[report->decisive].name);
    else if (!args->quiet)
        puts("\na sync would work");
}

static void print_json(const struct check_report *report)
{
    struct json *json = json_new();
    json_bool(json, "success", report->code == ERR_NONE);
    if (report->code != ERR_NONE)
        json_text(json, "error", report->findings[report->decisive].found);
    json_number(json, "exitCode", (int)report->code);
    for (size_t i = 0; i < report->count; i++) {
        const struct check_finding *f = &report->findings[i];
        struct json *item = json_new();
        json_text(item, "name", f->name);
        json_text(item, "level", LEVELS[f->level].name);
        json_text(item, "found", f->found);
        json_text(item, "advice", f->advice);
        json_lines(item, "details", f->details);
        json_append(json, "checks", item);
    }
    json_print(json, stdout);
}

static void print_report(const struct args *args, const struct check_report *report)
{
    if (args->json)
        print_json(report);
    else
        print_text(args, report);
}

int cmd_check(const struct command *command, struct error *error)
{
    const struct args *args = command->args;
    struct check_options options = {.all_settings = args->verbose || args->json,
                                    .log_bodies = args->log_bodies,
                                    .version = FLUENT_SYNC_VERSION};
    struct check_report report = {.count = 0};
    int code;
    if (check_run(command->config, &options, command->limits, command->log, &report, error) < 0) {
        if (args->json)
            json_print_error(error, stdout);
        code = (int)error->code;
    } else {
        watchdog_document_printed(command->watchdog);
        print_report(args, &report);
        code = (int)report.code;
    }
    check_report_release(&report);
    return code;
}

int cmd_check_unconfigured(const struct args *args, struct error *error)
{
    struct check_report report;
    check_unconfigured(&report, error);
    error_clear(error);
    print_report(args, &report);
    int code = (int)report.code;
    check_report_release(&report);
    return code;
}
