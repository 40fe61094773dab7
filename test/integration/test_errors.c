/* test_errors: everything that a site may answer instead of tickets: the exit code, and a message
 * that says what to do. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_accounts.h"
#include "harness_raw.h"
#include "harness_sync.h"

#define RECORDINGS FIXTURES "/fluent-support-2.0.1"
enum { WORDS = 6 };

static void no_faults(struct harness *h)
{
    harness_control(h, "[{'do':'fault','times':0},{'do':'reset_stats'}]");
}

/* The run must fail with this code, say so on stderr and in its row, and store nothing. */
static struct outcome fails(struct harness *h, const char *what, int code)
{
    char *sums = sync_sums(h, "requests, fluent_tickets");
    struct outcome outcome = harness_sync(h, NULL);
    if (outcome.code != code)
        fail_msg("%s: exit code %d instead of %d: %s", what, outcome.code, code, outcome.err);
    assert_string_equal(outcome.out, "");
    sync_says(sync_told(h, outcome.err), sync_last(h, "error_message"));
    assert_string_equal(sync_last(h, "CONCAT_WS(' ', last_sync_status, exit_code, complete)"),
                        harness_text(h, "failed %d 0", code));
    assert_string_equal(sync_sums(h, "requests, fluent_tickets"), sums);
    return outcome;
}

/* What WordPress and FluentSupport were recorded saying */

#define LOGIN                                                                                      \
    {                                                                                              \
        "401", "\"api\"", "api_username", "api_password", "`fluent-sync check`"                    \
    }
#define INACTIVE                                                                                   \
    {                                                                                              \
        "404", "FluentSupport is active", "api_url"                                                \
    }

static const struct recorded {
    const char *name;
    int code;
    const char *words[WORDS];
} RECORDED[] = {
    {"err_admin_not_agent", 4, {"administrator", "Support Staff", "\"api\""}},
    {"err_authorization_header_stripped", 4, LOGIN},
    {"err_bearer_auth", 4, LOGIN},
    {"err_db_connection", 5, {"500", "database connection", "error log"}},
    {"err_db_connection_no_accept", 5, {"500", "error log"}},
    {"err_docs_ticket_singular", 4, INACTIVE},
    {"err_empty_password", 4, LOGIN},
    {"err_http_production", 4, LOGIN},
    {"err_index_wrong_password_core_code", 4, {"401", "Application Password", "api_password"}},
    {"err_limited_other_ticket", 4, {"422"}},
    {"err_login_password", 4, LOGIN},
    {"err_maintenance", 5, {"503", "maintenance", "come back in"}},
    {"err_maintenance_no_accept", 5, {"503", "maintenance", "come back in"}},
    {"err_maintenance_port8114", 5, {"503", "maintenance", "come back in"}},
    {"err_malformed_auth_header", 4, LOGIN},
    {"err_no_auth", 4, LOGIN},
    {"err_no_fs_permission_subscriber", 4, {"403", "no permission", "Support Staff", "\"api\""}},
    {"err_order_by_unknown", 5, {"500"}},
    {"err_per_page_0", 5, {"500", "Division by zero"}},
    {"err_permalinks_off_port8113", 4, {"301", "api_url"}},
    {"err_permalinks_off_wpjson", 4, {"301", "api_url"}},
    {"err_php_fatal", 5, {"500", "PHP error log", "per_page"}},
    {"err_php_fatal_no_accept", 5, {"500", "PHP error log", "per_page"}},
    {"err_plugin_deactivated", 4, INACTIVE},
    {"err_plugin_deactivated_noauth", 4, INACTIVE},
    {"err_plugin_deactivated_port8116", 4, INACTIVE},
    {"err_rate_limited", 5, {"429", "requests_per_second"}},
    {"err_redirect_to_https", 4, {"redirects to", "301", "api_url", "not followed"}},
    {"err_revoked_core_code", 4, {"401", "Application Password", "revoked", "api_password"}},
    {"err_revoked_password", 4, LOGIN},
    {"err_single_0", 4, {"422"}},
    {"err_single_customer_gone", 5, {"500"}},
    {"err_single_deleted", 4, {"422"}},
    {"err_single_huge", 4, {"422"}},
    {"err_ticket_nonint", 4, INACTIVE},
    {"err_ticket_not_found", 4, {"422"}},
    {"err_unknown_email_core_code", 4, {"401", "no user \"api\"", "api_username"}},
    {"err_unknown_route", 4, INACTIVE},
    {"err_unknown_user", 4, LOGIN},
    {"err_unknown_user_core_code", 4, {"401", "no user \"api\"", "api_username"}},
    {"err_wp_json_on_unauth_me", 4, LOGIN},
    {"err_wrong_method", 4, INACTIVE},
    {"err_wrong_password", 4, LOGIN},
    {"err_wrong_password_core_code", 4, {"401", "Application Password", "api_password"}},
};
enum { RECORDED_COUNT = sizeof RECORDED / sizeof *RECORDED };

