/* page: the frame around the sections, and what they share. */
#include "page/page_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/url.h"
#include "page/assets.h"

enum { FIGURES_DAYS = 14 }; /* the figures look back so far */
enum { RUNS_MAX = 200, HOST_MAX = 256, STALE_AFTER_LEAST_S = 1800, STALE_AFTER_UNKNOWN_S = 86400 };

/* The frame */

/* The host of the site's address, else its key. */
static const char *site_name(const struct report_page *page, char name[HOST_MAX])
{
    const struct overview_state *state = &page->facts.state;
    const char *address = state->home      ? state->home
                          : state->address ? state->address
                                           : page->config->site.url;
    if (!address)
        return *page->config->site_key ? page->config->site_key : "Support requests";
    url_host(name, HOST_MAX, address);
    return name;
}

/* A square in the state's colour with its sign: percent-encoded SVG. */
static void write_icon(struct report_page *page)
{
    static const struct {
        const char *colour, *sign;
    } icons[] = {
        [VERDICT_NONE] = {"555a65", "M4 8h8"},
        [VERDICT_WELL] = {"0b6b52", "M3 8.5 6.5 12 13 4.5"},
        [VERDICT_HEED] = {"875000", "M8 3.5v6M8 11.5v1.5"},
        [VERDICT_FAIL] = {"b3241a", "M4 4l8 8M12 4l-8 8"},
        [VERDICT_BUSY] = {"1a5fb4", "M4 5h8M4 8h8M4 11h5"},
    };
    out_markup(
        &page->out,
        "<link rel=\"icon\" href=\"data:image/svg+xml,"
        "%%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%%3E"
        "%%3Crect width='16' height='16' rx='3' fill='%%23%s'/%%3E"
        "%%3Cpath d='%s' fill='none' stroke='%%23fff' stroke-width='2'/%%3E%%3C/svg%%3E\">\n",
        icons[page->verdict.tone].colour, icons[page->verdict.tone].sign);
}

void page_policy(struct buf *out, enum page_mode mode)
{
    buf_printf(out, "default-src 'none'; style-src '%s'; script-src '%s'", ASSET_STYLE.hash,
               ASSET_SCRIPT.hash);
    if (mode == PAGE_SERVED)
        buf_printf(out, " '%s'", ASSET_SYNC.hash);
    buf_printf(out, "; img-src data:; connect-src %s; base-uri 'none'; form-action 'none'",
               mode == PAGE_SERVED ? "'self'" : "'none'");
}

/* Its hash is in the policy. */
static void write_script(struct report_page *page, const struct asset *script)
{
    out_markup(&page->out, "<script>");
    out_bytes(&page->out, script->text, script->size);
    out_markup(&page->out, "</script>\n");
}

static void write_head(struct report_page *page, const char *site)
{
    struct out *out = &page->out;
    int64_t stale = page->verdict.interval * 3;
    if (!stale)
        stale = STALE_AFTER_UNKNOWN_S;
    out_markup(out,
               "<!DOCTYPE html>\n<html lang=\"en\" data-written=\"%" PRId64
               "\" data-stale-after=\"%" PRId64 "\">\n<head>\n<meta charset=\"utf-8\">\n",
               page->facts.now, stale < STALE_AFTER_LEAST_S ? STALE_AFTER_LEAST_S : stale);
    out_markup(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"");
    page_policy(&out->buf, page->options->mode);
    out_markup(out, "\">\n");
    out_markup(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                    "<meta name=\"color-scheme\" content=\"light dark\">\n"
                    "<meta name=\"referrer\" content=\"no-referrer\">\n"
                    "<meta name=\"robots\" content=\"noindex, nofollow\">\n<title>");
    size_t n = strlen(page->verdict.sentence);
    bool stop = n > 0 && page->verdict.sentence[n - 1] == '.';
    out_markup(out, "%.*s", (int)(stop ? n - 1 : n), page->verdict.sentence);
    out_markup(out, " · ");
    out_text(out, site);
    out_markup(out, "</title>\n");
    write_icon(page);
    out_markup(out, "<style>");
    out_bytes(out, ASSET_STYLE.text, ASSET_STYLE.size);
    out_markup(out, "</style>\n</head>\n<body>\n");
    out_bytes(out, ASSET_SPRITE.text, ASSET_SPRITE.size);
}

