/* test_fronts: what stands in front of a site, or prints into its answers: caches, firewalls,
 * security plugins, permalinks. */
#include <stdlib.h>
#include <string.h>

#include "harness_mirror.h"

/* Adds five tickets, changes two and deletes one; `n` differs from call to call. */
static void move_on(struct harness *h, int n)
{
    harness_control(h,
                    "[{'do':'create','count':5},"
                    "{'do':'update','id':5,'set':{'title':'Moved on %d'}},"
                    "{'do':'update','id':60,'set':{'title':'Moved on %d'}},"
                    "{'do':'delete','id':%d}]",
                    n, n, 10 + n);
}

static void assert_title(struct harness *h, int id, int n)
{
    assert_string_equal(sync_cell(h, id, "title"), harness_text(h, "Moved on %d", n));
}

/* Caches */

static const char *const headers[] = {"'X-LiteSpeed-Cache':'hit'", "'Age':'5400'",
                                      "'CF-Cache-Status':'HIT','Age':'0'", "'X-Proxy-Cache':'HIT'",
                                      "'X-Cache':'MISS, HIT'"};
enum { HEADERS = sizeof headers / sizeof *headers };

static void begin_cache(struct harness *h, const char *how, const char *lines)
{
    print_message("%s\n", lines);
    harness_control(h, "[{'do':'clear_cache'},{'do':'fault','kind':'cache',%s'headers':{%s}}]", how,
                    lines);
    mirror_run(h, 0, "full", "--full");
}

static void end_cache(struct harness *h)
{
    harness_end_faults(h);
    mirror_turn_back(h, "last_total_walk", 7200);
}

/* A cache that is keyed by the whole address never finds anything. */
static void test_cache_by_address(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    for (int i = 0; i < HEADERS; i++) {
        begin_cache(h, "", headers[i]);
        move_on(h, 2 * i);
        mirror_turn_back(h, "last_total_walk", 7200);
        mirror_run(h, 0, NULL, NULL);
        mirror_same(h);
        move_on(h, 2 * i + 1);
        mirror_run(h, 0, "full", "--full");
        mirror_same(h);
        end_cache(h);
    }
}

/* One that ignores what changes in the address gives itself away by its headers: the run is not
 * complete, says why, and no row becomes older. */
static void test_cache_that_ignores_the_address(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    for (int i = 0; i < HEADERS; i++) {
        begin_cache(h, "'ignore':'fluent_sync',", headers[i]);
        move_on(h, i);
        mirror_run(h, 3, "tickets", "--ticket 5"); /* the index is old, the ticket is not */
        assert_title(h, 5, i);
        mirror_run(h, 3, NULL, NULL);
        sync_says(sync_last(h, "error_message"), "out of a cache");
        mirror_run(h, 3, "full", "--full");
        sync_says(sync_last(h, "error_message"), "out of a cache");
        assert_title(h, 5, i);
        struct outcome check = harness_sync(h, "check", NULL);
        assert_int_equal(check.code, 3);
        sync_says(check.out, "came out of a cache");
        end_cache(h);
        mirror_run(h, 0, "full", NULL);
        mirror_same(h);
        assert_int_equal(harness_sync(h, "check", NULL).code, 0);
    }
}

/* A cache that adds no headers is recognised by rows that are older than the stored ones. */
static void test_cache_that_says_nothing(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    begin_cache(h, "'ignore':'fluent_sync','match':'order_by=id',", "'X-Nothing':'told'");
    move_on(h, 1);
    mirror_run(h, 0, "tickets", "--ticket 5 --ticket 60");
    mirror_run(h, 3, "full", "--full");
    sync_says(sync_last(h, "error_message"), "an older state of");
    assert_title(h, 5, 1);
    assert_title(h, 60, 1);
    end_cache(h);
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
}

/* Its pages hold as many tickets as there are: then no numbers are said to differ. */
static void test_cache_with_the_right_number(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    begin_cache(h, "'ignore':'fluent_sync','match':'order_by=id',", "'X-Nothing':'told'");
    harness_control(h, "{'do':'update','id':5,'set':{'title':'new'}}");
    mirror_run(h, 0, "incremental", NULL);
    mirror_run(h, 3, "full", "--full");
    char *message = sync_last(h, "error_message");
    sync_says(message, "pages lag behind its newest changes (a replica or a cache?)\n");
    sync_says_not(message, "it counts");
    end_cache(h);
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
}

