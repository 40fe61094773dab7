/* model_tables: answers for lib/store/store.h, lib/io/db.h and the like: the tables, in memory. A
 * transaction is rolled back by putting back a copy. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "store/dashboard.h"
#include "store/migrate.h"

struct store {
    bool dry;
    int64_t newest; /* that its transactions note */
};

/* Nothing reaches the tables once the run is killed. */
static int reach(struct error *error)
{
    return model_step() ? 0 : error_set(error, ERR_DATABASE, "the database is gone");
}

static void keep(char *to, size_t size, const char *text)
{
    snprintf(to, size, "%s", text ? text : "");
}

static const char *give(const char *text, struct arena *arena)
{
    return text && text[0] ? arena_copy(arena, text, strlen(text)) : NULL;
}

const struct model_row *model_row(int slot)
{
    const struct model_row *row = &model.tables.rows[slot];
    return row->id ? row : NULL;
}

bool model_is_there(int slot)
{
    const struct model_row *row = model_row(slot);
    return row && !row->deleted && !row->invisible;
}

const struct model_call *model_call_for(int slot)
{
    const struct model_tables *t = &model.tables;
    for (int i = 0; i < t->call_count; i++)
        if (t->calls[i].call.ticket == slot + 1)
            return &t->calls[i];
    return NULL;
}

void model_call(int slot)
{
    struct model_tables *t = &model.tables;
    int i = 0;
    while (i < t->call_count && t->calls[i].call.ticket != slot + 1)
        i++;
    if (i == MODEL_CALLS)
        return;
    if (i == t->call_count)
        t->calls[t->call_count++] = (struct model_call){.call = {.ticket = slot + 1}};
    t->calls[i].call.seq++;
    t->calls[i].run_id = 0;
    t->calls[i].moment = model.moment;
    if (model.heard_count < MODEL_HEARD)
        model.heard[model.heard_count++] = t->calls[i];
    model_trace("    a call for %d\n", slot + 1);
}

void model_lose(int slot)
{
    if (!model_row(slot))
        return;
    model_trace("    the row of %d is restored away\n", slot + 1);
    model.tables.rows[slot] = (struct model_row){0};
    model.slots[slot].lost = true;
    const struct walk_state *walk = &model.tables.state.walk;
    model.slots[slot].lost_from = walk->started ? walk->id : 0;
}

/* lib/io/db.h */

int db_open(struct db **db, const struct db_options *options, int session_s, const struct log *log,
            struct error *error)
{
    (void)options;
    (void)session_s;
    (void)log;
    *db = (struct db *)&model;
    return reach(error);
}

void db_close(struct db *db)
{
    (void)db;
}

int db_reconnect(struct db *db, struct error *error)
{
    (void)db;
    return reach(error);
}

int db_retry(const struct db *db, const struct limits *limits, struct db_tries *tries,
             const struct error *why, struct error *error)
{
    (void)db;
    (void)limits;
    (void)tries;
    return error_copy(error, why);
}

bool db_lost(const struct db *db)
{
    (void)db;
    return model.dead;
}

enum db_failure db_failure(const struct db *db)
{
    (void)db;
    return DB_FAILURE_CONNECTION;
}

bool db_binary_json(const struct db *db)
{
    (void)db;
    return false;
}

size_t db_packet_max(const struct db *db)
{
    (void)db;
    return 1 << 20;
}

int migrate_check(struct db *db, struct error *error)
{
    (void)db;
    (void)error;
    return 0;
}

int dashboard_judge(const struct dashboard *requests, struct error *error)
{
    (void)requests;
    (void)error;
    return 0;
}

int migrate_version(struct db *db, struct error *error)
{
    (void)db;
    (void)error;
    return 1;
}

/* lib/store/store.h: the state and the run row */

int store_open(struct store **store, struct db *db, const char *site_key, bool dry,
               struct error *error)
{
    (void)db;
    (void)site_key;
    *store = calloc(1, sizeof **store);
    if (!*store)
        return error_no_memory(error);
    (*store)->dry = dry;
    return 0;
}

void store_close(struct store *store)
{
    free(store);
}

void store_release(struct store *store)
{
    (void)store;
}

