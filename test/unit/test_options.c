/* test_options: the command line, what is refused, and the help. */
#include "options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/keys.h"

enum { WORDS_MAX = 32, LINE_MAX_BYTES = 4096, HELP_MAX = 1 << 16 };

/* A command line, its words separated by single spaces; the texts of `args` are in it. */
struct line {
    char text[LINE_MAX_BYTES];
    struct args args;
    struct error error;
    int done;
};

static struct line *parse(const char *text)
{
    struct line *line = calloc(1, sizeof *line);
    assert_non_null(line);
    assert_true(strlen(text) < sizeof line->text);
    strcpy(line->text, text);
    char *argv[WORDS_MAX] = {(char[]){"fluent-sync"}}, *rest = line->text;
    int argc = 1;
    while (*text && rest)
        argv[argc++] = strsep(&rest, " ");
    line->done = args_parse(&line->args, argc, argv, &line->error);
    return line;
}

static void release(struct line *line)
{
    args_release(&line->args);
    free(line);
}

static struct line *parse_good(const char *text)
{
    struct line *line = parse(text);
    if (line->done != 0)
        fail_msg("%s: %s", text, line->error.message);
    assert_int_equal(line->error.code, ERR_NONE);
    return line;
}

static void assert_command(const char *text, enum command_bit command)
{
    struct line *line = parse_good(text);
    if (line->args.command != command)
        fail_msg("%s: %s", text, args_command_of(line->args.command)->name);
    release(line);
}

/* Refused with one line that holds `says`. */
static void assert_refused(const char *text, const char *says)
{
    struct line *line = parse(text);
    if (line->done != -1 || line->error.code != ERR_USAGE)
        fail_msg("not refused: %s", text);
    if (!strstr(line->error.message, says))
        fail_msg("%s: \"%s\" is not in: %s", text, says, line->error.message);
    assert_null(strchr(line->error.message, '\n'));
    release(line);
}

/* Commands */

static void test_commands(void **state)
{
    (void)state;
    assert_command("", CMD_SYNC);
    assert_command("sync", CMD_SYNC);
    assert_command("status", CMD_STATUS);
    assert_command("tickets", CMD_TICKETS);
    assert_command("rejects", CMD_REJECTS);
    assert_command("migrate", CMD_MIGRATE);
    assert_command("check", CMD_CHECK);
    assert_command("--since 2025-10-01", CMD_SYNC);
    assert_command("--json", CMD_SYNC);
    assert_command("--config status", CMD_SYNC);
    assert_command("--config x status", CMD_STATUS);
    assert_refused("stats", "'stats'");
    assert_refused("Sync", "'Sync'");
    assert_refused("sync status", "'status'");
    assert_refused("status status", "'status'");
    assert_refused("sync extra", "'extra'");
}

static void test_command_names(void **state)
{
    (void)state;
    static const char *const names[] = {"sync", "status", "tickets", "rejects", "migrate", "check"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct line *line = parse_good(names[i]);
        assert_string_equal(args_command_of(line->args.command)->name, names[i]);
        release(line);
    }
}

static void test_nothing_given(void **state)
{
    (void)state;
    struct line *line = parse_good("");
    const struct args *a = &line->args;
    assert_false(a->help || a->version || a->quiet || a->json || a->log_json || a->log_bodies);
    assert_false(a->full || a->dry_run || a->adopt || a->accept_site || a->no_progress);
    assert_false(a->has_max_deletes || a->edited);
    assert_int_equal(a->verbose, 0);
    assert_null(a->config);
    assert_null(a->since);
    assert_null(a->status);
    assert_null(a->accept);
    assert_int_equal(a->ticket_count, 0);
    assert_int_equal(a->limit, -1);
    assert_int_equal(a->offset, -1);
    assert_int_equal(a->mailbox, -1);
    assert_int_equal(a->max_age, -1);
    release(line);
}

