/* sync_page: the tickets of a page: told apart, merged, and stored in one transaction. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync_private.h"

enum { REASON_SIZE = 256, EDIT_RACES_MAX = 3 };

enum kind { KIND_NEW, KIND_CHANGED, KIND_UNCHANGED, KIND_SKIPPED, KIND_REJECT, KIND_REPEATED };

struct entry {
    const struct ticket *ticket;
    struct row row;
    bool mapped;
    char reason[REASON_SIZE];
    const struct stored *stored;
    enum kind kind;
    struct write write;
};

struct batch {
    const struct page_proof *proof;
    bool retry;
    bool careful;          /* one ticket at a time, each with a savepoint */
    struct entry *entries; /* ascending by fluent_id */
    size_t count;
    struct arena arena;
    struct reject *rejects; /* on record, of these tickets */
    size_t reject_count;
};

/* Mapping */

static int by_fluent_id(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->row.fluent_id,
                  ((const struct entry *)b)->row.fluent_id);
}

/* A ticket without a usable id goes on record under its fingerprint. */
static void name_nameless(const struct run *run, struct entry *e)
{
    if (e->row.id)
        return;
    const char *key = run->config->site_key;
    snprintf(e->row.fluent_id, sizeof e->row.fluent_id, "%.64s%s#%.16s", key, *key ? ":" : "",
             e->row.fingerprint);
}

static int map_page(struct run *run, const struct page *page, struct batch *b, struct error *error)
{
    b->entries = calloc(page->count ? page->count : 1, sizeof *b->entries);
    if (!b->entries)
        return error_no_memory(error);
    for (size_t i = 0; i < page->count; i++) {
        struct entry *e = &b->entries[b->count++];
        e->ticket = &page->tickets[i];
        int outcome = map_ticket(&run->rules, e->ticket, &b->arena, &e->row, e->reason,
                                 sizeof e->reason, error);
        if (outcome < 0)
            return -1;
        e->mapped = outcome == MAP_ROW;
        name_nameless(run, e);
    }
    qsort(b->entries, b->count, sizeof *b->entries, by_fluent_id);
    return 0;
}

/* Telling apart */

static int find_stored(const void *key, const void *item)
{
    return strcmp(key, ((const struct stored *)item)->fluent_id);
}

/* Another hash AND another creation: the id has been given to another ticket. */
static bool is_reused(const struct entry *e)
{
    const struct stored *s = e->stored;
    const struct cell number = e->row.ticket[TICKET_NUMBER];
    return s->fingerprint[0] && s->number && number.text && s->created_at &&
           strcmp(s->number, number.text) != 0 &&
           strcmp(s->created_at, e->row.ticket[TICKET_CREATED_AT].text) != 0;
}

static enum kind kind_of(const struct run *run, struct entry *e)
{
    const struct stored *s = e->stored;
    if (!e->mapped)
        return e->row.out_of_scope && !s ? KIND_SKIPPED : KIND_REJECT;
    if (!s)
        return e->row.in_scope ? KIND_NEW : KIND_SKIPPED;
    bool same = strcmp(s->fingerprint, e->row.fingerprint) == 0;
    if (same && !s->deleted && !s->invisible && !s->hidden && !(s->edits_kept && run->walking) &&
        !(run->options->adopt && !s->request_id))
        return KIND_UNCHANGED;
    if (!same && is_reused(e)) {
        snprintf(e->reason, sizeof e->reason,
                 "its id belonged to another ticket before (hash and created_at differ)");
        return KIND_REJECT;
    }
    return KIND_CHANGED;
}

static int look_up(struct run *run, struct batch *b, struct error *error)
{
    const char **ids = calloc(b->count ? b->count : 1, sizeof *ids);
    struct stored *found;
    size_t count;
    if (!ids)
        return error_no_memory(error);
    for (size_t i = 0; i < b->count; i++)
        ids[i] = b->entries[i].row.fluent_id;
    int done = store_lookup(run->store, ids, b->count, &found, &count, &b->arena, error);
    b->reject_count = 0;
    if (done == 0 && run->has_rejects)
        done = store_lookup_rejects(run->store, ids, b->count, &b->rejects, &b->reject_count,
                                    &b->arena, error);
    free(ids);
    if (done < 0)
        return -1;
    for (size_t i = 0; i < b->count; i++) {
        struct entry *e = &b->entries[i];
        e->stored =
            count ? bsearch(e->row.fluent_id, found, count, sizeof *found, find_stored) : NULL;
        bool repeated = i > 0 && by_fluent_id(e - 1, e) == 0;
        e->kind = repeated ? KIND_REPEATED : kind_of(run, e);
    }
    return 0;
}

