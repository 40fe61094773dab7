/* conversations: which conversations have changed, and storing them. */
#include "run/conversations.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "run/ask.h"
#include "run/rejects.h"
#include "run/unreadable.h"
#include "run/write.h"
#include "store/conversations.h"

/* Rejects */

/* One that the site does not give, which may be its own fault, or that the database refuses. */
struct failed {
    const struct conversation_mark *mark;
    const char *why;
};

/* Behind the configuration's digest and a colon the mark is a hash of what lists show. */
static struct reject reject_of(const struct failed *failed, char id[FLUENT_ID_SIZE])
{
    reject_of_conversation(failed->mark->fluent_id, id);
    return (struct reject){.fluent_id = id,
                           .reason = failed->why,
                           .fingerprint = failed->mark->text + CONVERSATION_DIGEST_SIZE};
}

static void log_failed(const struct writer *w, const struct failed *failed)
{
    log_write(&w->in->log, LOG_WARNING, "the conversation of ticket %" PRId64 ": %s",
              failed->mark->ticket, failed->why);
}

/* Marks of a batch */

static bool is_on(const struct run_basis *basis)
{
    return basis->conversations.mode != CONVERSATIONS_NONE;
}

static int by_fluent_id(const void *key, const void *item)
{
    return strcmp(key, ((const struct conversation_mark *)item)->fluent_id);
}

/* Without an entry there is nothing to ask for, unless there was one before. */
static bool differs(const struct entry *e, const struct conversation_mark *known)
{
    if (!e->mark[0])
        return false;
    return known ? strcmp(known->text, e->mark) != 0 : !e->has_no_response;
}

int conversations_look_up(struct writer *w, struct batch *b, struct error *error)
{
    struct conversation_marks found;
    if (!is_on(w->basis) || b->origin.stale || b->absent || !b->count)
        return 0;
    const char **ids = calloc(b->count, sizeof *ids);
    if (!ids)
        return error_no_memory(error);
    for (size_t i = 0; i < b->count; i++)
        ids[i] = b->entries[i].row.fluent_id;
    int done = store_lookup_marks(w->store, ids, b->count, &found, &b->arena, error);
    for (size_t i = 0; i < b->count && done == 0; i++) {
        struct entry *e = &b->entries[i];
        const struct conversation_mark *known =
            found.count ? bsearch(e->row.fluent_id, found.rows, found.count, sizeof *found.rows,
                                  by_fluent_id)
                        : NULL;
        e->marked = differs(e, known);
    }
    free(ids);
    return done;
}

static bool is_to_note(const struct entry *e)
{
    return e->marked &&
           (e->kind == KIND_NEW || e->kind == KIND_CHANGED || e->kind == KIND_UNCHANGED);
}

bool conversations_differ(const struct batch *b)
{
    for (size_t i = 0; i < b->count; i++)
        if (is_to_note(&b->entries[i]))
            return true;
    return false;
}

/* The database refuses the mark: the conversation is a reject, and the ticket is stored. */
static int reject_mark(struct writer *w, struct batch *b, const struct conversation_mark *mark,
                       const struct error *why, struct error *error)
{
    char id[FLUENT_ID_SIZE], reason[ERROR_TEXT_MAX];
    error_text(why, reason);
    const struct failed failed = {mark, arena_copy(&b->arena, reason, strlen(reason))};
    if (!failed.why)
        return error_no_memory(error);
    write_note_refused(&b->refusals, db_failure(w->db), failed.why);
    struct reject reject = reject_of(&failed, id);
    log_failed(w, &failed);
    return store_rollback_to_savepoint(w->store, error) < 0 ? -1 : reject_write(w, &reject, error);
}

/* Halves the marks until each one that the database refuses stands alone. */
static int note_in_halves(struct writer *w, struct batch *b, const struct conversation_mark *marks,
                          size_t count, struct error *error)
{
    struct error why = ERROR_INIT;
    size_t half = count / 2;
    if (store_savepoint(w->store, error) < 0)
        return -1;
    if (store_write_marks(w->store, marks, count, &why) == 0) {
        b->refusals.taken += count;
        return 0;
    }
    if (!writer_refused_row(w, &why))
        return error_copy(error, &why);
    if (count == 1)
        return reject_mark(w, b, marks, &why, error);
    if (store_rollback_to_savepoint(w->store, error) < 0 ||
        note_in_halves(w, b, marks, half, error) < 0)
        return -1;
    return note_in_halves(w, b, marks + half, count - half, error);
}