int store_read_state(struct store *store, struct state *state, struct findings *findings,
                     struct arena *arena, struct error *error)
{
    struct model_tables *t = &model.tables;
    (void)store;
    *findings = (struct findings){
        .rejects = t->reject_count > 0, .calls = t->call_count > 0, .recorded = t->recorded};
    for (int slot = 0; slot < t->row_count; slot++) {
        const struct model_row *row = model_row(slot);
        findings->tickets |= row != NULL;
        bool closed = row && strcmp(row->status, "closed") == 0;
        findings->left |= row && !row->deleted && row->left_scope;
        findings->mismarked |= row && !row->deleted && row->left_scope == closed;
    }
    *state = (struct state){.total = -1, .max_id = -1, .walk = {.total = -1, .max_id = -1}};
    if (reach(error) < 0)
        return -1;
    if (!t->has_state)
        return 0;
    *state = t->state;
    state->home = give(t->home, arena);
    state->address = give(t->address, arena);
    state->zone = give(t->zone, arena);
    state->scope = give(t->scope, arena);
    state->api_user = give(t->api_user, arena);
    state->walk.scope = give(t->walk_scope, arena);
    state->walk.api_user = give(t->walk_user, arena);
    return 0;
}

int store_take(struct store *store, int lease_s, struct state *state, struct findings *findings,
               struct arena *arena, struct error *error)
{
    (void)lease_s;
    if (reach(error) < 0 || store_read_state(store, state, findings, arena, error) < 0)
        return -1;
    model.tables.recorded = false;
    return 0;
}

int store_find_alias(struct store *store, const char *home, const char **key, struct arena *arena,
                     struct error *error)
{
    (void)store;
    (void)home;
    (void)arena;
    *key = NULL;
    return reach(error);
}

int store_close_interrupted(struct store *store, struct error *error)
{
    (void)store;
    return reach(error);
}

int store_start_run(struct store *store, struct run_row *run, bool again, struct error *error)
{
    (void)store;
    (void)again;
    if (reach(error) < 0)
        return -1;
    struct model_tables *t = &model.tables;
    run->id = ++t->run_id;
    if (t->run_count == MODEL_RUNS)
        memmove(&t->run_begins[0], &t->run_begins[1],
                (size_t)--t->run_count * sizeof t->run_begins[0]);
    t->run_begins[t->run_count++] = model_machine_time();
    return 0;
}

int store_run_begins(struct store *store, int64_t run_id, int64_t *begins, size_t limit,
                     size_t *count, struct error *error)
{
    (void)store;
    (void)run_id;
    *count = 0;
    for (int i = model.tables.run_count - 2; i >= 0 && *count < limit; i--)
        begins[(*count)++] = model.tables.run_begins[i];
    return reach(error);
}

int store_progress(struct store *store, const struct run_row *run, struct error *error)
{
    (void)store;
    (void)run;
    return reach(error);
}

int store_trim_runs(struct store *store, int most, struct error *error)
{
    (void)store;
    (void)most;
    return reach(error);
}

static void ensure_state(void)
{
    struct model_tables *t = &model.tables;
    if (!t->has_state)
        t->state = (struct state){.total = -1, .max_id = -1, .walk = {.total = -1, .max_id = -1}};
    t->has_state = true;
}

static int64_t or_null(int64_t number)
{
    return number < 0 ? -1 : number;
}

static void write_state(const struct state *s)
{
    struct model_tables *t = &model.tables;
    ensure_state();
    struct walk_state walk = t->state.walk;
    t->state = *s;
    t->state.walk = walk; /* has columns and statements of its own */
    t->state.total = or_null(s->total);
    t->state.max_id = or_null(s->max_id);
    keep(t->home, sizeof t->home, s->home);
    keep(t->zone, sizeof t->zone, s->zone);
    keep(t->scope, sizeof t->scope, s->scope);
    keep(t->api_user, sizeof t->api_user, s->api_user);
}

int store_know_site(struct store *store, const char *home, const char *address, bool other,
                    struct error *error)
{
    struct model_tables *t = &model.tables;
    (void)store;
    if (reach(error) < 0)
        return -1;
    ensure_state();
    keep(t->home, sizeof t->home, home);
    keep(t->address, sizeof t->address, address);
    if (other)
        t->state.last_full_walk = t->state.walk.started = 0;
    return 0;
}

static void clear_pages(void)
{
    model.tables.pages = model.tables.page_ids = 0;
}

int store_write_state(struct store *store, const struct state *state, struct error *error)
{
    (void)store;
    if (reach(error) < 0)
        return -1;
    write_state(state);
    return 0;
}

int store_leave(struct store *store, const struct state *state, bool recorded, struct error *error)
{
    model.tables.recorded = recorded;
    return state ? store_write_state(store, state, error) : reach(error);
}

int store_read_record(struct store *store, struct record *record, struct error *error)
{
    (void)store;
    if (reach(error) < 0)
        return -1;
    for (int slot = 0; slot < MODEL_SLOTS; slot++)
        if (model.tables.on_record[slot] && record_insert(record, slot + 1) < 0)
            return error_no_memory(error);
    for (size_t i = 0; i < record->used; i++)
        record->chunks[i].changed = false;
    return 0;
}