/* Merging */

static enum merge_mode mode_of(const struct run *run)
{
    if (run->config->overwrite_edits)
        return MERGE_OVERWRITE;
    return run->options->adopt ? MERGE_ADOPT : MERGE_KEEP;
}

static int encode_base(const struct run *run, const struct merge_base *bases, struct arena *arena,
                       struct cell *cell, struct error *error)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    merge_base_write(&run->schema, bases, &out);
    *cell = (struct cell){.text = arena_copy(arena, buf_text(&out), out.len), .len = out.len};
    bool failed = out.failed || !cell->text;
    buf_release(&out);
    return failed ? error_no_memory(error) : 0;
}

static int prepare_new(struct run *run, struct batch *b, struct entry *e, struct error *error)
{
    struct merge_base bases[REQUEST_COLUMNS_MAX] = {0};
    for (size_t f = 0; f < run->schema.count; f++)
        bases[f] = merge_base_of(e->row.request[f], &b->arena);
    e->write = (struct write){.row = &e->row, .stored = e->stored, .new_request = true};
    return encode_base(run, bases, &b->arena, &e->write.base, error);
}

static void tell(const struct run *run, const struct sync_decision *decision)
{
    if (run->options->dry_run && run->options->decide)
        run->options->decide(run->options->decide_context, decision);
}

static void tell_merge(const struct run *run, const struct entry *e,
                       const struct stored_request *request, const struct merge_result *m)
{
    for (size_t f = 0; f < run->schema.count; f++) {
        struct sync_decision d = {.fluent_id = e->row.fluent_id,
                                  .what = DECISION_COLUMN,
                                  .column = run->schema.fields[f].name,
                                  .old = request->columns[f].text,
                                  .new_text = e->row.request[f].text};
        if (m->columns[f] == MERGE_KEPT) {
            d.what = DECISION_KEPT;
            log_write(&run->log, LOG_DETAIL, "ticket %s: requests.%s kept, a person changed it",
                      d.fluent_id, d.column);
        }
        if (m->columns[f] == MERGE_KEPT || m->columns[f] == MERGE_WRITE)
            tell(run, &d);
    }
}

/* Reads the request again, its newest version locked. */
static int read_again(struct run *run, struct batch *b, const struct entry *e,
                      struct stored_request *request, struct error *error)
{
    struct stored_request *found;
    size_t count;
    if (store_lookup_requests(run->store, &run->schema, &e->stored->id, 1, true, &found, &count,
                              &b->arena, error) < 0)
        return -1;
    *request = count ? found[0] : (struct stored_request){0};
    return 0;
}

/* Merges until nobody edits between our reading and our writing. */
static int merge_present(struct run *run, struct batch *b, struct entry *e,
                         struct stored_request request, struct merge_result *m, struct error *error)
{
    struct merge_base bases[REQUEST_COLUMNS_MAX];
    for (int race = 0; race < EDIT_RACES_MAX && request.present && !request.removed; race++) {
        bool written = true;
        if (merge_base_read(&run->schema, request.base, bases, &b->arena) < 0 ||
            merge_request(&run->schema, bases, e->row.request, request.columns, mode_of(run),
                          &b->arena, m) < 0)
            return error_no_memory(error);
        if (!m->writes || run->options->dry_run)
            return 0;
        if (store_update_request(run->store, &run->schema, e->stored->request_id, m->columns,
                                 request.columns, e->row.request, &written, error) < 0)
            return -1;
        if (written)
            return 0;
        *m = (struct merge_result){0};
        if (read_again(run, b, e, &request, error) < 0)
            return -1;
    }
    /* Nobody can edit a locked row, so a value that is still not the one that was read has a form
     * which does not compare. It stays, and counts as kept: the next full walk tries again. */
    if (request.present && !request.removed)
        m->kept = run->schema.count;
    return 0;
}

