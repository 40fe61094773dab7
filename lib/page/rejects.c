/* rejects: the tickets that could not be stored, and why. */
#include <inttypes.h>

#include "page/page_private.h"

enum { REJECTS_MAX = 200 };

static void write_reject(struct report_page *page, const struct overview_reject *r)
{
    struct out *out = &page->out;
    char wall[ZONE_TEXT_SIZE], words[WORDS_SIZE];
    out_markup(out, "<tr><th scope=\"row\" class=\"num\" data-label=\"Ticket\">");
    out_text(out, r->fluent_id);
    out_markup(out, "</th><td data-label=\"Why\">");
    out_text_cut(out, r->reason, 2000, NULL);
    page_wall(page, r->first_seen, wall);
    out_markup(out,
               "</td><td data-label=\"First seen\"><time datetime=\"%.10sT%.5s\">%s</time></td>"
               "<td class=\"num\" data-label=\"Tried\">%s</td><td data-label=\"State\">%s</td>"
               "<td data-label=\"Tried again\">",
               wall, *wall ? wall + 11 : "", words_when(words, wall, page->now),
               words_count((char[WORDS_SIZE]){0}, r->attempts, "time"),
               r->accepted ? "accepted" : "<span class=\"waiting\">waiting</span>");
    if (r->accepted || !r->next_attempt)
        out_markup(out, "when the ticket changes");
    else
        out_markup(out, "%s", words_when(words, page_wall(page, r->next_attempt, wall), page->now));
    out_markup(out, "</td></tr>\n");
}

static void write_note(struct report_page *page)
{
    const struct overview_reject_counts *counts = &page->facts.rejects;
    out_prose(&page->out,
              counts->waiting
                  ? "A waiting ticket makes every run partial until it is stored, gone from the "
                    "site, or accepted: `fluent-sync rejects --accept ID`."
                  : "Accepted means that somebody knows: they do not make runs partial until the "
                    "ticket changes. `fluent-sync rejects` shows the same.");
    if (counts->waiting + counts->accepted > REJECTS_MAX)
        out_markup(&page->out,
                   " Shown are %d of %" PRId64 "; <code>fluent-sync rejects</code> has them all.",
                   REJECTS_MAX, counts->waiting + counts->accepted);
}

int page_rejects(struct report_page *page)
{
    struct overview_reject *rejects;
    size_t count;
    if (overview_rejects(&page->of, REJECTS_MAX, &rejects, &count, page->error) < 0)
        return -1;
    if (!count) {
        page_empty(page, "rejects", "Rejects", "No rejects.",
                   "A ticket that cannot be stored would be listed here with the reason. It never "
                   "stops the others.");
        return 0;
    }
    out_markup(&page->out,
               "<section class=\"part\" id=\"rejects\" aria-labelledby=\"rejects-head\">\n"
               "<div class=\"part-head\"><h2 id=\"rejects-head\">Rejects</h2></div>\n"
               "<table class=\"rejects\" aria-labelledby=\"rejects-head\">\n<thead><tr>"
               "<th scope=\"col\" class=\"num\">Ticket</th>"
               "<th scope=\"col\">Why it cannot be stored</th><th scope=\"col\">First seen</th>"
               "<th scope=\"col\" class=\"num\">Tried</th><th scope=\"col\">State</th>"
               "<th scope=\"col\">Tried again</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < count; i++)
        write_reject(page, &rejects[i]);
    out_markup(&page->out, "</tbody>\n</table>\n<p class=\"note\">");
    write_note(page);
    out_markup(&page->out, "</p>\n</section>\n");
    return 0;
}