/* After a backup was restored, rows really are older: two addresses agree. */
static void test_restored_rows(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    harness_control(h, "[{'do':'update','id':5,'set':{'title':'Restored',"
                       "'updated_at':'2025-10-01T10:00:00+00:00'}},"
                       "{'do':'update','id':6,'set':{'updated_at':null,'title':'Restored'}}]");
    mirror_run(h, 0, "full", "--full");
    assert_string_equal(sync_cell(h, 5, "title"), "Restored");
    assert_string_equal(sync_cell(h, 6, "title"), "Restored");
    mirror_same(h);
}

/* The index: who is it? */

static const char *const closed[] = {
    "'kind':'replay','name':'err_no_auth'",
    "\"kind\":\"status\",\"status\":403,\"body\":\"{\\\"code\\\":\\\"rest_forbidden\\\"}\"",
    ("\"kind\":\"status\",\"status\":200,\"body\":\"{\\\"name\\\":\\\"Acme\\\",\\\"namespaces\\\":["
     "]"
     "}\""),
    "'kind':'status','status':503",
};
enum { CLOSED = sizeof closed / sizeof *closed };

/* Shown only with credentials, it still tells that this is another site. */
static void test_private_index(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 60, NULL, NULL, NULL);
    harness_control(h, "{'do':'site','index':'private'}");
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
    assert_int_equal(harness_sync(h, "check", NULL).code, 0);
    harness_control(h, "[{'do':'site','home':'https://other.example.test'},"
                       "{'do':'update_random','count':5}]");
    char *before = mirror_sums(h);
    mirror_run(h, 4, NULL, NULL);
    sync_says(sync_last(h, "error_message"), "another site than last time");
    mirror_run(h, 4, NULL, "--full");
    mirror_run(h, 4, NULL, "--ticket 5");
    assert_string_equal(mirror_sums(h), before);
    assert_int_equal(harness_sync(h, "check", NULL).code, 4);
    mirror_run(h, 0, "full", "--accept-site");
    mirror_same(h);
}

/* If nobody can see it, the site is known only by its address. */
static void test_closed_index(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 60, "retries = 0\n", NULL);
    for (int i = 0; i < CLOSED; i++) {
        int code = i == CLOSED - 1 ? 5 : 4;
        print_message("%s\n", closed[i]);
        mirror_configure(h, "retries = 0\n", NULL, NULL);
        harness_fault(h, "%s,'match':'_fields'", closed[i]);
        harness_control(h, "{'do':'update_random','count':5}");
        mirror_run(h, 0, NULL, NULL);
        mirror_same(h);
        harness_control(h, "{'do':'update_random','count':5}");
        char *before = mirror_sums(h);
        mirror_configure(
            h, harness_text(h, "retries = 0\napi_url = http://localhost:%d\n", h->site_port), NULL,
            NULL);
        mirror_run(h, code, NULL, "--full");
        sync_says(sync_last(h, "error_message"), "cannot be confirmed");
        assert_string_equal(mirror_sums(h), before);
        mirror_run(h, 0, "full", "--accept-site");
        mirror_same(h);
        mirror_run(h, 0, NULL, NULL);
        harness_end_faults(h);
        mirror_configure(h, "retries = 0\n", NULL, NULL);
        mirror_run(h, 0, NULL, "--accept-site");
    }
}

/* The site is on record before its first ticket is, however the run ends. */
static void test_site_of_a_first_run_that_fails(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 200, "retries = 0\nconnections = 1\n", NULL, NULL);
    harness_fault(h, "'kind':'status','status':503,'match':'order_by=id','skip':2");
    mirror_run(h, 5, "full", NULL);
    assert_true(harness_count(h, "fluent_tickets") > 0);
    harness_control(h, "[{'do':'fault','times':0},"
                       "{'do':'site','home':'https://other.example.test'}]");
    char *before = mirror_sums(h);
    mirror_run(h, 4, NULL, NULL);
    assert_string_equal(mirror_sums(h), before);
}

static const char dates[] = "SELECT fluent_id, created_at, updated_at_fluent, resolved_at FROM "
                            "fluent_tickets ORDER BY id";

