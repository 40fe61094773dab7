/* test_check: `check` finds what stands in a sync's way, says what to do, ends as a sync would, and
 * changes nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness_tls.h"

/* One check as the JSON document has it. Texts live until the end of the test. */
struct finding {
    const char *level, *found, *advice, *details;
};

static const char *member(struct harness *h, const cJSON *item, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, name));
    return harness_text(h, "%s", text ? text : "");
}

static void show_bad(const cJSON *document)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(document, "checks"))
    {
        const char *level = cJSON_GetStringValue(cJSON_GetObjectItem(item, "level"));
        char *text = cJSON_PrintUnformatted(item);
        if (level && strcmp(level, "ok") != 0 && strcmp(level, "skipped") != 0)
            print_error("%s\n", text);
        cJSON_free(text);
    }
}

/* Runs `check`, which must end with `code`; its document must say the same. */
static cJSON *examine(struct harness *h, int code)
{
    struct outcome outcome = harness_sync(h, "check", "--json", NULL);
    cJSON *document = sync_json(outcome.out);
    if (outcome.code != code) {
        show_bad(document);
        fail_msg("exit code %d instead of %d: %s", outcome.code, code, outcome.err);
    }
    assert_string_equal(outcome.err, "");
    assert_int_equal((int)sync_member(document, "exitCode"), code);
    assert_int_equal(cJSON_IsTrue(cJSON_GetObjectItem(document, "success")), code == 0);
    return document;
}

static struct finding find(struct harness *h, const cJSON *document, const char *name)
{
    const cJSON *item, *line;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(document, "checks"))
    {
        if (strcmp(member(h, item, "name"), name) != 0)
            continue;
        const char *details = "";
        cJSON_ArrayForEach(line, cJSON_GetObjectItem(item, "details")) details =
            harness_text(h, "%s%s\n", details, line->valuestring);
        return (struct finding){.level = member(h, item, "level"),
                                .found = member(h, item, "found"),
                                .advice = member(h, item, "advice"),
                                .details = details};
    }
    fail_msg("there is no check %s", name);
    return (struct finding){0};
}

/* Runs `check`, whose finding `name` must have this level and contain `words` somewhere. */
static struct finding finds(struct harness *h, int code, const char *name, const char *level,
                            const char *words)
{
    cJSON *document = examine(h, code);
    struct finding f = find(h, document, name);
    if (strcmp(f.level, level) != 0)
        fail_msg("%s is %s, not %s: %s %s %s", name, f.level, level, f.found, f.advice, f.details);
    if (!strstr(f.found, words) && !strstr(f.advice, words) && !strstr(f.details, words))
        fail_msg("%s: no \"%s\" in: %s %s %s", name, words, f.found, f.advice, f.details);
    cJSON_Delete(document);
    return f;
}

static void prepare(struct harness *h, int tickets, const char *fluent)
{
    sync_prepare(h, tickets, harness_text(h, "retries = 0\n%s", fluent ? fluent : ""), NULL, NULL);
}

/* Makes the site answer matching requests with this recording. */
static void replay(struct harness *h, const char *match, const char *recording)
{
    harness_end_faults(h);
    harness_fault(h, "'kind':'replay','name':'%s','match':'%s'", recording, match);
}

/* A healthy set-up */

static const char *const EVERYTHING[] = {
    "config.file",       "config.values",
    "net.dns",           "net.tcp",
    "net.tls",           "site.wordpress",
    "site.identity",     "site.address",
    "site.plugin",       "site.application_passwords",
    "site.credentials",  "site.permissions",
    "site.clock",        "tickets.list",
    "tickets.range",     "tickets.since",
    "tickets.mailboxes", "tickets.paging",
    "site.speed",        "site.cache",
    "site.output",       "database.connection",
    "database.settings", "database.clock",
    "database.cluster",  "database.schema",
    "database.rights",   "database.requests",
    "database.charset",  "database.engine",
    "database.index",    "database.mapping",
    "sync.last_run",     "sync.lease",
    "sync.rejects",      "sync.mirror",
    "metrics.textfile",  "report.file",
    "push.rights",       "site.activity_log",
};

/* What the site's readme.txt says of the plugin. */
static void set_version(struct harness *h, const char *version)
{
    harness_fault(h,
                  "'kind':'status','match':'readme.txt','status':200,'content_type':'text/plain',"
                  "'body':'=== Fluent Support ===\\nStable tag: %s\\n'",
                  version);
}

