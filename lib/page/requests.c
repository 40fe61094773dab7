/* requests: the list of requests from all sources. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/url.h"
#include "page/page_private.h"

/* What the texts of the list may take together, in bytes; each of them gets at least the least. */
enum {
    TEXTS_MAX = 1100 * 1000,
    TEXT_MOST = 4000,
    TEXT_LEAST = 160,
    TITLE_MOST = 1200,
    VALUE_MOST = 400,
    FIRST_LINE_MOST = 120
};

static const char *const SOURCES[][2] = {{"fluent", "Via FluentSupport"},
                                         {"sms", "By SMS"},
                                         {"email", "By email"},
                                         {"phone", "By phone"},
                                         {"ticket", "By ticket"}};

static bool is_known_source(const char *source, const char **title)
{
    for (size_t i = 0; source && i < sizeof SOURCES / sizeof *SOURCES; i++)
        if (strcmp(source, SOURCES[i][0]) == 0) {
            *title = SOURCES[i][1];
            return true;
        }
    *title = "By other means";
    return false;
}

static const struct overview_edit *edit_of(const struct overview_request *r, const char *column)
{
    for (size_t i = 0; i < r->edit_count; i++)
        if (strcmp(r->edits[i].column, column) == 0)
            return &r->edits[i];
    return NULL;
}

/* The host of a request's website, shown as its customer when it has none. */
static void write_host(struct out *out, const char *website)
{
    char host[256];
    url_host(host, sizeof host, website);
    host[strcspn(host, " ")] = '\0';
    out_text(out, host);
}

/* The description without the title that it begins with. */
static const char *text_of(const struct overview_request *r)
{
    const char *text = r->text ? r->text : "";
    size_t n = r->title ? strlen(r->title) : 0;
    if (n && strncmp(text, r->title, n) == 0 && (text[n] == '\n' || !text[n]))
        text += n;
    return text + strspn(text, "\n");
}

/* A request of another source has no title: its first line is it. */
struct texts {
    char title[FIRST_LINE_MOST * 4 + 8];
    const char *whole; /* the title of a ticket; else `title` */
    const char *text;
};

static void find_texts(const struct overview_request *r, struct texts *texts)
{
    const char *text = r->text ? r->text : "";
    if (r->ticket) {
        *texts = (struct texts){.whole = r->title && *r->title ? r->title : "(no subject)",
                                .text = text_of(r)};
        return;
    }
    size_t line = strcspn(text, "\n"), n = line;
    if (n > FIRST_LINE_MOST) {
        n = FIRST_LINE_MOST;
        while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80)
            n--;
    }
    snprintf(texts->title, sizeof texts->title, "%.*s%s", (int)n, text, n < line ? "…" : "");
    texts->whole = *texts->title ? texts->title : "(empty)";
    texts->text = n < line ? text : text + line + strspn(text + line, "\n");
}

/* Cells */

static void write_source(struct report_page *page, const struct overview_request *r)
{
    const char *title, *icon = r->source;
    if (!is_known_source(r->source, &title))
        icon = "ticket";
    out_markup(&page->out,
               "<td><svg class=\"source %s\" role=\"img\"><title>%s</title><use href=\"#%s\"/>"
               "</svg></td>",
               icon, title, icon);
}

static void write_date(struct report_page *page, const struct overview_request *r)
{
    char wall[WORDS_SIZE], words[WORDS_SIZE];
    snprintf(wall, sizeof wall, "%.10s %.5s", r->date ? r->date : "", r->time ? r->time : "00:00");
    if (!r->date)
        out_markup(&page->out, "<td><time datetime=\"\"></time></td>");
    else
        out_markup(&page->out, "<td><time datetime=\"%.10sT%.5s\">%s</time></td>", wall, wall + 11,
                   r->time ? words_short(words, wall, page->now)
                           : words_day(words, wall, page->now));
}

static void write_site_value(struct report_page *page, const struct overview_edit *edit,
                             const char *(*word)(const char *))
{
    if (!edit->site || !*edit->site)
        out_markup(&page->out, "nothing");
    else
        out_text_cut(&page->out, word ? word(edit->site) : edit->site, VALUE_MOST, NULL);
}

