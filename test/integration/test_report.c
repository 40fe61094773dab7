/* test_report: the page in each of its states, from real tables; and its file. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness_mirror.h"

static void prepare(struct harness *h, int tickets)
{
    mirror_prepare(h, tickets, NULL, NULL, NULL);
}

/* The page, which must be one whatever the state is. */
static char *page(struct harness *h)
{
    struct outcome outcome = harness_sync(h, "report", NULL);
    sync_expect(outcome, 0);
    assert_string_equal(outcome.err, "");
    assert_int_equal(strncmp(outcome.out, "<!DOCTYPE html>\n", 16), 0);
    sync_says(outcome.out, "connect-src 'none'");
    sync_says(outcome.out, "</html>\n");
    sync_says_not(outcome.out, " style=");
    sync_says_not(outcome.out, "unsafe-inline");
    sync_says_not(outcome.out, "(null)");
    return outcome.out;
}

/* Both begin with the same sentence. */
static void both_say(struct harness *h, const char *sentence)
{
    struct outcome outcome = harness_sync(h, "status", NULL);
    sync_expect(outcome, 0);
    assert_int_equal(strncmp(outcome.out, sentence, strlen(sentence)), 0);
    sync_says(page(h), harness_text(h, "<h2 id=\"status-head\">%s", sentence));
}

static size_t count(const char *text, const char *words)
{
    size_t n = 0;
    for (; (text = strstr(text, words)) != NULL; text += strlen(words))
        n++;
    return n;
}

static void test_empty(void **state)
{
    struct harness *h = *state;
    prepare(h, 0);
    const char *html = page(h);
    sync_says(html, "<section class=\"status none\"");
    both_say(h, "No run yet.");
    sync_says(html, "No tickets yet.");
    sync_says(html, "No requests yet.");
    sync_says(html, "No rejects.");
    sync_says_not(html, "class=\"facts\"");
}

static void test_success(void **state)
{
    struct harness *h = *state;
    prepare(h, 120);
    mirror_run(h, 0, "full", NULL);
    harness_sql(h, "INSERT INTO requests (date, time, source, description) VALUES "
                   "('2025-01-02', '03:04:05', 'phone', 'Rang about the invoice'), "
                   "(NULL, NULL, 'sms', NULL); "
                   "INSERT INTO requests (date, source, status) VALUES "
                   "('2025-01-02', 'email', 'deleted'), ('2025-01-02', 'email', 'ignored')");
    const char *html = page(h);
    sync_says(html, "<section class=\"status well\"");
    both_say(h, "All is well: every ticket is here.");
    sync_says(html, "compared the whole list with the site&#39;s.");
    assert_int_equal(count(html, "<title>Via FluentSupport</title>"), 120);
    assert_int_equal(count(html, "<title>By phone</title>"), 1);
    assert_int_equal(count(html, "<title>By SMS</title>"), 1);
    assert_int_equal(count(html, "<title>By email</title>"), 0);
    sync_says(html, "All 122.");
    sync_says(html, "120 tickets stored");
    assert_int_equal(count(html, "<g class=\"run\">"), 1);
}

static void test_limit(void **state)
{
    struct harness *h = *state;
    prepare(h, 250);
    mirror_run(h, 0, "full", NULL);
    struct outcome outcome = harness_sync(h, "report", "--limit", "130", "--days", "30", NULL);
    sync_expect(outcome, 0);
    assert_int_equal(count(outcome.out, "<title>Via FluentSupport</title>"), 130);
    sync_says(outcome.out, "The newest 130.");
    char *newest = harness_value(h, "SELECT fluent_id FROM fluent_tickets f JOIN requests r ON "
                                    "r.id = f.request_id ORDER BY r.date DESC, r.time DESC, "
                                    "r.id DESC LIMIT 1");
    const char *first = strstr(outcome.out, ", ticket ");
    assert_non_null(first);
    assert_int_equal(strncmp(first + 9, newest, strlen(newest)), 0);
    sync_expect(harness_sync(h, "report", "--limit", "0", NULL), 0);
    sync_expect(harness_sync(h, "report", "--days", "6", NULL), 2);
    sync_expect(harness_sync(h, "report", "--days", "367", NULL), 2);
}