/* A chunk that is not marked as changed stays as it is. */
int store_write_record(struct store *store, const struct record *record, struct error *error)
{
    (void)store;
    if (reach(error) < 0)
        return -1;
    for (size_t i = 0; i < record->used; i++)
        for (int64_t id = 0; record->chunks[i].changed && id < RECORD_CHUNK_IDS; id++) {
            int64_t slot = record->chunks[i].number * RECORD_CHUNK_IDS + id - 1;
            if (slot >= 0 && slot < MODEL_SLOTS)
                model.tables.on_record[slot] = record_has(record, slot + 1);
        }
    return 0;
}

int store_read_proofs(struct store *store, struct rolling *proofs, struct error *error)
{
    (void)store;
    if (reach(error) < 0)
        return -1;
    for (int i = 0; i < model.tables.proof_count; i++)
        if (rolling_load(proofs, model.tables.proofs[i].low, model.tables.proofs[i].at) < 0)
            return error_no_memory(error);
    return 0;
}

int store_write_proofs(struct store *store, const struct rolling *before,
                       const struct rolling *proofs, struct error *error)
{
    struct model_tables *t = &model.tables;
    (void)store;
    (void)before;
    if (reach(error) < 0)
        return -1;
    if (proofs->count > MODEL_PROOFS)
        return error_set(error, ERR_DATABASE, "the model has no room for more proofs");
    memcpy(t->proofs, proofs->proofs, proofs->count * sizeof *proofs->proofs);
    t->proof_count = (int)proofs->count;
    return 0;
}

int store_run_ended(struct store *store, int64_t run_id, bool *ended, struct error *error)
{
    (void)store;
    (void)run_id;
    *ended = false;
    return reach(error);
}

int store_tell_end(struct store *store, const struct run_row *run, struct error *error)
{
    (void)store;
    (void)run;
    return reach(error);
}

int store_finish_run(struct store *store, const struct run_row *run, enum run_status status,
                     bool *called, struct error *error)
{
    struct inbox_call call;
    size_t count = 0;
    (void)status;
    if (called ? store_read_calls(store, run->id, &call, 1, &count, error) < 0 : reach(error) < 0)
        return -1;
    if (called)
        *called = count > 0;
    return 0;
}

/* Rows that were never used need no copy. */
static void copy_tables(struct model_tables *to, const struct model_tables *from)
{
    size_t rows = offsetof(struct model_tables, row_count);
    memcpy(to->rows, from->rows, (size_t)from->row_count * sizeof *from->rows);
    memcpy((char *)to + rows, (const char *)from + rows, sizeof *from - rows);
}

static int begin(struct error *error)
{
    if (reach(error) < 0)
        return -1;
    copy_tables(&model.saved, &model.tables);
    model.open = true;
    return 0;
}

void store_note_newest(struct store *store, int64_t newest)
{
    store->newest = newest;
}

int store_begin(struct store *store, struct error *error)
{
    if (begin(error) < 0)
        return -1;
    if (!store->newest)
        return 0;
    ensure_state();
    model.tables.state.newest = store->newest;
    return 0;
}

int store_commit(struct store *store, struct error *error)
{
    (void)store;
    if (reach(error) < 0)
        return -1;
    model.open = false;
    return 0;
}

void store_rollback(struct store *store)
{
    (void)store;
    int used = model.tables.row_count;
    if (model.open)
        copy_tables(&model.tables, &model.saved);
    for (int slot = model.tables.row_count; slot < used; slot++)
        model.tables.rows[slot] = (struct model_row){0};
    model.open = false;
}

int store_twin(const struct store *store, struct db *db, struct store **twin, struct error *error)
{
    (void)db;
    *twin = malloc(sizeof **twin);
    if (!*twin)
        return error_no_memory(error);
    **twin = *store;
    return 0;
}

void store_twin_free(struct store *twin)
{
    free(twin);
}

int store_begin_ahead(struct store *twin, struct error *error)
{
    (void)twin;
    return begin(error);
}

void store_take_over(struct store *store, struct store *twin)
{
    (void)store;
    (void)twin;
}

int store_fence(struct store *store, struct error *error)
{
    (void)store;
    return reach(error);
}

int store_savepoint(struct store *store, struct error *error)
{
    (void)store;
    return reach(error);
}

int store_rollback_to_savepoint(struct store *store, struct error *error)
{
    (void)store;
    return reach(error);
}

/* The walk in progress */