static void test_help_of_what(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum command_bit topic;
    } cases[] = {{"help", CMD_EVERY},           {"help status", CMD_STATUS},
                 {"help help", CMD_HELP},       {"status --help", CMD_STATUS},
                 {"--help status", CMD_STATUS}, {"-v --help", CMD_EVERY},
                 {"help show", CMD_SHOW},       {"show --help", CMD_SHOW}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct line *line = parse_good(cases[i].line);
        assert_true(line->args.help);
        assert_int_equal(line->args.topic, cases[i].topic);
        release(line);
    }
    assert_refused("help nonsense", "nonsense");
    assert_refused("help status sync", "sync");
}

/* What was meant, where it can be guessed, and where to look otherwise. */
static void assert_advised(const char *text, const char *advice)
{
    struct line *line = parse(text);
    assert_int_equal(line->done, -1);
    if (!strstr(line->error.advice, advice))
        fail_msg("%s: %s", text, line->error.advice);
    release(line);
}

static void test_the_nearest_is_proposed(void **state)
{
    (void)state;
    assert_advised("stats", "did you mean fluent-sync status?");
    assert_advised("help tickts", "did you mean fluent-sync tickets?");
    assert_advised("nonsense", "fluent-sync --help");
    assert_advised("--fulll", "did you mean --full?");
    assert_advised("--dryrun", "did you mean --dry-run?");
    assert_advised("--sinse=2025-10-01", "did you mean --since?");
    assert_advised("status --ofset 5", "fluent-sync --help"); /* an option of tickets alone */
    assert_advised("tickets --ofset 5", "did you mean --offset?");
    assert_advised("--nonsense", "fluent-sync --help");
    assert_advised("status --dry-run", "it is an option of sync, push, migrate");
}

/* Options */

static void test_options_of_sync(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "--since 2025-10-01 --full --dry-run --max-deletes 5% --adopt --accept-site --json "
        "--no-progress -c f.ini -q -v -v --log-format json --log-bodies",
        "sync --since=2025-10-01 --full --dry-run --max-deletes=5% --adopt --accept-site --json "
        "--no-progress --config=f.ini --quiet --verbose --verbose --log-format=json --log-bodies",
        "--since 2025-10-01 --full -vv sync --dry-run --max-deletes 5% --adopt --accept-site -q "
        "--json --no-progress -cf.ini --log-format json --log-bodies",
        "-qvvc f.ini sync --full --since 2025-10-01 --dry-run --max-deletes 5% --adopt "
        "--accept-site --json --no-progress --log-format json --log-bodies",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct line *line = parse_good(lines[i]);
        const struct args *a = &line->args;
        assert_int_equal(a->command, CMD_SYNC);
        assert_string_equal(a->since, "2025-10-01");
        assert_true(a->full && a->dry_run && a->adopt && a->accept_site && a->no_progress);
        assert_true(a->json && a->quiet && a->log_json && a->log_bodies);
        assert_true(a->has_max_deletes && a->max_deletes.percent);
        assert_int_equal(a->max_deletes.number, 5);
        assert_int_equal(a->verbose, 2);
        assert_string_equal(a->config, "f.ini");
        release(line);
    }
}

static void test_since_when(void **state)
{
    (void)state;
    static const char *const lines[] = {"--since 2025-10-01",
                                        "--since today",
                                        "--since Yesterday",
                                        "--since 7d",
                                        "check --since 12h",
                                        "--since 2025-10-01T08:30:00Z",
                                        "--since 2025-10-01T08:30:00.000+02:00"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct line *line = parse_good(lines[i]);
        assert_non_null(line->args.since);
        release(line);
    }
}

static void test_tickets_to_sync(void **state)
{
    (void)state;
    struct line *line = parse_good("--ticket 5 sync --ticket=9007199254740991 --ticket 5");
    assert_int_equal(line->args.ticket_count, 3);
    assert_int_equal(line->args.tickets[0], 5);
    assert_int_equal(line->args.tickets[1], 9007199254740991);
    assert_int_equal(line->args.tickets[2], 5);
    release(line);
    static const char *const bad[] = {
        "0", "-1", "x", "5x", "1.5", "99999999999999999999", "9007199254740993", "5,6"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[100];
        snprintf(text, sizeof text, "--ticket 1 --ticket %s", bad[i]);
        assert_refused(text, bad[i]);
        assert_refused(text, "--ticket");
    }
    assert_refused("--ticket 5 --full", "--full");
}

