/* history: runs the program against the model, and checks what it promises. */
#include "history.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/int64.h"
#include "base/zone.h"
#include "core/plan.h"

const char FULL_RUN_SHOWS_ALL[] =
    "after a complete full run each ticket visible throughout is stored as it was in the run";
const char CHANGES_ARE_FOUND[] = "after a complete run each change that moves updated_at is stored";
const char NUMBERS_ARE_EXPLAINED[] =
    "a complete run misses no more tickets than others have vanished since the last full one";
const char NAMED_TICKETS_ARE_STORED[] = "after a complete --ticket the ticket is stored as it was";
const char SCOPE_IS_THE_CONFIGURED_ONE[] =
    "what a complete run leaves for the next one is the configured scope, whatever --since says";
const char LEAVING_IS_BY_STATUS[] =
    "after a complete run a stored ticket has left the scope exactly where its status says so";
const char COUNTERS_ADD_UP[] =
    "a complete walk of a list that stands still counts each ticket, and those without a date";
const char NOTHING_GONE_COUNTS_AS_THERE[] =
    "after a complete full run no ticket counts as there that the list did not show";
const char SOUND_SITE_IS_COMPLETE[] =
    "once all is sound the first run begun full_every later is complete";
const char FULL_EVERY_HOLDS[] = "once all is sound everything is stored as it is, full_every later";
const char WITHIN_FULL_EVERY[] =
    "after a complete run everything is stored as it was within full_every, or is gone";
const char QUIET_SITE_COSTS_TWO_PAGES[] = "after a complete run a quiet site costs two pages";
const char VANISHED_ARE_FOUND[] =
    "a ticket that vanishes from a quiet site is marked by the next run";
const char ALL_STORED_IS_RECORDED[] =
    "a run that says so leaves every ticket that counts as there in the record of the list";
const char NO_CALL_IS_LOST[] =
    "a call goes when its ticket is stored as it was then or later, or is gone, or on record";
const char CALLS_ARE_ANSWERED[] = "a complete run leaves no call that was there before it";
const char EACH_RUN_IS_FURTHER[] = "short runs come to an end, each further than the one before";

enum { DAY_S = 86400, HOUR_S = 3600, SHORT_RUNS_MAX = 60 };

struct history history;

void history_reset(int64_t seed)
{
    static char url[] = "https://x.test", user[] = "api", key[] = "", utc[] = "UTC";
    model_reset(seed);
    rules_free(history.config.rules);
    history = (struct history){.per_page = 20, .connections = 1, .full_every_s = DAY_S};
    struct config *c = &history.config;
    c->site.url = url;
    c->site.user = user;
    c->site_key = key;
    c->timezone = utc;
    c->scope.all_mailboxes = true;
    c->lease_s = 900;
    c->site.retries = 1;
    c->site.timeout_s = 30;
    c->keep_runs = 1000;
    c->mapping.raw_data = RAW_NONE;
}

/* What the site shows */

struct newest {
    int slots[MODEL_SLOTS];
    int count;
};

static int newest_first(const void *a, const void *b)
{
    return model_newest_first(model_newest(*(const int *)a), model_newest(*(const int *)b));
}

static void list_newest(struct newest *list)
{
    list->count = 0;
    for (int slot = 0; slot < model.slot_count; slot++)
        if (model_newest(slot)->view == VIEW_SHOWN)
            list->slots[list->count++] = slot;
    qsort(list->slots, (size_t)list->count, sizeof list->slots[0], newest_first);
}

static int64_t largest_shown(void)
{
    for (int slot = model.slot_count - 1; slot >= 0; slot--)
        if (model_newest(slot)->view == VIEW_SHOWN)
            return slot + 1;
    return 0;
}

/* What the scope of the last run says of a version. */
static enum scope_verdict verdict_of(const struct model_version *v)
{
    struct scope_ticket ticket = {.mailbox = 1,
                                  .status = v->closed ? "closed" : "new",
                                  .created_at = v->created_text,
                                  .resolved_at = v->resolved_text[0] ? v->resolved_text : NULL};
    return scope_judge(&history.scope, ticket);
}

