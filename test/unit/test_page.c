/* test_page: what other people's words become in the page, dates and durations in words, and the
 * sentence for each state of the mirror. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/zone.h"
#include "page/out.h"
#include "page/verdict.h"
#include "page/words.h"

enum { TEXT_MAX = 1 << 20 };

/* Escaping */

static int collect(void *context, const char *bytes, size_t n, struct error *error)
{
    (void)error;
    return buf_append(context, bytes, n);
}

static int refuse(void *context, const char *bytes, size_t n, struct error *error)
{
    (void)context, (void)bytes, (void)n;
    return error_set(error, ERR_INTERNAL, "full");
}

struct paper {
    struct out out;
    struct buf text;
    struct error error;
};

static void begin(struct paper *paper)
{
    paper->error = (struct error)ERROR_INIT;
    buf_init(&paper->text, TEXT_MAX);
    out_init(&paper->out, collect, &paper->text, &paper->error);
}

static void expect(struct paper *paper, const char *expected)
{
    assert_int_equal(out_finish(&paper->out), 0);
    assert_string_equal(buf_text(&paper->text), expected);
    buf_release(&paper->text);
}

static void test_addresses(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"cannot read http://a.example/x?per_page=1&n=2: refused",
         "cannot read http://a.example/x: refused"},
        {"https://a.example/?q=a:b, (https://b.example?c).",
         "https://a.example/, (https://b.example)."},
        {"http://a.example/x?y", "http://a.example/x"},
        {"is it http://a.example/x or not? yes", "is it http://a.example/x or not? yes"},
        {"http://", "http://"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128];
        snprintf(text, sizeof text, "%s", cases[i][0]);
        assert_string_equal(words_without_queries(text), cases[i][1]);
    }
}