static void test_healthy(void **state)
{
    struct harness *h = *state;
    prepare(h, 130, NULL);
    set_version(h, "2.0.1");
    sync_expect(harness_sync(h, NULL), 0);
    cJSON *document = examine(h, 0);
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(document, "checks"))
    {
        const char *level = member(h, item, "level");
        const char *name = member(h, item, "name");
        if (strcmp(level, "ok") != 0 && strcmp(name, "net.tls") != 0 &&
            strcmp(name, "metrics.textfile") != 0 && strcmp(name, "report.file") != 0)
            fail_msg("%s is %s: %s", member(h, item, "name"), level, member(h, item, "found"));
    }
    for (size_t i = 0; i < sizeof EVERYTHING / sizeof *EVERYTHING; i++)
        find(h, document, EVERYTHING[i]);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(document, "checks")),
                     sizeof EVERYTHING / sizeof *EVERYTHING);
    sync_says(find(h, document, "site.wordpress").found, "America/New_York");
    sync_says(find(h, document, "sync.last_run").found, "success");
    cJSON_Delete(document);

    struct outcome outcome = harness_sync(h, "check", NULL);
    sync_expect(outcome, 0);
    sync_says(outcome.out, "ok       site.plugin");
    sync_says(outcome.out, "a sync would work");
    sync_says_not(outcome.out, "\033");
    sync_says_not(outcome.out, "[fluent] per_page =");
    sync_says(harness_sync(h, "check", "-v", NULL).out, "[fluent] per_page = auto (default)");
    outcome = harness_sync(h, "check", "--quiet", NULL);
    sync_expect(outcome, 0);
    assert_string_equal(outcome.out, "");
    assert_string_equal(outcome.err, "");
}

/* Before `migrate`, everything else is examined nevertheless. */
static void test_before_migrate(void **state)
{
    struct harness *h = *state;
    harness_site_of(h, 10);
    harness_config(h, NULL, NULL, NULL);
    finds(h, 6, "database.schema", "failed", "fluent-sync migrate");
    finds(h, 6, "site.credentials", "ok", "api");
    finds(h, 6, "database.rights", "skipped", "not there yet");
    assert_int_equal(harness_count(h, "information_schema.tables WHERE table_schema = DATABASE()"),
                     0);
}

/* Nothing is written */

#define TABLES                                                                                     \
    "requests, fluent_tickets, fluent_sync_state, fluent_sync_status, fluent_walk_pages, "         \
    "fluent_record, fluent_list_proofs, fluent_rejects, fluent_inbox, fluent_outbox, "             \
    "fluent_schema_version"

static void test_writes_nothing(void **state)
{
    struct harness *h = *state;
    prepare(h, 130, NULL);
    harness_control(h, "{'do':'create','ticket':{'id':900,'created_at':null}}");
    sync_expect(harness_sync(h, NULL), 3);
    char *sums = sync_sums(h, TABLES);
    harness_sql(h, "SET GLOBAL log_output = 'TABLE'; TRUNCATE mysql.general_log; "
                   "SET GLOBAL general_log = 1");
    harness_sync(h, "check", NULL);
    harness_sync(h, "check", "--json", NULL);
    harness_sql(h, "SET GLOBAL general_log = 0");
    assert_string_equal(sync_sums(h, TABLES), sums);
    assert_true(harness_count(h, "mysql.general_log WHERE argument LIKE 'SELECT lease_owner%'") ==
                2);
    assert_string_equal(
        harness_table(h, "SELECT argument FROM mysql.general_log WHERE command_type IN ('Query', "
                         "'Execute', 'Prepare') AND argument NOT REGEXP "
                         "'^(SELECT|SHOW|EXPLAIN|SET SESSION|SET NAMES|SET GLOBAL general_log|"
                         "select @@version_comment)'"),
        "");
}

/* The API document's table of errors: which check finds it, and the code of the sync itself.
 * `words` are of what only `check` tells apart. */

static const struct {
    const char *recording, *match, *name, *words;
} ERRORS[] = {
    {"err_no_auth", "v2/", "site.credentials", "strips the Authorization header"},
    {"err_wrong_password", "v2/", "site.credentials", "mistyped or revoked"},
    {"err_revoked_password", "v2/", "site.credentials", "mistyped or revoked"},
    {"err_login_password", "v2/", "site.credentials", "mistyped or revoked"},
    {"err_unknown_user", "v2/", "site.credentials", "api_username"},
    {"err_authorization_header_stripped", "v2/", "site.credentials", "CGIPassAuth On"},
    {"err_http_production", "v2/", "site.credentials", "plain http"},
    {"err_wrong_password_core_code", "v2/", "site.credentials", ""},
    {"err_revoked_core_code", "v2/", "site.credentials", ""},
    {"err_unknown_user_core_code", "v2/", "site.credentials", ""},
    {"err_unknown_email_core_code", "v2/", "site.credentials", ""},
    {"err_no_fs_permission_subscriber", "v2/", "site.permissions", ""},
    {"err_admin_not_agent", "v2/", "site.permissions", ""},
    {"err_plugin_deactivated", "v2/", "site.plugin", ""},
    {"err_unknown_route", "v2/", "site.plugin", ""},
    {"err_docs_ticket_singular", "v2/", "site.plugin", ""},
    {"err_maintenance", "wp-json", "tickets.list", ""},
    {"err_maintenance_no_accept", "wp-json", "tickets.list", ""},
    {"err_maintenance", "wp-json", "site.wordpress", ""},
    {"err_php_fatal", "v2/", "tickets.list", ""},
    {"err_php_fatal_no_accept", "v2/", "tickets.list", ""},
    {"err_db_connection", "wp-json", "tickets.list", ""},
    {"err_db_connection_no_accept", "wp-json", "site.wordpress", ""},
    {"err_rate_limited", "v2/", "tickets.list", ""},
    {"err_redirect_to_https", "wp-json", "site.address", "set [fluent] api_url = https://"},
};