static bool in_scope(int slot)
{
    return verdict_of(model_newest(slot)) == SCOPE_IN;
}

/* Was it in scope in this version, and ever since? */
static bool in_scope_since(int slot, const struct model_version *since)
{
    for (int v = model.slots[slot].newest; v >= 0; v = model.versions[v].before) {
        if (verdict_of(&model.versions[v]) != SCOPE_IN)
            return false;
        if (&model.versions[v] == since)
            return true;
    }
    return true;
}

/* Is it asked for when it vanishes? Rows out of the configured scope stay as they are. */
static bool is_due(int slot)
{
    const struct model_row *row = model_row(slot);
    struct scope_ticket ticket = {.mailbox = 1,
                                  .created_at = row->created_at,
                                  .resolved_at = row->resolved_at[0] ? row->resolved_at : NULL};
    return scope_covers(&history.config.scope, ticket);
}

/* Before a run */

/* Do the newest change or the largest id tell that a backup of the site was restored? */
static bool tells_of_backup(const struct newest *list)
{
    int64_t newest = list->count ? model_newest(list->slots[0])->updated_at : 0;
    bool largest_gone =
        history.largest_seen && model_newest((int)history.largest_seen - 1)->view != VIEW_SHOWN;
    return history.restored && history.newest_seen &&
           (newest < history.newest_seen || (largest_gone && newest != history.newest_seen));
}

/* How many rows a head has to have to show a ticket whose row was restored away. */
static int count_to_loss(const struct newest *list)
{
    for (int i = 0; i < list->count; i++) {
        int slot = list->slots[i];
        if (model.slots[slot].lost && in_scope(slot) &&
            model_newest(slot)->updated_at < model.tables.state.watermark - PLAN_SKEW_S)
            return i + 1;
    }
    return INT_MAX;
}

/* The promises */

struct promise {
    int64_t from, to; /* moments of the run */
    int64_t all_from; /* everything has to be as it was then or later; INT64_MAX: only changes */
    struct newest head;
    int64_t largest; /* id that is shown */
    int to_loss;     /* so many rows of the head as it was at `from` tell of a loss */
    bool is_full, resumed;
    bool backup_told; /* by the head as it was at `from` */
};

static bool on_head(const struct promise *p, int slot)
{
    bool is_shown = false;
    for (int i = 0; i < p->head.count && i < model.head_asked; i++)
        is_shown |= p->head.slots[i] == slot;
    return is_shown && model.head_moment == p->from;
}

/* Is the content one that the ticket had in this version or a later one? */
static bool is_content_since(int slot, const struct model_version *since, int64_t content)
{
    for (int v = model.slots[slot].newest; v >= 0; v = model.versions[v].before) {
        if (model.versions[v].content == content)
            return true;
        if (&model.versions[v] == since)
            return false;
    }
    return false;
}

enum finding { FINDING_RIGHT, FINDING_UNEXPLAINED, FINDING_WRONG };

/*
 * The version that has to be stored, or a later one: what was shown when the run began, or before
 * that where only changes have to be found. *binding: the run had to see it.
 */
static const struct model_version *due_version(const struct promise *p, int slot, bool *binding)
{
    const struct model_version *version = model_version_at(slot, p->from);
    bool ran_back = model_site_time() < model.site_latest - HOUR_S;
    bool changes = !model.lag_s || !p->is_full || (on_head(p, slot) && !ran_back);
    for (;;) {
        *binding = version->moment <= p->all_from || (changes && version->moves);
        if (*binding || version->before < 0)
            return version;
        const struct model_version *before = &model.versions[version->before];
        if (before->view != VIEW_SHOWN)
            return version;
        version = before;
    }
}

/* Rows that are restored away are noticed by the head, and read again by a walk that begins after
 * it; what a walk had read before is not. */