static void test_text(void **state)
{
    static const char *const cases[][2] = {
        {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
        {"\" onload='x' &amp;", "&quot; onload=&#39;x&#39; &amp;amp;"},
        {"a\tb\nc\r\x01\x1B[31m\x7F", "a\tb\nc[31m"},
        {"\xC2\x85\xC2\x9B", ""}, /* C1 */
        {"\xE2\x80\xAE"
         "evil\xE2\x81\xA6\xE2\x80\x8F",
         "evil"},                                 /* bidi controls */
        {"\xFF\xC3", "\xEF\xBF\xBD\xEF\xBF\xBD"}, /* no UTF-8 */
        {"\xD8\xAF \xF0\x9F\x9A\x80 \xE2\x80\x8D", "\xD8\xAF \xF0\x9F\x9A\x80 \xE2\x80\x8D"},
        {NULL, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct paper paper;
        begin(&paper);
        out_text(&paper.out, cases[i][0]);
        expect(&paper, cases[i][1]);
    }
}

static void test_cut(void **state)
{
    struct paper paper;
    bool cut;
    (void)state;
    begin(&paper);
    out_text_cut(&paper.out, "\xC3\xA4\xC3\xB6", 3, &cut); /* between characters */
    assert_true(cut);
    out_text_cut(&paper.out, "|&&", 6, &cut); /* never within a reference */
    assert_true(cut);
    out_text_cut(&paper.out, "|abc", 4, &cut);
    assert_false(cut);
    expect(&paper, "\xC3\xA4\xE2\x80\xA6|&amp;\xE2\x80\xA6|abc");
}

static void test_prose_and_query(void **state)
{
    struct paper paper;
    (void)state;
    begin(&paper);
    out_prose(&paper.out, "run `fluent-sync --x <y>`, then `");
    out_text(&paper.out, "|");
    out_query(&paper.out, "A & B=\"\xC3\xA4\"");
    expect(&paper, "run <code>fluent-sync <span>--x</span> &lt;y&gt;</code>, then |"
                   "A%20%26%20B%3D%22%C3%A4%22");
}

static void test_sink_fails(void **state)
{
    struct error error = ERROR_INIT;
    struct out out;
    (void)state;
    out_init(&out, refuse, NULL, &error);
    for (int i = 0; i < 100000; i++)
        out_markup(&out, "<p>%d</p>", i);
    assert_int_equal(out_finish(&out), -1);
    assert_string_equal(error.message, "full");
}

/* Words */

static void test_dates(void **state)
{
    char w[WORDS_SIZE];
    const char *now = "2026-11-26 14:21:07";
    int64_t day;
    (void)state;
    assert_string_equal(words_when(w, "2026-11-26 14:20:04", now), "Thu 26 Nov, 14:20");
    assert_string_equal(words_when(w, "2025-02-03 04:05:06", now), "Mon 3 Feb 2025, 04:05");
    assert_string_equal(words_clock(w, "2026-11-26 03:00:00", now), "03:00");
    assert_string_equal(words_clock(w, "2026-11-25 18:30:00", now), "Wed 25 Nov, 18:30");
    assert_string_equal(words_short(w, "2026-11-09 16:03:00", now), "9 Nov 16:03");
    assert_string_equal(words_short(w, "2025-11-09 16:03:00", now), "9 Nov 2025");
    assert_string_equal(words_day(w, "2026-08-28", now), "28 Aug");
    assert_string_equal(words_weekday(w, "2026-08-28", now), "Fri 28 Aug");
    assert_string_equal(words_when(w, "soon", now), "soon");
    assert_false(words_day_number("2026-02-30", &day));
    for (int64_t d = -800000; d < 800000; d += 37) {
        words_day_text(w, d);
        if (words_day_number(w, &day)) /* the years 1 to 9999 */
            assert_int_equal(day, d);
    }
    assert_true(words_day_number("2024-02-29 12:00:00", &day));
    assert_int_equal(day, 19782);
}

static void test_numbers(void **state)
{
    static const struct {
        int64_t seconds;
        const char *words;
    } ages[] = {{-5, "0 s"},      {59, "59 s"},         {60, "1 min"},   {3599, "59 min"},
                {3600, "1 h"},    {4920, "1 h 22 min"}, {54000, "15 h"}, {27660, "7 h 41 min"},
                {172799, "47 h"}, {172800, "2 days"}};
    static const struct {
        int64_t ms;
        const char *words;
    } times[] = {{531, "0.53 s"},
                 {4600, "4.6 s"},
                 {41200, "41 s"},
                 {65000, "1 min 5 s"},
                 {7380000, "2 h 3 min"}};
    char w[WORDS_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof ages / sizeof *ages; i++)
        assert_string_equal(words_age(w, ages[i].seconds), ages[i].words);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        assert_string_equal(words_took(w, times[i].ms), times[i].words);
    assert_string_equal(words_number(w, 0), "0");
    assert_string_equal(words_number(w, 1234567), "1,234,567");
    assert_string_equal(words_number(w, -123), "-123");
    assert_string_equal(words_brief(w, 999), "999");
    assert_string_equal(words_brief(w, 1000), "1k");
    assert_string_equal(words_brief(w, 8250), "8.3k");
    assert_string_equal(words_brief(w, 9949), "9.9k");
    assert_string_equal(words_brief(w, 9950), "10k");
    assert_string_equal(words_brief(w, 123456), "123k");
    assert_string_equal(words_brief(w, 2500000), "2,500k");
    assert_string_equal(words_count(w, 1, "ticket"), "1 ticket");
    assert_string_equal(words_count(w, 1901, "ticket"), "1,901 tickets");
}

/* The verdict: runs every ten minutes before 14:21 on 26 November 2026, the newest at 14:20. */

enum { NOW = 1795702867, LAST = NOW - 67, RUNS = 40, PAUSE = 600 };

struct world {
    struct overview_run runs[RUNS];
    struct verdict_facts facts;
    struct verdict verdict;
    struct zone *zone;
};

static void set_up(struct world *w)
{
    struct error error = ERROR_INIT;
    memset(w, 0, sizeof *w);
    for (int i = 0; i < RUNS; i++)
        w->runs[i] = (struct overview_run){.id = RUNS - i,
                                           .began = LAST - (int64_t)i * PAUSE,
                                           .took_ms = 500,
                                           .mode = "incremental"};
    assert_int_equal(zone_open(&w->zone, "UTC", &error), 0);
    w->facts = (struct verdict_facts){.runs = w->runs,
                                      .run_count = RUNS,
                                      .state = {.total = 5900, .last_full_walk = LAST - 40800},
                                      .now = NOW,
                                      .zone = w->zone};
}

static void expect_verdict(struct world *w, enum verdict_tone tone, const char *sentence)
{
    verdict_judge(&w->verdict, &w->facts);
    assert_string_equal(w->verdict.sentence, sentence);
    assert_int_equal(w->verdict.tone, tone);
}

/* The newest `n` runs ended so. */
static void end_runs(struct world *w, int n, enum overview_result result, int code)
{
    for (int i = 0; i < n; i++) {
        w->runs[i].result = result;
        w->runs[i].exit_code = code;
        w->runs[i].message = "its own words";
    }
}

static void test_well(void **state)
{
    struct world w;
    (void)state;
    set_up(&w);
    expect_verdict(&w, VERDICT_WELL, "All is well: every ticket is here.");
    assert_string_equal(w.verdict.explanation,
                        "The run of 14:20 brought all that had changed on the site. Every part of "
                        "the list was compared at 03:00 or later.");
    assert_int_equal(w.verdict.interval, PAUSE);
    assert_true(w.verdict.nothing_to_do && w.verdict.current && !w.verdict.said);
    w.runs[0].mode = "full"; /* an incremental run never claims that */
    expect_verdict(&w, VERDICT_WELL, "All is well: every ticket is here.");
    assert_string_equal(w.verdict.explanation,
                        "The run of 14:20 compared the whole list with the site's.");
    zone_close(w.zone);
}

static void test_partial(void **state)
{
    struct world w;
    (void)state;
    set_up(&w);
    end_runs(&w, 3, OVERVIEW_PARTIAL, 3);
    expect_verdict(&w, VERDICT_HEED, "It could not be shown that every ticket is here.");
    assert_int_equal(w.verdict.said_runs, 3);
    assert_string_equal(w.verdict.said, "its own words");
    w.facts.rejects = (struct overview_reject_counts){1, 0, 2, "4016"};
    expect_verdict(&w, VERDICT_HEED, "1 ticket cannot be stored; all others are here.");
    assert_non_null(strstr(w.verdict.to_do, "--accept 4016"));
    w.facts.rejects.waiting = 1200;
    expect_verdict(&w, VERDICT_HEED, "1,200 tickets cannot be stored; all others are here.");
    w.facts.rejects.conversations = 1200;
    expect_verdict(&w, VERDICT_HEED, "1,200 conversations cannot be stored; all tickets are here.");
    w.facts.rejects.conversations = 1;
    expect_verdict(&w, VERDICT_HEED,
                   "1,199 tickets and 1 conversation cannot be stored; all others are here.");
    zone_close(w.zone);
}

static void test_failed(void **state)
{
    static const struct {
        int runs, code;
        enum verdict_tone tone;
        const char *sentence;
    } cases[] = {
        {1, 4, VERDICT_FAIL, "The site refused access at 14:20."},
        {3, 4, VERDICT_FAIL, "The site has refused access since 14:00."},
        {1, 5, VERDICT_HEED, "The site did not answer at 14:20."},
        {3, 5, VERDICT_FAIL, "The site has not answered since 14:00."},
        {1, 8, VERDICT_HEED, "The run of 14:20 ran out of time."},
        {1, 6, VERDICT_FAIL, "The run of 14:20 could not use the database."},
        {1, 143, VERDICT_HEED, "The run of 14:20 was interrupted."},
        {1, 1, VERDICT_FAIL, "The run of 14:20 failed."},
        {1, -1, VERDICT_FAIL, "The run of 14:20 failed."},
    };
    struct world w;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_up(&w);
        end_runs(&w, cases[i].runs, OVERVIEW_FAILED, cases[i].code);
        expect_verdict(&w, cases[i].tone, cases[i].sentence);
        assert_false(w.verdict.current);
        assert_ptr_equal(w.verdict.complete, &w.runs[cases[i].runs]);
        zone_close(w.zone);
    }
}

static void test_running(void **state)
{
    struct world w;
    (void)state;
    set_up(&w);
    end_runs(&w, 1, OVERVIEW_RUNNING, -1);
    w.runs[0].read = 1500;
    expect_verdict(&w, VERDICT_HEED, "The run of 14:20 did not come to its end.");
    w.facts.state.running = true;
    expect_verdict(&w, VERDICT_BUSY, "A run is at work: 1,500 tickets read.");
    w.runs[0].mode = "full";
    expect_verdict(&w, VERDICT_BUSY, "A run is at work: 1,500 of about 5,900 tickets read.");
    zone_close(w.zone);
}

static void test_stale(void **state)
{
    struct world w;
    (void)state;
    set_up(&w);
    w.facts.now = LAST + 3 * PAUSE;
    expect_verdict(&w, VERDICT_WELL, "All is well: every ticket is here.");
    w.facts.now = LAST + 3 * PAUSE + 1;
    expect_verdict(&w, VERDICT_HEED, "No run for 30 minutes.");
    w.facts.now = LAST + 27600;
    expect_verdict(&w, VERDICT_HEED, "No run for 7 hours.");
    assert_true(w.verdict.stale);
    w.facts.now = LAST + 5 * 86400;
    expect_verdict(&w, VERDICT_FAIL, "No run for 5 days.");
    zone_close(w.zone);
}

static void test_never(void **state)
{
    struct world w;
    (void)state;
    set_up(&w);
    w.facts.run_count = 1;
    w.runs[0].mode = "tickets"; /* proves nothing about the others */
    expect_verdict(&w, VERDICT_NONE, "No run yet.");
    w.facts.run_count = 0;
    expect_verdict(&w, VERDICT_NONE, "No run yet.");
    assert_int_equal(w.verdict.step_count, 2);
    zone_close(w.zone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),       cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_cut),        cmocka_unit_test(test_prose_and_query),
        cmocka_unit_test(test_sink_fails), cmocka_unit_test(test_dates),
        cmocka_unit_test(test_numbers),    cmocka_unit_test(test_well),
        cmocka_unit_test(test_partial),    cmocka_unit_test(test_failed),
        cmocka_unit_test(test_running),    cmocka_unit_test(test_stale),
        cmocka_unit_test(test_never),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