static void test_failed(void **state)
{
    struct harness *h = *state;
    prepare(h, 20);
    mirror_run(h, 0, "full", NULL);
    harness_fault(h, "'kind':'status','status':401");
    sync_expect(harness_sync(h, NULL), 4);
    const char *html = page(h);
    sync_says(html, "<section class=\"status fail\"");
    both_say(h, "The site refused access at ");
    sync_says(html, "Nothing newer is known.");
    sync_says(html, "(exit 4)");
    sync_says(html, "<dt>Open, ");
}

static void test_partial(void **state)
{
    struct harness *h = *state;
    prepare(h, 20);
    harness_control(h, "{'do':'update','id':7,'unset':['created_at']}");
    mirror_run(h, 3, "full", NULL);
    const char *html = page(h);
    sync_says(html, "<section class=\"status heed\"");
    both_say(h, "1 ticket cannot be stored; all others are here.");
    sync_says(html, "<code>fluent-sync rejects <span>--accept</span> 7</code>");
    sync_says(html, "<span class=\"waiting\">waiting</span>");
    sync_expect(harness_sync(h, "rejects", "--accept", "7", NULL), 0);
    mirror_run(h, 0, NULL, NULL);
    html = page(h);
    sync_says(html, "All is well: every ticket is here.");
    sync_says(html, "none waiting, <a href=\"#rejects\">1 accepted</a>");
}

static void test_running(void **state)
{
    struct harness *h = *state;
    prepare(h, 20);
    mirror_run(h, 0, "full", NULL);
    harness_sql(h,
                "INSERT INTO fluent_sync_status (site_key, last_sync_at, last_sync_status, mode, "
                "tickets_fetched) VALUES ('', UTC_TIMESTAMP(), 'in_progress', 'full', 15)");
    sync_says(page(h), "did not come to its end.");
    harness_sql(h, "UPDATE fluent_sync_state SET lease_owner = 'web1', "
                   "lease_heartbeat = UTC_TIMESTAMP(6)");
    const char *html = page(h);
    sync_says(html, "<section class=\"status busy\"");
    sync_says(html, "A run is at work: 15 of about 20 tickets read.");
    harness_sql(h, "DELETE FROM fluent_sync_status WHERE last_sync_status = 'in_progress'");
}

static void test_stale(void **state)
{
    struct harness *h = *state;
    prepare(h, 20);
    for (int i = 0; i < 3; i++)
        mirror_run(h, 0, NULL, NULL);
    harness_sql(h, "UPDATE fluent_sync_status SET last_sync_at = UTC_TIMESTAMP() - INTERVAL "
                   "5 * 3600 + (SELECT n FROM (SELECT MAX(id) AS n FROM fluent_sync_status) t) * "
                   "600 - id * 600 SECOND");
    const char *html = page(h);
    sync_says(html, "<section class=\"status heed\"");
    both_say(h, "No run for 5 hours.");
    sync_says(html, "Runs used to come every 10 min");
    sync_says(html, "<b>no run</b>");
}

static void test_edits(void **state)
{
    struct harness *h = *state;
    prepare(h, 20);
    mirror_run(h, 0, "full", NULL);
    harness_sql(h,
                "UPDATE requests SET category = 'Ours & theirs' WHERE id = (SELECT request_id FROM "
                "fluent_tickets WHERE fluent_id = '5'); "
                "UPDATE fluent_tickets SET deleted_at = UTC_TIMESTAMP() WHERE fluent_id = '6'");
    const char *html = page(h);
    assert_int_equal(count(html, "<title>Edited here</title>"), 1);
    sync_says(html, "<td class=\"edited\">Ours &amp; theirs <svg");
    sync_says(html, "category edited here, the site says ");
    assert_int_equal(count(html, "<small>deleted on the site "), 1);
}

/* Whatever a ticket's texts hold, they are text in the page. */
static void test_hostile(void **state)
{
    struct harness *h = *state;
    prepare(h, 3);
    harness_control(h, "{'do':'update','id':1,'set':{'title':"
                       "'</title><script>alert(1)</script><img src=x onerror=alert(2)>',"
                       "'content':'&lt;/details&gt;&lt;script&gt;alert(3)&lt;/script&gt; "
                       "\\u202egpj.exe \\u0007'}}");
    mirror_run(h, 0, "full", NULL);
    harness_sql(h, "INSERT INTO requests (date, source, category, website_url, description) VALUES "
                   "('2026-01-01', 'email', '\"><b>x', 'https://a\"onclick=x/', "
                   "CONCAT('<style>*{}</style>\n\n', REPEAT('&', 65000)))");
    const char *html = page(h);
    /* U+202E: what follows is read from right to left. */
    const char turned[] = {(char)0xE2, (char)0x80, (char)0xAE, '\0'};
    assert_int_equal(count(html, "<script>"), 1); /* ours */
    assert_int_equal(count(html, "<style>"), 1);
    assert_int_equal(count(html, "<img"), 0);
    assert_int_equal(count(html, turned), 0);
    sync_says(html, "&lt;script&gt;alert(1)&lt;/script&gt;");
    sync_says(html, "&lt;script&gt;alert(3)&lt;/script&gt;");
    sync_says(html, "a&quot;onclick=x");
    sync_says(html, "&amp;\xE2\x80\xA6</div>"); /* cut, with a whole reference */
    struct outcome outcome = harness_sync(h, "report", "--no-text", NULL);
    sync_says(outcome.out, "alert(1)");
    sync_says_not(outcome.out, "alert(3)");
}