static bool is_excused(const struct promise *p, const struct model_slot *slot)
{
    if (!slot->lost)
        return false;
    if (p->resumed)
        return slot->lost_from == model.tables.state.walk.id;
    return !p->is_full && !(p->to_loss <= model.head_asked && model.head_moment == p->from);
}

/* A backup of the site that neither the newest change nor the largest id tells of is noticed by the
 * next full run. */
static bool is_restored(const struct promise *p, int slot)
{
    const struct model_version *version = model_version_at(slot, p->from);
    while (version && !version->restored && version->before >= 0)
        version = &model.versions[version->before];
    return version && version->restored && version->moment > p->all_from;
}

static enum finding judge_ticket(const struct promise *p, int slot)
{
    bool binding;
    const struct model_version *due = due_version(p, slot, &binding);
    if (model_is_there(slot) ? is_content_since(slot, due, model_row(slot)->content)
                             : !in_scope_since(slot, due))
        return FINDING_RIGHT;
    if (is_excused(p, &model.slots[slot]))
        return FINDING_UNEXPLAINED;
    if (model.slots[slot].lost)
        return FINDING_WRONG;
    if (is_restored(p, slot) || (!binding && model_is_there(slot)))
        return FINDING_RIGHT;
    model_trace("  ticket %d: stored content %lld, due %lld\n", slot + 1,
                (long long)(model_is_there(slot) ? model_row(slot)->content : -1),
                (long long)due->content);
    return binding ? FINDING_WRONG : FINDING_UNEXPLAINED;
}

static void check_tickets(const struct promise *p)
{
    int unexplained = 0, vanished = 0;
    int64_t since = history.compared < p->all_from ? history.compared : p->all_from;
    for (int slot = 0; slot < model.slot_count; slot++) {
        bool throughout = model_shown_throughout(slot, p->from, p->to);
        vanished += model.slots[slot].lost || (!throughout && model_shown_once(slot, since, p->to));
        if (!throughout)
            continue;
        enum finding finding = judge_ticket(p, slot);
        unexplained += finding == FINDING_UNEXPLAINED;
        if (finding == FINDING_WRONG)
            model_broken(p->is_full    ? FULL_RUN_SHOWS_ALL
                         : p->all_from ? WITHIN_FULL_EVERY
                                       : CHANGES_ARE_FOUND);
    }
    if (unexplained > vanished && !model.no_totals)
        model_broken(NUMBERS_ARE_EXPLAINED);
}

static void check_gone(const struct promise *p)
{
    for (int slot = 0; slot < model.slot_count; slot++)
        if (model_is_there(slot) && !model_shown_once(slot, p->all_from, p->to) &&
            !is_restored(p, slot) && is_due(slot)) {
            model_trace("  ticket %d counts as there\n", slot + 1);
            model_broken(p->is_full ? NOTHING_GONE_COUNTS_AS_THERE : WITHIN_FULL_EVERY);
        }
}

static void check_named(const struct promise *p, int slot)
{
    const struct model_version *due = model_version_at(slot, p->from);
    if (!model_shown_throughout(slot, p->from, p->to))
        return;
    if (model_is_there(slot) ? !is_content_since(slot, due, model_row(slot)->content)
                             : in_scope_since(slot, due))
        model_broken(NAMED_TICKETS_ARE_STORED);
}

/* Calls */

static bool is_on_record(int slot)
{
    for (int i = 0; i < model.tables.reject_count; i++)
        if (strtoll(model.tables.rejects[i].fluent_id, NULL, 10) == slot + 1)
            return true;
    return false;
}

