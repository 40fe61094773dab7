/* model_front: answers for lib/site/site.h: the site's lists as a cache, a replica and limits
 * before it show them, several requests at a time. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/int64.h"
#include "core/plan.h"
#include "core/trust.h"
#include "model.h"
#include "site/site.h"
#include "site/site_url.h"

/* PAGE_MS: any page by id takes so long, so that a walk comes to ask for larger ones. STORING_MS:
 * so long the answer then waits for the database, which tells nothing of the site. */
enum { ASKED_MAX = 64, PAGE_MS = 300, STORING_MS = 60000 };

struct asked {
    struct site_request request;
    struct site_answer *answer; /* NULL: still on its way to the site */
};

struct site {
    struct site_options options;
    const struct limits *limits;
    struct asked asked[ASKED_MAX];
    int count;
    int64_t requests, began_ms;
    struct site_staleness stale;
};

/* Moments that an answer shows: the site counts the rows in one query and reads them in another. */
struct sight {
    int64_t counted, read, at_ms;
    bool cached;
};

static uint64_t address_of(const struct site_request *request)
{
    struct buf url;
    char fresh[24];
    snprintf(fresh, sizeof fresh, "%lld", (long long)++model.addresses_made);
    buf_init(&url, 4096);
    if (model.cache == CACHE_ADDRESS)
        site_url(&url, "", SITE_FORM_PRETTY, request, fresh);
    else
        buf_printf(&url, "%d %lld %lld %lld", (int)request->what, (long long)request->page,
                   (long long)request->per_page, (long long)request->ticket);
    uint64_t key = 14695981039346656037U; /* FNV-1a */
    for (const char *c = buf_text(&url); *c; c++)
        key = (key ^ (unsigned char)*c) * 1099511628211U;
    buf_release(&url);
    return key;
}

/* What the replica shows: the moment of lag_s ago. */
static int64_t lagging_moment(void)
{
    int64_t moment = 0, latest = model.now_ms - model.lag_s * 1000;
    for (int v = model.version_count - 1; v >= 0 && !moment; v--)
        if (model.versions[v].at_ms <= latest)
            moment = model.versions[v].moment;
    return moment;
}

static struct sight look_afresh(const struct site_request *request)
{
    struct sight sight = {.counted = model.moment, .at_ms = model.now_ms};
    if (model_pick(3) == 0)
        model_pass();
    sight.read = model.moment;
    if (request->what == SITE_BY_ID && model.lag_s && model_pick(2))
        sight.counted = sight.read = lagging_moment();
    return sight;
}

static struct sight look(const struct site_request *request)
{
    if (model.cache == CACHE_NONE)
        return look_afresh(request);
    uint64_t key = address_of(request);
    struct model_address *of = NULL;
    for (int i = 0; i < model.address_count && !of; i++)
        if (model.addresses[i].key == key)
            of = &model.addresses[i];
    if (of && model.now_ms - of->at_ms <= model.cache_s * 1000)
        return (struct sight){of->counted, of->read, of->at_ms, true};
    struct sight sight = look_afresh(request);
    if (!of && model.address_count < MODEL_ADDRESSES)
        of = &model.addresses[model.address_count++];
    if (of)
        *of = (struct model_address){key, sight.at_ms, sight.counted, sight.read};
    return sight;
}

/* Answers */

static void fail(struct site_answer *answer, bool splittable)
{
    error_set(&answer->error, ERR_UNAVAILABLE, "the site answers 500");
    answer->splittable = splittable;
}

static int newest_first(const void *a, const void *b)
{
    return model_newest_first(*(struct model_version *const *)a, *(struct model_version *const *)b);
}

/* The versions that are listed, in the order that is asked for. */
static int64_t list(const struct site_request *request, int64_t moment,
                    const struct model_version *rows[MODEL_SLOTS])
{
    int64_t count = 0;
    for (int slot = 0; slot < model.slot_count; slot++) {
        const struct model_version *version = model_version_at(slot, moment);
        if (version && version->view == VIEW_SHOWN &&
            (request->what != SITE_SEARCH || model.slots[slot].id == request->ticket))
            rows[count++] = version;
    }
    if (request->what == SITE_RECENT)
        qsort(rows, (size_t)count, sizeof(const struct model_version *), newest_first);
    return count;
}

