/* cmd_rejects: lists the tickets that could not be stored, and accepts some as known. */
#include <stdio.h>

#include "command.h"
#include "csv.h"
#include "json.h"
#include "store/report.h"
#include "table.h"

static const struct table_column REJECTS[] = {{"fluent_id", "TICKET", 20, 0},
                                              {"accepted", "ACCEPTED", 8, 2},
                                              {"attempts", "ATTEMPTS", 8, 1},
                                              {"first_seen", "FIRST SEEN", 24, 3},
                                              {"reason", "REASON", 0, 0}};

static int accept_one(const struct command *command, struct db *db, const char *id,
                      struct error *error)
{
    const char *key = command->config->site_key;
    char full[FLUENT_ID_TEXT];
    bool found;
    command_fluent_id(command, id, full);
    if (report_accept(db, key, full, &found, error) < 0)
        return -1;
    if (!found)
        return error_advise(error, ERR_USAGE, "`fluent-sync rejects` lists them",
                            "there is no reject %s", id);
    return 0;
}

/* One that is not a reject does not keep the others from being accepted. */
static int accept_all(const struct command *command, struct db *db, struct error *error)
{
    const struct args *args = command->args;
    int done = 0;
    for (size_t i = 0; i < args->accept_count; i++)
        if (accept_one(command, db, args->accept[i], error) < 0)
            done = -1;
    return done;
}

int cmd_rejects(const struct command *command, struct error *error)
{
    const struct args *args = command->args;
    struct db *db = NULL;
    struct report report = {0};
    if (command_open(command, &db, error) == 0 && accept_all(command, db, error) == 0 &&
        report_rejects(&report, db, command->config->site_key, error) == 0) {
        if (args->json)
            json_print_rows(&report, stdout);
        else if (args->csv)
            csv_print(stdout, &report);
        else if (report.rows)
            table_print(stdout, &report, REJECTS, sizeof REJECTS / sizeof *REJECTS,
                        table_line(stdout));
        else if (!args->quiet)
            puts("no rejects");
    }
    report_release(&report);
    db_close(db);
    return command_end(command, error);
}
