/* shared: pieces of HTML that several sections of the page write. */
#include <stdio.h>
#include <string.h>

#include "page/page_private.h"

const char *page_wall(const struct report_page *page, int64_t instant, char wall[ZONE_TEXT_SIZE])
{
    if (!instant || !zone_wall(page->zone, instant, wall))
        *wall = '\0';
    return wall;
}

const char *page_mailbox(const struct report_page *page, const char *id, char words[WORDS_SIZE])
{
    for (size_t i = 0; id && i < page->mailbox_count; i++)
        if (strcmp(page->mailboxes[i].id, id) == 0 && page->mailboxes[i].name &&
            *page->mailboxes[i].name)
            return page->mailboxes[i].name;
    if (!id)
        return NULL;
    snprintf(words, WORDS_SIZE, "mailbox %.20s", id);
    return words;
}

static const char *renamed(const char *text, const char *const (*names)[2], size_t count)
{
    for (size_t i = 0; text && i < count; i++)
        if (strcmp(text, names[i][0]) == 0)
            return names[i][1];
    return text ? text : "";
}

const char *page_status(const char *status)
{
    static const char *const names[][2] = {
        {"new", "New"}, {"active", "Active"}, {"closed", "Closed"}};
    return renamed(status, names, sizeof names / sizeof *names);
}

const char *page_urgency(const char *urgency)
{
    static const char *const names[][2] = {
        {"HIGH", "High"}, {"MEDIUM", "Medium"}, {"LOW", "Low"}, {"PROMOTION", "Promotion"}};
    return renamed(urgency, names, sizeof names / sizeof *names);
}

void page_empty(struct report_page *page, const char *id, const char *heading, const char *strong,
                const char *sentence)
{
    out_markup(&page->out,
               "<section class=\"part\" id=\"%s\" aria-labelledby=\"%s-head\">\n"
               "<div class=\"part-head\"><h2 id=\"%s-head\">%s</h2></div>\n"
               "<p class=\"empty\"><strong>%s</strong> %s</p>\n</section>\n",
               id, id, id, heading, strong, sentence);
}