/* A cache or a replica may show less than the ticket was. */
static void check_call(const struct model_call *was, bool early)
{
    int slot = (int)was->call.ticket - 1;
    const struct model_call *now = model_call_for(slot);
    /* One that was settled may have come again with the same number. */
    bool waits = now && now->call.seq == was->call.seq && now->moment == was->moment;
    if (waits && early && history.complete)
        model_broken(CALLS_ARE_ANSWERED);
    if (now || model.cache != CACHE_NONE || model.lag_s || is_on_record(slot) ||
        !model_shown_throughout(slot, was->moment, model.moment))
        return;
    const struct model_version *due = model_version_at(slot, was->moment);
    if (model_is_there(slot) ? is_content_since(slot, due, model_row(slot)->content)
                             : !in_scope_since(slot, due))
        return;
    model_trace("  ticket %d: stored content %lld, called for with %lld\n", slot + 1,
                (long long)(model_is_there(slot) ? model_row(slot)->content : -1),
                (long long)due->content);
    model_broken(NO_CALL_IS_LOST);
}

/* The moment that a replica shows at `at_ms`. */
static int64_t lagging(int64_t moment, int64_t at_ms)
{
    int64_t shows = 0;
    for (int v = model.version_count - 1; v >= 0 && model.lag_s && !shows; v--)
        if (model.versions[v].at_ms <= at_ms - model.lag_s * 1000)
            shows = model.versions[v].moment;
    return model.lag_s ? shows : moment;
}

/* The invariant of [scope] tickets: of a row that is not deleted, left_scope_at is set if, and only
 * if, closed tickets alone count and the status that is stored with it is another. */
static void check_left(void)
{
    for (int slot = 0; slot < model.tables.row_count; slot++) {
        const struct model_row *row = model_row(slot);
        if (!row || row->deleted ||
            row->left_scope == scope_left(&history.config.scope, row->status))
            continue;
        model_trace("  ticket %d: status %s, left the scope: %d\n", slot + 1, row->status,
                    row->left_scope);
        model_broken(LEAVING_IS_BY_STATUS);
    }
}

/* An id that is given again counts by the stronger of what became of its two tickets. */
static bool may_reuse_ids(void)
{
    bool may = strcmp(model.site_home, "https://x.test") != 0;
    for (int v = 0; v < model.version_count && !may; v++)
        may = model.versions[v].restored;
    return may;
}

static void check_counters(const struct promise *p)
{
    const struct counters *c = &history.report.run.counts;
    int64_t shown = 0, skipped = 0, undated = 0;
    for (int slot = 0; slot < model.slot_count; slot++) {
        const struct model_version *version = model_newest(slot);
        if (version->view != VIEW_SHOWN)
            continue;
        shown++;
        skipped += !model_row(slot);
        undated += !model_row(slot) && verdict_of(version) == SCOPE_UNDATED;
    }
    if (p->from == p->to && !model.lag_s && !model.cache && !may_reuse_ids() &&
        (c->fetched != shown || c->skipped != skipped || c->undated != undated))
        model_broken(COUNTERS_ADD_UP);
}

static void check_scope(void)
{
    struct buf configured;
    buf_init(&configured, 256);
    scope_print(&history.config.scope, &configured);
    if (strcmp(model.tables.scope, buf_text(&configured)) != 0)
        model_broken(SCOPE_IS_THE_CONFIGURED_ONE);
    buf_release(&configured);
}

/* The newest moment at a time. */
static int64_t moment_at(int64_t ms)
{
    for (int v = model.version_count - 1; v >= 0; v--)
        if (model.versions[v].at_ms <= ms)
            return model.versions[v].moment;
    return 0;
}

/* To be called after each run that was not killed. After one that was, the tables may still say
 * what the run before it left, which may have had another scope. */
static void check_recorded(void)
{
    for (int slot = 0; slot < model.slot_count; slot++)
        if (model.tables.recorded && !model.tables.on_record[slot] && model_is_there(slot) &&
            is_due(slot)) {
            model_trace("  ticket %d is not in the record\n", slot + 1);
            model_broken(ALL_STORED_IS_RECORDED);
        }
}

/* What the list showed full_every ago was read since, where clocks, site and tables are what they
 * were. */
