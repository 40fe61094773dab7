/* batch: a page of tickets: compared with what is stored, and stored. */
#include "run/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/int64.h"
#include "run/conversations.h"
#include "run/freshness.h"
#include "run/merging.h"
#include "run/proofs.h"
#include "run/rejects.h"
#include "run/schema.h"
#include "run/write.h"

struct batch *batch_new(const struct page *page, struct page_proof *proof,
                        struct page_origin origin, struct error *error)
{
    struct batch *b = calloc(1, sizeof *b);
    if (!b) {
        error_no_memory(error);
        return NULL;
    }
    b->page = page;
    b->origin = origin;
    b->walked = proof != NULL;
    if (proof) {
        b->proof = *proof;
        *proof = (struct page_proof){0};
    }
    return b;
}

void batch_free(struct batch *b)
{
    if (!b)
        return;
    free(b->entries);
    proof_release(&b->proof);
    arena_release(&b->arena);
    free(b);
}

/* Identifying and mapping */

static int by_fluent_id(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->row.fluent_id,
                  ((const struct entry *)b)->row.fluent_id);
}

static struct entry *add_entry(const struct run_basis *basis, struct batch *b, struct error *error)
{
    struct entry *e = &b->entries[b->count];
    const struct ticket *ticket = &b->page->tickets[b->count++];
    return entry_identify(basis, b, e, ticket, error) < 0 ? NULL : e;
}

static int begin_entries(struct batch *b, struct error *error)
{
    size_t count = b->page->count;
    b->entries = calloc(count ? count : 1, sizeof *b->entries);
    return b->entries ? 0 : error_no_memory(error);
}

static void sort_entries(struct batch *b)
{
    qsort(b->entries, b->count, sizeof *b->entries, by_fluent_id);
}

static int identify_entries(const struct run_basis *basis, struct batch *b, struct error *error)
{
    if (b->entries)
        return 0;
    if (begin_entries(b, error) < 0)
        return -1;
    while (b->count < b->page->count)
        if (!add_entry(basis, b, error))
            return -1;
    sort_entries(b);
    return 0;
}

int batch_prepare(const struct run_basis *basis, struct batch *b, struct page *page,
                  struct error *error)
{
    bool needs_page = false;
    size_t count = page->count;
    if (begin_entries(b, error) < 0)
        return -1;
    while (b->count < count) {
        struct entry *e = add_entry(basis, b, error);
        if (!e || (e->row.in_scope && entry_map(basis, b, e, error) < 0) ||
            (e->mapping == MAPPING_DONE && merging_new_base(basis, b, e, error) < 0))
            return -1;
        needs_page |= e->mapping != MAPPING_DONE;
        if (!needs_page) {
            e->ticket = NULL;
            page_forget(page, b->count);
        }
    }
    if (!needs_page)
        page_release(page);
    sort_entries(b);
    b->prepared = true;
    return 0;
}

/* Comparing */

static int find_stored(const void *key, const void *item)
{
    return strcmp(key, ((const struct stored *)item)->fluent_id);
}

/* Is the ticket the same as the stored one, and does nothing else call for comparing it again? */
static bool is_unchanged(const struct writer *w, const struct batch *b, const struct entry *e)
{
    const struct stored *s = e->stored;
    const struct sync_options *o = w->in->options;
    bool walking = w->basis->walking;
    bool overwrites = w->in->config->local_edits == EDITS_OVERWRITE && (walking || o->tickets);
    bool hidden = s->hidden && !merging_hides(w->in, e);
    return strcmp(s->fingerprint, e->row.fingerprint) == 0 && !overwrites && !s->deleted &&
           !b->origin.edited && !s->invisible && !hidden && s->left_scope == e->row.left_scope &&
           !(s->edits_kept && walking) && !(o->adopt && !s->request_id);
}

/* Compares the ticket with what is stored, and maps it if something is to be written. */
static int classify(struct writer *w, struct batch *b, struct entry *e, struct error *error)
{
    const struct stored *s = e->stored;
    e->kind = KIND_SKIPPED;
    if (!s && e->row.out_of_scope)
        return 0;
    e->kind = KIND_UNCHANGED;
    if (s && is_unchanged(w, b, e))
        return 0;
    if (e->mapping == MAPPING_IDENTITY &&
        (schema_need(w, error) < 0 || entry_map(w->basis, b, e, error) < 0))
        return -1;
    e->kind = s ? KIND_CHANGED : KIND_NEW;
    if (e->mapping == MAPPING_REJECTED)
        e->kind = KIND_REJECT;
    return 0;
}

