/* confirm: asks again for tickets that were held back, and reports answers from caches. */
#include "run/confirm.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/trust.h"
#include "run/ask.h"
#include "run/freshness.h"

struct confirming {
    struct run *run;
    struct shown_list tickets;
    int64_t unconfirmed; /* the site says something else of them each time */
    int64_t last;        /* of these */
};

static const struct shown_ticket *find(const struct shown_list *list, int64_t id)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->rows[i].id == id)
            return &list->rows[i];
    return NULL;
}

/* Stores the ticket that a search gave. What the page showed of it is confirmed when the search
 * shows the same. */
static int take_found(void *context, const struct site_answer *answer, struct error *error)
{
    struct confirming *c = context;
    struct run *run = c->run;
    int64_t id = answer->request.ticket;
    size_t before = run->writer.held_back.count;
    const struct page *page = &answer->page;
    struct page_origin origin = {.searched = true, .stale = answer->stale};
    if (answer->error.code != ERR_NONE && answer->error.code != ERR_UNAVAILABLE)
        return error_copy(error, &answer->error);
    bool found = answer->error.code == ERR_NONE && page->count == 1 && page->tickets[0].id == id;
    const struct shown_ticket *asked = find(&c->tickets, id);
    bool same =
        found && asked && shown_of(&run->basis, &page->tickets[0]).updated_at == asked->updated_at;
    if (found && page_writer_store(&run->pages, page, origin, error) < 0)
        return -1;
    if (!same || answer->stale || run->writer.held_back.count > before) {
        c->unconfirmed++;
        c->last = id;
    }
    return 0;
}

static int ask_first(struct confirming *c, size_t count, struct error *error)
{
    int64_t ids[TRUST_PROBES];
    struct ask_tickets tickets = {SITE_SEARCH, c->run->in.config->site.connections, ids, count};
    for (size_t i = 0; i < count; i++)
        ids[i] = c->tickets.rows[i].id;
    return ask_each(c->run->site, &tickets, take_found, c, error);
}

/* The newest changes do not show all that a restored backup has taken back. */
static void expect_walk(struct run *run)
{
    run_mark_incomplete(run, "the next run walks the whole list",
                        "tickets on the site are hours older than what is stored: a backup of it "
                        "was restored");
    run->outcome.compared = false;
    run->basis.walking = true; /* see finish.c */
}

int confirm_held_back(struct run *run, struct error *error)
{
    struct confirming c = {.run = run, .tickets = run->writer.held_back};
    size_t all = c.tickets.count, count = all < TRUST_PROBES ? all : TRUST_PROBES;
    bool ran_back = run->writer.ran_back && strcmp(run->outcome.mode, "incremental") == 0;
    run->writer.held_back = (struct shown_list){0};
    run->writer.ran_back = false;
    if (count)
        log_write(&run->in.log, LOG_INFO,
                  "the site gave an older state of %zu ticket%s than is stored, or one that is "
                  "stored as deleted: asking for each",
                  all, all == 1 ? "" : "s");
    int done = ask_first(&c, count, error);
    if (done == 0 && c.unconfirmed)
        run_mark_incomplete(run,
                            "what is stored stays; look for a cache or a replica that lags behind",
                            "the site gave an older state of %" PRId64 " ticket%s than is stored, "
                            "and did not confirm it (such as ticket %" PRId64 ")",
                            c.unconfirmed, c.unconfirmed == 1 ? "" : "s", c.last);
    if (done == 0 && all > count)
        run_mark_incomplete(run, "the next run goes on",
                            "the site gave an older state of %zu tickets than is stored, and a run "
                            "asks for %zu of them at most",
                            all, count);
    if (done == 0 && (c.unconfirmed || all > count))
        run->outcome.compared = false;
    else if (done == 0 && ran_back)
        expect_walk(run);
    free(c.tickets.rows);
    return done;
}

void confirm_no_stale_answers(struct run *run)
{
    struct site_staleness stale = site_stale(run->site);
    if (!stale.answers)
        return;
    char age[64] = "";
    if (stale.oldest_s >= 0)
        snprintf(age, sizeof age, ", up to %" PRId64 " s old", stale.oldest_s);
    run_mark_incomplete(run,
                        "exclude /wp-json/ (and ?rest_route=) from every cache in front of the "
                        "site",
                        "%" PRId64 " of the site's answers came out of a cache%s, though each "
                        "address was asked for once",
                        stale.answers, age);
    run->outcome.compared = false;
}