int store_start_walk(struct store *store, const struct walk_state *walk, struct error *error)
{
    struct model_tables *t = &model.tables;
    (void)store;
    if (reach(error) < 0)
        return -1;
    ensure_state();
    clear_pages();
    t->state.walk = *walk;
    t->state.walk.total = or_null(walk->total);
    t->state.walk.max_id = or_null(walk->max_id);
    keep(t->walk_scope, sizeof t->walk_scope, walk->scope);
    keep(t->walk_user, sizeof t->walk_user, walk->api_user);
    t->walk_moment = model.began;
    t->walk_ms = model.began_ms;
    return 0;
}

int store_end_walk(struct store *store, struct error *error)
{
    (void)store;
    if (reach(error) < 0)
        return -1;
    ensure_state();
    model.tables.state.walk.started = 0;
    clear_pages();
    return 0;
}

int store_save_walk_page(struct store *store, const struct walk_page_key *key,
                         struct walk_interval proven, const int64_t *ids, size_t count,
                         struct error *error)
{
    struct model_tables *t = &model.tables;
    (void)store;
    if (reach(error) < 0)
        return -1;
    if (t->pages == MODEL_PAGES || t->page_ids + (int)count > MODEL_PAGE_IDS)
        return error_set(error, ERR_DATABASE, "the model has no room for more pages of a walk");
    proven.rows = (int64_t)count;
    model.pages[t->pages++] =
        (struct model_walk_page){key->walk_id, key->run_id, proven, t->page_ids, (int)count};
    for (size_t i = 0; i < count; i++)
        model.page_ids[t->page_ids++] = ids[i];
    return 0;
}

static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* The order in which they are read back. */
static int by_run(const void *a, const void *b)
{
    const struct model_walk_page *x = *(struct model_walk_page *const *)a;
    const struct model_walk_page *y = *(struct model_walk_page *const *)b;
    int order = compare(x->run_id, y->run_id);
    if (order == 0)
        order = compare(x->interval.low, y->interval.low);
    return order ? order : compare(x->interval.high, y->interval.high);
}

int store_read_walk(struct store *store, int64_t walk_id, struct walk_intervals *proven,
                    struct tally *seen, struct arena *arena, struct error *error)
{
    const struct model_tables *t = &model.tables;
    const struct model_walk_page *pages[MODEL_PAGES];
    (void)store;
    proven->count = 0;
    proven->rows = arena_alloc(arena, (size_t)(t->pages + 1) * sizeof *proven->rows);
    if (!proven->rows || reach(error) < 0)
        return -1;
    for (int i = 0; i < t->pages; i++)
        if (model.pages[i].walk_id == walk_id)
            pages[proven->count++] = &model.pages[i];
    qsort(pages, proven->count, sizeof(const struct model_walk_page *), by_run);
    for (size_t i = 0; i < proven->count; i++) {
        proven->rows[i] = pages[i]->interval;
        for (int id = 0; id < pages[i]->ids; id++)
            if (tally_add(seen, model.page_ids[pages[i]->first_id + id], TALLY_BEFORE) < 0)
                return error_no_memory(error);
    }
    return 0;
}

int store_walk_watermark(struct store *store, int64_t watermark, struct error *error)
{
    (void)store;
    if (reach(error) < 0)
        return -1;
    ensure_state();
    model.tables.state.walk.watermark = watermark;
    return 0;
}

int store_walk_top(struct store *store, int64_t total, int64_t max_id, struct error *error)
{
    (void)store;
    if (reach(error) < 0)
        return -1;
    ensure_state();
    model.tables.state.walk.total = or_null(total);
    model.tables.state.walk.max_id = or_null(max_id);
    return 0;
}

/* Tickets */

int store_ticket_fields(struct store *store, const struct mapping_pairs *fields,
                        struct request_schema *schema, struct error *error)
{
    (void)store;
    (void)fields;
    (void)schema;
    (void)error;
    return 0;
}

int store_request_schema(struct store *store, const struct mapping_pairs *fields,
                         struct request_schema *schema, struct dashboard *requests,
                         struct error *error)
{
    static const struct request_field built_in[REQUEST_BUILT_IN] = {
        {.name = "date", .type = FIELD_DATE},
        {.name = "time", .type = FIELD_TIME},
        {.name = "category", .type = FIELD_TEXT, .chars = 50, .bytes = 200},
        {.name = "description", .type = FIELD_TEXT, .chars = 65535, .bytes = 65535},
        {.name = "urgency", .type = FIELD_ENUM, .options = "LOW\nMEDIUM\nHIGH\n"},
    };
    (void)store;
    (void)fields;
    memcpy(schema->fields, built_in, sizeof built_in);
    schema->count = REQUEST_BUILT_IN;
    *requests = (struct dashboard){0};
    return reach(error);
}

static int slot_of_key(const char *fluent_id)
{
    char *end;
    int64_t id = strtoll(fluent_id, &end, 10);
    return *end ? -1 : model_slot_of(id);
}

