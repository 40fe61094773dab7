/* page_private: what the sections of the page share. */
#ifndef FLUENT_SYNC_PAGE_PRIVATE_H
#define FLUENT_SYNC_PAGE_PRIVATE_H

#include "page/page.h"
#include "page/words.h"

/* Tickets created and closed per day, up to today. */
struct page_days {
    int64_t first; /* days since 1970 */
    int64_t created[PAGE_DAYS_MOST], closed[PAGE_DAYS_MOST];
};

/* The page while it is written. All texts belong to `arena`. */
struct report_page {
    struct out out;
    struct overview of;
    const struct config *config;
    const struct page_options *options;
    struct error *error;

    struct zone *zone;
    char now[ZONE_TEXT_SIZE];   /* wall time */
    int64_t today;              /* days since 1970 */
    char known[ZONE_TEXT_SIZE]; /* wall time of the newest complete run; "" when there is none */

    struct verdict_facts facts;
    int64_t behind; /* conversations; where none are stored 0 */
    struct verdict verdict;
    struct overview_totals totals;
    struct page_days *days;
    struct overview_mailbox *mailboxes;
    size_t mailbox_count;
};

/* The wall time of an instant; "" when there is none. */
const char *page_wall(const struct report_page *page, int64_t instant, char wall[ZONE_TEXT_SIZE]);
/* A mailbox's name: its own, or "mailbox 3". NULL for NULL. `words` holds the latter. */
const char *page_mailbox(const struct report_page *page, const char *id, char words[WORDS_SIZE]);
/* How the page writes a status or an urgency: "new" is New, "HIGH" is High, any other word stays as
 * it is. NULL is "". */
const char *page_status(const char *status);
const char *page_urgency(const char *urgency);

/* The sections, in the order of the page. Each returns -1 with the page's error. */
int page_status_section(struct report_page *page);
int page_figures(struct report_page *page);
int page_runs(struct report_page *page);
int page_time(struct report_page *page);
int page_breakdown(struct report_page *page);
int page_requests(struct report_page *page);
int page_rejects(struct report_page *page);

/* A section without anything to show: its heading, a strong word and a sentence. */
void page_empty(struct report_page *page, const char *id, const char *heading, const char *strong,
                const char *sentence);

#endif