static void write_header(struct report_page *page, const char *site)
{
    struct out *out = &page->out;
    char words[WORDS_SIZE], first[WORDS_SIZE], last[WORDS_SIZE], day[WORDS_SIZE];
    out_markup(out, "<a class=\"skip\" href=\"#requests\">Skip to the requests</a>\n"
                    "<header class=\"page-head\">\n<div>\n<h1>");
    out_text(out, site);
    out_markup(out, "</h1>\n<p class=\"note\">Support requests");
    if (page->totals.tickets)
        out_markup(
            out, ", %s to %s",
            words_day(first, words_day_text(day, page->today - page->options->days + 1), page->now),
            words_day(last, page->now, "----"));
    out_markup(out, ". Written <time datetime=\"%.10sT%.8s\">%s</time>.</p>\n</div>\n", page->now,
               page->now + 11, words_when(words, page->now, "----"));
    out_markup(out, "<nav aria-label=\"On this page\"><ul><li><a href=\"#runs\">Runs</a></li>"
                    "<li><a href=\"#tickets\">Tickets</a></li><li><a href=\"#requests\">Requests"
                    "</a></li><li><a href=\"#rejects\">Rejects</a></li></ul></nav>\n</header>\n\n");
}

static void write_foot(struct report_page *page)
{
    struct out *out = &page->out;
    char host[HOST_MAX] = "", words[WORDS_SIZE], day[WORDS_SIZE];
    gethostname(host, sizeof host - 1);
    out_markup(out, "</main>\n\n<footer class=\"page-foot\">\n<p>fluent-sync %s on ",
               page->options->version);
    out_text(out, *host ? host : "an unnamed host");
    out_markup(out, ", %s%s (%s; all times are of that zone).",
               words_when(words, page->now, "----"), page->now + 16, zone_name(page->zone));
    if (page->totals.tickets) {
        out_markup(out, " %s stored", words_count(words, page->totals.tickets, "ticket"));
        if (page->totals.oldest)
            out_markup(out, " since %s", words_day(day, page->totals.oldest, "----"));
        out_markup(out, ".");
    }
    out_markup(out,
               " The page loads nothing from anywhere: what it shows is inside.%s</p>\n"
               "</footer>\n",
               page->totals.tickets ? " Customers’ names and texts are among it, so pass it on as "
                                      "you would pass on their mail."
                                    : "");
    write_script(page, &ASSET_SCRIPT);
    if (page->options->mode == PAGE_SERVED)
        write_script(page, &ASSET_SYNC);
    out_markup(out, "</body>\n</html>\n");
}

/* Reading what several sections need */

static int open_zone(struct report_page *page)
{
    const char *name = page->config->timezone;
    if (strcmp(name, "site") == 0)
        name = page->facts.state.zone ? page->facts.state.zone : "UTC";
    return zone_open(&page->zone, name, page->error);
}

static void shorten(struct report_page *page, const char **message)
{
    char *copy = *message ? arena_copy(page->of.arena, *message, strlen(*message)) : NULL;
    if (copy)
        *message = words_without_queries(copy);
}

static int judge(struct report_page *page)
{
    struct overview_run *runs = NULL;
    struct verdict_facts *facts = &page->facts;
    if (overview_state(&page->of, page->config->lease_s, &facts->state, page->error) < 0 ||
        overview_runs(&page->of, RUNS_MAX, &runs, &facts->run_count, page->error) < 0 ||
        overview_reject_counts(&page->of, &facts->rejects, page->error) < 0 ||
        overview_outbox(&page->of, &facts->outbox, page->error) < 0 ||
        (page->config->conversations != CONVERSATIONS_NONE &&
         overview_conversations(&page->of, &page->behind, page->error) < 0) ||
        open_zone(page) < 0)
        return -1;
    for (size_t i = 0; i < facts->run_count; i++)
        shorten(page, &runs[i].message);
    facts->runs = runs;
    facts->now = clock_wall_ms() / 1000;
    facts->zone = page->zone;
    verdict_judge(&page->verdict, facts);
    page_wall(page, facts->now, page->now);
    if (page->verdict.complete)
        page_wall(page, page->verdict.complete->began, page->known);
    return words_day_number(page->now, &page->today) ? 0 : -1;
}

