/* tickets: single tickets asked for by id. */
#include "run/tickets.h"

#include <inttypes.h>
#include <stdlib.h>

#include "run/deletion.h"
#include "run/rejects.h"
#include "run/schema.h"
#include "run/settle.h"
#include "run/unreadable.h"

enum { REJECTS_A_RUN = 100 };

/* Why a ticket is asked for. */
enum reason { A_REJECT_IS_DUE, A_CONVERSATION_IS_DUE, NAMED_BY_OPTION };

struct forgetting {
    int64_t id;
    bool marked; /* marked by this run, in this or an earlier try; not before it */
};

/* Confirmed deleted: it leaves the rejects, and is marked where it is stored. */
static int forget(struct writer *w, void *context, struct error *error)
{
    struct forgetting *f = context;
    char fluent_id[FLUENT_ID_SIZE];
    const char *ids[] = {fluent_id};
    struct stored_list found = {0};
    struct arena arena = ARENA_INIT;
    map_fluent_id(w->in->config->site_key, f->id, fluent_id);
    int done = store_lookup(w->store, ids, 1, &found, &arena, error);
    bool marks = done == 0 && found.count && !found.rows[0].deleted;
    if (done == 0)
        done = store_clear_reject(w->store, fluent_id, error);
    f->marked |= marks;
    if (done == 0 && marks)
        done = deletion_mark(w, found.rows[0].id, found.rows[0].request_id, error);
    arena_release(&arena);
    return done;
}

struct attempt {
    int64_t id;
    enum reason reason;
    bool unlisted; /* the site does not show it, and does not say that it is deleted */
};

/* What the reject is on record as. */
static void reject_id(const struct writer *w, const struct attempt *a, char id[FLUENT_ID_SIZE])
{
    bool conversation = a->reason == A_CONVERSATION_IS_DUE;
    char fluent_id[FLUENT_ID_SIZE];
    map_fluent_id(w->in->config->site_key, a->id, conversation ? fluent_id : id);
    if (conversation)
        reject_of_conversation(fluent_id, id);
}

/* A reject that could not even be fetched: one more attempt. One that no answer ever held, as it
 * was only called for, is not for this user then. */
static int count_attempt(struct writer *w, void *context, struct error *error)
{
    const struct attempt *a = context;
    char fluent_id[FLUENT_ID_SIZE];
    const char *ids[] = {fluent_id};
    struct reject_list found;
    struct arena arena = ARENA_INIT;
    reject_id(w, a, fluent_id);
    int done = store_lookup_rejects(w->store, ids, 1, &found, &arena, error);
    if (done == 0 && found.count)
        done = a->unlisted && !found.rows[0].fingerprint
                   ? store_clear_reject(w->store, fluent_id, error)
                   : store_reject(w->store, &found.rows[0], error);
    arena_release(&arena);
    return done;
}

/* Does it count as there? */
static int is_stored(struct writer *w, int64_t id, bool *stored, struct error *error)
{
    char fluent_id[FLUENT_ID_SIZE];
    const char *ids[] = {fluent_id};
    struct stored_list found = {0};
    struct arena arena = ARENA_INIT;
    map_fluent_id(w->in->config->site_key, id, fluent_id);
    int done = store_lookup(w->store, ids, 1, &found, &arena, error);
    *stored = done == 0 && found.count && !found.rows[0].deleted;
    arena_release(&arena);
    return done;
}

/* *marked: it counts as deleted now, where it is stored; else the database refused. */
static int mark_deleted(struct run *run, int64_t id, bool *marked, struct error *error)
{
    struct forgetting forgetting = {.id = id};
    struct error why = ERROR_INIT;
    *marked = false;
    if (schema_need(&run->writer, error) < 0) /* to tell whether a person changed the request */
        return -1;
    if (writer_transaction(&run->writer, forget, &forgetting, &why) < 0) {
        if (!writer_refused_row(&run->writer, &why))
            return error_copy(error, &why);
        run_mark_incomplete(run, why.advice,
                            "ticket %" PRId64 " could not be marked as deleted: %s", id,
                            why.message);
        return 0;
    }
    run->writer.row.counts.deleted += forgetting.marked;
    settle_remove(run, id);
    *marked = true;
    return 0;
}

/* A ticket that is deleted on the site. Whoever names it says that it may be; a reject counts
 * towards max_deletes like any other ticket. */
static int take_deleted_one(struct run *run, struct attempt *attempt, struct error *error)
{
    struct writer *w = &run->writer;
    bool marked, stored, believed = true;
    if (is_stored(w, attempt->id, &stored, error) < 0 ||
        (stored && attempt->reason != NAMED_BY_OPTION &&
         deletion_believe(w, 1, &believed, error) < 0))
        return -1;
    if (believed)
        return mark_deleted(run, attempt->id, &marked, error);
    w->deletions.rejects++;
    return writer_transaction(w, count_attempt, attempt, error);
}

