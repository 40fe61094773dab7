/* test_misbehaving: a site that fails, lies, repeats itself or dawdles: what passes is survived,
 * what stays ends in an error, and never in a success that is none. */
#include <stdlib.h>
#include <string.h>

#include "harness_mirror.h"

#define WARNING                                                                                    \
    "<br />\\n<b>Warning</b>:  Undefined array key \\\"x\\\" in <b>/wp/a.php</b> on line <b>7</b>" \
    "<br />\\n"

/* One way to misbehave: the members of a fault, and the exit code while it lasts. */
struct way {
    const char *fault;
    int code;
};

static void begin_fault(struct harness *h, const char *fault, const char *more)
{
    print_message("%s\n", fault);
    harness_fault(h, "%s%s", fault, more);
}

/* A mirror that is one change behind. */
static void fall_behind(struct harness *h)
{
    harness_control(h, "[{'do':'update_random','count':3},{'do':'create'}]");
}

/* While the fault lasts, the exit code is that of the way, no stored ticket is lost or marked, and
 * only a success has all tickets. */
static void expect_lasting(struct harness *h, const struct way *way, const char *options)
{
    int64_t stored = harness_count(h, "fluent_tickets");
    struct outcome outcome = harness_sync(h, "--json", options, NULL);
    if (outcome.code != way->code)
        fail_msg("%s: exit code %d instead of %d: %s", way->fault, outcome.code, way->code,
                 outcome.err);
    assert_int_equal(harness_number(h, "SELECT COUNT(deleted_at) + COUNT(invisible_since) FROM "
                                       "fluent_tickets"),
                     0);
    assert_true(harness_count(h, "fluent_tickets") >= stored);
    if (outcome.code == 0)
        mirror_same(h);
}

/* Faults that pass */

static const struct way failures[] = {
    {"'kind':'reset'", 5},
    {"'kind':'reset','after':1", 5},
    {"'kind':'reset','after':5000", 5},
    {"'kind':'truncate'", 5},
    {"'kind':'truncate','after':0", 5},
    {"'kind':'status','status':429", 5},
    {"'kind':'status','status':500", 5},
    {"'kind':'status','status':502,'content_type':'text/html','body':'Bad'", 5},
    {"'kind':'status','status':503,'headers':{'Retry-After':'1'}", 5},
    {"'kind':'status','status':504", 5},
    {"'kind':'html200'", 5},
    {"'kind':'wrong_type'", 5},
    {"'kind':'wrong_type','content_type':'application/octet-stream'", 5},
    {"'kind':'status','status':200,'body':''", 5},
    {"\"kind\":\"status\",\"status\":200,\"body\":\"{\\\"tickets\\\":null}\"", 5},
    {"\"kind\":\"status\",\"status\":200,\"body\":\"{\\\"message\\\":\\\"SQLSTATE\\\"}\"", 5},
    {"'kind':'replay','name':'err_rate_limited'", 5},
    {"'kind':'replay','name':'err_php_fatal'", 5},
    {"'kind':'replay','name':'err_php_fatal_no_accept'", 5},
    {"'kind':'replay','name':'err_db_connection_no_accept'", 5},
};
enum { FAILURES = sizeof failures / sizeof *failures };

/* Once, on the head and on the walk's second page: the run is complete all the same. */
static void test_passing(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 150, "retries = 3\n", NULL);
    for (size_t i = 0; i < FAILURES; i++) {
        fall_behind(h);
        begin_fault(h, failures[i].fault, ",'times':1,'match':'order_by=updated_at'");
        harness_fault(h, "%s,'times':1,'skip':1,'match':'order_by=id'", failures[i].fault);
        mirror_run(h, 0, "full", "--full");
        mirror_same(h);
        harness_end_faults(h);
    }
}

