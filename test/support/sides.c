/* sides: two sides and what is between them, in memory. */
#include "sides.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/merge_base.h"
#include "dashboard_columns.h"
#include "run/merging.h"
#include "run/page_writer.h"
#include "run/push.h"
#include "run/schema.h"
#include "site/site_write.h"
#include "store/requests.h"
#include "store/tickets.h"

struct sides sides;
const char *const sides_priorities[SIDES_VALUES] = {"normal", "medium", "critical", "urgent",
                                                    "low"};

static struct config config;
static struct run run;

/* splitmix64 */
int sides_pick(int n)
{
    uint64_t z = (sides.random += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return (int)((z ^ (z >> 31)) % (uint64_t)n);
}

void sides_trace(const char *format, ...)
{
    if (!sides.trace)
        return;
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
}

void sides_broken(const char *promise)
{
    sides_trace("  BROKEN: %s\n", promise);
    if (!sides.broken)
        sides.broken = promise;
}

static void keep(char *to, size_t size, const char *text)
{
    snprintf(to, size, "%s", text ? text : "");
}

static int priority_of(const char *value)
{
    for (int p = 0; p < SIDES_VALUES; p++)
        if (strcmp(sides_priorities[p], value) == 0)
            return p;
    abort();
}

const char *sides_urgency(int priority)
{
    static const char *const urgencies[] = {"MEDIUM", "MEDIUM", "HIGH", "HIGH", "LOW"};
    return sides.mapping && priority == 1 ? "HIGH" : urgencies[priority];
}

int sides_entries(const char *marker)
{
    int found = 0;
    for (int i = 0; i < sides.entry_count; i++)
        found += strcmp(sides.entries[i].marker, marker) == 0;
    return found;
}

static int64_t database_now(void)
{
    return sides.now_ms / 1000;
}

/* A step of the process: false once it is killed. */
static bool step(void)
{
    if (sides.steps_left > 0 && --sides.steps_left == 0) {
        sides.dead = true;
        sides.kills++;
        sides_trace("    killed\n");
    }
    return !sides.dead;
}

static int reach(struct error *error)
{
    return step() ? 0 : error_set(error, ERR_DATABASE, "killed");
}

/* People and agents */

void sides_agent(int t)
{
    int to = sides_pick(SIDES_VALUES);
    sides.tickets[t].priority = to;
    sides_trace("    agent: %d becomes %s\n", t + 1, sides_priorities[to]);
}

static void note_person(int t)
{
    sides.truth[t].person = strcmp(sides.tables.rows[t].urgency, sides.truth[t].held) != 0;
}

void sides_person(int t)
{
    static const char *const urgencies[] = {"LOW", "MEDIUM", "HIGH"};
    struct sides_row *row = &sides.tables.rows[t];
    keep(row->urgency, sizeof row->urgency, urgencies[sides_pick(3)]);
    row->updated_at = database_now();
    note_person(t);
    sides_trace("    person: %d becomes %s\n", t + 1, row->urgency);
}

static struct outbox_row *new_row(int t, enum outbox_action action)
{
    struct sides_tables *s = &sides.tables;
    if (s->outbox_count == SIDES_ROWS)
        return NULL;
    struct outbox_row *row = &s->outbox[s->outbox_count];
    *row = (struct outbox_row){.id = ++s->next_id,
                               .ticket = t + 1,
                               .action = action,
                               .state = OUTBOX_PENDING,
                               .created = database_now()};
    snprintf(row->fluent_id, sizeof row->fluent_id, "%d", t + 1);
    snprintf(s->contents[s->outbox_count], SIDES_TEXT, "text %" PRId64, row->id);
    memset(s->values[s->outbox_count], 0, sizeof s->values[0]);
    s->errors[s->outbox_count++][0] = '\0';
    return row;
}

void sides_ask(int t, enum outbox_action action)
{
    const struct outbox_row *row = new_row(t, action);
    if (row)
        sides_trace("    person asks: %s of %d, row %" PRId64 "\n", outbox_action_words[action],
                    t + 1, row->id);
}

void sides_settle(void)
{
    struct sides_tables *s = &sides.tables;
    struct outbox_row *row = s->outbox_count ? &s->outbox[sides_pick(s->outbox_count)] : NULL;
    if (!row)
        return;
    bool retries = sides_pick(2);
    if (retries && (row->state == OUTBOX_FAILED || row->state == OUTBOX_HELD))
        row->state = OUTBOX_PENDING;
    else if (!retries && row->state != OUTBOX_SENDING && row->state != OUTBOX_DONE)
        row->state = OUTBOX_CANCELLED;
    else
        return;
    sides_trace("    person: row %" PRId64 " is %s\n", row->id, outbox_state_words[row->state]);
}

void sides_any(void)
{
    static const enum outbox_action asked[] = {OUTBOX_REPLY, OUTBOX_NOTE, OUTBOX_CLOSE,
                                               OUTBOX_REOPEN};
    int t = sides_pick(SIDES_TICKETS);
    switch (sides_pick(10)) {
    case 9: /* hidden from the API user, or put away in the dashboard; or not any more */
        if (sides_pick(2))
            sides.tickets[t].hidden ^= true;
        else
            sides.tables.rows[t].removed ^= true;
        sides.tables.rows[t].updated_at = database_now();
        break;
    case 0:
    case 1:
    case 2:
        sides_person(t);
        break;
    case 3:
    case 4:
    case 5:
        sides_agent(t);
        break;
    case 6:
    case 7:
        sides_ask(t, asked[sides_pick(4)]);
        break;
    default:
        sides_settle();
    }
}

/* Time passes while a run goes on; nobody changes a row that a transaction has locked. */
static void pass(void)
{
    sides.now_ms += 100 + sides_pick(2000);
    sides_arrive();
    while (!sides.in_transaction && sides.events > 0 && sides_pick(4) == 0) {
        sides.events--;
        sides_any();
    }
}

/* The site */

void sides_arrive(void)
{
    for (int i = 0; i < sides.flight_count;) {
        const struct sides_flight f = sides.flights[i];
        if (f.at_ms > sides.now_ms) {
            i++;
            continue;
        }
        sides.flights[i] = sides.flights[--sides.flight_count];
        struct sides_ticket *ticket = &sides.tickets[f.ticket];
        sides.arrived++;
        sides_trace("    arrives: %s of %d %s\n", outbox_action_words[f.action], f.ticket + 1,
                    f.action == OUTBOX_SET ? sides_priorities[f.priority] : f.marker);
        if (f.action == OUTBOX_SET)
            ticket->priority = f.priority;
        else if (f.action == OUTBOX_CLOSE || f.action == OUTBOX_REOPEN)
            ticket->closed = f.action == OUTBOX_CLOSE;
        else if (sides.entry_count < SIDES_ENTRIES) {
            struct sides_entry *entry = &sides.entries[sides.entry_count++];
            entry->ticket = f.ticket;
            keep(entry->marker, sizeof entry->marker, f.marker);
            if (sides_entries(f.marker) > 1)
                sides_broken("no reply twice");
        }
    }
}

/* -1: a question to the site has no answer. */
static int reach_site(struct error *error)
{
    pass();
    if (!step())
        return error_set(error, ERR_SIGTERM, "killed");
    if (!sides.sound && sides_pick(12) == 0)
        return error_set(error, ERR_UNAVAILABLE, "the site answers 500");
    return 0;
}

static int64_t site_date(void)
{
    return sides.now_ms / 1000 + sides.site_shift_s;
}

int site_get(struct site *site, const struct site_request *request, struct site_answer **answer,
             struct error *error)
{
    (void)site;
    *answer = NULL;
    if (reach_site(error) < 0)
        return -1;
    struct site_answer *a = calloc(1, sizeof *a);
    char why[100], body[400];
    int t = (int)request->ticket - 1;
    a->request = *request;
    a->stale = !sides.sound && sides_pick(10) == 0;
    a->date = !sides.sound && sides_pick(20) == 0 ? 0 : site_date();
    const struct sides_ticket *seen = a->stale ? &sides.stale[t] : &sides.tickets[t];
    if (!a->stale)
        sides.truth[t].looked = seen->priority;
    int n = snprintf(body, sizeof body,
                     "{\"tickets\":{\"data\":[{\"id\":%d,\"title\":\"t\",\"status\":\"%s\","
                     "\"priority\":\"%s\",\"created_at\":\"2026-01-01T00:00:00+00:00\"}]}}",
                     t + 1, seen->closed ? "closed" : "active", sides_priorities[seen->priority]);
    if (seen->hidden)
        n = snprintf(body, sizeof body, "{\"tickets\":{\"data\":[]}}");
    if (decode_page(&a->page, body, (size_t)n, NULL, why, sizeof why) != DECODE_OK)
        abort();
    *answer = a;
    return 0;
}

void site_answer_free(struct site_answer *answer)
{
    if (!answer)
        return;
    page_release(&answer->page);
    free(answer);
}

int site_find_entry(struct site *site, int64_t ticket, const char *message_id,
                    struct site_found *found, struct error *error)
{
    (void)site;
    *found = (struct site_found){.result = SITE_NOT_FOUND, .date = site_date()};
    if (reach_site(error) < 0)
        return -1;
    found->stale = !sides.sound && sides_pick(10) == 0;
    for (int i = 0; i < sides.entry_count; i++)
        found->names_ids |= sides.names_ids && sides.entries[i].ticket == (int)ticket - 1;
    if (!found->stale && sides_entries(message_id)) {
        found->result = SITE_FOUND;
        found->response_id = 1;
    }
    return 0;
}

/* What a request can meet. */
enum fate {
    FATE_FINE,
    FATE_ANSWER_LOST,
    FATE_LATE,
    FATE_LOST,
    FATE_REFUSED,
    FATE_UNSENT,
    FATE_IGNORED
};

static int request(const struct sides_flight *flight, struct site_written *written,
                   struct error *error)
{
    static const enum fate fates[] = {FATE_FINE, FATE_FINE, FATE_FINE,    FATE_ANSWER_LOST,
                                      FATE_LATE, FATE_LOST, FATE_REFUSED, FATE_UNSENT,
                                      FATE_LATE, FATE_FINE, FATE_IGNORED};
    enum fate fate = sides.sound ? FATE_FINE : fates[sides_pick(sizeof fates / sizeof *fates)];
    *written = (struct site_written){.outcome = SITE_UNKNOWN};
    sides.sent++;
    pass();
    bool killed_before = !step();
    if (!killed_before && fate <= FATE_LATE && sides.flight_count < SIDES_FLIGHTS) {
        struct sides_flight *f = &sides.flights[sides.flight_count++];
        *f = *flight;
        f->at_ms = sides.now_ms + (fate == FATE_LATE ? 1 + sides_pick(14 * 60 * 1000) : 0);
    }
    sides.lost += fate == FATE_ANSWER_LOST || fate == FATE_LOST || fate == FATE_LATE;
    sides_arrive();
    pass();
    if (killed_before || !step())
        return error_set(error, ERR_SIGTERM, "killed");
    if (fate == FATE_FINE || fate == FATE_IGNORED)
        written->outcome = SITE_ACCEPTED;
    else if (fate == FATE_REFUSED)
        written->outcome = SITE_REFUSED;
    else if (fate == FATE_UNSENT)
        written->outcome = SITE_NOT_SENT;
    return 0;
}

/* An agent's change that the dashboard has not agreed to is not to be written over, unless the
 * configuration says so. The time between the look and the request is the documented window. */
static void check_overwriting(int t)
{
    const struct sides_truth *truth = &sides.truth[t];
    if (sides.push.conflicts == PUSH_DASHBOARD || truth->looked == truth->agreed ||
        truth->sent[truth->looked])
        return;
    sides_trace("    %d: the site had %s, agreed was %s\n", t + 1, sides_priorities[truth->looked],
                sides_priorities[truth->agreed]);
    sides_broken("no edit of an agent's is lost");
}

int site_send(struct site *site, const struct site_change *change, struct site_written *written,
              struct error *error)
{
    struct sides_flight f = {.ticket = (int)change->ticket - 1};
    (void)site;
    if (change->what == SITE_SET) {
        f.action = OUTBOX_SET;
        f.priority = priority_of(change->value);
        check_overwriting(f.ticket);
    } else if (change->what == SITE_RESPOND) {
        f.action = change->type == SITE_NOTE ? OUTBOX_NOTE : OUTBOX_REPLY;
        keep(f.marker, sizeof f.marker, change->message_id);
    } else {
        f.action = change->what == SITE_CLOSE ? OUTBOX_CLOSE : OUTBOX_REOPEN;
    }
    return request(&f, written, error);
}

/* Pulls */

static struct cell base_cell(const struct sides_row *row)
{
    return cell_of(row->base[0] ? row->base : NULL);
}

static void read_bases(const struct sides_row *row, struct merge_base *bases, struct arena *arena)
{
    if (merge_base_read(&run.basis.schema, base_cell(row), bases, arena) < 0)
        abort();
}

static void write_base(struct sides_row *row, const struct merge_base *bases, struct arena *arena)
{
    struct buf out;
    buf_init(&out, sizeof row->base - 1);
    if (merge_base_write(&run.basis.schema, bases, (struct cell){0}, arena, &out) < 0)
        abort();
    keep(row->base, sizeof row->base, buf_text(&out));
    buf_release(&out);
}

/* Both sides have this priority, but for what is under way. */
static void agree(int t, int priority)
{
    struct sides_truth *truth = &sides.truth[t];
    const struct sides_tables *s = &sides.tables;
    truth->agreed = priority;
    keep(truth->held, sizeof truth->held, sides_urgency(priority));
    memset(truth->sent, 0, sizeof truth->sent);
    for (int i = 0; i < s->outbox_count; i++)
        if (s->outbox[i].edit && s->outbox[i].ticket == t + 1 &&
            s->outbox[i].state == OUTBOX_SENDING)
            truth->sent[priority_of(s->values[i][0])] = true;
}

/* The real merge of what the site shows into the request. */
static void pull_ticket(int t, int priority)
{
    struct sides_row *row = &sides.tables.rows[t];
    row->gone = false;
    struct sides_truth *truth = &sides.truth[t];
    struct arena arena = ARENA_INIT;
    struct merge_base bases[REQUEST_COLUMNS_MAX];
    struct cell none = {0}, theirs[REQUEST_BUILT_IN] = {{0}}, ours[REQUEST_BUILT_IN] = {{0}};
    struct merge_raw raw[REQUEST_BUILT_IN] = {{0}};
    struct merge_result m;
    read_bases(row, bases, &arena);
    for (size_t f = 0; f < REQUEST_URGENCY; f++)
        bases[f] = merge_base_of(none, none, &arena);
    theirs[REQUEST_URGENCY] = cell_of(sides_urgency(priority));
    ours[REQUEST_URGENCY] = cell_of(row->urgency);
    raw[REQUEST_URGENCY] =
        (struct merge_raw){.there = true,
                           .site_wins = push_sends_edits(&sides.push, OUTBOX_PRIORITY) &&
                                        sides.push.conflicts == PUSH_SITE,
                           .before = cell_of(sides_priorities[row->priority]),
                           .now = cell_of(sides_priorities[priority])};
    if (row->removed) { /* it is stored, and not merged */
        merge_pass_by(bases, raw, &arena);
        write_base(row, bases, &arena);
        row->priority = priority;
        arena_release(&arena);
        return;
    }
    if (merge_request(&run.basis.schema, (struct merge_sides){bases, theirs, ours, raw}, MERGE_KEEP,
                      &arena, &m) < 0)
        abort();
    enum merge_verdict verdict = m.columns[REQUEST_URGENCY];
    bool same = strcmp(row->urgency, sides_urgency(priority)) == 0;
    bool site_wins = raw[REQUEST_URGENCY].site_wins && priority != truth->agreed;
    if (verdict == MERGE_WRITE && truth->person && !site_wins)
        sides_broken("no edit of a person's is lost");
    if (verdict == MERGE_WRITE)
        keep(row->urgency, sizeof row->urgency, sides_urgency(priority));
    if (verdict == MERGE_WRITE || same) {
        agree(t, priority);
        truth->person = false;
    } else if (truth->sent[priority] && m.bases[REQUEST_URGENCY].held.known &&
               strcmp(m.bases[REQUEST_URGENCY].held.text.text, sides_urgency(priority)) == 0) {
        agree(t, priority); /* the person changed it again while it was under way */
    } else if (!truth->person)
        truth->agreed = verdict == MERGE_UNCHANGED ? priority : truth->agreed;
    sides_trace("    pull: %d has %s, request %s: verdict %d\n", t + 1, sides_priorities[priority],
                row->urgency, (int)verdict);
    row->priority = priority;
    write_base(row, m.bases, &arena);
    arena_release(&arena);
}

void sides_pull(void)
{
    sides_arrive();
    for (int t = 0; t < SIDES_TICKETS; t++) {
        sides.tables.rows[t].gone = sides.tickets[t].hidden;
        if (!sides.tickets[t].hidden)
            pull_ticket(t, sides.tickets[t].priority);
    }
}

int page_writer_store(struct page_writer *pages, const struct page *page, struct page_origin origin,
                      struct error *error)
{
    (void)pages;
    if (reach(error) < 0)
        return -1;
    for (size_t i = 0; i < page->count && !origin.stale; i++) {
        int t = (int)page->tickets[i].id - 1, priority = priority_of(page->tickets[i].priority);
        if (origin.edited || priority != sides.tables.rows[t].priority)
            pull_ticket(t, priority);
    }
    return 0;
}

/* The tables */

int writer_transaction(struct writer *writer, writer_body *body, void *context, struct error *error)
{
    pass();
    if (reach(error) < 0)
        return -1;
    struct sides_truth truth[SIDES_TICKETS];
    sides.before = sides.tables;
    memcpy(truth, sides.truth, sizeof truth);
    sides.in_transaction = true;
    int done = body(writer, context, error);
    bool commits = done == 0 && step();
    sides.in_transaction = false;
    if (!commits) {
        sides.tables = sides.before;
        memcpy(sides.truth, truth, sizeof truth);
        return done < 0 ? -1 : error_set(error, ERR_DATABASE, "killed");
    }
    return reach(error); /* killed after the commit */
}

int schema_need(struct writer *writer, struct error *error)
{
    (void)writer;
    (void)error;
    return 0;
}

int merging_encode_base(const struct run_basis *basis, const struct merge_base *bases,
                        struct arena *arena, struct cell *cell, struct error *error)
{
    struct buf out;
    buf_init(&out, 512);
    (void)error;
    if (merge_base_write(&basis->schema, bases, *cell, arena, &out) < 0)
        abort();
    *cell = (struct cell){arena_copy(arena, buf_text(&out), out.len), out.len};
    buf_release(&out);
    return 0;
}

/* Of a row the texts are kept beside it. */
static struct outbox_row give_row(int i)
{
    struct sides_tables *s = &sides.tables;
    struct outbox_row row = s->outbox[i];
    row.value = s->values[i][0][0] ? s->values[i][0] : NULL;
    row.wanted = s->values[i][1][0] ? s->values[i][1] : NULL;
    row.before = s->values[i][2][0] ? s->values[i][2] : NULL;
    row.content = s->contents[i];
    row.error = s->errors[i];
    return row;
}

static void take_row(int i, const struct outbox_row *row)
{
    struct sides_tables *s = &sides.tables;
    char texts[3][SIDES_TEXT], error[160];
    keep(texts[0], SIDES_TEXT, row->value);
    keep(texts[1], SIDES_TEXT, row->wanted);
    keep(texts[2], SIDES_TEXT, row->before);
    keep(error, sizeof error, row->error);
    s->outbox[i] = *row;
    memcpy(s->values[i], texts, sizeof texts);
    memcpy(s->errors[i], error, sizeof error);
}

static int find_row(int64_t id)
{
    for (int i = 0; i < sides.tables.outbox_count; i++)
        if (sides.tables.outbox[i].id == id)
            return i;
    return -1;
}

static int by_ticket(const void *a, const void *b)
{
    const struct outbox_row *x = a, *y = b;
    if (x->ticket != y->ticket)
        return (x->ticket > y->ticket) - (x->ticket < y->ticket);
    return (x->id > y->id) - (x->id < y->id);
}

static const char *copy(struct arena *arena, const char *text)
{
    return text ? arena_copy(arena, text, strlen(text)) : NULL;
}

int store_read_outbox(struct store *store, enum outbox_which which, struct outbox_list *found,
                      struct arena *arena, struct error *error)
{
    (void)store;
    (void)which;
    *found = (struct outbox_list){
        .rows = arena_alloc(arena, (size_t)(sides.tables.outbox_count + 1) * sizeof *found->rows)};
    for (int i = 0; i < sides.tables.outbox_count; i++) {
        struct outbox_row row = give_row(i);
        if (row.state == OUTBOX_DONE || (row.state == OUTBOX_CANCELLED && !row.edit))
            continue;
        row.value = copy(arena, row.value);
        row.wanted = copy(arena, row.wanted);
        row.before = copy(arena, row.before);
        row.content = copy(arena, row.content);
        row.error = copy(arena, row.error);
        found->rows[found->count++] = row;
    }
    if (found->count)
        qsort(found->rows, found->count, sizeof *found->rows, by_ticket);
    return reach(error);
}

int store_add_outbox(struct store *store, struct outbox_row *row, struct error *error)
{
    struct outbox_row *added = new_row((int)row->ticket - 1, row->action);
    (void)store;
    if (reach(error) < 0 || !added)
        return error_set(error, ERR_DATABASE, "no room");
    row->id = added->id;
    take_row(sides.tables.outbox_count - 1, row);
    sides_trace("    queued: row %" PRId64 ", %d wants %s\n", row->id, (int)row->ticket,
                row->wanted ? row->wanted : "");
    return 0;
}

int store_save_outbox(struct store *store, const struct outbox_row *row, enum outbox_state was,
                      bool *saved, struct error *error)
{
    int i = find_row(row->id);
    (void)store;
    *saved = false;
    if (reach(error) < 0)
        return -1;
    *saved = i >= 0 && sides.tables.outbox[i].state == was;
    if (!*saved)
        return 0;
    struct outbox_row written = *row;
    if (row->attempts > sides.tables.outbox[i].attempts)
        written.sent = database_now();
    take_row(i, &written);
    /* From here on nobody can tell it from an agent's change to the same value. */
    if (row->edit && row->state == OUTBOX_SENDING)
        sides.truth[row->ticket - 1].sent[priority_of(row->value)] = true;
    if (row->edit && was == OUTBOX_SENDING &&
        (row->state == OUTBOX_PENDING || row->state == OUTBOX_FAILED))
        sides.truth[row->ticket - 1].sent[priority_of(row->value)] = false; /* never arrived */
    sides.held += row->state == OUTBOX_HELD;
    sides.again += was == OUTBOX_SENDING && row->state == OUTBOX_PENDING;
    sides_trace("    row %" PRId64 " (%s of %d, %s): %s %s\n", row->id,
                outbox_action_words[row->action], (int)row->ticket, row->value ? row->value : "",
                outbox_state_words[row->state], row->error ? row->error : "");
    return 0;
}

int store_drop_outbox(struct store *store, int64_t id, struct error *error)
{
    struct sides_tables *s = &sides.tables;
    int i = find_row(id);
    (void)store;
    if (reach(error) < 0)
        return -1;
    if (i < 0 || s->outbox[i].attempts)
        return 0;
    sides_trace("    row %" PRId64 " vanishes\n", id);
    int last = --s->outbox_count;
    s->outbox[i] = s->outbox[last];
    memcpy(s->values[i], s->values[last], sizeof s->values[i]);
    memcpy(s->errors[i], s->errors[last], sizeof s->errors[i]);
    memcpy(s->contents[i], s->contents[last], sizeof s->contents[i]);
    return 0;
}

int store_count_outbox(struct store *store, struct outbox_counts *counts, struct error *error)
{
    (void)store;
    *counts = (struct outbox_counts){.oldest_sending_s = -1};
    for (int i = 0; i < sides.tables.outbox_count; i++)
        counts->states[sides.tables.outbox[i].state]++;
    return reach(error);
}

int store_marker_returned(struct store *store, bool *returned, struct error *error)
{
    (void)store;
    *returned = false;
    for (int i = 0; i < sides.tables.outbox_count; i++) {
        const struct outbox_row *row = &sides.tables.outbox[i];
        *returned |= row->state == OUTBOX_DONE && row->remote_id &&
                     (row->action == OUTBOX_REPLY || row->action == OUTBOX_NOTE);
    }
    return reach(error);
}

int store_find_edited(struct store *store, int64_t since, int64_t after, struct edited_rows *found,
                      struct error *error)
{
    (void)store;
    (void)after;
    found->count = 0;
    for (int t = 0; t < SIDES_TICKETS; t++) {
        const struct sides_row *row = &sides.tables.rows[t];
        if (!row->gone && !row->removed && row->updated_at >= since)
            found->ids[found->count++] = t + 1;
    }
    return reach(error);
}

int store_write_base(struct store *store, int64_t ticket_row, struct cell base, struct error *error)
{
    struct sides_row *row = &sides.tables.rows[ticket_row - 1];
    (void)store;
    if (reach(error) < 0)
        return -1;
    keep(row->base, sizeof row->base, base.text);
    return 0;
}

int store_known_values(struct store *store, enum outbox_field field, struct known_values *found,
                       struct arena *arena, struct error *error)
{
    (void)store;
    (void)field;
    struct known_value *rows = arena_alloc(arena, SIDES_VALUES * sizeof *rows);
    *found = (struct known_values){rows, SIDES_VALUES};
    for (int p = 0; p < SIDES_VALUES; p++)
        rows[p] = (struct known_value){sides_priorities[p], NULL};
    return reach(error);
}

int store_read_push_state(struct store *store, struct push_state *state, struct arena *arena,
                          struct error *error)
{
    (void)store;
    (void)arena;
    *state = sides.tables.state;
    state->now = database_now();
    state->place_now = "db/dashboard";
    return reach(error);
}

int store_write_push_state(struct store *store, const struct push_state *state, struct error *error)
{
    (void)store;
    sides.tables.state = *state;
    return reach(error);
}

int store_lookup(struct store *store, const char *const *ids, size_t count,
                 struct stored_list *found, struct arena *arena, struct error *error)
{
    (void)store;
    found->rows = arena_alloc(arena, count * sizeof *found->rows);
    found->count = count;
    for (size_t i = 0; i < count; i++)
        found->rows[i].id = strtoll(ids[i], NULL, 10);
    return reach(error);
}

int store_lookup_requests(struct store *store, const struct request_ids *tickets,
                          enum request_version version, struct stored_requests *found,
                          struct arena *arena, struct error *error)
{
    (void)store;
    (void)version;
    found->rows = arena_alloc(arena, (tickets->count + 1) * sizeof *found->rows);
    found->count = 0;
    for (int t = 0; t < SIDES_TICKETS; t++) {
        const struct sides_row *row = &sides.tables.rows[t];
        bool wanted = false;
        for (size_t i = 0; i < tickets->count; i++)
            wanted |= tickets->ids[i] == t + 1;
        if (!wanted)
            continue;
        struct stored_request *r = &found->rows[found->count++];
        *r = (struct stored_request){.ticket_id = t + 1,
                                     .fluent_id = arena_printf(arena, "%d", t + 1),
                                     .linked = true,
                                     .present = true,
                                     .removed = row->removed,
                                     .gone = row->gone,
                                     .priority = cell_of(sides_priorities[row->priority])};
        r->base = cell_of(row->base[0] ? copy(arena, row->base) : NULL);
        r->columns[REQUEST_URGENCY] = cell_of(copy(arena, row->urgency));
    }
    return reach(error);
}

/* The clock */

int64_t clock_monotonic_ms(void)
{
    return sides.now_ms;
}

int64_t clock_wall_ms(void)
{
    return sides.now_ms;
}

int limits_check(const struct limits *limits, struct error *error)
{
    (void)limits;
    (void)error;
    return 0;
}

int64_t limits_left_ms(const struct limits *limits, int64_t most)
{
    (void)limits;
    return most;
}

/* The run */

static void forbid_problem(void *context, int line, const char *text)
{
    (void)context;
    fprintf(stderr, "%d: %s\n", line, text);
    abort();
}

void sides_configure(void)
{
    static char medium[] = "medium", high[] = "HIGH";
    static struct mapping_pair pair = {.key = medium, .value = high};
    config.mapping.urgency = (struct mapping_pairs){&pair, sides.mapping ? 1 : 0};
    config.push = sides.push;
    rules_free(config.rules);
    config.rules = rules_new(&config.mapping, forbid_problem, NULL);
    run.basis.rules.set = config.rules;
    run.basis.schema = dashboard_columns(config.rules);
}

static void say(void *context, const struct log_message *message)
{
    (void)context;
    sides_trace("    [%s]\n", message->text);
}

void sides_reset(int64_t seed)
{
    static struct scope scope = {.since = "2000-01-01", .all_mailboxes = true};
    static char key[] = "";
    static struct zone *utc;
    static const struct sync_options options;
    static const struct limits limits = {.deadline_ms = INT64_MAX};
    bool trace = sides.trace;
    struct error error = ERROR_INIT;
    if (!utc && zone_open(&utc, "UTC", &error) < 0)
        abort();
    sides = (struct sides){.random = (uint64_t)seed,
                           .trace = trace,
                           .now_ms = SIDES_BEGAN_S * INT64_C(1000),
                           .steps_left = -1};
    for (int t = 0; t < SIDES_TICKETS; t++)
        keep(sides.tables.rows[t].urgency, SIDES_TEXT, "MEDIUM");
    config.site_key = key;
    config.full_every.seconds = 86400;
    run.in = (struct run_input){.config = &config, .options = &options, .limits = &limits};
    run.in.log = (struct log){.sink = say, .most = trace ? LOG_DETAIL : LOG_ERROR};
    run.basis.rules = (struct map_rules){.mapping = &config.mapping,
                                         .scope = &scope,
                                         .site_key = key,
                                         .schema = &run.basis.schema,
                                         .site = utc,
                                         .target = utc,
                                         .config_hash = "x"};
    run.writer.in = &run.in;
    run.writer.basis = &run.basis;
}

void sides_push(int kill_after)
{
    struct error error = ERROR_INIT;
    sides.steps_left = kill_after ? kill_after : -1;
    sides.dead = false;
    buf_init(&run.outcome.reasons, 4096);
    buf_init(&run.outcome.advice, 4096);
    sides_trace("  push\n");
    if (push_changes(&run, &error) < 0)
        sides_trace("  ended: %s\n", error.message);
    buf_release(&run.outcome.reasons);
    buf_release(&run.outcome.advice);
    sides.steps_left = -1;
    sides.dead = false;
    error_clear(&error);
}