static int by_fluent_id(const void *a, const void *b)
{
    return strcmp(((const struct stored *)a)->fluent_id, ((const struct stored *)b)->fluent_id);
}

int store_lookup(struct store *store, const char *const *ids, size_t count,
                 struct stored_list *found, struct arena *arena, struct error *error)
{
    (void)store;
    found->count = 0;
    found->rows = arena_alloc(arena, (count + 1) * sizeof *found->rows);
    model.looked_up += (int64_t)count;
    if (!found->rows || reach(error) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        int slot = slot_of_key(ids[i]);
        const struct model_row *row = slot < 0 ? NULL : model_row(slot);
        if (!row)
            continue;
        struct stored *s = &found->rows[found->count++];
        *s = (struct stored){.id = row->id,
                             .deleted = row->deleted,
                             .invisible = row->invisible,
                             .hidden = row->hidden,
                             .left_scope = row->left_scope,
                             .edits_kept = row->edits_kept};
        keep(s->fluent_id, sizeof s->fluent_id, ids[i]);
        memcpy(s->fingerprint, row->fingerprint, HASH_SIZE);
    }
    qsort(found->rows, found->count, sizeof *found->rows, by_fluent_id);
    return 0;
}

/* There are no requests, but what a ticket was is told with them. */
int store_lookup_requests(struct store *store, const struct request_ids *tickets,
                          enum request_version version, struct stored_requests *found,
                          struct arena *arena, struct error *error)
{
    size_t count = tickets->count;
    (void)store;
    (void)version;
    found->count = 0;
    found->rows = arena_alloc(arena, (count + 1) * sizeof *found->rows);
    if (!found->rows || reach(error) < 0)
        return -1;
    for (int slot = 0; slot < model.tables.row_count; slot++)
        for (size_t i = 0; i < count; i++)
            if (model_row(slot) && model_row(slot)->id == tickets->ids[i])
                found->rows[found->count++] = (struct stored_request){
                    .ticket_id = tickets->ids[i],
                    .number = give(model_row(slot)->number, arena),
                    .created_at = give(model_row(slot)->created_at, arena),
                    .updated_at = give(model_row(slot)->updated_text, arena)};
    return 0;
}

int store_insert_requests(struct store *store, const struct request_schema *schema,
                          struct write *const *writes, size_t count, struct error *error)
{
    (void)store;
    (void)schema;
    for (size_t i = 0; i < count; i++)
        writes[i]->request_id = writes[i]->row->id;
    return reach(error);
}

/* The first half of a fingerprint: see ticket_fingerprint. */
static int64_t content_of(const char *fingerprint)
{
    char digits[17];
    memcpy(digits, fingerprint, 16);
    digits[16] = '\0';
    return strtoll(digits, NULL, 16);
}

static int write_rows(struct write *const *writes, size_t count, struct error *error)
{
    if (reach(error) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct row *from = writes[i]->row;
        int slot = model_slot_of(from->id);
        struct model_row *row = &model.tables.rows[slot];
        *row = (struct model_row){.id = slot + 1,
                                  .mailbox = slot % 3 + 1,
                                  .edits_kept = writes[i]->edits_kept,
                                  .hidden = writes[i]->hidden,
                                  .left_scope = from->left_scope};
        row->content = content_of(from->fingerprint);
        row->updated_at = model_updated_at(slot, row->content);
        keep(row->fingerprint, sizeof row->fingerprint, from->fingerprint);
        keep(row->number, sizeof row->number, from->ticket[TICKET_NUMBER].text);
        keep(row->created_at, sizeof row->created_at, from->ticket[TICKET_CREATED_AT].text);
        keep(row->updated_text, sizeof row->updated_text, from->ticket[TICKET_UPDATED_AT].text);
        keep(row->status, sizeof row->status, from->ticket[TICKET_STATUS].text);
        keep(row->resolved_at, sizeof row->resolved_at, from->ticket[TICKET_RESOLVED_AT].text);
        model.slots[slot].lost = false;
        if (slot >= model.tables.row_count)
            model.tables.row_count = slot + 1;
        model_trace("    stored %d, content %lld\n", slot + 1, (long long)row->content);
    }
    return 0;
}

/* The real table refuses a second row of a ticket; then the whole page is stored anew. */
int store_insert_tickets(struct store *store, struct write *const *writes, size_t count,
                         struct error *error)
{
    (void)store;
    for (size_t i = 0; i < count; i++)
        if (model_row(model_slot_of(writes[i]->row->id)))
            model_broken("no ticket is inserted that is stored");
    return count ? write_rows(writes, count, error) : 0;
}

int store_update_tickets(struct store *store, struct write *const *writes, size_t count,
                         bool absent, struct error *error)
{
    (void)store;
    (void)absent;
    return count ? write_rows(writes, count, error) : 0;
}