static void test_errors(void **state)
{
    struct harness *h = *state;
    prepare(h, 10, NULL);
    for (size_t i = 0; i < sizeof ERRORS / sizeof *ERRORS; i++) {
        replay(h, ERRORS[i].match, ERRORS[i].recording);
        int code = harness_sync(h, "--dry-run", NULL).code;
        assert_true(code == 4 || code == 5);
        print_message("%s: %d\n", ERRORS[i].recording, code);
        finds(h, code, ERRORS[i].name, "failed", ERRORS[i].words);
    }
    harness_end_faults(h);
    finds(h, 0, "site.credentials", "ok", "api");
}

/* A page for people instead of JSON, and plain permalinks, which are none. */
static void test_address(void **state)
{
    struct harness *h = *state;
    prepare(h, 10, NULL);
    harness_fault(h, "'kind':'html200'");
    finds(h, 4, "site.address", "failed", "");
    harness_end_faults(h);
    harness_control(h, "{'do':'site','permalinks':'plain'}");
    finds(h, 0, "site.address", "ok", "plain permalinks");
    sync_expect(harness_sync(h, NULL), 0);
    finds(h, 0, "site.identity", "ok", "as last time");
    harness_control(h, "{'do':'site','home':'https://elsewhere.test'}");
    sync_expect(harness_sync(h, NULL), 4);
    finds(h, 4, "site.identity", "failed", "--accept-site");
}

/* The look-alike causes of a 401, told apart as far as can be. */
static void test_login(void **state)
{
    struct harness *h = *state;
    const char *log = harness_text(h, "%s/site.log", h->dir);
    const char *const options[] = {"--tickets", "10", "--log", log, NULL};
    harness_site(h, options);
    harness_config(h, "retries = 0\n", NULL, NULL);
    sync_migrate(h);
    replay(h, "v2/", "err_no_auth");
    struct finding f = finds(h, 4, "site.credentials", "failed", "api_username");
    sync_says_not(f.details, "login password?");
    sync_says_not(f.details, "takes no Application Passwords");
    sync_says(f.found, "does not tell");
    /* The index was asked for twice, without and with the credentials. */
    sync_says(harness_read(h, log), " 200 auth=no");
    sync_says(harness_read(h, log), " 200 auth=yes");
    harness_control(h, "{'do':'site','application_passwords':false}");
    f = finds(h, 4, "site.credentials", "failed", "takes no Application Passwords");
    finds(h, 4, "site.application_passwords", "failed", "https");
    harness_control(h, "{'do':'site','application_passwords':true}");

    /* The index takes offence at the credentials, so they do arrive. */
    harness_fault(
        h,
        "'kind':'replay','name':'err_index_wrong_password_core_code','match':'_fields','skip':1");
    finds(h, 4, "site.credentials", "failed", "arrives");

    harness_config(h, "api_password = Hunter 2 hunter 2\nretries = 0\n", NULL, NULL);
    replay(h, "v2/", "err_no_auth");
    f = finds(h, 4, "site.credentials", "failed", "is it the login password?");
    sync_says_not(f.details, "unter");
}

static void test_permissions(void **state)
{
    struct harness *h = *state;
    prepare(h, 10, NULL);
    harness_control(h, "{'do':'site','me':'limited'}");
    finds(h, 0, "site.permissions", "warning", "Manage Other Tickets");
    harness_control(h, "{'do':'site','me':'subscriber'}");
    finds(h, 4, "site.permissions", "failed", "");
    harness_control(h, "{'do':'site','me':'full'}");
    harness_control(h, "{'do':'site','namespaces':['wp/v2']}");
    finds(h, 4, "site.plugin", "failed", "");
}

static void test_activity_log(void **state)
{
    struct harness *h = *state;
    static const char name[] = "site.activity_log";
    prepare(h, 10, NULL);
    finds(h, 0, name, "ok", "View Activity Logs");
    assert_int_equal(sync_stat(h, "routes.activity"), 0);
    harness_control(h, "{'do':'site','activity_log':'on'}");
    finds(h, 0, name, "ok", "can be read");
    harness_control(h, "{'do':'site','activity_log':'off'}");
    finds(h, 0, name, "ok", "switched off");
    harness_fault(h, "'kind':'status','match':'activity-logger','status':404,'body':'{}'");
    finds(h, 0, name, "warning", "404");
    harness_end_faults(h);
    harness_control(h, "{'do':'site','me':'subscriber'}");
    finds(h, 4, name, "skipped", "not known");
}

