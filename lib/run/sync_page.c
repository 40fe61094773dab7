/* sync_page: a page of tickets: told apart, and stored in one transaction if there is need. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/sync_entry.h"

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

int sync_keep_reason(struct batch *b, struct entry *e, const char *reason, struct error *error)
{
    e->reason = arena_copy(&b->arena, reason, strlen(reason));
    return e->reason ? 0 : error_no_memory(error);
}

int sync_map_entry(struct run *run, struct batch *b, struct entry *e, struct error *error)
{
    if (e->mapping != MAPPING_IDENTITY)
        return 0;
    char reason[REASON_SIZE];
    if (sync_need_schema(run, error) < 0)
        return -1;
    int outcome =
        map_ticket(&run->rules, e->ticket, &b->arena, &e->row, reason, sizeof reason, error);
    if (outcome < 0)
        return -1;
    e->mapping = outcome == MAP_ROW ? MAPPING_DONE : MAPPING_REJECTED;
    return outcome == MAP_ROW ? 0 : sync_keep_reason(b, e, reason, error);
}

static struct entry *identify(struct run *run, struct batch *b, struct error *error)
{
    struct entry *e = &b->entries[b->count];
    e->ticket = &b->page->tickets[b->count++];
    char reason[REASON_SIZE];
    e->reason = "";
    int outcome =
        map_identity(&run->rules, e->ticket, &b->arena, &e->row, reason, sizeof reason, error);
    if (outcome < 0 || (outcome == MAP_REJECT && sync_keep_reason(b, e, reason, error) < 0))
        return NULL;
    e->mapping = outcome == MAP_ROW ? MAPPING_IDENTITY : MAPPING_REJECTED;
    name_nameless(run, e);
    return e;
}

/* Identifies all tickets. With `page`, the batch's, it does all else too that needs no database,
 * and frees what of the page is not needed any more. */
static int begin_entries(struct run *run, struct batch *b, struct page *page, struct error *error)
{
    size_t count = b->page->count;
    bool needs_page = !page;
    b->entries = calloc(count ? count : 1, sizeof *b->entries);
    if (!b->entries)
        return error_no_memory(error);
    while (b->count < count) {
        struct entry *e = identify(run, b, error);
        if (!e || (page && e->row.in_scope && sync_map_entry(run, b, e, error) < 0) ||
            (page && e->mapping == MAPPING_DONE && sync_new_base(run, b, e, error) < 0))
            return -1;
        needs_page |= e->mapping != MAPPING_DONE;
        if (!needs_page) {
            e->ticket = NULL;
            page_forget(page, b->count);
        }
    }
    if (!needs_page)
        page_release(page);
    qsort(b->entries, b->count, sizeof *b->entries, by_fluent_id);
    return 0;
}

int sync_batch_prepare(struct run *run, struct batch *b, struct page *page, struct error *error)
{
    return begin_entries(run, b, page, error);
}

/* Telling apart */

static int find_stored(const void *key, const void *item)
{
    return strcmp(key, ((const struct stored *)item)->fluent_id);
}

/* Same as stored, and nothing about what is stored asks for another look. */
static bool is_unchanged(const struct run *run, const struct entry *e)
{
    const struct stored *s = e->stored;
    bool enforces = run->config->overwrite_edits && (run->walking || run->options->tickets);
    return strcmp(s->fingerprint, e->row.fingerprint) == 0 && !enforces && !s->deleted &&
           !s->invisible && !s->hidden && !(s->edits_kept && run->walking) &&
           !(run->options->adopt && !s->request_id);
}

static int tell_apart(struct run *run, struct batch *b, struct entry *e, struct error *error)
{
    const struct stored *s = e->stored;
    e->kind = KIND_SKIPPED;
    if (!s && e->row.out_of_scope)
        return 0;
    e->kind = KIND_UNCHANGED;
    if (s && is_unchanged(run, e))
        return 0;
    if (sync_map_entry(run, b, e, error) < 0)
        return -1;
    e->kind = s ? KIND_CHANGED : KIND_NEW;
    if (e->mapping == MAPPING_REJECTED)
        e->kind = KIND_REJECT;
    return 0;
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
        e->kind = KIND_REPEATED;
        bool repeated = i > 0 && by_fluent_id(e - 1, e) == 0;
        if (!repeated && tell_apart(run, b, e, error) < 0)
            return -1;
    }
    return 0;
}

/* Rejects */

static const struct reject *on_record(const struct batch *b, const struct entry *e)
{
    for (size_t i = 0; i < b->reject_count; i++)
        if (strcmp(b->rejects[i].fluent_id, e->row.fluent_id) == 0)
            return &b->rejects[i];
    return NULL;
}