/* Where the site never told its zone the configured one counts, and a change reaches every row. */
static void test_zone_without_an_index(void **state)
{
    struct harness *h = *state;
    static const char *const wrong[] = {"timezone = Asia/Tokyo\n", "timezone = Europe/Berlin\n"};
    static const char right[] = "timezone = America/New_York\n";
    mirror_prepare(h, 60, NULL, wrong[0], NULL);
    harness_fault(h, "%s,'match':'_fields'", closed[0]);
    mirror_run(h, 0, "full", NULL);
    mirror_configure(h, NULL, right, NULL);
    mirror_run(h, 0, "full", NULL);
    char *hidden = harness_table(h, dates);
    mirror_configure(h, NULL, wrong[1], NULL);
    mirror_run(h, 0, "full", NULL);
    mirror_configure(h, NULL, right, NULL);
    mirror_run(h, 0, "full", NULL);
    assert_string_equal(harness_table(h, dates), hidden);
    mirror_run(h, 0, "incremental", NULL);
    harness_end_faults(h);
    mirror_run(h, 0, NULL, "--full");
    mirror_same(h);
    assert_true(harness_number(h, "SELECT COUNT(resolved_at) FROM fluent_tickets") > 5);
    assert_string_equal(harness_table(h, dates), hidden);
}

/* What the site told before stays when the index is closed for once: nothing is mapped anew. */
static void test_zone_that_was_told(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 60, NULL, "timezone = UTC\n", NULL);
    mirror_run(h, 0, "full", NULL);
    char *before = harness_table(h, dates);
    harness_fault(h, "%s,'match':'_fields'", closed[0]);
    mirror_run(h, 0, "incremental", NULL);
    mirror_run(h, 0, NULL, "--full");
    assert_string_equal(sync_last(h, "tickets_updated"), "0");
    assert_string_equal(harness_table(h, dates), before);
}

/* One ticket that spoils its page */

static const char *const spoils[] = {
    "'status':200,'content_type':'text/html','body':''",
    "'status':200,'content_type':'text/html','body':'<b>Fatal error</b>: memory'",
    "'status':200,'body':''",
    "'status':403,'content_type':'text/html','body':'<h1>Forbidden</h1>'",
    "'status':406,'content_type':'text/html','body':'<h1>Not Acceptable</h1>'",
};
enum {
    SPOILS = sizeof spoils / sizeof *spoils,
    REFUSES = 3 /* the first one with another status */
};

static void spoil(struct harness *h, int id, const char *how)
{
    print_message("ticket %d: %s\n", id, how);
    harness_fault(h, "'kind':'spoil','id':%d,%s", id, how);
}

/* On the first contact too, even among the newest changes, it becomes a reject, and all others are
 * stored. */
static void test_one_spoils_its_page(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 120, "retries = 1\n", NULL, NULL);
    spoil(h, 60, spoils[1]); /* of the 120 tickets the newest 100 hold it */
    harness_control(h, "{'do':'update','id':60}");
    mirror_run(h, 3, "full", NULL);
    assert_int_equal(harness_count(h, "fluent_tickets"), 119);
    for (int i = 0; i < SPOILS; i++) {
        harness_end_faults(h);
        mirror_run(h, 0, "full", "--full");
        mirror_same(h);
        spoil(h, 20 + i, spoils[i]);
        harness_control(h, "[{'do':'update','id':%d},{'do':'update','id':70},{'do':'create'}]",
                        20 + i);
        mirror_run(h, 3, "full", NULL);
        assert_int_equal(mirror_differences(h), 1);
        char *message = sync_last(h, "error_message");
        sync_says(message, harness_text(h, "position %d", 20 + i));
        if (strstr(spoils[i], "40"))
            sync_says(message, "objects to the text of a ticket");
        assert_int_equal(harness_count(h, "fluent_rejects"), 1);
    }
}

/* Nor does it where only a larger head holds it, which the site refuses then. */
static void test_one_spoils_a_larger_head(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 300, "retries = 1\nper_page = 500\n", NULL);
    for (int i = 0; i < SPOILS; i += REFUSES) {
        harness_end_faults(h);
        mirror_run(h, 0, "full", "--full");
        mirror_same(h);
        spoil(h, 10 + i, spoils[i]);
        harness_control(h,
                        "[{'do':'update','id':%d,'set':{'title':'x','updated_at':'%s'}},"
                        "{'do':'close_many','from':100,'to':%d}]",
                        10 + i, mirror_hours_from_now(h, -1), 250 + i);
        mirror_run(h, 3, "full", NULL);
        assert_int_equal(mirror_differences(h), 1);
        sync_says(sync_last(h, "error_message"), harness_text(h, "position %d", 10 + i));
    }
}

