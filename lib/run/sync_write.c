/* sync_write: the new and changed tickets of a page: merged with what people edited, and written.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/merge_base.h"
#include "run/sync_entry.h"

enum { EDIT_RACES_MAX = 3 };

/* Merging */

static enum merge_mode mode_of(const struct run *run)
{
    if (run->config->overwrite_edits)
        return MERGE_OVERWRITE;
    return run->options->adopt ? MERGE_ADOPT : MERGE_KEEP;
}

/* *cell: the base as it was, becomes the one with these bases in it. */
static int encode_base(const struct run *run, const struct merge_base *bases, struct arena *arena,
                       struct cell *cell, struct error *error)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    bool failed = merge_base_write(&run->schema, bases, *cell, arena, &out) < 0;
    *cell = (struct cell){.text = arena_copy(arena, buf_text(&out), out.len), .len = out.len};
    failed |= !cell->text;
    buf_release(&out);
    return failed ? error_no_memory(error) : 0;
}

int sync_new_base(struct run *run, struct batch *b, struct entry *e, struct error *error)
{
    struct merge_base bases[REQUEST_COLUMNS_MAX] = {0};
    if (e->base.text)
        return 0;
    for (size_t f = 0; f < run->schema.count; f++)
        bases[f] = merge_base_of(e->row.request[f], e->row.request[f], &b->arena);
    return encode_base(run, bases, &b->arena, &e->base, error);
}