/* The way there */

static void test_unreachable(void **state)
{
    struct harness *h = *state;
    prepare(h, 10, NULL);
    harness_config(h, "api_url = http://127.0.0.1:1\nretries = 0\n", NULL, NULL);
    finds(h, 5, "net.tcp", "failed", "127.0.0.1");
    finds(h, 5, "site.credentials", "skipped", "not reached");
    finds(h, 5, "database.rights", "ok", "14 tables");
    harness_config(h, "api_url = https://no-such-host.invalid\nretries = 0\n", NULL, NULL);
    finds(h, 5, "net.dns", "failed", "no-such-host.invalid");
    finds(h, 5, "net.tls", "skipped", "not reached");
    harness_config(h, "retries = 0\ntimeout = 1s\n", NULL, NULL);
    harness_fault(h, "'kind':'stall'");
    finds(h, 5, "site.wordpress", "failed", "silence for 1 s");
}

static void test_tls(void **state)
{
    struct harness *h = *state;
    tls_self_signed(h, "long", "IP:127.0.0.1", 400);
    tls_self_signed(h, "short", "IP:127.0.0.1", 3);
    static const struct {
        const char *name, *authority, *level, *words;
        int code;
    } sites[] = {
        {"long", "long", "ok", "verified, 1 certificate", 0},
        {"long", "long", "ok", "CN = site, issued by", 0},
        {"short", "short", "warning", "a certificate expires in", 0},
        {"long", "short", "failed", "ca_file", 4},
    };
    for (size_t i = 0; i < sizeof sites / sizeof *sites; i++) {
        tls_site(h, sites[i].name);
        tls_configure(h, h->site_port, sites[i].authority);
        sync_migrate(h);
        finds(h, sites[i].code, "net.tls", sites[i].level, sites[i].words);
    }
}

/* Tickets */

static void test_tickets(void **state)
{
    struct harness *h = *state;
    prepare(h, 0, NULL);
    finds(h, 0, "tickets.range", "skipped", "no tickets");
    /* 700 tickets, one a day, ids and days ascending alike. */
    struct buf commands;
    buf_init(&commands, 1 << 20);
    for (int i = 1; i <= 700; i++)
        buf_printf(&commands,
                   "%s{'do':'create','ticket':{'id':%d,'created_at':'20%02d-%02d-%02dT12"
                   ":00:00+00:00','mailbox_id':'%d'}}",
                   i > 1 ? "," : "[", i, 20 + i / 336, i / 28 % 12 + 1, i % 28 + 1, i % 7 ? 1 : 3);
    buf_puts(&commands, "]");
    harness_control(h, "%s", buf_text(&commands));
    buf_release(&commands);
    static const struct {
        const char *since, *words;
    } days[] = {
        {"2019-01-01", "700 of 700"}, {"2020-01-02", "700 of 700"}, {"2020-01-03", "699 of 700"},
        {"2021-01-01", "365 of 700"}, {"2022-01-28", "2 of 700"},   {"2022-02-01", "1 of 700"},
        {"2022-02-02", "none"},
    };
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        harness_config(h, harness_text(h, "date_filter = %s\nretries = 0\n", days[i].since), NULL,
                       NULL);
        harness_control(h, "{'do':'reset_stats'}");
        finds(h, 0, "tickets.since", strcmp(days[i].words, "none") == 0 ? "warning" : "ok",
              days[i].words);
        assert_true(sync_stat(h, "requests") <= 14 + 5); /* five more measure the speed */
    }
    finds(h, 0, "tickets.range", "ok", "from ticket 1, 2020-01-02 07:00:00, to ticket 700");
    finds(h, 0, "tickets.mailboxes", "ok", ": 600 tickets\n");
    finds(h, 0, "tickets.mailboxes", "ok", ": 100 tickets\n");
    struct outcome outcome = harness_sync(h, "check", "--since", "2021-01-01", NULL);
    sync_says(outcome.out, "365 of 700 were created on 2021-01-01");
    sync_says(outcome.out, "[fluent] date_filter = 2021-01-01 (--since)");

    harness_config(h, "mailbox_ids = 3, 44\nretries = 0\n", NULL, NULL);
    finds(h, 0, "tickets.mailboxes", "warning", "44 : 0 tickets");
}

static void test_paging(void **state)
{
    struct harness *h = *state;
    prepare(h, 130, NULL);
    finds(h, 0, "tickets.paging", "ok", "page 2");
    harness_fault(h, "'kind':'same_page','page':1,'match':'order_by=id'");
    finds(h, 0, "tickets.paging", "warning", "cache");
    harness_config(h, "retries = 0\nper_page = 20\n", NULL, NULL);
    finds(h, 3, "tickets.paging", "failed", "cache");
    sync_expect(harness_sync(h, NULL), 3);
}