static int write_marks(struct writer *w, struct batch *b, const struct conversation_mark *marks,
                       size_t count, struct error *error)
{
    if (!b->refusals.in_halves)
        return store_write_marks(w->store, marks, count, error);
    b->refusals.taken = b->refusals.unknown = 0;
    return note_in_halves(w, b, marks, count, error) < 0 ? -1
                                                         : write_check_unknown(&b->refusals, error);
}

int conversations_note(struct writer *w, struct batch *b, struct error *error)
{
    if (!conversations_differ(b))
        return 0;
    struct conversation_mark *marks = calloc(b->count, sizeof *marks);
    size_t count = 0;
    if (!marks)
        return error_no_memory(error);
    for (size_t i = 0; i < b->count; i++) {
        const struct entry *e = &b->entries[i];
        if (!is_to_note(e))
            continue;
        memcpy(marks[count].fluent_id, e->row.fluent_id, sizeof marks[count].fluent_id);
        marks[count].ticket = e->row.id;
        memcpy(marks[count++].text, e->mark, sizeof e->mark);
    }
    int done = write_marks(w, b, marks, count, error);
    free(marks);
    return done;
}

/* Asking */

enum {
    AT_ONCE = 20,
    RESERVE_MS = 1000,
    SHARE = 4, /* of the time that is left, the part that is asked for before a walk */
};

struct fetching {
    struct run *run;
    struct limits limits; /* the run's, or its share of them */
    struct arena arena;   /* of those that are asked for together */
    struct conversation_marks due;
    struct failed failed[AT_ONCE];
    size_t failed_count;
    struct row_refusals refusals;
    struct error why_first; /* the first of them failed */
    int64_t asked, answered, entries;
    size_t doubted;     /* which therefore stay behind */
    int64_t slowest_ms; /* of the times that some took together */
    int64_t each_ms;    /* what one of the last took */
    bool over;          /* the site gives none any more */
};

static const struct conversation_mark *find(const struct fetching *f, int64_t ticket)
{
    for (size_t i = 0; i < f->due.count; i++)
        if (f->due.rows[i].ticket == ticket)
            return &f->due.rows[i];
    return NULL;
}

/* A conversation on its way into the tables. */
struct storing {
    const struct conversation_mark *mark;
    struct response_row *rows;
    size_t count;
    bool shown; /* see is_shown */
    int64_t changed;
};

static int store_one(struct writer *w, void *context, struct error *error)
{
    struct storing *s = context;
    char reject[FLUENT_ID_SIZE];
    reject_of_conversation(s->mark->fluent_id, reject);
    int done = s->shown
                   ? store_conversation(w->store, s->mark, s->rows, s->count, &s->changed, error)
                   : store_conversation_gone(w->store, s->mark, error);
    return done == 0 && w->has_rejects ? store_clear_reject(w->store, reject, error) : done;
}

static int doubt(struct writer *w, void *context, struct error *error)
{
    return store_conversation_doubted(w->store, context, error);
}

/* Did the site give a conversation, if only an empty one? */
static bool is_shown(const struct site_answer *answer)
{
    return answer->presence == SITE_PRESENT && answer->status == 200;
}

/* An answer without the newest entry is believed when a later run gets one, too: the entry is not
 * given, or was deleted. A cache that said nothing has mostly forgotten by then. */
static bool is_doubtful(const struct fetching *f, const struct conversation_mark *mark,
                        const struct site_answer *answer)
{
    bool earlier = mark->doubted && !tally_has(&f->run->doubted, mark->ticket);
    return !earlier && is_shown(answer) &&
           !conversation_is_as_new(&f->run->basis.conversations, &answer->conversation, mark->text);
}

static int map_rows(const struct run_basis *basis, const struct conversation *conversation,
                    struct storing *s, struct arena *arena, struct error *error)
{
    s->rows = arena_alloc(arena, conversation->count * sizeof *s->rows);
    for (size_t i = 0; i < conversation->count && s->rows; i++)
        s->count += conversation_map(&basis->conversations, &conversation->rows[i], arena,
                                     &s->rows[s->count]);
    return arena->failed ? error_no_memory(error) : 0;
}

