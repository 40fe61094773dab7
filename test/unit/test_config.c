/* test_config: a file and an environment become a configuration, or messages of what is wrong. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/command.h"
#include "config/config.h"
#include "config/lines.h"
#include "config/value.h"
#include "core/plan.h"

/* Files of a test, in a directory of its own. */

enum { NAMES_MAX = 32 };

struct fixture {
    bool for_web;
    char directory[64];
    char *names[NAMES_MAX]; /* to remove at the end, last first */
    size_t count;
    char ini[128];
    struct config config;
    struct error error;
};

static const char *path_of(struct fixture *f, const char *name)
{
    assert_true(f->count < NAMES_MAX);
    assert_true(asprintf(&f->names[f->count], "%s/%s", f->directory, name) > 0);
    return f->names[f->count++];
}

static const char *put_bytes(struct fixture *f, const char *name, mode_t mode, const char *bytes,
                             size_t n)
{
    const char *path = path_of(f, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
    return path;
}

static const char *put_file(struct fixture *f, const char *name, mode_t mode, const char *text)
{
    return put_bytes(f, name, mode, text, strlen(text));
}

static const char *put_directory(struct fixture *f, const char *name)
{
    const char *path = path_of(f, name);
    assert_int_equal(mkdir(path, 0700), 0);
    return path;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    *state = f;
    if (!f)
        return -1;
    strcpy(f->directory, "/tmp/test_config.XXXXXX");
    if (!mkdtemp(f->directory))
        return -1;
    snprintf(f->ini, sizeof f->ini, "%s/fluent-sync.ini", f->directory);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    config_release(&f->config);
    while (f->count > 0) {
        remove(f->names[--f->count]);
        free(f->names[f->count]);
    }
    rmdir(f->directory);
    free(f);
    return 0;
}

/* Loads `ini` (NULL: no --config) with the variables behind it, up to a NULL. */
static int load(struct fixture *f, bool need_site, const char *ini, ...)
{
    const char *environment[32] = {NULL};
    size_t count = 0;
    va_list args;
    va_start(args, ini);
    while ((environment[count] = va_arg(args, const char *)) != NULL)
        count++;
    va_end(args);
    config_release(&f->config);
    error_clear(&f->error);
    struct config_source source = {
        .file = ini, .environment = environment, .need_site = need_site, .for_web = f->for_web};
    int result = config_load(&f->config, &source, &f->error);
    assert_int_equal(result, f->error.code == ERR_NONE ? 0 : -1);
    return result;
}

static int load_text(struct fixture *f, const char *text)
{
    put_file(f, "fluent-sync.ini", 0600, text);
    return load(f, true, f->ini, NULL);
}

#define SITE "[fluent]\napi_url = https://a.example\napi_username = u\napi_password = p w\n"
#define DATABASE "[mysql]\ndatabase = d\n"
#define MINIMAL SITE DATABASE

static void assert_loads(struct fixture *f, const char *text)
{
    if (load_text(f, text) < 0)
        fail_msg("refused: %s", f->error.message);
}

static void assert_message(struct fixture *f, const char *part)
{
    if (!strstr(f->error.message, part))
        fail_msg("\"%s\" is not in: %s", part, f->error.message);
}

static void assert_no_message(struct fixture *f, const char *part)
{
    if (strstr(f->error.message, part))
        fail_msg("\"%s\" is in: %s", part, f->error.message);
}

/* The text is refused with this alone, on this line. */
static void assert_refused(struct fixture *f, const char *text, int line, const char *part)
{
    char place[160];
    snprintf(place, sizeof place, "%s:%d: ", f->ini, line);
    assert_int_equal(load_text(f, text), -1);
    assert_int_equal(f->error.code, ERR_USAGE);
    if (strncmp(f->error.message, place, strlen(place)) != 0)
        fail_msg("not on line %d: %s", line, f->error.message);
    assert_message(f, part);
    assert_no_message(f, "\n");
}

/* The database comes first here, so that the line under test is known to be line 8. */
static void assert_line_refused(struct fixture *f, const char *section, const char *line,
                                const char *part)
{
    char text[8192];
    snprintf(text, sizeof text, "%s[%s]\n%s\n", MINIMAL, section, line);
    assert_refused(f, text, 8, part);
}

static void assert_line_loads(struct fixture *f, const char *section, const char *line)
{
    char text[8192];
    snprintf(text, sizeof text, "%s[%s]\n%s\n", MINIMAL, section, line);
    assert_loads(f, text);
}

static void assert_url(struct fixture *f, const char *given, const char *expected)
{
    char text[1024];
    snprintf(text, sizeof text, "[fluent]\napi_username=u\napi_password=p\napi_url = %s\n%s", given,
             DATABASE);
    assert_loads(f, text);
    assert_string_equal(f->config.site.url, expected);
}

static void assert_url_refused(struct fixture *f, const char *given, const char *part)
{
    char text[1024];
    snprintf(text, sizeof text, "[fluent]\napi_username=u\napi_password=p\napi_url = %s\n%s", given,
             DATABASE);
    assert_refused(f, text, 4, part);
}

static const char *api_password(struct fixture *f)
{
    return secret_reveal(&f->config.site.password);
}

static const char *mysql_password(struct fixture *f)
{
    return secret_reveal(&f->config.mysql.password);
}

/* Defaults and the example */

static void assert_defaults(const struct config *c)
{
    assert_string_equal(c->scope.since, "2025-09-20");
    assert_true(c->scope.all_mailboxes);
    assert_int_equal(c->scope.count, 0);
    assert_string_equal(c->site_key, "");
    assert_int_equal(c->site.timeout_s, 30);
    assert_int_equal(c->per_page.begin, 500);
    assert_int_equal(c->site.connections, 2);
    assert_int_equal(c->site.requests_per_second, 0);
    assert_int_equal(c->site.retries, 5);
    assert_null(c->site.ca_file);
    assert_null(c->site.proxy);
    assert_false(c->allow_http);
    assert_int_equal(c->full_every.seconds, 24 * 3600);
    assert_int_equal(c->deadline_s, 15 * 60);
    assert_int_equal(c->lease_s, 60);
    assert_string_equal(c->timezone, "site");
    assert_int_equal(c->local_edits, EDITS_KEEP);
    assert_int_equal(c->deleted_tickets, DELETED_MARK);
    assert_int_equal(c->max_deletes.number, 10);
    assert_true(c->max_deletes.percent);
    assert_int_equal(c->keep_runs, 10000);
    assert_int_equal(c->mapping.raw_data, RAW_FULL);
    assert_null(c->mysql.hosts);
    assert_int_equal(c->mysql.port, 0);
    assert_null(c->mysql.socket);
    assert_null(c->mysql.user);
    assert_int_equal(c->mysql.ssl_verify, DB_VERIFY_AUTO);
    assert_int_equal(c->mysql.timeout_s, 30);
    assert_null(c->mysql.defaults_file);
    assert_int_equal(c->mapping.urgency.count + c->mapping.category.count + c->mapping.fields.count,
                     0);
    assert_int_equal(c->mapping.mailbox_category.count + c->mapping.drop.count, 0);
    assert_null(c->metrics_textfile);
    assert_null(c->report_file);
    assert_null(c->healthcheck_url);
    assert_string_equal(buf_text(&c->warnings), "");
}

static void test_minimal_file_gives_defaults(void **state)
{
    struct fixture *f = *state;
    assert_loads(f, MINIMAL);
    assert_string_equal(f->config.file, f->ini);
    assert_string_equal(f->config.site.url, "https://a.example");
    assert_string_equal(f->config.site.user, "u");
    assert_string_equal(api_password(f), "pw");
    assert_string_equal(f->config.mysql.database, "d");
    assert_false(secret_is_set(&f->config.mysql.password));
    assert_defaults(&f->config);
}

#define CREDENTIALS                                                                                \
    "FLUENT_API_URL=https://e.example", "FLUENT_API_USERNAME=eu", "FLUENT_API_PASSWORD=ep"

static void test_environment_alone_is_enough(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(load(f, true, NULL, CREDENTIALS, "FLUENT_DB_NAME=ed", NULL), 0);
    assert_null(f->config.file);
    assert_string_equal(f->config.site.url, "https://e.example");
    assert_string_equal(f->config.mysql.database, "ed");
    assert_defaults(&f->config);
}

static char *example_text(void)
{
    struct config_bytes bytes;
    bool absent;
    assert_null(config_bytes_read(&bytes, SOURCE_DIR "/fluent-sync.ini.example", 1 << 20, &absent));
    return bytes.data;
}

static void test_example_as_it_is_changes_nothing(void **state)
{
    struct fixture *f = *state;
    char *text = example_text();
    put_file(f, "fluent-sync.ini", 0600, text);
    free(text);
    assert_int_equal(load(f, true, f->ini, CREDENTIALS, "FLUENT_DB_NAME=ed", NULL), 0);
    assert_defaults(&f->config);
    assert_int_equal(load(f, true, f->ini, NULL), -1);
    assert_message(f, "FluentSupport API credentials not configured");
    assert_non_null(strstr(f->error.advice, "`fluent-sync setup`")); /* it is the package's file */
}

/* Lines that cannot all be true at once, or name files that a test machine has not. */
static bool is_example_only(const char *line)
{
    static const char *const keys[] = {"api_password_", "password_", "ca_file",
                                       "ssl_ca",        "ssl_cert",  "ssl_key",
                                       "defaults_file", "token",     "webhook_secret"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strncmp(line, keys[i], strlen(keys[i])) == 0)
            return true;
    return false;
}

static void test_example_with_everything_in_force(void **state)
{
    struct fixture *f = *state;
    char *text = example_text(), *rest = text;
    struct buf ini;
    buf_init(&ini, 1 << 20);
    for (char *line; (line = strsep(&rest, "\n")) != NULL;)
        if (!is_example_only(line + (*line == ';')))
            buf_printf(&ini, "%s\n", line + (*line == ';'));
    assert_loads(f, buf_text(&ini));
    buf_release(&ini);
    free(text);
    const struct config *c = &f->config;
    assert_string_equal(api_password(f), "abcdefghijklmnopqrstuvwx");
    assert_string_equal(mysql_password(f), "secret");
    assert_string_equal(c->site.proxy, "http://proxy.example.com:3128");
    assert_int_equal(c->per_page.begin, 500);
    assert_int_equal(c->scope.count, 2);
    assert_string_equal(c->scope.mailboxes[1].since, "2025-10-01");
    assert_int_equal(c->mapping.urgency.count, 5);
    assert_string_equal(c->mapping.category.items[0].key, "Hosting: Managed WordPress");
    assert_string_equal(c->mapping.category.items[0].value, "Hosting");
    assert_string_equal(c->mapping.fields.items[0].value, "created_at | date");
    assert_string_equal(c->mapping.mailbox_category.items[0].key, "3");
    assert_int_equal(c->mapping.drop.count, 2);
}

static void assert_example_has(const char *text, const char *line, const char *what)
{
    if (!strstr(text, line))
        fail_msg("the example lacks %s: %s", what, line);
}

static void test_example_describes_every_key(void **state)
{
    (void)state;
    char *text = example_text();
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++) {
        const struct config_key *key = &CONFIG_KEYS[i];
        struct buf line;
        buf_init(&line, 1024);
        buf_printf(&line, "\n# %s\n", key->doc);
        assert_example_has(text, buf_text(&line), "a description");
        const char *described = strstr(text, buf_text(&line));

        buf_clear(&line);
        buf_printf(&line, "\n;%s =%s%s\n", key->name, key->initial && *key->initial ? " " : "",
                   key->initial ? key->initial : "");
        if (!key->initial)
            line.data[--line.len] = '\0';
        if (strcmp(key->name, "*") != 0)
            assert_example_has(described, buf_text(&line), key->name);

        buf_clear(&line);
        config_expects(key, &line);
        if (line.len > 0 && key->type != TYPE_FILE && key->type != TYPE_HOSTS)
            assert_example_has(described, buf_text(&line), "what is expected");
        if (key->environment)
            assert_example_has(described, key->environment, "the variable");
        buf_release(&line);
    }
    free(text);
}