static int prepare_new(struct run *run, struct batch *b, struct entry *e, struct error *error)
{
    if (sync_new_base(run, b, e, error) < 0)
        return -1;
    e->write =
        (struct write){.row = &e->row, .stored = e->stored, .new_request = true, .base = e->base};
    memset(e->columns_written, true, sizeof e->columns_written);
    return 0;
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
            sync_tell(run, &d);
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

static bool is_merged(const struct batch *b, const struct stored_request *request)
{
    return request->present && (!request->removed || b->aside);
}

/* Merges until nobody edits between our reading and our writing. */
static int merge_present(struct run *run, struct batch *b, struct entry *e,
                         struct stored_request request, struct merge_result *m, struct error *error)
{
    struct merge_base bases[REQUEST_COLUMNS_MAX];
    for (int race = 0; race < EDIT_RACES_MAX && is_merged(b, &request); race++) {
        bool written = true;
        if (merge_base_read(&run->schema, request.base, bases, &b->arena) < 0 ||
            merge_request(&run->schema, bases, e->row.request, request.columns, mode_of(run),
                          &b->arena, m) < 0)
            return error_no_memory(error);
        if (!m->writes || run->options->dry_run)
            return 0;
        const struct request_update update = {.request_id = e->stored->request_id,
                                              .verdicts = m->columns,
                                              .ours = request.columns,
                                              .theirs = e->row.request,
                                              .aside = b->aside};
        if (store_update_request(run->store, &run->schema, &update, &written, error) < 0)
            return -1;
        for (size_t f = 0; f < run->schema.count && written; f++)
            e->columns_written[f] = m->columns[f] == MERGE_WRITE;
        if (written)
            return 0;
        *m = (struct merge_result){0};
        if (read_again(run, b, e, &request, error) < 0)
            return -1;
    }
    /* Nobody can edit a locked row, so a value that is still not the one that was read has a form
     * which does not compare. It stays, and counts as kept: the next full walk tries again. */
    if (is_merged(b, &request))
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
                              .request_id = request->linked ? s->request_id : 0,
                              .base = request->base,
                              .edits_kept = s->edits_kept,
                              .hidden = b->aside && s->hidden};
    /* Inherited without a request: whatever a request of ours becomes, its base stays. */
    if (run->options->adopt && !b->aside && !s->request_id && !request->base.text)
        return prepare_new(run, b, e, error);
    if (s->hidden && request->present && !b->aside && !run->options->dry_run) {
        bool shown;
        if (store_show_request(run->store, s->request_id, request->hidden_as, &shown, error) < 0)
            return -1;
        request->removed = !shown && request->removed;
    }
    if (is_merged(b, request)) {
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

/* Another hash AND another creation: the id has been given to another ticket. */
static bool is_reused(const struct entry *e, const struct stored_request *request)
{
    const struct cell number = e->row.ticket[TICKET_NUMBER];
    return e->stored->fingerprint[0] && strcmp(e->stored->fingerprint, e->row.fingerprint) != 0 &&
           request->number && number.text && request->created_at &&
           strcmp(request->number, number.text) != 0 &&
           strcmp(request->created_at, e->row.ticket[TICKET_CREATED_AT].text) != 0;
}

/* Are so many deletions believed? What the site was said to have moved to was meant. */
static int may_replace(struct run *run, const struct batch *b, bool *may, struct error *error)
{
    int64_t most = INT64_MAX;
    if (!run->options->accept_site && sync_deletes_allowed(run, &most, error) < 0)
        return -1;
    *may = b->deleted_before + b->deleted < most;
    return 0;
}

/* The site has deleted the ticket that is stored, and given its id to this one: the row stays,
 * under a key of its own, and the entry is a new ticket. */
static int replace_reused(struct run *run, struct batch *b, struct entry *e, struct error *error)
{
    const struct stored *s = e->stored;
    bool may = true;
    if (!s->deleted && may_replace(run, b, &may, error) < 0)
        return -1;
    if (!may) {
        e->kind = KIND_REJECT;
        e->reason = "its id belonged to another ticket before, as did more ids than max_deletes "
                    "allows; if it is meant, run once with --full --max-deletes 100%";
        return 0;
    }
    b->deleted += !s->deleted;
    e->stored = NULL;
    e->kind = e->row.out_of_scope ? KIND_SKIPPED : KIND_NEW;
    if (run->options->dry_run)
        return 0;
    if (!s->deleted && sync_mark_deleted(run, s->id, s->request_id, error) < 0)
        return -1;
    return store_set_aside(run->store, s->id, error);
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

static bool may_differ(const struct run *run, const struct entry *e)
{
    bool written = false;
    for (size_t f = 0; f < run->schema.count && !e->write.new_request; f++)
        written |= e->columns_written[f];
    return written || (e->write.new_request && e->write.altered);
}

/* The base is what the table made of what was written: a trigger, a type may have changed it. */
static int settle_base(struct run *run, struct batch *b, struct entry *e,
                       const struct held_request *held, struct error *error)
{
    struct merge_base bases[REQUEST_COLUMNS_MAX];
    bool differs = false;
    if (merge_base_read(&run->schema, e->write.base, bases, &b->arena) < 0)
        return error_no_memory(error);
    for (size_t f = 0; f < run->schema.count; f++) {
        struct cell sent = e->row.request[f];
        if (!e->columns_written[f] || cell_equal(sent, held->columns[f]))
            continue;
        bases[f] = merge_base_of(sent, held->columns[f], &b->arena);
        differs = true;
    }
    return differs ? encode_base(run, bases, &b->arena, &e->write.base, error) : 0;
}

static int find_held(const void *key, const void *item)
{
    int64_t x = *(const int64_t *)key, y = ((const struct held_request *)item)->id;
    return (x > y) - (x < y);
}

static int settle_bases(struct run *run, struct batch *b, struct entry *const *entries,
                        size_t count, struct error *error)
{
    int64_t *ids = calloc(count ? count : 1, sizeof *ids);
    struct held_request *found;
    size_t n = 0, held;
    if (!ids)
        return error_no_memory(error);
    for (size_t i = 0; i < count; i++)
        if (may_differ(run, entries[i]))
            ids[n++] = entries[i]->write.request_id;
    int done =
        store_read_requests(run->store, &run->schema, ids, n, &found, &held, &b->arena, error);
    for (size_t i = 0; i < count && done == 0 && held; i++) {
        const struct held_request *request =
            bsearch(&entries[i]->write.request_id, found, held, sizeof *found, find_held);
        if (request && may_differ(run, entries[i]))
            done = settle_base(run, b, entries[i], request, error);
    }
    free(ids);
    return done;
}

/* Writes these entries, new and changed ones, in few statements. */
static int write_group(struct run *run, struct batch *b, struct entry *const *entries, size_t count,
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
        settle_bases(run, b, entries, count, error) < 0 ||
        store_insert_tickets(run->store, inserts, i, error) < 0 ||
        store_update_tickets(run->store, updates, u, b->aside, error) < 0)
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
        request = e->kind == KIND_CHANGED ? request_of(found, requests, e->stored->id) : NULL;
        if (request && !b->aside && sync_holds_back(run, b, e, request))
            continue;
        if (request && !b->aside && is_reused(e, request))
            done = replace_reused(run, b, e, error);
        if (done == 0 && e->kind == KIND_NEW)
            done = prepare_new(run, b, e, error);
        else if (done == 0 && e->kind == KIND_CHANGED)
            done = prepare_changed(run, b, e, request ? request : &none, error);
    }
    if (done < 0 || run->options->dry_run)
        return done;
    return write_group(run, b, entries, count, error);
}

/* Back to the savepoint, and what the entries were told then. */
static int undo(struct run *run, struct batch *b, struct entry *const *entries, size_t count,
                int64_t deleted, struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        entries[i]->stored = entries[i]->before.stored;
        entries[i]->kind = entries[i]->before.kind;
        memset(entries[i]->columns_written, false, sizeof entries[i]->columns_written);
    }
    b->deleted = deleted;
    return store_rollback_to_savepoint(run->store, error);
}