static void test_recorded(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 10, "retries = 0\n", NULL, NULL);
    for (size_t i = 0; i < RECORDED_COUNT; i++) {
        const struct recorded *r = &RECORDED[i];
        no_faults(h);
        harness_fault(h, "'kind':'replay','name':'%s','match':'tickets'", r->name);
        struct outcome outcome = fails(h, r->name, r->code);
        for (size_t w = 0; w < WORDS && r->words[w]; w++)
            if (!strstr(outcome.err, r->words[w]))
                fail_msg("%s: no \"%s\" in: %s", r->name, r->words[w], outcome.err);
        sync_says(outcome.err, harness_text(h, "http://127.0.0.1:%d", h->site_port));
        /* The index, the list, its other form. What may be one ticket's fault is walked around, two
         * pages at a time, until neither end of the list gives a single ticket. */
        assert_true(sync_stat(h, "requests") <= (r->code == 5 ? 8 : 3));
    }
    no_faults(h);
    sync_expect(harness_sync(h, NULL), 0);
}

/* Every recording of an error is in the table above. */
static void test_all_recorded(void **state)
{
    (void)state;
    struct dirent **names;
    int count = scandir(RECORDINGS, &names, NULL, alphasort), found = 0;
    for (int i = 0; i < count; i++) {
        char *end = strstr(names[i]->d_name, ".meta");
        if (end && strncmp(names[i]->d_name, "err_", 4) == 0) {
            *end = '\0';
            if (found == RECORDED_COUNT || strcmp(RECORDED[found].name, names[i]->d_name) != 0)
                fail_msg("%s is not in its place", names[i]->d_name);
            found++;
        }
        free(names[i]);
    }
    free(names);
    assert_int_equal(found, RECORDED_COUNT);
}

/* Status 200 is not enough */

#define RIGHT "application/json; charset=UTF-8"
static const struct {
    const char *type, *body;
} NO_LISTS[] = {
    {RIGHT, "{\"message\": \"You have an error in your SQL syntax\"}"},
    {RIGHT, "\"No query results for model [FluentSupport\\\\App\\\\Models\\\\Ticket]\""},
    {RIGHT, "[]"},
    {RIGHT, "null"},
    {RIGHT, "{}"},
    {RIGHT, ""},
    {RIGHT, "{\"tickets\":[]}"},
    {RIGHT, "{\"tickets\":{\"data\":{}}}"},
    {RIGHT, "{\"tickets\":{\"data\":[{\"id\":1,"},
    {RIGHT, "{\"tickets\":{\"current_page\":2,\"per_page\":100,\"total\":0,\"data\":[]}}"},
    {RIGHT, "{\"tickets\":{\"current_page\":1,\"per_page\":15,\"total\":0,\"data\":[]}}"},
    {"text/plain", "{\"tickets\":{\"current_page\":1,\"per_page\":100,\"last_page\":1,\"total\":0,"
                   "\"data\":[]}}"},
    {"text/html", "<!DOCTYPE html><html><body>{\"tickets\": 1}</body></html>"},
    {"text/html", "Access denied"},
};

/* The site has worked before, so the failure may be temporary. */
static void test_no_lists(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 10, "retries = 0\n", NULL, NULL);
    sync_expect(harness_sync(h, NULL), 0);
    for (size_t i = 0; i < sizeof NO_LISTS / sizeof *NO_LISTS; i++) {
        cJSON *body = cJSON_CreateString(NO_LISTS[i].body);
        char *quoted = cJSON_PrintUnformatted(body);
        no_faults(h);
        harness_fault(
            h, "'kind':'status','status':200,'match':'tickets','content_type':'%s','body':%s",
            NO_LISTS[i].type, quoted);
        cJSON_free(quoted);
        cJSON_Delete(body);
        fails(h, NO_LISTS[i].body, 5);
    }
    no_faults(h);
    sync_expect(harness_sync(h, NULL), 0);
}