/* What a changed ticket does to its request; fills e->write, and e->kind where nothing changes. */
static int prepare_changed(struct run *run, struct batch *b, struct entry *e,
                           struct stored_request *request, struct error *error)
{
    const struct stored *s = e->stored;
    struct merge_result m = {0};
    e->write = (struct write){.row = &e->row,
                              .stored = s,
                              .request_id = s->request_id,
                              .base = request->base,
                              .edits_kept = s->edits_kept};
    /* Inherited without a request: whatever a request of ours becomes, its base stays. */
    if (run->options->adopt && !s->request_id && !request->base.text)
        return prepare_new(run, b, e, error);
    if (s->hidden && request->present && !run->options->dry_run) {
        bool shown;
        if (store_hide_request(run->store, s->request_id, false, &shown, error) < 0)
            return -1;
        request->removed = !shown && request->removed;
    }
    if (request->present && !request->removed) {
        if (merge_present(run, b, e, *request, &m, error) < 0)
            return -1;
        tell_merge(run, e, request, &m);
        e->write.edits_kept = (int64_t)m.kept;
    }
    bool same = strcmp(s->fingerprint, e->row.fingerprint) == 0;
    if (same && !m.base_moved && e->write.edits_kept == s->edits_kept && !s->deleted &&
        !s->invisible && !s->hidden)
        e->kind = KIND_UNCHANGED;
    if (!m.base_moved)
        return 0;
    return encode_base(run, m.bases, &b->arena, &e->write.base, error);
}

static struct stored_request *request_of(struct stored_request *found, size_t count, int64_t id)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (found[middle].ticket_id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && found[low].ticket_id == id ? &found[low] : NULL;
}

/* Writing */

/* Writes these entries, new and changed ones, in few statements. */
static int write_group(struct run *run, struct entry *const *entries, size_t count,
                       struct error *error)
{
    struct write **list = calloc(3 * count + 1, sizeof(struct write *));
    if (!list)
        return error_no_memory(error);
    struct write **requests = list, **inserts = list + count, **updates = list + 2 * count;
    size_t r = 0, i = 0, u = 0;
    for (size_t n = 0; n < count; n++) {
        struct write *w = &entries[n]->write;
        if (entries[n]->kind != KIND_NEW && entries[n]->kind != KIND_CHANGED)
            continue;
        if (w->new_request)
            requests[r++] = w;
        if (w->stored)
            updates[u++] = w;
        else
            inserts[i++] = w;
    }
    int done = 0;
    if (store_insert_requests(run->store, &run->schema, requests, r, error) < 0 ||
        store_insert_tickets(run->store, inserts, i, error) < 0 ||
        store_update_tickets(run->store, updates, u, error) < 0)
        done = -1;
    free(list);
    return done;
}

/* Merges and writes a group of entries. */
static int handle_group(struct run *run, struct batch *b, struct entry *const *entries,
                        size_t count, struct error *error)
{
    int64_t *ids = calloc(count ? count : 1, sizeof *ids);
    struct stored_request *found;
    size_t changed = 0, requests;
    int done = ids ? 0 : error_no_memory(error);
    for (size_t i = 0; ids && i < count; i++)
        if (entries[i]->kind == KIND_CHANGED)
            ids[changed++] = entries[i]->stored->id;
    if (done == 0)
        done = store_lookup_requests(run->store, &run->schema, ids, changed, false, &found,
                                     &requests, &b->arena, error);
    free(ids);
    for (size_t i = 0; i < count && done == 0; i++) {
        struct entry *e = entries[i];
        struct stored_request none = {0}, *request;
        if (e->kind == KIND_NEW)
            done = prepare_new(run, b, e, error);
        if (e->kind != KIND_CHANGED)
            continue;
        request = request_of(found, requests, e->stored->id);
        done = prepare_changed(run, b, e, request ? request : &none, error);
    }
    if (done < 0 || run->options->dry_run)
        return done;
    return write_group(run, entries, count, error);
}