/* A site that cuts its pages is reported, but is no problem. */
static void test_page_cap(void **state)
{
    struct harness *h = *state;
    static const char *const ways[] = {"", ",'says':true"};
    prepare(h, 300, NULL);
    for (size_t i = 0; i < 2; i++) {
        harness_fault(h, "'kind':'cut','rows':60%s,'match':'/tickets'", ways[i]);
        finds(h, 0, "site.speed", "warning", "60 tickets a page at most");
        harness_end_faults(h);
    }
}

/* What is suggested was seen to work. There are too few tickets for larger pages, which would be
 * tried where this machine is slow. */
static void test_page_size(void **state)
{
    struct harness *h = *state;
    prepare(h, 700, NULL);
    finds(h, 0, "site.speed", "ok", "500 tickets in ");
    finds(h, 0, "site.speed", "ok", "suggested: per_page = 500, it is auto");
    finds(h, 0, "site.speed", "ok", "a single ticket: ");
    harness_fault(h, "'kind':'status','status':500,'match':'per_page=500&'");
    finds(h, 0, "site.speed", "warning", "a page of 500 tickets cannot be read");
    sync_says(harness_sync(h, "check", NULL).out, "set [fluent] per_page = 200");
    harness_fault(h, "'kind':'status','status':500,'match':'per_page=250&'");
    finds(h, 0, "site.speed", "warning", "a page of 250 tickets cannot be read");
    sync_says(harness_sync(h, "check", NULL).out, "set [fluent] per_page = 100");
    harness_config(h, "retries = 0\nper_page = 120\n", NULL, NULL);
    finds(h, 0, "site.speed", "ok", "suggested: per_page = 100, it is 120");
    harness_fault(h, "'kind':'status','status':500,'match':'order_by=id'");
    finds(h, 0, "site.speed", "skipped", "a page could not be read");
}

/* Only a site where larger pages save time is asked for the largest. */
static void test_largest_page(void **state)
{
    struct harness *h = *state;
    prepare(h, 1200, NULL);
    /* Much more than this machine takes to make 500 tickets, even when it is busy. */
    harness_fault(h, "'kind':'delay_ms','ms':300,'match':'order_by=id'");
    finds(h, 0, "site.speed", "ok", "suggested: per_page = 800, it is auto");
    harness_fault(h, "'kind':'status','status':500,'match':'per_page=800&'");
    finds(h, 0, "site.speed", "ok", "suggested: per_page = 500, it is auto");
}

/* Both tables went back to an earlier state, the state row did not. */
static void test_mirror(void **state)
{
    struct harness *h = *state;
    prepare(h, 300, "date_filter = 2025-09-20\n");
    finds(h, 0, "sync.mirror", "skipped", "no complete run");
    sync_expect(harness_sync(h, NULL), 0);
    finds(h, 0, "sync.mirror", "ok", "are stored");
    harness_sql(h, "DELETE FROM fluent_tickets ORDER BY CAST(fluent_id AS UNSIGNED) DESC LIMIT 50");
    finds(h, 0, "sync.mirror", "warning", "not in the tables");
    sync_expect(harness_sync(h, NULL), 0);
    finds(h, 0, "sync.mirror", "ok", "are stored");
}

/* The database */

static void test_database(void **state)
{
    struct harness *h = *state;
    prepare(h, 10, NULL);
    harness_sql(h, "UPDATE fluent_schema_version SET version = version + 98");
    finds(h, 6, "database.schema", "failed", "newer");
    harness_sql(h, "UPDATE fluent_schema_version SET version = version - 98");
    harness_sql(h, "SET GLOBAL max_allowed_packet = 1048576");
    finds(h, 0, "database.settings", "warning", "max_allowed_packet = 67108864");
    harness_sql(h, "SET GLOBAL max_allowed_packet = 16777216");
    harness_sql(h, "ALTER TABLE requests ADD COLUMN owner INT NOT NULL");
    finds(h, 6, "database.requests", "failed", "owner");
    sync_expect(harness_sync(h, NULL), 6);
    harness_sql(h, "ALTER TABLE requests DROP COLUMN owner, MODIFY description VARCHAR(1000)");
    finds(h, 0, "database.requests", "warning", "4000 bytes");
    harness_sql(h, "ALTER TABLE requests MODIFY description TEXT");
    finds(h, 0, "database.index", "ok", "few rows");
    harness_sql(h, "INSERT INTO requests (id) VALUES (1000000)");
    finds(h, 0, "database.index", "warning", "ADD KEY idx_date_time (date, time)");
    harness_sql(h, "ALTER TABLE requests ADD KEY idx_date_time (date, time)");
    finds(h, 0, "database.index", "ok", "by an index");
    harness_config(h, "retries = 0\n", NULL, "[map.fields]\nnothing = id\n");
    finds(h, 2, "database.mapping", "failed", "nothing");
    sync_expect(harness_sync(h, NULL), 2);
    harness_config(h, NULL, NULL, NULL);
    harness_environment(h, "FLUENT_DB_USER=nobody");
    harness_environment(h, "FLUENT_DB_PASSWORD=wrong");
    finds(h, 6, "database.connection", "failed", "Access denied");
    finds(h, 6, "site.credentials", "ok", "api");
}