/* What becomes of an edit that is sent to the site; NULL: it is not, or nothing more is known. */
static const char *outbox_words(const struct overview_edit *edit)
{
    static const char *const words[OUTBOX_STATES] = {
        [OUTBOX_PENDING] = "waits to be sent",
        [OUTBOX_SENDING] = "being sent",
        [OUTBOX_FAILED] = "could not be sent",
        [OUTBOX_HELD] = "held: the site changed it too",
    };
    return edit->sent && edit->sent->state < OUTBOX_STATES ? words[edit->sent->state] : NULL;
}

/* A value that a person may have edited. */
static void write_value(struct report_page *page, const struct overview_request *r,
                        const char *column, const char *value, const char *(*word)(const char *))
{
    struct out *out = &page->out;
    const struct overview_edit *edit = edit_of(r, column);
    const char *shown = word ? word(value) : value;
    bool urgency = strcmp(column, "urgency") == 0 && value;
    const char *rank = urgency && strcmp(value, "HIGH") == 0  ? "high"
                       : urgency && strcmp(value, "LOW") == 0 ? "low"
                                                              : "";
    if (edit || *rank)
        out_markup(out, "<td class=\"%s%s%s\">", edit ? "edited" : "", edit && *rank ? " " : "",
                   rank);
    else
        out_markup(out, "<td>");
    out_text(out, shown);
    if (edit) {
        const char *sent = outbox_words(edit);
        out_markup(out, " <svg class=\"icon\" role=\"img\"><title>Edited here</title>"
                        "<use href=\"#pencil\"/></svg><small>site: ");
        write_site_value(page, edit, word);
        out_markup(out, "%s%s</small>", sent ? ", " : "", sent ? sent : "");
    }
    out_markup(out, "</td>");
}

/* Why the ticket does not count any more, and since when; NULL: it counts. */
static const char *gone(const struct overview_request *r, int64_t *since)
{
    const struct {
        int64_t since;
        const char *words;
    } ways[] = {{r->deleted_at, "deleted on the site"},
                {r->invisible_since, "no longer visible since"},
                {r->left_scope_at, "left the scope"}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        *since = ways[i].since;
        if (*since)
            return ways[i].words;
    }
    return NULL;
}

static void write_status(struct report_page *page, const struct overview_request *r)
{
    struct out *out = &page->out;
    char wall[ZONE_TEXT_SIZE], words[WORDS_SIZE];
    int64_t since;
    const char *why = gone(r, &since);
    out_markup(out, "<td>");
    if (r->ticket)
        out_text(out, page_status(r->status));
    if (why) {
        page_wall(page, since, wall);
        out_markup(out, "<small>%s %s</small>", why, words_day(words, wall, page->now));
    }
    out_markup(out, "</td></tr>\n");
}

/* The line below the title of an open row */

static void write_edits(struct report_page *page, const struct overview_request *r)
{
    struct out *out = &page->out;
    for (size_t i = 0; i < r->edit_count; i++) {
        const struct overview_edit *edit = &r->edits[i];
        bool urgency = strcmp(edit->column, "urgency") == 0;
        out_markup(out, " · ");
        out_text(out, edit->column);
        out_markup(out, " edited here");
        if (!edit->site || *edit->site) {
            out_markup(out, ", the site says ");
            write_site_value(page, edit, urgency ? page_urgency : NULL);
        }
        if (outbox_words(edit))
            out_markup(out, ", %s", outbox_words(edit));
        if (edit->sent && edit->sent->error) {
            out_markup(out, ": ");
            out_text(out, edit->sent->error);
        }
    }
}

static void write_progress(struct report_page *page, const struct overview_request *r)
{
    struct out *out = &page->out;
    char words[WORDS_SIZE];
    if (r->first_answer >= 0)
        out_markup(out, " · first answer after %s", words_age(words, r->first_answer));
    else if (r->status && strcmp(r->status, "new") == 0)
        out_markup(out, " · not answered yet");
    if (r->responses > 0)
        out_markup(out, " · %" PRId64 " %s", r->responses, r->responses == 1 ? "reply" : "replies");
    if (r->closed_at)
        out_markup(out, " · closed %s", words_short(words, r->closed_at, page->now));
}