int store_update_request(struct store *store, const struct request_schema *schema,
                         const struct request_update *update, bool *written, struct error *error)
{
    (void)store;
    (void)schema;
    (void)update;
    *written = true;
    return reach(error);
}

int store_read_requests(struct store *store, const struct request_ids *requests,
                        struct held_requests *found, struct arena *arena, struct error *error)
{
    (void)store;
    (void)arena;
    *found = (struct held_requests){0};
    return requests->count ? reach(error) : 0;
}

int store_hide_request(struct store *store, int64_t request_id, bool *hidden,
                       char version[VERSION_SIZE], struct error *error)
{
    (void)store;
    (void)request_id;
    *hidden = false;
    version[0] = '\0';
    return reach(error);
}

int store_show_request(struct store *store, int64_t request_id, const char *version, bool *shown,
                       struct error *error)
{
    (void)store;
    (void)request_id;
    (void)version;
    *shown = false;
    return reach(error);
}

int store_request_touched(struct store *store, int64_t request_id, bool *touched,
                          struct error *error)
{
    (void)store;
    (void)request_id;
    *touched = false;
    return reach(error);
}

/* What is kept of tickets never changes here */

int store_unseen_rows(struct store *store, int64_t after, int64_t since, struct unseen_rows *found,
                      struct arena *arena, struct error *error)
{
    (void)store;
    (void)after;
    (void)since;
    (void)arena;
    *found = (struct unseen_rows){0};
    return reach(error);
}

int store_forget_raw(struct store *store, int64_t id, struct error *error)
{
    (void)store;
    (void)id;
    return reach(error);
}

int store_forget_path(struct store *store, const char *path, int64_t since, struct error *error)
{
    (void)store;
    (void)path;
    (void)since;
    return reach(error);
}

int store_forget_rejects(struct store *store, int64_t run_id, struct error *error)
{
    (void)store;
    (void)run_id;
    return reach(error);
}

/* Vanished tickets */

static struct live_ticket live(int slot)
{
    const struct model_row *row = model_row(slot);
    struct live_ticket t = {
        .id = row->id, .ticket = slot + 1, .mailbox_id = row->mailbox, .invisible = row->invisible};
    keep(t.created_at, sizeof t.created_at, row->created_at);
    keep(t.resolved_at, sizeof t.resolved_at, row->resolved_at);
    return t;
}

int store_live_tickets(struct store *store, int64_t after, size_t limit, struct live_ticket *rows,
                       size_t *count, struct error *error)
{
    (void)store;
    *count = 0;
    if (reach(error) < 0)
        return -1;
    for (int slot = (int)after; slot < model.tables.row_count && *count < limit; slot++) {
        const struct model_row *row = model_row(slot);
        if (row && !row->deleted)
            rows[(*count)++] = live(slot);
    }
    return 0;
}

int store_live_among(struct store *store, const int64_t *tickets, size_t limit,
                     struct live_ticket *rows, size_t *count, struct error *error)
{
    (void)store;
    *count = 0;
    if (reach(error) < 0)
        return -1;
    for (size_t i = 0; i < limit; i++) {
        int slot = (int)tickets[i] - 1;
        const struct model_row *row = slot < MODEL_SLOTS ? model_row(slot) : NULL;
        if (row && !row->deleted)
            rows[(*count)++] = live(slot);
    }
    return 0;
}

int store_wrongly_scoped(struct store *store, bool closed, int64_t after,
                         struct scoped_tickets *found, struct arena *arena, struct error *error)
{
    (void)store;
    found->count = 0;
    found->rows = arena_alloc(arena, SCOPED_TICKETS * sizeof *found->rows);
    if (!found->rows || reach(error) < 0)
        return -1;
    for (int slot = (int)after; slot < model.tables.row_count && found->count < SCOPED_TICKETS;
         slot++) {
        const struct model_row *row = model_row(slot);
        bool left = row && closed && strcmp(row->status, "closed") != 0;
        if (row && !row->deleted && row->left_scope != left)
            found->rows[found->count++] = (struct scoped_ticket){.id = row->id,
                                                                 .ticket = slot + 1,
                                                                 .status = give(row->status, arena),
                                                                 .hidden = row->hidden,
                                                                 .left_scope = row->left_scope};
    }
    return 0;
}

int store_mark_left(struct store *store, const struct scoped_ticket *ticket, struct error *error)
{
    (void)store;
    if (reach(error) < 0)
        return -1;
    model_trace("    %s the scope: %lld\n", ticket->left_scope ? "left" : "back in",
                (long long)ticket->ticket);
    model.tables.rows[ticket->id - 1].left_scope = ticket->left_scope;
    model.tables.rows[ticket->id - 1].hidden = ticket->hidden;
    return 0;
}