/* A row that the database does not take is a reject; it must not stop the others. */
static int handle_carefully(struct run *run, struct batch *b, struct entry *e, struct error *error)
{
    struct error why = ERROR_INIT;
    if (store_savepoint(run->store, error) < 0)
        return -1;
    if (handle_group(run, b, &e, 1, &why) == 0)
        return 0;
    enum db_failure failure = db_failure(run->db);
    if (failure != DB_FAILURE_DATA && failure != DB_FAILURE_TOO_BIG)
        return error_set(error, why.code, "%s", why.message);
    snprintf(e->reason, sizeof e->reason, "%.*s", REASON_SIZE - 1, why.message);
    e->kind = KIND_REJECT;
    return store_rollback_to_savepoint(run->store, error);
}

static int handle_all(struct run *run, struct batch *b, struct error *error)
{
    struct entry **list = calloc(b->count ? b->count : 1, sizeof(struct entry *));
    size_t n = 0;
    int done = list ? 0 : error_no_memory(error);
    for (size_t i = 0; list && i < b->count; i++)
        if (b->entries[i].kind == KIND_NEW || b->entries[i].kind == KIND_CHANGED)
            list[n++] = &b->entries[i];
    if (done == 0 && !b->careful)
        done = handle_group(run, b, list, n, error);
    for (size_t i = 0; b->careful && i < n && done == 0; i++)
        done = handle_carefully(run, b, list[i], error);
    free(list);
    return done;
}

/* Rejects */

static const struct reject *on_record(const struct batch *b, const struct entry *e)
{
    for (size_t i = 0; i < b->reject_count; i++)
        if (strcmp(b->rejects[i].fluent_id, e->row.fluent_id) == 0)
            return &b->rejects[i];
    return NULL;
}

static int record_reject(struct run *run, struct batch *b, const struct entry *e,
                         struct error *error)
{
    const struct reject *known = on_record(b, e);
    if (known && !b->retry && known->fingerprint && known->reason &&
        strcmp(known->fingerprint, e->row.fingerprint) == 0 &&
        strcmp(known->reason, e->reason) == 0)
        return 0;
    log_write(&run->log, LOG_WARNING, "ticket %s cannot be stored: %s", e->row.fluent_id,
              e->reason);
    struct buf raw;
    buf_init(&raw, db_packet_max(run->db) / 4);
    bool whole = run->config->raw_data != RAW_NONE &&
                 ticket_json(e->ticket, run->config->raw_data == RAW_MAPPED, &raw) == 0;
    struct reject reject = {.fluent_id = e->row.fluent_id,
                            .reason = e->reason,
                            .raw = whole ? buf_text(&raw) : NULL,
                            .fingerprint = e->row.fingerprint};
    int done = store_reject(run->store, &reject, error);
    buf_release(&raw);
    run->has_rejects = true;
    return done;
}

static int keep_records(struct run *run, struct batch *b, struct error *error)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct entry *e = &b->entries[i];
        if (e->kind == KIND_REJECT && record_reject(run, b, e, error) < 0)
            return -1;
        bool stored = e->kind != KIND_REJECT && e->kind != KIND_REPEATED;
        if (stored && on_record(b, e) &&
            store_clear_reject(run->store, e->row.fluent_id, error) < 0)
            return -1;
    }
    return 0;
}

/* Counting */

static int count_entries(struct run *run, const struct batch *b, struct error *error)
{
    static const enum tally_outcome outcomes[] = {
        [KIND_NEW] = TALLY_ADDED,           [KIND_CHANGED] = TALLY_UPDATED,
        [KIND_UNCHANGED] = TALLY_UNCHANGED, [KIND_SKIPPED] = TALLY_SKIPPED,
        [KIND_REJECT] = TALLY_REJECTED,
    };
    for (size_t i = 0; i < b->count; i++) {
        const struct entry *e = &b->entries[i];
        if (e->row.id && e->kind != KIND_REPEATED &&
            tally_add(&run->tally, e->row.id, outcomes[e->kind]) < 0)
            return error_no_memory(error);
    }
    run->row.counts = tally_counts(&run->tally);
    return 0;
}

static int save_proof(struct run *run, const struct batch *b, const struct page *page,
                      struct error *error)
{
    const struct page_proof *proof = b->proof;
    int64_t *ids = calloc(page->count ? page->count : 1, sizeof *ids);
    size_t n = 0;
    if (!ids)
        return error_no_memory(error);
    for (size_t i = 0; i < page->count; i++)
        if (page->tickets[i].id)
            ids[n++] = page->tickets[i].id;
    int done = 0;
    if (proof->proves)
        done = store_save_walk_page(run->store, proof->walk_id, proof->interval, ids, n, error);
    if (done == 0 && proof->max_id)
        done = store_walk_top(run->store, proof->total, proof->max_id, error);
    free(ids);
    return done;
}

