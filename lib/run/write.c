/* write: the new and changed tickets of a page, in few statements. */
#include "run/write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/deletion.h"
#include "run/freshness.h"
#include "run/history.h"
#include "run/merging.h"

/* Some entries of a batch. */
struct group {
    struct entry *const *entries;
    size_t count;
};

/* Ids that are given again */

/* Another hash AND another creation: the id has been given to another ticket. */
static bool is_reused(const struct entry *e, const struct stored_request *request)
{
    const struct cell number = e->row.ticket[TICKET_NUMBER];
    return e->stored->fingerprint[0] && strcmp(e->stored->fingerprint, e->row.fingerprint) != 0 &&
           request->number && number.text && request->created_at &&
           strcmp(request->number, number.text) != 0 &&
           strcmp(request->created_at, e->row.ticket[TICKET_CREATED_AT].text) != 0;
}

/* Is one more deletion believed? With --accept-site somebody said that the site is another one. */
static int may_delete(struct writer *w, const struct batch *b, bool *may, struct error *error)
{
    int64_t left = 1;
    if (!w->in->options->accept_site &&
        deletion_left(w, b->deleted.before + b->deleted.added, &left, error) < 0)
        return -1;
    *may = left > 0;
    return 0;
}

/* The site has deleted the ticket that is stored, and has given its id to this one: the row stays,
 * under a key of its own, and the entry is a new ticket. */
static int replace_reused(struct writer *w, struct batch *b, struct entry *e, struct error *error)
{
    const struct stored *s = e->stored;
    bool may = true;
    if (!s->deleted && may_delete(w, b, &may, error) < 0)
        return -1;
    if (!may) {
        e->kind = KIND_REJECT;
        e->reason = "its id belonged to another ticket before, as did more ids than max_deletes "
                    "allows; if that is intended, run once with --full --max-deletes 100%";
        return 0;
    }
    b->deleted.added += !s->deleted;
    e->stored = NULL;
    e->kind = e->row.out_of_scope ? KIND_SKIPPED : KIND_NEW;
    if (w->in->options->dry_run)
        return 0;
    if (!s->deleted && deletion_mark(w, s->id, s->request_id, error) < 0)
        return -1;
    return store_set_aside(w->store, s->id, error);
}

/* Writing */

static int by_request_id(const void *key, const void *item)
{
    int64_t x = *(const int64_t *)key, y = ((const struct held_request *)item)->id;
    return (x > y) - (x < y);
}

/* The bases become what the table made of what was written. */
static int adjust_bases(struct writer *w, struct batch *b, struct group group, struct error *error)
{
    int64_t *ids = calloc(group.count ? group.count : 1, sizeof *ids);
    struct held_requests found;
    size_t count = 0;
    if (!ids)
        return error_no_memory(error);
    for (size_t i = 0; i < group.count; i++)
        if (merging_may_differ(w->basis, group.entries[i]))
            ids[count++] = group.entries[i]->write.request_id;
    int done = store_read_requests(w->store, &(struct request_ids){&w->basis->schema, ids, count},
                                   &found, &b->arena, error);
    for (size_t i = 0; i < group.count && done == 0 && found.count; i++) {
        struct entry *e = group.entries[i];
        const struct held_request *request = bsearch(&e->write.request_id, found.rows, found.count,
                                                     sizeof *found.rows, by_request_id);
        if (request && merging_may_differ(w->basis, e))
            done = merging_adjust_base(w->basis, b, e, request, error);
    }
    free(ids);
    return done;
}

static int write_group(struct writer *w, struct batch *b, struct group group, struct error *error)
{
    struct write **list = calloc(3 * group.count + 1, sizeof(struct write *));
    if (!list)
        return error_no_memory(error);
    struct write **requests = list, **inserts = list + group.count,
                 **updates = list + 2 * group.count;
    size_t request_count = 0, insert_count = 0, update_count = 0;
    for (size_t i = 0; i < group.count; i++) {
        struct write *write = &group.entries[i]->write;
        if (group.entries[i]->kind != KIND_NEW && group.entries[i]->kind != KIND_CHANGED)
            continue;
        if (write->new_request)
            requests[request_count++] = write;
        if (write->stored)
            updates[update_count++] = write;
        else
            inserts[insert_count++] = write;
    }
    int done = 0;
    if (store_insert_requests(w->store, &w->basis->schema, requests, request_count, error) < 0 ||
        adjust_bases(w, b, group, error) < 0 ||
        history_of_writes(w, updates, update_count, error) < 0 ||
        store_insert_tickets(w->store, inserts, insert_count, error) < 0 ||
        store_update_tickets(w->store, updates, update_count, b->absent, error) < 0 ||
        history_of_writes(w, updates, update_count, error) < 0 ||
        history_of_writes(w, inserts, insert_count, error) < 0)
        done = -1;
    free(list);
    return done;
}

/* Merging */

static int by_ticket_id(const void *key, const void *item)
{
    int64_t x = *(const int64_t *)key, y = ((const struct stored_request *)item)->ticket_id;
    return (x > y) - (x < y);
}

/* The requests of the changed tickets, ascending by ticket_id. */
static int look_up_requests(struct writer *w, struct batch *b, struct group group,
                            struct stored_requests *found, struct error *error)
{
    int64_t *ids = calloc(group.count ? group.count : 1, sizeof *ids);
    size_t changed = 0;
    if (!ids)
        return error_no_memory(error);
    for (size_t i = 0; i < group.count; i++)
        if (group.entries[i]->kind == KIND_CHANGED)
            ids[changed++] = group.entries[i]->stored->id;
    int done =
        store_lookup_requests(w->store, &(struct request_ids){&w->basis->schema, ids, changed},
                              REQUEST_AS_SEEN, found, &b->arena, error);
    free(ids);
    return done;
}