static int add_failed(struct fetching *f, const struct conversation_mark *mark, const char *why,
                      struct error *error)
{
    f->failed[f->failed_count++] = (struct failed){mark, arena_printf(&f->arena, "%s", why)};
    return f->arena.failed ? error_no_memory(error) : 0;
}

/* One that the database refuses does not keep the others from being stored. */
static int store_or_note(struct fetching *f, struct storing *s, struct error *error)
{
    struct writer *w = &f->run->writer;
    struct row_refusals *r = &f->refusals;
    char reason[ERROR_TEXT_MAX];
    struct error why = ERROR_INIT;
    if (writer_transaction(w, store_one, s, &why) == 0) {
        r->taken++;
        f->entries += s->changed;
        return 0;
    }
    if (!writer_refused_row(w, &why))
        return error_copy(error, &why);
    error_text(&why, reason);
    if (add_failed(f, s->mark, reason, error) < 0)
        return -1;
    write_note_refused(r, db_failure(w->db), f->failed[f->failed_count - 1].why);
    return 0;
}

static int take_conversation(struct fetching *f, const struct conversation_mark *mark,
                             const struct site_answer *answer, struct error *error)
{
    struct storing s = {.mark = mark, .shown = is_shown(answer)};
    struct arena arena = ARENA_INIT;
    int done = map_rows(&f->run->basis, &answer->conversation, &s, &arena, error);
    if (done == 0)
        done = store_or_note(f, &s, error);
    arena_release(&arena);
    return done;
}

/* Can the reason be this conversation? Otherwise no other can be had either. */
static bool is_its_own(enum site_cause cause)
{
    return cause == SITE_SERVER_ERROR || cause == SITE_UNREADABLE || cause == SITE_TOO_LARGE ||
           cause == SITE_UNFINISHED || cause == SITE_BLOCKED_TICKET || cause == SITE_OTHER_ANSWER ||
           cause == SITE_PAGE_INSTEAD;
}

static void stop(struct fetching *f, const struct error *why)
{
    if (!f->over)
        log_advise(&f->run->in.log, LOG_WARNING, why->advice,
                   "no more conversations can be read now: %s", why->message);
    f->over = true;
}

static int note_failure(struct fetching *f, const struct conversation_mark *mark,
                        const struct site_answer *answer, struct error *error)
{
    if (answer->error.code != ERR_UNAVAILABLE)
        return error_copy(error, &answer->error);
    if (!is_its_own((enum site_cause)answer->error.cause)) {
        stop(f, &answer->error);
        return 0;
    }
    if (!f->failed_count)
        f->why_first = answer->error;
    return add_failed(f, mark, answer->error.message, error);
}

/* What failed while the site gives other answers becomes a reject. Nothing is outstanding. */
static int record_failed(struct fetching *f, struct error *error)
{
    struct error why = ERROR_INIT;
    bool gives = f->answered > 0;
    if (write_check_unknown(&f->refusals, error) < 0)
        return -1;
    if (f->failed_count &&
        probe_site(f->run->site, f->run->before.total, &f->why_first, &gives, &why) < 0) {
        if (why.code != ERR_UNAVAILABLE)
            return error_copy(error, &why);
        stop(f, &why);
        return 0;
    }
    for (size_t i = 0; i < f->failed_count; i++) {
        char id[FLUENT_ID_SIZE];
        struct reject reject = reject_of(&f->failed[i], id);
        log_failed(&f->run->writer, &f->failed[i]);
        if (writer_transaction(&f->run->writer, reject_write, &reject, error) < 0)
            return -1;
    }
    return 0;
}

static int take(void *context, const struct site_answer *answer, struct error *error)
{
    struct fetching *f = context;
    const struct conversation_mark *mark = find(f, answer->request.ticket);
    if (!mark)
        return 0;
    if (answer->error.code != ERR_NONE)
        return note_failure(f, mark, answer, error);
    f->answered++;
    f->over |= answer->stale; /* and so may be the next ones */
    if (answer->stale)
        return 0;
    if (!is_doubtful(f, mark, answer))
        return take_conversation(f, mark, answer, error);
    struct conversation_mark doubted = *mark;
    f->doubted++;
    log_write(&f->run->in.log, LOG_DETAIL,
              "the conversation of ticket %" PRId64 " lacks the newest entry of the list: the next "
              "run asks again",
              mark->ticket);
    return tally_add(&f->run->doubted, mark->ticket, TALLY_BEFORE) < 0
               ? error_no_memory(error)
               : writer_transaction(&f->run->writer, doubt, &doubted, error);
}