int store_count_live_tickets(struct store *store, int64_t *count, struct error *error)
{
    (void)store;
    *count = 0;
    for (int slot = 0; slot < model.tables.row_count; slot++)
        *count += model_row(slot) && !model_row(slot)->deleted;
    return reach(error);
}

static bool counts_since(int64_t deleted_at, int64_t seconds)
{
    return deleted_at > model.now_ms / 1000 - seconds &&
           deleted_at > model.tables.deletes_confirmed_at;
}

static int64_t count_marks(int64_t seconds)
{
    int64_t marks = 0;
    for (int slot = 0; slot < model.tables.row_count; slot++) {
        const struct model_row *row = model_row(slot);
        marks += row && row->deleted && counts_since(row->deleted_at, seconds);
    }
    for (int i = 0; i < model.tables.set_aside_count; i++)
        marks += counts_since(model.tables.set_aside[i], seconds);
    return marks;
}

int store_count_deletions(struct store *store, int64_t seconds, struct deletion_count *count,
                          struct error *error)
{
    *count = (struct deletion_count){.marked = count_marks(seconds)};
    return store_count_live_tickets(store, &count->live, error);
}

int store_confirm_deletions(struct store *store, struct error *error)
{
    (void)store;
    if (reach(error) < 0)
        return -1;
    model.tables.deletes_confirmed_at = model.now_ms / 1000;
    return 0;
}

/* Shown all through the run, and not another ticket of the same id, as a replica may show. */
static bool is_known_to_be_there(int slot)
{
    return !model.lag_s && model_shown_throughout(slot, model.began, model.moment) &&
           strcmp(model_newest(slot)->number, model_row(slot)->number) == 0;
}

int store_mark_deleted(struct store *store, int64_t id, const char *hidden_as, struct error *error)
{
    (void)store;
    if (reach(error) < 0)
        return -1;
    model_trace("    marked as deleted: %lld\n", (long long)id);
    if (is_known_to_be_there((int)id - 1))
        model_broken("no ticket that is there is marked as deleted");
    if (model.most_deletes && count_marks(model.window_s) >= model.most_deletes)
        model_broken("no more tickets are marked as deleted than max_deletes allows");
    model.tables.rows[id - 1].deleted = true;
    model.tables.rows[id - 1].deleted_at = model.now_ms / 1000;
    model.tables.rows[id - 1].hidden = hidden_as != NULL;
    return 0;
}

int store_set_aside(struct store *store, int64_t id, struct error *error)
{
    (void)store;
    if (reach(error) < 0)
        return -1;
    if (model.tables.set_aside_count < MODEL_SLOTS)
        model.tables.set_aside[model.tables.set_aside_count++] =
            model.tables.rows[id - 1].deleted_at;
    model.tables.rows[id - 1] = (struct model_row){0};
    return 0;
}

int store_mark_invisible(struct store *store, int64_t id, struct error *error)
{
    (void)store;
    if (reach(error) < 0)
        return -1;
    model_trace("    marked as invisible: %lld\n", (long long)id);
    if (is_known_to_be_there((int)id - 1))
        model_broken("no ticket that is there is marked as invisible");
    model.tables.rows[id - 1].invisible = true;
    return 0;
}

/* Rejects */

enum { FIRST_WAIT_S = 600, LONGEST_WAIT_S = 86400 };

static struct model_reject *find_reject(const char *fluent_id)
{
    struct model_tables *t = &model.tables;
    for (int i = 0; i < t->reject_count; i++)
        if (strcmp(t->rejects[i].fluent_id, fluent_id) == 0)
            return &t->rejects[i];
    return NULL;
}

/* As the statement of store_due_rejects says it. */
static bool is_due(const struct model_reject *reject)
{
    int64_t wait = reject->next_attempt - model_machine_time();
    return !strchr(reject->fluent_id, '#') && (wait <= 0 || wait > LONGEST_WAIT_S);
}

int store_lookup_rejects(struct store *store, const char *const *ids, size_t count,
                         struct reject_list *found, struct arena *arena, struct error *error)
{
    (void)store;
    found->count = 0;
    found->rows = arena_alloc(arena, (count + 1) * sizeof *found->rows);
    if (!found->rows || reach(error) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct model_reject *reject = find_reject(ids[i]);
        if (reject)
            found->rows[found->count++] =
                (struct reject){.fluent_id = give(reject->fluent_id, arena),
                                .reason = give(reject->reason, arena),
                                .fingerprint = give(reject->fingerprint, arena)};
    }
    return 0;
}