/* The hash of what the rules of the configuration give. */
static void hash_rules(struct fixture *f, char digits[HASH_SIZE])
{
    struct hash *hash = hash_new();
    assert_non_null(hash);
    assert_int_equal(rules_hash(f->config.rules, hash), 0);
    hash_finish(hash, digits);
}

/* Does the line of the example's section say what is built in? */
static bool is_built_in(const char *section, const char *line)
{
    bool all = !strcmp(section, "[map.urgency]") || !strcmp(section, ";[map.product]");
    char name[65] = "";
    return *line == ';' &&
           (all || (!strcmp(section, "[map.fields]") && sscanf(line, ";%64s =", name) == 1 &&
                    request_built_in(name) < REQUEST_BUILT_IN));
}

/* Written out, the built-in mapping is the same mapping. */
static void test_the_examples_rules_are_the_built_in_ones(void **state)
{
    struct fixture *f = *state;
    char *text = example_text(), *rest = text, without[HASH_SIZE], with[HASH_SIZE];
    const char *section = "";
    size_t lines = 0;
    struct buf ini;
    buf_init(&ini, 1 << 20);
    buf_puts(&ini, MINIMAL);
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        bool heading = line[*line == ';'] == '[';
        section = heading ? line : section;
        if (heading ? strstr("[map.fields] [map.urgency] ;[map.product]", line) != NULL
                    : is_built_in(section, line))
            buf_printf(&ini, "%s\n", line + (*line == ';'));
        lines += !heading && is_built_in(section, line);
    }
    assert_loads(f, MINIMAL);
    hash_rules(f, without);
    assert_loads(f, buf_text(&ini));
    hash_rules(f, with);
    assert_string_equal(with, without);
    assert_int_equal(lines, REQUEST_BUILT_IN + 5 + 11);
    assert_int_equal(f->config.mapping.fields.count, REQUEST_BUILT_IN);
    for (int c = 0; c < REQUEST_BUILT_IN; c++) {
        assert_int_not_equal(f->config.rules->requests[c].line, 0);
        assert_string_equal(f->config.rules->requests[c].text,
                            rules_built_in((enum request_column)c));
    }
    assert_loads(f, MINIMAL "[map.urgency]\nlow = MEDIUM\n");
    hash_rules(f, with);
    assert_string_not_equal(with, without);
    buf_release(&ini);
    free(text);
}

/* In a [map.*] section names and values may stand in quotes. */
static void test_quotes_in_maps(void **state)
{
    struct fixture *f = *state;
    assert_loads(f, MINIMAL "[map.fields]\n"
                            "website_url = title | join \" ; \" (content) ; comment\n"
                            "effort = title | map sizes\n"
                            "[map.sizes]\n\"a = b\" = \"c ; d\" ; comment\n"
                            "\"say \\\"x\\\": y\" = e = f\n19\" rack = 5\" disk ; comment\n");
    const struct mapping *m = &f->config.mapping;
    assert_string_equal(m->fields.items[0].value, "title | join \" ; \" (content)");
    const struct mapping_pairs *sizes = &m->sections[0].lines;
    assert_string_equal(m->sections[0].name, "sizes");
    assert_int_equal(sizes->count, 3);
    assert_string_equal(sizes->items[0].key, "a = b");
    assert_string_equal(sizes->items[0].value, "c ; d");
    assert_string_equal(sizes->items[1].key, "say \"x\": y");
    assert_string_equal(sizes->items[1].value, "e = f");
    assert_string_equal(sizes->items[2].key, "19\" rack");
    assert_string_equal(sizes->items[2].value, "5\" disk");
    assert_line_refused(f, "map.urgency", "\"open = LOW", "a text in quotes ends with one");
    assert_line_refused(f, "map.urgency", "x = \"LOW", "a text in quotes ends with one");
    assert_line_refused(f, "map.urgency", "x = \"LOW\" y", "a text in quotes ends with one");
    assert_line_refused(f, "map.fields", "effort = title | lowr", "did you mean lower?");
}

/* Sources */

static void test_environment_goes_before_file(void **state)
{
    struct fixture *f = *state;
    put_file(f, "fluent-sync.ini", 0600, MINIMAL "password = fp\nhost=fh\nuser=fu\nport=1\n");
    assert_int_equal(load(f, true, f->ini, CREDENTIALS, "FLUENT_DB_NAME=ed", "FLUENT_DB_HOST=eh",
                          "FLUENT_DB_PORT=2", "FLUENT_DB_USER=eu", "FLUENT_DB_PASSWORD=e p\n",
                          "FLUENT_DATE_FILTER=2025-11-01", "FLUENT_MAILBOX_ID=4, 5", NULL),
                     0);
    const struct config *c = &f->config;
    assert_string_equal(c->site.url, "https://e.example");
    assert_string_equal(c->site.user, "eu");
    assert_string_equal(api_password(f), "ep");
    assert_string_equal(c->mysql.database, "ed");
    assert_string_equal(c->mysql.hosts, "eh");
    assert_int_equal(c->mysql.port, 2);
    assert_string_equal(c->mysql.user, "eu");
    assert_string_equal(mysql_password(f), "e p\n");
    assert_string_equal(c->scope.since, "2025-11-01");
    assert_int_equal(c->scope.count, 2);
}

#define LEGACY                                                                                     \
    "VITE_FLUENT_API_URL=https://l.example", "VITE_FLUENT_API_USERNAME=lu",                        \
        "VITE_FLUENT_API_PASSWORD=lp", "VITE_FLUENT_DATE_FILTER=2025-12-01",                       \
        "VITE_FLUENT_MAILBOX_ID=9", "DB_HOST=lh", "DB_PORT=3", "DB_USER=ldu", "DB_PASSWORD=ldp",   \
        "DB_NAME=ld"

static void test_old_names_fill_what_nothing_else_sets(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(load(f, true, NULL, LEGACY, NULL), 0);
    const struct config *c = &f->config;
    assert_string_equal(c->site.url, "https://l.example");
    assert_string_equal(c->site.user, "lu");
    assert_string_equal(api_password(f), "lp");
    assert_string_equal(c->scope.since, "2025-12-01");
    assert_int_equal(c->scope.mailboxes[0].id, 9);
    assert_string_equal(c->mysql.hosts, "lh");
    assert_int_equal(c->mysql.port, 3);
    assert_string_equal(c->mysql.user, "ldu");
    assert_string_equal(mysql_password(f), "ldp");
    assert_string_equal(c->mysql.database, "ld");
}

/* "VALUE (ORIGIN)" of a setting; NULL: it has none. The text is good until the next call. */
static const char *setting(const struct fixture *f, const char *name)
{
    static char text[1024];
    const char *found = NULL;
    for (size_t i = 0; i < f->config.settings.count; i++) {
        const struct config_setting *s = &f->config.settings.items[i];
        if (strcmp(s->name, name) != 0)
            continue;
        assert_null(found); /* once at most */
        snprintf(text, sizeof text, "%s (%s)%s", s->value, s->origin, s->built_in ? " *" : "");
        found = text;
    }
    return found;
}

static void assert_setting(const struct fixture *f, const char *name, const char *value)
{
    const char *found = setting(f, name);
    if (!found || strcmp(found, value) != 0)
        fail_msg("%s: %s, not %s", name, found ? found : "nothing", value);
}

/* The strongest source alone, and no secret. */
static void test_settings_say_where_they_come_from(void **state)
{
    struct fixture *f = *state;
    char line[300], ini[700];
    const char *file = put_file(f, "password", 0600, "from file\n");
    snprintf(ini, sizeof ini,
             MINIMAL "password_file = %s\nhost = fh\n[map.category]\nA = Forms\nB = Email\n"
                     "[mailbox.7]\ncategory = Email\n[fluent]\nproxy = http://a:b@p.example:1\n",
             file);
    put_file(f, "fluent-sync.ini", 0640, ini);
    assert_int_equal(load(f, true, f->ini, "FLUENT_DB_HOST=eh", "DB_HOST=lh", "DB_USER=lu", NULL),
                     0);
    assert_int_equal(f->config.file_mode, 0640);
    snprintf(line, sizeof line, "https://a.example (%s:2)", f->ini);
    assert_setting(f, "[fluent] api_url", line);
    snprintf(line, sizeof line, "set (%s:4)", f->ini);
    assert_setting(f, "[fluent] api_password", line);
    snprintf(line, sizeof line, "%s (%s:7)", file, f->ini);
    assert_setting(f, "[mysql] password_file", line);
    assert_null(setting(f, "[mysql] password"));
    assert_setting(f, "[mysql] host", "eh ($FLUENT_DB_HOST)");
    assert_setting(f, "[mysql] user", "lu ($DB_USER, a name of the replaced service)");
    assert_setting(f, "[fluent] per_page", "auto (default) *");
    assert_null(setting(f, "[fluent] ca_file"));
    snprintf(line, sizeof line, "Forms (%s:10)", f->ini);
    assert_setting(f, "[map.category] A", line);
    snprintf(line, sizeof line, "Email (%s:13)", f->ini);
    assert_setting(f, "[mailbox.7] category", line);
    snprintf(line, sizeof line, "http://...@p.example:1 (%s:15)", f->ini);
    assert_setting(f, "[fluent] proxy", line);
    assert_int_equal(config_since(&f->config, "2025-10-02", "--since", &f->error), 0);
    assert_setting(f, "[fluent] date_filter", "2025-10-02 (--since)");
    assert_string_equal(f->config.scope.since, "2025-10-02");

    assert_int_equal(load(f, true, f->ini, "FLUENT_DB_PASSWORD=e", NULL), 0);
    assert_setting(f, "[mysql] password", "set ($FLUENT_DB_PASSWORD)");
    assert_null(setting(f, "[mysql] password_file"));
    assert_loads(f, SITE DATABASE "password_command = echo hush\n");
    snprintf(line, sizeof line, "set (%s:7)", f->ini);
    assert_setting(f, "[mysql] password_command", line);
}

/* Since when */

static void assert_moment(const char *zone_name, const char *text, const char *expected)
{
    struct error error = ERROR_INIT;
    struct zone *zone = NULL;
    char wall[ZONE_TEXT_SIZE] = "none";
    /* 2026-03-29 12:30 UTC: the day on which daylight saving time begins in Berlin. */
    static const int64_t now = INT64_C(1774787400);
    assert_int_equal(zone_open(&zone, zone_name, &error), 0);
    assert_int_equal(config_moment(text, zone, now, wall), expected != NULL);
    if (expected)
        assert_string_equal(wall, expected);
    zone_close(zone);
}