/* Asks for those that are due, which are in the arena. */
static int ask_for_due(struct fetching *f, struct error *error)
{
    int64_t ids[AT_ONCE], began = clock_monotonic_ms();
    struct ask_tickets tickets = {
        .what = SITE_CONVERSATION,
        .at_once = conversation_at_once(f->run->in.config->site.connections, f->each_ms),
        .ids = ids,
        .count = f->due.count};
    for (size_t i = 0; i < f->due.count; i++) {
        ids[i] = f->due.rows[i].ticket;
        /* It is stored by the present rules, whichever the list was read with. */
        memcpy(f->due.rows[i].text, f->run->basis.conversations.digest,
               CONVERSATION_DIGEST_SIZE - 1);
    }
    f->answered = 0;
    f->failed_count = 0;
    f->refusals = (struct row_refusals){0};
    int done = ask_each(f->run->site, &tickets, take, f, error);
    if (done == 0)
        done = record_failed(f, error);
    int64_t took = clock_monotonic_ms() - began;
    f->each_ms = took * tickets.at_once / (int64_t)tickets.count;
    f->asked += (int64_t)f->due.count;
    f->slowest_ms = took > f->slowest_ms ? took : f->slowest_ms;
    return done;
}

/* Is there time for some more? */
static bool has_time(const struct fetching *f)
{
    int64_t needed = RESERVE_MS + 2 * f->slowest_ms;
    return !f->over && limits_left_ms(&f->limits, needed) == needed;
}

/* Those that changed in this run come first, then the backlog. */
static int fetch_behind(struct fetching *f, struct error *error)
{
    for (bool more = true; more && has_time(f);) {
        int done = store_conversations_behind(f->run->writer.store, f->doubted, AT_ONCE, &f->due,
                                              &f->arena, error);
        if (done == 0 && f->due.count)
            done = ask_for_due(f, error);
        more = f->due.count == AT_ONCE;
        arena_release(&f->arena);
        if (done < 0)
            return -1;
    }
    return 0;
}

/* With --ticket: those of these tickets, behind or not. All others wait. */
static int fetch_named(struct fetching *f, struct error *error)
{
    const struct run_input *in = &f->run->in;
    int done = 0;
    for (size_t i = 0; i < in->options->ticket_count && done == 0 && has_time(f); i++) {
        char fluent_id[FLUENT_ID_SIZE];
        map_fluent_id(in->config->site_key, in->options->tickets[i], fluent_id);
        done = store_conversation_of(f->run->writer.store, fluent_id, &f->due, &f->arena, error);
        if (done == 0 && f->due.count)
            done = ask_for_due(f, error);
        arena_release(&f->arena);
    }
    return done;
}

/* What only a look shows: older entries that were edited or deleted. */
static int fetch_share(struct fetching *f, struct error *error)
{
    const struct run *run = f->run;
    int64_t every = run->in.config->conversations_every_s, now = clock_wall_ms() / 1000, all;
    int64_t gap = run->before.compared_at ? now - run->before.compared_at : every;
    if (store_count_conversations(run->writer.store, &all, error) < 0)
        return -1;
    gap = gap < 1 ? 1 : gap > every ? every : gap;
    int64_t share = (all * gap + every - 1) / every;
    while (share > 0 && has_time(f)) {
        size_t most = share < AT_ONCE ? (size_t)share : AT_ONCE;
        int done = store_conversations_before(run->writer.store, now - every / 2, most, &f->due,
                                              &f->arena, error);
        if (done == 0 && f->due.count)
            done = ask_for_due(f, error);
        share = f->due.count == most ? share - (int64_t)most : 0;
        arena_release(&f->arena);
        if (done < 0)
            return -1;
    }
    return 0;
}

/* Removing */

struct removal {
    enum conversation_removal what;
    const char *column; /* to be emptied; NULL: rows are removed */
    bool unask;         /* first: they are to be asked for again if they are wanted again */
    int64_t count;
};