/* What became of a ticket that was asked for by itself, but not what a cache says of it. */
static const char *name_absence(const struct site_answer *answer)
{
    if (answer->stale)
        return "not known: what the site said of it came out of a cache";
    return answer->presence == SITE_DELETED ? "not on the site (marked as deleted if it was stored)"
                                            : "not visible for the API user";
}

/* The list does not give it: is it deleted, or not visible for this user? */
static int take_absent(struct run *run, int64_t id, enum reason reason, struct error *error)
{
    struct site_request request = {.what = SITE_TICKET, .ticket = id};
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *answer = NULL;
    if (site_get(run->site, &request, &answer, error) < 0)
        return -1;
    bool named = reason == NAMED_BY_OPTION;
    bool deleted = answer->presence == SITE_DELETED && !answer->stale;
    if (named)
        run_mark_incomplete(run, NULL, "ticket %" PRId64 " is %s", id, name_absence(answer));
    if (run->in.options->dry_run || (!deleted && named))
        return 0;
    struct attempt attempt = {.id = id, .reason = reason, .unlisted = !answer->stale};
    return deleted ? take_deleted_one(run, &attempt, error)
                   : writer_transaction(&run->writer, count_attempt, &attempt, error);
}

/* Asks for one ticket. A reject that the site cannot give stays one, and has its next turn later:
 * *answer stays NULL then. */
static int ask_for(struct run *run, int64_t id, enum reason reason, struct site_answer **answer,
                   struct error *error)
{
    struct site_request request = {.what = SITE_SEARCH, .ticket = id};
    struct attempt attempt = {.id = id, .reason = reason};
    struct error why = ERROR_INIT;
    if (site_get(run->site, &request, answer, &why) == 0)
        return 0;
    if (reason == NAMED_BY_OPTION || why.code != ERR_UNAVAILABLE)
        return error_copy(error, &why);
    log_advise(&run->in.log, LOG_WARNING, why.advice,
               "ticket %" PRId64 " cannot be asked for again: %s", id, why.message);
    return writer_transaction(&run->writer, count_attempt, &attempt, error);
}

/* The ticket alone, on a page that a search gave; without tickets when it is not on it. */
static struct page page_of(const struct site_answer *answer, int64_t id)
{
    struct page page = answer->page;
    const struct ticket *found = page_ticket(&page, id);
    page.count = found != NULL;
    page.tickets += found ? found - page.tickets : 0;
    return page;
}

static int fetch_one(struct run *run, int64_t id, enum reason reason, struct error *error)
{
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *answer = NULL;
    if (ask_for(run, id, reason, &answer, error) < 0)
        return -1;
    if (!answer)
        return 0;
    struct page page = page_of(answer, id);
    if (!page.count)
        return take_absent(run, id, reason, error);
    struct page_origin origin = {
        .searched = true, .stale = answer->stale, .retry = reason == A_REJECT_IS_DUE};
    return page_writer_store(&run->pages, &page, origin, error);
}

static void report_rejects(struct run *run)
{
    int64_t rejects = run->writer.deletions.rejects;
    if (rejects)
        run_mark_incomplete(run, "if that is intended, run once with --full --max-deletes 100%",
                            "%" PRId64 " ticket%s on record as rejected %s deleted on the site, "
                            "beyond what max_deletes allows: %s not marked",
                            rejects, rejects == 1 ? "" : "s", rejects == 1 ? "is" : "are",
                            rejects == 1 ? "it was" : "they were");
}