static void test_since_when(void **state)
{
    (void)state;
    assert_moment("UTC", "2025-10-01", "2025-10-01 00:00:00");
    assert_moment("UTC", "today", "2026-03-29 00:00:00");
    assert_moment("+14:00", "today", "2026-03-30 00:00:00");
    assert_moment("Europe/Berlin", "Yesterday", "2026-03-28 00:00:00");
    assert_moment("Europe/Berlin", "7d", "2026-03-22 13:30:00");
    assert_moment("UTC", "90m", "2026-03-29 11:00:00");
    assert_moment("UTC", "2025-10-01T00:30:00+02:00", "2025-09-30 22:30:00");
    assert_moment("Europe/Berlin", "2025-10-01T22:30:00.000Z", "2025-10-02 00:30:00");
    static const char *const others[] = {
        "", "tomorrow", "7", "20251001", "2025-02-30", "-7d", "7w", "7d ", "2025-10-01T00:30:00",
        "d"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_moment("UTC", others[i], NULL);
}

static void test_a_day_in_the_future_is_a_warning(void **state)
{
    struct fixture *f = *state;
    assert_line_loads(f, "fluent", "date_filter = 2025-10-01");
    assert_string_equal(buf_text(&f->config.warnings), "");
    assert_line_loads(f, "fluent", "date_filter = 9999-01-01");
    assert_string_equal(buf_text(&f->config.warnings),
                        "[fluent] date_filter: 9999-01-01 is in the future, and no ticket is that "
                        "new\n");
    assert_line_loads(f, "mailbox.3", "date_filter = 9999-01-01");
    assert_non_null(strstr(buf_text(&f->config.warnings), "[mailbox.3] date_filter: 9999-01-01"));
    config_warn_future(&f->config, "--since", "9999-01-02");
    assert_non_null(strstr(buf_text(&f->config.warnings), "--since: 9999-01-02 is in the future"));
}

/* What a scope goes by must not be dropped before it is looked at. */
static void test_scope(void **state)
{
    struct fixture *f = *state;
    assert_line_loads(f, "scope", "tickets = closed");
    assert_int_equal(f->config.scope.tickets, SCOPE_CLOSED);
    assert_int_equal(f->config.scope.date_of, SCOPE_CREATED_AT);
    assert_int_equal(f->config.left, LEFT_KEEP);
    assert_line_loads(f, "scope", "date_of = resolved_at\nleft = hide");
    assert_int_equal(f->config.scope.tickets, SCOPE_ALL);
    assert_int_equal(f->config.scope.date_of, SCOPE_RESOLVED_AT);
    assert_int_equal(f->config.left, LEFT_HIDE);
    assert_line_refused(f, "scope", "tickets = open", "must be all or closed, not");
    assert_refused(
        f, MINIMAL "[scope]\ntickets = closed\n[privacy]\ndrop = title, status\n", 10,
        "[privacy] drop must not contain status, which [scope] tickets = closed goes by");
    assert_refused(f, MINIMAL "[scope]\ndate_of = resolved_at\n[privacy]\ndrop = resolved_at\n", 10,
                   "drop must not contain resolved_at");
    assert_line_loads(f, "privacy", "drop = status, resolved_at");
}

static void test_file_goes_before_old_names(void **state)
{
    struct fixture *f = *state;
    put_file(f, "fluent-sync.ini", 0600, MINIMAL "[fluent]\ndate_filter = 2025-09-20\n");
    assert_int_equal(load(f, true, f->ini, LEGACY, NULL), 0);
    assert_string_equal(f->config.site.url, "https://a.example");
    assert_string_equal(api_password(f), "pw");
    assert_string_equal(f->config.scope.since, "2025-09-20");
    assert_string_equal(f->config.mysql.database, "d");
    assert_string_equal(f->config.mysql.hosts, "lh");
}

static void test_old_password_does_not_replace_password_file(void **state)
{
    struct fixture *f = *state;
    char ini[512];
    snprintf(ini, sizeof ini, MINIMAL "password_file = %s\n",
             put_file(f, "password", 0600, "from file\n"));
    put_file(f, "fluent-sync.ini", 0600, ini);
    assert_int_equal(load(f, true, f->ini, "DB_PASSWORD=old", NULL), 0);
    assert_string_equal(mysql_password(f), "from file");
    assert_int_equal(load(f, true, f->ini, "FLUENT_DB_PASSWORD=new", NULL), 0);
    assert_string_equal(mysql_password(f), "new");
}

static void test_empty_and_foreign_variables_count_as_unset(void **state)
{
    struct fixture *f = *state;
    put_file(f, "fluent-sync.ini", 0600, MINIMAL);
    assert_int_equal(load(f, true, f->ini, "FLUENT_API_URL=", "FLUENT_MAILBOX_ID=",
                          "FLUENT_CONFIG=x", "FLUENT_NONSENSE=1", "FLUENT_API_URLS=x", NULL),
                     0);
    assert_string_equal(f->config.site.url, "https://a.example");
}

static void test_environment_errors_name_the_variable(void **state)
{
    struct fixture *f = *state;
    put_file(f, "fluent-sync.ini", 0600, MINIMAL "[mailbox.3]\n");
    assert_int_equal(
        load(f, true, f->ini, "FLUENT_DATE_FILTER=soon", "DB_PORT=x", "FLUENT_DB_NAME=\xff", NULL),
        -1);
    assert_message(f, "FLUENT_DATE_FILTER: [fluent] date_filter must be a day");
    assert_message(f, "DB_PORT: ");
    assert_message(f, "FLUENT_DB_NAME: ");
    assert_no_message(f, f->ini);
}

/* The search */

static void test_search_order(void **state)
{
    struct fixture *f = *state;
    char named[128], xdg[128], home[128];
    snprintf(named, sizeof named, "FLUENT_SYNC_CONFIG=%s/named.ini", f->directory);
    snprintf(xdg, sizeof xdg, "XDG_CONFIG_HOME=%s", put_directory(f, "xdg"));
    snprintf(home, sizeof home, "HOME=%s", put_directory(f, "home"));
    put_directory(f, "xdg/fluent-sync");
    put_directory(f, "home/.config");
    put_directory(f, "home/.config/fluent-sync");
    const char *in_xdg = put_file(f, "xdg/fluent-sync/fluent-sync.ini", 0600, MINIMAL);
    const char *in_home = put_file(f, "home/.config/fluent-sync/fluent-sync.ini", 0600, MINIMAL);

    assert_int_equal(load(f, true, NULL, home, NULL), 0);
    assert_string_equal(f->config.file, in_home);
    assert_int_equal(load(f, true, NULL, home, xdg, NULL), 0);
    assert_string_equal(f->config.file, in_xdg);
    assert_int_equal(load(f, true, NULL, home, xdg, named, NULL), 0);
    assert_string_equal(f->config.file, in_xdg);
    assert_non_null(strstr(buf_text(&f->config.warnings), "FLUENT_SYNC_CONFIG"));
    const char *in_named = put_file(f, "named.ini", 0600, MINIMAL);
    assert_int_equal(load(f, true, NULL, home, xdg, named, NULL), 0);
    assert_string_equal(f->config.file, in_named);
    const char *explicit = put_file(f, "explicit.ini", 0600, MINIMAL);
    assert_int_equal(load(f, true, explicit, home, xdg, named, NULL), 0);
    assert_string_equal(f->config.file, explicit);
}

static void test_only_the_first_file_counts(void **state)
{
    struct fixture *f = *state;
    char named[128], home[128];
    snprintf(home, sizeof home, "HOME=%s", f->directory);
    put_directory(f, ".config");
    put_directory(f, ".config/fluent-sync");
    put_file(f, ".config/fluent-sync/fluent-sync.ini", 0600, MINIMAL);
    snprintf(named, sizeof named, "FLUENT_SYNC_CONFIG=%s", put_file(f, "n.ini", 0600, DATABASE));
    assert_int_equal(load(f, true, NULL, home, named, NULL), -1);
    assert_message(f, "credentials not configured");
}

static void test_nothing_found_lists_the_places(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(load(f, true, NULL, "FLUENT_SYNC_CONFIG=/nowhere/a.ini", "HOME=/nowhere/h",
                          "XDG_CONFIG_HOME=relative", NULL),
                     -1);
    assert_int_equal(f->error.code, ERR_USAGE);
    assert_message(f, "FluentSupport API credentials not configured");
    assert_message(f, "api_url (or FLUENT_API_URL)");
    assert_message(f, "api_username (or FLUENT_API_USERNAME)");
    assert_message(f, "api_password (or FLUENT_API_PASSWORD, or api_password_file");
    assert_message(f, "database (or FLUENT_DB_NAME)");
    assert_message(f, "/nowhere/a.ini, /nowhere/h/.config/fluent-sync/fluent-sync.ini, "
                      "/etc/fluent-sync/fluent-sync.ini");
    assert_no_message(f, "relative");
    assert_non_null(strstr(f->error.advice, "`fluent-sync setup`"));
}

static void test_missing_config_file_is_an_error(void **state)
{
    struct fixture *f = *state;
    char home[128];
    snprintf(home, sizeof home, "HOME=%s", f->directory);
    assert_int_equal(load(f, true, "/nowhere/x.ini", home, CREDENTIALS, "FLUENT_DB_NAME=d", NULL),
                     -1);
    assert_string_equal(f->error.message, "/nowhere/x.ini: cannot read the configuration: No such "
                                          "file or directory");
    assert_int_equal(load(f, true, f->directory, CREDENTIALS, "FLUENT_DB_NAME=d", NULL), -1);
    assert_message(f, "not a regular file");
    const char *pipe = path_of(f, "pipe");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    assert_int_equal(load(f, true, pipe, CREDENTIALS, "FLUENT_DB_NAME=d", NULL), -1);
    assert_message(f, "not a regular file");
}

static void test_missing_keys_are_named_alone(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(load_text(f, "[fluent]\napi_url=https://a.example\napi_username=\n" DATABASE),
                     -1);
    assert_message(f, "FluentSupport API credentials not configured");
    assert_message(f, "api_username");
    assert_message(f, "api_password");
    assert_message(f, f->ini);
    assert_no_message(f, "api_url");
    assert_no_message(f, "database");
    assert_no_message(f, "looked for");
    assert_string_equal(f->error.advice, "");
}

static void test_commands_without_site_need_the_database_alone(void **state)
{
    struct fixture *f = *state;
    put_file(f, "fluent-sync.ini", 0600, DATABASE);
    assert_int_equal(load(f, false, f->ini, NULL), 0);
    assert_null(f->config.site.url);
    put_file(f, "fluent-sync.ini", 0600, "[fluent]\napi_url = ftp://x\n");
    assert_int_equal(load(f, false, f->ini, NULL), -1);
    assert_message(f, ":2: [fluent] api_url must begin with https://");
    assert_message(f, "database");
    assert_no_message(f, "credentials not configured");
    put_file(f, "fluent-sync.ini", 0600,
             "[fluent]\napi_password_command = /nowhere/command\n" DATABASE);
    assert_int_equal(load(f, false, f->ini, NULL), 0);
}

/* Lines */

static void test_layout_does_not_matter(void **state)
{
    struct fixture *f = *state;
    assert_loads(f, "\xEF\xBB\xBF; comment\n# comment\n\n"
                    "[fluent] ; note\n  api_url: https://a.example/x\r\n\tapi_username=u ; note\n"
                    "api_password :  p : = q  \n"
                    "\n[mysql]\ndatabase=d;e\n[fluent]\n  timeout = 2m\n  retries = 0");
    assert_string_equal(f->config.site.url, "https://a.example/x");
    assert_string_equal(f->config.site.user, "u");
    assert_string_equal(api_password(f), "p:=q");
    assert_string_equal(f->config.mysql.database, "d;e");
    assert_int_equal(f->config.site.timeout_s, 120);
    assert_int_equal(f->config.site.retries, 0);
}

static void test_passwords_are_taken_as_they_stand(void **state)
{
    struct fixture *f = *state;
    static const char *const passwords[] = {"a;b",       "a ;b",  "; a",  "#a",
                                            "a # b ; c", "\"a\"", "=a",   ":",
                                            "a=b",       "[x]",   "a\\b", "\xC3\xA9 ;\xC3\xA9"};
    for (size_t i = 0; i < sizeof passwords / sizeof *passwords; i++) {
        char text[512];
        snprintf(text, sizeof text, SITE DATABASE "password = %s\n", passwords[i]);
        assert_loads(f, text);
        assert_string_equal(mysql_password(f), passwords[i]);
    }
    assert_loads(f, "[fluent]\napi_url=https://a.example\napi_username=u\n"
                    "api_password = ab ;cd #e\n" DATABASE);
    assert_string_equal(api_password(f), "ab;cd#e");
}

static void test_long_values_arrive_whole_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    enum { NAME = sizeof "password=" - 1 };
    char password[CONFIG_LINE_MAX + 2], *text = NULL;
    memset(password, 'x', sizeof password);
    password[CONFIG_LINE_MAX - NAME] = '\0';
    assert_true(asprintf(&text, MINIMAL "password=%s\n", password) > 0);
    assert_loads(f, text);
    assert_string_equal(mysql_password(f), password);
    free(text);

    password[CONFIG_LINE_MAX - NAME] = 'x';
    password[CONFIG_LINE_MAX - NAME + 1] = '\0';
    assert_true(asprintf(&text, MINIMAL "password=%s\n", password) > 0);
    assert_refused(f, text, 7, "longer than 4096 bytes");
    assert_no_message(f, "xxx");
    free(text);
}

