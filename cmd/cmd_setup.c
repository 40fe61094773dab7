/* cmd_setup: asks for what a run needs, tries each answer, shows what would be done, and does it.
 */
#include "app/setup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "command.h"
#include "config/answer.h"
#include "config/keys.h"
#include "setup_plan.h"
#include "terminal.h"

enum { PROMPT_MAX = 2048, ANSWER_MAX = 8192, MISSING_MAX = 512 };

struct asking {
    const struct command *command;
    struct setup *setup;
    struct setup_tickets tickets;
    struct setup_database database;
    bool *again; /* of each question: what was given for it did not do */
};

/* The questions */

/* Whether there has to be an answer. */
enum need { NEEDED, OPTIONAL };

struct question {
    const char *section, *name; /* of the key; section NULL: `own` */
    enum setup_own own;
    enum need need;
    const char *prompt;
    const char *explanation; /* lines; NULL: none */
    const char *nothing;     /* what no answer means, in words; NULL: no more than that */
    /* NULL: always. */
    bool (*applies)(const struct asking *a);
    /* The proposal where the file has no value; NULL: there is none. */
    const char *(*propose)(const struct asking *a);
    /* Tries what has been answered so far. On -1 the questions from `back` on are asked again. */
    int (*check)(struct asking *a, struct error *error);
    const char *back;
};

static size_t key_of(const char *section, const char *name)
{
    return config_key_find(section, name);
}

static size_t what_is(const struct question *q)
{
    return q->section ? key_of(q->section, q->name) : CONFIG_KEYS_COUNT + q->own;
}

static bool has(const struct asking *a, const char *section, const char *name)
{
    return setup_has(a->setup, key_of(section, name));
}

/* When */

static bool is_on_this_machine(const struct asking *a)
{
    return !has(a, "mysql", "host");
}

static bool is_elsewhere(const struct asking *a)
{
    return has(a, "mysql", "host");
}

static bool has_admin(const struct asking *a)
{
    return setup_makes_accounts(a->setup);
}

/* The account of runs is tried by now, unless it is yet to be made. */
static bool needs_tables(const struct asking *a)
{
    return !has_admin(a) && a->database.version < a->database.newest;
}

static bool has_migrate(const struct asking *a)
{
    return needs_tables(a) && setup_has(a->setup, CONFIG_KEYS_COUNT + SETUP_MIGRATE_USER);
}

/* Proposals */

static const char *propose_day(const struct asking *a)
{
    return *a->tickets.oldest ? a->tickets.oldest : NULL;
}

static const char *propose_port(const struct asking *a)
{
    (void)a;
    return "3306";
}

static const char *propose_account(const struct asking *a)
{
    (void)a;
    return SETUP_RUN_ACCOUNT;
}

/* Trying */

/* Whoever is asked for the password has seen before where it goes. */
static bool asks_for_password(const struct asking *a)
{
    return !a->command->args->yes && !a->setup->given[key_of("fluent", "api_password")];
}

static int check_site(struct asking *a, struct error *error)
{
    FILE *out = a->command->out;
    struct setup_site site;
    fputs("  ... asking the site\n", out);
    if (setup_try_site(a->setup, &site, error) < 0)
        return -1;
    fprintf(out, "  ok: \"");
    terminal_say(out, site.name);
    fprintf(out, "\"%s%s\n", *site.version ? ", FluentSupport " : "", site.version);
    if (site.moved) {
        fprintf(out, "  the right address is ");
        terminal_say(out, site.address);
        fputc('\n', out);
    }
    if (site.elsewhere && !asks_for_password(a))
        return error_advise(error, ERR_USAGE, "give that address, if it is right",
                            "the address leads to %s, on another host, and the password goes to "
                            "none that was not named",
                            site.address);
    if (!site.passwords)
        fputs("  warning: it offers no Application Passwords: it is not on https, or a security\n"
              "  plugin has switched them off\n",
              out);
    return 0;
}

static int check_login(struct asking *a, struct error *error)
{
    FILE *out = a->command->out;
    fputs("  ... asking for tickets\n", out);
    if (setup_try_login(a->setup, &a->tickets, error) < 0)
        return -1;
    fprintf(out, "  ok: %" PRId64 " ticket%s", a->tickets.total, a->tickets.total == 1 ? "" : "s");
    if (*a->tickets.oldest && *a->tickets.newest)
        fprintf(out, ", from %s to %s", a->tickets.oldest, a->tickets.newest);
    fputc('\n', out);
    if (!a->tickets.sees_all)
        fputs(
            "  warning: the user sees only a part of the tickets. To mirror all: Fluent Support >\n"
            "  Settings > Support Staff, View Tickets (Read Only)\n",
            out);
    return 0;
}

