/* options: the table of the options, and what is derived from it. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/zone.h"
#include "config/keys.h"
#include "page/page.h"

#define COMMAND_TEXT(bit, word, asks_site, summary) {#word, summary, bit, asks_site},
static const struct command_text COMMAND_TEXTS[] = {COMMANDS(COMMAND_TEXT)};

enum kind {
    KIND_FLAG,
    KIND_COUNT,
    KIND_TEXT,
    KIND_MOMENT,
    KIND_NUMBER,
    KIND_DAYS,
    KIND_DURATION,
    KIND_LIMIT,
    KIND_IDS,
    KIND_ACCEPT,
    KIND_FORMAT
};

static const struct option_row {
    const char *name;
    char letter; /* 0: none */
    enum kind kind;
    int commands;
    size_t offset; /* of the member of struct args */
    const char *value, *help;
} OPTIONS[] = {
    {"since", 0, KIND_MOMENT, CMD_SYNC | CMD_CHECK | CMD_TICKETS, offsetof(struct args, since),
     "WHEN", "reach back before date_filter, to 2025-10-01, yesterday, 7d; tickets: created since"},
    {"full", 0, KIND_FLAG, CMD_SYNC, offsetof(struct args, full), NULL,
     "walk the whole list, whether it is due or not"},
    {"dry-run", 0, KIND_FLAG, CMD_SYNC | CMD_PUSH | CMD_MIGRATE | CMD_FORGET,
     offsetof(struct args, dry_run), NULL,
     "write nothing; say what would be done (-v: for each ticket)"},
    {"ticket", 0, KIND_IDS, CMD_SYNC, offsetof(struct args, tickets), "ID",
     "only this ticket; may be repeated"},
    {"max-deletes", 0, KIND_LIMIT, CMD_SYNC, offsetof(struct args, max_deletes), "N|N%",
     "believe this many deletions in this run"},
    {"adopt", 0, KIND_FLAG, CMD_SYNC, offsetof(struct args, adopt), NULL,
     "take the site's values for rows inherited from the old service (a full walk)"},
    {"max", 0, KIND_NUMBER, CMD_PUSH, offsetof(struct args, max), "N",
     "send up to this many changes, whatever [push] max says"},
    {"accept-database", 0, KIND_FLAG, CMD_PUSH, offsetof(struct args, accept_database), NULL,
     "the database has moved: send from where it is now"},
    {"all", 0, KIND_FLAG, CMD_OUTBOX, offsetof(struct args, all), NULL,
     "those that are done or cancelled too"},
    {"accept-site", 0, KIND_FLAG, CMD_SYNC, offsetof(struct args, accept_site), NULL,
     "the site has moved: accept its new address"},
    {"no-progress", 0, KIND_FLAG, CMD_SYNC | CMD_PUSH, offsetof(struct args, no_progress), NULL,
     "no progress bar on a terminal"},
    {"limit", 0, KIND_NUMBER, CMD_STATUS | CMD_TICKETS | CMD_EDITS | CMD_REPORT,
     offsetof(struct args, limit), "N",
     "list this many tickets or edits (default 100), runs (0), or requests on the page (1000)"},
    {"offset", 0, KIND_NUMBER, CMD_TICKETS, offsetof(struct args, offset), "N",
     "skip the first N tickets"},
    {"status", 0, KIND_TEXT, CMD_TICKETS, offsetof(struct args, status), "STATUS",
     "only tickets with exactly this status"},
    {"mailbox", 0, KIND_NUMBER, CMD_TICKETS, offsetof(struct args, mailbox), "ID",
     "only tickets of this mailbox"},
    {"edited", 0, KIND_FLAG, CMD_TICKETS, offsetof(struct args, edited), NULL,
     "people's edits in requests, column by column"},
    {"all-sources", 0, KIND_FLAG, CMD_TICKETS, offsetof(struct args, all_sources), NULL,
     "requests of every source, with the ticket where there is one"},
    {"max-age", 0, KIND_DURATION, CMD_STATUS, offsetof(struct args, max_age), "AGE",
     "for monitoring: exit 0 if the last complete run is younger, 2 if older, 3 if unknown"},
    {"accept", 0, KIND_ACCEPT, CMD_REJECTS, offsetof(struct args, accept), "ID",
     "this ticket no longer makes runs partial, until it changes; may be repeated"},
    {"output", 'o', KIND_TEXT, CMD_REPORT, offsetof(struct args, output), "FILE",
     "replace this file, at once, instead of writing to the standard output"},
    {"days", 0, KIND_DAYS, CMD_REPORT, offsetof(struct args, days), "N",
     "the charts show so many days, 7 to 366 (90)"},
    {"no-text", 0, KIND_FLAG, CMD_REPORT, offsetof(struct args, no_text), NULL,
     "leave out what customers wrote, but for titles"},
    {"yes", 'y', KIND_FLAG, CMD_SETUP | CMD_FORGET, offsetof(struct args, yes), NULL,
     "ask nothing: write what is given or proposed; forget: remove it"},
    {"keep-requests", 0, KIND_FLAG, CMD_FORGET, offsetof(struct args, keep_requests), NULL,
     "leave the requests of the site's tickets in the dashboard"},
    {"admin-user", 0, KIND_TEXT, CMD_SETUP, offsetof(struct args, admin_user), "USER",
     "make the two database accounts, with this administrator's account"},
    {"admin-password-file", 0, KIND_TEXT, CMD_SETUP, offsetof(struct args, admin_password_file),
     "FILE", "a file with its password"},
    {"migrate-user", 0, KIND_TEXT, CMD_SETUP, offsetof(struct args, migrate_user), "USER",
     "the database account that makes the tables"},
    {"migrate-password-file", 0, KIND_TEXT, CMD_SETUP, offsetof(struct args, migrate_password_file),
     "FILE", "a file with its password"},
    {"json", 0, KIND_FLAG,
     CMD_SYNC | CMD_STATUS | CMD_TICKETS | CMD_SHOW | CMD_MAP | CMD_REJECTS | CMD_PUSH |
         CMD_OUTBOX | CMD_EDITS | CMD_CHECK,
     offsetof(struct args, json), NULL, "one JSON document on stdout, on failure too"},
    {"csv", 0, KIND_FLAG, CMD_STATUS | CMD_TICKETS | CMD_REJECTS | CMD_OUTBOX | CMD_EDITS,
     offsetof(struct args, csv), NULL,
     "comma-separated values with all columns (of status: the runs)"},
    {"config", 'c', KIND_TEXT, CMD_EVERY, offsetof(struct args, config), "FILE",
     "the configuration file"},
    {"quiet", 'q', KIND_FLAG, CMD_EVERY, offsetof(struct args, quiet), NULL,
     "print nothing when all is well"},
    {"verbose", 'v', KIND_COUNT, CMD_EVERY, offsetof(struct args, verbose), NULL,
     "say what is being done; twice: each request and statement"},
    {"log-format", 0, KIND_FORMAT, CMD_EVERY, offsetof(struct args, log_json), "text|json",
     "the format of messages on stderr"},
    {"log-bodies", 0, KIND_FLAG, CMD_EVERY, offsetof(struct args, log_bodies), NULL,
     "with -vv: log the site's answers too (they contain customers' words)"},
    {"syslog", 0, KIND_FLAG, CMD_EVERY, offsetof(struct args, syslog), NULL,
     "messages go to the system's log instead of stderr"},
    {"help", 'h', KIND_FLAG, CMD_EVERY, offsetof(struct args, help), NULL, "print this help"},
    {"version", 'V', KIND_FLAG, CMD_EVERY, offsetof(struct args, version), NULL,
     "print the version; with -v: those of the libraries too"},
};
enum { OPTION_COUNT = sizeof OPTIONS / sizeof *OPTIONS, FIRST_CODE = 256 };

