/* push: may and can what people change be sent to the site, and what does the site do then? */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "check/findings.h"
#include "check/subjects.h"
#include "core/map.h"
#include "core/push.h"
#include "core/push_back.h"
#include "store/outbox.h"
#include "store/request_schema.h"

/* Rights */

/* Since 2.0.5 the plugin has a permission that only reads. */
static bool can_only_read(struct check *c)
{
    static const struct site_request request = {.what = SITE_README, .once = true};
    struct site_answer *readme = check_ask(c, &request);
    int major = 0, minor = 0, patch = 0;
    bool old = readme && sscanf(readme->version, "%d.%d.%d", &major, &minor, &patch) >= 2 &&
               (major < 2 || (major == 2 && minor == 0 && patch < 5));
    site_answer_free(readme);
    return !old;
}

static void describe_effects(struct check *c)
{
    const struct push_options *o = &c->config->push;
    if (o->fields)
        check_detail(c, "edits of %s%s%s: nobody is told",
                     push_sends_edits(o, OUTBOX_PRIORITY) ? "urgency" : "",
                     push_sends_edits(o, OUTBOX_PRIORITY) && push_sends_edits(o, OUTBOX_PRODUCT)
                         ? " and "
                         : "",
                     push_sends_edits(o, OUTBOX_PRODUCT) ? "category" : "");
    if (push_allows(o, OUTBOX_CLOSE))
        check_detail(c, "close: %s",
                     o->notify ? "the site tells the customer and its other plugins" : "silently");
    if (push_allows(o, OUTBOX_REOPEN))
        check_detail(c, "reopen: the site runs its hooks, which may mail");
    if (push_allows(o, OUTBOX_REPLY))
        check_detail(c, "reply: mailed to the customer; an unassigned ticket becomes the API "
                        "user's");
    if (push_allows(o, OUTBOX_NOTE))
        check_detail(c, "note: for agents alone");
    if (push_allows(o, OUTBOX_SET))
        check_detail(c, "set: nobody is told");
}

static void check_rights(struct check *c)
{
    static const char name[] = "push.rights";
    bool on = push_is_on(&c->config->push);
    if (!c->me || c->me->error.code)
        check_skip(c, name, "not known");
    else if (on && !c->me->rights.writes)
        check_warn(c, name,
                   "FluentSupport > Settings > Support Staff: Manage Own, Unassigned and Other "
                   "Tickets",
                   "the API user may only read: nothing that [push] names can be sent");
    else if (on)
        check_ok(c, name, "the API user may change tickets");
    else if (!c->me->rights.writes)
        check_ok(c, name, "the API user may only read, and nothing is to be sent");
    else if (can_only_read(c))
        check_warn(c, name,
                   "FluentSupport > Settings > Support Staff: View Tickets (Read Only) is enough",
                   "the API user may change tickets, although [push] sends nothing");
    else
        check_ok(c, name,
                 "the API user may change tickets, as FluentSupport before 2.0.5 has no "
                 "permission that only reads; [push] sends nothing");
    if (on)
        describe_effects(c);
}

/* Values */

struct values {
    struct check *c;
    struct push_back back;
    struct request_schema schema;
    struct map_rules rules;
    size_t bad;
};

/* Can each of the newest tickets be given this value? Says why for the first that cannot. */
static void try_value(struct values *v, const char *wanted)
{
    const struct page *page = &v->c->head->page;
    char why[PUSH_BACK_WHY_SIZE];
    const char *value;
    for (size_t i = 0; i < page->count; i++) {
        v->back.ticket = &page->tickets[i];
        if (page->tickets[i].defect || push_back_map(&v->back, wanted, &value, why) < 0 || value)
            continue;
        if (!v->bad++)
            check_warn(v->c, "push.values", "choose one in [push.priority] or [push.product]",
                       "values that nobody could send, as the site's cannot be told");
        check_detail(v->c, "%s: %s", wanted, why);
        return;
    }
}

/* What the column of the newest tickets becomes, each value once. */
static void try_values(struct values *v, enum outbox_field field)
{
    const struct page *page = &v->c->head->page;
    const char **seen = arena_alloc(&v->c->arena, (page->count + 1) * sizeof *seen);
    size_t count = 0;
    for (size_t i = 0; seen && i < page->count; i++) {
        struct row row = {0};
        struct error why = ERROR_INIT;
        const struct ticket *ticket = &page->tickets[i];
        if (map_identity(&v->rules, ticket, &v->c->arena, &row, &why) != MAP_ROW ||
            map_ticket(&v->rules, ticket, &v->c->arena, &row, &why) != MAP_ROW)
            continue;
        const char *wanted = row.request[outbox_column(field)].text;
        size_t s = 0;
        while (wanted && s < count && strcmp(seen[s], wanted) != 0)
            s++;
        if (!wanted || s < count)
            continue;
        seen[count++] = wanted;
        try_value(v, wanted);
    }
}