/* Nor where a page holds it that is to tell which ticket vanished. */
static void test_one_spoils_the_search(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 1000, "retries = 1\n", NULL);
    for (int i = 0; i < SPOILS; i += REFUSES) {
        harness_end_faults(h);
        mirror_run(h, 0, "full", "--full");
        spoil(h, 20 + i, spoils[i]);
        harness_control(h, "{'do':'delete','id':%d}", 10 + i);
        mirror_run(h, 3, "full", NULL);
    }
}

/* If nothing gets through at all, the run ends soon and reports the first failure. */
static void test_nothing_comes_through(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    mirror_configure(h, "retries = 2\n", NULL, NULL);
    for (int i = 0; i < SPOILS; i++) {
        print_message("%s\n", spoils[i]);
        harness_control(h,
                        "[{'do':'fault','kind':'status',%s,'match':'/tickets'},"
                        "{'do':'reset_stats'}]",
                        spoils[i]);
        mirror_run(h, strstr(spoils[i], "40") ? 4 : 5, NULL, "--full");
        assert_true(sync_stat(h, "requests") <= 12);
        harness_end_faults(h);
    }
    mirror_run(h, 0, "full", "--full");
    mirror_same(h);
}

static void test_the_first_failure_is_named(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    mirror_configure(h, "retries = 2\n", NULL, NULL);
    harness_control(h, "[{'do':'fault','kind':'status','status':500,"
                       "'match':'order_by=updated_at'},"
                       "{'do':'fault','kind':'status','status':502},{'do':'reset_stats'}]");
    mirror_run(h, 5, NULL, "--full");
    sync_says(sync_last(h, "error_message"), "status 500");
    assert_true(sync_stat(h, "requests") <= 3 + 3 + 2);
}

/* Maintenance: WordPress asks for ten minutes, and the lease is not held for them. */
static void test_a_long_retry_after_ends_the_run(void **state)
{
    struct harness *h = *state;
    static const char *const waits[] = {"600", "61", "86400", "Wed, 21 Oct 2199 07:28:00 GMT"};
    mirror_import(h, 60, NULL, NULL);
    mirror_configure(h, "retries = 5\n", NULL, NULL);
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        harness_control(h,
                        "[{'do':'fault','kind':'status','status':503,"
                        "'headers':{'Retry-After':'%s'}},"
                        "{'do':'reset_stats'}]",
                        waits[i]);
        mirror_run(h, 5, NULL, NULL);
        sync_says(sync_last(h, "error_message"), "asks to come back in");
        assert_int_equal(sync_stat(h, "requests"), 3);
        harness_end_faults(h);
    }
    mirror_run(h, 0, NULL, NULL);
}

/* What is printed into the answers */

static void test_printed_text(void **state)
{
    struct harness *h = *state;
    static const char *const prints[] = {"Loaded. ", "\\ufeff", "<p class=\\\"x\\\">{debug}</p>",
                                         "<br />\\nNotice: x\\n"};
    mirror_import(h, 120, NULL, NULL);
    for (int i = 0; i < 4; i++) {
        harness_control(h,
                        "[{'do':'fault','kind':'prefix','text':'%s'},{'do':'delete','id':%d},"
                        "{'do':'update','id':60},{'do':'hide','id':%d}]",
                        prints[i], 20 + i, 30 + i);
        struct outcome outcome = mirror_run(h, 0, "full", "--full");
        mirror_same(h);
        sync_says(outcome.err, "prints up to");
        assert_null(strstr(strstr(outcome.err, "prints up to") + 1, "prints up to"));
        assert_int_equal(harness_number(h, "SELECT COUNT(deleted_at) FROM fluent_tickets"), i + 1);
        struct outcome check = harness_sync(h, "check", NULL);
        assert_int_equal(check.code, 0);
        sync_says(check.out, "bytes stand before the JSON");
        harness_end_faults(h);
    }
    sync_says_not(mirror_run(h, 0, NULL, NULL).err, "prints up to");
}