const struct command_text *args_command(size_t index)
{
    return index < COMMAND_COUNT ? &COMMAND_TEXTS[index] : NULL;
}

const struct command_text *args_command_of(enum command_bit command)
{
    size_t i = 0;
    while (i + 1 < COMMAND_COUNT && COMMAND_TEXTS[i].bit != command)
        i++;
    return &COMMAND_TEXTS[i];
}

/* Is the command about one ticket? */
static bool takes_id(enum command_bit command)
{
    return command == CMD_SHOW || command == CMD_MAP;
}

/* What stands behind the command's name. */
static const char *words_of(enum command_bit command)
{
    if (takes_id(command))
        return " ID";
    if (command == CMD_OUTBOX)
        return " [add ID ACTION [FIELD VALUE] | retry N... | cancel N...]";
    if (command == CMD_FORGET)
        return " SITE";
    return command == CMD_HELP ? " [COMMAND]" : "";
}

static bool repeats(const struct option_row *row)
{
    return row->kind == KIND_COUNT || row->kind == KIND_IDS || row->kind == KIND_ACCEPT;
}

/* The key at this place among those that are options of `setup`. */
static bool key_option(size_t index, struct option_text *option)
{
    size_t i = 0;
    for (; i < CONFIG_KEYS_COUNT; i++)
        if (config_option(i, option->name) && index-- == 0)
            break;
    if (i == CONFIG_KEYS_COUNT)
        return false;
    const struct config_key *key = &CONFIG_KEYS[i];
    option->letter = 0;
    option->commands = CMD_SETUP;
    option->value = key->type == TYPE_FILE || key->type == TYPE_SECRET_FILE ? "FILE" : "VALUE";
    option->help = key->doc;
    option->repeats = false;
    return true;
}

