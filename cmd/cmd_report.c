/* cmd_report: the page, on the standard output or into a file that is replaced at once. */
#include <stdio.h>
#include <string.h>

#include "base/replace.h"
#include "command.h"
#include "page/page.h"

/* Customers' words are in it: the owner writes it, the group may read it. */
enum { PAGE_MODE = 0640 };

static int to_stream(void *context, const char *bytes, size_t n, struct error *error)
{
    FILE *out = context;
    if (fwrite(bytes, 1, n, out) == n)
        return 0;
    return error_set(error, ERR_INTERNAL, "the output could not be written");
}

static int to_file(void *context, const char *bytes, size_t n, struct error *error)
{
    return replace_write(context, bytes, n, error);
}

static int write_file(const struct command *command, struct db *db, const char *path,
                      const struct page_options *options, struct error *error)
{
    struct replacement file;
    if (replace_begin(&file, path, PAGE_MODE, error) < 0)
        return -1;
    page_write(db, command->config, options, to_file, &file, error);
    return replace_end(&file, error);
}

int report_to_file(const struct command *command, const char *path, struct error *error)
{
    static const struct page_options options = {
        .days = PAGE_DAYS, .limit = PAGE_LIMIT, .version = FLUENT_SYNC_VERSION};
    struct db *db = NULL;
    int done = command_open(command, &db, error);
    if (done == 0)
        done = write_file(command, db, path, &options, error);
    db_close(db);
    return done;
}

static int report(const struct command *command, enum page_mode mode, struct error *error)
{
    const struct args *args = command->args;
    struct page_options options = {.mode = mode,
                                   .days = args->days < 0 ? PAGE_DAYS : args->days,
                                   .limit = args->limit < 0 ? PAGE_LIMIT : args->limit,
                                   .no_text = args->no_text,
                                   .version = FLUENT_SYNC_VERSION};
    struct db *db = NULL;
    if (command_open(command, &db, error) == 0) {
        if (args->output && strcmp(args->output, "-") != 0)
            write_file(command, db, args->output, &options, error);
        else
            page_write(db, command->config, &options, to_stream, command->out, error);
    }
    db_close(db);
    return command_end(command, error);
}

int cmd_report(const struct command *command, struct error *error)
{
    return report(command, PAGE_FILE, error);
}

int report_served(const struct command *command, struct error *error)
{
    return report(command, PAGE_SERVED, error);
}