static void fill_ticket(struct ticket *ticket, const struct model_version *version)
{
    static const char *const mailboxes[] = {"1", "2", "3"};
    *ticket = (struct ticket){
        .id = version->id,
        .hash = version->number,
        .title = "t",
        .status = version->closed ? "closed" : "new",
        .priority = "normal",
        .created_at = version->created_text,
        .updated_at = version->updated_text[0] ? version->updated_text : NULL,
        .resolved_at = version->resolved_text[0] ? version->resolved_text : NULL,
        .mailbox_id = mailboxes[version->id % 3],
        .json = (const char *)&model.versions[version - model.versions],
    };
}

static void fill_page(struct site_answer *answer, const struct sight *sight)
{
    struct site_request *request = &answer->request;
    struct page *page = &answer->page;
    const struct model_version *rows[MODEL_SLOTS];
    int64_t size = request->what == SITE_SEARCH ? 15 : request->per_page;
    int64_t first = request->what == SITE_SEARCH ? 0 : (request->page - 1) * size;
    int64_t total = list(request, sight->counted, rows), count = list(request, sight->read, rows);
    int64_t last = first + (model.cap && size > model.cap ? model.cap : size);
    *page = (struct page){.total = model.no_totals ? -1 : total,
                          .last_page = model.no_totals ? -1
                                       : total         ? (total - 1) / size + 1
                                                       : 1,
                          .current_page = request->page,
                          .per_page = size};
    page->tickets = calloc((size_t)size, sizeof *page->tickets);
    for (int64_t row = first; row < last && row < count; row++) {
        if (model.slots[rows[row]->id - 1].poison)
            fail(answer, request->what != SITE_SEARCH);
        fill_ticket(&page->tickets[page->count++], rows[row]);
    }
}

static void fill_presence(struct site_answer *answer, const struct sight *sight)
{
    int slot = model_slot_of(answer->request.ticket);
    const struct model_version *version = slot < 0 ? NULL : model_version_at(slot, sight->read);
    enum model_view view = version ? version->view : VIEW_GONE;
    answer->presence = view == VIEW_SHOWN || view == VIEW_UNLISTED ? SITE_PRESENT
                       : view == VIEW_HIDDEN && slot % 2           ? SITE_INVISIBLE
                                                                   : SITE_DELETED;
}

/* The newest entries of the log, as far as they are about deletions. */
static void fill_log(struct site_answer *answer, const struct sight *sight)
{
    int64_t *ids = arena_alloc(&answer->arena, (size_t)answer->request.per_page * sizeof *ids);
    struct activity_log *log = &answer->log;
    if (!ids)
        abort();
    for (int v = model.version_count - 1; v >= 0 && (int64_t)log->count < answer->request.per_page;
         v--) {
        const struct model_version *version = &model.versions[v];
        if (version->moment > sight->read || version->view != VIEW_GONE || version->restored ||
            (model.log == LOG_WRONG && model_pick(3) == 0))
            continue;
        bool other = model.log == LOG_WRONG && model_pick(3) == 0;
        ids[log->count++] = other ? 1 + model_pick(model.slot_count + 1) : version->id;
    }
    log->deleted = ids;
    if (model.log == LOG_REFUSED)
        error_set(&answer->error, ERR_REFUSED, "the site answers 403");
}

/* The headers that a cache adds to an answer of its own. */
static void tell_age(const struct site *site, struct site_answer *answer, const struct sight *sight)
{
    struct http_age age = HTTP_AGE_INIT;
    char seconds[24];
    int n =
        snprintf(seconds, sizeof seconds, "%lld", (long long)(model.now_ms - sight->at_ms) / 1000);
    if (sight->cached && model.cache_tells)
        http_age_header(&age, "Age", 3, seconds, (size_t)n);
    answer->age_s = age.age_s;
    answer->stale = trust_is_stale(age.age_s, age.cached, model.now_ms - site->began_ms);
}

/* A site of the model has few tickets, so its heads are smaller, too. For PLAN_HEAD_LEAST rows of a
 * run's first head it gives as large a part of model.head_rows as that is of PLAN_HEAD_ROWS, and a
 * row for each that is asked for beyond. A later head of PLAN_HEAD_ROWS is a larger one, or one
 * that is to explain calls, which is not to explain all of them each time. */