bool args_option(size_t index, struct option_text *option)
{
    if (index >= OPTION_COUNT)
        return key_option(index - OPTION_COUNT, option);
    const struct option_row *row = &OPTIONS[index];
    *option = (struct option_text){.letter = row->letter,
                                   .commands = row->commands,
                                   .value = row->value,
                                   .help = row->help,
                                   .repeats = repeats(row)};
    snprintf(option->name, sizeof option->name, "%s", row->name);
    return true;
}

bool args_option_belongs(int commands, enum command_bit command)
{
    if (commands == CMD_EVERY || command == CMD_EVERY)
        return commands == (int)command;
    return commands & (int)command;
}

/* Values */

/* Ids are exact below 2^53: see decode.h. */
static const long long ID_END = 1LL << 53;

static int add_ticket(struct args *args, const char *text, struct error *error)
{
    char *end;
    errno = 0;
    long long id = strtoll(text, &end, 10);
    if (errno || *end || end == text || id < 1 || id >= ID_END)
        return error_set(error, ERR_USAGE, "--ticket: '%s' is not a ticket's number", text);
    int64_t *tickets = realloc(args->tickets, (args->ticket_count + 1) * sizeof *tickets);
    if (!tickets)
        return error_no_memory(error);
    args->tickets = tickets;
    args->tickets[args->ticket_count++] = id;
    return 0;
}

static int add_text(const char ***texts, size_t *count, const char *text, struct error *error)
{
    const char **more = realloc(*texts, (*count + 1) * sizeof *more);
    if (!more)
        return error_no_memory(error);
    *texts = more;
    more[(*count)++] = text;
    return 0;
}

static int set_number(const struct option_row *o, const char *text, int64_t *number,
                      struct error *error)
{
    int least = o->kind == KIND_DAYS ? PAGE_DAYS_LEAST : 0;
    int most = o->kind == KIND_DAYS ? PAGE_DAYS_MOST : INT32_MAX;
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    *number = value;
    if (!errno && !*end && end != text && value >= least && value <= most)
        return 0;
    return error_set(error, ERR_USAGE, "--%s: '%s' is not a whole number from %d to %d", o->name,
                     text, least, most);
}

