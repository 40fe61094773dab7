/* command: how commands that read open the database, and how they end. */
#include "command.h"

#include <stdio.h>
#include <string.h>

#include "json.h"
#include "store/migrate.h"

int command_open(const struct command *command, struct db **db, struct error *error)
{
    if (db_open(db, &command->mysql, 0, command->log, error) < 0)
        return -1;
    return migrate_check(*db, error);
}

void command_fluent_id(const struct command *command, const char *id, char full[FLUENT_ID_TEXT])
{
    const char *key = command->config->site_key;
    bool has_key = !*key || strchr(id, ':') != NULL;
    snprintf(full, FLUENT_ID_TEXT, "%s%s%s", has_key ? "" : key, has_key ? "" : ":", id);
}

int command_end(const struct command *command, const struct error *error)
{
    if (error->code != ERR_NONE && command->args->json)
        json_print_error(error, command->out);
    return (int)error->code;
}