static void test_long_names(void **state)
{
    struct fixture *f = *state;
    char name[400], line[500];
    memset(name, 'n', sizeof name);
    name[192] = '\0';
    snprintf(line, sizeof line, "%s = Hosting", name);
    assert_line_loads(f, "map.category", line);
    assert_string_equal(f->config.mapping.category.items[0].key, name);
    name[192] = 'n';
    name[399] = '\0';
    snprintf(line, sizeof line, "%s = Hosting", name);
    assert_line_refused(f, "map.category", line, "the name is longer than");
}

static void test_bad_lines_are_all_reported(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(load_text(f, "early = 1\n"
                                  "[fluent]\n"
                                  "api_url\n"
                                  "per_page = many\n"
                                  "per_pages = 1\n"
                                  "timeout = 5\n"
                                  "timeout = 6\n"
                                  "[statistics]\n"
                                  "textfile = /x\n"
                                  "[sync\n"
                                  "[sync] lease = 5s\n"
                                  "[mailbox.x]\n"
                                  "retries = \xff\n"
                                  "[sync]\n"
                                  "lease = 4s\n"
                                  "= 3\n"),
                     -1);
    assert_message(f, ":1: this comes before the first [section]\n");
    assert_message(f, ":3: this is not a `name = value`");
    assert_message(
        f, ":4: [fluent] per_page must be `auto` or a whole number, 1 to 10000, not \"many\"\n");
    assert_message(f, ":5: there is no key \"per_pages\" in [fluent]; did you mean per_page?\n");
    assert_message(f, ":7: timeout is given a second time, after line 6\n");
    assert_message(f, ":8: there is no section [statistics]\n");
    assert_message(f, ":10: this is not a [section] heading\n");
    assert_message(f, ":11: this is not a [section] heading\n");
    assert_message(f, ":12: [mailbox.x]: a mailbox's id");
    assert_message(f, ":13: the line is not valid UTF-8\n");
    assert_message(f, ":15: [sync] lease must be a duration");
    assert_message(f, "5s to 1h, not \"4s\"\n");
    assert_message(f, ":16: there is no key \"\" in [sync]\n");
    assert_message(f, "credentials not configured");
    assert_message(f, "database");
    assert_no_message(f, ":9:");
}

static void test_lines_below_a_bad_heading_are_passed_over(void **state)
{
    struct fixture *f = *state;
    assert_refused(f, MINIMAL "[sync\nx = 1\ny\n", 7, "not a [section] heading");
    assert_refused(f, MINIMAL "[statistics]\nx = 1\ny\n", 7, "no section [statistics]");
}

static void test_nul_bytes_are_refused(void **state)
{
    struct fixture *f = *state;
    static const char text[] = MINIMAL "user = a\0b\n";
    put_bytes(f, "fluent-sync.ini", 0600, text, sizeof text - 1);
    assert_int_equal(load(f, true, f->ini, NULL), -1);
    assert_message(f, ":7: the line contains a NUL byte");
}

static void test_empty_unknown_section_is_refused(void **state)
{
    struct fixture *f = *state;
    assert_refused(f, MINIMAL "[statistics]\n", 7, "there is no section [statistics]");
}

static void test_what_was_meant_is_proposed(void **state)
{
    struct fixture *f = *state;
    assert_refused(f, MINIMAL "[mysqll]\n", 7, "no section [mysqll]; did you mean [mysql]?");
    assert_line_refused(f, "mysql", "pasword = x", "in [mysql]; did you mean password?");
    assert_line_refused(f, "fluent", "full_every = 1h", "in [fluent]; it belongs in [sync]");
    assert_line_refused(f, "mailbox.3", "catgory = A", "in [mailbox.3]; did you mean category?");
}

static void assert_warnings(struct fixture *f, const char *variable, const char *warnings)
{
    put_bytes(f, "fluent-sync.ini", 0600, MINIMAL, sizeof MINIMAL - 1);
    assert_int_equal(load(f, true, f->ini, variable, NULL), 0);
    assert_string_equal(buf_text(&f->config.warnings), warnings);
}