/* It is no matter here in which zone, and at what time. */
static int check_moment(const struct option_row *o, const char *text, struct error *error)
{
    char wall[ZONE_TEXT_SIZE];
    struct zone *utc = NULL;
    if (zone_open(&utc, "UTC", error) < 0)
        return -1;
    bool good = config_moment(text, utc, 0, wall);
    zone_close(utc);
    if (good)
        return 0;
    return error_advise(error, ERR_USAGE,
                        "give a day such as 2025-10-01, `today`, `yesterday`, an age such as 7d or "
                        "12h, or a date with its time as in RFC 3339",
                        "--%s: '%s' is not a date", o->name, text);
}

static int set_value(struct args *args, const struct option_row *o, const char *text,
                     struct error *error)
{
    void *to = (char *)args + o->offset;
    switch (o->kind) {
    case KIND_FLAG:
        *(bool *)to = true;
        return 0;
    case KIND_COUNT:
        ++*(int *)to;
        return 0;
    case KIND_TEXT:
        *(const char **)to = text;
        return 0;
    case KIND_MOMENT:
        *(const char **)to = text;
        return check_moment(o, text, error);
    case KIND_NUMBER:
    case KIND_DAYS:
        return set_number(o, text, to, error);
    case KIND_DURATION:
        if (config_duration(text, to))
            return 0;
        return error_set(error, ERR_USAGE, "--%s: '%s' is not a duration (90, 90s, 15m, 24h, 2d)",
                         o->name, text);
    case KIND_LIMIT:
        args->has_max_deletes = true;
        if (config_limit(text, to))
            return 0;
        return error_set(error, ERR_USAGE,
                         "--%s: '%s' is neither a number nor a percentage (50, 10%%)", o->name,
                         text);
    case KIND_IDS:
        return add_ticket(args, text, error);
    case KIND_ACCEPT:
        return add_text(&args->accept, &args->accept_count, text, error);
    case KIND_FORMAT:
        *(bool *)to = strcmp(text, "json") == 0;
        if (*(bool *)to || strcmp(text, "text") == 0)
            return 0;
        return error_set(error, ERR_USAGE, "--%s: '%s' is neither text nor json", o->name, text);
    }
    return 0;
}

/* The command line */

/* What getopt is given: the table, and for `setup` the keys of the configuration. */
struct words {
    struct option *longs;
    char letters[2 * OPTION_COUNT + 3];
    char (*names)[CONFIG_OPTION_SIZE]; /* of the keys; NULL: not for this command */
};

static void words_release(struct words *words)
{
    free(words->longs);
    free(words->names);
}

static bool names_setup(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], args_command_of(CMD_SETUP)->name) == 0)
            return true;
    return false;
}

/* Where the key belongs: in the place of another command's option of the same name, or at `end`. */
static struct option *place_of(struct words *words, const char *name, size_t *end)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (strcmp(OPTIONS[i].name, name) == 0)
            return &words->longs[i];
    return &words->longs[(*end)++];
}

/* Adds the keys to the table. */
static int add_keys(struct words *words, struct args *args, struct error *error)
{
    args->keys = calloc(CONFIG_KEYS_COUNT, sizeof *args->keys);
    words->names = calloc(CONFIG_KEYS_COUNT, sizeof *words->names);
    if (!args->keys || !words->names)
        return error_no_memory(error);
    size_t end = OPTION_COUNT;
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++)
        if (config_option(i, words->names[i]))
            *place_of(words, words->names[i], &end) =
                (struct option){.name = words->names[i],
                                .has_arg = required_argument,
                                .val = FIRST_CODE + OPTION_COUNT + (int)i};
    return 0;
}