/* If the fault lasts, on every request or only during the walk, no run is a success. */
static void test_lasting(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 150, "retries = 0\n", NULL);
    for (size_t i = 0; i < FAILURES; i++) {
        fall_behind(h);
        begin_fault(h, failures[i].fault, ",'match':'/tickets'");
        char *before = mirror_sums(h);
        expect_lasting(h, &failures[i], "--full");
        assert_string_equal(mirror_sums(h), before);
        harness_end_faults(h);
        begin_fault(h, failures[i].fault, ",'match':'order_by=id'");
        expect_lasting(h, &failures[i], "--full");
        harness_end_faults(h);
    }
    mirror_run(h, 0, NULL, NULL);
    mirror_same(h);
}

/* Silence, within the answer and before it. */
static void test_silence(void **state)
{
    struct harness *h = *state;
    static const struct way way = {"'kind':'stall'", 5};
    mirror_import(h, 150, NULL, NULL);
    mirror_configure(h, "timeout = 1\n", NULL, NULL);
    fall_behind(h);
    begin_fault(h, way.fault, ",'after':2000,'times':1,'match':'order_by=id'");
    mirror_run(h, 0, "full", "--full");
    mirror_same(h);
    fall_behind(h);
    mirror_configure(h, "timeout = 1\nretries = 0\n", NULL, NULL);
    begin_fault(h, way.fault, ",'match':'/tickets'");
    expect_lasting(h, &way, NULL);
    harness_end_faults(h);
    mirror_run(h, 0, NULL, NULL);
    mirror_same(h);
}

/* A byte now and then is no silence, but after ten times the timeout the request ends. Without the
 * newest page, the run walks. */
static void test_drip(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 150, NULL, NULL);
    mirror_configure(h, "timeout = 2\nretries = 0\n", NULL, NULL);
    fall_behind(h);
    harness_fault(h, "'kind':'drip','ms':100,'match':'order_by=updated_at'");
    struct outcome outcome = mirror_run(h, 3, "full", NULL); /* nothing confirms the walk */
    sync_says(outcome.err, "not complete after 20 s");
    sync_says(sync_last(h, "error_message"), "which were to confirm the walk, cannot be read: ");
    sync_says(sync_last(h, "error_message"), "not complete after 20 s");
    sync_says(outcome.err, "fluent-sync: -> ");
    mirror_same(h);
    mirror_configure(h, "timeout = 2\nretries = 0\n", "deadline = 2\n", NULL);
    mirror_run(h, 8, NULL, NULL);
}

/* A body without end: an error, in bounded memory. */
static void test_endless(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 150, "retries = 0\nconnections = 1\n", NULL);
    fall_behind(h);
    begin_fault(h, "'kind':'endless'", ",'match':'/tickets'");
    harness_peak(mirror_run(h, 5, NULL, NULL), 256);
    sync_says(sync_last(h, "error_message"), "larger than");
    harness_end_faults(h);
    mirror_run(h, 0, NULL, NULL);
    mirror_same(h);
}

/* The whole site is away, and comes back while the run is trying. */
static void test_refused(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 150, NULL, NULL);
    const char *const same[] = {"--tickets", "150", "--port", harness_text(h, "%d", h->site_port),
                                NULL};
    mirror_configure(h, "retries = 0\n", NULL, NULL);
    harness_site_stop(h);
    mirror_run(h, 5, NULL, NULL);
    harness_site(h, same);
    mirror_configure(h, "retries = 10\n", NULL, NULL);
    fall_behind(h);
    harness_site_stop(h);
    struct process *process = harness_sync_start(h, "--json", NULL);
    sync_wait_until(h, "SELECT COUNT(*) = 3 FROM fluent_sync_status");
    harness_site(h, same);
    mirror_wait(h, process, 0, NULL);
    mirror_same(h);
}