static void test_unknown_variables_are_warned_of(void **state)
{
    struct fixture *f = *state;
    assert_warnings(f, "FLUENT_API_USER=secret",
                    "FLUENT_API_USER: there is no such variable, and it has no effect; did you "
                    "mean FLUENT_API_USERNAME?\n");
    assert_warnings(f, "FLUENT_SYNC_CONF=/x",
                    "FLUENT_SYNC_CONF: there is no such variable, and it has no effect; did you "
                    "mean FLUENT_SYNC_CONFIG?\n");
    assert_warnings(f, "FLUENT_XYZ_NONSENSE=1",
                    "FLUENT_XYZ_NONSENSE: there is no such variable, and it has no effect\n");
    static const char *const others[] = {"FLUENT_SYNC_SERVICE_HOST=10.0.0.1",
                                         "FLUENT_SYNC_SERVICE_PORT=80",
                                         "FLUENT_SYNC_SERVICE_PORT_HTTP=80",
                                         "FLUENT_SYNC_PORT=tcp://10.0.0.1:80",
                                         "FLUENT_SYNC_PORT_80_TCP_ADDR=10.0.0.1",
                                         "FLUENT_SYNC_PORT_80_TCP=tcp://10.0.0.1:80",
                                         "FLUENT_DB_PORT=3306",
                                         "FLUENT_SYNC=/usr/bin/fluent-sync",
                                         "FLUENTD_CONF=x",
                                         "FLUENT_SYNC_CONFIG=",
                                         "FLUENT_SYNC_ADMIN_PASSWORD=x"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_warnings(f, others[i], "");
}

static void test_quotes_are_said_to_be_literal(void **state)
{
    struct fixture *f = *state;
    assert_warnings(f, "FLUENT_DB_PASSWORD='hush'",
                    "FLUENT_DB_PASSWORD: the quotes around the value of password are taken as a "
                    "part of it\n");
    assert_warnings(f, "FLUENT_DB_USER=\"u", "");
    assert_line_loads(f, "mysql", "user = \"mirror\"");
    assert_non_null(strstr(buf_text(&f->config.warnings),
                           ": the quotes around the value of user are taken as a part of it\n"));
    assert_line_refused(f, "fluent", "per_page = \"500\"", "; the quotes are a part of the value");
}

static void test_line_broken_password_is_not_shown(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(load_text(f, SITE "[mysql]\ndatabase=d\npassword = one\n  two=three\n"), -1);
    assert_message(f, ":8: this is not a key of [mysql]");
    assert_no_message(f, "two");
    assert_no_message(f, "three");
}

/* Long messages, then short ones that might still fit behind the first one left out. */
static void assert_counted(struct fixture *f, int name)
{
    enum { BAD = 500, LONG = 100 };
    struct buf text;
    buf_init(&text, 1 << 16);
    buf_puts(&text, MINIMAL);
    for (int i = 0; i < BAD; i++)
        buf_printf(&text, "%0*d = 1\n", i < LONG ? name : 1, 0);
    assert_int_equal(load_text(f, buf_text(&text)), -1);
    buf_release(&text);
    assert_true(strlen(f->error.message) < ERROR_MESSAGE_MAX);
    size_t lines = 0, more = 0;
    for (const char *at = f->error.message; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    const char *tail = strrchr(f->error.message, '\n');
    assert_int_equal(sscanf(tail, "\n... and %zu more", &more), 1);
    assert_int_equal(lines + more, BAD);
    assert_in_range(lines, 25, LONG);
    /* What is shown are the first ones, without a gap. MINIMAL has six lines. */
    char last[32];
    snprintf(last, sizeof last, ".ini:%zu: ", 6 + lines);
    assert_message(f, last);
}

static void test_errors_beyond_the_message_are_counted(void **state)
{
    for (int name = 10; name <= 58; name += 4)
        assert_counted(*state, name);
}

static void test_terminal_sequences_in_names_are_not_repeated(void **state)
{
    struct fixture *f = *state;
    assert_line_refused(f, "sync", "a\x1b[31mb = 1", "there is no key");
    assert_no_message(f, "\x1b");
}

/* Permissions */

static void test_permissions_of_a_file_with_passwords(void **state)
{
    struct fixture *f = *state;
    put_file(f, "fluent-sync.ini", 0640, MINIMAL);
    assert_int_equal(load(f, true, f->ini, NULL), 0);
    assert_non_null(strstr(buf_text(&f->config.warnings), "its group can read it"));
    assert_int_equal(chmod(f->ini, 0604), 0);
    assert_int_equal(load(f, true, f->ini, NULL), -1);
    assert_message(f, "chmod 600");
    assert_message(f, "640");
    put_file(f, "fluent-sync.ini", 0644, DATABASE "password = x\n");
    assert_int_equal(load(f, false, f->ini, NULL), -1);
    put_file(f, "fluent-sync.ini", 0644, DATABASE "[fluent]\nproxy = http://u:p@x\n");
    assert_int_equal(load(f, false, f->ini, NULL), -1);
}

/* They could have a command of theirs run, and the password sent to them. */
static void test_who_can_write_to_the_file(void **state)
{
    struct fixture *f = *state;
    put_file(f, "fluent-sync.ini", 0602, DATABASE);
    assert_int_equal(load(f, false, f->ini, NULL), -1);
    assert_message(f, "everyone can write");
    assert_int_equal(chmod(f->ini, 0620), 0);
    assert_int_equal(load(f, false, f->ini, NULL), 0);
    assert_non_null(strstr(buf_text(&f->config.warnings), "can write to it"));
    assert_int_equal(chmod(f->ini, 0600), 0);
    if (geteuid() != 0)
        return;
    assert_int_equal(chown(f->ini, 12345, 0), 0);
    assert_int_equal(load(f, false, f->ini, NULL), 0);
    assert_non_null(strstr(buf_text(&f->config.warnings), "another user (uid 12345)"));
}

static void test_permissions_without_passwords_are_free(void **state)
{
    struct fixture *f = *state;
    put_file(f, "fluent-sync.ini", 0644, DATABASE "password =\n[fluent]\nproxy = http://x\n");
    assert_int_equal(load(f, true, f->ini, CREDENTIALS, NULL), 0);
    assert_string_equal(buf_text(&f->config.warnings), "");
}

/* As a package sets it up: root's file, for the group of the service. */
static void test_a_group_that_root_chose_may_read(void **state)
{
    enum { GROUP = 12345 };
    struct fixture *f = *state;
    char path[PATH_MAX], text[2 * PATH_MAX];
    if (geteuid() != 0)
        skip();
    put_file(f, "password", 0640, "pw");
    snprintf(path, sizeof path, "%s/password", f->directory);
    snprintf(text, sizeof text, "%s" DATABASE "password_file = %s\n", SITE, path);
    put_file(f, "fluent-sync.ini", 0640, text);
    assert_int_equal(chown(f->ini, 0, GROUP), 0);
    assert_int_equal(chown(path, 0, GROUP), 0);
    assert_int_equal(load(f, true, f->ini, NULL), 0);
    assert_string_equal(buf_text(&f->config.warnings), "");
    assert_int_equal(chown(path, GROUP, GROUP), 0);
    assert_int_equal(load(f, true, f->ini, NULL), 0);
    assert_non_null(strstr(buf_text(&f->config.warnings), path));
    assert_int_equal(chown(f->ini, GROUP, GROUP), 0);
    assert_int_equal(load(f, true, f->ini, NULL), 0);
    assert_non_null(strstr(buf_text(&f->config.warnings), "its group can read it"));
    assert_int_equal(chown(f->ini, 0, GROUP), 0);
    assert_int_equal(chmod(f->ini, 0644), 0);
    assert_int_equal(load(f, true, f->ini, NULL), -1);
}

static void test_passwords_are_forgotten(void **state)
{
    (void)state;
    char secrets[4][48] = {"FLUENT_API_PASSWORD=hush 1", "VITE_FLUENT_API_PASSWORD=hush 2",
                           "FLUENT_DB_PASSWORD=hush 3", "DB_PASSWORD=hush 4"};
    char others[4][48] = {"FLUENT_API_USERNAME=a", "DB_PASSWORD_2=b", "FLUENT_DB_PASSWORDS=c", "X"};
    char *environment[] = {others[0],  secrets[0], secrets[1], others[1], secrets[2],
                           secrets[3], others[2],  others[3],  NULL};
    config_forget(environment);
    for (int i = 0; i < 4; i++) {
        assert_null(memmem(secrets[i], sizeof secrets[i], "ush", 3));
        assert_non_null(strchr(secrets[i], '='));
    }
    assert_string_equal(others[0], "FLUENT_API_USERNAME=a");
    assert_string_equal(others[1], "DB_PASSWORD_2=b");
    assert_string_equal(others[2], "FLUENT_DB_PASSWORDS=c");
}

/* Addresses */

static void test_url_is_cut_to_the_site(void **state)
{
    struct fixture *f = *state;
    assert_url(f, "https://a.example/", "https://a.example");
    assert_url(f, "https://a.example//", "https://a.example");
    assert_url(f, "https://a.example/wp-json", "https://a.example");
    assert_url(f, "https://a.example/wp-json/fluent-support/v2/", "https://a.example");
    assert_url(f, "https://a.example/blog/wp-json/", "https://a.example/blog");
    assert_url(f, "https://a.example/blog/en/", "https://a.example/blog/en");
    assert_url(f, "https://a.example/wp-jsonish", "https://a.example/wp-jsonish");
    assert_url(f, "HTTPS://A.example:8443", "https://A.example:8443");
    assert_url(f, "https://[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443/x");
    assert_url(f,
               "https://b\xC3\xBC"
               "cher.example",
               "https://b\xC3\xBC"
               "cher.example");
}

static void test_plain_http_only_to_this_machine(void **state)
{
    struct fixture *f = *state;
    assert_url(f, "http://localhost:8080/x", "http://localhost:8080/x");
    assert_url(f, "http://127.0.0.1", "http://127.0.0.1");
    assert_url(f, "http://127.8.9.10:1", "http://127.8.9.10:1");
    assert_url(f, "http://[::1]:8080", "http://[::1]:8080");
    assert_url_refused(f, "http://a.example", "allow_http = yes");
    assert_url_refused(f, "http://localhost.example", "allow_http = yes");
    assert_url_refused(f, "http://127.0.0.1.example", "allow_http = yes");
    assert_url_refused(f, "http://128.0.0.1", "allow_http = yes");
    assert_url_refused(f, "http://[::2]", "allow_http = yes");
    assert_url(f, "http://a.example\nallow_http = yes", "http://a.example");
}

static void test_bad_urls(void **state)
{
    struct fixture *f = *state;
    assert_url_refused(f, "a.example", "must begin with https://");
    assert_url_refused(f, "ftp://a.example", "must begin with https://");
    assert_url_refused(f, "https://", "no valid host");
    assert_url_refused(f, "https:///x", "no valid host");
    assert_url_refused(f, "https://a.example:0", "no valid host");
    assert_url_refused(f, "https://a.example:65536", "no valid host");
    assert_url_refused(f, "https://a.example:x", "no valid host");
    assert_url_refused(f, "https://[::1", "no valid host");
    assert_url_refused(f, "https://[a.example]", "no valid host");
    assert_url_refused(f, "https://a%20b.example", "no valid host");
    assert_url_refused(f, "https://a.example/?p=1", "not contain `?` or `#`");
    assert_url_refused(f, "https://a.example/#x", "not contain `?` or `#`");
    assert_url_refused(f, "https://a.example/a b", "no address has");
    assert_url_refused(f, "https://name:topsecret@a.example",
                       "not contain a user name or password");
    assert_no_message(f, "topsecret");
}

static void test_username_without_colon(void **state)
{
    struct fixture *f = *state;
    assert_refused(
        f, "[fluent]\napi_username = a:b\napi_url=https://a.example\napi_password=p\n" DATABASE, 2,
        "not contain a `:`");
}

/* Types of values */

static void test_numbers(void **state)
{
    struct fixture *f = *state;
    assert_line_refused(f, "fluent", "per_page = 0", "1 to 10000");
    assert_line_refused(f, "fluent", "per_page = 10001", "1 to 10000");
    assert_line_refused(f, "fluent", "per_page =", "1 to 10000");
    assert_line_refused(f, "fluent", "per_page = +5", "1 to 10000");
    assert_line_refused(f, "fluent", "per_page = 5x", "`auto` or a whole number, 1 to 10000");
    assert_line_refused(f, "fluent", "per_page = 99999999999999999999", "1 to 10000");
    assert_line_refused(f, "fluent", "connections = 9", "1 to 8");
    assert_line_refused(f, "fluent", "retries = -1", "0 to 20");
    assert_line_refused(f, "mysql", "port = 65536", "1 to 65535");
    assert_line_loads(f, "fluent", "requests_per_second = 3\nper_page = 10000\nconnections = 8");
    assert_int_equal(f->config.site.requests_per_second, 3);
    assert_int_equal(f->config.per_page.begin, 10000);
    assert_int_equal(f->config.per_page.most, 10000);
    assert_int_equal(f->config.site.connections, 8);
    assert_line_loads(f, "fluent", "per_page = Auto");
    assert_int_equal(f->config.per_page.begin, 500);
    assert_int_equal(f->config.per_page.most, 800);
}

static void test_words(void **state)
{
    struct fixture *f = *state;
    assert_line_loads(f, "sync",
                      "local_edits = overwrite\ndeleted_tickets = HIDE\nraw_data=none\n"
                      "full_every = never\nkeep_runs = 7\nmax_deletes = 25\n"
                      "[mysql]\nssl_verify = no\n[fluent]\nallow_http = On");
    assert_int_equal(f->config.local_edits, EDITS_OVERWRITE);
    assert_int_equal(f->config.deleted_tickets, DELETED_HIDE);
    assert_int_equal(f->config.mapping.raw_data, RAW_NONE);
    assert_int_equal(f->config.full_every.seconds, PLAN_NEVER);
    assert_int_equal(f->config.keep_runs, 7);
    assert_int_equal(f->config.max_deletes.number, 25);
    assert_false(f->config.max_deletes.percent);
    assert_int_equal(f->config.mysql.ssl_verify, DB_VERIFY_NO);
    assert_true(f->config.allow_http);
    assert_line_loads(f, "sync", "full_every = always\nraw_data = mapped");
    assert_int_equal(f->config.full_every.seconds, PLAN_EVERY_RUN);
    assert_int_equal(f->config.mapping.raw_data, RAW_MAPPED);
    assert_line_refused(f, "sync", "raw_data = some", "full, mapped or none");
    assert_line_refused(f, "sync", "local_edits = mark", "keep, overwrite or once");
    assert_line_refused(f, "fluent", "allow_http = maybe", "yes or no");
    assert_line_refused(f, "mysql", "ssl_verify = full", "auto, yes, no or ca");
    assert_line_loads(f, "sync", "full_every = 2d");
    assert_int_equal(f->config.full_every.seconds, 2 * 24 * 3600);
    assert_false(f->config.full_every.at_once);
    static const char *const at_once[] = {"full_every = 12h, at once", "full_every = 12h,At Once",
                                          "full_every = 12h ,  at once"};
    for (size_t i = 0; i < sizeof at_once / sizeof *at_once; i++) {
        assert_line_loads(f, "sync", at_once[i]);
        assert_int_equal(f->config.full_every.seconds, 12 * 3600);
        assert_true(f->config.full_every.at_once);
    }
    static const char *const wrong[] = {"full_every = sometimes",    "full_every = 12h,",
                                        "full_every = 12h at once",  "full_every = , at once",
                                        "full_every = 12h, once",    "full_every = never, at once",
                                        "full_every = 400d, at once"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_line_refused(f, "sync", wrong[i], "always, never");
    assert_line_refused(f, "sync", "max_deletes = 101%", "a percentage");
}

static void test_timezones(void **state)
{
    struct fixture *f = *state;
    assert_line_loads(f, "sync", "timezone = America/New_York");
    assert_string_equal(f->config.timezone, "America/New_York");
    assert_line_loads(f, "sync", "timezone = UTC");
    assert_line_refused(f, "sync", "timezone = Mars/Olympus", "Mars/Olympus");
    assert_line_refused(f, "sync", "timezone =", "[sync] timezone");
}

static void test_days(void **state)
{
    struct fixture *f = *state;
    assert_line_loads(f, "fluent", "date_filter = 2024-02-29");
    assert_string_equal(f->config.scope.since, "2024-02-29");
    assert_line_refused(f, "fluent", "date_filter = 2025-02-29", "YYYY-MM-DD");
    assert_line_refused(f, "fluent", "date_filter = 2025-9-20", "YYYY-MM-DD");
    assert_line_refused(f, "fluent", "date_filter = 2025-09-20 00:00:00", "YYYY-MM-DD");
}

static void test_site_key(void **state)
{
    struct fixture *f = *state;
    assert_line_loads(f, "fluent", "site_key = shop-2.eu_A");
    assert_string_equal(f->config.site_key, "shop-2.eu_A");
    assert_line_refused(f, "fluent", "site_key = a:b", "at most 32");
    assert_line_refused(f, "fluent", "site_key = a b", "at most 32");
    assert_line_refused(f, "fluent", "site_key = abcdefghijklmnopqrstuvwxyz1234567", "at most 32");
}

static void test_named_files_must_be_readable(void **state)
{
    struct fixture *f = *state;
    char line[256];
    snprintf(line, sizeof line, "ca_file = %s", put_file(f, "ca.pem", 0644, "x"));
    assert_line_loads(f, "fluent", line);
    assert_line_refused(f, "fluent", "ca_file = /nowhere/ca.pem", "cannot be read: No such file");
    assert_line_refused(f, "mysql", "ssl_key = /tmp", "not a regular file");
    assert_line_loads(f, "mysql", "ssl_key =");
    assert_null(f->config.mysql.ssl_key);
}

static void test_hosts(void **state)
{
    struct fixture *f = *state;
    assert_line_loads(f, "mysql", "host = db1, db2 ,::1");
    assert_string_equal(f->config.mysql.hosts, "db1, db2 ,::1");
    assert_line_refused(f, "mysql", "host = db1,,db2", "with commas between");
    assert_line_refused(f, "mysql", "host = db1 db2", "with commas between");
}

static void test_durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
    } good[] = {{"0", 0},       {"90", 90},     {"90s", 90},          {"15m", 900},
                {"24h", 86400}, {"2d", 172800}, {"3650d", 315360000}, {"007", 7}};
    static const char *const bad[] = {"",
                                      "s",
                                      "-1",
                                      "+1",
                                      "1.5h",
                                      "1 h",
                                      "1hh",
                                      "1w",
                                      " 1",
                                      "3651d",
                                      "1H",
                                      "99999999999999999999",
                                      "9223372036854775807d"};
    int64_t seconds;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(config_duration(good[i].text, &seconds));
        assert_int_equal(seconds, good[i].seconds);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(config_duration(bad[i], &seconds));
}

static void test_limits(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "%", "101%", "-1", "1%%", "1.5%", "ten", "1 %", "99999999999999999999"};
    struct config_limit limit;
    assert_true(config_limit("10", &limit));
    assert_true(limit.number == 10 && !limit.percent);
    assert_true(config_limit("0%", &limit));
    assert_true(limit.number == 0 && limit.percent);
    assert_true(config_limit("100%", &limit));
    assert_true(config_limit("9223372036854775807", &limit));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(config_limit(bad[i], &limit));
}