/* The site has never worked, so the address may be wrong. */
static void test_front_page(void **state)
{
    struct harness *h = *state;
    static const char fault[] = "{'do':'fault','kind':'html200','match':'%s'}";
    sync_prepare(h, 10, "retries = 0\n", NULL, NULL);
    harness_control(h, fault, "tickets");
    struct outcome outcome = fails(h, "a front page", 4);
    sync_says(outcome.err, "api_url");
    no_faults(h);
    sync_expect(harness_sync(h, NULL), 0);
    harness_control(h, fault, "tickets");
    outcome = fails(h, "a front page, later", 5);
    sync_says(outcome.err, "worked before");
}

static void test_nobody_there(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 10, NULL, NULL, NULL);
    harness_site_stop(h);
    harness_config(h, "api_url = http://127.0.0.1:1\nretries = 1\n", NULL, NULL);
    sync_says(fails(h, "no server", 5).err, "127.0.0.1:1");
    harness_config(h, "api_url = https://no-such-host.invalid\nretries = 0\n", NULL, NULL);
    sync_says(fails(h, "no such host", 5).err, "no-such-host.invalid");
}

static void test_silence(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 10, "retries = 0\ntimeout = 1s\n", NULL, NULL);
    harness_fault(h, "'kind':'stall','match':'tickets'");
    fails(h, "silence", 5);
}

/* What passes within the retries is no failure. */
static void test_transient(void **state)
{
    struct harness *h = *state;
    static const char *const faults[] = {
        "'kind':'replay','name':'err_rate_limited'",
        "'kind':'replay','name':'err_php_fatal'",
        "'kind':'replay','name':'err_db_connection_no_accept'",
        "'kind':'status','status':503,'headers':{'Retry-After':'1'}",
        "'kind':'status','status':502,'content_type':'text/html','body':'<html>'",
        "'kind':'reset'",
        "'kind':'reset','after':100",
        "'kind':'truncate'",
        "'kind':'html200'",
        "'kind':'wrong_type'",
        "'kind':'same_page','page':1",
        "'kind':'broken','id':3",
    };
    sync_prepare(h, 10, "retries = 3\nper_page = 4\nconnections = 1\n", NULL, NULL);
    sync_expect(harness_sync(h, NULL), 0);
    char *sums = sync_sums(h, "requests, fluent_tickets");
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        no_faults(h);
        harness_control(h,
                        "[{'do':'fault','match':'order_by=updated_at','times':1,%s},"
                        "{'do':'fault','match':'order_by=id','times':1,%s}]",
                        faults[i], faults[i]);
        struct outcome outcome = harness_sync(h, "--full", NULL);
        if (outcome.code != 0)
            fail_msg("%s: %d: %s", faults[i], outcome.code, outcome.err);
        assert_string_equal(sync_sums(h, "requests, fluent_tickets"), sums);
    }
}

/* A PHP warning around the JSON is not the end. */
static void test_php_noise(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 10, "retries = 0\n", NULL, NULL);
    harness_control(h, "[{'do':'fault','kind':'prefix',"
                       "'text':'<br />\\n<b>Warning</b>: Undefined variable in "
                       "<b>x.php</b>\\n','match':'tickets'},"
                       "{'do':'fault','kind':'suffix','text':'\\n<!-- cached -->',"
                       "'match':'tickets'}]");
    sync_expect(harness_sync(h, NULL), 0);
}

/* Redirects */

static bool says_nothing(const struct raw_call *call)
{
    return raw_answer(call->fd, 404, "", "");
}

