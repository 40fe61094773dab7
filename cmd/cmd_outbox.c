/* cmd_outbox: lists what waits to be sent to the site, adds to it, retries and cancels. */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/outbox.h"
#include "base/text.h"
#include "command.h"
#include "csv.h"
#include "json.h"
#include "store/report.h"
#include "table.h"

enum { TEXT_MAX_BYTES = 1 << 20 };

static const struct table_column ROWS[] = {
    {"id", "ROW", 10, 0},          {"fluent_id", "TICKET", 20, 0}, {"state", "STATE", 9, 0},
    {"action", "ACTION", 6, 0},    {"field", "FIELD", 10, 3},      {"value", "VALUE", 20, 2},
    {"requested_by", "BY", 12, 5}, {"created_at", "SINCE", 24, 4}, {"error", "ERROR", 0, 0},
};

static const char USAGE[] = "fluent-sync outbox [add ID ACTION [FIELD VALUE] | retry N... | "
                            "cancel N...]";

static int bad_usage(struct error *error, const char *what)
{
    return error_advise(error, ERR_USAGE, USAGE, "outbox: %s", what);
}

/* Adding */

/* Who has logged in: sudo knows it too. NULL: nobody can tell, or it is what edits are marked by.
 */
static const char *who(void)
{
    const char *name = getenv("SUDO_USER");
    const struct passwd *user = name && *name ? NULL : getpwuid(getuid());
    if (user)
        name = user->pw_name;
    return name && *name && strcmp(name, OUTBOX_BY_EDIT) != 0 ? name : NULL;
}

/* The text of a reply or a note: all of the standard input, without the line breaks at its end. It
 * is no argument, as everybody on the machine could read it there. */
static int read_text(struct buf *text, struct error *error)
{
    char part[4096];
    size_t n;
    if (isatty(STDIN_FILENO) == 1)
        fputs("The text, and Ctrl-D behind its last line:\n", stderr);
    while ((n = fread(part, 1, sizeof part, stdin)) > 0)
        buf_append(text, part, n);
    if (ferror(stdin))
        return error_set(error, ERR_USAGE, "outbox: the text cannot be read: %s", strerror(errno));
    if (text->failed)
        return bad_usage(error, "the text on the standard input is too long");
    size_t len = text->len;
    while (len > 0 && strchr("\r\n", buf_text(text)[len - 1]))
        len--;
    buf_cut(text, len);
    if (!text_valid(buf_text(text), len) || strlen(buf_text(text)) != len)
        return bad_usage(error, "the text on the standard input is not valid UTF-8");
    return 0;
}

/* The words behind `add`. A text that is wanted is read into `text`. */
static int read_wish(const struct command *command, struct outbox_wish *wish, struct buf *text,
                     struct error *error)
{
    const struct args *args = command->args;
    const char *const *words = args->words;
    if (args->word_count < 3)
        return bad_usage(error, "add what? a ticket's number and an action");
    wish->action = outbox_action_of(words[2]);
    wish->requested_by = who();
    if (wish->action == OUTBOX_ACTIONS)
        return bad_usage(error, "an action is one of close, reopen, reply, note and set");
    bool sets = wish->action == OUTBOX_SET;
    if (args->word_count != (sets ? 5 : 3))
        return bad_usage(error, sets ? "set needs a field and its value, and nothing else"
                                     : "this action takes no further word; a text is read from the "
                                       "standard input");
    if (sets) {
        wish->field = outbox_field_of(words[3]);
        wish->value = words[4];
        return wish->field < OUTBOX_FIELDS
                   ? 0
                   : bad_usage(error, "a field is one of priority, product_id and title");
    }
    if (wish->action != OUTBOX_REPLY && wish->action != OUTBOX_NOTE)
        return 0;
    if (read_text(text, error) < 0)
        return -1;
    wish->content = buf_text(text);
    return 0;
}

static int add(const struct command *command, struct db **db, char id[DB_DIGITS],
               struct error *error)
{
    char fluent_id[FLUENT_ID_TEXT];
    struct outbox_wish wish = {.fluent_id = fluent_id};
    struct buf text;
    int64_t row;
    buf_init(&text, TEXT_MAX_BYTES);
    int done = read_wish(command, &wish, &text, error);
    if (done == 0) {
        command_fluent_id(command, command->args->words[1], fluent_id);
        done = command_open(command, db, error);
    }
    if (done == 0)
        done = outbox_add(*db, command->config, &wish, &row, error);
    if (done == 0)
        db_int(row, id);
    buf_release(&text);
    return done;
}

/* Deciding */

static int row_number(const char *word, int64_t *id, struct error *error)
{
    char *end;
    errno = 0;
    *id = strtoll(word, &end, 10);
    if (errno || end == word || *end || *id < 1)
        return error_advise(error, ERR_USAGE, USAGE, "outbox: '%s' is not the number of a row",
                            word);
    return 0;
}

/* One that cannot be decided does not keep the others from it; its error stands. */
static int decide(const struct command *command, struct db **db, enum outbox_decision decision,
                  struct error *error)
{
    const struct args *args = command->args;
    int64_t id;
    int done = 0;
    if (args->word_count < 2)
        return bad_usage(error, "which row? `fluent-sync outbox` shows their numbers");
    for (size_t i = 1; i < args->word_count; i++)
        if (row_number(args->words[i], &id, error) < 0)
            return -1;
    if (command_open(command, db, error) < 0)
        return -1;
    for (size_t i = 1; i < args->word_count; i++)
        if (row_number(args->words[i], &id, error) == 0 &&
            outbox_decide(*db, command->config, id, decision, error) < 0)
            done = -1;
    return done;
}

/* Listing */

static void print(const struct command *command, const struct report *rows)
{
    const struct args *args = command->args;
    if (args->json)
        json_print_rows(rows, command->out);
    else if (args->csv)
        csv_print(stdout, rows);
    else if (rows->rows && !(args->quiet && args->word_count))
        table_print(stdout, rows, ROWS, sizeof ROWS / sizeof *ROWS, table_line(stdout));
    else if (!args->quiet)
        puts("nothing waits to be sent");
}

/* Does what the words say; *choice: the rows that are then shown. */
static int act(const struct command *command, struct db **db, struct outbox_choice *choice,
               const char **added, char id[DB_DIGITS], struct error *error)
{
    const struct args *args = command->args;
    const char *verb = args->word_count ? args->words[0] : NULL;
    *choice = (struct outbox_choice){.all = args->all};
    if (!verb)
        return command_open(command, db, error);
    if (args->all)
        return bad_usage(error, "--all is for the list alone");
    if (strcmp(verb, "add") == 0) {
        *choice = (struct outbox_choice){.ids = added, .count = 1};
        return add(command, db, id, error);
    }
    *choice = (struct outbox_choice){.ids = args->words + 1, .count = args->word_count - 1};
    if (strcmp(verb, "retry") == 0)
        return decide(command, db, OUTBOX_RETRY, error);
    if (strcmp(verb, "cancel") == 0)
        return decide(command, db, OUTBOX_CANCEL, error);
    return bad_usage(error, "the words are add, retry and cancel");
}

int cmd_outbox(const struct command *command, struct error *error)
{
    char id[DB_DIGITS] = "";
    const char *added = id;
    struct outbox_choice choice;
    struct db *db = NULL;
    struct report rows = {0};
    if (act(command, &db, &choice, &added, id, error) == 0 &&
        report_outbox(&rows, db, command->config->site_key, &choice, error) == 0)
        print(command, &rows);
    report_release(&rows);
    db_close(db);
    return command_end(command, error);
}