/* Mailboxes, maps, privacy */

static const struct scope_mailbox *mailbox(struct fixture *f, int64_t id)
{
    return scope_mailbox(&f->config.scope, id);
}

static void test_mailboxes(void **state)
{
    struct fixture *f = *state;
    assert_line_loads(f, "fluent",
                      "mailbox_ids = 1, 3\n[mailbox.3]\ndate_filter = 2025-10-01\n"
                      "category = Hosting\n[mailbox.4]\ndate_filter = 2025-10-02");
    assert_false(f->config.scope.all_mailboxes);
    assert_true(mailbox(f, 1)->listed);
    assert_string_equal(mailbox(f, 1)->since, "");
    assert_true(mailbox(f, 3)->listed);
    assert_string_equal(mailbox(f, 3)->since, "2025-10-01");
    assert_false(mailbox(f, 4)->listed);
    assert_int_equal(f->config.mapping.mailbox_category.count, 1);
    assert_string_equal(f->config.mapping.mailbox_category.items[0].key, "3");
    assert_string_equal(f->config.mapping.mailbox_category.items[0].value, "Hosting");

    assert_int_equal(load(f, true, f->ini, "FLUENT_MAILBOX_ID=4", NULL), 0);
    assert_false(mailbox(f, 1)->listed);
    assert_false(mailbox(f, 3)->listed);
    assert_true(mailbox(f, 4)->listed);
    assert_string_equal(mailbox(f, 4)->since, "2025-10-02");
    assert_line_loads(f, "mailbox.3", "date_filter = 2025-10-01");
    assert_true(f->config.scope.all_mailboxes);
}

static void test_bad_mailboxes(void **state)
{
    struct fixture *f = *state;
    assert_line_refused(f, "fluent", "mailbox_ids = 1,,2", "ids such as 1, 3");
    assert_line_refused(f, "fluent", "mailbox_ids = 0", "ids such as 1, 3");
    assert_line_refused(f, "fluent", "mailbox_ids = support", "ids such as 1, 3");
    assert_line_refused(f, "mailbox.3", "date_filter = x", "[mailbox.3] date_filter must be a day");
    assert_line_refused(f, "mailbox.3", "timezone = UTC", "there is no key \"timezone\"");
    assert_line_refused(f, "mailbox.3", "category =", "at most 50 characters");
    assert_refused(f, MINIMAL "[mailbox.03]\n", 7, "a mailbox's id");
    assert_refused(f, MINIMAL "[mailbox.ID]\n", 7, "a mailbox's id");
    assert_refused(f, MINIMAL "[mailbox.3]\ncategory = A\n[mailbox.3]\ncategory = B\n", 10,
                   "a second time");
    assert_refused(f, MINIMAL "[mailbox.3]\ndate_filter=2025-01-01\ndate_filter=2025-01-01\n", 9,
                   "a second time");
}

static void test_too_many_mailboxes(void **state)
{
    struct fixture *f = *state;
    char line[4096] = "mailbox_ids = 1000";
    size_t n = strlen(line);
    for (int i = 0; i < SCOPE_MAILBOXES_MAX; i++)
        n += (size_t)snprintf(line + n, sizeof line - n, ",%d", i + 1);
    assert_line_refused(f, "fluent", line, "one mailbox too many");
}

static void test_maps(void **state)
{
    struct fixture *f = *state;
    assert_line_loads(f, "map.urgency",
                      "On Fire = high\n* = LOW\n[map.category]\n"
                      "\xC3\x9C"
                      "ber: Caf\xC3\xA9 = Hosting ; note\nA=B: C\n"
                      "Plain : Email\n[map.fields]\nwebsite_url = customer.site");
    const struct config *c = &f->config;
    assert_int_equal(c->mapping.urgency.count, 2);
    assert_string_equal(c->mapping.urgency.items[0].key, "On Fire");
    assert_string_equal(c->mapping.urgency.items[0].value, "HIGH");
    assert_string_equal(c->mapping.urgency.items[1].key, "*");
    assert_int_equal(c->mapping.category.count, 3);
    assert_string_equal(c->mapping.category.items[0].key, "\xC3\x9C"
                                                          "ber: Caf\xC3\xA9");
    assert_string_equal(c->mapping.category.items[0].value, "Hosting");
    assert_string_equal(c->mapping.category.items[1].value, "B: C");
    assert_string_equal(c->mapping.category.items[2].key, "Plain");
    assert_string_equal(c->mapping.fields.items[0].key, "website_url");
    assert_string_equal(c->mapping.fields.items[0].value, "customer.site");
}

static void test_bad_maps(void **state)
{
    struct fixture *f = *state;
    assert_line_refused(f, "map.urgency", "x = URGENT", "LOW, MEDIUM, HIGH or PROMOTION");
    assert_line_refused(f, "map.category", "x =", "at most 50 characters");
    assert_line_loads(f, "map.category", "a = b = c");
    assert_string_equal(f->config.mapping.category.items[0].value, "b = c");
    assert_line_refused(f, "map.category",
                        "x = 123456789012345678901234567890123456789012345678901", "at most 50");
    assert_refused(f, MINIMAL "[map.other]\nx = y\n", 8, "no rule uses [map.other]");
}

static void test_map_names_are_compared_without_case(void **state)
{
    struct fixture *f = *state;
    assert_refused(f, MINIMAL "[map.urgency]\n\xC3\x89t\xC3\xA9 = LOW\n\xC3\xA9T\xC3\x89 = HIGH\n",
                   9, "a second time");
    assert_refused(f, MINIMAL "[map.fields]\neffort = a\nEFFORT = b\n", 9, "a second time");
}

static void test_fields_keep_off_our_columns(void **state)
{
    struct fixture *f = *state;
    static const char *const taken[] = {"id",     "status",     "source",     "month",
                                        "STATUS", "created_at", "updated_at", "request_type"};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        char line[64];
        snprintf(line, sizeof line, "%s = customer.email", taken[i]);
        assert_line_refused(f, "map.fields", line, "filled in another way");
    }
    assert_line_refused(f, "map.ticket_fields", "fluent_id = id", "filled in another way");
    assert_line_refused(f, "map.ticket_fields", "title = id", "filled in another way");
    assert_line_loads(f, "map.fields", "description = title");
    assert_line_refused(f, "map.fields", "a-b = x", "not the name of a column");
    assert_line_refused(f, "map.fields", "a`b = x", "not the name of a column");
    assert_line_refused(f, "map.fields", "effort = customer..email", "is no path, such as");
    assert_line_refused(f, "map.fields", "effort =", "has no rule");
}

static void test_privacy(void **state)
{
    struct fixture *f = *state;
    assert_line_loads(f, "privacy", "drop = customer.email , content");
    assert_int_equal(f->config.mapping.drop.count, 2);
    assert_string_equal(f->config.mapping.drop.items[0].key, "customer.email");
    assert_null(f->config.mapping.drop.items[0].value);
    assert_line_loads(f, "privacy", "drop =");
    assert_line_refused(f, "privacy", "drop = customer.", "paths such as");
    assert_line_refused(f, "privacy", "drop = a b", "paths such as");
    assert_line_refused(f, "privacy", "drop = created_at", "nothing works without it");
}

/* Watching */

static void test_textfile(void **state)
{
    struct fixture *f = *state;
    assert_line_loads(f, "metrics", "textfile = /var/lib/a b/fluent_sync.prom");
    assert_string_equal(f->config.metrics_textfile, "/var/lib/a b/fluent_sync.prom");
    assert_line_loads(f, "report", "file = /srv/a b/index.html");
    assert_string_equal(f->config.report_file, "/srv/a b/index.html");
    assert_line_refused(f, "report", "file = index.html", "ends in .html");
    assert_line_refused(f, "report", "file = /srv/page.txt", "ends in .html");
    assert_line_loads(f, "metrics", "textfile =");
    assert_null(f->config.metrics_textfile);
    assert_line_refused(f, "metrics", "textfile = fluent_sync.prom", "ends in .prom");
    assert_line_refused(f, "metrics", "textfile = /var/lib/fluent_sync", "ends in .prom");
    assert_line_refused(f, "metrics", "textfile = /x.prom/", "ends in .prom");
    assert_line_refused(f, "metrics", "textfile = .prom", "ends in .prom");
}