static int check_account(struct asking *a, enum setup_account account, struct error *error)
{
    FILE *out = a->command->out;
    fputs("  ... connecting to the database\n", out);
    if (setup_try_database(a->setup, account, &a->database, error) < 0)
        return -1;
    fprintf(out, "  ok: ");
    terminal_say(out, a->database.server);
    if (a->database.version == 0)
        fputs(", the tables are yet to be made\n", out);
    else
        fprintf(out, ", tables of version %d%s\n", a->database.version,
                a->database.version < a->database.newest ? ", which are to be upgraded" : "");
    return 0;
}

static int check_admin(struct asking *a, struct error *error)
{
    return has_admin(a) ? check_account(a, SETUP_ADMIN, error) : 0;
}

static int check_run(struct asking *a, struct error *error)
{
    return has_admin(a) ? 0 : check_account(a, SETUP_RUNS, error);
}

static int check_migrate(struct asking *a, struct error *error)
{
    return check_account(a, SETUP_MIGRATE, error);
}

static const struct question QUESTIONS[] = {
    {.section = "fluent",
     .name = "api_url",
     .prompt = "Address of the site",
     .explanation = "The WordPress site with FluentSupport, such as https://support.example.com.",
     .check = check_site,
     .back = "api_url"},
    {.section = "fluent",
     .name = "api_username",
     .prompt = "WordPress user",
     .explanation =
         "A user for this purpose alone: Users > Add New, with the role Subscriber. Then\n"
         "Fluent Support > Settings > Support Staff > Add New: that user, with View\n"
         "Tickets (Read Only)."},
    {.section = "fluent",
     .name = "api_password",
     .prompt = "Application Password",
     .explanation =
         "Not the login password: Users > that user > Edit > Application Passwords.\n"
         "Enter a name, press Add New Application Password, and copy it; WordPress shows\n"
         "it only once. What you type here is not shown.",
     .check = check_login,
     .back = "api_username"},
    {.section = "fluent",
     .name = "date_filter",
     .prompt = "First day",
     .explanation = "Tickets created on this day or later are mirrored.",
     .propose = propose_day},
    {.section = "mysql",
     .name = "host",
     .need = OPTIONAL,
     .prompt = "Database server",
     .explanation = "The MySQL or MariaDB server of the dashboard: its name or address.",
     .nothing = "this machine"},
    {.section = "mysql",
     .name = "port",
     .need = OPTIONAL,
     .prompt = "Its port",
     .applies = is_elsewhere,
     .propose = propose_port},
    {.section = "mysql",
     .name = "socket",
     .need = OPTIONAL,
     .prompt = "Its socket",
     .nothing = "the usual one",
     .applies = is_on_this_machine},
    {.section = "mysql", .name = "database", .prompt = "The dashboard's database"},
    {.own = SETUP_ADMIN_USER,
     .need = OPTIONAL,
     .prompt = "Administrator of the database",
     .explanation =
         "Runs need a database account, and the tables another one. Both are made now when\n"
         "you name an account that may create accounts, such as root.",
     .nothing = "the accounts are there"},
    {.own = SETUP_ADMIN_PASSWORD,
     .need = OPTIONAL,
     .prompt = "Its password",
     .nothing = "none",
     .applies = has_admin,
     .check = check_admin,
     .back = "host"},
    {.section = "mysql",
     .name = "user",
     .prompt = "Database account of runs",
     .propose = propose_account},
    {.section = "mysql",
     .name = "password",
     .need = OPTIONAL,
     .prompt = "Its password",
     .check = check_run,
     .back = "host"},
    {.own = SETUP_MIGRATE_USER,
     .need = OPTIONAL,
     .prompt = "Database account that may make the tables",
     .nothing = "the same",
     .applies = needs_tables},
    {.own = SETUP_MIGRATE_PASSWORD,
     .need = OPTIONAL,
     .prompt = "Its password",
     .nothing = "none",
     .applies = has_migrate,
     .check = check_migrate,
     .back = NULL},
};
enum { QUESTIONS_COUNT = sizeof QUESTIONS / sizeof *QUESTIONS };

/* Asking */

/* What Enter alone gives: the value that holds, else the proposal. For free(). */
static char *default_of(const struct asking *a, const struct question *q)
{
    char *value = setup_is_secret(what_is(q)) ? NULL : setup_value(a->setup, what_is(q));
    const char *proposed = !value && q->propose ? q->propose(a) : NULL;
    return proposed ? strdup(proposed) : value;
}

/* What no answer to the question about a password means. */
static const char *words_for_nothing(const struct asking *a, const struct question *q)
{
    if (!setup_is_secret(what_is(q)))
        return q->nothing;
    if (setup_has(a->setup, what_is(q)))
        return "as it is";
    bool made = has_admin(a) && q->section;
    return made && q->need == OPTIONAL ? "a random one" : q->nothing;
}

