/* breakdown: tickets by status, urgency, category, mailbox and agent. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "page/page_private.h"

enum { NAMES_MAX = 400 }; /* of one table; what is beyond counts as others */

/* A table of names, with how many tickets each has. */
struct names {
    const char *title;
    const char *filter; /* the list's filter of that name; NULL: it has none */
    size_t shown;       /* so many names; the rest are summed up */
    bool by_status;     /* the names are the statuses: open or closed as a whole */
    const char *nobody; /* what a ticket without is called */
    const char *(*name)(const struct report_page *page, const struct overview_group *group,
                        char words[WORDS_SIZE]);
    int (*rank)(const char *name); /* NULL: by number */
};

struct name {
    const char *text;
    int64_t open, all;
    int rank;
    bool linked; /* the list can be filtered by it */
};

static bool is_open(const struct overview_group *group)
{
    return !group->status || strcmp(group->status, "closed") != 0;
}

/* What the tables are of */

static const char *status_name(const struct report_page *page, const struct overview_group *group,
                               char words[WORDS_SIZE])
{
    (void)page, (void)words;
    return page_status(group->status);
}

static const char *urgency_name(const struct report_page *page, const struct overview_group *group,
                                char words[WORDS_SIZE])
{
    (void)page, (void)words;
    return page_urgency(group->urgency);
}

static const char *category_name(const struct report_page *page, const struct overview_group *group,
                                 char words[WORDS_SIZE])
{
    (void)page, (void)words;
    return group->category;
}

static const char *agent_name(const struct report_page *page, const struct overview_group *group,
                              char words[WORDS_SIZE])
{
    (void)page, (void)words;
    return group->agent;
}

static const char *mailbox_name(const struct report_page *page, const struct overview_group *group,
                                char words[WORDS_SIZE])
{
    return page_mailbox(page, group->mailbox, words);
}

static int rank_in(const char *const *order, size_t count, const char *name)
{
    size_t i = 0;
    while (i < count && strcmp(order[i], name) != 0)
        i++;
    return (int)i;
}

static int status_rank(const char *name)
{
    static const char *const order[] = {"New", "Active", "Closed"};
    return rank_in(order, sizeof order / sizeof *order, name);
}

static int urgency_rank(const char *name)
{
    static const char *const order[] = {"High", "Medium", "Low", "Promotion"};
    return rank_in(order, sizeof order / sizeof *order, name);
}

/* Counting */

static struct name *find(struct name *names, size_t *count, const char *text)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(names[i].text, text) == 0)
            return &names[i];
    if (*count == NAMES_MAX)
        return NULL;
    names[*count] = (struct name){.text = text};
    return &names[(*count)++];
}

static int compare(const void *a, const void *b)
{
    const struct name *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    if (x->all != y->all)
        return x->all > y->all ? -1 : 1;
    return strcmp(x->text, y->text);
}

static size_t count_names(const struct report_page *page, const struct names *of,
                          const struct overview_group *groups, size_t group_count,
                          struct name names[NAMES_MAX])
{
    size_t count = 0;
    char words[WORDS_SIZE];
    for (size_t i = 0; i < group_count; i++) {
        const char *text = of->name(page, &groups[i], words);
        if (!text || !*text)
            text = of->nobody;
        if (text == words)
            text = arena_copy(page->of.arena, words, strlen(words));
        struct name *name = text ? find(names, &count, text) : NULL;
        if (!name)
            continue;
        name->all += groups[i].count;
        name->open += is_open(&groups[i]) ? groups[i].count : 0;
        bool nobody = strcmp(text, of->nobody) == 0;
        name->rank = nobody ? 99 : of->rank ? of->rank(text) : 0;
        name->linked = of->filter && !nobody;
    }
    qsort(names, count, sizeof *names, compare);
    return count;
}

/* Writing */

static void write_bar(struct report_page *page, const struct name *name, int64_t most)
{
    double open = (double)name->open * 100 / (double)most;
    double done = (double)(name->all - name->open) * 100 / (double)most;
    out_markup(&page->out,
               "<td class=\"bar\"><svg width=\"100%%\" height=\"10\" aria-hidden=\"true\">");
    if (name->open)
        out_markup(&page->out, "<rect class=\"open\" width=\"%.2f%%\" height=\"10\"/>", open);
    if (name->all > name->open)
        out_markup(&page->out, "<rect class=\"done\" x=\"%.2f%%\" width=\"%.2f%%\" height=\"10\"/>",
                   open, done);
    out_markup(&page->out, "</svg></td>");
}