static int64_t scale_head(int64_t rows)
{
    int64_t least = (PLAN_HEAD_LEAST * model.head_rows + PLAN_HEAD_ROWS - 1) / PLAN_HEAD_ROWS;
    if (!model.head_asked && rows >= PLAN_HEAD_LEAST)
        return min64(least + rows - PLAN_HEAD_LEAST, model.head_rows);
    if (rows == PLAN_HEAD_ROWS)
        return model.calls && model_pick(2) ? model.head_rows : model.large_head;
    return rows;
}

/* Of which size is the first head? Fewer rows than the least only if the site gives no more. */
static void note_head(const struct site_request *asked, const struct site_answer *answer,
                      int64_t moment)
{
    if (asked->what != SITE_RECENT || model.head_asked)
        return;
    if (asked->per_page < PLAN_HEAD_LEAST && asked->per_page != model.tables.state.page_cap)
        model_broken(HEADS_ARE_LARGE_ENOUGH);
    model.head_moment = moment;
    model.head_asked = (int)answer->request.per_page;
}

static struct site_answer *make_answer(struct site *site, const struct site_request *request)
{
    struct site_answer *answer = calloc(1, sizeof *answer);
    if (!answer)
        abort();
    answer->request = *request;
    if (request->what == SITE_RECENT)
        answer->request.per_page = scale_head(request->per_page);
    answer->status = 200;
    struct sight sight = look(&answer->request);
    note_head(request, answer, sight.read);
    bool told = sight.cached && model.cache_tells;
    answer->date = (told ? sight.at_ms : model.now_ms) / 1000 + model.site_shift_s;
    model_site_time();
    answer->waited_ms = request->what == SITE_BY_ID ? PAGE_MS : 0;
    answer->elapsed_ms = request->what == SITE_BY_ID ? PAGE_MS + STORING_MS : 0;
    tell_age(site, answer, &sight);
    switch (request->what) {
    case SITE_INDEX:
    case SITE_LOGIN:
        answer->index = (struct site_index){.name = "x",
                                            .home = model.site_home,
                                            .gmt_offset = 0,
                                            .has_plugin = true,
                                            .has_namespaces = true,
                                            .application_passwords = true};
        break;
    case SITE_ME:
        answer->rights.sees_all = true;
        break;
    case SITE_TICKET:
        fill_presence(answer, &sight);
        break;
    case SITE_LOG:
        fill_log(answer, &sight);
        break;
    default:
        fill_page(answer, &sight);
    }
    if (model.failures && request->what != SITE_INDEX && model_pick(10) == 0) {
        model.failures--;
        fail(answer, request->what == SITE_BY_ID || request->what == SITE_RECENT);
    }
    model.head_failed |= request->what == SITE_RECENT && answer->error.code != ERR_NONE;
    static const char *const names[] = {"index", "me", "by id", "recent", "search", "ticket"};
    model_trace("  %s %lld of %lld: %zu tickets of %lld at moment %lld%s%s\n",
                request->what == SITE_LOG      ? "log"
                : request->what < SITE_MAILBOX ? names[request->what]
                                               : "?",
                (long long)(request->page ? request->page : request->ticket),
                (long long)answer->request.per_page, answer->page.count,
                (long long)answer->page.total, (long long)sight.read,
                sight.cached ? ", from a cache" : "", answer->error.code ? ", failed" : "");
    return answer;
}

/* lib/site/site.h */

int site_open(struct site **site, const struct site_options *options, const struct limits *limits,
              const struct log *log, struct error *error)
{
    (void)log;
    *site = calloc(1, sizeof **site);
    if (!*site)
        return error_no_memory(error);
    (*site)->options = *options;
    (*site)->limits = limits;
    (*site)->began_ms = model.now_ms;
    (*site)->stale.oldest_s = -1;
    return 0;
}

void site_close(struct site *site)
{
    for (int i = 0; site && i < site->count; i++)
        site_answer_free(site->asked[i].answer);
    free(site);
}

int site_ask(struct site *site, const struct site_request *request, struct error *error)
{
    if (site->count == ASKED_MAX)
        return error_set(error, ERR_INTERNAL, "too many requests at once");
    site->asked[site->count++] = (struct asked){.request = *request};
    site->requests++;
    model.answers++;
    return 0;
}

