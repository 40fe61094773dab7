/* status: the section on top: whether all is well, and five figures. */
#include <inttypes.h>

#include "core/plan.h"
#include "page/page_private.h"

enum { WEEK = 7, MEDIAN_DAYS = 30 };

static const char *const TONES[] = {"none", "well", "heed", "fail", "busy"};

static void write_steps(struct report_page *page)
{
    const struct verdict *v = &page->verdict;
    out_markup(&page->out, "<ol>");
    for (size_t i = 0; i < v->step_count; i++) {
        out_markup(&page->out, "<li>");
        out_prose(&page->out, v->steps[i]);
        out_markup(&page->out, "</li>");
    }
    out_markup(&page->out, "</ol>");
}

static void write_said(struct report_page *page)
{
    const struct verdict *v = &page->verdict;
    if (!v->said)
        return;
    out_markup(&page->out, "<details%s><summary>What the last run said",
               v->step_count || v->tone == VERDICT_FAIL ? " open" : "");
    if (v->said_code >= 0)
        out_markup(&page->out, " (exit %d%s", v->said_code, v->said_runs > 1 ? ", " : ")");
    else if (v->said_runs > 1)
        out_markup(&page->out, " (");
    if (v->said_runs > 1)
        out_markup(&page->out, "%zu runs alike)", v->said_runs);
    out_markup(&page->out, "</summary><p>");
    out_prose(&page->out, v->said);
    out_markup(&page->out, "</p></details>\n");
}

/* While a run is at work, there is none to start. */
static bool offers_sync(const struct report_page *page)
{
    enum { NEEDED = WEB_SYNC | WEB_STATUS };
    return page->options->mode == PAGE_SERVED && page->verdict.tone != VERDICT_BUSY &&
           (page->config->web.allow & NEEDED) == NEEDED;
}

/* The script shows it: without one there is no button. */
static void write_sync(struct report_page *page)
{
    char day[WORDS_SIZE];
    if (!offers_sync(page))
        return;
    out_markup(&page->out,
               "<form class=\"sync\" id=\"sync\" hidden>\n<button class=\"first\">Sync now"
               "</button>\n<label for=\"since\">with tickets since</label>\n"
               "<input type=\"date\" id=\"since\" name=\"since\" min=\"2000-01-01\" "
               "max=\"%.10s\" aria-describedby=\"since-note\">\n<span class=\"note\" "
               "id=\"since-note\">%s when left empty</span>\n"
               "<output for=\"since\" aria-live=\"polite\"></output>\n</form>\n",
               page->now, words_day(day, page->config->scope.since, "----"));
}

static void write_verdict(struct report_page *page)
{
    struct out *out = &page->out;
    const struct verdict *v = &page->verdict;
    const char *tone = TONES[v->tone];
    out_markup(out,
               "<section class=\"status %s\" aria-labelledby=\"status-head\">\n"
               "<svg class=\"icon\" aria-hidden=\"true\"><use href=\"#%s\"/></svg>\n"
               "<div class=\"status-text\">\n<h2 id=\"status-head\">",
               tone, tone);
    out_text(out, v->sentence);
    out_markup(out, "</h2>\n<p>");
    out_prose(out, v->explanation);
    out_markup(out, "</p>\n");
    if (v->nothing_to_do || *v->to_do) {
        out_markup(out, "<p class=\"to-do\"><b>%s</b> ",
                   v->nothing_to_do ? "Nothing to do." : "What to do:");
        out_prose(out, v->to_do);
        out_markup(out, "</p>\n");
    }
    if (v->step_count)
        write_steps(page);
    write_said(page);
    write_sync(page);
    out_markup(out, "</div>\n");
}

/* Facts */

static void begin_fact(struct report_page *page, const char *name)
{
    out_markup(&page->out, "<dt>%s</dt><dd>", name);
}

static void end_fact(struct report_page *page)
{
    out_markup(&page->out, "</dd>\n");
}

