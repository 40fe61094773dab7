/*
 * site_write: the calls that change a ticket of the sample site. What they store and what they
 * answer was measured on the three versions of the plugin: 2.0.1 is recorded (write_*.json), and
 * where the others differ, the code asks which one it is.
 */
#include "site_write.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "site_content.h"
#include "site_responses.h"

enum { MESSAGE_ID_MAX = 192, TITLE_MAX = 192 };

/* A call at work. */
struct work {
    struct site *site;
    struct ticket *ticket;
    struct span body;
    struct answer *answer;
};

struct kept_change {
    struct kept_change *next;
    enum change_call call;
    char *number, *body;
};

static struct span text_of(const struct work *w)
{
    return (struct span){w->ticket->text, w->ticket->size};
}

static void set(struct work *w, const char *path, struct span value)
{
    tickets_replace(&w->site->tickets, w->ticket, json_set(text_of(w), path, value));
}

static void set_text(struct work *w, const char *path, const char *text)
{
    struct text quoted;
    FILE *out = text_open(&quoted);
    json_write_string(out, text);
    fclose(out);
    set(w, path, span_of(quoted.p));
    free(quoted.p);
}

static void set_now(struct work *w, const char *path, const char *(*form)(char *, time_t))
{
    char now[TIME_TEXT];
    set_text(w, path, form(now, site_now(w->site)));
}

static void touch(struct work *w)
{
    set_now(w, "updated_at", time_utc);
}

static void refuse(struct work *w, const char *words)
{
    plugin_refuse(w->site->plugin, words, w->answer);
}

static void run_hooks(struct work *w)
{
    w->site->stats.hooks++;
}

/* The ticket as a call answers with it: without what belongs to the list. */
static char *answered_ticket(const struct work *w)
{
    return json_set(text_of(w), "preview_response", (struct span){0});
}

static void answer_with(struct work *w, char *body)
{
    answer_json(w->answer, 200, plugin_dates(w->site->plugin, body));
}

static void answer_ticket(struct work *w, const char *message)
{
    char *ticket = answered_ticket(w);
    answer_with(w, text_format("{\"message\":\"%s\",\"ticket\":%s}", message, ticket));
    free(ticket);
}

static void note_info(struct work *w, const char *content)
{
    const struct new_response info = {.type = "internal_info", .content = content};
    responses_append(w->site, w->ticket, &info);
}

static bool is_closed(const struct work *w)
{
    return span_is(json_get(text_of(w), "status"), "\"closed\"");
}

/* PUT /tickets/N/property */

/* A value of the body as PHP makes a text of it. */
static char *value_text(struct span body, const char *key)
{
    struct span value = json_get(body, key);
    char *text = json_get_string(body, key);
    if (text)
        return text;
    if (json_is_null(value) || span_is(value, "false"))
        return text_copy(span_of(""));
    return text_copy(span_is(value, "true") ? span_of("1") : value);
}

static bool is_number(const char *text, double *number)
{
    char *end;
    *number = strtod(text, &end);
    return *text && !*end;
}

/* PHP's ==: numbers are compared as such. */
static bool loosely_equal(const char *a, const char *b)
{
    double x, y;
    return is_number(a, &x) && is_number(b, &y) ? x == y : strcmp(a, b) == 0;
}

/* Is it a column of the ticket itself? */
static bool is_column(const struct work *w, const char *name)
{
    static const char *const others[] = {
        "customer", "agent", "mailbox", "product", "tags", "preview_response", "live_activity"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(name, others[i]) == 0)
            return false;
    return json_get(text_of(w), name).p != NULL;
}

/* The row that belongs to a column's value, of a ticket that has it; null: there is none. */
static void set_row(struct work *w, const char *column, const char *row, const char *value)
{
    const struct tickets *all = &w->site->tickets;
    char *found = NULL;
    for (size_t i = 0; i < all->count && !found; i++) {
        struct span text = {all->by_id[i]->text, all->by_id[i]->size};
        char *other = json_get_string(text, column);
        if (other && strcmp(other, value) == 0 && all->by_id[i] != w->ticket)
            found = text_copy(json_get(text, row));
        free(other);
    }
    set(w, row, span_of(found ? found : "null"));
    free(found);
}

static void store_property(struct work *w, const char *name, const char *value)
{
    static const char *const rows[][2] = {
        {"product_id", "product"}, {"mailbox_id", "mailbox"}, {"agent_id", "agent"}};
    bool cleans = strcmp(name, "title") == 0 && w->site->plugin != PLUGIN_1_7_2;
    char *stored = cleans ? content_field(value, TITLE_MAX) : text_copy(span_of(value));
    touch(w);
    set_text(w, name, stored);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(name, rows[i][0]) == 0)
            set_row(w, name, rows[i][1], stored);
    free(stored);
}