static void test_healthcheck(void **state)
{
    struct fixture *f = *state;
    static const char *const good[] = {"https://hc-ping.com/5f1c7a1e-0000",
                                       "http://localhost:8000/ping/x",
                                       "https://hc-ping.com/key/fluent-sync?create=1",
                                       "https://[::1]:8443/ping/x", "https://h?x=1"};
    static const char *const hosts[] = {"https://hc-ping.com/...", "http://localhost:8000/...",
                                        "https://hc-ping.com/...", "https://[::1]:8443/...",
                                        "https://h/..."};
    static const char *const bad[] = {
        "hc-ping.com/5f1c7a1e",     "ftp://hc-ping.com/5f1c7a1e",    "https:///5f1c7a1e",
        "https://u:p@hc/5f1c7a1e",  "https://hc-ping.com/5f1c7a1e#", "https://a b/5f1c7a1e",
        "https://hc:99999/5f1c7a1e"};
    char line[128];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        snprintf(line, sizeof line, "url = %s", good[i]);
        assert_line_loads(f, "healthcheck", line);
        assert_string_equal(f->config.healthcheck_url, good[i]);
        /* Shown is its host alone. */
        bool shown = false;
        for (size_t s = 0; s < f->config.settings.count; s++) {
            const struct config_setting *setting = &f->config.settings.items[s];
            if (strcmp(setting->name, "[healthcheck] url") != 0)
                continue;
            shown = true;
            assert_string_equal(setting->value, hosts[i]);
        }
        assert_true(shown);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(line, sizeof line, "url = %s", bad[i]);
        assert_line_refused(f, "healthcheck", line, "[healthcheck] url");
        assert_null(strstr(f->error.message, "5f1c7a1e"));
    }
}

static void test_push(void **state)
{
    struct fixture *f = *state;
    const struct push_options *push = &f->config.push;
    assert_loads(f, MINIMAL);
    assert_false(push_is_on(push));
    assert_int_equal(push->max, 10);
    assert_int_equal(push->expire_s, 7 * 86400);
    assert_int_equal(push->conflicts, PUSH_HOLD);
    assert_false(push->notify);
    assert_line_loads(f, "push", "fields = urgency, category\nactions = close, set");
    assert_true(push_sends_edits(push, OUTBOX_PRIORITY) && push_sends_edits(push, OUTBOX_PRODUCT));
    assert_true(push_allows(push, OUTBOX_CLOSE) && push_allows(push, OUTBOX_SET));
    assert_false(push_allows(push, OUTBOX_REPLY));
    assert_line_loads(f, "push", "fields = category");
    assert_false(push_sends_edits(push, OUTBOX_PRIORITY));
    for (int a = 0; a < OUTBOX_ACTIONS; a++) {
        char line[40];
        snprintf(line, sizeof line, "actions = %s", outbox_action_words[a]);
        assert_line_loads(f, "push", line);
        assert_int_equal(push->actions, 1U << a);
    }
    assert_line_refused(f, "push", "fields = title", "must be urgency or category");
    assert_line_refused(f, "push", "actions = merge", "must be close, reopen, reply, note or set");
    assert_line_refused(f, "push", "max = 0", "1 to 100000");
    assert_line_refused(f, "push", "expire = 1s", "1m to 365d");
    assert_line_refused(f, "push", "conflicts = newest", "must be hold, site or dashboard");
    assert_line_refused(f, "push", "fields = urgency\n[sync]\nlocal_edits = overwrite",
                        "needs local_edits = keep");
    assert_line_loads(f, "push", "actions = close\n[sync]\nlocal_edits = overwrite");
    assert_refused(f, MINIMAL "[push]\nfields = category\n[privacy]\ndrop = product", 10,
                   "[privacy] drop must not contain product, which [push] fields = category "
                   "goes by");
}

/* Which value of the site stands for one of requests. */
static void test_push_choices(void **state)
{
    struct fixture *f = *state;
    const struct push_options *push = &f->config.push;
    assert_line_loads(f, "push",
                      "fields = urgency, category\n[push.priority]\nhigh = Critical\n"
                      "[push.product]\nHosting: Managed = 3\n\"A = B\" = 4");
    assert_string_equal(push->priority.items[0].key, "HIGH");
    assert_string_equal(push->priority.items[0].value, "Critical");
    assert_string_equal(push->product.items[0].key, "Hosting: Managed");
    assert_string_equal(push->product.items[0].value, "3");
    assert_string_equal(push->product.items[1].key, "A = B");
#define URGENCY "[push]\nfields = urgency\n[push.priority]\n"
#define CATEGORY "[push]\nfields = category\n[push.product]\n"
    assert_refused(f, MINIMAL URGENCY "hot = critical", 10, "is no urgency");
    assert_refused(f, MINIMAL URGENCY "HIGH =", 10, "must be a priority of the site");
    assert_refused(f, MINIMAL URGENCY "HIGH = urgent\nhigh = critical", 11, "a second time");
    assert_refused(f, MINIMAL URGENCY "HIGH = normal", 10, "becomes MEDIUM");
    assert_loads(f, MINIMAL URGENCY "HIGH = normal\n[map.urgency]\nNormal = HIGH");
    assert_loads(f, MINIMAL URGENCY "HIGH = normal\n[map.fields]\nurgency = \"HIGH\"");
    assert_refused(f, MINIMAL CATEGORY "Hosting = Hosting", 10, "the number of a product");
    assert_refused(f, MINIMAL CATEGORY "Hosting = 0", 10, "the number of a product");
    assert_line_refused(f, "push.priority", "HIGH = critical",
                        "has no effect: [push] fields does not have urgency");
    assert_line_refused(f, "push.product", "Hosting = 3",
                        "has no effect: [push] fields does not have category");
    assert_refused(f, MINIMAL "[push.colour]\n", 7, "there is no section [push.colour]");
}

static void test_web(void **state)
{
    struct fixture *f = *state;
    const struct web_options *web = &f->config.web;
    static const char *const bad[] = {
        "a.example",           "ftp://a.example",     "https://a.example/",
        "https://u@a.example", "https://a.example?x", "https://",
        "https://a.example,",  "https://a b.example", "*"};
    assert_loads(f, MINIMAL);
    assert_false(web->trust_remote_user);
    assert_int_equal(web->allow, WEB_STATUS | WEB_TICKETS | WEB_PAGE | WEB_SYNC | WEB_WEBHOOK);
    assert_null(web->origins);
    assert_int_equal(web->wait_s, 25);
    assert_line_loads(f, "web", "allow = Page,status");
    assert_int_equal(web->allow, WEB_STATUS | WEB_PAGE);
    assert_line_loads(f, "web", "allow =");
    assert_int_equal(web->allow, 0);
    assert_line_refused(f, "web", "allow = page, all",
                        "must be status, tickets, page, sync or webhook");
    assert_line_loads(f, "web", "wait = 0s");
    assert_int_equal(web->wait_s, 0);
    assert_line_refused(f, "web", "wait = 11m", "0s to 10m");
    assert_line_loads(f, "web", "origins = https://a.example, http://b.example:8080");
    assert_string_equal(web->origins, "https://a.example, http://b.example:8080");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char line[64];
        snprintf(line, sizeof line, "origins = %s", bad[i]);
        assert_line_refused(f, "web", line, "without a path");
    }
}

/* A token is looked at only where it is taken. */
static void test_web_tokens(void **state)
{
    struct fixture *f = *state;
    static const char good[] = "0123456789abcdef0123456789abcdef";
    char line[PATH_MAX + 64], directory[PATH_MAX + 32];
    snprintf(line, sizeof line, MINIMAL "[web]\ntoken_file = %s/token\n", f->directory);
    assert_loads(f, line);
    assert_loads(f, MINIMAL "[web]\ntoken_command = false\n");
    f->for_web = true;
    assert_int_equal(load_text(f, line), -1);
    put_file(f, "token", 0600, "0123456789abcdef0123456789abcdef\n");
    assert_loads(f, line);
    assert_string_equal(secret_reveal(&f->config.web.token), good);
    put_file(f, "token", 0600, "0123456789abcdef 0123456789abcdef");
    assert_int_equal(load_text(f, line), -1);
    assert_message(f, "visible ASCII");
    assert_int_equal(load_text(f, MINIMAL "[web]\ntoken = 0123456789abcdef0123456789abcde\n"), -1);
    assert_message(f, "at least 32 characters");
    assert_no_message(f, "89abcde");
    assert_loads(f, MINIMAL "[web]\ntoken =\n");
    assert_false(secret_is_set(&f->config.web.token));
    put_file(f, "web_token", 0440, good);
    snprintf(directory, sizeof directory, "CREDENTIALS_DIRECTORY=%s", f->directory);
    assert_loads(f, MINIMAL);
    assert_int_equal(load(f, true, f->ini, directory, NULL), 0);
    assert_string_equal(secret_reveal(&f->config.web.token), good);
}