static int ask(const struct asking *a, const struct question *q, struct buf *answer,
               struct error *error)
{
    char *value = default_of(a, q);
    const char *shown = value ? value : words_for_nothing(a, q);
    struct buf prompt;
    buf_init(&prompt, PROMPT_MAX);
    buf_puts(&prompt, q->prompt);
    if (shown) {
        buf_puts(&prompt, " [");
        text_show(&prompt, shown, strlen(shown), PROMPT_MAX / 2);
        buf_putc(&prompt, ']');
    }
    buf_puts(&prompt, ": ");
    int done = terminal_ask(buf_text(&prompt),
                            setup_is_secret(what_is(q)) ? TERMINAL_HIDES : TERMINAL_SHOWS,
                            a->command->limits, answer, error);
    if (done == 0 && !answer->len && value)
        buf_puts(answer, value);
    free(value);
    buf_release(&prompt);
    return done;
}

/* "-" empties what would else be taken. */
static const char *meant(const struct buf *answer)
{
    return strcmp(buf_text(answer), "-") == 0 ? "" : buf_text(answer);
}

static void say_error(FILE *out, const struct error *error)
{
    fprintf(out, "  failed: ");
    terminal_say(out, error->message);
    fputc('\n', out);
    if (*error->advice) {
        fprintf(out, "  -> ");
        terminal_say(out, error->advice);
        fputc('\n', out);
    }
}

static int take(const struct asking *a, const struct question *q, const char *text,
                struct error *error)
{
    bool keeps = !*text && setup_is_secret(what_is(q)) && setup_has(a->setup, what_is(q));
    if (!*text && q->need == NEEDED && !keeps)
        return error_set(error, ERR_USAGE, "this needs an answer");
    return keeps ? 0 : setup_answer(a->setup, what_is(q), text, error);
}

/* Asks until the answer can be one. -1 when the asking ended. */
static int ask_until(const struct asking *a, const struct question *q, struct error *error)
{
    struct buf answer;
    int done = -1;
    buf_init(&answer, ANSWER_MAX);
    if (q->explanation)
        fprintf(a->command->out, "\n%s\n", q->explanation);
    while (done < 0 && ask(a, q, &answer, error) == 0) {
        struct error why = ERROR_INIT;
        done = take(a, q, meant(&answer), &why);
        if (done < 0)
            say_error(a->command->out, &why);
    }
    terminal_forget(&answer);
    return done;
}

/* Without asking: what is given, held or proposed. */
static int settle(const struct asking *a, const struct question *q, struct error *error)
{
    char *value = default_of(a, q);
    int done = value ? take(a, q, value, error) : 0;
    free(value);
    return done;
}

static size_t question_of(const char *name)
{
    size_t i = 0;
    while (!QUESTIONS[i].name || strcmp(QUESTIONS[i].name, name) != 0)
        i++;
    return i;
}

/* Where to go on after a try that failed. */
static size_t begin_again(struct asking *a, size_t failed)
{
    const struct question *q = &QUESTIONS[failed];
    size_t first = q->back ? question_of(q->back) : failed - 1;
    for (size_t i = first; i <= failed; i++)
        a->again[i] = true;
    return first;
}

static bool is_asked(const struct asking *a, size_t i)
{
    const struct question *q = &QUESTIONS[i];
    return !a->command->args->yes && (a->again[i] || !a->setup->given[what_is(q)]);
}

static int ask_all(struct asking *a, struct error *error)
{
    for (size_t i = 0; i < QUESTIONS_COUNT;) {
        const struct question *q = &QUESTIONS[i];
        struct error why = ERROR_INIT;
        if (q->applies && !q->applies(a)) {
            i++;
            continue;
        }
        if ((is_asked(a, i) ? ask_until(a, q, error) : settle(a, q, error)) < 0)
            return -1;
        if (!q->check || q->check(a, &why) == 0)
            i++;
        else if (a->command->args->yes || limits_check(a->command->limits, error) < 0)
            return error_copy(error, &why);
        else {
            say_error(a->command->out, &why);
            i = begin_again(a, i);
        }
    }
    return 0;
}

/* What is given */

/* Appends how else the answer can be given: "--api-url", "$FLUENT_API_PASSWORD". */
static void print_way(const struct question *q, struct buf *out)
{
    char option[CONFIG_OPTION_SIZE];
    size_t what = what_is(q);
    buf_puts(out, out->len ? ", " : "");
    if (config_option(what, option))
        buf_printf(out, "--%s", option);
    else
        buf_printf(out, "$%s", CONFIG_KEYS[what].environment);
}

