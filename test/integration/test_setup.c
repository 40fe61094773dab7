/* test_setup: what is wrong before the site is asked: options, configuration, database. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness_accounts.h"
#include "harness_raw.h"
#include "harness_sync.h"
#include "harness_tls.h"

/* The database */

static void test_database(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 10, NULL, NULL, NULL);
    harness_control(h, "{'do':'reset_stats'}");
    char *good = h->socket;
    char socket[sizeof h->socket];
    memcpy(socket, good, sizeof socket);
    snprintf(h->socket, sizeof h->socket, "%s/none.sock", h->dir);
    harness_config(h, NULL, NULL, NULL);
    memcpy(h->socket, socket, sizeof socket);
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 6);
    sync_says(outcome.err, "none.sock");
    harness_config(h, NULL, NULL, NULL);
    harness_sql(h, "DELETE FROM fluent_schema_version");
    outcome = harness_sync(h, NULL);
    sync_expect(outcome, 6);
    sync_says(outcome.err, "fluent-sync migrate");
    harness_sql(h, "INSERT INTO fluent_schema_version (version, name) VALUES (1, '001_first'), "
                   "(999, '999_later')");
    outcome = harness_sync(h, NULL);
    sync_expect(outcome, 6);
    sync_says(outcome.err, "newer");
    harness_sql(h, "DELETE FROM fluent_schema_version WHERE version = 999");
    assert_int_equal(sync_stat(h, "requests"), 0);
}

/* The harness gives the README's rights and no more; here it shows that they are what counts. */
static void test_rights(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 10, NULL, NULL, NULL);
    assert_string_equal(
        harness_table(h, "SELECT DISTINCT PRIVILEGE_TYPE FROM information_schema.TABLE_PRIVILEGES "
                         "WHERE GRANTEE LIKE '%" ACCOUNT_SYNC "%' ORDER BY 1"),
        "DELETE\nINSERT\nSELECT\nUPDATE\n");
    assert_int_equal(harness_number(h, "SELECT COUNT(*) FROM information_schema.SCHEMA_PRIVILEGES "
                                       "WHERE GRANTEE LIKE '%" ACCOUNT_SYNC "%'"),
                     0);
    sync_expect(harness_sync(h, NULL), 0);
    harness_sql(h, "DELETE FROM fluent_schema_version");
    const char *const migrate[] = {"env",
                                   "FLUENT_DB_USER=" ACCOUNT_SYNC,
                                   BINARY_DIR "/fluent-sync",
                                   "--config",
                                   harness_text(h, "%s/fluent-sync.ini", h->dir),
                                   "migrate",
                                   NULL};
    struct outcome outcome = harness_run(h, migrate, NULL);
    sync_expect(outcome, 6);
    sync_says(outcome.err, "-> GRANT ");
    sync_migrate(h);
    harness_sql(h, harness_text(h, "REVOKE UPDATE ON %s.fluent_sync_state FROM " ACCOUNT_SYNC,
                                h->database));
    outcome = harness_sync(h, NULL);
    sync_expect(outcome, 6);
    sync_says(outcome.err, "-> GRANT ");
}

/* To an account without rights a server does not say whether a database exists. */
static void test_another_database(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 0, NULL, NULL, NULL);
    harness_environment(h, "FLUENT_DB_NAME=dashbord");
    struct outcome outcome = harness_sync(h, "status", NULL);
    sync_expect(outcome, 6);
    sync_says(outcome.err, "ON `dashbord`.* TO '" ACCOUNT_SYNC "'@'");
    sync_says(outcome.err, "a database that does not exist is refused so too");
}

/* Usage and configuration */