enum turn { IN_TURN, AHEAD_OF_TURN };

static int read_stored(struct writer *w, struct batch *b, enum turn turn, struct stored_list *found,
                       struct error *error)
{
    const char **ids = calloc(b->count ? b->count : 1, sizeof *ids);
    size_t first = 0, last = b->count; /* those to be looked up come first */
    if (!ids)
        return error_no_memory(error);
    for (size_t i = 0; i < b->count; i++) {
        const struct entry *e = &b->entries[i];
        ids[turn == AHEAD_OF_TURN && e->unseen ? --last : first++] = e->row.fluent_id;
    }
    int done = store_lookup(w->store, ids, first, found, &b->arena, error);
    b->rejects = (struct reject_list){0};
    if (done == 0 && w->has_rejects)
        done = store_lookup_rejects(w->store, ids, b->count, &b->rejects, &b->arena, error);
    free(ids);
    return done;
}

static int compare(struct writer *w, struct batch *b, enum turn turn, struct error *error)
{
    struct stored_list found;
    if (read_stored(w, b, turn, &found, error) < 0)
        return -1;
    for (size_t i = 0; i < b->count; i++) {
        struct entry *e = &b->entries[i];
        e->stored = found.count ? bsearch(e->row.fluent_id, found.rows, found.count,
                                          sizeof *found.rows, find_stored)
                                : NULL;
        e->kind = KIND_REPEATED;
        bool repeated =
            (i > 0 && by_fluent_id(e - 1, e) == 0) || (turn == AHEAD_OF_TURN && e->left);
        if (!repeated && classify(w, b, e, error) < 0)
            return -1;
    }
    return conversations_look_up(w, b, error);
}

int batch_look_up(struct writer *w, struct batch *b, struct error *error)
{
    if (identify_entries(w->basis, b, error) < 0 || compare(w, b, IN_TURN, error) < 0)
        return -1;
    b->looked_up = true;
    return 0;
}

int64_t batch_count_missing(const struct writer *w, const struct batch *b, int64_t watermark)
{
    int64_t missing = 0;
    for (size_t i = 0; i < b->count && !w->in->options->dry_run; i++) {
        const struct entry *e = &b->entries[i];
        int64_t instant;
        missing += e->kind == KIND_NEW && !reject_on_record(b, e) &&
                   zone_parse(w->basis->zones.site, e->ticket->updated_at, &instant) &&
                   instant < watermark;
    }
    return missing;
}

/* Counting */

static int count_entries(struct writer *w, const struct batch *b, struct error *error)
{
    static const enum tally_outcome outcomes[] = {
        [KIND_NEW] = TALLY_ADDED,           [KIND_CHANGED] = TALLY_UPDATED,
        [KIND_UNCHANGED] = TALLY_UNCHANGED, [KIND_SKIPPED] = TALLY_SKIPPED,
        [KIND_REJECT] = TALLY_REJECTED,     [KIND_HELD_BACK] = TALLY_UNCHANGED,
    };
    for (size_t i = 0; i < b->count; i++) {
        const struct entry *e = &b->entries[i];
        bool undated = e->kind == KIND_SKIPPED && e->row.undated;
        if (e->row.id && e->kind != KIND_REPEATED &&
            tally_add(&w->tally, e->row.id, undated ? TALLY_UNDATED : outcomes[e->kind]) < 0)
            return error_no_memory(error);
    }
    tally_count(&w->tally, &w->row.counts);
    return 0;
}

static bool keeps_edits(const struct entry *e)
{
    bool merged = e->kind == KIND_CHANGED || (e->kind == KIND_UNCHANGED && e->write.stored);
    return merged && e->write.edits_kept > 0;
}

/* A ticket may be on several pages: on the head and on one of the walk. */
static int64_t count_kept_edits(const struct writer *w, const struct batch *b)
{
    int64_t kept = 0;
    for (size_t i = 0; i < b->count; i++)
        if (keeps_edits(&b->entries[i]) && !tally_has(&w->edited, b->entries[i].row.id))
            kept += b->entries[i].write.edits_kept;
    return kept;
}

static int note_edited(struct writer *w, const struct batch *b, struct error *error)
{
    for (size_t i = 0; i < b->count; i++)
        if (keeps_edits(&b->entries[i]) &&
            tally_add(&w->edited, b->entries[i].row.id, TALLY_UNCHANGED) < 0)
            return error_no_memory(error);
    return 0;
}

