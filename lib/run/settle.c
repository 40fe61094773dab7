/* settle: compares the list with the record of it, to explain the number of tickets. */
#include "run/settle.h"

#include <inttypes.h>
#include <stdlib.h>

#include "run/ask.h"
#include "run/hint.h"
#include "run/list_page.h"
#include "run/missing.h"
#include "run/parts.h"
#include "store/record.h"

enum {
    PAGE_ROWS = 100,
    ALWAYS = 20, /* requests that a comparison may take, whatever a walk takes */
};

/* The beginning */

/* Is a walk likely to come anyway? */
static bool walks(const struct run *run)
{
    const struct plan_facts facts = {.state = &run->before,
                                     .full_every_s = run->in.config->full_every.seconds,
                                     .full = run_is_told_to_walk(run),
                                     .now = clock_wall_ms() / 1000,
                                     .all_due = run->rolling.all_due};
    return plan_walk_is_due(&facts);
}

/* It may take as many requests as a walk, and a few more. Each takes the site less than half of the
 * time of one of a walk. */
static int begin(struct run *run, struct error *error)
{
    struct run_record *r = &run->record;
    int64_t cap = run->before.page_cap * 3 / 4; /* core/rank asks for up to a third more */
    int64_t rows = cap && cap < PAGE_ROWS ? cap : PAGE_ROWS;
    r->rank = rank_new(&r->ids, rows, ALWAYS + r->ids.count / run->in.config->per_page.begin);
    if (!r->rank)
        return error_no_memory(error);
    rank_next(r->rank, &r->end);
    return 0;
}

int settle_open(struct run *run, struct error *error)
{
    struct run_record *r = &run->record;
    const struct sync_options *o = run->in.options;
    if (o->dry_run || o->tickets || o->push_only)
        return 0;
    if (store_read_record(run->writer.store, &r->ids, error) < 0)
        return -1;
    r->is_whole = r->ids.count == run->before.total;
    if (parts_open(run, error) < 0)
        return -1;
    return r->is_whole && !walks(run) ? begin(run, error) : 0;
}

bool settle_can(const struct run *run, const struct site_answer *tail)
{
    return run->record.rank && tail && tail->error.code == ERR_NONE && !tail->stale;
}

void settle_facts(const struct site_answer *tail, struct plan_facts *facts)
{
    facts->numbers = PLAN_TO_SETTLE;
    if (page_ticket(&tail->page, facts->state->max_id))
        facts->largest = PLAN_LARGEST_THERE;
}

/* Pages */