static void write_about(struct report_page *page, const struct overview_request *r)
{
    struct out *out = &page->out;
    const char *title, *mailbox;
    char words[WORDS_SIZE];
    bool known = is_known_source(r->source, &title);
    out_markup(out, "<p>%s", title);
    if (!known && r->source) {
        out_markup(out, ": ");
        out_text(out, r->source);
    }
    if (r->ticket) {
        out_markup(out, ", ticket ");
        out_text(out, r->ticket);
        mailbox = page_mailbox(page, r->mailbox, words);
        if (mailbox) {
            out_markup(out, " · %s", mailbox == words ? "" : "mailbox ");
            out_text(out, mailbox);
        }
        out_markup(out, " · ");
        out_text(out, r->agent && *r->agent ? r->agent : "nobody assigned");
        if (r->website && *r->website) {
            out_markup(out, " · ");
            write_host(out, r->website);
        }
        write_progress(page, r);
    } else
        out_markup(out, " · entered in the dashboard");
    write_edits(page, r);
    out_markup(out, "</p>");
}

/* The list's texts share a budget: what is left of it, for how many rows. */
struct budget {
    size_t bytes, rows;
};

static void write_text(struct report_page *page, const struct overview_request *r, const char *text,
                       struct budget *budget)
{
    struct out *out = &page->out;
    size_t fair = budget->rows ? 4 * (budget->bytes / budget->rows) : 0;
    size_t most = fair > TEXT_MOST ? TEXT_MOST : fair < TEXT_LEAST ? TEXT_LEAST : fair;
    budget->rows -= budget->rows > 0;
    if (!*text || page->options->no_text)
        return;
    out_markup(out, "<div>");
    bool cut;
    size_t written = out->written;
    out_text_cut(out, text, most, &cut);
    written = out->written - written;
    budget->bytes -= written < budget->bytes ? written : budget->bytes;
    out_markup(out, "</div>");
    if (cut && r->ticket) {
        out_markup(out, "<p>The whole text: <code>fluent-sync show ");
        out_text(out, r->ticket);
        out_markup(out, "</code></p>");
    }
}

static void write_row(struct report_page *page, const struct overview_request *r,
                      struct budget *budget)
{
    struct out *out = &page->out;
    struct texts texts;
    char words[WORDS_SIZE];
    const char *mailbox = page_mailbox(page, r->mailbox, words);
    find_texts(r, &texts);
    const char *status = page_status(r->status);
    bool dotted = r->ticket && r->status && status != r->status; /* one of the three */
    int64_t since;
    bool is_gone = gone(r, &since) != NULL;
    out_markup(out, "<tr");
    if (dotted || is_gone)
        out_markup(out, " class=\"%s%s%s\"", dotted ? r->status : "", dotted && is_gone ? " " : "",
                   is_gone ? "gone" : "");
    if (mailbox) {
        out_markup(out, " data-mailbox=\"");
        out_text(out, mailbox);
        out_markup(out, "\"");
    }
    out_markup(out, ">");
    write_source(page, r);
    write_date(page, r);
    out_markup(out, "<td>");
    if (r->ticket)
        out_text(out, r->customer);
    else if (r->website)
        write_host(out, r->website);
    out_markup(out, "</td><td><details><summary>");
    out_text_cut(out, texts.whole, TITLE_MOST, NULL);
    out_markup(out, "</summary>");
    write_about(page, r);
    write_text(page, r, texts.text, budget);
    out_markup(out, "</details></td>");
    write_value(page, r, "category", r->category, NULL);
    write_value(page, r, "urgency", r->urgency, page_urgency);
    write_status(page, r);
}

/* The frame */