static int prepare_values(struct values *v, struct error *why)
{
    const struct mapping_pairs *fields = &v->c->config->mapping.fields;
    struct dashboard requests;
    if (store_request_schema(v->c->store, fields, &v->schema, &requests, why) < 0)
        return -1;
    v->rules = check_rules(v->c, &v->schema);
    return 0;
}

static int check_field(struct values *v, enum outbox_field field, struct error *why)
{
    const struct push_options *o = &v->c->config->push;
    struct known_values known;
    if (!push_sends_edits(o, field))
        return 0;
    if (store_known_values(v->c->store, field, &known, &v->c->arena, why) < 0)
        return -1;
    v->back = (struct push_back){.field = field,
                                 .chosen = field == OUTBOX_PRODUCT ? &o->product : &o->priority,
                                 .known = &known,
                                 .rules = &v->rules};
    try_values(v, field);
    return 0;
}

static void check_values(struct check *c)
{
    static const char name[] = "push.values";
    struct values v = {.c = c};
    struct error why = ERROR_INIT;
    if (!c->config->push.fields)
        return;
    if (!c->store || !c->head || c->head->error.code || !c->zones.site)
        check_skip(c, name, "not known");
    else if (prepare_values(&v, &why) < 0 || check_field(&v, OUTBOX_PRIORITY, &why) < 0 ||
             check_field(&v, OUTBOX_PRODUCT, &why) < 0)
        check_warn_error(c, name, &why);
    else if (!v.bad)
        check_ok(c, name, "every urgency and category that is sent is one value of the site's");
}

/* The outbox */

static void check_place(struct check *c)
{
    static const char name[] = "push.database";
    struct error why = ERROR_INIT;
    struct push_state push;
    if (store_read_push_state(c->store, &push, &c->arena, &why) < 0)
        check_warn_error(c, name, &why);
    else if (push.place_before && push.place_now && strcmp(push.place_before, push.place_now) != 0)
        check_fail(c, name, RANK_PARTIAL, ERR_PARTIAL,
                   "if it is no copy, but has moved: `fluent-sync push --accept-database`",
                   "the last push was made from %s, and this is %s", push.place_before,
                   push.place_now);
    else
        check_ok(c, name, "%s",
                 push.place_before ? "that of the last push" : "nothing was sent yet");
}

static void judge_outbox(struct check *c, const struct outbox_counts *counts, int64_t stray)
{
    static const char name[] = "push.outbox";
    const int64_t *n = counts->states;
    if (n[OUTBOX_FAILED] || n[OUTBOX_HELD])
        check_fail(c, name, RANK_PARTIAL, ERR_PARTIAL,
                   "`fluent-sync outbox` gives the reasons; retry or cancel them",
                   "%" PRId64 " failed, %" PRId64 " held", n[OUTBOX_FAILED], n[OUTBOX_HELD]);
    else if (counts->oldest_sending_s > PUSH_UNKNOWN_S)
        check_fail(c, name, RANK_PARTIAL, ERR_PARTIAL,
                   "a run looks for it; `fluent-sync -v push` says what the site answers",
                   "what was sent %" PRId64
                   " min ago, or before the database's clock was set back, "
                   "is not settled yet",
                   counts->oldest_sending_s / 60);
    else if (stray)
        check_warn(c, name, "give fluent_id as in fluent_tickets, with the site's key",
                   "%" PRId64 " rows belong to no site of this database", stray);
    else
        check_ok(c, name, "%" PRId64 " waiting, %" PRId64 " being sent", n[OUTBOX_PENDING],
                 n[OUTBOX_SENDING]);
}

static void check_outbox(struct check *c)
{
    struct error why = ERROR_INIT;
    struct outbox_counts counts;
    int64_t stray;
    if (store_count_outbox(c->store, &counts, &why) < 0 ||
        store_count_stray(c->store, &stray, &why) < 0)
        check_warn_error(c, "push.outbox", &why);
    else
        judge_outbox(c, &counts, stray);
}

void check_push(struct check *c)
{
    static const char *const stored[] = {"push.database", "push.outbox"};
    check_rights(c);
    if (!push_is_on(&c->config->push))
        return;
    check_values(c);
    if (!c->store) {
        check_skip_stored(c, stored, sizeof stored / sizeof *stored);
        return;
    }
    check_place(c);
    check_outbox(c);
}
