/* sync_tickets: single tickets asked for by id: rejects that are due, and those of --ticket. */
#include <inttypes.h>
#include <stdlib.h>

#include "run/sync_private.h"

enum { REJECTS_A_RUN = 100 };

int sync_ask_each(struct run *run, enum site_what what, const int64_t *ids, size_t count,
                  sync_take *take, void *context, struct error *error)
{
    for (size_t asked = 0, answered = 0; answered < count; answered++) {
        while (asked < count && site_outstanding(run->site) < run->config->site.connections) {
            struct site_request request = {.what = what, .ticket = ids[asked++]};
            if (site_ask(run->site, &request, error) < 0)
                return -1;
        }
        __attribute__((cleanup(site_answer_cleanup))) struct site_answer *answer = NULL;
        if (site_wait(run->site, &answer, error) < 0)
            return -1;
        if (!answer)
            return error_set(error, ERR_INTERNAL, "the site's answer got lost");
        if (take(run, context, answer, error) < 0)
            return -1;
    }
    return 0;
}

struct forgetting {
    int64_t id;
    bool marked; /* it was stored, and not marked before (an earlier try may have done it) */
};

/* Confirmed deleted: off the rejects; marked where it is stored. */
static int forget(struct run *run, void *context, struct error *error)
{
    struct forgetting *f = context;
    char fluent_id[FLUENT_ID_SIZE];
    const char *ids[] = {fluent_id};
    struct stored *found;
    size_t count;
    struct arena arena = ARENA_INIT;
    map_fluent_id(run->config->site_key, f->id, fluent_id);
    int done = store_clear_reject(run->store, fluent_id, error);
    if (done == 0)
        done = store_lookup(run->store, ids, 1, &found, &count, &arena, error);
    bool marks = done == 0 && count && !found[0].deleted;
    f->marked |= marks;
    if (marks)
        done = sync_mark_deleted(run, found[0].id, found[0].request_id, error);
    arena_release(&arena);
    return done;
}

/* A reject that could not even be fetched: one attempt more. */
static int try_later(struct run *run, void *context, struct error *error)
{
    const int64_t *id = context;
    char fluent_id[FLUENT_ID_SIZE];
    const char *ids[] = {fluent_id};
    struct reject *found;
    size_t count;
    struct arena arena = ARENA_INIT;
    map_fluent_id(run->config->site_key, *id, fluent_id);
    int done = store_lookup_rejects(run->store, ids, 1, &found, &count, &arena, error);
    if (done == 0 && count)
        done = store_reject(run->store, &found[0], error);
    arena_release(&arena);
    return done;
}

/* The list does not give it: deleted, or not for this user? */
static int settle_absent(struct run *run, int64_t id, bool named, struct error *error)
{
    struct site_request request = {.what = SITE_TICKET, .ticket = id};
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *answer = NULL;
    if (site_get(run->site, &request, &answer, error) < 0)
        return -1;
    bool deleted = answer->presence == SITE_DELETED;
    if (named)
        sync_doubt(run, "ticket %" PRId64 " is %s", id,
                   deleted ? "not on the site (marked as deleted if it was stored)"
                           : "not visible for the API user");
    if (run->options->dry_run)
        return 0;
    if (!deleted)
        return named ? 0 : sync_transaction(run, try_later, &id, error);
    struct forgetting forgetting = {.id = id};
    struct error why = ERROR_INIT;
    if (sync_need_schema(run, error) < 0) /* to tell whether a person touched the request */
        return -1;
    if (sync_transaction(run, forget, &forgetting, &why) < 0) {
        if (!sync_is_refusal(run, &why))
            return error_copy(error, &why);
        sync_doubt(run, "ticket %" PRId64 " could not be marked as deleted: %s", id, why.message);
        return 0;
    }
    run->row.counts.deleted += forgetting.marked;
    return 0;
}

/* Asks for one ticket. A reject that the site cannot give stays one, and has its next turn later;
 * *given is false then. */
static int ask_for(struct run *run, int64_t id, bool named, struct site_answer **answer,
                   bool *given, struct error *error)
{
    struct site_request request = {.what = SITE_SEARCH, .ticket = id};
    struct error why = ERROR_INIT;
    *given = site_get(run->site, &request, answer, &why) == 0;
    if (*given)
        return 0;
    if (named || why.code != ERR_UNAVAILABLE)
        return error_copy(error, &why);
    log_write(&run->log, LOG_WARNING, "ticket %" PRId64 " cannot be asked for again: %s", id,
              why.message);
    return sync_transaction(run, try_later, &id, error);
}

static int fetch_one(struct run *run, int64_t id, bool named, struct error *error)
{
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *answer = NULL;
    bool given;
    if (ask_for(run, id, named, &answer, &given, error) < 0)
        return -1;
    if (!given)
        return 0;
    struct page page = answer->page;
    bool found = false;
    for (size_t i = 0; i < page.count && !found; i++)
        if (page.tickets[i].id == id) {
            page.tickets += i;
            found = true;
        }
    if (!found)
        return settle_absent(run, id, named, error);
    page.count = 1;
    struct page_origin origin = {.searched = true, .stale = answer->stale, .retry = !named};
    return sync_store_page(run, &page, origin, error);
}

int sync_retry_rejects(struct run *run, struct error *error)
{
    int64_t ids[REJECTS_A_RUN];
    size_t count;
    if (!run->has_rejects || run->options->dry_run)
        return 0;
    if (store_due_rejects(run->store, ids, REJECTS_A_RUN, &count, error) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (!tally_has(&run->tally, ids[i]) && !tally_has(&run->seen, ids[i]) &&
            fetch_one(run, ids[i], false, error) < 0)
            return -1;
    return 0;
}

int sync_named_tickets(struct run *run, struct error *error)
{
    for (size_t i = 0; i < run->options->ticket_count; i++)
        if (fetch_one(run, run->options->tickets[i], true, error) < 0)
            return -1;
    return 0;
}