static void test_options_of_the_others(void **state)
{
    (void)state;
    struct line *line = parse_good("tickets --limit 5 --offset 0 --status on-hold --mailbox 3 "
                                   "--json");
    assert_int_equal(line->args.limit, 5);
    assert_int_equal(line->args.offset, 0);
    assert_string_equal(line->args.status, "on-hold");
    assert_int_equal(line->args.mailbox, 3);
    assert_true(line->args.json);
    release(line);
    line = parse_good("tickets --edited --limit 5");
    assert_true(line->args.edited);
    release(line);
    line = parse_good("--limit 7 status --max-age 2h --json");
    assert_int_equal(line->args.limit, 7);
    assert_int_equal(line->args.max_age, 7200);
    release(line);
    line = parse_good("rejects --accept shop:5 --json --accept 170");
    assert_int_equal(line->args.accept_count, 2);
    assert_string_equal(line->args.accept[0], "shop:5");
    assert_string_equal(line->args.accept[1], "170");
    release(line);
    line = parse_good("migrate --dry-run");
    assert_true(line->args.dry_run);
    release(line);
    line = parse_good("show --json 4711");
    assert_int_equal(line->args.command, CMD_SHOW);
    assert_string_equal(line->args.id, "4711");
    release(line);
    line = parse_good("report -o page.html --days=366 --no-text");
    assert_string_equal(line->args.output, "page.html");
    assert_int_equal(line->args.days, 366);
    assert_true(line->args.no_text);
    release(line);
}

