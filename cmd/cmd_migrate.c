/* cmd_migrate: creates or upgrades the tables; --dry-run prints the statements. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "store/migrate.h"

static void tell(void *context, const struct migration *migration, const char *statement,
                 size_t length)
{
    const struct args *args = context;
    if (args->dry_run)
        printf("%.*s;\n", (int)length, statement);
    else if (args->verbose)
        printf("%s: %.*s\n", migration->name, (int)strcspn(statement, "\n"), statement);
}

int cmd_migrate(const struct command *command, struct error *error)
{
    const struct args *args = command->args;
    const struct config *config = command->config;
    struct db *db = NULL;
    int applied = 0;
    union {
        const struct args *in;
        void *out;
    } context = {.in = args};
    const struct migrate_options options = {.connect = &command->mysql,
                                            .lease_s = config->lease_s,
                                            .dry_run = args->dry_run,
                                            .report = tell,
                                            .context = context.out};
    if (db_open(&db, &command->mysql, 0, command->log, error) == 0 &&
        migrate_run(db, &options, &applied, error) == 0 && !args->quiet) {
        if (!applied) /* in what may be read as SQL, a comment */
            printf("%sthe tables are up to date\n", args->dry_run ? "-- " : "");
        else if (!args->dry_run)
            printf("%d migration%s applied\n", applied, applied == 1 ? "" : "s");
    }
    db_close(db);
    return (int)error->code;
}