/* An empty value, "0", and one that is loosely equal are ignored; any other one is stored. */
static void change_value(struct work *w, const char *name, const char *value)
{
    char *before = value_text(text_of(w), name);
    bool assigns = strcmp(name, "agent_id") == 0;
    if (*value && strcmp(value, "0") != 0 && !loosely_equal(before, value)) {
        store_property(w, name, value);
        w->site->stats.mails += assigns;
        if (assigns)
            run_hooks(w);
    }
    free(before);
}

/* "agent_id" becomes "Agent id". */
static char *property_message(const char *name)
{
    char *message = text_format("%s has been updated", name);
    for (char *p = message; *p; p++)
        if (*p == '_')
            *p = ' ';
    if (*message >= 'a' && *message <= 'z')
        *message = (char)(*message - 'a' + 'A');
    return message;
}

static void answer_property(struct work *w, const char *name)
{
    bool product = strcmp(name, "product_id") == 0;
    struct span row = json_get(text_of(w), "product");
    char *message = property_message(name);
    answer_with(w, product ? text_format("{\"message\":\"%s\",\"update_data\":{\"product\":%.*s}}",
                                         message, (int)row.n, row.p)
                           : text_format("{\"message\":\"%s\",\"update_data\":[]}", message));
    free(message);
}

static void change_property(struct work *w)
{
    char *name = value_text(w->body, "prop_name"), *value = value_text(w->body, "prop_value");
    bool assigns = strcmp(name, "agent_id") == 0;
    if (*name && !is_column(w, name)) {
        refuse(w, "Unknown column");
    } else if (assigns && !w->site->may_assign && w->site->plugin != PLUGIN_1_7_2) {
        refuse(w, "Permission denied to assign agent");
    } else {
        if (*name && strcmp(name, "id") != 0)
            change_value(w, name, value);
        answer_property(w, name);
    }
    free(name);
    free(value);
}

/* POST /tickets/N/close, /re-open */

static void close_it(struct work *w)
{
    set_text(w, "status", "closed");
    set_now(w, "resolved_at", time_local);
    set_text(w, "closed_by", "1");
    touch(w);
    note_info(w, "Ticket has been closed");
}

/* "no" and true let the hooks run; so does "yes" in 2.0.1. */
static bool closes_silently(const struct work *w)
{
    struct span value = json_get(w->body, "close_ticket_silently");
    if (span_is(value, "\"yes\""))
        return w->site->plugin != PLUGIN_2_0_1;
    return !span_is(value, "\"no\"") && !json_is_true(value);
}

static void change_status_closed(struct work *w)
{
    if (!is_closed(w)) {
        close_it(w);
        if (!closes_silently(w))
            run_hooks(w);
    }
    answer_ticket(w, "Ticket has been closed");
}

/* resolved_at and closed_by stay. */
static void change_status_open(struct work *w)
{
    if (is_closed(w)) {
        set_text(w, "status", "active");
        set_now(w, "waiting_since", time_utc);
        touch(w);
        run_hooks(w);
        note_info(w, "Ticket has been reopened");
    }
    answer_with(w, text_format("{\"message\":\"Ticket has been opened again\",\"ticket\":%s}",
                               responses_agent()));
}

/* POST /tickets/N/responses */

static void assign_to_user(struct work *w)
{
    char *agent = json_set(span_of(responses_agent()), "hash", (struct span){0});
    set_text(w, "agent_id", "1");
    set(w, "agent", span_of(agent));
    free(agent);
}

static void follow_reply(struct work *w)
{
    if (span_is(json_get(text_of(w), "status"), "\"new\""))
        set_text(w, "status", "active");
    if (json_is_null(json_get(text_of(w), "agent_id")))
        assign_to_user(w);
    set_now(w, "last_agent_response", time_local);
    set_now(w, "waiting_since", time_utc);
    w->site->stats.mails++;
    run_hooks(w);
}

static int64_t store_response(struct work *w, const char *type, const char *content)
{
    char *given = json_get_string(w->body, "message_id");
    char *id = given ? content_field(given, MESSAGE_ID_MAX) : NULL;
    char *stored = content_stored(content, json_get(text_of(w), "customer"));
    char *shown = content_shown(stored, CONTENT_LINKED);
    const struct new_response response = {.type = type, .content = shown, .message_id = id};
    int64_t response_id = responses_append(w->site, w->ticket, &response);
    free(shown);
    free(stored);
    free(id);
    free(given);
    return response_id;
}

static void answer_response(struct work *w, int64_t id, const char *type, const char *content)
{
    struct text text;
    char now[TIME_TEXT], *ticket = answered_ticket(w);
    char *stored = content_stored(content, json_get(text_of(w), "customer"));
    char *shown = content_shown(stored, CONTENT_PLAIN);
    time_utc(now, site_now(w->site));
    FILE *out = text_open(&text);
    fprintf(out,
            "{\"message\":\"Response has been added\",\"response\":{\"person_id\":1,"
            "\"ticket_id\":%" PRId64 ",\"conversation_type\":",
            w->ticket->id);
    json_write_string(out, type);
    fputs(",\"content\":", out);
    json_write_string(out, shown);
    fprintf(out,
            ",\"source\":\"web\",\"created_at\":\"%s\",\"updated_at\":\"%s\",\"id\":%" PRId64
            ",\"person\":%s},\"ticket\":%s,\"update_data\":[]}",
            now, now, id, responses_agent(), ticket);
    fclose(out);
    answer_with(w, text.p);
    free(shown);
    free(stored);
    free(ticket);
}

