/* cmd_show: one ticket: its columns, its request, what people edited in it, and its text. */
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
    struct report ticket, request, edits;
};

static int read_ticket(const struct command *command, struct db *db, struct shown_ticket *shown,
                       struct error *error)
{
    const struct config *config = command->config;
    char id[FLUENT_ID_TEXT];
    struct zone *zone = NULL;
    command_fluent_id(command, command->args->id, id);
    int done = report_zone(&zone, db, config->site_key, config->timezone, error);
    if (done == 0)
        done = report_ticket(&shown->ticket, db, config->site_key, id, zone, error);
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
    if (request && report_request(&shown->request, db, request, error) < 0)
        return -1;
    return edits_of_ticket(&shown->edits, db, config->site_key, &config->mapping.fields,
                           strtoll(row, NULL, 10), error);
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
    putchar('\n');
    for (size_t n; *text; text += n + (text[n] == '\n')) {
        n = strcspn(text, "\n");
        buf_clear(&line);
        table_text(&line, text, n);
        puts(buf_text(&line));
    }
    buf_release(&line);
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
    const char *text = report_cell(&shown->request, 0, "description");
    if (shown->request.rows && text)
        print_text(text);
}

static void print_json(const struct shown_ticket *shown, FILE *out)
{
    struct json *json = json_new();
    json_row(json, "ticket", &shown->ticket, 0);
    json_row(json, "request", &shown->request, 0);
    json_rows(json, "edits", &shown->edits);
    json_print(json, out);
}

int cmd_show(const struct command *command, struct error *error)
{
    struct db *db = NULL;
    struct shown_ticket shown = {{0}, {0}, {0}};
    if (command_open(command, &db, error) == 0 && read_ticket(command, db, &shown, error) == 0) {
        if (command->args->json)
            print_json(&shown, command->out);
        else
            print_ticket(&shown);
    }
    report_release(&shown.ticket);
    report_release(&shown.request);
    report_release(&shown.edits);
    db_close(db);
    return command_end(command, error);
}