static void write_complete(struct report_page *page)
{
    const struct overview_run *run = page->verdict.complete;
    char words[WORDS_SIZE];
    begin_fact(page, "Last complete run");
    if (run) {
        out_markup(&page->out, "<time datetime=\"%.10sT%.5s\">%s</time>", page->known,
                   page->known + 11, words_when(words, page->known, page->now));
        int64_t age = page->facts.now - run->began;
        out_markup(&page->out, "<br>%s before this page",
                   age < 60 ? "just" : words_age(words, age));
    } else
        out_markup(&page->out, "none");
    end_fact(page);
}

static void write_interval(struct report_page *page)
{
    char words[WORDS_SIZE], wall[ZONE_TEXT_SIZE];
    if (!page->verdict.interval)
        return;
    begin_fact(page, "Runs come");
    out_markup(&page->out, "every %s", words_age(words, page->verdict.interval));
    if (page->verdict.stale)
        out_markup(&page->out, ", until %s",
                   words_clock(words, page_wall(page, page->facts.runs[0].began, wall), page->now));
    end_fact(page);
}

static bool walks_now(const struct report_page *page)
{
    return page->verdict.tone == VERDICT_BUSY && page->facts.state.walking;
}

/* Where each run reads a part of the list: since when all of it was read. */
static void write_oldest_part(struct report_page *page)
{
    char words[WORDS_SIZE], wall[ZONE_TEXT_SIZE];
    int64_t every = page->config->full_every.seconds, last = page->facts.state.last_full_walk;
    begin_fact(page, "Whole list read");
    if (walks_now(page))
        out_markup(&page->out, "now");
    else if (!last)
        out_markup(&page->out, "with the next run");
    else
        out_markup(&page->out, "since %s%s",
                   words_when(words, page_wall(page, last, wall), page->now),
                   last + every < page->facts.now ? ", which is overdue" : "");
    end_fact(page);
}

/* When the whole list is compared again. */
static void write_full_walk(struct report_page *page)
{
    char words[WORDS_SIZE], wall[ZONE_TEXT_SIZE];
    int64_t every = page->config->full_every.seconds, last = page->facts.state.last_full_walk;
    begin_fact(page, "Next full walk");
    if (walks_now(page))
        out_markup(&page->out, "now");
    else if (every == PLAN_EVERY_RUN)
        out_markup(&page->out, "with each run");
    else if (every == PLAN_NEVER)
        out_markup(&page->out, "only when asked for");
    else if (!last)
        out_markup(&page->out, "with the next run");
    else {
        words_when(words, page_wall(page, last + every, wall), page->now);
        bool overdue = last + every < page->facts.now;
        out_markup(&page->out, overdue ? "overdue since %s" : "%s at the latest", words);
    }
    end_fact(page);
}

static void write_kept(struct report_page *page)
{
    const struct overview_reject_counts *r = &page->facts.rejects;
    char words[WORDS_SIZE];
    begin_fact(page, "Rejects");
    if (r->waiting)
        out_markup(&page->out, "<a href=\"#rejects\">%" PRId64 " waiting</a>", r->waiting);
    else
        out_markup(&page->out, "none waiting");
    if (r->accepted)
        out_markup(&page->out,
                   r->waiting ? ", %" PRId64 " accepted"
                              : ", <a href=\"#rejects\">%" PRId64 " accepted</a>",
                   r->accepted);
    end_fact(page);
    begin_fact(page, "Edits kept");
    if (page->totals.edited)
        out_markup(&page->out, "<a href=\"#requests\" data-filter=\"edited=1\">%s</a>",
                   words_count(words, page->totals.edited, "ticket"));
    else
        out_markup(&page->out, "none");
    end_fact(page);
}

static void write_conversations(struct report_page *page)
{
    char words[WORDS_SIZE];
    if (page->config->conversations == CONVERSATIONS_NONE)
        return;
    begin_fact(page, "Conversations");
    out_markup(&page->out, page->behind ? "%s behind" : "none behind",
               words_number(words, page->behind));
    end_fact(page);
}

/* Only where there is an outbox to speak of. */
static void write_outbox(struct report_page *page)
{
    char words[WORDS_OUTBOX_SIZE];
    words_outbox(words, page->facts.outbox.states);
    if (!push_is_on(&page->config->push) && !*words)
        return;
    begin_fact(page, "For the site");
    out_markup(&page->out, "%s", *words ? words : "nothing waits");
    end_fact(page);
}