int store_reject(struct store *store, const struct reject *reject, struct error *error)
{
    struct model_tables *t = &model.tables;
    (void)store;
    if (reach(error) < 0)
        return -1;
    struct model_reject *on_record = find_reject(reject->fluent_id);
    bool added = !on_record && t->reject_count < MODEL_REJECTS;
    if (added) {
        on_record = &t->rejects[t->reject_count++];
        *on_record = (struct model_reject){0};
        keep(on_record->fluent_id, sizeof on_record->fluent_id, reject->fluent_id);
    }
    if (!on_record)
        return error_set(error, ERR_DATABASE, "the model has no room for more rejects");
    const char *fingerprint = reject->fingerprint ? reject->fingerprint : "";
    bool same = !added && strcmp(on_record->fingerprint, fingerprint) == 0;
    int64_t wait =
        same ? FIRST_WAIT_S << (on_record->attempts < 8 ? on_record->attempts : 8) : FIRST_WAIT_S;
    on_record->accepted = same && on_record->accepted;
    on_record->attempts = same ? on_record->attempts + 1 : 1;
    on_record->last_seen = model_machine_time();
    on_record->next_attempt =
        on_record->last_seen + (wait < LONGEST_WAIT_S ? wait : LONGEST_WAIT_S);
    keep(on_record->fingerprint, sizeof on_record->fingerprint, fingerprint);
    keep(on_record->reason, sizeof on_record->reason, reject->reason);
    model_trace("    reject %s: %s\n", on_record->fluent_id, on_record->reason);
    return 0;
}

static void forget_rejects(bool (*forgets)(const struct model_reject *, const void *),
                           const void *context)
{
    struct model_tables *t = &model.tables;
    int kept = 0;
    for (int i = 0; i < t->reject_count; i++)
        if (!forgets(&t->rejects[i], context))
            t->rejects[kept++] = t->rejects[i];
    t->reject_count = kept;
}

static bool has_name(const struct model_reject *reject, const void *name)
{
    return strcmp(reject->fluent_id, name) == 0;
}

int store_clear_reject(struct store *store, const char *fluent_id, struct error *error)
{
    (void)store;
    if (reach(error) < 0)
        return -1;
    forget_rejects(has_name, fluent_id);
    return 0;
}

static bool is_position(const struct model_reject *reject, const void *context)
{
    (void)context;
    return strstr(reject->fluent_id, "#position ") != NULL;
}

int store_clear_nameless(struct store *store, int64_t run_id, struct error *error)
{
    (void)store;
    (void)run_id;
    if (reach(error) < 0)
        return -1;
    forget_rejects(is_position, NULL);
    return 0;
}

int store_due_rejects(struct store *store, int64_t *ids, size_t limit, size_t *count,
                      struct error *error)
{
    (void)store;
    *count = 0;
    for (int i = 0; i < model.tables.reject_count && *count < limit; i++)
        if (is_due(&model.tables.rejects[i]))
            ids[(*count)++] = strtoll(model.tables.rejects[i].fluent_id, NULL, 10);
    return reach(error);
}

int store_count_rejects(struct store *store, struct reject_counts *counts, struct error *error)
{
    (void)store;
    *counts = (struct reject_counts){.all = model.tables.reject_count};
    for (int i = 0; i < model.tables.reject_count; i++)
        counts->waiting += !model.tables.rejects[i].accepted;
    return reach(error);
}

/* lib/store/inbox.h */

int store_read_calls(struct store *store, int64_t run_id, struct inbox_call *calls, size_t limit,
                     size_t *count, struct error *error)
{
    const struct model_tables *t = &model.tables;
    (void)store;
    *count = 0;
    for (int i = 0; i < t->call_count && *count < limit; i++)
        if (t->calls[i].run_id != run_id)
            calls[(*count)++] = t->calls[i].call;
    return reach(error);
}

static struct model_call *find_call(const struct inbox_call *call)
{
    struct model_tables *t = &model.tables;
    for (int i = 0; i < t->call_count; i++)
        if (t->calls[i].call.ticket == call->ticket && t->calls[i].call.seq == call->seq)
            return &t->calls[i];
    return NULL;
}

int store_settle_call(struct store *store, const struct inbox_call *call, struct error *error)
{
    struct model_tables *t = &model.tables;
    struct model_call *found = find_call(call);
    (void)store;
    if (reach(error) < 0)
        return -1;
    if (found)
        *found = t->calls[--t->call_count];
    return 0;
}

int store_keep_call(struct store *store, const struct inbox_call *call, int64_t run_id,
                    struct error *error)
{
    struct model_call *found = find_call(call);
    (void)store;
    if (reach(error) < 0)
        return -1;
    if (found)
        found->run_id = run_id;
    return 0;
}
