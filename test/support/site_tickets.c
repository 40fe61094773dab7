/* site_tickets: the sample site's tickets, each kept as the JSON text the list serves. */
#include "site_tickets.h"

#include <stdlib.h>
#include <string.h>

static void ticket_free(struct ticket *ticket)
{
    free(ticket->text);
    free(ticket->responses);
    free(ticket);
}

static void stale(struct tickets *tickets)
{
    free(tickets->by_updated);
    tickets->by_updated = NULL;
}

void tickets_free(struct tickets *tickets)
{
    stale(tickets);
    for (size_t i = 0; i < tickets->count; i++)
        ticket_free(tickets->by_id[i]);
    free(tickets->by_id);
    *tickets = (struct tickets){0};
}

const char *time_utc(char out[TIME_TEXT], time_t t)
{
    struct tm tm;
    strftime(out, TIME_TEXT, "%Y-%m-%dT%H:%M:%S+00:00", gmtime_r(&t, &tm));
    return out;
}

const char *time_local(char out[TIME_TEXT], time_t t)
{
    struct tm tm;
    strftime(out, TIME_TEXT, "%Y-%m-%d %H:%M:%S", localtime_r(&t, &tm));
    return out;
}

bool time_parse(struct span value, time_t *t)
{
    char text[40] = "";
    if (!value.p || value.n >= sizeof text)
        return false;
    memcpy(text, value.p, value.n);
    struct tm tm = {0};
    const char *rest = strptime(text, "\"%Y-%m-%dT%H:%M:%S%z", &tm);
    if (!rest || strcmp(rest, "\"") != 0)
        return false;
    long offset = tm.tm_gmtoff;
    *t = timegm(&tm) - offset;
    return true;
}

/* The database holds the site's wall time and sorts on that: the hour when daylight saving ends
 * is there twice, and zero dates come right after the nulls. */
static int64_t order_key(struct span updated_at)
{
    time_t t;
    struct tm tm;
    if (json_is_null(updated_at))
        return INT64_MIN;
    if (!time_parse(updated_at, &t))
        return INT64_MIN + 1;
    localtime_r(&t, &tm);
    return (int64_t)t + tm.tm_gmtoff;
}

/* A number, or digits in quotation marks. */
static int64_t digits(struct span value)
{
    return value.p ? strtoll(value.p + (*value.p == '"'), NULL, 10) : 0;
}

static void read_columns(struct ticket *ticket)
{
    struct span text = {ticket->text, ticket->size};
    ticket->order = order_key(json_get(text, "updated_at"));
    ticket->mailbox = digits(json_get(text, "mailbox_id"));
    ticket->orphan = json_is_null(json_get(text, "customer"));
}

/* Where `id` is, or would have to go. */
static size_t position(const struct tickets *tickets, int64_t id)
{
    size_t low = 0, high = tickets->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (tickets->by_id[middle]->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct ticket *tickets_find(const struct tickets *tickets, int64_t id)
{
    size_t at = position(tickets, id);
    return at < tickets->count && tickets->by_id[at]->id == id ? tickets->by_id[at] : NULL;
}

static void *grown(void *memory, size_t n, size_t size)
{
    memory = reallocarray(memory, n, size);
    if (!memory)
        abort();
    return memory;
}

static void insert(struct tickets *tickets, struct ticket *ticket)
{
    if (tickets->count == tickets->room) {
        tickets->room = tickets->room ? 2 * tickets->room : 1024;
        tickets->by_id = grown(tickets->by_id, tickets->room, sizeof *tickets->by_id);
    }
    size_t at = position(tickets, ticket->id);
    memmove(tickets->by_id + at + 1, tickets->by_id + at,
            (tickets->count - at) * sizeof *tickets->by_id);
    tickets->by_id[at] = ticket;
    tickets->count++;
    stale(tickets);
}

struct ticket *tickets_add(struct tickets *tickets, char *text)
{
    int64_t id = json_get_int(span_of(text), "id", 0);
    if (id <= 0 || tickets_find(tickets, id)) {
        free(text);
        return NULL;
    }
    struct ticket *ticket = grown(NULL, 1, sizeof *ticket);
    *ticket = (struct ticket){.id = id, .size = strlen(text), .text = text};
    read_columns(ticket);
    insert(tickets, ticket);
    return ticket;
}

void tickets_remove(struct tickets *tickets, struct ticket *ticket)
{
    size_t at = position(tickets, ticket->id);
    tickets->count--;
    memmove(tickets->by_id + at, tickets->by_id + at + 1,
            (tickets->count - at) * sizeof *tickets->by_id);
    stale(tickets);
    ticket_free(ticket);
}

void tickets_replace(struct tickets *tickets, struct ticket *ticket, char *text)
{
    free(ticket->text);
    ticket->text = text;
    ticket->size = strlen(text);
    read_columns(ticket);
    stale(tickets);
}

static int compare_updated(const void *a, const void *b)
{
    const struct ticket *x = *(struct ticket *const *)a, *y = *(struct ticket *const *)b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

struct ticket **tickets_by_updated(struct tickets *tickets)
{
    if (!tickets->by_updated && tickets->count) {
        tickets->by_updated = grown(NULL, tickets->count, sizeof *tickets->by_updated);
        memcpy(tickets->by_updated, tickets->by_id, tickets->count * sizeof *tickets->by_updated);
        qsort(tickets->by_updated, tickets->count, sizeof *tickets->by_updated, compare_updated);
    }
    return tickets->by_updated;
}

void tickets_rekey(struct tickets *tickets)
{
    for (size_t i = 0; i < tickets->count; i++)
        read_columns(tickets->by_id[i]);
    stale(tickets);
}

bool tickets_load_recorded(struct tickets *tickets, const char *dir)
{
    for (int page = 1; page <= 3; page++) {
        char name[64];
        snprintf(name, sizeof name, "tickets_per100_id_asc_page%d.json", page);
        size_t size;
        char *text = text_read(dir, name, &size);
        if (!text)
            return false;
        char *php = json_php((struct span){text, size});
        struct span data = json_get(json_get(span_of(php), "tickets"), "data"), ticket;
        for (size_t at = 0; json_element(data, &at, &ticket);)
            tickets_add(tickets, text_copy(ticket));
        free(php);
        free(text);
    }
    return true;
}