static void test_usage(void **state)
{
    struct harness *h = *state;
    static const char *const wrong[][3] = {
        {"--sinze", "2025-01-01", "--sinze"},
        {"--since", "2025-02-30", "2025-02-30"},
        {"--since", "someday", "someday"},
        {"--ticket", "x", "'x'"},
        {"--ticket", "0", "'0'"},
        {"--max-deletes", "ten", "ten"},
        {"--log-format", "xml", "xml"},
        {"synch", NULL, "synch"},
        {"-z", NULL, "-z"},
        {"tickets", "--limit=-1", "-1"},
        {"tickets", "--limit=1x", "1x"},
        {"status", "--max-age=soon", "soon"},
        {"status", "--since=2025-01-01", "--since"},
        {"migrate", "--json", "--json"},
        {"--config", NULL, "--config"},
        {"sync", "status", "status"},
    };
    sync_prepare(h, 10, NULL, NULL, NULL);
    harness_control(h, "{'do':'reset_stats'}");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct outcome outcome = harness_sync(h, wrong[i][0], wrong[i][1], NULL);
        sync_expect(outcome, 2);
        sync_says(outcome.err, wrong[i][2]);
        const char *advice = strchr(outcome.err, '\n') + 1;
        if (*advice && (strncmp(advice, "fluent-sync: -> ", 16) != 0 ||
                        strchr(advice, '\n') != strrchr(advice, '\n')))
            fail_msg("more than a line and its advice: %s", outcome.err);
    }
    assert_int_equal(sync_stat(h, "requests"), 0);
    assert_int_equal(harness_count(h, "fluent_sync_status"), 0);
}

/* All at once, each with file and line. */
static void test_configuration(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 10, NULL, NULL, NULL);
    harness_control(h, "{'do':'reset_stats'}");
    const char *file = harness_file(
        h, "wrong.ini",
        harness_text(h,
                     "[fluent]\napi_url = http://example.com\napi_username = api\n"
                     "date_filter = 2025-13-01\nretries = many\nper_pag = 5\n"
                     "[sync]\nlocal_edits = maybe\nlocal_edits = keep\n"
                     "[nonsense]\nx = 1\n[mysql]\nsocket = %s\n[map.urgency]\nhot = SEVERE\n",
                     h->socket));
    static const struct {
        int line;
        const char *words;
    } errors[] = {
        {2, "http://"},   {4, "2025-13-01"},
        {5, "many"},      {6, "per_pag"},
        {8, "maybe"},     {9, "local_edits"},
        {10, "nonsense"}, {15, "SEVERE"},
        {0, "database"},  {0, "FluentSupport API credentials not configured"},
    };
    const char *const argv[] = {BINARY_DIR "/fluent-sync", "--config", file, NULL};
    struct outcome outcome = harness_run(h, argv, NULL);
    sync_expect(outcome, 2);
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        sync_says(outcome.err, errors[i].words);
        if (errors[i].line)
            sync_says(outcome.err, harness_text(h, "%s:%d: ", file, errors[i].line));
    }
    assert_int_equal(sync_stat(h, "requests"), 0);
}

static void test_readable_by_all(void **state)
{
    struct harness *h = *state;
    char *file = harness_text(h, "%s/fluent-sync.ini", h->dir);
    sync_prepare(h, 10, NULL, NULL, NULL);
    assert_int_equal(chmod(file, 0640), 0);
    struct outcome outcome = harness_sync(h, "status", NULL);
    sync_expect(outcome, 0);
    sync_says(outcome.err, "warning");
    assert_int_equal(chmod(file, 0644), 0);
    outcome = harness_sync(h, "status", NULL);
    sync_expect(outcome, 2);
    sync_says(outcome.err, "chmod");
}

static void test_no_configuration(void **state)
{
    struct harness *h = *state;
    const char *const argv[] = {BINARY_DIR "/fluent-sync", NULL};
    struct outcome outcome = harness_run(h, argv, NULL);
    sync_expect(outcome, 2);
    sync_says(outcome.err, harness_text(h, "%s/.config/fluent-sync/fluent-sync.ini", h->dir));
    sync_says(outcome.err, "/etc/fluent-sync/fluent-sync.ini");
}