static int append_raw(const struct run *run, const struct entry *e, struct buf *raw)
{
    const struct cell *mapped = &e->row.ticket[TICKET_RAW_DATA];
    return e->ticket ? ticket_json(e->ticket, run->config->mapping.raw_data == RAW_MAPPED, raw)
                     : buf_append(raw, mapped->text, mapped->len);
}

static int record_reject(struct run *run, struct batch *b, const struct entry *e,
                         struct error *error)
{
    const struct reject *known = on_record(b, e);
    if (known && !b->origin.retry && known->fingerprint && known->reason &&
        strcmp(known->fingerprint, e->row.fingerprint) == 0 &&
        strcmp(known->reason, e->reason) == 0)
        return 0;
    log_write(&run->log, LOG_WARNING, "ticket %s cannot be stored: %s", e->row.fluent_id,
              e->reason);
    struct buf raw;
    buf_init(&raw, db_packet_max(run->db) / 4);
    bool whole = run->config->mapping.raw_data != RAW_NONE && append_raw(run, e, &raw) == 0;
    struct reject reject = {.fluent_id = e->row.fluent_id,
                            .reason = e->reason,
                            .raw = whole ? buf_text(&raw) : NULL,
                            .fingerprint = e->row.fingerprint};
    int done = raw.starved ? error_no_memory(error) : store_reject(run->store, &reject, error);
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
        bool stored = e->kind != KIND_REJECT && e->kind != KIND_REPEATED && e->kind != KIND_OLDER;
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
        [KIND_REJECT] = TALLY_REJECTED,     [KIND_OLDER] = TALLY_UNCHANGED,
    };
    for (size_t i = 0; i < b->count; i++) {
        const struct entry *e = &b->entries[i];
        if (e->row.id && e->kind != KIND_REPEATED &&
            tally_add(&run->tally, e->row.id, outcomes[e->kind]) < 0)
            return error_no_memory(error);
    }
    tally_count(&run->tally, &run->row.counts);
    return 0;
}

static void log_page(const struct run *run, const struct batch *b)
{
    int64_t kinds[KIND_REPEATED + 1] = {0};
    for (size_t i = 0; i < b->count; i++)
        kinds[b->entries[i].kind]++;
    const struct log_field fields[] = {
        {"tickets", (int64_t)b->count},   {"new", kinds[KIND_NEW]},
        {"changed", kinds[KIND_CHANGED]}, {"unchanged", kinds[KIND_UNCHANGED] + kinds[KIND_OLDER]},
        {"skipped", kinds[KIND_SKIPPED]}, {"rejected", kinds[KIND_REJECT]},
    };
    const long long unchanged = kinds[KIND_UNCHANGED] + kinds[KIND_OLDER];
    log_fields(&run->log, LOG_DETAIL, fields, sizeof fields / sizeof *fields,
               "page of %zu tickets: %lld new, %lld changed, %lld unchanged, %lld skipped, %lld "
               "rejected",
               b->count, (long long)kinds[KIND_NEW], (long long)kinds[KIND_CHANGED], unchanged,
               (long long)kinds[KIND_SKIPPED], (long long)kinds[KIND_REJECT]);
}

void sync_tell(const struct run *run, const struct sync_decision *decision)
{
    if (run->options->dry_run && run->options->decide)
        run->options->decide(run->options->decide_context, decision);
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
        sync_tell(run, &d);
    }
}

/* The page */