static int check_given(const struct asking *a, struct error *error)
{
    struct buf missing;
    int done = 0;
    buf_init(&missing, MISSING_MAX);
    for (size_t i = 0; i < QUESTIONS_COUNT; i++)
        if (QUESTIONS[i].need == NEEDED && !QUESTIONS[i].propose &&
            !setup_has(a->setup, what_is(&QUESTIONS[i])))
            print_way(&QUESTIONS[i], &missing);
    if (a->command->args->yes && missing.len)
        done = error_advise(error, ERR_USAGE,
                            "passwords come from their variable, or from --api-password-file and "
                            "--mysql-password-file",
                            "setup --yes needs more answers: %s", buf_text(&missing));
    buf_release(&missing);
    return done;
}

static int give_options(const struct asking *a, struct error *error)
{
    const struct args *args = a->command->args;
    struct setup *setup = a->setup;
    const struct {
        enum setup_own own;
        const char *text, *file;
    } owns[] = {
        {SETUP_ADMIN_USER, args->admin_user, NULL},
        {SETUP_ADMIN_PASSWORD, NULL, args->admin_password_file},
        {SETUP_MIGRATE_USER, args->migrate_user, NULL},
        {SETUP_MIGRATE_PASSWORD, NULL, args->migrate_password_file},
    };
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++)
        if (args->keys[i] && setup_give(setup, i, args->keys[i], error) < 0)
            return -1;
    for (size_t i = 0; i < sizeof owns / sizeof *owns; i++) {
        size_t what = CONFIG_KEYS_COUNT + owns[i].own;
        if ((owns[i].text && setup_give(setup, what, owns[i].text, error) < 0) ||
            (owns[i].file && setup_give_file(setup, what, owns[i].file, error) < 0))
            return -1;
    }
    return 0;
}

/* The whole */

/* What is wrong in the file besides would make every try fail. */
static int check_file(const struct asking *a, struct error *error)
{
    struct config config;
    struct error why = ERROR_INIT;
    int done = setup_config(a->setup, true, &config, &why);
    if (done == 0) {
        config_release(&config);
        return 0;
    }
    struct error_kind kind = error_kind_of(&why);
    kind.advice = "correct the file, or move it away; setup then begins a new one";
    return error_raise(error, kind, "setup cannot begin:\n%s", why.message);
}

static int begin(const struct asking *a, struct error *error)
{
    FILE *out = a->command->out;
    const struct args *args = a->command->args;
    if (!args->yes && !terminal_is_there())
        return error_advise(error, ERR_USAGE,
                            "without one, give --yes and the answers as options: `fluent-sync help "
                            "setup`",
                            "setup asks its questions on a terminal, and there is none");
    if (setup_open(a->setup, args->config, error) < 0 || setup_give_variables(a->setup, error) < 0)
        return -1;
    config_forget(environ);
    if (give_options(a, error) < 0 || check_given(a, error) < 0 ||
        (a->setup->exists && check_file(a, error) < 0))
        return -1;
    fprintf(out, "This sets up fluent-sync, in %s%s.\n", a->setup->path,
            a->setup->exists ? ", which is there already" : "");
    if (!args->yes)
        fputs("Enter takes what is in brackets, - empties it, Ctrl-C ends without a change.\n",
              out);
    return 0;
}

static int set_up(const struct command *command, struct error *error)
{
    struct setup setup = {.environment = (const char *const *)environ,
                          .version = FLUENT_SYNC_VERSION,
                          .limits = command->limits,
                          .log = command->log};
    bool again[QUESTIONS_COUNT] = {false};
    struct asking a = {.command = command, .setup = &setup, .again = again};
    struct error why = ERROR_INIT;
    bool changed = false;
    int code = 0;
    if (begin(&a, &why) == 0 && ask_all(&a, &why) == 0)
        code = setup_plan_run(command, &setup, &a.database, &changed, &why);
    setup_close(&setup);
    if (why.code == ERR_NONE)
        return code;
    struct error_kind kind = error_kind_of(&why);
    if (changed)
        kind.advice = "what was done stays; `fluent-sync setup` goes on from there";
    else if (why.code == ERR_SIGINT || why.code == ERR_SIGTERM)
        kind.advice = "nothing was changed";
    else
        return error_copy(error, &why), (int)error->code;
    error_raise(error, kind, "setup stopped: %s", why.message);
    return (int)error->code;
}

int cmd_setup(const struct command *command, struct error *error)
{
    struct command silent = *command;
    if (!command->args->quiet || !command->args->yes) /* what is asked cannot be asked silently */
        return set_up(command, error);
    silent.out = fopen("/dev/null", "we");
    if (!silent.out)
        return error_set(error, ERR_INTERNAL, "/dev/null: %s", strerror(errno)), (int)error->code;
    int code = set_up(&silent, error);
    fclose(silent.out);
    return code;
}
