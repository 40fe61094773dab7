/* site_list: the ticket list, as FluentSupport pages, orders and filters it. */
#include "site_list.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "site_control.h"
#include "site_responses.h"

enum {
    PER_PAGE_DEFAULT = 15,
    PER_PAGE_MAX = 10000, /* beyond, PHP runs out of memory */
    LIVE_ACTIVITY_BELOW = 15,
    MAILBOXES_MAX = 16,
    PAGE_MAX = 1000000000,
};

static const int64_t NO_TOTAL = INT64_MIN; /* null is served */

struct list_query {
    int64_t per_page, page; /* page: the one reported */
    int64_t rows_page;      /* the one whose rows are served */
    bool by_updated, descending;
    const char *order_by, *search;
    const char *mailboxes[MAILBOXES_MAX];
    size_t mailbox_count;
    int64_t newest; /* higher ids are not listed */
};

/* What a query finds, ascending. */
struct listing {
    struct ticket **rows;
    struct ticket **own; /* rows to be freed; NULL when they are the site's */
    size_t count;
};

/* Rows in the order they are served. */
struct list_page {
    struct ticket **rows; /* malloc'ed */
    size_t count;
};

/* PHP's (int): leading digits. */
static int64_t argument_int(const struct request *request, const char *name, int64_t absent)
{
    const char *value = request_argument(request, name);
    int64_t number = value ? strtoll(value, NULL, 10) : absent;
    return number > PAGE_MAX ? PAGE_MAX : number;
}

static struct list_query read_query(const struct request *request)
{
    const struct fault_plan *plan = &request->plan;
    const char *order_by = request_argument(request, "order_by");
    const char *order_type = request_argument(request, "order_type");
    struct list_query query = {
        .per_page = argument_int(request, "per_page", PER_PAGE_DEFAULT),
        .page = argument_int(request, "page", 1),
        .by_updated = order_by && strcmp(order_by, "updated_at") == 0,
        .descending = !order_type || strcmp(order_type, "DESC") == 0,
        .order_by = order_by ? order_by : "id",
        .search = request_argument(request, "search"),
    };
    query.mailbox_count = request_arguments(request, "filters[mailbox_id]", query.mailboxes, 1);
    if (query.mailbox_count == 0)
        query.mailbox_count =
            request_arguments(request, "filters[mailbox_id][]", query.mailboxes, MAILBOXES_MAX);
    if (query.page < 1 || planned(plan, FAULT_IGNORE_PAGE).p)
        query.page = 1;
    struct span same = planned(plan, FAULT_SAME_PAGE);
    query.rows_page = same.p ? json_get_int(same, "page", 1) : query.page;
    struct span cut = planned(plan, FAULT_CUT);
    int64_t most = json_get_int(cut, "rows", INT64_MAX);
    if (json_is_true(json_get(cut, "says")) && query.per_page > most)
        query.per_page = most;
    query.newest = json_get_int(planned(plan, FAULT_LAG), "above", INT64_MAX);
    return query;
}