static void note_age(struct site *site, const struct site_answer *answer)
{
    if (answer->error.code != ERR_NONE || !answer->stale || answer->request.what == SITE_LOG)
        return;
    site->stale.answers++;
    if (answer->age_s > site->stale.oldest_s)
        site->stale.oldest_s = answer->age_s;
}

struct site_staleness site_stale(const struct site *site)
{
    return site->stale;
}

size_t site_printed(const struct site *site)
{
    (void)site;
    return 0;
}

int site_wait(struct site *site, struct site_answer **answer, struct error *error)
{
    *answer = NULL;
    while (site->count) {
        if (!model_step())
            return error_set(error, ERR_SIGTERM, "killed");
        if (limits_check(site->limits, error) < 0)
            return -1;
        if (site->options.tick && model_pick(4) == 0 &&
            site->options.tick(site->options.tick_context, error) < 0)
            return -1;
        int wire = site->options.connections > 0 ? site->options.connections : 1;
        int i = model_pick(site->count < wire ? site->count : wire);
        struct asked *asked = &site->asked[i];
        model_pass();
        if (!asked->answer) {
            model.now_ms += model.pace_ms / 2 + model_pick(model.pace_ms / 2 + 1);
            asked->answer = make_answer(site, &asked->request);
            continue;
        }
        *answer = asked->answer;
        note_age(site, *answer);
        memmove(asked, asked + 1, (size_t)(--site->count - i) * sizeof *asked);
        return 0;
    }
    return 0;
}

int site_exchange(struct site *site, const struct site_request *request,
                  struct site_answer **answer, struct error *error)
{
    if (site_ask(site, request, error) < 0 || site_wait(site, answer, error) < 0)
        return -1;
    return *answer ? 0 : error_set(error, ERR_INTERNAL, "no answer came");
}

int site_get(struct site *site, const struct site_request *request, struct site_answer **answer,
             struct error *error)
{
    if (site_exchange(site, request, answer, error) < 0)
        return -1;
    if ((*answer)->error.code == ERR_NONE)
        return 0;
    error_copy(error, &(*answer)->error);
    site_answer_free(*answer);
    *answer = NULL;
    return -1;
}

void site_answer_free(struct site_answer *answer)
{
    if (!answer)
        return;
    free(answer->page.tickets);
    arena_release(&answer->arena);
    free(answer);
}

void site_answer_cleanup(struct site_answer **answer)
{
    site_answer_free(*answer);
}

enum site_form site_form(const struct site *site)
{
    (void)site;
    return SITE_FORM_PRETTY;
}

int site_outstanding(const struct site *site)
{
    return site->count;
}

int64_t site_requests(const struct site *site)
{
    return site->requests;
}

int64_t site_bytes(const struct site *site)
{
    return site->requests;
}

/* lib/codec/decode.h, of which a ticket of the model has no JSON */

enum decode_fault decode_page(struct page *page, char *body, size_t length,
                              const struct mapping_pairs *drop, char *why, size_t size)
{
    (void)body;
    (void)length;
    (void)drop;
    *page = (struct page){0};
    snprintf(why, size, "the model has no JSON");
    return DECODE_NOT_JSON;
}

void page_release(struct page *page)
{
    free(page->tickets);
    *page = (struct page){0};
}

void page_forget(struct page *page, size_t n)
{
    (void)page;
    (void)n;
}

void ticket_fingerprint(const struct ticket *ticket, const char *seed, char *fingerprint)
{
    const struct model_version *version = (const void *)ticket->json;
    snprintf(fingerprint, HASH_SIZE, "%016llx%.16s", (unsigned long long)version->content, seed);
}

const char *ticket_at(const struct ticket *ticket, const char *path, struct arena *arena)
{
    (void)ticket;
    (void)path;
    (void)arena;
    return NULL;
}

int ticket_json(const struct ticket *ticket, enum ticket_keys keys, struct buf *out)
{
    (void)ticket;
    (void)keys;
    return buf_puts(out, "{}");
}

int decode_object(const char *json, size_t length, struct decode_member **members, size_t *count,
                  struct arena *arena)
{
    (void)json;
    (void)length;
    (void)arena;
    *members = NULL;
    *count = 0;
    return 0;
}

int encode_object(const struct decode_member *members, size_t count, struct buf *out)
{
    (void)members;
    (void)count;
    return buf_puts(out, "{}");
}