static void fill_getopt(struct option *longs, char *letters)
{
    *letters++ = '+'; /* one word at a time, as options may also follow the command */
    *letters++ = ':';
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        longs[i] = (struct option){.name = OPTIONS[i].name,
                                   .has_arg = OPTIONS[i].value ? required_argument : no_argument,
                                   .val = FIRST_CODE + (int)i};
        if (!OPTIONS[i].letter)
            continue;
        *letters++ = OPTIONS[i].letter;
        if (OPTIONS[i].value)
            *letters++ = ':';
    }
    *letters = '\0';
}

/* NULL: it is a key of `setup`, or nothing. */
static const struct option_row *row_of(int code)
{
    if (code >= FIRST_CODE)
        return code < FIRST_CODE + OPTION_COUNT ? &OPTIONS[code - FIRST_CODE] : NULL;
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (OPTIONS[i].letter == code)
            return &OPTIONS[i];
    return NULL;
}

static const char SEE_HELP[] = "see `fluent-sync --help`";

/* 0, and the error, when there is no such command. */
static enum command_bit command_of(const char *word, struct error *error)
{
    char ask[NEAREST_SIZE];
    struct nearest near;
    nearest_begin(&near, word);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(COMMAND_TEXTS[i].name, word) == 0)
            return COMMAND_TEXTS[i].bit;
        nearest_try(&near, COMMAND_TEXTS[i].name);
    }
    error_advise(error, ERR_USAGE, nearest_ask(&near, "fluent-sync ", SEE_HELP, ask),
                 "unknown command '%s'", word);
    return 0;
}

/* A word that is no option: the command, or what the command is about. */
static int take_word(struct args *args, const char *word, struct error *error)
{
    if (args->command == CMD_FORGET && !args->site) {
        args->site = word;
        return 0;
    }
    if (takes_id(args->command) && !args->id) {
        args->id = word;
        return 0;
    }
    if (args->command == CMD_HELP && !args->topic) {
        args->topic = command_of(word, error);
        return args->topic ? 0 : -1;
    }
    if (args->command == CMD_OUTBOX)
        return add_text(&args->words, &args->word_count, word, error);
    if (args->command)
        return error_set(error, ERR_USAGE, "'%s' is a word too many behind the command '%s'", word,
                         args_command_of(args->command)->name);
    args->command = command_of(word, error);
    return args->command ? 0 : -1;
}

/* `word` begins with "--", and may go on with "=VALUE". */
static int unknown_option(const struct args *args, const struct words *words, const char *word,
                          struct error *error)
{
    char name[NEAREST_SIZE], ask[NEAREST_SIZE];
    struct nearest near;
    int commands = args->command ? (int)args->command : CMD_EVERY;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    nearest_begin(&near, name);
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (OPTIONS[i].commands & commands)
            nearest_try(&near, OPTIONS[i].name);
    for (size_t i = OPTION_COUNT; words->longs[i].name; i++)
        nearest_try(&near, words->longs[i].name);
    return error_advise(error, ERR_USAGE, nearest_ask(&near, "--", SEE_HELP, ask),
                        "unknown option '--%s'", name);
}

static int bad_option(const struct args *args, const struct words *words, int code,
                      const char *word, struct error *error)
{
    const struct option_row *row = code == ':' ? row_of(optopt) : NULL;
    if (row && row->value)
        return error_set(error, ERR_USAGE, "option '%s' needs a value: --%s %s", word, row->name,
                         row->value);
    if (code == ':')
        return error_set(error, ERR_USAGE, "option '%s' needs a value", word);
    if (optopt && optopt < FIRST_CODE)
        return error_advise(error, ERR_USAGE, SEE_HELP, "unknown option '-%c'", optopt);
    if (optopt)
        return error_set(error, ERR_USAGE, "option '%s' takes no value", word);
    return unknown_option(args, words, word, error);
}

