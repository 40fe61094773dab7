/* setup_plan: the plan of `setup` as a table of steps. */
#include "setup_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "config/keys.h"
#include "messages.h"
#include "store/migrate.h"
#include "terminal.h"

enum { SHOWN_MAX = 8192, ANSWER_MAX = 64, PATH_SIZE = 4096 };

struct plan {
    const struct command *command;
    struct setup *setup;
    const struct setup_database *tables;
    struct setup_accounts accounts;
    struct config_edit main_file, migrate_file;
};

static void say_lines(FILE *out, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        struct buf safe;
        buf_init(&safe, SHOWN_MAX);
        text_show(&safe, text, n, SHOWN_MAX);
        fprintf(out, "      %s\n", buf_text(&safe));
        buf_release(&safe);
        text += n + (text[n] == '\n');
    }
}

/* The steps */

static bool makes_accounts(const struct plan *plan)
{
    return setup_makes_accounts(plan->setup);
}

static void say_account(const struct plan *plan, size_t what, bool exists)
{
    FILE *out = plan->command->out;
    char *name = setup_value(plan->setup, what);
    fputs("      ", out);
    terminal_say(out, name ? name : SETUP_RUN_ACCOUNT);
    fprintf(out, "@%s%s\n", plan->accounts.host,
            exists ? ", which exists: it gets a new password" : "");
    setup_forget(name);
}

static void show_accounts(const struct plan *plan)
{
    FILE *out = plan->command->out;
    fputs("  accounts: make, of the database,\n", out);
    say_account(plan, config_key_find("mysql", "user"), plan->accounts.run_exists);
    say_account(plan, CONFIG_KEYS_COUNT + SETUP_MIGRATE_USER, plan->accounts.migrate_exists);
}

static int do_accounts(struct plan *plan, struct error *error)
{
    return setup_make_accounts(plan->setup, error);
}

static bool makes_tables(const struct plan *plan)
{
    return plan->tables->version < plan->tables->newest;
}

static void show_tables(const struct plan *plan)
{
    FILE *out = plan->command->out;
    char *database = setup_value(plan->setup, config_key_find("mysql", "database"));
    fprintf(out, "  tables: %s in ", plan->tables->version ? "upgrade" : "make");
    terminal_say(out, database ? database : "");
    fputc('\n', out);
    setup_forget(database);
}

static int do_tables(struct plan *plan, struct error *error)
{
    int applied;
    return setup_make_tables(plan->setup, &applied, error);
}

static void show_rights(const struct plan *plan)
{
    FILE *out = plan->command->out;
    fputs("  rights: give the account of runs what it needs on each table, and no more\n", out);
}

static int do_rights(struct plan *plan, struct error *error)
{
    return setup_make_rights(plan->setup, error);
}

static bool writes_file(const struct plan *plan)
{
    return plan->main_file.changed;
}

static void show_file(const struct plan *plan)
{
    FILE *out = plan->command->out;
    char mode[SETUP_TEXT_SIZE];
    setup_file_mode(plan->setup, mode);
    fprintf(out, "  file: %s ", plan->setup->exists ? "change" : "write");
    terminal_say(out, plan->setup->path);
    fprintf(out, " (%s)%s\n", mode, plan->setup->exists ? ", and keep it as it was with .bak" : "");
    say_lines(out, buf_text(&plan->main_file.diff));
}

static int do_file(struct plan *plan, struct error *error)
{
    return setup_make_file(plan->setup, SETUP_MAIN_FILE, &plan->main_file, error);
}

static void show_migrate_file(const struct plan *plan)
{
    FILE *out = plan->command->out;
    fputs("  file: write ", out);
    terminal_say(out, plan->setup->migrate_path);
    fputs(" (mode 0600), for `migrate` after an upgrade\n", out);
}

static int do_migrate_file(struct plan *plan, struct error *error)
{
    return setup_make_file(plan->setup, SETUP_MIGRATE_FILE, &plan->migrate_file, error);
}

/* In the order in which they are done. */
static const struct step {
    bool (*needed)(const struct plan *plan);
    void (*show)(const struct plan *plan);
    int (*run)(struct plan *plan, struct error *error);
    const char *done;
} STEPS[] = {
    {makes_accounts, show_accounts, do_accounts, "accounts: made"},
    {makes_tables, show_tables, do_tables, "tables: made"},
    {makes_accounts, show_rights, do_rights, "rights: granted"},
    {makes_accounts, show_migrate_file, do_migrate_file, "file of the account of migrate: written"},
    {writes_file, show_file, do_file, "file: written"},
};
enum { STEPS_COUNT = sizeof STEPS / sizeof *STEPS };

/* Planning */

static int plan_accounts(struct plan *plan, struct error *error)
{
    size_t what = CONFIG_KEYS_COUNT + SETUP_MIGRATE_USER;
    if (!makes_accounts(plan))
        return 0;
    if (!setup_has(plan->setup, what) &&
        setup_answer(plan->setup, what, SETUP_MIGRATE_ACCOUNT, error) < 0)
        return -1;
    return setup_find_accounts(plan->setup, &plan->accounts, error) < 0
               ? -1
               : setup_make_passwords(plan->setup, error);
}