/* They are never followed: the password would go to another server. */
static void test_redirects(void **state)
{
    struct harness *h = *state;
    static const char *const schemes[] = {"http", "https"};
    static const int statuses[] = {301, 302, 303, 307, 308};
    struct raw other;
    sync_prepare(h, 10, "retries = 0\n", NULL, NULL);
    raw_start(&other, says_nothing);
    for (size_t i = 0; i < 2 * sizeof statuses / sizeof *statuses; i++) {
        char *to = harness_text(h, "%s://127.0.0.1:%d", schemes[i % 2], other.port);
        no_faults(h);
        harness_fault(h,
                      "'kind':'status','status':%d,'match':'tickets',"
                      "'headers':{'Location':"
                      "'%s/wp-json/fluent-support/v2/tickets?per_page=1'}",
                      statuses[i / 2], to);
        struct outcome outcome = fails(h, to, 4);
        sync_says(outcome.err, harness_text(h, "set [fluent] api_url = %s", to));
    }
    assert_int_equal(other.seen->connections, 0);
    raw_stop(&other);
}

/* The site's other address form, found without configuration and remembered. */
static void test_plain_permalinks(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 10, NULL, NULL, NULL);
    harness_control(h, "{'do':'site','permalinks':'plain'}");
    sync_expect(harness_sync(h, NULL), 0);
    assert_int_equal(harness_count(h, "fluent_tickets"), 9);
    harness_control(h, "{'do':'reset_stats'}");
    sync_expect(harness_sync(h, NULL), 0);
    assert_int_equal(sync_stat(h, "requests"), 3);
    harness_control(h, "{'do':'site','permalinks':'pretty'}");
    sync_expect(harness_sync(h, "--full", NULL), 0);
}

static void test_subdirectory(void **state)
{
    struct harness *h = *state;
    const char *const blog[] = {"--tickets", "10", "--prefix", "/blog", NULL};
    static const char *const urls[] = {"", "/", "/wp-json", "/wp-json/fluent-support/v2/"};
    harness_site(h, blog);
    for (size_t i = 0; i < 4; i++) {
        harness_config(
            h, harness_text(h, "api_url = http://127.0.0.1:%d/blog%s\n", h->site_port, urls[i]),
            NULL, NULL);
        sync_migrate(h);
        sync_expect(harness_sync(h, "--full", NULL), 0);
    }
    harness_control(h, "{'do':'site','permalinks':'plain'}");
    sync_expect(harness_sync(h, "--full", NULL), 0);
    assert_int_equal(harness_count(h, "fluent_tickets"), 9);
}

/* An account that has used up what it may do in an hour says so, in the run's row too. MySQL does
 * not count prepared statements, so that a run has fewer to be stopped at. */
static void test_a_spent_account(void **state)
{
    static const char *const limits[] = {"MAX_UPDATES_PER_HOUR", "MAX_QUERIES_PER_HOUR"};
    struct harness *h = *state;
    sync_prepare(h, 300, "per_page = 20\ndate_filter = 2000-01-01\n", NULL, NULL);
    for (size_t i = 0; i < 2; i++)
        for (int most = 3; most < (h->mysql ? 15 : 40); most += 6) {
            harness_sql(h, "DELETE FROM fluent_sync_status");
            harness_sql(h, "UPDATE fluent_sync_state SET lease_owner = NULL");
            harness_sql(
                h, harness_text(h, "ALTER USER " ACCOUNT_SYNC "@'%%' WITH %s %d", limits[i], most));
            struct outcome outcome = harness_sync(h, "--full", NULL);
            harness_sql(h,
                        harness_text(h, "ALTER USER " ACCOUNT_SYNC "@'%%' WITH %s 0", limits[i]));
            sync_expect(outcome, 6);
            sync_says(outcome.err, "1226");
            sync_says(outcome.err, "in an hour");
            sync_says_not(harness_table(h, "SELECT IFNULL(last_sync_status, '-'), "
                                           "IFNULL(error_message, '') FROM fluent_sync_status"),
                          "in_progress");
        }
    sync_expect(harness_sync(h, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_a_spent_account),  SYNC_TEST(test_recorded),
        SYNC_TEST(test_all_recorded),     SYNC_TEST(test_no_lists),
        SYNC_TEST(test_front_page),       SYNC_TEST(test_nobody_there),
        SYNC_TEST(test_silence),          SYNC_TEST(test_transient),
        SYNC_TEST(test_php_noise),        SYNC_TEST(test_redirects),
        SYNC_TEST(test_plain_permalinks), SYNC_TEST(test_subdirectory),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