/* A header that no client can make sense of is named. */
static void test_false_encoding(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 60, "retries = 0\n", NULL);
    harness_fault(
        h, "'kind':'status','status':200,'body':'{}','headers':{'Content-Encoding':'UTF-8'}");
    mirror_run(h, 5, NULL, NULL);
    sync_says(sync_last(h, "error_message"), "the header Content-Encoding");
    struct outcome check = harness_sync(h, "check", NULL);
    assert_int_equal(check.code, 5);
    sync_says(check.out, "the header Content-Encoding");
}

/* Permalinks */

/* nginx with plain permalinks: /wp-json/? leads to itself. */
static void test_redirect_to_itself(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 60, NULL, NULL, NULL);
    harness_control(h, "{'do':'site','permalinks':'loop'}");
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
    harness_control(h, "{'do':'reset_stats'}");
    mirror_run(h, 0, NULL, NULL);
    assert_int_equal(sync_stat(h, "routes.redirect"), 0);
    assert_int_equal(harness_sync(h, "check", NULL).code, 0);
    /* Now and then the other form is tried again, and kept where it works. */
    mirror_turn_back(h, "last_full_walk", 2 * 24 * 3600);
    mirror_run(h, 0, "full", NULL);
    assert_true(sync_stat(h, "routes.redirect") > 0);
    mirror_same(h);
    harness_control(h, "{'do':'site','permalinks':'pretty'}");
    mirror_turn_back(h, "last_full_walk", 2 * 24 * 3600);
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
    assert_int_equal(harness_number(h, "SELECT url_form FROM fluent_sync_state"), 1);
    /* What forbids the other form does not end the run. */
    harness_control(h, "{'do':'site','permalinks':'plain'}");
    mirror_run(h, 0, NULL, NULL);
    assert_int_equal(harness_number(h, "SELECT url_form FROM fluent_sync_state"), 2);
    harness_fault(h, "'kind':'status','status':403,'match':'wp-json'");
    mirror_turn_back(h, "last_full_walk", 2 * 24 * 3600);
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
}

/* Permissions */

/* "View Tickets (Read Only)" is enough. */
static void test_read_only_permission(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 60, NULL, NULL, NULL);
    harness_fault(
        h, "\"kind\":\"status\",\"status\":200,\"match\":\"/"
           "me\",\"body\":\"{\\\"user_id\\\":7,\\\"permissions\\\":[\\\"fst_view_tickets\\\"]}\"");
    struct outcome outcome = mirror_run(h, 0, "full", NULL);
    sync_says_not(outcome.err, "only a part");
    assert_string_equal(sync_last(h, "sees_all"), "1");
    struct outcome check = harness_sync(h, "check", NULL);
    assert_int_equal(check.code, 0);
    sync_says_not(check.out, "sees only a part");
    harness_control(h, "[{'do':'fault','times':0},{'do':'site','me':'limited'}]");
    sync_says(harness_sync(h, "check", NULL).out, "View Tickets (Read Only)");
    sync_says(mirror_run(h, 0, "full", "--full").err, "View Tickets (Read Only)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_cache_by_address),
        SYNC_TEST(test_cache_that_ignores_the_address),
        SYNC_TEST(test_cache_that_says_nothing),
        SYNC_TEST(test_cache_with_the_right_number),
        SYNC_TEST(test_restored_rows),
        SYNC_TEST(test_private_index),
        SYNC_TEST(test_closed_index),
        SYNC_TEST(test_site_of_a_first_run_that_fails),
        SYNC_TEST(test_zone_without_an_index),
        SYNC_TEST(test_zone_that_was_told),
        SYNC_TEST(test_one_spoils_its_page),
        SYNC_TEST(test_one_spoils_a_larger_head),
        SYNC_TEST(test_one_spoils_the_search),
        SYNC_TEST(test_nothing_comes_through),
        SYNC_TEST(test_the_first_failure_is_named),
        SYNC_TEST(test_a_long_retry_after_ends_the_run),
        SYNC_TEST(test_printed_text),
        SYNC_TEST(test_false_encoding),
        SYNC_TEST(test_redirect_to_itself),
        SYNC_TEST(test_read_only_permission),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