static void test_file(void **state)
{
    struct harness *h = *state;
    prepare(h, 3);
    struct stat status;
    const char *path = harness_file(h, "page.html", "the one before");
    sync_expect(harness_sync(h, "report", "-o", path, NULL), 0);
    sync_says(harness_read(h, path), "No run yet.");
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);

    /* What fails leaves the file as it is, and nothing beside it. */
    const char *none = harness_text(h, "%s/none/page.html", h->dir);
    struct outcome outcome = harness_sync(h, "report", "--output", none, NULL);
    sync_expect(outcome, 1);
    sync_says(outcome.err, "could not be written: No such file or directory");
    harness_sql(h, "ALTER TABLE fluent_rejects RENAME TO elsewhere");
    sync_expect(harness_sync(h, "report", "-o", path, NULL), 6);
    harness_sql(h, "ALTER TABLE elsewhere RENAME TO fluent_rejects");
    sync_says(harness_read(h, path), "No run yet.");
    const char *const find[] = {"find", h->dir, "-name", ".page.html.*", NULL};
    assert_string_equal(harness_run(h, find, NULL).out, "");
}

/* A process that is killed leaves the file that it was writing: the next one removes it, but not
 * one that another process may still be writing. */
static void test_left_behind(void **state)
{
    struct harness *h = *state;
    prepare(h, 0);
    static const char *const names[] = {".p.html.fluent-sync-aaaaaa", ".p.html.fluent-sync-bbbbbb",
                                        ".p.html.backup", ".q.html.fluent-sync-aaaaaa"};
    const struct timespec long_ago[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (i != 1)
            assert_int_equal(utimensat(AT_FDCWD, harness_file(h, names[i], "x"), long_ago, 0), 0);
        else
            harness_file(h, names[i], "x");
    sync_expect(harness_sync(h, "report", "-o", harness_text(h, "%s/p.html", h->dir), NULL), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(access(harness_text(h, "%s/%s", h->dir, names[i]), F_OK), i ? 0 : -1);
}

/* [report] file: every run writes it anew, and none fails because of it. */
static void test_after_runs(void **state)
{
    struct harness *h = *state;
    const char *path = harness_text(h, "%s/page.html", h->dir);
    mirror_prepare(h, 20, NULL, NULL, harness_text(h, "[report]\nfile = %s\n", path));
    mirror_run(h, 0, "full", NULL);
    sync_says(harness_read(h, path), "All is well: every ticket is here.");
    harness_fault(h, "'kind':'status','status':401");
    sync_expect(harness_sync(h, NULL), 4);
    sync_says(harness_read(h, path), "The site refused access at ");
    harness_fault(h, "'times':0");
    sync_expect(harness_sync(h, "--dry-run", NULL), 0);
    sync_says(harness_read(h, path), "The site refused access at ");
    mirror_configure(h, NULL, NULL, "[report]\nfile = /nonexistent/page.html\n");
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 0);
    const char *said = "fluent-sync: [report] file: /nonexistent/page.html could not be written";
    sync_says(outcome.err, said);
    outcome = harness_sync(h, "-q", NULL); /* silent when all is well, which it is not */
    sync_expect(outcome, 0);
    sync_says(outcome.err, said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_empty),  SYNC_TEST(test_success),     SYNC_TEST(test_limit),
        SYNC_TEST(test_failed), SYNC_TEST(test_partial),     SYNC_TEST(test_running),
        SYNC_TEST(test_stale),  SYNC_TEST(test_edits),       SYNC_TEST(test_hostile),
        SYNC_TEST(test_file),   SYNC_TEST(test_left_behind), SYNC_TEST(test_after_runs),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
