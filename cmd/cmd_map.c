/* cmd_map: what the rules make of one ticket, step by step, and what stands in the tables. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/explain.h"
#include "base/text.h"
#include "command.h"
#include "json.h"
#include "table.h"

enum { SHOWN_CELLS = 100, LEAST_CELLS = 20, INDENT = 2, WHAT_CELLS = 40, QUOTES = 2 };

/* The site's number of the ticket, with or without the key before it. */
static int read_id(const struct command *command, int64_t *id, struct error *error)
{
    const char *text = command->args->id, *key = command->config->site_key;
    size_t n = strlen(key);
    char *end;
    if (*key && strncmp(text, key, n) == 0 && text[n] == ':')
        text += n + 1;
    errno = 0;
    *id = strtoll(text, &end, 10);
    return errno || *end || *id < 1
               ? error_set(error, ERR_USAGE, "'%s' is no number of a ticket", command->args->id)
               : 0;
}

/* Text for people */

/* How many cells of a value are shown beside `others` of its line: it fits a terminal that is not
 * very narrow. */
static size_t room_beside(FILE *out, size_t others)
{
    size_t line = table_line(out);
    if (line == TABLE_UNCUT || line >= others + SHOWN_CELLS)
        return SHOWN_CELLS;
    return line > others + LEAST_CELLS ? line - others : LEAST_CELLS;
}

/* Appends a value in quotes, in at most `cells` between them; NULL as such. */
static void put_value(struct buf *line, const char *value, size_t cells)
{
    if (!value) {
        buf_puts(line, "NULL");
        return;
    }
    buf_putc(line, '"');
    text_show(line, value, strlen(value), cells);
    buf_putc(line, '"');
}

static void print_step(FILE *out, const struct explain_step *step)
{
    struct buf line;
    int indent = INDENT * (1 + step->depth);
    buf_init(&line, SIZE_MAX / 2);
    size_t cells = text_show(&line, step->what, strlen(step->what), SHOWN_CELLS);
    size_t width = WHAT_CELLS - (size_t)indent;
    if (cells < width) {
        buf_printf(&line, "%*s", (int)(width - cells), "");
        cells = width;
    }
    buf_puts(&line, "  ");
    put_value(&line, step->value, room_beside(out, (size_t)indent + cells + 2 + QUOTES));
    fprintf(out, "%*s%s\n", indent, "", buf_text(&line));
    buf_release(&line);
}

static const char *const WRITERS[] = {
    [EXPLAIN_NOBODY] = "not stored",
    [EXPLAIN_PROGRAM] = "written by fluent-sync",
    [EXPLAIN_PERSON] = "changed by a person, and kept",
    [EXPLAIN_UNKNOWN] = "by whom is not known",
};

static void print_column(FILE *out, const struct explain_column *column)
{
    struct buf line;
    buf_init(&line, SIZE_MAX / 2);
    buf_printf(&line, "%s.%s = ", column->table, column->name);
    text_show(&line, column->rule, strlen(column->rule), SIZE_MAX);
    fprintf(out, "%s%s\n", buf_text(&line), column->built_in ? "   (built in)" : "");
    for (size_t i = 0; i < column->count; i++)
        print_step(out, &column->steps[i]);
    buf_clear(&line);
    if (column->reject)
        text_show(&line, column->reject, strlen(column->reject), SIZE_MAX);
    else
        put_value(&line, column->value, room_beside(out, INDENT + strlen("gives: ") + QUOTES));
    fprintf(out, "%*s%s: %s\n", INDENT, "", column->reject ? "reject" : "gives", buf_text(&line));
    buf_clear(&line);
    if (column->writer != EXPLAIN_NOBODY) {
        put_value(&line, column->stored,
                  room_beside(out, INDENT + strlen("stands: , ") + QUOTES +
                                       strlen(WRITERS[column->writer])));
        buf_puts(&line, ", ");
    }
    fprintf(out, "%*sstands: %s%s\n\n", INDENT, "", buf_text(&line), WRITERS[column->writer]);
    buf_release(&line);
}

/* JSON */

static void put_column(struct json *json, const struct explain_column *column)
{
    static const char *const writers[] = {
        [EXPLAIN_NOBODY] = NULL,
        [EXPLAIN_PROGRAM] = "fluent-sync",
        [EXPLAIN_PERSON] = "person",
        [EXPLAIN_UNKNOWN] = "unknown",
    };
    struct json *item = json_new();
    json_text(item, "table", column->table);
    json_text(item, "column", column->name);
    json_text(item, "rule", column->rule);
    json_bool(item, "builtIn", column->built_in);
    for (size_t i = 0; i < column->count; i++) {
        struct json *step = json_new();
        json_text(step, "step", column->steps[i].what);
        json_number(step, "depth", column->steps[i].depth);
        json_text(step, "value", column->steps[i].value);
        json_append(item, "steps", step);
    }
    json_text(item, "value", column->value);
    json_text(item, "reject", column->reject);
    json_text(item, "stored", column->stored);
    json_text(item, "writtenBy", writers[column->writer]);
    json_append(json, "columns", item);
}

static void print_all(const struct command *command, int64_t id, const struct explain *explain)
{
    struct json *json = command->args->json ? json_new() : NULL;
    json_number(json, "ticket", id);
    for (size_t i = 0; i < explain->count; i++)
        if (command->args->json)
            put_column(json, &explain->columns[i]);
        else
            print_column(command->out, &explain->columns[i]);
    if (command->args->json)
        json_print(json, command->out);
}

int cmd_map(const struct command *command, struct error *error)
{
    struct db *db = NULL;
    struct explain explain = {.count = 0};
    struct explain_input in = {.config = command->config,
                               .limits = command->limits,
                               .log = command->log,
                               .version = FLUENT_SYNC_VERSION,
                               .log_bodies = command->args->log_bodies};
    if (read_id(command, &in.ticket, error) == 0 && command_open(command, &db, error) == 0) {
        in.db = db;
        if (explain_ticket(&explain, &in, error) == 0) {
            watchdog_document_printed(command->watchdog);
            print_all(command, in.ticket, &explain);
        }
    }
    explain_release(&explain);
    db_close(db);
    return command_end(command, error);
}