/* The names of the commands that take an option, with commas between them. */
static void print_takers(const struct option_row *o, char *text, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < COMMAND_COUNT && n < size; i++)
        if (o->commands & (int)COMMAND_TEXTS[i].bit)
            n += (size_t)snprintf(text + n, size - n, "%s%s", n ? ", " : "", COMMAND_TEXTS[i].name);
}

static bool is_given(const bool *given, const char *name)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (given[i] && strcmp(OPTIONS[i].name, name) == 0)
            return true;
    return false;
}

static int check_exclusive(const bool *given, struct error *error)
{
    static const char *const pairs[][2] = {
        {"edited", "all-sources"}, {"edited", "since"}, {"edited", "offset"}, {"edited", "status"},
        {"edited", "mailbox"},     {"json", "csv"},     {"ticket", "full"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (is_given(given, pairs[i][0]) && is_given(given, pairs[i][1]))
            return error_set(error, ERR_USAGE, "--%s and --%s exclude each other", pairs[i][0],
                             pairs[i][1]);
    return 0;
}

static int check_commands(const struct args *args, const bool *given, struct error *error)
{
    char takers[NEAREST_SIZE], advice[2 * NEAREST_SIZE];
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (!given[i] || (OPTIONS[i].commands & (int)args->command))
            continue;
        print_takers(&OPTIONS[i], takers, sizeof takers);
        snprintf(advice, sizeof advice, "it is an option of %s", takers);
        return error_advise(error, ERR_USAGE, advice, "`fluent-sync %s` has no option '--%s'",
                            args_command_of(args->command)->name, OPTIONS[i].name);
    }
    if (takes_id(args->command) && !args->id)
        return error_advise(error, ERR_USAGE, "`fluent-sync tickets` lists the tickets' numbers",
                            "%s which ticket? `fluent-sync %s ID`",
                            args_command_of(args->command)->name,
                            args_command_of(args->command)->name);
    if (args->command == CMD_FORGET && !args->site)
        return error_advise(error, ERR_USAGE, "a site without a key is \"\"",
                            "forget which site? `fluent-sync forget SITE`, by its site_key");
    return check_exclusive(given, error);
}

static int parse_words(struct args *args, const struct words *words, int argc, char **argv,
                       bool *given, struct error *error)
{
    opterr = 0;
    optind = 0; /* starts over: getopt(3) */
    while (optind < argc) {
        int code = getopt_long(argc, argv, words->letters, words->longs, NULL);
        if (code == -1) {
            if (optind < argc && take_word(args, argv[optind++], error) < 0)
                return -1;
            continue;
        }
        if (code >= FIRST_CODE + OPTION_COUNT) {
            args->keys[code - FIRST_CODE - OPTION_COUNT] = optarg;
            continue;
        }
        const struct option_row *row = row_of(code);
        if (!row)
            return bad_option(args, words, code, argv[optind - 1], error);
        given[row - OPTIONS] = true;
        if (set_value(args, row, optarg, error) < 0)
            return -1;
    }
    return 0;
}

static int parse_all(struct args *args, int argc, char **argv, bool *given, struct error *error)
{
    struct words words = {.names = NULL};
    words.longs = calloc(OPTION_COUNT + CONFIG_KEYS_COUNT + 1, sizeof *words.longs);
    int done = words.longs ? 0 : error_no_memory(error);
    if (done == 0) {
        fill_getopt(words.longs, words.letters);
        if (names_setup(argc, argv))
            done = add_keys(&words, args, error);
    }
    if (done == 0)
        done = parse_words(args, &words, argc, argv, given, error);
    words_release(&words);
    return done;
}

int args_parse(struct args *args, int argc, char **argv, struct error *error)
{
    bool given[OPTION_COUNT] = {false};
    *args = (struct args)ARGS_INIT;
    int done = parse_all(args, argc, argv, given, error);
    for (int i = 1; i < argc; i++)
        args->json |= strcmp(argv[i], "--json") == 0;
    args->help |= args->command == CMD_HELP;
    if (!args->topic)
        args->topic = args->command && args->command != CMD_HELP ? args->command : CMD_EVERY;
    if (!args->command)
        args->command = CMD_SYNC;
    if (done < 0 || args->help || args->version)
        return done;
    return check_commands(args, given, error);
}

void args_release(struct args *args)
{
    free(args->tickets);
    args->tickets = NULL;
    free(args->accept);
    args->accept = NULL;
    free(args->words);
    args->words = NULL;
    free(args->keys);
    args->keys = NULL;
}

/* Help */

/* For all options that are keys. */
static const struct option_row ANY_KEY = {
    .name = "KEY",
    .value = "VALUE",
    .help =
        "any key of the file: --api-url, --date-filter, --mysql-host, ... (man fluent-sync.ini)"};

/* Prints `text`, which begins behind `indent` columns, in lines of at most 80 that all begin there.
 */
static void print_folded(FILE *out, const char *text, int indent)
{
    enum { LINE_CELLS = 80 };
    int column = indent;
    while (*text) {
        int n = (int)strcspn(text, " ");
        if (column > indent && column + 1 + n > LINE_CELLS) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
        } else if (column > indent) {
            putc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", n, text);
        column += n;
        text += n + (text[n] == ' ');
    }
    putc('\n', out);
}

static void print_option(FILE *out, const struct option_row *o)
{
    enum { LEFT_CELLS = 28 };
    char left[64];
    snprintf(left, sizeof left, "%c%c%s --%s%s%s", o->letter ? '-' : ' ',
             o->letter ? o->letter : ' ', o->letter ? "," : " ", o->name, o->value ? " " : "",
             o->value ? o->value : "");
    bool fits = strlen(left) <= LEFT_CELLS;
    fprintf(out, "  %-*s%s%*s ", LEFT_CELLS, left, fits ? "" : "\n  ", fits ? 0 : LEFT_CELLS, "");
    print_folded(out, o->help, 2 + LEFT_CELLS + 1);
}

/* The command's own options; with CMD_EVERY those that all commands take. */
static void print_options(FILE *out, enum command_bit command)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (args_option_belongs(OPTIONS[i].commands, command))
            print_option(out, &OPTIONS[i]);
}