static void answer_message(struct answer *answer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* 500, with the exception's message. */
static void answer_message(struct answer *answer, const char *format, ...)
{
    char *message;
    va_list args;
    va_start(args, format);
    if (vasprintf(&message, format, args) < 0)
        abort();
    va_end(args);

    struct text text;
    FILE *out = text_open(&text);
    fputs("{\"message\":", out);
    json_write_string(out, message);
    fputs("}", out);
    fclose(out);
    free(message);
    answer_json(answer, 500, text.p);
}

/* A query that the real site fails at; true when answered. */
static bool answer_bad_query(const struct site *site, const struct request *request,
                             const struct list_query *query, struct answer *answer)
{
    const char *direction = query->descending ? "desc" : "asc";
    int64_t offset = (query->page - 1) * query->per_page;
    if (query->per_page == 0) {
        answer_recorded(answer, site->options.fixtures, "err_per_page_0", site->home);
    } else if (query->per_page < 0) {
        answer_message(answer,
                       "You have an error in your SQL syntax; check the manual that corresponds to "
                       "your MariaDB server version for the right syntax to use near '%" PRId64
                       " offset 0' at line 1 (SQL: select * from `wp_fs_tickets` order by `%s` %s "
                       "LIMIT %" PRId64 " offset 0)",
                       query->per_page, query->order_by, direction, query->per_page);
    } else if (query->per_page > PER_PAGE_MAX) {
        const char *accept = request_header(request, "Accept");
        bool json = accept && strstr(accept, "application/json");
        answer_recorded(answer, site->options.fixtures,
                        json ? "err_php_fatal" : "err_php_fatal_no_accept", site->home);
    } else if (!query->by_updated && strcmp(query->order_by, "id") != 0) {
        answer_message(answer,
                       "Unknown column '%s' in 'ORDER BY' (SQL: select * from `wp_fs_tickets` "
                       "order by `%s` %s LIMIT %" PRId64 " offset %" PRId64 ")",
                       query->order_by, query->order_by, direction, query->per_page, offset);
    } else {
        return false;
    }
    return true;
}

/* `search=column:value` is exact; any other text is looked for in the title. */
static bool found_by(const struct ticket *ticket, const char *search)
{
    struct span text = {ticket->text, ticket->size};
    const char *colon = strchr(search, ':');
    if (!colon) {
        struct span title = json_get(text, "title");
        return title.p && memmem(title.p, title.n, search, strlen(search));
    }
    char *column = text_copy((struct span){search, (size_t)(colon - search)});
    struct span value = json_get(text, column);
    free(column);
    if (value.p && *value.p == '"')
        value = (struct span){value.p + 1, value.n - 2};
    return span_is(value, colon + 1);
}

static bool in_mailboxes(const struct ticket *ticket, const struct list_query *query)
{
    for (size_t i = 0; i < query->mailbox_count; i++) {
        if (strtoll(query->mailboxes[i], NULL, 10) == ticket->mailbox)
            return true;
    }
    return query->mailbox_count == 0;
}

static bool matches(const struct ticket *ticket, const struct list_query *query)
{
    return !ticket->hidden && ticket->id <= query->newest && in_mailboxes(ticket, query) &&
           (!query->search || !*query->search || found_by(ticket, query->search));
}

/* Does every ticket match? Then a page costs nothing but its own rows. */
static bool matches_all(const struct tickets *tickets, const struct list_query *query)
{
    return !tickets->hiding && query->newest == INT64_MAX && query->mailbox_count == 0 &&
           (!query->search || !*query->search);
}

static struct ticket **new_rows(size_t count)
{
    struct ticket **rows = calloc(count + 1, sizeof *rows);
    if (!rows)
        abort();
    return rows;
}

static struct listing list(struct tickets *tickets, const struct list_query *query)
{
    struct ticket **all = query->by_updated ? tickets_by_updated(tickets) : tickets->by_id;
    if (matches_all(tickets, query))
        return (struct listing){all, NULL, tickets->count};
    struct listing listing = {.own = new_rows(tickets->count)};
    listing.rows = listing.own;
    for (size_t i = 0; i < tickets->count; i++) {
        if (matches(all[i], query))
            listing.rows[listing.count++] = all[i];
    }
    return listing;
}

static struct list_page page_of(struct listing listing, const struct list_query *query)
{
    size_t first = (size_t)((query->rows_page - 1) * query->per_page);
    if (query->rows_page < 1 || first >= listing.count)
        return (struct list_page){new_rows(0), 0};
    size_t left = listing.count - first, wanted = (size_t)query->per_page;
    size_t count = left < wanted ? left : wanted;
    struct list_page page = {new_rows(count), count};
    for (size_t i = 0; i < count; i++)
        page.rows[i] = listing.rows[query->descending ? left - 1 - i : first + i];
    return page;
}

static void shuffle(struct list_page page, uint64_t *random)
{
    for (size_t i = page.count; i > 1; i--) {
        size_t other = random_next(random) % i;
        struct ticket *ticket = page.rows[i - 1];
        page.rows[i - 1] = page.rows[other];
        page.rows[other] = ticket;
    }
}

/* Writes a string of the command, so many times. */
static void put_piece(FILE *out, struct span command, const char *key, int64_t times)
{
    char *piece = json_get_string(command, key);
    while (piece && times-- > 0)
        fputs(piece, out);
    free(piece);
}

/* The ticket with one more member, which may be as large as it likes. */
static char *with_member(struct span ticket, struct span command)
{
    struct text text;
    FILE *out = text_open(&text);
    char *name = json_get_string(command, "name");
    int64_t count = json_get_int(command, "count", 1);
    fprintf(out, "%.*s,\"%s\":", (int)ticket.n - 1, ticket.p, name ? name : "");
    put_piece(out, command, "start", 1);
    put_piece(out, command, "repeat", count);
    put_piece(out, command, "middle", 1);
    put_piece(out, command, "repeat_end", count);
    put_piece(out, command, "end", 1);
    putc('}', out);
    fclose(out);
    free(name);
    return text.p;
}

/* The ticket's text as served now, malloc'ed: broken, or with a further member, when it was told
 * to be. */
static char *ticket_text(const struct ticket *ticket, const struct fault_plan *plan)
{
    struct span text = {ticket->text, ticket->size};
    struct span fault = planned(plan, FAULT_BROKEN), member = planned(plan, FAULT_MEMBER);
    struct span lag = planned(plan, FAULT_LAG);
    if (member.p && json_get_int(member, "id", 0) == ticket->id)
        return with_member(text, member);
    if (lag.p && json_get_int(lag, "id", 0) == ticket->id)
        return json_set(text, "updated_at", json_get(lag, "updated_at"));
    if (!fault.p || json_get_int(fault, "id", 0) != ticket->id)
        return text_copy(text);
    struct span old = json_get(text, "content");
    if (!old.p || *old.p != '"')
        old = span_of("\"\"");
    char *content = text_format("\"\\q%.*s", (int)old.n - 1, old.p + 1);
    char *changed = json_set(text, "content", span_of(content));
    free(content);
    return changed;
}

static void put_tickets(FILE *out, struct list_page page, const struct list_query *query,
                        const struct fault_plan *plan)
{
    bool plain = !planned(plan, FAULT_BROKEN).p && !planned(plan, FAULT_MEMBER).p &&
                 !planned(plan, FAULT_LAG).p && query->per_page >= LIVE_ACTIVITY_BELOW;
    for (size_t i = 0; i < page.count; i++) {
        struct ticket *ticket = page.rows[i];
        ticket->served = true;
        if (i > 0)
            putc(',', out);
        if (plain) {
            fwrite(ticket->text, 1, ticket->size, out);
            continue;
        }
        char *text = ticket_text(ticket, plan);
        if (query->per_page < LIVE_ACTIVITY_BELOW)
            fprintf(out, "%.*s,\"live_activity\":[]}", (int)strlen(text) - 1, text);
        else
            fputs(text, out);
        free(text);
    }
}

/* The address of a page; null for page 0. It lacks per_page, order and filters, as the real one. */
static void put_url(FILE *out, const char *home, int64_t page)
{
    if (page == 0) {
        fputs("null", out);
        return;
    }
    char *url = text_format("%s/wp-json/fluent-support/v2/tickets/?page=%" PRId64, home, page);
    json_write_string(out, url);
    free(url);
}

static void put_link(FILE *out, const char *home, int64_t page, const char *label, bool active)
{
    fputs("{\"url\":", out);
    put_url(out, home, page);
    fprintf(out, ",\"label\":\"%s\",\"active\":%s}", label, active ? "true" : "false");
}

/* Laravel's window of pages: all of few, else both ends and three on either side. */
static bool link_shown(int64_t page, int64_t current, int64_t last)
{
    if (last < 14 || page <= 2 || page > last - 2)
        return true;
    if (current <= 7)
        return page <= 10;
    if (current > last - 7)
        return page >= last - 9;
    return page >= current - 3 && page <= current + 3;
}

/* A site that lies about its last page must still be quick about it. */
enum { LINKED_PAGES_MAX = 100000 };

static void put_links(FILE *out, const char *home, int64_t current, int64_t last)
{
    putc('[', out);
    put_link(out, home, current - 1, "pagination.previous", false);
    bool gap = false;
    for (int64_t page = 1; page <= last && page <= LINKED_PAGES_MAX; page++) {
        if (!link_shown(page, current, last)) {
            gap = true;
            continue;
        }
        char label[24];
        snprintf(label, sizeof label, "%" PRId64, page);
        putc(',', out);
        if (gap) {
            put_link(out, home, 0, "...", false);
            putc(',', out);
        }
        gap = false;
        put_link(out, home, page, label, page == current);
    }
    putc(',', out);
    put_link(out, home, current < last ? current + 1 : 0, "pagination.next", false);
    putc(']', out);
}

static void put_row_number(FILE *out, const char *key, bool present, int64_t number)
{
    if (present)
        fprintf(out, ",\"%s\":%" PRId64, key, number);
    else
        fprintf(out, ",\"%s\":null", key);
}

/* What 1.7.2 does without. */
static void put_addresses(FILE *out, const char *home, int64_t current, int64_t last)
{
    fputs(",\"first_page_url\":", out);
    put_url(out, home, 1);
    fputs(",\"last_page_url\":", out);
    put_url(out, home, last);
    fputs(",\"links\":", out);
    put_links(out, home, current, last);
    char *path = text_format("%s/wp-json/fluent-support/v2/tickets", home);
    fputs(",\"path\":", out);
    json_write_string(out, path);
    free(path);
}

/* Everything after `data`. */
static void put_counters(FILE *out, const struct site *site, const struct list_query *query,
                         size_t rows, int64_t total, int64_t last)
{
    const char *home = site->home;
    int64_t first = (query->page - 1) * query->per_page + 1;
    put_row_number(out, "from", rows > 0, first);
    put_row_number(out, "last_page", true, last);
    fputs(",\"next_page_url\":", out);
    put_url(out, home, query->page < last ? query->page + 1 : 0);
    if (site->plugin != PLUGIN_1_7_2)
        put_addresses(out, home, query->page, last);
    put_row_number(out, "per_page", true, query->per_page);
    fputs(",\"prev_page_url\":", out);
    put_url(out, home, query->page - 1);
    put_row_number(out, "to", rows > 0, first + (int64_t)rows - 1);
    put_row_number(out, "total", total != NO_TOTAL, total);
}

static char *page_text(const struct site *site, const struct list_query *query,
                       struct list_page page, size_t count, const struct fault_plan *plan)
{
    struct span lie = planned(plan, FAULT_TOTAL);
    int64_t total = json_get_int(lie, "total", (int64_t)count);
    struct span told = json_get(lie, "total");
    if (told.p && json_is_null(told))
        total = NO_TOTAL;
    int64_t last = total > 0 ? (total + query->per_page - 1) / query->per_page : 1;
    last = json_get_int(lie, "last_page", last);

    struct text text;
    FILE *out = text_open(&text);
    fprintf(out, "{\"tickets\":{\"current_page\":%" PRId64 ",\"data\":[", query->page);
    put_tickets(out, page, query, plan);
    putc(']', out);
    put_counters(out, site, query, page.count, total, last);
    fputs("}}", out);
    fclose(out);
    return plugin_dates(site->plugin, text.p);
}

void list_answer(struct site *site, const struct request *request, struct answer *answer)
{
    struct list_query query = read_query(request);
    if (answer_bad_query(site, request, &query, answer))
        return;

    struct span unordered = planned(&request->plan, FAULT_UNORDERED);
    char *how = json_get_string(unordered, "how");
    bool shuffled = how && strcmp(how, "shuffle") == 0;
    free(how);
    if (unordered.p && !shuffled) {
        query.by_updated = false;
        query.descending = true;
    }
    struct listing listing = list(&site->tickets, &query);
    struct list_page page = page_of(listing, &query);
    if (shuffled)
        shuffle(page, &site->random);
    int64_t most = json_get_int(planned(&request->plan, FAULT_CUT), "rows", INT64_MAX);
    if ((int64_t)page.count > most)
        page.count = (size_t)most;
    answer_json(answer, 200, page_text(site, &query, page, listing.count, &request->plan));
    answer_header(answer, "Allow", text_copy(span_of("GET, POST")));
    site->stats.tickets_served += (int64_t)page.count;
    free(page.rows);
    free(listing.own);
    control_between(site);
}

/* The single ticket has other keys than the list's, and its content is formatted anew. */
static char *single_text(const struct ticket *ticket, const struct fault_plan *plan)
{
    static const char viewer[] =
        "[{\"email\":\"api@example.test\",\"first_name\":\"Api\",\"last_name\":\"Agentx\","
        "\"full_name\":\"Api Agentx\",\"photo\":\"\"}]";
    static const struct {
        const char *key, *value;
    } changes[] = {{"preview_response", NULL},
                   {"live_activity", viewer},
                   {"carbon_copy", "\"\""},
                   {"attachments", "[]"},
                   {"responses", "[]"}};
    char *text = ticket_text(ticket, plan);
    struct span content = json_get(span_of(text), "content");
    if (content.p && *content.p == '"') {
        char *formatted = text_format("%.*s\\n\"", (int)content.n - 1, content.p);
        text_replace(&text, json_set(span_of(text), "content", span_of(formatted)));
        free(formatted);
    }
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        text_replace(&text, json_set(span_of(text), changes[i].key, span_of(changes[i].value)));
    if (!json_is_null(json_get(span_of(text), "closed_by")))
        text_replace(&text,
                     json_set(span_of(text), "closed_by_person", json_get(span_of(text), "agent")));
    return text;
}

void single_answer(struct site *site, const struct request *request, const char *number,
                   struct answer *answer)
{
    const char *fixtures = site->options.fixtures;
    struct ticket *ticket = tickets_find(&site->tickets, strtoll(number, NULL, 10));
    if (!ticket) {
        plugin_refuse_unknown(site->plugin, number, answer);
    } else if (ticket->hidden && !ticket->unlisted) {
        plugin_refuse(site->plugin, PLUGIN_NO_RIGHT, answer);
    } else if (ticket->orphan) {
        answer_recorded(answer, fixtures, "err_single_customer_gone", site->home);
    } else {
        char *text = single_text(ticket, &request->plan), *responses = responses_text(ticket);
        char *body =
            text_format("{\"ticket\":%s,\"responses\":%s,\"agent_id\":1}", text, responses);
        answer_json(answer, 200, plugin_dates(site->plugin, body));
        answer_header(answer, "Allow", text_copy(span_of("GET")));
        free(text);
        free(responses);
    }
}
