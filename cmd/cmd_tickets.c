/* cmd_tickets: lists stored tickets with their requests, and people's edits (`edits`). */
#include <stdio.h>
#include <unistd.h>

#include "app/edits.h"
#include "command.h"
#include "csv.h"
#include "json.h"
#include "page/words.h"
#include "store/report.h"
#include "table.h"

static const struct table_column TICKETS[] = {{"fluent_id", "TICKET", 20, 0},
                                              {"date", "DATE", 10, 0},
                                              {"time", "TIME", 8, 1},
                                              {"ticket_status", "STATUS", 10, 0},
                                              {"urgency", "URGENCY", 9, 0},
                                              {"category", "CATEGORY", 12, 0},
                                              {"customer_name", "CUSTOMER", 20, 0},
                                              {"title", "TITLE", 0, 0}};
static const struct table_column SOURCES[] = {{"request_id", "REQUEST", 10, 0},
                                              {"source", "SOURCE", 6, 0},
                                              {"date", "DATE", 10, 0},
                                              {"time", "TIME", 8, 1},
                                              {"urgency", "URGENCY", 9, 0},
                                              {"category", "CATEGORY", 12, 0},
                                              {"customer_name", "CUSTOMER", 20, 3},
                                              {"fluent_id", "TICKET", 20, 2},
                                              {"description", "DESCRIPTION", 0, 0}};
static const struct table_column EDITS[] = {
    {"fluent_id", "TICKET", 20, 0}, {"column", "COLUMN", 20, 0}, {"base", "BASE", 20, 2},
    {"theirs", "SITE", 30, 0},      {"ours", "HERE", 30, 0},     {"state", "OUTBOX", 9, 0},
    {"error", "WHY", 0, 0}};

/* What is listed, and how many there are of it in all. */
struct listing {
    struct report rows;
    int64_t all;
    const struct table_column *columns;
    size_t width;
    const char *noun;
};
#define SHOWN_AS(table, word)                                                                      \
    {                                                                                              \
        .columns = (table), .width = sizeof(table) / sizeof *(table), .noun = (word)               \
    }

/* `tickets --edited` is the older name of `edits`. */
static bool lists_edits(const struct args *args)
{
    return args->edited || args->command == CMD_EDITS;
}

static int read_edits(const struct command *command, struct db *db, struct listing *list,
                      int64_t limit, struct error *error)
{
    struct edits_limit edits = {.most = limit};
    int done = edits_report(&list->rows, db, command->config, &edits, error);
    list->all = edits.all;
    return done;
}

static int read_rows(const struct command *command, struct db *db, struct listing *list,
                     const struct report_filter *filter, const struct zone *zone,
                     struct error *error)
{
    const char *key = command->config->site_key;
    if (report_tickets(&list->rows, db, key, filter, zone, error) < 0)
        return -1;
    list->all = (int64_t)list->rows.rows;
    if (list->all < filter->limit && !filter->offset)
        return 0;
    return report_ticket_count(&list->all, db, key, filter, error);
}

static int read_tickets(const struct command *command, struct db *db, struct listing *list,
                        struct error *error)
{
    const struct args *args = command->args;
    const struct config *config = command->config;
    char since[ZONE_TEXT_SIZE];
    struct report_filter filter = {.limit = args->limit < 0 ? TICKETS_LIMIT : args->limit,
                                   .offset = args->offset < 0 ? 0 : args->offset,
                                   .status = args->status,
                                   .mailbox = args->mailbox,
                                   .all_sources = args->all_sources};
    struct zone *zone = NULL;
    if (lists_edits(args))
        return read_edits(command, db, list, filter.limit, error);
    int done = report_zone(&zone, db, config->site_key, config->timezone, error);
    if (done == 0 && args->since && config_moment(args->since, zone, clock_wall_ms() / 1000, since))
        filter.since = since;
    if (done == 0)
        done = read_rows(command, db, list, &filter, zone, error);
    zone_close(zone);
    return done;
}

/* On the standard error, as it is no row. Where a program reads, only what is not there matters. */
static void print_count(const struct args *args, const struct listing *list)
{
    char shown[WORDS_SIZE], all[WORDS_SIZE];
    words_count(all, list->all, list->noun);
    bool whole = (int64_t)list->rows.rows == list->all;
    if (whole && isatty(STDERR_FILENO) == 1)
        fprintf(stderr, "%s\n", all);
    else if (!whole)
        fprintf(stderr, "%s of %s; %s\n", words_number(shown, (int64_t)list->rows.rows), all,
                lists_edits(args) ? "--limit shows more" : "--limit and --offset show others");
}

static void print(const struct command *command, const struct listing *list)
{
    const struct args *args = command->args;
    if (args->json) {
        json_print_rows(&list->rows, command->out);
        return;
    }
    if (args->csv)
        csv_print(stdout, &list->rows);
    else
        table_print(stdout, &list->rows, list->columns, list->width, table_line(stdout));
    fflush(stdout); /* what follows stands below it */
    if (!args->quiet && !args->log_json)
        print_count(args, list);
}

int tickets_list(const struct command *command, int64_t *total, struct error *error)
{
    static const struct listing tickets = SHOWN_AS(TICKETS, "ticket"),
                                sources = SHOWN_AS(SOURCES, "request"),
                                edits = SHOWN_AS(EDITS, "edit");
    const struct args *args = command->args;
    struct db *db = NULL;
    struct listing list = lists_edits(args) ? edits : args->all_sources ? sources : tickets;
    if (command_open(command, &db, error) == 0 && read_tickets(command, db, &list, error) == 0)
        print(command, &list);
    *total = list.all;
    report_release(&list.rows);
    db_close(db);
    return command_end(command, error);
}

int cmd_tickets(const struct command *command, struct error *error)
{
    int64_t total;
    return tickets_list(command, &total, error);
}

int cmd_edits(const struct command *command, struct error *error)
{
    return cmd_tickets(command, error);
}