/* By this page or an earlier one: in a first import the head has stored some of the tickets. */
static bool has_written_most(const struct writer *w, const struct batch *b)
{
    size_t written = 0;
    for (size_t i = 0; i < b->count; i++)
        written += tally_is_written(&w->tally, b->entries[i].row.id);
    return written > b->count / 2;
}

static void log_page(const struct log *log, const struct batch *b)
{
    int64_t kinds[KIND_REPEATED + 1] = {0};
    for (size_t i = 0; i < b->count; i++)
        kinds[b->entries[i].kind]++;
    const long long unchanged = kinds[KIND_UNCHANGED] + kinds[KIND_HELD_BACK];
    const struct log_field fields[] = {
        {"tickets", (int64_t)b->count},   {"new", kinds[KIND_NEW]},
        {"changed", kinds[KIND_CHANGED]}, {"unchanged", unchanged},
        {"skipped", kinds[KIND_SKIPPED]}, {"rejected", kinds[KIND_REJECT]},
    };
    log_fields(log, LOG_DETAIL, fields, sizeof fields / sizeof *fields,
               "page of %zu tickets: %lld new, %lld changed, %lld unchanged, %lld skipped, %lld "
               "rejected",
               b->count, (long long)kinds[KIND_NEW], (long long)kinds[KIND_CHANGED], unchanged,
               (long long)kinds[KIND_SKIPPED], (long long)kinds[KIND_REJECT]);
}

static void report_page(const struct run_input *in, const struct batch *b)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct entry *e = &b->entries[i];
        struct sync_decision d = {.fluent_id = e->row.fluent_id, .reason = e->reason};
        if (e->kind != KIND_NEW && e->kind != KIND_CHANGED && e->kind != KIND_REJECT)
            continue;
        d.what = e->kind == KIND_NEW       ? DECISION_ADD
                 : e->kind == KIND_CHANGED ? DECISION_UPDATE
                                           : DECISION_REJECT;
        decision_report(in, &d);
    }
}

/* Storing */

/* A page that is stale, or of which a ticket is held back, proves nothing: a run that goes on with
 * the walk would neither ask for that ticket nor say that the page came out of a cache, so it has
 * to read the page again. */
static void judge_proof(struct batch *b)
{
    b->proof.proves &= !b->origin.stale;
    for (size_t i = 0; i < b->count; i++)
        b->proof.proves &= b->entries[i].kind != KIND_HELD_BACK;
}

/* Records and counts what was written, and what the page proves. */
static int record_entries(struct writer *w, struct batch *b, struct error *error)
{
    b->edits.added = max64(count_kept_edits(w, b), b->edits.added);
    w->row.counts.edits_kept = b->edits.before + b->edits.added;
    w->row.counts.deleted = b->deleted.before + b->deleted.added;
    if (w->in->options->dry_run)
        return count_entries(w, b, error);
    if (rejects_record(w, b, error) < 0 || conversations_note(w, b, error) < 0 ||
        count_entries(w, b, error) < 0)
        return -1;
    if (!b->walked)
        return 0;
    judge_proof(b);
    return proofs_write(w, error) < 0 ? -1 : proof_write(w, &b->proof, error);
}

/* The body of the transaction. It starts from scratch each time: an earlier try may have written.
 */
static int store_entries(struct writer *w, void *context, struct error *error)
{
    struct batch *b = context;
    for (size_t i = 0; i < b->count; i++) {
        b->entries[i].write = (struct write){0};
        memset(b->entries[i].columns_written, false, sizeof b->entries[i].columns_written);
    }
    int64_t deleted = b->deleted.added;
    b->deleted.added = 0;
    bool looked_up = b->looked_up;
    b->looked_up = false;
    if ((!looked_up && compare(w, b, IN_TURN, error) < 0) || write_entries(w, b, error) < 0)
        return -1;
    b->deleted.added = max64(deleted, b->deleted.added);
    return record_entries(w, b, error);
}

static bool needs_writing(const struct batch *b)
{
    bool needs = b->rejects.count > 0 || conversations_differ(b);
    for (size_t i = 0; i < b->count && !needs; i++) {
        enum entry_kind kind = b->entries[i].kind;
        needs = kind == KIND_NEW || kind == KIND_CHANGED || kind == KIND_REJECT;
    }
    return needs;
}

/* A page that needs no transaction. Its proof counts only while this run has the lease; the
 * transaction that saves the proof later checks that. */
static int store_unchanged(struct writer *w, struct batch *b, struct error *error)
{
    if (count_entries(w, b, error) < 0)
        return -1;
    judge_proof(b);
    if (b->proof.proves || b->proof.max_id)
        proofs_keep(w, &b->proof);
    return proofs_due(w) ? proofs_save(w, error) : 0;
}

