/* hint: what the site's activity log says of deletions, and what the site says of these tickets. */
#include "run/hint.h"

#include "core/hint.h"
#include "run/ask.h"

/* Tickets that the log calls deleted. */
struct hinted {
    struct run *run;
    int64_t ids[HINT_ENTRIES];
    size_t count;
    int64_t unlisted[HINT_ENTRIES]; /* those that the list does not show */
    size_t unlisted_count;
};

/* false: it says nothing of this ticket, as it is a failure, or old. */
static bool tells(const struct site_answer *answer)
{
    return answer->error.code == ERR_NONE && !answer->stale;
}

static int take_search(void *context, const struct site_answer *answer, struct error *error)
{
    struct hinted *h = context;
    if (answer->error.code == ERR_INTERNAL)
        return error_copy(error, &answer->error);
    if (tells(answer) && !answer->page.count)
        h->unlisted[h->unlisted_count++] = answer->request.ticket;
    return 0;
}

static int take_single(void *context, const struct site_answer *answer, struct error *error)
{
    struct run_record *r = &((const struct hinted *)context)->run->record;
    int64_t id = answer->request.ticket;
    if (answer->error.code == ERR_INTERNAL)
        return error_copy(error, &answer->error);
    if (!tells(answer) || answer->presence != SITE_DELETED)
        return 0;
    return record_insert(&r->told, id) < 0 || rank_tell_gone(r->rank, id) < 0
               ? error_no_memory(error)
               : 0;
}

/* By the list, and what that does not show by itself: a ticket is deleted when both say so. */
static int ask_both(struct hinted *h, struct error *error)
{
    struct site *site = h->run->site;
    int connections = h->run->in.config->site.connections;
    struct ask_tickets searches = {SITE_SEARCH, connections, h->ids, h->count};
    struct ask_tickets singles = {SITE_TICKET, connections, h->unlisted, 0};
    if (ask_each(site, &searches, take_search, h, error) < 0)
        return -1;
    singles.count = h->unlisted_count;
    return ask_each(site, &singles, take_single, h, error);
}

static int take_log(struct run *run, const struct site_answer *answer, struct error *error)
{
    const struct activity_log *log = &answer->log;
    struct hinted h = {.run = run};
    size_t named = log->count < HINT_ENTRIES ? log->count : HINT_ENTRIES;
    if (answer->error.code == ERR_INTERNAL)
        return error_copy(error, &answer->error);
    run->next.log_in_vain = named && !log->off ? 0 : clock_wall_ms() / 1000;
    h.count = hint_choose(run->record.rank, log->deleted, named, h.ids);
    if (answer->error.code == ERR_NONE)
        log_write(&run->in.log, LOG_INFO,
                  "the site's activity log names %zu ticket%s that may have vanished", h.count,
                  h.count == 1 ? "" : "s");
    else
        log_write(&run->in.log, LOG_INFO, "deletions are searched for in the list: %s",
                  answer->error.message);
    return ask_both(&h, error);
}

int hint_take(struct run *run, struct error *error)
{
    static const struct site_request request = {
        .what = SITE_LOG, .per_page = HINT_ENTRIES, .once = true};
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *answer = NULL;
    struct run_record *r = &run->record;
    if (r->hinted || !hint_is_worth(r->rank) ||
        !hint_is_due(run->before.log_in_vain, clock_wall_ms() / 1000))
        return 0;
    r->hinted = true;
    return site_exchange(run->site, &request, &answer, error) < 0 ? -1
                                                                  : take_log(run, answer, error);
}