/* What the file would hold must be a whole configuration. */
static int plan_files(struct plan *plan, struct error *error)
{
    struct config config;
    if (setup_config(plan->setup, false, &config, error) < 0)
        return -1;
    config_release(&config);
    if (makes_accounts(plan) &&
        setup_edit(plan->setup, SETUP_MIGRATE_FILE, &plan->migrate_file, error) < 0)
        return -1;
    return setup_edit(plan->setup, SETUP_MAIN_FILE, &plan->main_file, error);
}

static bool show_plan(const struct plan *plan)
{
    FILE *out = plan->command->out;
    bool any = false;
    for (size_t i = 0; i < STEPS_COUNT; i++) {
        if (!STEPS[i].needed(plan))
            continue;
        if (!any)
            fputs("\nNothing has been changed so far. This is to be done:\n\n", out);
        STEPS[i].show(plan);
        any = true;
    }
    if (!any)
        fputs("\nAll is as it should be: there is nothing to change.\n", out);
    return any;
}

/* Asks until there is a yes or a no; Enter alone is `otherwise`. -1 when the asking ended. */
static int confirm(const struct plan *plan, const char *prompt, char otherwise, struct error *error)
{
    struct buf answer;
    char first = '\0';
    buf_init(&answer, ANSWER_MAX);
    while (!first &&
           terminal_ask(prompt, TERMINAL_SHOWS, plan->command->limits, &answer, error) == 0) {
        first = answer.len ? buf_text(&answer)[0] : otherwise;
        if (!first || !strchr("yYnN", first))
            first = '\0';
    }
    terminal_forget(&answer);
    return first ? first == 'y' || first == 'Y' : -1;
}

static int carry_out(struct plan *plan, bool *changed, struct error *error)
{
    if (setup_check_before(plan->setup, error) < 0)
        return -1;
    for (size_t i = 0; i < STEPS_COUNT; i++) {
        if (!STEPS[i].needed(plan))
            continue;
        if (limits_check(plan->command->limits, error) < 0)
            return -1;
        /* A step that fails may have done a part. */
        *changed = true;
        if (STEPS[i].run(plan, error) < 0)
            return -1;
        fprintf(plan->command->out, "  %s\n", STEPS[i].done);
    }
    return 0;
}

/* Afterwards */

/* What it finds out is said, and changes nothing about the set-up. -1 when the asking ended. */
static int dry_run(const struct plan *plan, const struct command *with, struct error *error)
{
    struct args args = *with->args;
    struct command command = *with;
    struct error found = ERROR_INIT;
    int wanted = confirm(
        plan, "\nTry a dry run, which reads the site and writes nothing? [Y/n]: ", 'y', error);
    if (wanted <= 0)
        return wanted;
    args.command = CMD_SYNC;
    args.dry_run = true;
    command.args = &args;
    if (cmd_sync(&command, &found) != 0)
        messages_lines(command.log, LOG_ERROR, found.message, found.advice);
    return limits_check(command.limits, error);
}

/* How to start it from now on. */
static void show_next(const struct plan *plan)
{
    FILE *out = plan->command->out;
    char program[PATH_SIZE] = "fluent-sync", file[PATH_SIZE] = "";
    const struct setup *setup = plan->setup;
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    if (n > 0)
        program[n] = '\0';
    if (!setup->found)
        snprintf(file, sizeof file, " -c %s", setup->path);
    fprintf(out, "\nThe first import:   fluent-sync%s\n", file);
    fprintf(out, "Then by crontab -e: */10 * * * * %s -q%s\n", program, file);
    if (setup->systems)
        fputs("or by systemd:      sudo systemctl enable --now fluent-sync.timer\n", out);
}

static int examine(const struct plan *plan, struct error *error)
{
    struct config config;
    struct command command = *plan->command;
    if (setup_load(plan->setup, &config, error) < 0)
        return -1;
    command.config = &config;
    command.mysql = config.mysql;
    command.mysql.limits = command.limits;
    command.mysql.probe = MIGRATE_PROBE;
    fputs("\n$ fluent-sync check\n", command.out);
    int code = cmd_check(&command, error);
    if (code == 0 && !command.args->yes)
        code = dry_run(plan, &command, error);
    if (code == 0)
        show_next(plan);
    config_release(&config);
    return code;
}

int setup_plan_run(const struct command *command, struct setup *setup,
                   const struct setup_database *tables, bool *changed, struct error *error)
{
    struct plan plan = {.command = command, .setup = setup, .tables = tables};
    int agreed = -1, code = -1;
    if (plan_accounts(&plan, error) == 0 && plan_files(&plan, error) == 0) {
        bool any = show_plan(&plan);
        agreed = !any || command->args->yes ? 1 : confirm(&plan, "\nDo this? [y/n]: ", '\0', error);
    }
    if (agreed == 0) {
        fputs("Nothing was changed.\n", command->out);
        code = 0;
    } else if (agreed > 0 && carry_out(&plan, changed, error) == 0) {
        code = examine(&plan, error);
    }
    config_edit_release(&plan.main_file);
    config_edit_release(&plan.migrate_file);
    return code;
}