static int store_transaction(struct writer *w, struct batch *b, struct error *error)
{
    struct error why = ERROR_INIT;
    if (writer_transaction(w, store_entries, b, &why) == 0)
        return 0;
    if (!writer_refused_row(w, &why))
        return error_copy(error, &why);
    b->refusals.in_halves = true;
    b->refusals.duplicate_retried = db_failure(w->db) == DB_FAILURE_DUPLICATE;
    return writer_transaction(w, store_entries, b, error);
}

/* While this run has the lease, nobody else writes to fluent_tickets. So a page is looked up before
 * its transaction, which usually turns out not to be needed; a further try looks it up again. */
static int look_up_and_store(struct writer *w, struct batch *b, struct error *error)
{
    if (identify_entries(w->basis, b, error) < 0)
        return -1;
    if (w->in->options->dry_run)
        return store_entries(w, b, error);
    if (!b->looked_up && batch_look_up(w, b, error) < 0)
        return -1;
    if (!needs_writing(b))
        return store_unchanged(w, b, error);
    store_note_newest(w->store, b->origin.newest);
    int done = store_transaction(w, b, error);
    store_note_newest(w->store, 0);
    if (done == 0)
        proofs_forget(w);
    return done;
}

/* Stores the page by `store`, which returns -1 if it is not stored. What has been read is stored
 * even after the deadline: otherwise no run would get anywhere with a slow site. */
static int store_counted(struct writer *w, struct batch *b,
                         int (*store)(struct writer *w, struct batch *b, struct error *error),
                         struct error *error)
{
    struct counters *counts = &w->row.counts;
    b->edits.before = counts->edits_kept;
    b->deleted.before = counts->deleted;
    if (writer_check_signals(w, error) < 0 || store(w, b, error) < 0) {
        counts->edits_kept = b->edits.before;
        counts->deleted = b->deleted.before;
        return -1;
    }
    b->wrote_most = has_written_most(w, b);
    log_page(&w->in->log, b);
    report_page(w->in, b);
    return note_edited(w, b, error) < 0 ? -1 : freshness_list_held_back(w, b, error);
}

int batch_store(struct writer *w, struct batch *b, struct error *error)
{
    return store_counted(w, b, look_up_and_store, error);
}

/* Writing ahead */

static const struct entry *find_entry(const struct batch *b, const struct entry *e)
{
    return b && b->count ? bsearch(e, b->entries, b->count, sizeof *e, by_fluent_id) : NULL;
}

bool batch_may_go_ahead(struct batch *b, const struct batch *before)
{
    if (!b->prepared || (before && !before->prepared))
        return false;
    for (size_t i = 0; i < b->count; i++) {
        struct entry *e = &b->entries[i];
        const struct entry *there = find_entry(before, e);
        if (there && (strcmp(there->row.fingerprint, e->row.fingerprint) != 0 ||
                      strcmp(there->mark, e->mark) != 0))
            return false;
        e->left = there != NULL;
    }
    return true;
}

/* Are there new tickets, and none that is stored and has changed? */
static bool is_new(const struct batch *b)
{
    bool any = false;
    for (size_t i = 0; i < b->count; i++) {
        any |= b->entries[i].kind == KIND_NEW;
        if (b->entries[i].kind == KIND_CHANGED)
            return false;
    }
    return any;
}

enum ahead batch_write_ahead(struct writer *w, struct batch *b)
{
    struct error ignored = ERROR_INIT;
    int done = compare(w, b, AHEAD_OF_TURN, &ignored);
    if (done < 0 || !is_new(b))
        return done < 0 ? AHEAD_FAILED : AHEAD_NOTHING;
    if (store_begin_ahead(w->store, &ignored) < 0)
        return AHEAD_FAILED;
    if (write_entries(w, b, &ignored) == 0)
        return AHEAD_WRITTEN;
    store_rollback(w->store);
    return AHEAD_FAILED;
}

static int finish(struct writer *w, struct batch *b, struct error *error)
{
    if (store_fence(w->store, error) < 0 || record_entries(w, b, error) < 0 ||
        store_commit(w->store, error) < 0)
        return -1;
    writer_renewed(w);
    proofs_forget(w);
    return 0;
}

int batch_finish(struct writer *w, struct batch *b, struct error *error)
{
    if (store_counted(w, b, finish, error) == 0)
        return 0;
    store_rollback(w->store);
    return -1;
}