static int64_t read_since(int64_t at_ms)
{
    bool told = !model.lag_s && !model.cache && !history.shifted && !may_reuse_ids();
    for (int slot = 0; slot < model.slot_count && told; slot++)
        told = !model.slots[slot].lost;
    return told ? moment_at(at_ms - history.full_every_s * 1000) : 0;
}

static void keep_promises(struct promise *p, const struct history_run *run, int64_t at_ms)
{
    if (run->ticket) {
        check_named(p, run->ticket - 1);
        return;
    }
    check_scope();
    check_left();
    p->is_full = strncmp(history.report.mode, "full", 4) == 0;
    p->resumed = strcmp(history.report.mode, "full, resumed") == 0;
    bool afresh = p->is_full && !p->resumed;
    int64_t walked = p->resumed ? model.tables.walk_moment : p->from;
    int64_t walked_ms = p->resumed ? model.tables.walk_ms : at_ms;
    p->all_from = p->is_full ? lagging(walked, walked_ms) : read_since(at_ms);
    /* A backup that is restored while a walk is not finished is told by the totals at best. */
    bool before = !p->resumed || history.restored <= walked;
    bool told = p->backup_told && model.head_moment == p->from && before;
    int64_t due = told && history.restored > history.replaced ? history.restored : history.replaced;
    if (!model.lag_s && p->all_from < due)
        p->all_from = due;
    /* A replica that lags is told by a head alone; what a killed run saw of it, by the totals. */
    bool tells = !model.head_failed && !(p->resumed && model.no_totals);
    if (!model.lag_s || tells)
        check_tickets(p);
    if (p->all_from)
        check_gone(p);
    if (afresh)
        check_counters(p);
    if (afresh || (p->resumed && p->all_from > history.restored)) {
        history.replaced = 0;
        history.restored = 0;
        for (int slot = 0; slot < model.slot_count; slot++)
            model.slots[slot].lost &= is_excused(p, &model.slots[slot]);
    }
    if (p->is_full)
        history.compared = p->all_from;
    /* What it saw is only certain where nothing changed meanwhile. */
    bool still = p->to == p->from && p->head.count;
    history.newest_seen = still ? model_newest(p->head.slots[0])->updated_at : 0;
    history.largest_seen = still ? p->largest : 0;
}

/* A run that did not end has stored the newest changes, if it has stored any of the head: it has to
 * know them again. `were`: the contents stored before it; -1: not there. */
static void note_stored_head(const struct promise *p, const int64_t *were)
{
    if (strcmp(history.report.mode, "incremental") != 0 || p->from != p->to ||
        model.head_moment != p->from)
        return;
    for (int i = 0; i < p->head.count && i < model.head_asked; i++) {
        int slot = p->head.slots[i];
        if (model_is_there(slot) && model_row(slot)->content != were[slot])
            history.newest_seen = model_newest(p->head.slots[0])->updated_at;
    }
}

/* A run */

static void list_stored(int64_t *contents)
{
    for (int slot = 0; slot < model.slot_count; slot++)
        contents[slot] = model_is_there(slot) ? model_row(slot)->content : -1;
}

static char since[DAY_SIZE]; /* --since of the run */

static void write_day(int64_t now, int days, char day[DAY_SIZE])
{
    char iso[25];
    zone_iso(now - (int64_t)days * DAY_S, iso);
    snprintf(day, DAY_SIZE, "%.10s", iso);
}

static void forbid_problem(void *context, int line, const char *text)
{
    (void)context;
    fprintf(stderr, "%d: %s\n", line, text);
    abort();
}

