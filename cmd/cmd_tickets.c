/* cmd_tickets: lists stored tickets with their requests, and people's edits. */
#include <stdio.h>

#include "app/edits.h"
#include "command.h"
#include "json.h"
#include "store/report.h"
#include "table.h"

static const struct table_column TICKETS[] = {
    {"fluent_id", "TICKET", 20},       {"date", "DATE", 10},      {"time", "TIME", 8},
    {"ticket_status", "STATUS", 10},   {"urgency", "URGENCY", 9}, {"category", "CATEGORY", 12},
    {"customer_name", "CUSTOMER", 20}, {"title", "TITLE", 0}};
static const struct table_column SOURCES[] = {{"request_id", "REQUEST", 10},
                                              {"source", "SOURCE", 6},
                                              {"date", "DATE", 10},
                                              {"time", "TIME", 8},
                                              {"urgency", "URGENCY", 9},
                                              {"category", "CATEGORY", 12},
                                              {"customer_name", "CUSTOMER", 20},
                                              {"fluent_id", "TICKET", 20},
                                              {"description", "DESCRIPTION", 0}};
static const struct table_column EDITS[] = {{"fluent_id", "TICKET", 20},
                                            {"column", "COLUMN", 20},
                                            {"theirs", "SITE", 24},
                                            {"ours", "HERE", 0}};

static int read_tickets(const struct command *command, struct db *db, struct report *report,
                        int64_t *total, struct error *error)
{
    const struct args *args = command->args;
    const char *key = command->config->site_key;
    struct report_filter filter = {.limit = args->limit < 0 ? TICKETS_LIMIT : args->limit,
                                   .offset = args->offset < 0 ? 0 : args->offset,
                                   .status = args->status,
                                   .mailbox = args->mailbox,
                                   .all_sources = args->all_sources};
    struct zone *zone = NULL;
    if (args->edited)
        return edits_report(report, db, key, &command->config->mapping.fields, filter.limit, error);
    int done = report_zone(&zone, db, key, command->config->timezone, error);
    if (done == 0)
        done = report_tickets(report, db, key, &filter, zone, error);
    if (done == 0 && total)
        done = report_ticket_count(total, db, key, &filter, error);
    zone_close(zone);
    return done;
}

static void print(const struct command *command, const struct report *report)
{
    const struct args *args = command->args;
    if (args->json)
        json_print_rows(report, command->out);
    else if (args->edited)
        table_print(stdout, report, EDITS, sizeof EDITS / sizeof *EDITS, table_line(stdout));
    else if (args->all_sources)
        table_print(stdout, report, SOURCES, sizeof SOURCES / sizeof *SOURCES, table_line(stdout));
    else
        table_print(stdout, report, TICKETS, sizeof TICKETS / sizeof *TICKETS, table_line(stdout));
}

int tickets_list(const struct command *command, int64_t *total, struct error *error)
{
    struct db *db = NULL;
    struct report report = {0};
    if (command_open(command, &db, error) == 0 &&
        read_tickets(command, db, &report, total, error) == 0)
        print(command, &report);
    report_release(&report);
    db_close(db);
    return command_end(command, error);
}

int cmd_tickets(const struct command *command, struct error *error)
{
    return tickets_list(command, NULL, error);
}