static bool takes_options(enum command_bit command)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (args_option_belongs(OPTIONS[i].commands, command))
            return true;
    return false;
}

static void print_command(FILE *out, const struct command_text *command)
{
    if (!takes_options(command->bit))
        return;
    fprintf(out, "\nOptions of %s:\n", command->name);
    print_options(out, command->bit);
    if (command->bit == CMD_SETUP)
        print_option(out, &ANY_KEY);
}

void args_help(FILE *out, enum command_bit command)
{
    if (command == CMD_EVERY) {
        fprintf(out, "Usage: fluent-sync [COMMAND] [OPTION]...\n"
                     "Mirrors the support tickets of a FluentSupport site into a MySQL database.\n"
                     "\nCommands:\n");
        for (size_t i = 0; i < COMMAND_COUNT; i++) {
            fprintf(out, "  %-10s ", COMMAND_TEXTS[i].name);
            print_folded(out, COMMAND_TEXTS[i].summary, 2 + 10 + 1);
        }
        for (size_t i = 0; i < COMMAND_COUNT; i++)
            print_command(out, &COMMAND_TEXTS[i]);
    } else {
        const struct command_text *one = args_command_of(command);
        fprintf(out, "Usage: fluent-sync %s%s [OPTION]...\n%s.\n", one->name, words_of(one->bit),
                one->summary);
        print_command(out, one);
    }
    fprintf(out, "\nEverywhere:\n");
    print_options(out, CMD_EVERY);
    fprintf(out, "\nExit codes: 0 done and complete, 1 internal error or output lost, 2 usage or\n"
                 "configuration, 3 partial, 4 the site refused, 5 the site was unavailable,\n"
                 "6 database, 7 another run is active, 8 deadline passed, 130/143 interrupted.\n");
}