int tickets_retry_rejects(struct run *run, struct error *error)
{
    const struct writer *w = &run->writer;
    int64_t ids[REJECTS_A_RUN];
    size_t count;
    if (!w->has_rejects || run->in.options->dry_run)
        return 0;
    if (store_due_rejects(w->store, ids, REJECTS_A_RUN, &count, error) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (!tally_has(&w->tally, ids[i]) && !tally_has(&run->seen.ids, ids[i]) &&
            fetch_one(run, ids[i], A_REJECT_IS_DUE, error) < 0)
            return -1;
    report_rejects(run);
    return 0;
}

/* Conversations whose mark was refused */

/* The mark is as stored, or there is none any more: nothing is left to be done for it. */
static int clear_settled(struct writer *w, void *context, struct error *error)
{
    char fluent_id[FLUENT_ID_SIZE];
    reject_id(w, context, fluent_id);
    return store_clear_due_conversation(w->store, fluent_id, error);
}

/* Its page records the mark, or that it is refused again. What the list does not show waits for the
 * next run that reads the list, which tells whether the ticket is there. */
static int retry_conversation(struct run *run, int64_t id, struct error *error)
{
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *answer = NULL;
    struct attempt attempt = {.id = id, .reason = A_CONVERSATION_IS_DUE};
    if (ask_for(run, id, A_CONVERSATION_IS_DUE, &answer, error) < 0)
        return -1;
    if (!answer)
        return 0;
    struct page page = page_of(answer, id);
    if (!page.count || answer->stale)
        return writer_transaction(&run->writer, count_attempt, &attempt, error);
    struct page_origin origin = {.searched = true};
    return page_writer_store(&run->pages, &page, origin, error) < 0
               ? -1
               : writer_transaction(&run->writer, clear_settled, &attempt, error);
}

int tickets_retry_conversations(struct run *run, struct error *error)
{
    const struct writer *w = &run->writer;
    int64_t ids[REJECTS_A_RUN];
    size_t count;
    if (!w->has_rejects || run->in.options->dry_run ||
        run->basis.conversations.mode == CONVERSATIONS_NONE)
        return 0;
    if (store_due_conversations(w->store, ids, REJECTS_A_RUN, &count, error) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (!tally_has(&w->tally, ids[i]) && retry_conversation(run, ids[i], error) < 0)
            return -1;
    return 0;
}

int tickets_store_named(struct run *run, struct error *error)
{
    const struct sync_options *o = run->in.options;
    for (size_t i = 0; i < o->ticket_count; i++)
        if (fetch_one(run, o->tickets[i], NAMED_BY_OPTION, error) < 0)
            return -1;
    return 0;
}

/* Tickets that the site has called for */

/* The site gave no answer: is it this ticket that is at fault, or the site? */
static int take_failure(struct run *run, const struct site_answer *answer, enum called *called,
                        struct error *error)
{
    char fluent_id[FLUENT_ID_SIZE];
    struct reject reject = {.fluent_id = fluent_id, .reason = answer->error.message};
    struct error why = ERROR_INIT;
    bool probed = false; /* what was true earlier in the run says little */
    if (answer->error.code != ERR_UNAVAILABLE)
        return error_copy(error, &answer->error);
    if (probe_site(run->site, run->before.total, &answer->error, &probed, &why) == 0) {
        *called = CALLED_SETTLED;
        map_fluent_id(run->in.config->site_key, answer->request.ticket, fluent_id);
        return writer_transaction(&run->writer, reject_write, &reject, error);
    }
    if (why.code != ERR_UNAVAILABLE)
        return error_copy(error, &why);
    *called = CALLED_UNAVAILABLE;
    log_advise(&run->in.log, LOG_WARNING, answer->error.advice,
               "ticket %" PRId64 ", which the site called for, cannot be asked for: %s",
               answer->request.ticket, answer->error.message);
    return 0;
}

/* Without a row to mark, the ticket only leaves the rejects. */
static int take_deleted(struct run *run, int64_t id, enum called *called, struct error *error)
{
    bool stored;
    if (is_stored(&run->writer, id, &stored, error) < 0)
        return -1;
    *called = CALLED_DELETED;
    return stored ? 0 : tickets_mark_called(run, id, called, error);
}

int tickets_mark_called(struct run *run, int64_t id, enum called *called, struct error *error)
{
    bool marked;
    if (mark_deleted(run, id, &marked, error) < 0)
        return -1;
    *called = marked ? CALLED_SETTLED : CALLED_OPEN;
    return 0;
}

/* The list does not show it. One that is not for this user is nothing to store; if it was stored,
 * the next run that reads the list says that it is invisible now. */
static int take_unlisted(struct run *run, int64_t id, enum called *called, struct error *error)
{
    struct site_request request = {.what = SITE_TICKET, .ticket = id};
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *answer = NULL;
    if (site_exchange(run->site, &request, &answer, error) < 0)
        return -1;
    if (answer->error.code != ERR_NONE)
        return take_failure(run, answer, called, error);
    if (!answer->stale && answer->presence == SITE_DELETED)
        return take_deleted(run, id, called, error);
    *called = answer->stale ? CALLED_OPEN : CALLED_SETTLED;
    return 0;
}

int tickets_store_called(struct run *run, int64_t id, enum called *called, struct error *error)
{
    struct site_request request = {.what = SITE_SEARCH, .ticket = id};
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *answer = NULL;
    *called = CALLED_OPEN;
    if (site_exchange(run->site, &request, &answer, error) < 0)
        return -1;
    if (answer->error.code != ERR_NONE)
        return take_failure(run, answer, called, error);
    struct page page = page_of(answer, id);
    if (!page.count && !answer->stale)
        return take_unlisted(run, id, called, error);
    size_t held_back = run->writer.held_back.count;
    struct page_origin origin = {.searched = true, .stale = answer->stale};
    if (page_writer_store(&run->pages, &page, origin, error) < 0)
        return -1;
    if (answer->stale || run->writer.held_back.count > held_back)
        return 0;
    *called = CALLED_SETTLED;
    return settle_add(run, &page, error);
}