struct batch *sync_batch_new(const struct page *page, struct page_proof *proof,
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

void sync_batch_free(struct batch *b)
{
    if (!b)
        return;
    free(b->entries);
    sync_proof_release(&b->proof);
    arena_release(&b->arena);
    free(b);
}

static int64_t edits_of(const struct batch *b)
{
    int64_t kept = 0;
    for (size_t i = 0; i < b->count; i++)
        if (b->entries[i].kind == KIND_CHANGED ||
            (b->entries[i].kind == KIND_UNCHANGED && b->entries[i].write.stored))
            kept += b->entries[i].write.edits_kept;
    return kept;
}

/* A run that goes on with the walk would not ask for what was held back, nor say that the page is
 * out of a cache: it reads such a page again. */
static void doubt_proof(struct batch *b)
{
    b->proof.proves &= !b->origin.stale;
    for (size_t i = 0; i < b->count; i++)
        b->proof.proves &= b->entries[i].kind != KIND_OLDER;
}

/* The body of the transaction. Starts from scratch each time: an earlier try may have written. */
static int store_entries(struct run *run, void *context, struct error *error)
{
    struct batch *b = context;
    for (size_t i = 0; i < b->count; i++) {
        b->entries[i].write = (struct write){0};
        memset(b->entries[i].columns_written, false, sizeof b->entries[i].columns_written);
    }
    int64_t deleted = b->deleted;
    b->deleted = 0;
    bool looked_up = b->looked_up;
    b->looked_up = false;
    if ((!looked_up && look_up(run, b, error) < 0) || sync_write_entries(run, b, error) < 0)
        return -1;
    int64_t kept = edits_of(b);
    b->edits_kept = kept > b->edits_kept ? kept : b->edits_kept;
    run->row.counts.edits_kept = b->edits_before + b->edits_kept;
    b->deleted = deleted > b->deleted ? deleted : b->deleted;
    run->row.counts.deleted = b->deleted_before + b->deleted;
    if (run->options->dry_run)
        return count_entries(run, b, error);
    if (keep_records(run, b, error) < 0 || count_entries(run, b, error) < 0)
        return -1;
    if (!b->walked)
        return 0;
    doubt_proof(b);
    return sync_proofs_write(run, NULL, error) < 0 ? -1 : sync_proof_write(run, &b->proof, error);
}

int sync_batch_look(struct run *run, struct batch *b, struct error *error)
{
    if (!b->entries && begin_entries(run, b, NULL, error) < 0)
        return -1;
    if (look_up(run, b, error) < 0)
        return -1;
    b->looked_up = true;
    return 0;
}

int64_t sync_batch_missing(const struct run *run, const struct batch *b, int64_t watermark)
{
    int64_t missing = 0;
    for (size_t i = 0; i < b->count && !run->options->dry_run; i++) {
        const struct entry *e = &b->entries[i];
        int64_t instant;
        missing += e->kind == KIND_NEW && !on_record(b, e) &&
                   zone_parse(run->site_zone, e->ticket->updated_at, &instant) &&
                   instant < watermark;
    }
    return missing;
}

static bool needs_writing(const struct batch *b)
{
    bool needs = b->reject_count > 0;
    for (size_t i = 0; i < b->count && !needs; i++) {
        enum kind kind = b->entries[i].kind;
        needs = kind == KIND_NEW || kind == KIND_CHANGED || kind == KIND_REJECT;
    }
    return needs;
}

/* A page that needs no transaction. What it proves is only good while the lease is ours, which the
 * transaction that will save it makes sure of. */
static int keep_unchanged(struct run *run, struct batch *b, struct error *error)
{
    if (count_entries(run, b, error) < 0)
        return -1;
    doubt_proof(b);
    if (b->walked)
        sync_proof_keep(run, &b->proof);
    return sync_proofs_due(run) ? sync_proofs_save(run, error) : 0;
}

static int store_transaction(struct run *run, struct batch *b, struct error *error)
{
    struct error why = ERROR_INIT;
    if (sync_transaction(run, store_entries, b, &why) == 0)
        return 0;
    if (!sync_is_refusal(run, &why))
        return error_copy(error, &why);
    b->careful = true;
    b->again = db_failure(run->db) == DB_FAILURE_DUPLICATE;
    return sync_transaction(run, store_entries, b, error);
}

/* The lease keeps everybody else from fluent_tickets, so a page is looked up before its
 * transaction, which mostly is not needed then; another try looks it up again. */
static int store_batch(struct run *run, struct batch *b, struct error *error)
{
    if (!b->entries && begin_entries(run, b, NULL, error) < 0)
        return -1;
    if (run->options->dry_run)
        return store_entries(run, b, error);
    if (!b->looked_up && look_up(run, b, error) < 0)
        return -1;
    if (!needs_writing(b))
        return keep_unchanged(run, b, error);
    b->looked_up = true;
    if (store_transaction(run, b, error) < 0)
        return -1;
    sync_proofs_forget(run);
    return 0;
}

int sync_batch_store(struct run *run, struct batch *b, struct error *error)
{
    /* What has been read is stored past the deadline too: else a slow site got nowhere. */
    const struct limits signals = {.deadline_ms = INT64_MAX, .signal = run->limits->signal};
    b->edits_before = run->row.counts.edits_kept;
    b->deleted_before = run->row.counts.deleted;
    if (limits_check(&signals, error) < 0 || store_batch(run, b, error) < 0) {
        run->row.counts.edits_kept = b->edits_before;
        run->row.counts.deleted = b->deleted_before;
        return -1;
    }
    size_t written = 0;
    for (size_t i = 0; i < b->count; i++)
        written += b->entries[i].kind == KIND_NEW || b->entries[i].kind == KIND_CHANGED;
    b->wrote_most = written > b->count / 2;
    log_page(run, b);
    tell_page(run, b);
    return sync_note_older(run, b, error);
}