static void write_name(struct report_page *page, const struct names *of, const struct name *name,
                       int64_t most)
{
    struct out *out = &page->out;
    char words[WORDS_SIZE];
    out_markup(out, "<tr><th scope=\"row\">");
    if (name->linked) {
        out_markup(out, "<a href=\"#requests\" data-filter=\"source=fluent&amp;%s=", of->filter);
        out_query(out, name->text);
        out_markup(out, "\">");
    }
    out_text(out, name->text);
    out_markup(out, "%s</th>", name->linked ? "</a>" : "");
    write_bar(page, name, most);
    out_markup(out, "<td class=\"num\">%s</td>",
               of->by_status ? "" : words_number(words, name->open));
    out_markup(out, "<td class=\"num\">%s</td></tr>\n", words_number(words, name->all));
}

static void write_names(struct report_page *page, const struct names *of, struct name *names,
                        size_t count)
{
    int64_t most = 1;
    if (count > of->shown) {
        struct name others = {0};
        for (size_t i = of->shown - 1; i < count; i++) {
            others.open += names[i].open;
            others.all += names[i].all;
        }
        others.text = arena_printf(page->of.arena, "%zu others", count - of->shown + 1);
        names[of->shown - 1] = others;
        count = of->shown;
    }
    for (size_t i = 0; i < count; i++)
        most = names[i].all > most ? names[i].all : most;
    out_markup(&page->out,
               "<table class=\"breakdown\"><thead><tr><th scope=\"col\">%s</th><td></td>"
               "%s<th scope=\"col\" class=\"num\">all</th></tr></thead><tbody>\n",
               of->title,
               of->by_status ? "<td></td>" : "<th scope=\"col\" class=\"num\">open</th>");
    for (size_t i = 0; i < count; i++)
        write_name(page, of, &names[i], most);
    out_markup(&page->out, "</tbody></table>\n");
}

static const struct names TABLES[] = {
    {"Status", "status", 8, true, "None", status_name, status_rank},
    {"Urgency", "urgency", 6, false, "None", urgency_name, urgency_rank},
    {"Category", "category", 9, false, "None", category_name, NULL},
    {"Agent", NULL, 6, false, "Nobody yet", agent_name, NULL},
    {"Mailbox", "mailbox", 6, false, "None", mailbox_name, NULL},
};
/* Three columns: status and urgency, category, agent and mailbox. */
static const size_t COLUMNS[][2] = {{0, 2}, {2, 3}, {3, 5}};

static void write_head(struct report_page *page, int64_t tickets)
{
    char words[WORDS_SIZE];
    out_markup(&page->out,
               "<section class=\"part\" id=\"breakdown\" aria-labelledby=\"breakdown-head\">\n"
               "<div class=\"part-head\"><h2 id=\"breakdown-head\">Where the work is</h2>\n"
               "<p class=\"note\">%s created in %" PRId64
               " days. A name leads to its tickets in the list.</p>\n"
               "<ul class=\"legend\" aria-hidden=\"true\">"
               "<li><svg viewBox=\"0 0 12 12\" class=\"bar\"><rect class=\"open\" width=\"12\" "
               "height=\"12\"/></svg>open</li><li><svg viewBox=\"0 0 12 12\" class=\"bar\">"
               "<rect class=\"done\" width=\"12\" height=\"12\"/></svg>closed</li></ul></div>\n",
               words_count(words, tickets, "ticket"), page->options->days);
}

int page_breakdown(struct report_page *page)
{
    char from[WORDS_SIZE];
    struct overview_group *groups;
    size_t count;
    int64_t tickets = 0;
    words_day_text(from, page->today - page->options->days + 1);
    if (overview_groups(&page->of, from, &groups, &count, page->error) < 0)
        return -1;
    struct name *names = arena_alloc(page->of.arena, NAMES_MAX * sizeof *names);
    if (!names)
        return error_no_memory(page->error);
    for (size_t i = 0; i < count; i++)
        tickets += groups[i].count;
    if (!tickets)
        return 0;
    write_head(page, tickets);
    out_markup(&page->out, "<div class=\"breakdowns\">\n");
    for (size_t c = 0; c < sizeof COLUMNS / sizeof *COLUMNS; c++) {
        out_markup(&page->out, "<div class=\"stack\">");
        for (size_t t = COLUMNS[c][0]; t < COLUMNS[c][1]; t++)
            write_names(page, &TABLES[t], names,
                        count_names(page, &TABLES[t], groups, count, names));
        out_markup(&page->out, "</div>\n");
    }
    out_markup(&page->out, "</div>\n</section>\n\n");
    return 0;
}
