/* cmd_migrate: creates or upgrades the tables; --dry-run prints the statements. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "page/words.h"
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

/* Where the output may be read as SQL, in a comment. */
static int tell_rewrite(const struct args *args, struct db *db, struct error *error)
{
    struct migrate_rewrite rewrite;
    char rows[WORDS_SIZE], took[WORDS_SIZE];
    if (migrate_look(db, &rewrite, error) < 0)
        return -1;
    if (!rewrite.rows || args->quiet)
        return 0;
    printf("%sfluent_tickets is written anew: %s rows, which may take %s. Others can read it "
           "meanwhile%s.\n",
           args->dry_run ? "-- " : "", words_number(rows, rewrite.rows),
           words_took(took, rewrite.seconds * 1000 + 1000),
           rewrite.online ? ", and write to it" : "; what is to be written to it waits");
    fflush(stdout);
    return 0;
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
        tell_rewrite(args, db, error) == 0 && migrate_run(db, &options, &applied, error) == 0 &&
        !args->quiet) {
        if (!applied) /* in what may be read as SQL, a comment */
            printf("%sthe tables are up to date\n", args->dry_run ? "-- " : "");
        else if (!args->dry_run)
            printf("%d migration%s applied\n", applied, applied == 1 ? "" : "s");
    }
    db_close(db);
    return (int)error->code;
}