static void log_page(const struct run *run, const struct batch *b)
{
    int64_t kinds[KIND_REPEATED + 1] = {0};
    for (size_t i = 0; i < b->count; i++)
        kinds[b->entries[i].kind]++;
    log_write(&run->log, LOG_DETAIL,
              "page of %zu tickets: %lld new, %lld changed, %lld unchanged, %lld skipped, %lld "
              "rejected",
              b->count, (long long)kinds[KIND_NEW], (long long)kinds[KIND_CHANGED],
              (long long)kinds[KIND_UNCHANGED], (long long)kinds[KIND_SKIPPED],
              (long long)kinds[KIND_REJECT]);
}

static void tell_page(const struct run *run, const struct batch *b)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct entry *e = &b->entries[i];
        struct sync_decision d = {.fluent_id = e->row.fluent_id, .reason = e->reason};
        if (e->kind != KIND_NEW && e->kind != KIND_CHANGED && e->kind != KIND_REJECT)
            continue;
        d.what = e->kind == KIND_NEW       ? DECISION_ADD
                 : e->kind == KIND_CHANGED ? DECISION_UPDATE
                                           : DECISION_REJECT;
        tell(run, &d);
    }
}

/* The page */

struct job {
    const struct page *page;
    struct batch *batch;
    /* The run's count before this page; what the page adds. A try after a commit whose answer was
     * lost finds nothing changed: the most that any try found counts. */
    int64_t edits_before, edits_kept;
};

static int64_t edits_of(const struct batch *b)
{
    int64_t kept = 0;
    for (size_t i = 0; i < b->count; i++)
        if (b->entries[i].kind == KIND_CHANGED ||
            (b->entries[i].kind == KIND_UNCHANGED && b->entries[i].write.stored))
            kept += b->entries[i].write.edits_kept;
    return kept;
}

/* The body of the transaction. Starts from scratch each time: an earlier try may have written. */
static int store_entries(struct run *run, void *context, struct error *error)
{
    struct job *job = context;
    struct batch *b = job->batch;
    for (size_t i = 0; i < b->count; i++)
        b->entries[i].write = (struct write){0};
    if (look_up(run, b, error) < 0 || handle_all(run, b, error) < 0)
        return -1;
    int64_t kept = edits_of(b);
    job->edits_kept = kept > job->edits_kept ? kept : job->edits_kept;
    run->row.edits_kept = job->edits_before + job->edits_kept;
    if (run->options->dry_run)
        return count_entries(run, b, error);
    if (keep_records(run, b, error) < 0 || (b->proof && save_proof(run, b, job->page, error) < 0) ||
        count_entries(run, b, error) < 0)
        return -1;
    run->row.api_requests = site_requests(run->site);
    run->row.api_bytes = site_bytes(run->site);
    run->row.duration_ms = clock_monotonic_ms() - run->started;
    return store_progress(run->store, &run->row, error);
}

int sync_store_page(struct run *run, const struct page *page, const struct page_proof *proof,
                    bool retry, struct error *error)
{
    struct batch b = {.proof = proof, .retry = retry};
    struct job job = {.page = page, .batch = &b, .edits_before = run->row.edits_kept};
    struct error why = ERROR_INIT;
    int done = map_page(run, page, &b, error);
    if (done == 0 && run->options->dry_run) {
        done = store_entries(run, &job, error);
    } else if (done == 0) {
        done = sync_transaction(run, store_entries, &job, &why);
        enum db_failure failure = db_failure(run->db);
        if (done < 0 && (failure == DB_FAILURE_DATA || failure == DB_FAILURE_TOO_BIG)) {
            b.careful = true;
            done = sync_transaction(run, store_entries, &job, error);
        } else if (done < 0) {
            error_set(error, why.code, "%s", why.message);
        }
    }
    if (done == 0) {
        log_page(run, &b);
        tell_page(run, &b);
    } else {
        run->row.edits_kept = job.edits_before;
    }
    free(b.entries);
    arena_release(&b.arena);
    return done;
}