static void test_options_of_another_command(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        {"--limit 5", "--limit"},
        {"sync --offset 5", "--offset"},
        {"status --full", "--full"},
        {"status --since 2025-10-01", "--since"},
        {"--dry-run status", "--dry-run"},
        {"tickets --max-age 2h", "--max-age"},
        {"tickets --accept 5", "--accept"},
        {"rejects --limit 5", "--limit"},
        {"rejects --ticket 5", "--ticket"},
        {"migrate --adopt", "--adopt"},
        {"status --max-deletes 5", "--max-deletes"},
        {"--edited rejects", "--edited"},
        {"show 5 --limit 5", "--limit"},
        {"status --output x", "--output"},
        {"show", "which ticket"},
        {"show 5 6", "6"},
        {"tickets --edited --all-sources", "--all-sources"},
        {"tickets --edited --since 1d", "--since"},
        {"tickets --offset 1 --edited", "--edited and --offset exclude each other"},
        {"tickets --edited --status new", "--status"},
        {"tickets --edited --mailbox 1", "--mailbox"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_refused(lines[i][0], lines[i][1]);
}

static void test_values_that_are_none(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        {"--since 2025-02-30", "2025-02-30"},
        {"--since 2025-13-01", "--since"},
        {"--since 20251001", "--since"},
        {"--since 2025-10-01x", "--since"},
        {"--since 2025-10-1", "--since"},
        {"--since yesterdays", "yesterdays"},
        {"--since 7", "'7'"},
        {"--since 7w", "7w"},
        {"--since=", "--since"},
        {"--max-deletes 101%", "101%"},
        {"--max-deletes -1", "--max-deletes"},
        {"--max-deletes x", "--max-deletes"},
        {"status --limit x", "--limit"},
        {"status --limit -1", "'-1' is not a whole number from 0 to "},
        {"status --limit=", "--limit"},
        {"status --limit 5x", "5x"},
        {"report --days 6", "'6' is not a whole number from 7 to 366"},
        {"report --days 367", "367"},
        {"report --days x", "--days"},
        {"status --limit 99999999999999999999", "--limit"},
        {"tickets --offset 1.5", "--offset"},
        {"tickets --mailbox all", "--mailbox"},
        {"status --max-age 2w", "2w"},
        {"status --max-age h", "--max-age"},
        {"status --max-age -5", "--max-age"},
        {"--log-format xml", "xml"},
        {"--log-format JSON", "JSON"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_refused(lines[i][0], lines[i][1]);
}

static void test_options_that_are_none(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        {"--bogus", "--bogus"},
        {"sync --bogus=5", "--bogus"},
        {"-x", "-x"},
        {"-qx", "-x"},
        {"-xq", "-x"},
        {"--full=yes", "--full"},
        {"--json=1", "--json"},
        {"-c", "-c"},
        {"--config", "--config"},
        {"status --limit", "--limit"},
        {"sync --since", "--since"},
        {"-qc", "needs a value"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_refused(lines[i][0], lines[i][1]);
}

/* What is meant must be clear. */
static void test_abbreviations(void **state)
{
    (void)state;
    static const char *const ambiguous[] = {"--max 5", "--log text", "--ver", "--a", "--mailbo-x"};
    for (size_t i = 0; i < sizeof ambiguous / sizeof *ambiguous; i++)
        assert_refused(ambiguous[i], "option '--");
    struct line *line = parse_good("--max-d 5 --si 2025-10-01 --conf x");
    assert_int_equal(line->args.max_deletes.number, 5);
    assert_string_equal(line->args.since, "2025-10-01");
    assert_string_equal(line->args.config, "x");
    release(line);
    line = parse_good("tickets --status status"); /* an option of the same name as a command */
    assert_int_equal(line->args.command, CMD_TICKETS);
    assert_string_equal(line->args.status, "status");
    release(line);
}

static void test_the_last_one_holds(void **state)
{
    (void)state;
    struct line *line = parse_good("--since 2025-10-01 --since 2025-10-02 --log-format json "
                                   "--log-format text");
    assert_string_equal(line->args.since, "2025-10-02");
    assert_false(line->args.log_json);
    release(line);
}

/* With --json the error is a document too, so the flag must be known whatever is wrong. */
static void test_json_is_known_on_errors(void **state)
{
    (void)state;
    static const char *const with[] = {
        "--json --bogus",  "--bogus --json",        "status --limit x --json", "--json nonsense",
        "nonsense --json", "migrate --full --json", "--since --json",          "-x --json"};
    for (size_t i = 0; i < sizeof with / sizeof *with; i++) {
        struct line *line = parse(with[i]);
        assert_int_equal(line->done, -1);
        if (!line->args.json)
            fail_msg("%s", with[i]);
        release(line);
    }
    static const char *const without[] = {"--bogus", "--jsonx", "nonsense", "--full=--json"};
    for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
        struct line *line = parse(without[i]);
        assert_int_equal(line->done, -1);
        assert_false(line->args.json);
        release(line);
    }
}

static void test_help_and_version(void **state)
{
    (void)state;
    static const char *const lines[] = {"--help", "-h", "status --help", "--help status",
                                        "status -h --full"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct line *line = parse_good(lines[i]);
        assert_true(line->args.help);
        release(line);
    }
    struct line *line = parse_good("-V");
    assert_true(line->args.version);
    release(line);
    line = parse_good("--version");
    assert_true(line->args.version);
    release(line);
}

/* A fault in a cluster of letters must not reach into the next command line. */
static void test_each_line_is_read_afresh(void **state)
{
    (void)state;
    struct line *bad = parse("-xqv"), *line = parse_good("status");
    assert_int_equal(bad->done, -1);
    assert_false(line->args.quiet);
    assert_int_equal(line->args.verbose, 0);
    release(line);
    release(bad);
}

/* Help */

/* A terminal has 80 columns. */
static void assert_fits_terminal(const char *help)
{
    for (size_t n; *help; help += n + (help[n] == '\n')) {
        n = strcspn(help, "\n");
        if (n > 80)
            fail_msg("%zu columns: %.*s", n, (int)n, help);
    }
}

static char *help_of(const char *text, bool general)
{
    struct line *line = parse_good(text);
    char *help = calloc(1, HELP_MAX);
    assert_non_null(help);
    FILE *out = fmemopen(help, HELP_MAX - 1, "w");
    assert_non_null(out);
    args_help(out, general ? CMD_EVERY : line->args.command);
    fclose(out);
    release(line);
    assert_fits_terminal(help);
    return help;
}

static const char *const ALL[] = {
    "--since",         "--full",        "--dry-run",     "--ticket",  "--max-deletes",
    "--adopt",         "--accept-site", "--no-progress", "--limit",   "--offset",
    "--status",        "--mailbox",     "--edited",      "--max-age", "--accept",
    "--json",          "--config",      "--quiet",       "--verbose", "--log-format",
    "--log-bodies",    "--help",        "--version",     "--output",  "--days",
    "--no-text",       "--all-sources", "--syslog",      "--yes",     "--admin-user",
    "--keep-requests", "--KEY"};

static void test_general_help(void **state)
{
    (void)state;
    char *help = help_of("", true);
    for (size_t i = 0; i < sizeof ALL / sizeof *ALL; i++)
        if (!strstr(help, ALL[i]))
            fail_msg("%s", ALL[i]);
    static const char *const commands[] = {
        "\n  sync ",    "\n  status ", "\n  tickets ", "\n  show ",  "\n  report ", "\n  rejects ",
        "\n  migrate ", "\n  check ",  "\n  help ",    "\n  setup ", "\n  forget "};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        assert_non_null(strstr(help, commands[i]));
    assert_null(strstr(help, "Options of cgi")); /* it has none */
    free(help);
}

/* Every option's line has a text behind the option, in one column. */
static void test_every_option_has_help(void **state)
{
    (void)state;
    char *help = help_of("", true), *rest = help;
    size_t options = 0;
    for (char *row; (row = strsep(&rest, "\n")) != NULL;) {
        if (strncmp(row, "  ", 2) != 0 || !strstr(row, " --"))
            continue;
        options++;
        if (strlen(row) > 30 && row[30] != ' ') /* a long one: in the line below */
            row = strsep(&rest, "\n");
        assert_true(strlen(row) > 35);
        assert_int_equal(row[30], ' ');
        assert_int_not_equal(row[31], ' ');
    }
    assert_true(options >= sizeof ALL / sizeof *ALL);
    free(help);
}

/* Keys of the configuration are options of setup, and of nothing else. */
static void test_keys_of_setup(void **state)
{
    (void)state;
    struct line *line =
        parse_good("setup --api-url=https://example.com --mysql-user u -y --max-deletes 5%");
    assert_string_equal(line->args.keys[config_key_find("fluent", "api_url")],
                        "https://example.com");
    assert_string_equal(line->args.keys[config_key_find("mysql", "user")], "u");
    assert_null(line->args.keys[config_key_find("mysql", "host")]);
    assert_string_equal(line->args.keys[config_key_find("sync", "max_deletes")], "5%");
    assert_true(line->args.yes);
    release(line);
    assert_refused("sync --api-url https://example.com", "unknown option '--api-url'");
    assert_refused("setup --api-password x", "--api-password");
    assert_refused("setup --api-url", "needs a value");
    struct option_text option, other;
    for (size_t i = 0; args_option(i, &option); i++)
        for (size_t j = 0; j < i && args_option(j, &other); j++)
            if (option.commands & other.commands)
                assert_string_not_equal(option.name, other.name);
}

static void test_help_of_a_command(void **state)
{
    (void)state;
    char *help = help_of("status", false);
    assert_non_null(strstr(help, "fluent-sync status"));
    assert_non_null(strstr(help, "--max-age AGE"));
    assert_non_null(strstr(help, "-q, --quiet"));
    assert_null(strstr(help, "--max-deletes"));
    assert_null(strstr(help, "--edited"));
    free(help);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_command_names),
        cmocka_unit_test(test_help_of_what),
        cmocka_unit_test(test_the_nearest_is_proposed),
        cmocka_unit_test(test_nothing_given),
        cmocka_unit_test(test_options_of_sync),
        cmocka_unit_test(test_since_when),
        cmocka_unit_test(test_tickets_to_sync),
        cmocka_unit_test(test_options_of_the_others),
        cmocka_unit_test(test_options_of_another_command),
        cmocka_unit_test(test_values_that_are_none),
        cmocka_unit_test(test_options_that_are_none),
        cmocka_unit_test(test_abbreviations),
        cmocka_unit_test(test_the_last_one_holds),
        cmocka_unit_test(test_json_is_known_on_errors),
        cmocka_unit_test(test_help_and_version),
        cmocka_unit_test(test_each_line_is_read_afresh),
        cmocka_unit_test(test_general_help),
        cmocka_unit_test(test_every_option_has_help),
        cmocka_unit_test(test_keys_of_setup),
        cmocka_unit_test(test_help_of_a_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