static void configure(const struct history_run *run)
{
    static struct mapping_pair pair;
    static char odd[] = "odd", urgencies[8][8] = {"LOW", "MEDIUM", "HIGH"};
    struct config *c = &history.config;
    c->per_page = (struct config_page_size){history.per_page, 2 * history.per_page};
    c->site.connections = history.connections;
    c->full_every = (struct config_every){history.full_every_s, history.at_once};
    c->max_deletes = history.max_deletes ? (struct config_limit){.number = history.max_deletes}
                                         : (struct config_limit){.number = 100, .percent = true};
    pair = (struct mapping_pair){.key = odd, .value = urgencies[run->mapping % 3]};
    c->mapping.urgency = (struct mapping_pairs){&pair, 1};
    rules_free(c->rules);
    c->rules = rules_new(&c->mapping, forbid_problem, NULL);
    snprintf(c->scope.since, sizeof c->scope.since, "2000-01-01");
    if (run->date)
        write_day(model.now_ms / 1000, run->date, c->scope.since);
    else if (history.date)
        write_day(MODEL_BEGAN_S, history.date, c->scope.since);
    bool closed = (history.tickets == SCOPE_CLOSED) != (run->rescope % 2 == 1);
    bool resolved = (history.date_of == SCOPE_RESOLVED_AT) != (run->rescope / 2 == 1);
    c->scope.tickets = closed ? SCOPE_CLOSED : SCOPE_ALL;
    c->scope.date_of = resolved ? SCOPE_RESOLVED_AT : SCOPE_CREATED_AT;
    history.scope = c->scope;
    if (run->since) {
        write_day(model.now_ms / 1000, run->since, since);
        scope_reach_back(&history.scope, since);
    }
}

static void say(void *context, const struct log_message *message)
{
    (void)context;
    model_trace("  [%s]\n", message->text);
}

bool history_go(const struct history_run *run)
{
    int64_t ticket = run->ticket, at_ms = model.now_ms;
    struct sync_options options = {.full = run->full,
                                   .accept_site = run->accept_site,
                                   .since = run->since ? since : NULL,
                                   .tickets = ticket ? &ticket : NULL,
                                   .ticket_count = ticket ? 1 : 0,
                                   .version = "1"};
    struct limits limits = {.deadline_ms = INT64_MAX};
    struct log log = {.sink = model.trace ? say : NULL, .most = LOG_INFO};
    configure(run);
    history.shifted |= model.machine_shift_s != 0;
    if (run->deadline_ms)
        limits.deadline_ms = model.now_ms + run->deadline_ms;
    model.most_deletes = ticket || run->accept_site ? 0 : history.max_deletes;
    model.window_s = history.full_every_s > DAY_S ? history.full_every_s : DAY_S;
    model.steps_left = run->kill_after ? run->kill_after : -1;
    model.dead = false;
    model.answers = model.head_moment = model.head_asked = 0;
    model.large_head = (int)max64(model.head_rows, history.per_page);
    model.head_failed = false;
    model.began = model.moment;
    model.began_ms = at_ms;
    struct promise promise = {.from = model.moment};
    list_newest(&promise.head);
    promise.largest = largest_shown();
    promise.backup_told = tells_of_backup(&promise.head);
    promise.to_loss = count_to_loss(&promise.head);
    model_trace("run at %lld%s%s\n", (long long)(model.now_ms / 1000), run->full ? " --full" : "",
                run->kill_after ? ", to be killed" : "");
    int64_t were[MODEL_SLOTS];
    list_stored(were);
    int waiting = model.heard_count = model.tables.call_count;
    memcpy(model.heard, model.tables.calls, sizeof model.tables.calls);
    error_clear(&history.error);
    int done = sync_run(&history.config, &options, &limits, &log, &history.report, &history.error);
    history.complete = done == 0 && !model.dead;
    if (!model.dead)
        check_recorded();
    promise.to = model.moment;
    model.steps_left = -1;
    model.dead = false;
    model_trace("  %s: %s\n", history.report.mode,
                history.complete ? "complete" : history.error.message);
    for (int i = 0; i < model.heard_count; i++)
        check_call(&model.heard[i], i < waiting);
    if (history.complete)
        keep_promises(&promise, run, at_ms);
    else
        note_stored_head(&promise, were);
    return history.complete;
}

/* The end */