/* A table that cannot hold every character: a clear error, and the statement that mends it. */
static void test_character_sets(void **state)
{
    struct harness *h = *state;
    static const char *const charsets[] = {"latin1", "utf8mb3"};
    prepare(h, 10, NULL);
    for (size_t i = 0; i < 2; i++) {
        harness_sql(
            h, harness_text(h, "ALTER TABLE requests CONVERT TO CHARACTER SET %s", charsets[i]));
        struct finding f = finds(h, 3, "database.charset", "failed", charsets[i]);
        sync_says(f.found, "category, description");
        size_t n = strcspn(f.advice, "(");
        /* At run time it is a reject, never a question mark, and the reason leads here. */
        harness_control(h, "{'do':'create','ticket':{'id':901,'title':'Help \\ud83d\\ude00'}}");
        sync_expect(harness_sync(h, NULL), 3);
        sync_says(harness_value(h, "SELECT reason FROM fluent_rejects WHERE fluent_id = '901'"),
                  "fluent-sync check");
        assert_int_equal(harness_count(h, "requests WHERE description LIKE 'Help ?%'"), 0);
        harness_sql(h, harness_text(h, "%.*s", (int)n, f.advice));
        sync_rejects_due(h);
        sync_expect(harness_sync(h, NULL), 0);
        harness_sql(h, "DELETE FROM fluent_tickets; DELETE FROM requests");
        harness_control(h, "{'do':'delete','id':901}");
        finds(h, 0, "database.charset", "ok", "utf8mb4");
    }
}

/* Every right of the README is needed, and each that is missing is named. */
static const struct {
    const char *table, *rights[4];
} RIGHTS[] = {
    {"requests", {"SELECT", "INSERT", "UPDATE"}},
    {"fluent_tickets", {"SELECT", "INSERT", "UPDATE"}},
    {"fluent_sync_state", {"SELECT", "INSERT", "UPDATE"}},
    {"fluent_sync_status", {"SELECT", "INSERT", "UPDATE", "DELETE"}},
    {"fluent_walk_pages", {"SELECT", "INSERT", "UPDATE", "DELETE"}},
    {"fluent_rejects", {"SELECT", "INSERT", "UPDATE", "DELETE"}},
    {"fluent_record", {"SELECT", "INSERT", "UPDATE", "DELETE"}},
    {"fluent_list_proofs", {"SELECT", "INSERT", "UPDATE", "DELETE"}},
    {"fluent_inbox", {"SELECT", "INSERT", "UPDATE", "DELETE"}},
    {"fluent_conversations", {"SELECT", "INSERT", "UPDATE", "DELETE"}},
    {"fluent_responses", {"SELECT", "INSERT", "UPDATE", "DELETE"}},
    {"fluent_ticket_changes", {"SELECT", "INSERT", "UPDATE", "DELETE"}},
    {"fluent_outbox", {"SELECT", "INSERT", "UPDATE", "DELETE"}},
    {"fluent_schema_version", {"SELECT"}},
};

static void test_rights(void **state)
{
    struct harness *h = *state;
    prepare(h, 10, NULL);
    harness_sql(h, "DROP USER IF EXISTS poor@localhost;"
                   "CREATE USER poor@localhost IDENTIFIED BY 'poor'");
    for (size_t t = 0; t < sizeof RIGHTS / sizeof *RIGHTS; t++)
        for (size_t r = 0; r < 4 && RIGHTS[t].rights[r]; r++)
            harness_sql(h, harness_text(h, "GRANT %s ON %s TO poor@localhost", RIGHTS[t].rights[r],
                                        RIGHTS[t].table));
    harness_environment(h, "FLUENT_DB_USER=poor");
    harness_environment(h, "FLUENT_DB_PASSWORD=poor");
    finds(h, 0, "database.rights", "ok", "14 tables");
    sync_expect(harness_sync(h, NULL), 0);
    for (size_t t = 0; t < sizeof RIGHTS / sizeof *RIGHTS; t++)
        for (size_t r = 0; r < 4 && RIGHTS[t].rights[r]; r++) {
            const char *right = RIGHTS[t].rights[r], *table = RIGHTS[t].table;
            harness_sql(h, harness_text(h, "REVOKE %s ON %s FROM poor@localhost", right, table));
            if (strcmp(table, "fluent_schema_version") == 0)
                finds(h, 6, "database.schema", "failed", "GRANT");
            else
                finds(h, 6, "database.rights", "failed",
                      harness_text(h, "GRANT %s ON `%s`.%s TO 'poor'@'localhost'", right,
                                   h->database, table));
            harness_sql(h, harness_text(h, "GRANT %s ON %s TO poor@localhost", right, table));
        }
    harness_sql(h, "SET GLOBAL read_only = 1");
    cJSON *document = examine(h, 6);
    harness_sql(h, "SET GLOBAL read_only = 0; DROP USER poor@localhost");
    sync_says(find(h, document, "database.rights").advice, "[mysql] host at the primary");
    cJSON_Delete(document);
}