static int read_days(struct report_page *page, enum overview_event event, int64_t *counts)
{
    struct overview_day *days;
    size_t count;
    int64_t day;
    char from[WORDS_SIZE];
    int64_t needed = page->options->days > FIGURES_DAYS ? page->options->days : FIGURES_DAYS;
    words_day_text(from, page->today - needed + 1);
    if (overview_days(&page->of, event, from, &days, &count, page->error) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (words_day_number(days[i].day, &day) && day <= page->today)
            counts[day - page->days->first] += days[i].count;
    return 0;
}

static int read_totals(struct report_page *page)
{
    page->days = arena_alloc(page->of.arena, sizeof *page->days);
    if (!page->days)
        return error_no_memory(page->error);
    page->days->first = page->today - PAGE_DAYS_MOST + 1;
    if (read_days(page, OVERVIEW_CREATED, page->days->created) < 0 ||
        read_days(page, OVERVIEW_CLOSED, page->days->closed) < 0)
        return -1;
    char from[WORDS_SIZE];
    int64_t first = page->today - page->options->days + 1;
    if (overview_totals(&page->of, words_day_text(from, first), &page->totals, page->error) < 0)
        return -1;
    return overview_mailboxes(&page->of, &page->mailboxes, &page->mailbox_count, page->error);
}

static int write_sections(struct report_page *page)
{
    static int (*const sections[])(struct report_page *) = {
        page_status_section, page_figures,  page_runs,    page_time,
        page_breakdown,      page_requests, page_rejects,
    };
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        if (sections[i](page) < 0)
            return -1;
    return 0;
}

static int write_page(struct report_page *page)
{
    char name[HOST_MAX];
    if (judge(page) < 0 || read_totals(page) < 0)
        return -1;
    const char *site = site_name(page, name);
    write_head(page, site);
    write_header(page, site);
    out_markup(&page->out,
               "<main>\n<p class=\"age\" id=\"age\" hidden><svg class=\"icon\" "
               "aria-hidden=\"true\"><use href=\"#heed\"/></svg><span><b></b> What follows was "
               "so then.</span></p>\n");
    if (write_sections(page) < 0)
        return -1;
    write_foot(page);
    return 0;
}

int page_write(struct db *db, const struct config *config, const struct page_options *options,
               page_sink *sink, void *context, struct error *error)
{
    struct arena arena = ARENA_INIT;
    struct report_page page = {
        .of = {db, config->site_key, &arena}, .config = config, .options = options, .error = error};
    out_init(&page.out, sink, context, error);
    /* All of it as of one moment, whatever a run commits meanwhile. */
    int done = db_begin(db, error);
    if (done == 0) {
        done = write_page(&page);
        db_rollback(db);
    }
    if (out_finish(&page.out) < 0)
        done = -1;
    zone_close(page.zone);
    arena_release(&arena);
    return done;
}

int page_summarize(struct page_summary *summary, struct db *db, const struct config *config,
                   struct error *error)
{
    *summary = (struct page_summary){.arena = ARENA_INIT};
    struct report_page page = {
        .of = {db, config->site_key, &summary->arena}, .config = config, .error = error};
    int done = judge(&page);
    summary->verdict = page.verdict;
    summary->facts = page.facts;
    summary->zone = page.zone;
    memcpy(summary->now, page.now, sizeof summary->now);
    return done;
}

void page_summary_release(struct page_summary *summary)
{
    zone_close(summary->zone);
    arena_release(&summary->arena);
    summary->zone = NULL;
}