/* PHP's warnings, before and behind JSON that is whole, whatever was asked for. */
static void test_warnings(void **state)
{
    struct harness *h = *state;
    static const char *const places[] = {"prefix", "suffix"};
    mirror_prepare(h, 150, "retries = 0\n", NULL, NULL);
    for (size_t i = 0; i < 2; i++) {
        begin_fault(h, harness_text(h, "'kind':'%s','text':'" WARNING "'", places[i]), "");
        harness_fault(h, "'kind':'wrong_type','content_type':'text/html; charset=UTF-8'");
        mirror_run(h, 0, NULL, NULL);
        mirror_same(h);
        harness_control(h, "[{'do':'delete_random'},{'do':'hide_random'}]");
        mirror_run(h, 0, "full", "--full");
        mirror_same(h);
        assert_string_equal(sync_last(h, "sees_all"), "1");
        harness_control(h, "{'do':'site','home':'https://other%zu.example.test'}", i);
        mirror_run(h, 4, NULL, NULL);
        mirror_run(h, 0, NULL, "--accept-site");
        harness_end_faults(h);
        fall_behind(h);
    }
    assert_int_equal(harness_number(h, "SELECT COUNT(deleted_at) FROM fluent_tickets"), 2);
}

/* What a person must act on is reported at once, however many retries are allowed. */
static void test_refusals(void **state)
{
    struct harness *h = *state;
    static const struct way ways[] = {
        {"'kind':'replay','name':'err_wrong_password'", 4},
        {"'kind':'replay','name':'err_no_fs_permission_subscriber'", 4},
        {"'kind':'replay','name':'err_plugin_deactivated'", 4},
        {"'kind':'replay','name':'err_admin_not_agent'", 4},
        {"'kind':'replay','name':'err_redirect_to_https'", 4},
    };
    mirror_import(h, 150, "retries = 5\n", NULL);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        fall_behind(h);
        begin_fault(h, ways[i].fault, ",'match':'/tickets'");
        harness_control(h, "{'do':'reset_stats'}");
        expect_lasting(h, &ways[i], NULL);
        assert_true(sync_stat(h, "tickets_requests") <= 2); /* head and tail, at the same time */
        harness_end_faults(h);
        begin_fault(h, ways[i].fault, ",'match':'order_by=id'");
        expect_lasting(h, &ways[i], "--full");
        harness_end_faults(h);
    }
    mirror_run(h, 0, NULL, NULL);
    mirror_same(h);
}

/* A site that never gave a list is told apart from one that did. */
static void test_unknown_site(void **state)
{
    struct harness *h = *state;
    static const struct way way = {"'kind':'html200'", 4};
    mirror_prepare(h, 150, NULL, NULL, NULL);
    begin_fault(h, way.fault, "");
    expect_lasting(h, &way, NULL);
    harness_end_faults(h);
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
}

/* Lies: each run ends, complete or with an error, on a first import and later. */

static const struct way lies[] = {
    {"'kind':'total','total':1000000", 3},
    {"'kind':'total','total':4000000", 3},
    {"'kind':'total','total':0", 0},
    {"'kind':'total','total':-7", 0},
    {"'kind':'total','total':170", 0},
    {"'kind':'total','last_page':1", 0},
    {"'kind':'total','last_page':100000", 0},
    {"'kind':'cut','rows':20", 0},
    {"'kind':'ignore_page'", 5},
    {"'kind':'same_page'", 3},
    {"'kind':'same_page','page':2", 3},
    {"'kind':'unordered','how':'desc'", 5},
    {"'kind':'unordered','how':'shuffle'", 5},
};
enum { LIES = sizeof lies / sizeof *lies };

static void test_lies(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 600, "retries = 0\n", NULL, NULL);
    for (size_t i = 0; i < LIES; i++) {
        sync_forget(h);
        begin_fault(h, lies[i].fault, ",'match':'/tickets'");
        harness_control(h, "{'do':'reset_stats'}");
        expect_lasting(h, &lies[i], NULL);
        assert_true(sync_stat(h, "tickets_requests") < 200);
        harness_end_faults(h);
        mirror_run(h, 0, NULL, "--full");
        mirror_same(h);
        fall_behind(h);
        begin_fault(h, lies[i].fault, ",'match':'order_by=id'");
        struct way lie = lies[i];
        if (strstr(lie.fault, "'total'")) /* the head knows better */
            lie.code = 0;
        expect_lasting(h, &lie, "--full");
        harness_end_faults(h);
    }
}