/* What goes to the site */

#define PUSH "[push]\nfields = urgency, category\nactions = close, reply\n"

static void set_permissions(struct harness *h, const char *permission)
{
    harness_fault(h,
                  "'kind':'status','status':200,'match':'/me','body':"
                  "'{\\\"user_id\\\":7,\\\"permissions\\\":[\\\"%s\\\"]}'",
                  permission);
}

/* Whoever may write without need is warned, and whoever may not though it is needed. */
static void test_push_rights(void **state)
{
    struct harness *h = *state;
    prepare(h, 10, NULL);
    sync_expect(harness_sync(h, NULL), 0);
    set_version(h, "2.0.4");
    finds(h, 0, "push.rights", "ok", "before 2.0.5");
    harness_end_faults(h);
    set_version(h, "2.1.0");
    finds(h, 0, "push.rights", "warning", "although [push] sends nothing");
    harness_end_faults(h);
    set_permissions(h, "fst_view_tickets");
    finds(h, 0, "push.rights", "ok", "may only read");
    harness_config(h, NULL, NULL, PUSH);
    finds(h, 0, "push.rights", "warning", "nothing that [push] names can be sent");
    harness_end_faults(h);
    struct finding f = finds(h, 0, "push.rights", "ok", "may change tickets");
    assert_string_equal(f.details, "edits of urgency and category: nobody is told\n"
                                   "close: silently\n"
                                   "reply: mailed to the customer; an unassigned ticket becomes "
                                   "the API user's\n");
}

/* Several priorities become HIGH: which one is meant must be chosen. */
static void test_push_values(void **state)
{
    struct harness *h = *state;
    prepare(h, 10, NULL);
    harness_control(h, "[{'do':'update','id':2,'set':{'priority':'critical'}},"
                       "{'do':'update','id':3,'set':{'priority':'urgent'}}]");
    sync_expect(harness_sync(h, NULL), 0);
    harness_config(h, NULL, NULL, "[push]\nfields = urgency\n");
    struct finding f = finds(h, 0, "push.values", "warning", "[push.priority]");
    sync_says(f.details, "critical, urgent");
    harness_config(h, NULL, NULL,
                   "[push]\nfields = urgency\n[push.priority]\nHIGH = urgent\nMEDIUM = normal\n");
    finds(h, 0, "push.values", "ok", "one value of the site's");
}

/* A copy, what is stuck, and what belongs to nobody. */
static void test_push_outbox(void **state)
{
    struct harness *h = *state;
    prepare(h, 10, NULL);
    harness_config(h, NULL, NULL, PUSH);
    sync_expect(harness_sync(h, NULL), 0);
    harness_sql(h, "UPDATE fluent_sync_state SET pushed_from = NULL");
    finds(h, 0, "push.database", "ok", "nothing was sent yet");
    harness_sql(h, "UPDATE fluent_sync_state SET pushed_from = 'elsewhere:1/dashboard'");
    finds(h, 3, "push.database", "failed", "--accept-database");
    harness_sql(h, "UPDATE fluent_sync_state SET pushed_from = "
                   "CONCAT(@@hostname, ':', @@port, '/', DATABASE())");
    finds(h, 0, "push.database", "ok", "that of the last push");
    finds(h, 0, "push.outbox", "ok", "0 waiting, 0 being sent");
    harness_sql(h,
                "INSERT INTO fluent_outbox (id, fluent_id, action) VALUES (1, 'typo:3', 'close')");
    finds(h, 0, "push.outbox", "warning", "1 rows belong to no site");
    harness_sql(h,
                "DELETE FROM fluent_outbox; INSERT INTO fluent_outbox (fluent_id, action, state, "
                "sent_at) VALUES ('3', 'close', 'sending', UTC_TIMESTAMP() - INTERVAL 2 HOUR)");
    finds(h, 3, "push.outbox", "failed", "120 min ago");
    harness_sql(h, "UPDATE fluent_outbox SET state = 'held'");
    finds(h, 3, "push.outbox", "failed", "0 failed, 1 held");
}

/* What earlier runs left */