static int keep_refusal(struct batch *b, struct entry *e, bool unknown, const struct error *why,
                        struct error *error)
{
    char reason[REASON_SIZE];
    size_t n = strnlen(why->message, sizeof reason - 1);
    while (n && (why->message[n] & 0xC0) == 0x80) /* a name in it may be cut */
        n--;
    snprintf(reason, sizeof reason, "%.*s", (int)n, why->message);
    e->kind = KIND_REJECT;
    if (sync_keep_reason(b, e, reason, error) < 0)
        return -1;
    if (unknown)
        b->unknown_reason = e->reason;
    b->unknown += unknown;
    return 0;
}

/* Halves a group until each row that the database refuses stands alone: that ticket is a reject,
 * and the others are written. */
static int handle_carefully(struct run *run, struct batch *b, struct entry *const *entries,
                            size_t count, struct error *error)
{
    struct error why = ERROR_INIT;
    int64_t deleted = b->deleted;
    if (!count)
        return 0;
    if (store_savepoint(run->store, error) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        entries[i]->before.stored = entries[i]->stored;
        entries[i]->before.kind = entries[i]->kind;
    }
    if (handle_group(run, b, entries, count, &why) == 0) {
        b->taken += count;
        return 0;
    }
    enum db_failure failure = db_failure(run->db);
    bool again = count == 1 && failure == DB_FAILURE_DUPLICATE && !b->again;
    b->again |= again;
    if (again || !sync_is_refusal(run, &why))
        return error_copy(error, &why);
    if (undo(run, b, entries, count, deleted, error) < 0)
        return -1;
    if (count == 1)
        return keep_refusal(b, entries[0], failure == DB_FAILURE_UNKNOWN, &why, error);
    if (handle_carefully(run, b, entries, count / 2, error) < 0)
        return -1;
    return handle_carefully(run, b, entries + count / 2, count - count / 2, error);
}

/* An error that the table of errors does not have: where several tickets are refused for it and
 * none is taken, it is not of a row. */
static int judge_unknown(const struct batch *b, struct error *error)
{
    if (b->unknown < 2 || b->taken)
        return 0;
    return error_set(error, ERR_DATABASE, "%s", b->unknown_reason);
}

int sync_write_entries(struct run *run, struct batch *b, struct error *error)
{
    struct entry **list = calloc(b->count ? b->count : 1, sizeof(struct entry *));
    size_t n = 0;
    int done = list ? 0 : error_no_memory(error);
    for (size_t i = 0; list && i < b->count; i++)
        if (b->entries[i].kind == KIND_NEW || b->entries[i].kind == KIND_CHANGED)
            list[n++] = &b->entries[i];
    b->taken = b->unknown = 0;
    if (done == 0 && b->careful)
        done = handle_carefully(run, b, list, n, error) < 0 ? -1 : judge_unknown(b, error);
    else if (done == 0)
        done = handle_group(run, b, list, n, error);
    free(list);
    return done;
}