int page_status_section(struct report_page *page)
{
    write_verdict(page);
    if (page->facts.run_count) {
        out_markup(&page->out, "<dl class=\"facts\">\n");
        write_complete(page);
        write_interval(page);
        if (page->config->full_every.at_once || page->config->full_every.seconds <= 0)
            write_full_walk(page);
        else
            write_oldest_part(page);
        write_kept(page);
        write_conversations(page);
        write_outbox(page);
        out_markup(&page->out, "</dl>\n");
    }
    out_markup(&page->out, "</section>\n\n");
    return 0;
}

/* Figures */

/* Of the last seven days, and of the seven before. */
struct weeks {
    int64_t last, before;
};

static struct weeks count_weeks(const int64_t *days)
{
    struct weeks weeks = {0};
    for (int i = 1; i <= 2 * WEEK; i++)
        *(i <= WEEK ? &weeks.last : &weeks.before) += days[PAGE_DAYS_MOST - i];
    return weeks;
}

static void write_weeks(struct report_page *page, const char *name, struct weeks weeks)
{
    char last[WORDS_SIZE], before[WORDS_SIZE];
    out_markup(&page->out,
               "<div><dt>%s, 7 days</dt><dd class=\"value\">%s</dd>"
               "<dd class=\"note\">%s in the 7 days before</dd></div>\n",
               name, words_number(last, weeks.last), words_number(before, weeks.before));
}

/* A number and its unit: what one can take in of so many seconds. */
static void write_median(struct report_page *page, const char *name, struct overview_median median)
{
    static const struct {
        int64_t below, unit;
        const char *name;
    } units[] = {{60, 1, "s"}, {7200, 60, "min"}, {172800, 3600, "h"}, {INT64_MAX, 86400, "days"}};
    char words[WORDS_SIZE];
    size_t u = 0;
    while (median.seconds >= units[u].below)
        u++;
    if (median.of)
        out_markup(&page->out,
                   "<div><dt>%s</dt><dd class=\"value\">%" PRId64 "<small> %s</small></dd>"
                   "<dd class=\"note\">median of %s in %d days</dd></div>\n",
                   name, (median.seconds + units[u].unit / 2) / units[u].unit, units[u].name,
                   words_number(words, median.of), MEDIAN_DAYS);
    else
        out_markup(&page->out,
                   "<div><dt>%s</dt><dd class=\"value\">–</dd>"
                   "<dd class=\"note\">none in %d days</dd></div>\n",
                   name, MEDIAN_DAYS);
}

int page_figures(struct report_page *page)
{
    struct overview_median answer, closing;
    char from[WORDS_SIZE], words[WORDS_SIZE], open[WORDS_SIZE];
    const struct verdict *v = &page->verdict;
    if (!page->totals.tickets)
        return 0;
    words_day_text(from, page->today - MEDIAN_DAYS + 1);
    if (overview_first_answer(&page->of, from, &answer, page->error) < 0 ||
        overview_closing(&page->of, from, &closing, page->error) < 0)
        return -1;
    out_markup(&page->out, "<section class=\"figures\" aria-label=\"Figures\">\n<dl>\n<div><dt>");
    if (v->current || v->tone == VERDICT_BUSY || !v->complete)
        out_markup(&page->out, "Open now");
    else
        out_markup(&page->out, "Open, %s", words_when(words, page->known, page->now));
    out_markup(
        &page->out,
        "</dt><dd class=\"value\">%s</dd><dd class=\"note\">%s not yet answered</dd></div>\n",
        words_number(open, page->totals.open), words_number(words, page->totals.unanswered));
    write_weeks(page, "Created", count_weeks(page->days->created));
    write_weeks(page, "Closed", count_weeks(page->days->closed));
    write_median(page, "To the first answer", answer);
    write_median(page, "To closing", closing);
    out_markup(&page->out, "</dl>\n</section>\n\n");
    return 0;
}