static void add_response(struct work *w, const char *type, const char *content)
{
    char *close = json_get_string(w->body, "close_ticket");
    int64_t id = store_response(w, type, content);
    if (strcmp(type, "response") == 0)
        follow_reply(w);
    if (close && strcmp(close, "yes") == 0 && !is_closed(w)) {
        close_it(w);
        run_hooks(w);
    }
    answer_response(w, id, type, content);
    free(close);
}

static void change_respond(struct work *w)
{
    char *content = json_get_string(w->body, "content");
    char *type = json_get_string(w->body, "conversation_type");
    if (content && *content)
        add_response(w, type ? type : "response", content);
    else
        answer_json(w->answer, 422,
                    text_copy(span_of("{\"content\":{\"required\":\"Reply content "
                                      "is required\"}}")));
    free(content);
    free(type);
}

/* All of them */

static const struct {
    const char *name, *method;
    void (*make)(struct work *w);
} calls[CHANGE_CALLS] = {
    [CHANGE_PROPERTY] = {"/property", "PUT", change_property},
    [CHANGE_CLOSE] = {"/close", "POST", change_status_closed},
    [CHANGE_REOPEN] = {"/re-open", "POST", change_status_open},
    [CHANGE_RESPOND] = {"/responses", "POST", change_respond},
};

enum change_call change_named(const char *name, size_t n)
{
    int i = 0;
    while (i < CHANGE_CALLS && (strlen(calls[i].name) != n || strncmp(name, calls[i].name, n) != 0))
        i++;
    return (enum change_call)i;
}

const char *change_method(enum change_call call)
{
    return calls[call].method;
}

/* What came of it, for GET /_control/changes: it tells whether anything was stored. */
static void record(struct work *w, const struct change *change, bool stored)
{
    struct span body = w->body.n ? w->body : span_of("{}");
    char *before = w->site->changes;
    w->site->changes = text_format(
        "%s%s{\"ticket\":%s,\"call\":\"%s\",\"status\":%u,\"stored\":%s,\"body\":%.*s}",
        before ? before : "", before ? ",\n" : "", change->number, calls[change->call].name + 1,
        w->answer->status, stored ? "true" : "false", (int)body.n, body.p);
    free(before);
}

static void make(struct work *w, const struct change *change)
{
    char *before = w->ticket ? text_copy(text_of(w)) : NULL;
    if (!w->ticket) {
        plugin_refuse_unknown(w->site->plugin, change->number, w->answer);
    } else if (w->site->may_not_write || w->ticket->refuses) {
        refuse(w, PLUGIN_NO_RIGHT);
    } else {
        calls[change->call].make(w);
    }
    record(w, change, before && strcmp(before, w->ticket->text) != 0);
    free(before);
}

void change_answer(struct site *site, const struct change *change, struct answer *answer)
{
    struct work w = {site, tickets_find(&site->tickets, strtoll(change->number, NULL, 10)),
                     change->body, answer};
    if (w.body.n && !json_valid(w.body))
        answer_json(answer, 400,
                    text_copy(span_of("{\"code\":\"rest_invalid_json\",\"message\":\"Invalid JSON "
                                      "body passed.\",\"data\":{\"status\":400}}")));
    else
        make(&w, change);
    answer_header(answer, "Allow", text_copy(span_of(change_method(change->call))));
}

/* Later */

void change_keep(struct site *site, const struct change *change)
{
    struct kept_change **last = &site->kept_changes, *kept = malloc(sizeof *kept);
    if (!kept)
        abort();
    *kept = (struct kept_change){NULL, change->call, text_copy(span_of(change->number)),
                                 text_copy(change->body.n ? change->body : span_of(""))};
    while (*last)
        last = &(*last)->next;
    *last = kept;
}

static struct kept_change *forget_first(struct site *site)
{
    struct kept_change *first = site->kept_changes;
    site->kept_changes = first->next;
    free(first->number);
    free(first->body);
    free(first);
    return site->kept_changes;
}

const char *change_carry_out(struct site *site, struct span command, FILE *out)
{
    int64_t count = 0;
    (void)command;
    for (struct kept_change *k = site->kept_changes; k; k = forget_first(site)) {
        struct answer ignored = {0};
        struct change change = {k->call, k->number, span_of(k->body)};
        change_answer(site, &change, &ignored);
        answer_free(&ignored);
        count++;
    }
    fprintf(out, "{\"carried_out\":%" PRId64 "}", count);
    return NULL;
}

void changes_free(struct site *site)
{
    while (site->kept_changes)
        forget_first(site);
    free(site->changes);
}