/* One or two, in a line or in a file of two. */
static void test_webhook_secrets(void **state)
{
    struct fixture *f = *state;
    static const char one[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    char line[PATH_MAX + 64];
    f->for_web = true;
    snprintf(line, sizeof line, MINIMAL "[web]\nwebhook_secret = %s %s\n", one, one);
    assert_loads(f, line);
    snprintf(line, sizeof line, MINIMAL "[web]\nwebhook_secret_file = %s/secrets\n", f->directory);
    put_file(f, "secrets", 0600, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
    assert_loads(f, line);
    assert_string_equal(secret_reveal(&f->config.web.webhook_secret), one);
    assert_int_equal(load_text(f, MINIMAL "[web]\nwebhook_secret = whsec_MfKQ9r8G\n"), -1);
    assert_message(f, "24 to 64 bytes");
    assert_no_message(f, "MfKQ9r8G");
}

/* Passwords from elsewhere */

static int load_with_password(struct fixture *f, const char *key, const char *value)
{
    char text[1024];
    snprintf(text, sizeof text, "%s%s = %s\n",
             strncmp(key, "api_", 4) == 0 ? DATABASE
                 "[fluent]\napi_url=https://a.example\napi_username=u\n"
                                          : MINIMAL,
             key, value);
    put_file(f, "fluent-sync.ini", 0600, text);
    return load(f, true, f->ini, "PATH=/usr/bin:/bin", "HOME=/nowhere/home",
                "FLUENT_DB_USER=someone", "DB_PORT=1", "SECRET=1", NULL);
}

static void test_password_files(void **state)
{
    struct fixture *f = *state;
    const char *path = put_file(f, "password", 0600, " a b;c\r\n");
    assert_int_equal(load_with_password(f, "password_file", path), 0);
    assert_string_equal(mysql_password(f), " a b;c");
    assert_int_equal(load_with_password(f, "api_password_file", path), 0);
    assert_string_equal(api_password(f), "ab;c");
    assert_string_equal(buf_text(&f->config.warnings), "");
    put_file(f, "password", 0640, "two\n\n");
    assert_int_equal(load_with_password(f, "password_file", path), 0);
    assert_string_equal(mysql_password(f), "two\n");
    assert_non_null(strstr(buf_text(&f->config.warnings), path));
}

static void test_bad_password_files(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(load_with_password(f, "password_file", "/nowhere/password"), -1);
    assert_message(f, ":7: password_file: /nowhere/password: No such file");
    assert_int_equal(load_with_password(f, "password_file", f->directory), -1);
    assert_message(f, "not a regular file");
    assert_int_equal(load_with_password(f, "api_password_file", put_file(f, "e", 0600, " \n")), -1);
    assert_message(f, "it is empty");
    assert_int_equal(
        load_with_password(f, "password_file", put_bytes(f, "n", 0600, "hush\0hush", 9)), -1);
    assert_message(f, "a NUL byte");
    assert_no_message(f, "hush");
    static char large[CONFIG_SECRET_MAX + 1];
    memset(large, 'x', sizeof large);
    assert_int_equal(
        load_with_password(f, "password_file", put_bytes(f, "l", 0600, large, sizeof large)), -1);
    assert_message(f, "is too large");
    assert_no_message(f, "xxx");
}

static void test_password_commands(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(load_with_password(f, "password_command", "printf '%s;%s\\n' 'a b' \"c ;d\""),
                     0);
    assert_string_equal(mysql_password(f), "a b;c ;d");
    assert_int_equal(load_with_password(f, "api_password_command", "printf 'x y\\n\\nz'"), 0);
    assert_string_equal(api_password(f), "xyz");
}

static void test_command_sees_no_secrets(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(load_with_password(f, "password_command", "env"), 0);
    assert_string_equal(mysql_password(f), "PATH=/usr/bin:/bin\nHOME=/nowhere/home");
    assert_int_equal(load_with_password(f, "password_command", "sh -c 'cat; echo end'"), 0);
    assert_string_equal(mysql_password(f), "end");
}

static void test_bad_commands(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *command, *message;
    } bad[] = {
        {"sh -c 'echo hush; exit 3'", "exit status 3"},
        {"sh -c 'echo hush; kill -9 $$'", "ended by a signal"},
        {"true", "it is empty"},
        {"printf '\\n'", "it is empty"},
        {"no-such-program-here hush", "no such program in PATH"},
        {"/nowhere/program hush", "No such file"},
        {"echo 'hush", "a quote is not closed"},
        {"echo \"hush", "a quote is not closed"},
        {"echo hush\\", "a backslash ends the line"},
        {"head -c 65537 /dev/zero", "printed too much"},
        {"printf 'hush\\0'", "a NUL byte"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(load_with_password(f, "password_command", bad[i].command), -1);
        assert_message(f, ":7: password_command: ");
        assert_message(f, bad[i].message);
        assert_no_message(f, "hush");
    }
}

static void test_command_has_a_time_limit(void **state)
{
    (void)state;
    static const char *const commands[] = {"sleep 60", "sh -c 'sleep 60 & exec >&- ; wait'"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct config_bytes output;
        struct buf why;
        buf_init(&why, 1024);
        const struct limits limits = {.deadline_ms = clock_monotonic_ms() + 100};
        assert_int_equal(config_command(&output, commands[i], NULL, &limits, &why), -1);
        assert_non_null(strstr(buf_text(&why), "did not end in time"));
        assert_null(output.data);
        buf_release(&why);
    }
}

static void assert_words(const char *text, ...)
{
    const char *why = NULL, *expected;
    char **words = config_split_words(text, &why);
    assert_non_null(words);
    size_t i = 0;
    va_list args;
    va_start(args, text);
    while ((expected = va_arg(args, const char *)) != NULL) {
        assert_non_null(words[i]);
        assert_string_equal(words[i++], expected);
    }
    va_end(args);
    assert_null(words[i]);
    free(words);
}

static void test_words_of_a_command(void **state)
{
    (void)state;
    assert_words("a", "a", NULL);
    assert_words("  a \t b ", "a", "b", NULL);
    assert_words("a b c d e", "a", "b", "c", "d", "e", NULL);
    assert_words("'a b'c\"d e\"", "a bcd e", NULL);
    assert_words("'' \"\"", "", "", NULL);
    assert_words("a\\ b \\'c", "a b", "'c", NULL);
    assert_words("'a\\b' \"a\\b\\\"\\\\\\$\"", "a\\b", "a\\b\"\\$", NULL);
    assert_words("'\\$' '\\'", "\\$", "\\", NULL);
    assert_words("$HOME ~ * | ; #x", "$HOME", "~", "*", "|", ";", "#x", NULL);
    const char *why = NULL;
    assert_null(config_split_words("  ", &why));
    assert_string_equal(why, "there is no command");
}

static void test_one_way_to_give_a_password(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(load_text(f, SITE "api_password_file = /nowhere/f\n" DATABASE
                                       "password_command = true\npassword_file = /nowhere/f\n"),
                     -1);
    assert_message(f, ":5: api_password_file: the password is already given by api_password in "
                      "line 4");
    assert_message(f, "the password is already given by password_file in line 9");
    put_file(f, "password", 0600, "one");
    char text[512];
    snprintf(text, sizeof text, MINIMAL "password =\npassword_file = %s/password\n", f->directory);
    assert_loads(f, text);
    assert_string_equal(mysql_password(f), "one");
}

static void test_all_defaults_are_within_their_limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++) {
        const struct config_key *key = &CONFIG_KEYS[i];
        if (!key->initial)
            continue;
        struct config *config = calloc(1, sizeof *config);
        struct config_problems problems;
        config_problems_init(&problems);
        struct config_value value = {.config = config,
                                     .problems = &problems,
                                     .key = key,
                                     .name = key->name,
                                     .text = key->initial};
        config_put(&value);
        assert_string_equal(buf_text(&problems.text), "");
        config_problems_release(&problems);
        config_free_values(config);
        free(config);
    }
}

/* Credentials of a systemd service */

static void test_credentials_give_passwords(void **state)
{
    struct fixture *f = *state;
    char directory[PATH_MAX + 32];
    snprintf(directory, sizeof directory, "CREDENTIALS_DIRECTORY=%s", f->directory);
    put_file(f, "fluent-sync.ini", 0600,
             "[fluent]\napi_url = https://a.example\napi_username = u\n" DATABASE);
    assert_int_equal(load(f, true, f->ini, directory, NULL), -1);
    assert_message(f, "[fluent] api_password");
    put_file(f, "api_password", 0440, "a b\n");
    put_file(f, "db_password", 0440, "c d\n");
    assert_int_equal(load(f, true, f->ini, directory, NULL), 0);
    assert_string_equal(api_password(f), "ab");
    assert_string_equal(mysql_password(f), "c d");
    assert_string_equal(buf_text(&f->config.warnings), "");
    assert_int_equal(load(f, true, f->ini, NULL), -1);
}

static void test_credentials_fill_what_nothing_else_sets(void **state)
{
    struct fixture *f = *state;
    char directory[PATH_MAX + 32];
    snprintf(directory, sizeof directory, "CREDENTIALS_DIRECTORY=%s", f->directory);
    put_file(f, "api_password", 0400, "credential");
    put_file(f, "db_password", 0400, "credential");
    put_file(f, "fluent-sync.ini", 0600, MINIMAL);
    assert_int_equal(load(f, true, f->ini, directory, "DB_PASSWORD=old", NULL), 0);
    assert_string_equal(api_password(f), "pw");
    assert_string_equal(mysql_password(f), "credential");
    assert_int_equal(load(f, true, f->ini, directory, "FLUENT_DB_PASSWORD=new", NULL), 0);
    assert_string_equal(mysql_password(f), "new");
    put_file(f, "fluent-sync.ini", 0600, MINIMAL "password_command = echo command\n");
    assert_int_equal(load(f, true, f->ini, directory, NULL), 0);
    assert_string_equal(mysql_password(f), "command");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_minimal_file_gives_defaults),
        TEST(test_environment_alone_is_enough),
        TEST(test_example_as_it_is_changes_nothing),
        TEST(test_example_with_everything_in_force),
        TEST(test_example_describes_every_key),
        TEST(test_environment_goes_before_file),
        TEST(test_old_names_fill_what_nothing_else_sets),
        TEST(test_settings_say_where_they_come_from),
        TEST(test_file_goes_before_old_names),
        TEST(test_old_password_does_not_replace_password_file),
        TEST(test_empty_and_foreign_variables_count_as_unset),
        TEST(test_environment_errors_name_the_variable),
        TEST(test_search_order),
        TEST(test_only_the_first_file_counts),
        TEST(test_nothing_found_lists_the_places),
        TEST(test_missing_config_file_is_an_error),
        TEST(test_missing_keys_are_named_alone),
        TEST(test_commands_without_site_need_the_database_alone),
        TEST(test_layout_does_not_matter),
        TEST(test_passwords_are_taken_as_they_stand),
        TEST(test_long_values_arrive_whole_or_not_at_all),
        TEST(test_long_names),
        TEST(test_bad_lines_are_all_reported),
        TEST(test_lines_below_a_bad_heading_are_passed_over),
        TEST(test_nul_bytes_are_refused),
        TEST(test_empty_unknown_section_is_refused),
        TEST(test_what_was_meant_is_proposed),
        TEST(test_unknown_variables_are_warned_of),
        TEST(test_quotes_are_said_to_be_literal),
        TEST(test_since_when),
        TEST(test_scope),
        TEST(test_a_day_in_the_future_is_a_warning),
        TEST(test_line_broken_password_is_not_shown),
        TEST(test_errors_beyond_the_message_are_counted),
        TEST(test_terminal_sequences_in_names_are_not_repeated),
        TEST(test_permissions_of_a_file_with_passwords),
        TEST(test_who_can_write_to_the_file),
        TEST(test_passwords_are_forgotten),
        TEST(test_permissions_without_passwords_are_free),
        TEST(test_a_group_that_root_chose_may_read),
        TEST(test_url_is_cut_to_the_site),
        TEST(test_plain_http_only_to_this_machine),
        TEST(test_bad_urls),
        TEST(test_username_without_colon),
        TEST(test_numbers),
        TEST(test_words),
        TEST(test_timezones),
        TEST(test_days),
        TEST(test_site_key),
        TEST(test_named_files_must_be_readable),
        TEST(test_hosts),
        TEST(test_durations),
        TEST(test_limits),
        TEST(test_mailboxes),
        TEST(test_bad_mailboxes),
        TEST(test_too_many_mailboxes),
        TEST(test_maps),
        TEST(test_bad_maps),
        TEST(test_map_names_are_compared_without_case),
        TEST(test_the_examples_rules_are_the_built_in_ones),
        TEST(test_quotes_in_maps),
        TEST(test_fields_keep_off_our_columns),
        TEST(test_privacy),
        TEST(test_textfile),
        TEST(test_healthcheck),
        TEST(test_push),
        TEST(test_push_choices),
        TEST(test_web),
        TEST(test_web_tokens),
        TEST(test_webhook_secrets),
        TEST(test_password_files),
        TEST(test_bad_password_files),
        TEST(test_password_commands),
        TEST(test_command_sees_no_secrets),
        TEST(test_bad_commands),
        TEST(test_command_has_a_time_limit),
        TEST(test_words_of_a_command),
        TEST(test_one_way_to_give_a_password),
        TEST(test_credentials_give_passwords),
        TEST(test_credentials_fill_what_nothing_else_sets),
        TEST(test_all_defaults_are_within_their_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