/* A total that says something else each time. */
static void test_changing_totals(void **state)
{
    struct harness *h = *state;
    static const char *const totals[] = {"3", "100000", "-1", "600", "599", "0", "51"};
    mirror_prepare(h, 600, "connections = 1\n", NULL, NULL);
    for (size_t i = 0; i < 28; i++)
        harness_fault(h, "'kind':'total','total':%s,'times':1", totals[i % 7]);
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
}

/* A total that always says little must not make one page look like the whole list. */
static void test_small_total_and_changes(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 300, NULL, NULL, NULL);
    harness_fault(h, "'kind':'total','total':0,'match':'/tickets'");
    mirror_run(h, 0, "full", NULL);
    harness_control(h, "{'do':'close_many','from':1,'to':200}");
    mirror_run(h, 0, NULL, NULL);
    mirror_same(h);
}

/* A head in another order (a cache, a plugin that overrides it) does not show what changed. */
static void test_unordered_head(void **state)
{
    struct harness *h = *state;
    static const char *const ways[] = {"desc", "shuffle"};
    mirror_prepare(h, 300, NULL, NULL, NULL);
    harness_control(h, "{'do':'update','id':306}");
    mirror_run(h, 0, "full", NULL);
    for (size_t i = 0; i < 2; i++) {
        harness_control(h,
                        "[{'do':'update_first','count':1},{'do':'update','id':306},"
                        "{'do':'fault','kind':'unordered','how':'%s',"
                        "'match':'order_by=updated_at'}]",
                        ways[i]);
        mirror_run(h, 0, "full", NULL);
        mirror_same(h);
        harness_end_faults(h);
    }
}

/* One ticket twice on a page: stored once; a page of the walk must not hold such. */
static void test_repeated(void **state)
{
    struct harness *h = *state;
    static const char page[] =
        "\"kind\":\"status\",\"status\":200,\"body\":\"{\\\"tickets\\\":{\\\"current_page\\\":1,"
        "\\\"per_page\\\":%d,\\\"total\\\":2,\\\"last_page\\\":1,\\\"data\\\":[%s,%s]}}\"";
    static const char ticket[] = "{\\\"id\\\":1,\\\"title\\\":\\\"twice\\\",\\\"created_at\\\":"
                                 "\\\"2026-01-01T00:00:00+00:00\\\",\\\"updated_at\\\":"
                                 "\\\"2030-01-01T00:00:00+00:00\\\"}";
    mirror_import(h, 0, "retries = 0\n", NULL);
    char *head = harness_text(h, page, 100, ticket, ticket);
    harness_fault(h, "%s,'match':'order_by=updated_at'", head);
    for (int size = 30; size <= 62; size++) /* 30: the end of the list, for the incremental run */
        harness_fault(h, "%s,'match':'per_page=%d&page=1&order_by=id'",
                      harness_text(h, page, size, ticket, ticket), size);
    mirror_run(h, 0, "incremental", NULL);
    assert_string_equal(harness_table(h, "SELECT fluent_id, title FROM fluent_tickets"),
                        "1\ttwice\n");
    struct outcome outcome = mirror_run(h, 5, "full", "--full");
    sync_says(outcome.err, "not in the order of their ids");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_passing),         SYNC_TEST(test_lasting),
        SYNC_TEST(test_silence),         SYNC_TEST(test_drip),
        SYNC_TEST(test_endless),         SYNC_TEST(test_refused),
        SYNC_TEST(test_warnings),        SYNC_TEST(test_refusals),
        SYNC_TEST(test_unknown_site),    SYNC_TEST(test_lies),
        SYNC_TEST(test_changing_totals), SYNC_TEST(test_small_total_and_changes),
        SYNC_TEST(test_unordered_head),  SYNC_TEST(test_repeated),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