/* Decides what to write of an entry. `request`: the stored one of a changed ticket; NULL: it has
 * none. */
static int prepare(struct writer *w, struct batch *b, struct entry *e,
                   struct stored_request *request, struct error *error)
{
    struct stored_request none = {0};
    if (request && !b->absent && freshness_hold_back(w, b, e, request))
        return 0;
    if (request && !b->absent && is_reused(e, request) && replace_reused(w, b, e, error) < 0)
        return -1;
    if (e->kind == KIND_NEW)
        return merging_prepare_new(w->basis, b, e, error);
    if (e->kind == KIND_CHANGED)
        return merging_prepare_changed(w, b, e, request ? request : &none, error);
    return 0;
}

/* Merges and writes a group of entries. */
static int store_group(struct writer *w, struct batch *b, struct group group, struct error *error)
{
    struct stored_requests found;
    if (look_up_requests(w, b, group, &found, error) < 0)
        return -1;
    for (size_t i = 0; i < group.count; i++) {
        struct entry *e = group.entries[i];
        struct stored_request *request = NULL;
        if (e->kind == KIND_CHANGED && found.count)
            request =
                bsearch(&e->stored->id, found.rows, found.count, sizeof *found.rows, by_ticket_id);
        if (prepare(w, b, e, request, error) < 0)
            return -1;
    }
    return w->in->options->dry_run ? 0 : write_group(w, b, group, error);
}

/* Rows that the database refuses */

static int set_savepoint(struct writer *w, struct group group, struct error *error)
{
    for (size_t i = 0; i < group.count; i++) {
        group.entries[i]->before.stored = group.entries[i]->stored;
        group.entries[i]->before.kind = group.entries[i]->kind;
    }
    return store_savepoint(w->store, error);
}

/* Back to the savepoint, and to what was known of the entries then. */
static int roll_back(struct writer *w, struct group group, struct error *error)
{
    for (size_t i = 0; i < group.count; i++) {
        struct entry *e = group.entries[i];
        e->stored = e->before.stored;
        e->kind = e->before.kind;
        memset(e->columns_written, false, sizeof e->columns_written);
    }
    return store_rollback_to_savepoint(w->store, error);
}

/* The ticket is a reject: the database refused it. */
static int reject_refused(struct batch *b, struct entry *e, enum db_failure failure,
                          const struct error *why, struct error *error)
{
    char reason[ERROR_TEXT_MAX];
    error_text(why, reason);
    e->kind = KIND_REJECT;
    if (entry_keep_reason(b, e, reason, error) < 0)
        return -1;
    write_note_refused(&b->refusals, failure, e->reason);
    return 0;
}

/* Halves a group until each row that the database refuses stands alone: that ticket is a reject,
 * and the others are written. */
static int store_in_halves(struct writer *w, struct batch *b, struct group group,
                           struct error *error)
{
    struct row_refusals *r = &b->refusals;
    struct error why = ERROR_INIT;
    int64_t deleted = b->deleted.added;
    if (!group.count)
        return 0;
    if (set_savepoint(w, group, error) < 0)
        return -1;
    if (store_group(w, b, group, &why) == 0) {
        r->taken += group.count;
        return 0;
    }
    enum db_failure failure = db_failure(w->db);
    bool again = group.count == 1 && failure == DB_FAILURE_DUPLICATE && !r->duplicate_retried;
    r->duplicate_retried |= again;
    if (again || !writer_refused_row(w, &why))
        return error_copy(error, &why);
    b->deleted.added = deleted;
    if (roll_back(w, group, error) < 0)
        return -1;
    if (group.count == 1)
        return reject_refused(b, group.entries[0], failure, &why, error);
    size_t half = group.count / 2;
    if (store_in_halves(w, b, (struct group){group.entries, half}, error) < 0)
        return -1;
    return store_in_halves(w, b, (struct group){group.entries + half, group.count - half}, error);
}

void write_note_refused(struct row_refusals *r, enum db_failure failure, const char *reason)
{
    if (failure != DB_FAILURE_UNKNOWN)
        return;
    r->unknown++;
    r->unknown_reason = reason;
}

int write_check_unknown(const struct row_refusals *r, struct error *error)
{
    if (r->unknown < 2 || r->taken)
        return 0;
    return error_set(error, ERR_DATABASE, "%s", r->unknown_reason);
}

int write_entries(struct writer *w, struct batch *b, struct error *error)
{
    struct entry **list = calloc(b->count ? b->count : 1, sizeof(struct entry *));
    if (!list)
        return error_no_memory(error);
    struct group group = {.entries = list};
    for (size_t i = 0; i < b->count; i++)
        if (b->entries[i].kind == KIND_NEW || b->entries[i].kind == KIND_CHANGED)
            list[group.count++] = &b->entries[i];
    b->refusals.taken = b->refusals.unknown = 0;
    int done = b->refusals.in_halves ? store_in_halves(w, b, group, error)
                                     : store_group(w, b, group, error);
    if (done == 0 && b->refusals.in_halves)
        done = write_check_unknown(&b->refusals, error);
    free(list);
    return done;
}