bool history_is_right(void)
{
    bool right = true;
    for (int slot = 0; slot < model.slot_count; slot++) {
        const struct model_version *version = model_newest(slot);
        bool shown = version->view == VIEW_SHOWN, there = model_is_there(slot);
        if (there ? (shown ? model_row(slot)->content == version->content : !is_due(slot))
                  : !shown || !in_scope(slot))
            continue;
        model_trace("  ticket %d is not as it is on the site\n", slot + 1);
        right = false;
    }
    return right;
}

static void make_sound(void)
{
    model.cache = CACHE_NONE;
    model.lag_s = model.cap = model.failures = model.events = 0;
    model.no_totals = false;
    history.max_deletes = 0; /* a person has said by then which deletions are intended */
    model.site_shift_s = model.machine_shift_s = 0;
    for (int slot = 0; slot < model.slot_count; slot++)
        model.slots[slot].poison = false;
}

/* More changes than a page holds, dated within the last hours or in the future, need walks. */
static bool is_quiet(void)
{
    struct newest list;
    list_newest(&list);
    int head = model.calls ? model.head_rows : model.large_head;
    int cap = (int)model.tables.state.page_cap; /* a limit is believed until a run with --full */
    head = cap && cap < head ? cap : head;
    return list.count < head ||
           model_newest(list.slots[head - 1])->updated_at < model.now_ms / 1000 - 4 * HOUR_S;
}

/* One run asks for all of them, each by itself. */
static int count_vanished(void)
{
    int vanished = 0;
    for (int slot = 0; slot < model.slot_count; slot++)
        vanished += model_row(slot) && model_newest(slot)->view != VIEW_SHOWN;
    return vanished;
}

/* The id of a deleted ticket was given to another one: a person has to settle that. */
static bool has_reused_id(void)
{
    for (int i = 0; i < model.tables.reject_count; i++)
        if (strstr(model.tables.rejects[i].reason, "belonged to another ticket"))
            return true;
    return false;
}

/* One that is neither the newest nor the largest, which would tell of a backup. */
static void lose_one(void)
{
    static const struct history_run plain;
    struct newest list;
    list_newest(&list);
    int which = list.count > 2 ? 1 + model_pick(list.count - 1) : 0;
    if (!which || list.slots[which] + 1 == largest_shown())
        return;
    model_change(model_pick(2) ? CHANGE_DELETE : CHANGE_HIDE, list.slots[which]);
    model.now_ms += 600 * 1000;
    if (!history_go(&plain) || strcmp(history.report.mode, "incremental") != 0 ||
        !history_is_right())
        model_broken(VANISHED_ARE_FOUND);
}

void history_recover(int answers)
{
    static const struct history_run plain;
    /* A person has said by then that it is the site which is meant. */
    struct history_run run = {.accept_site = strcmp(model.site_home, model.tables.home) != 0};
    model_trace("all is sound from here on\n");
    make_sound();
    model.now_ms += history.full_every_s * 1000 + 12 * HOUR_S * 1000;
    for (int slot = 0; slot < model.slot_count; slot += 5)
        model_change(CHANGE_SILENT, slot);
    model.now_ms += 4 * HOUR_S * 1000;
    int runs = 1;
    run.deadline_ms = answers ? (answers + count_vanished()) * model.pace_ms : 0;
    for (; !history_go(&run) && answers && runs < SHORT_RUNS_MAX; runs++) {
        model.now_ms += 60 * 1000;
        run.accept_site = false;
    }
    if (has_reused_id())
        return;
    if (!history.complete)
        model_broken(answers ? EACH_RUN_IS_FURTHER : SOUND_SITE_IS_COMPLETE);
    else if (!history_is_right())
        model_broken(FULL_EVERY_HOLDS);
    if (!history.complete || !is_quiet() || history.full_every_s < HOUR_S)
        return;
    model.now_ms += 600 * 1000;
    history.at_once = true; /* what a run reads of the list beside them is another promise */
    if (!history_go(&plain) || strcmp(history.report.mode, "incremental") != 0 || model.answers > 4)
        model_broken(QUIET_SITE_COSTS_TWO_PAGES);
    lose_one();
}