static void test_state(void **state)
{
    struct harness *h = *state;
    prepare(h, 10, NULL);
    harness_control(h, "{'do':'create','ticket':{'id':900,'created_at':null}}");
    finds(h, 0, "sync.last_run", "ok", "none yet");
    sync_expect(harness_sync(h, NULL), 3);
    finds(h, 3, "sync.rejects", "failed", "1 waiting");
    finds(h, 3, "sync.last_run", "warning", "fluent-sync rejects");
    replay(h, "v2/", "err_no_auth"); /* what a sync meets first decides */
    finds(h, 4, "sync.rejects", "failed", "1 waiting");
    harness_end_faults(h);
    sync_expect(harness_sync(h, "rejects", "--accept", "900", NULL), 0);
    finds(h, 0, "sync.rejects", "ok", "1 accepted");
    harness_sql(h, "UPDATE fluent_sync_state SET lease_owner = 'boot pid:[1] 77 5 elsewhere', "
                   "lease_heartbeat = UTC_TIMESTAMP(6)");
    finds(h, 7, "sync.lease", "failed", "pid 77 on elsewhere");
    harness_sql(h,
                "INSERT INTO fluent_sync_status (site_key, last_sync_at, last_sync_status) VALUES "
                "('', UTC_TIMESTAMP(), 'in_progress')");
    finds(h, 7, "sync.last_run", "ok", "in_progress");
    sync_expire_lease(h);
    finds(h, 0, "sync.last_run", "warning", "killed");
    finds(h, 0, "sync.lease", "ok", "free");
    harness_sql(h, "DELETE FROM fluent_sync_status WHERE last_sync_status = 'in_progress';"
                   "UPDATE fluent_sync_state SET lease_heartbeat = UTC_TIMESTAMP(6)");
    sync_expect(harness_sync(h, NULL), 7);
    replay(h, "v2/", "err_no_auth");
    finds(h, 7, "site.credentials", "failed", "api_username");
}

/* The configuration */

static void test_configuration(void **state)
{
    struct harness *h = *state;
    prepare(h, 10, "proxy = http://somebody:hush@127.0.0.1:1\n");
    harness_environment(h, "FLUENT_DATE_FILTER=2025-10-01");
    harness_environment(h, "VITE_FLUENT_MAILBOX_ID=1");
    cJSON *document = examine(h, 5);
    struct finding values = find(h, document, "config.values"),
                   file = find(h, document, "config.file");
    sync_says(values.details, "[fluent] date_filter = 2025-10-01 ($FLUENT_DATE_FILTER)");
    sync_says(values.details, "[fluent] mailbox_ids = 1 ($VITE_FLUENT_MAILBOX_ID, a name of the "
                              "replaced service)");
    sync_says(values.details, "[fluent] api_password = set (");
    sync_says(values.details, "[fluent] proxy = http://...@127.0.0.1:1 (");
    sync_says(values.details, "fluent-sync.ini:");
    sync_says(values.details, "[sync] lease = 60s (default)");
    sync_says_not(values.details, "hush");
    sync_says(file.found, "fluent-sync.ini, mode 0600");
    cJSON_Delete(document);

    harness_config(h, NULL, NULL, "[map.category]\nBilling = General\n");
    const char *path = harness_text(h, "%s/fluent-sync.ini", h->dir);
    assert_int_equal(chmod(path, 0640), 0);
    finds(h, 0, "config.file", "warning", "chmod 600");
    finds(h, 0, "config.values", "ok", "[map.category] Billing = General (");
    harness_config(h, NULL, NULL, harness_text(h, "[metrics]\ntextfile = %s/run.prom\n", h->dir));
    finds(h, 0, "metrics.textfile", "ok", "run.prom");
    harness_config(h, NULL, NULL,
                   harness_text(h, "[metrics]\ntextfile = %s/nowhere/run.prom\n", h->dir));
    finds(h, 0, "metrics.textfile", "warning", "nowhere");
    harness_config(h, NULL, NULL, harness_text(h, "[report]\nfile = %s/page.html\n", h->dir));
    finds(h, 0, "report.file", "ok", "page.html");
    assert_int_equal(chmod(path, 0644), 0);
    finds(h, 2, "config.values", "failed", "everyone can read it");
    harness_config(h, NULL, NULL, "[web]\ntoken_file = /nowhere/token\n");
    finds(h, 2, "config.values", "failed", "/nowhere/token");
    harness_config(h, "per_page = 0\nnonsense = 1\n", NULL, NULL);
    struct outcome outcome = harness_sync(h, "check", NULL);
    sync_expect(outcome, 2);
    sync_says(outcome.out, "per_page");
    sync_says(outcome.out, "nonsense");
    sync_says(outcome.out, "exit code 2: config.values");
    assert_string_equal(outcome.err, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_healthy),     SYNC_TEST(test_before_migrate), SYNC_TEST(test_writes_nothing),
        SYNC_TEST(test_errors),      SYNC_TEST(test_address),        SYNC_TEST(test_login),
        SYNC_TEST(test_permissions), SYNC_TEST(test_activity_log),   SYNC_TEST(test_unreachable),
        SYNC_TEST(test_tls),         SYNC_TEST(test_tickets),        SYNC_TEST(test_paging),
        SYNC_TEST(test_page_cap),    SYNC_TEST(test_page_size),      SYNC_TEST(test_largest_page),
        SYNC_TEST(test_mirror),      SYNC_TEST(test_database),       SYNC_TEST(test_character_sets),
        SYNC_TEST(test_rights),      SYNC_TEST(test_push_rights),    SYNC_TEST(test_push_values),
        SYNC_TEST(test_push_outbox), SYNC_TEST(test_state),          SYNC_TEST(test_configuration),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