static int ascending(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The ids on a page, ascending. NULL without memory. */
static int64_t *sorted_ids(const struct page *page, size_t *count)
{
    int64_t *ids = list_page_ids(page, count);
    if (ids)
        qsort(ids, *count, sizeof *ids, ascending);
    return ids;
}

static int store_new(struct run *run, const struct site_answer *answer, struct error *error)
{
    const struct page *page = &answer->page;
    struct page_origin origin = {.stale = answer->stale};
    bool any = false;
    for (size_t i = 0; i < page->count; i++)
        any |= page->tickets[i].id && !record_has(&run->record.ids, page->tickets[i].id);
    return any ? page_writer_store(&run->pages, page, origin, error) : 0;
}

static int take_page(struct run *run, const struct site_answer *answer, struct error *error)
{
    struct walk_window window = {.page = answer->request.page,
                                 .per_page = answer->request.per_page};
    size_t count;
    int64_t *ids = sorted_ids(&answer->page, &count);
    struct walk_page page = list_page_of(answer, ids, count);
    run->record.searched = true;
    int done = ids ? store_new(run, answer, error) : error_no_memory(error);
    if (done == 0 && rank_answer(run->record.rank, &window, &page) < 0)
        done = error_no_memory(error);
    free(ids);
    return done;
}

/* Asks for one more page. *numbers becomes PLAN_UNSETTLED where the site cannot give it. */
static int ask_page(struct run *run, const struct walk_window *window, enum plan_numbers *numbers,
                    struct error *error)
{
    struct site_request request = {
        .what = SITE_BY_ID, .page = window->page, .per_page = window->per_page};
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *answer = NULL;
    if (site_exchange(run->site, &request, &answer, error) < 0)
        return -1;
    bool failed = answer->error.code != ERR_NONE;
    if (failed && !ask_can_do_without(answer))
        return error_copy(error, &answer->error);
    if (failed)
        *numbers = PLAN_UNSETTLED;
    else if (answer->stale)
        *numbers = PLAN_BY_TOTAL;
    else
        return take_page(run, answer, error);
    return 0;
}

/* Once the first page was taken. */
static int search(struct run *run, enum plan_numbers *numbers, struct error *error)
{
    struct walk_window window;
    while (*numbers == PLAN_TO_SETTLE) {
        if (hint_take(run, error) < 0)
            return -1;
        enum rank_next next = rank_next(run->record.rank, &window);
        if (next == RANK_ASK && ask_page(run, &window, numbers, error) < 0)
            return -1;
        if (next != RANK_ASK)
            *numbers = next == RANK_SETTLED ? PLAN_SETTLED : PLAN_UNSETTLED;
    }
    return 0;
}

/* Does the list by date count as many tickets as the record has? Pages by id may come out of a
 * replica that lags behind. If something happened since the head, a page of one row tells. */
static int confirm_total(struct run *run, const struct site_answer *head,
                         enum plan_numbers *numbers, struct error *error)
{
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *again = NULL;
    int64_t settled = run->record.ids.count;
    if (head->page.total < 0 || head->page.total == settled)
        return 0;
    if (ask_head(run->site, 1, &again, NULL, error) < 0)
        return -1;
    if (!again || again->page.total != settled)
        *numbers = PLAN_UNSETTLED;
    return 0;
}

/* What vanished is marked. If the site lists some of it after all, its pages cannot be relied on.
 */
static int take_gone(struct run *run, enum plan_numbers *numbers, struct error *error)
{
    const struct record *gone = rank_gone(run->record.rank);
    bool listed;
    if (gone->count)
        log_write(&run->in.log, LOG_INFO, "%" PRId64 " ticket%s vanished from the list",
                  gone->count, gone->count == 1 ? "" : "s");
    if (missing_take(run, gone, &listed, error) < 0)
        return -1;
    if (listed)
        *numbers = PLAN_UNSETTLED;
    return 0;
}

static int finish_search(struct run *run, const struct site_answer *head,
                         enum plan_numbers *numbers, struct error *error)
{
    struct run_record *r = &run->record;
    int done = search(run, numbers, error);
    if (done == 0 && *numbers == PLAN_SETTLED)
        done = confirm_total(run, head, numbers, error);
    if (done == 0 && *numbers == PLAN_SETTLED)
        done = take_gone(run, numbers, error);
    r->holds = r->is_whole = done == 0 && *numbers == PLAN_SETTLED;
    return done;
}

int settle_numbers(struct run *run, const struct site_answer *head, const struct site_answer *tail,
                   enum plan_numbers *numbers, struct error *error)
{
    struct run_record *r = &run->record;
    size_t count;
    int64_t *ids = sorted_ids(&head->page, &count);
    if (!ids)
        return error_no_memory(error);
    rank_head(r->rank, ids, count);
    *numbers = PLAN_TO_SETTLE;
    int done = take_page(run, tail, error);
    if (done == 0)
        done = finish_search(run, head, numbers, error);
    free(ids);
    return done;
}

int settle_again(struct run *run, const struct site_answer *head, enum plan_numbers *numbers,
                 struct error *error)
{
    struct run_record *r = &run->record;
    rank_free(r->rank);
    r->rank = NULL;
    *numbers = PLAN_TO_SETTLE;
    return begin(run, error) < 0 || ask_page(run, &r->end, numbers, error) < 0
               ? -1
               : finish_search(run, head, numbers, error);
}

/* The end */

int settle_end(struct run *run, const struct plan_facts *facts, const struct site_answer *head,
               struct error *error)
{
    struct run_record *r = &run->record;
    if (facts->numbers == PLAN_SETTLED) {
        run->next.total = r->ids.count;
        run->next.max_id = record_max(&r->ids);
    }
    if (facts->numbers != PLAN_BY_TOTAL || !r->is_whole)
        return 0;
    /* The total is explained by the new tickets, or it is not, and they count next time. */
    r->holds = run->next.total >= 0 && run->next.total == r->ids.count + facts->head.new_ids;
    for (size_t i = 0; r->holds && i < head->page.count; i++)
        if (head->page.tickets[i].id > run->before.max_id &&
            record_insert(&r->ids, head->page.tickets[i].id) < 0)
            return error_no_memory(error);
    return 0;
}

int settle_after_walk(struct run *run, struct error *error)
{
    struct run_record *r = &run->record;
    const struct shown_list *head = &run->writer.head;
    struct record all = {0};
    int done = 0;
    size_t at = 0;
    for (int64_t id; done == 0 && (id = tally_next(&run->seen.ids, &at));)
        done = record_insert(&all, id);
    for (size_t i = 0; done == 0 && run->next.total > all.count && i < head->count; i++)
        if (head->rows[i].id > run->seen.max) /* newer than what earlier runs have read */
            done = record_insert(&all, head->rows[i].id);
    if (done == 0)
        done = record_become(&r->ids, &all);
    r->holds = done == 0;
    record_release(&all);
    return done < 0 ? error_no_memory(error) : parts_after_walk(run, error);
}

int settle_add(struct run *run, const struct page *page, struct error *error)
{
    struct run_record *r = &run->record;
    for (size_t i = 0; r->holds && i < page->count; i++) {
        int64_t id = page->tickets[i].id;
        if (!id || record_has(&r->ids, id))
            continue;
        if (record_insert(&r->ids, id) < 0)
            return error_no_memory(error);
        run->next.total++;
        run->next.max_id = record_max(&r->ids);
    }
    return 0;
}

void settle_remove(struct run *run, int64_t ticket)
{
    struct run_record *r = &run->record;
    if (!r->holds || !record_has(&r->ids, ticket))
        return;
    record_remove(&r->ids, ticket);
    run->next.total--;
    run->next.max_id = record_max(&r->ids);
}
