/* command: how commands that read open the database, and how they end. */
#include "command.h"

#include "json.h"
#include "store/migrate.h"

int command_open(const struct command *command, struct db **db, struct error *error)
{
    if (db_open(db, &command->mysql, 0, command->log, error) < 0)
        return -1;
    return migrate_check(*db, error);
}

int command_end(const struct command *command, const struct error *error)
{
    if (error->code != ERR_NONE && command->args->json)
        json_print_error(error, stdout);
    return (int)error->code;
}
