/* cmd_show: one ticket: its columns, its request, what people edited in it, its history, its text,
 * and its conversation. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/edits.h"
#include "command.h"
#include "json.h"
#include "store/report.h"
#include "table.h"

enum { LINE_MAX_BYTES = 1 << 16 };

struct shown_ticket {
    struct report ticket, request, edits, history, conversation;
};

static int read_ticket(const struct command *command, struct db *db, struct shown_ticket *shown,
                       struct error *error)
{
    const struct config *config = command->config;
    char id[FLUENT_ID_TEXT];
    struct zone *zone = NULL;
    command_fluent_id(command, command->args->id, id);
    int done = report_zone(&zone, db, config->site_key, config->timezone, error);
    if (done == 0 &&
        (report_ticket(&shown->ticket, db, config->site_key, id, zone, error) < 0 ||
         report_conversation(&shown->conversation, db, config->site_key, id, zone, error) < 0))
        done = -1;
    zone_close(zone);
    if (done < 0)
        return -1;
    const char *row = report_cell(&shown->ticket, 0, "id");
    if (!shown->ticket.rows || !row)
        return error_advise(error, ERR_USAGE,
                            "`fluent-sync tickets` lists those that are stored, and `fluent-sync "
                            "rejects` those that could not be",
                            "there is no ticket %s", command->args->id);
    const char *request = report_cell(&shown->ticket, 0, "request_id");
    if ((request && report_request(&shown->request, db, request, error) < 0) ||
        report_history(&shown->history, db, row, error) < 0)
        return -1;
    return edits_of_ticket(&shown->edits, db, config, strtoll(row, NULL, 10), error);
}

/* Text for people */

/* What is not NULL, but for texts that stand below, and for what the request says itself. */
static void print_columns(const struct report *r, const char *until)
{
    for (size_t c = 0; c < r->width; c++) {
        const char *name = r->columns[c].name, *value = r->cells[c];
        if (until && strcmp(name, until) == 0)
            return;
        if (value && strcmp(name, "customer_message") != 0 && strcmp(name, "description") != 0)
            table_value(stdout, name, value);
    }
}

static void print_text(const char *text)
{
    struct buf line;
    buf_init(&line, LINE_MAX_BYTES);
    for (size_t n; *text; text += n + (text[n] == '\n')) {
        n = strcspn(text, "\n");
        buf_clear(&line);
        table_text(&line, text, n);
        puts(buf_text(&line));
    }
    buf_release(&line);
}

static const char *or_nobody(const char *text)
{
    return text ? text : "-";
}

/* An entry under a line of who said it when, as in a mailbox. */
static void print_response(const struct report *r, size_t row)
{
    const char *text = report_cell(r, row, "text"), *type = report_cell(r, row, "type");
    struct buf who;
    buf_init(&who, LINE_MAX_BYTES);
    buf_printf(&who, "%s  %s, %s", or_nobody(report_cell(r, row, "created_at")),
               or_nobody(report_cell(r, row, "person_name")),
               or_nobody(report_cell(r, row, "person_type")));
    if (type && strcmp(type, "response") != 0)
        buf_printf(&who, " (%s)", type);
    if (report_cell(r, row, "deleted_at"))
        buf_puts(&who, " (deleted on the site)");
    puts("");
    print_text(buf_text(&who));
    if (text)
        print_text(text);
    buf_release(&who);
}

static void print_history(const struct report *history)
{
    static const struct table_column changes[] = {{"seen_at", "SEEN", 24, 0},
                                                  {"column_name", "CHANGED", 20, 0},
                                                  {"old_value", "FROM", 30, 0},
                                                  {"new_value", "TO", 0, 0}};
    putchar('\n');
    table_print(stdout, history, changes, sizeof changes / sizeof *changes, table_line(stdout));
}

static void print_ticket(const struct shown_ticket *shown)
{
    static const struct table_column edits[] = {
        {"column", "EDITED", 20, 0}, {"theirs", "SITE", 40, 0}, {"ours", "HERE", 0, 0}};
    print_columns(&shown->ticket, "date");
    if (shown->request.rows) {
        puts("\nrequest");
        print_columns(&shown->request, NULL);
    } else
        puts("\nno request");
    if (shown->edits.rows) {
        putchar('\n');
        table_print(stdout, &shown->edits, edits, sizeof edits / sizeof *edits, table_line(stdout));
    }
    if (shown->history.rows)
        print_history(&shown->history);
    const char *text = report_cell(&shown->request, 0, "description");
    if (shown->request.rows && text) {
        putchar('\n');
        print_text(text);
    }
    for (size_t i = 0; i < shown->conversation.rows; i++)
        print_response(&shown->conversation, i);
}

static void print_json(const struct shown_ticket *shown, FILE *out)
{
    struct json *json = json_new();
    json_row(json, "ticket", &shown->ticket, 0);
    json_row(json, "request", &shown->request, 0);
    json_rows(json, "edits", &shown->edits);
    json_rows(json, "history", &shown->history);
    json_rows(json, "conversation", &shown->conversation);
    json_print(json, out);
}

int cmd_show(const struct command *command, struct error *error)
{
    struct db *db = NULL;
    struct shown_ticket shown = {{0}, {0}, {0}, {0}, {0}};
    if (command_open(command, &db, error) == 0 && read_ticket(command, db, &shown, error) == 0) {
        if (command->args->json)
            print_json(&shown, command->out);
        else
            print_ticket(&shown);
    }
    report_release(&shown.ticket);
    report_release(&shown.request);
    report_release(&shown.edits);
    report_release(&shown.history);
    report_release(&shown.conversation);
    db_close(db);
    return command_end(command, error);
}