/* What the tables cannot hold is told before anything is stored. */
static void test_wrong_field(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 10, NULL, NULL, "[map.fields]\nno_such_column = hash\n");
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 2);
    sync_says(outcome.err, "no_such_column");
    assert_int_equal(harness_count(h, "fluent_tickets"), 0);
}

/* TLS */

static void refuses(struct harness *h, const char *words)
{
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 4);
    sync_says(outcome.err, words);
    assert_int_equal(harness_count(h, "fluent_tickets"), 9);
}

static void test_tls(void **state)
{
    struct harness *h = *state;
    tls_authority(h, "ours");
    tls_authority(h, "theirs");
    tls_certificate(h, "site", "IP:127.0.0.1", "ours");
    tls_certificate(h, "another", "DNS:another.test", "ours");
    tls_site(h, "site");
    tls_configure(h, h->site_port, "ours");
    sync_migrate(h);
    sync_expect(harness_sync(h, NULL), 0);
    assert_int_equal(harness_count(h, "fluent_tickets"), 9);
    harness_sql(h, "DELETE FROM fluent_sync_state"); /* another port would be another site */
    tls_site(h, "site");
    tls_configure(h, h->site_port, NULL);
    refuses(h, "ca_file");
    tls_site(h, "site");
    tls_configure(h, h->site_port, "theirs");
    refuses(h, "theirs.pem");
    tls_site(h, "another");
    tls_configure(h, h->site_port, "ours");
    refuses(h, "certificate");
    tls_site(h, "site");
    tls_configure(h, h->site_port, "none");
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 2);
    sync_says(outcome.err, "ca_file cannot be read");
}

static bool speak_plainly(const struct raw_call *call)
{
    raw_answer(call->fd, 400, "Connection: close\r\n", "");
    return false;
}

/* Trying again, or later, does not help. */
static void test_https_to_a_plain_port(void **state)
{
    struct harness *h = *state;
    struct raw plain;
    sync_prepare(h, 10, NULL, NULL, NULL);
    raw_start(&plain, speak_plainly);
    harness_environment(h, harness_text(h, "FLUENT_API_URL=https://127.0.0.1:%d", plain.port));
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 4);
    sync_says(outcome.err, "the port does not speak https");
    sync_says(outcome.err, "-> check scheme and port of [fluent] api_url");
    sync_says_not(outcome.err, "attempts");
    outcome = harness_sync(h, "check", NULL);
    raw_stop(&plain);
    sync_expect(outcome, 4);
    sync_says(outcome.out, "net.tls                     the port does not speak https");
}

/* Not even to ask for the index does the password travel readable. */
static void test_plain_http(void **state)
{
    struct harness *h = *state;
    static const char *const refused[] = {"http://example.com", "http://10.0.0.1",
                                          "http://127.0.0.1.example.com",
                                          "http://localhost.example.com"};
    sync_prepare(h, 10, NULL, NULL, NULL);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        harness_config(h, harness_text(h, "api_url = %s\n", refused[i]), NULL, NULL);
        struct outcome outcome = harness_sync(h, NULL);
        sync_expect(outcome, 2);
        sync_says(outcome.err, "allow_http");
    }
    harness_config(h, harness_text(h, "api_url = http://localhost:%d\n", h->site_port), NULL, NULL);
    sync_expect(harness_sync(h, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_database),
        SYNC_TEST(test_rights),
        SYNC_TEST(test_another_database),
        SYNC_TEST(test_another_database),
        SYNC_TEST(test_usage),
        SYNC_TEST(test_configuration),
        SYNC_TEST(test_readable_by_all),
        SYNC_TEST(test_no_configuration),
        SYNC_TEST(test_wrong_field),
        SYNC_TEST(test_tls),
        SYNC_TEST(test_https_to_a_plain_port),
        SYNC_TEST(test_plain_http),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