static void write_head(struct report_page *page, size_t count, bool more)
{
    struct out *out = &page->out;
    char shown[WORDS_SIZE];
    out_markup(out, "<section class=\"part\" id=\"requests\" aria-labelledby=\"requests-head\">\n"
                    "<div class=\"part-head\"><h2 id=\"requests-head\">Requests from all sources"
                    "</h2>\n<p class=\"note\">");
    words_number(shown, (int64_t)count);
    out_markup(out, more ? "The newest %s." : "All %s.", shown);
    out_markup(out, " A row opens to its whole text.</p></div>\n");
    out_markup(out, "<form id=\"filters\" hidden>\n<div class=\"filters\" id=\"choices\">\n"
                    "<label class=\"search\">Search "
                    "<input type=\"search\" name=\"search\" autocomplete=\"off\"></label>\n"
                    "<button type=\"button\" id=\"choose\" aria-expanded=\"false\" "
                    "aria-controls=\"choices\">Filters</button>\n");
    static const char *const filters[][2] = {{"source", "Source"},
                                             {"category", "Category"},
                                             {"urgency", "Urgency"},
                                             {"status", "Status"},
                                             {"mailbox", "Mailbox"}};
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        out_markup(out,
                   "<label>%s <select name=\"%s\"><option value=\"\">All</option></select>"
                   "</label>\n",
                   filters[i][1], filters[i][0]);
    out_markup(out, "</div>\n<div class=\"filter-line\">\n<output id=\"count\"></output>\n"
                    "<label><input type=\"checkbox\" name=\"edited\" value=\"1\"> "
                    "<span>only what was edited here</span></label>\n"
                    "<button type=\"button\" id=\"clear\" hidden>Clear filters</button>\n"
                    "</div>\n</form>\n");
}

static void write_titles(struct report_page *page)
{
    static const char *const titles[] = {"Date",     "Customer", "Title",
                                         "Category", "Urgency",  "Status"};
    static const char *const keys[] = {"date",     "customer", "title",
                                       "category", "urgency",  "status"};
    out_markup(&page->out, "<table class=\"requests\" aria-labelledby=\"requests-head\">\n"
                           "<thead><tr><th scope=\"col\" class=\"c-source\"><span class=\"unseen\">"
                           "Source</span></th>");
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        out_markup(&page->out, "<th scope=\"col\" class=\"c-%s\" data-key=\"%s\"%s>%s</th>",
                   keys[i], keys[i], i ? "" : " aria-sort=\"descending\"", titles[i]);
    out_markup(&page->out, "</tr></thead>\n<tbody>\n");
}

/* Chunk by chunk: what they need is freed in between. */
static int write_chunk(struct report_page *page, const struct overview_page *chunk,
                       struct budget *budget)
{
    struct arena arena = ARENA_INIT;
    struct overview of = page->of;
    struct overview_request *requests;
    size_t n;
    of.arena = &arena;
    int done = overview_requests(&of, chunk, &requests, &n, page->error);
    for (size_t i = 0; done == 0 && i < n; i++)
        write_row(page, &requests[i], budget);
    arena_release(&arena);
    return done;
}

static int write_rows(struct report_page *page, const int64_t *ids, size_t count)
{
    struct budget budget = {TEXTS_MAX, count};
    struct overview_page chunk = {.text_chars = TEXT_MOST + TITLE_MOST};
    if (overview_edits(&page->of, &page->config->mapping.fields, &chunk, page->error) < 0)
        return -1;
    for (size_t at = 0; at < count; at += OVERVIEW_CHUNK) {
        chunk.ids = ids + at;
        chunk.count = count - at < OVERVIEW_CHUNK ? count - at : OVERVIEW_CHUNK;
        if (write_chunk(page, &chunk, &budget) < 0)
            return -1;
    }
    return 0;
}

int page_requests(struct report_page *page)
{
    int64_t *ids, limit = page->options->limit;
    size_t count;
    /* One more than is shown tells whether there are more. */
    if (overview_request_ids(&page->of, limit < INT64_MAX ? limit + 1 : limit, &ids, &count,
                             page->error) < 0)
        return -1;
    if (!count) {
        page_empty(page, "requests", "Requests from all sources", "No requests yet.",
                   "Tickets from FluentSupport, and what comes by SMS, email, phone and the "
                   "dashboard itself, will be listed here together.");
        return 0;
    }
    bool more = (int64_t)count > limit;
    count -= more;
    write_head(page, count, more);
    write_titles(page);
    if (write_rows(page, ids, count) < 0)
        return -1;
    out_markup(&page->out, "</tbody>\n</table>\n<div class=\"pager\" id=\"pager\" hidden>"
                           "<button type=\"button\" id=\"more\">Show 50 more</button>"
                           "<button type=\"button\" id=\"all\">Show all</button></div>\n"
                           "</section>\n\n");
    return 0;
}