static int remove_some(struct writer *w, void *context, struct error *error)
{
    struct removal *r = context;
    if (r->unask)
        return store_unask_conversations(w->store, r->column, &r->count, error);
    return r->column ? store_empty_responses(w->store, r->column, &r->count, error)
                     : store_remove_conversations(w->store, r->what, &r->count, error);
}

static int remove_all(struct writer *w, struct removal removal, struct error *error)
{
    do {
        if (writer_transaction(w, remove_some, &removal, error) < 0)
            return -1;
    } while (removal.count == CONVERSATIONS_AT_ONCE);
    return 0;
}

static int remove_of_some(struct writer *w, struct removal removal, struct error *error)
{
    struct removal first = removal;
    first.unask = true;
    return remove_all(w, first, error) < 0 ? -1 : remove_all(w, removal, error);
}

/* What may not be stored any more goes at once, and not only when it is asked for again. Only a
 * walk brings everything back, and with --ticket nothing tells the next run that one is needed. */
static int remove_unwanted(struct run *run, struct error *error)
{
    const struct conversation_rules *rules = &run->basis.conversations;
    struct writer *w = &run->writer;
    if (!run->has_conversations || run->in.options->tickets)
        return 0;
    if (rules->mode == CONVERSATIONS_NONE) /* first the marks that they are stored */
        return remove_all(w, (struct removal){.what = REMOVE_CONVERSATIONS}, error) < 0
                   ? -1
                   : remove_all(w, (struct removal){.what = REMOVE_RESPONSES}, error);
    if (rules->mode == CONVERSATIONS_PUBLIC && run->has_internal &&
        remove_of_some(w, (struct removal){.what = REMOVE_INTERNAL}, error) < 0)
        return -1;
    if (!run->basis.reconfigured)
        return 0;
    size_t at = 0;
    for (const char *column; (column = conversation_dropped(rules, &at));)
        if (remove_of_some(w, (struct removal){.column = column}, error) < 0)
            return -1;
    return 0;
}

/* A conversation that is not to be had any more is no reason for a run not to be a success. */
static int clear_unwanted(struct writer *w, void *context, struct error *error)
{
    (void)context;
    return store_clear_conversations(
        w->store, is_on(w->basis) ? REJECTS_OF_GONE_TICKETS : REJECTS_OF_ALL_CONVERSATIONS, error);
}

/* *on: are there any to be asked for? */
static int prepare(struct run *run, bool *on, struct error *error)
{
    *on = is_on(&run->basis) && !run->in.options->dry_run;
    if (run->in.options->dry_run)
        return 0;
    return remove_unwanted(run, error) < 0 ||
                   (run->writer.has_rejects &&
                    writer_transaction(&run->writer, clear_unwanted, NULL, error) < 0)
               ? -1
               : 0;
}

/* That the time is over is no failure. */
static int finish(struct fetching *f, int done, const struct error *why, struct error *error)
{
    log_write(&f->run->in.log, LOG_DETAIL,
              "conversations: %" PRId64 " asked for, %" PRId64 " entries written", f->asked,
              f->entries);
    return done < 0 && why->code != ERR_DEADLINE ? error_copy(error, why) : 0;
}

int conversations_store(struct run *run, struct error *error)
{
    struct fetching f = {.run = run, .limits = *run->in.limits};
    struct error why = ERROR_INIT;
    bool on;
    if (prepare(run, &on, error) < 0)
        return -1;
    if (!on)
        return 0;
    int done = run->in.options->tickets ? fetch_named(&f, &why) : fetch_behind(&f, &why);
    if (done == 0 && !run->in.options->tickets)
        done = fetch_share(&f, &why);
    return finish(&f, done, &why, error);
}

int conversations_store_first(struct run *run, struct error *error)
{
    struct fetching f = {.run = run, .limits = *run->in.limits};
    struct error why = ERROR_INIT;
    bool on;
    if (!is_on(&run->basis) || !run->before.last_full_walk || f.limits.deadline_ms == INT64_MAX)
        return 0;
    if (prepare(run, &on, error) < 0)
        return -1;
    if (!on)
        return 0;
    f.limits.deadline_ms = clock_monotonic_ms() + limits_left_ms(&f.limits, INT64_MAX) / SHARE;
    return finish(&f, fetch_behind(&f, &why), &why, error);
}
