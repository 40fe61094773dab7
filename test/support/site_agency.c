/* site_agency: tickets of a made-up web agency, of the last 90 days, for people to look at. Who
 * writes what is in the fixture agency.json. */
#include <stdlib.h>
#include <string.h>

#include "site_tickets.h"

enum { DAYS = 90, FIRST_ID = 3571, MINUTE = 60, HOUR = 3600, DAY = 86400, DAY_MOST = 10 };
enum { NEWEST_S = 25 * MINUTE, OPENS_S = 7 * HOUR + 30 * MINUTE, OPEN_S = 11 * HOUR };

struct agency {
    struct span agents, mailboxes, customers, subjects; /* arrays of objects */
    struct tickets *tickets;
    time_t now;
    uint64_t random;
};

static unsigned roll(struct agency *a, unsigned sides)
{
    return sides ? (unsigned)(random_next(&a->random) % sides) : 0;
}

static struct span element(struct span array, size_t wanted)
{
    struct span value = {NULL, 0};
    size_t at = 0;
    for (size_t i = 0; i <= wanted && json_element(array, &at, &value); i++)
        ;
    return value;
}

static size_t count(struct span array)
{
    struct span value;
    size_t n = 0;
    for (size_t at = 0; json_element(array, &at, &value);)
        n++;
    return n;
}

/* Between its quotation marks, as it stands there. */
static struct span text_in(struct span object, const char *key)
{
    struct span value = json_get(object, key);
    return value.n >= 2 ? (struct span){value.p + 1, value.n - 2} : span_of("");
}

/* Writes a text of the fixture with everything in braces filled in. */
static void put_filled(FILE *out, struct span template, struct span customer, unsigned number)
{
    struct span first = text_in(customer, "first"), last = text_in(customer, "last");
    for (size_t i = 0; i < template.n; i++) {
        const char *end = memchr(template.p + i, '}', template.n - i);
        struct span name = {template.p + i + 1, end ? (size_t)(end - template.p) - i - 1 : 0};
        if (template.p[i] != '{' || !end) {
            putc(template.p[i], out);
            continue;
        }
        if (span_is(name, "name"))
            fprintf(out, "%.*s %.*s", (int)first.n, first.p, (int)last.n, last.p);
        else if (span_is(name, "d"))
            fprintf(out, "%u", number % 10);
        else if (span_is(name, "n"))
            fprintf(out, "%u", 3 + number % 17);
        else if (span_is(name, "nnn"))
            fprintf(out, "%u", 100 + number % 900);
        else {
            char *key = text_copy(name);
            struct span value = text_in(customer, key);
            fprintf(out, "%.*s", (int)value.n, value.p);
            free(key);
        }
        i += name.n + 1;
    }
}

/* When what happened to a ticket; 0: not yet. */
struct life {
    time_t created, answered, closed;
};

static struct life live(struct agency *a, time_t created)
{
    struct life life = {.created = created};
    life.answered = created + ((4U << roll(a, 8)) + roll(a, 4)) * MINUTE;
    life.closed = life.answered + (1U << roll(a, 8)) * HOUR + roll(a, HOUR);
    if (life.answered > a->now || roll(a, 80) == 0)
        life.answered = 0;
    if (!life.answered || life.closed > a->now || roll(a, 30) == 0)
        life.closed = 0;
    return life;
}

static void put_person(FILE *out, const char *key, struct span person, size_t id, const char *host)
{
    struct span first = text_in(person, "first"), last = text_in(person, "last");
    fprintf(out, ",\"%s_id\":\"%zu\",\"%s\":{\"first_name\":\"%.*s\",\"last_name\":\"%.*s\"", key,
            id, key, (int)first.n, first.p, (int)last.n, last.p);
    fprintf(out, ",\"email\":\"office@%s\",\"id\":%zu,\"avatar\":null,\"full_name\":\"%.*s %.*s\"}",
            host, id, (int)first.n, first.p, (int)last.n, last.p);
}

static void put_customer(FILE *out, struct span customer, size_t id)
{
    char *host = text_copy(text_in(customer, "site"));
    put_person(out, "customer", customer, id, host);
    free(host);
}

static void put_agent(struct agency *a, FILE *out, const struct life *life)
{
    size_t n = roll(a, 2) ? 0 : roll(a, (unsigned)count(a->agents));
    if (life->answered)
        put_person(out, "agent", element(a->agents, n), 100 + n, "northpier.example");
    else
        fputs(",\"agent_id\":null,\"agent\":null", out);
}

static void put_text(FILE *out, const char *key, struct span text)
{
    fprintf(out, ",\"%s\":\"%.*s\"", key, (int)text.n, text.p);
}

static void put_subject(FILE *out, const struct agency *a, struct span subject)
{
    struct span mailbox = text_in(subject, "mailbox"), priority = text_in(subject, "priority");
    struct span product = text_in(subject, "product");
    size_t box = 0;
    while (box + 1 < count(a->mailboxes)) {
        struct span name = text_in(element(a->mailboxes, box), "name");
        if (name.n == mailbox.n && memcmp(name.p, mailbox.p, name.n) == 0)
            break;
        box++;
    }
    put_text(out, "priority", priority);
    put_text(out, "client_priority", priority);
    fprintf(out, ",\"mailbox_id\":\"%zu\",\"mailbox.id\":%zu", box + 1, box + 1);
    put_text(out, "mailbox.name", mailbox);
    fprintf(out, ",\"product_id\":\"1\",\"product\":{\"id\":1,\"title\":\"%.*s\"}", (int)product.n,
            product.p);
}

static void put_moment(FILE *out, const char *key, time_t moment)
{
    char text[TIME_TEXT];
    if (moment)
        fprintf(out, ",\"%s\":\"%s\"", key, time_local(text, moment));
    else
        fprintf(out, ",\"%s\":null", key);
}

static void put_seconds(FILE *out, const char *key, const struct life *life, time_t end)
{
    if (end)
        fprintf(out, ",\"%s\":\"%lld\"", key, (long long)(end - life->created));
    else
        fprintf(out, ",\"%s\":null", key);
}

static void put_life(struct agency *a, FILE *out, const struct life *life)
{
    fprintf(out, ",\"status\":\"%s\"", life->closed ? "closed" : life->answered ? "active" : "new");
    fprintf(out, ",\"response_count\":\"%u\"", life->answered ? 1 + roll(a, 4) : 0);
    put_seconds(out, "first_response_time", life, life->answered);
    put_seconds(out, "total_close_time", life, life->closed);
    put_moment(out, "last_agent_response", life->answered);
    put_moment(out, "resolved_at", life->closed);
    fprintf(out, ",\"closed_by\":%s", life->closed ? "\"100\"" : "null");
}

/* What a generated ticket becomes. */
static char *members(struct agency *a, const struct life *life, size_t subject, size_t customer)
{
    struct span what = element(a->subjects, subject), who = element(a->customers, customer);
    unsigned number = roll(a, 100000);
    struct text text;
    FILE *out = text_open(&text);
    fputs("{\"title\":\"", out);
    put_filled(out, text_in(what, "title"), who, number);
    fputs("\",\"content\":\"", out);
    put_filled(out, text_in(what, "content"), who, number);
    fputs("\",\"tags\":[],\"preview_response\":null", out);
    put_subject(out, a, what);
    put_customer(out, who, customer + 1);
    put_agent(a, out, life);
    put_life(a, out, life);
    putc('}', out);
    fclose(out);
    return text.p;
}

/* `left`: so many are to come. The newest is the fixture's first subject, from its first customer.
 */
static void add(struct agency *a, time_t created, size_t left)
{
    struct life life = live(a, created);
    size_t customer = left ? roll(a, (unsigned)count(a->customers)) : 0;
    size_t subjects = count(a->subjects);
    size_t subject = subjects ? left * 20 % subjects : 0; /* each once, before any comes again */
    if (!left)
        life.answered = life.closed = 0;
    time_t updated = life.closed ? life.closed : life.answered ? life.answered : created;
    int64_t id = FIRST_ID + (int64_t)a->tickets->count;
    char *set = members(a, &life, subject, customer);
    char *text = ticket_generate(id, created, updated, random_next(&a->random));
    tickets_add(a->tickets, json_set_all(text, span_of(set)));
    free(set);
}

/* The times of one day's tickets, in order, before `end`; returns how many. */
static size_t plan_day(struct agency *a, time_t midnight, time_t end, time_t times[DAY_MOST])
{
    static const unsigned least[] = {0, 6, 5, 4, 4, 4, 1}; /* from Sunday on */
    struct tm tm;
    localtime_r(&midnight, &tm);
    unsigned wanted = least[tm.tm_wday] + roll(a, 3);
    size_t n = 0;
    for (unsigned i = 0; i < wanted; i++) {
        unsigned span = OPEN_S / wanted;
        time_t t = midnight + OPENS_S + i * span + roll(a, span);
        if (t < end)
            times[n++] = t;
    }
    return n;
}

static void add_all(struct agency *a)
{
    time_t times[DAYS * DAY_MOST + 1], newest = a->now - NEWEST_S;
    size_t n = 0;
    for (int day = DAYS - 1; day >= 0; day--) {
        struct tm tm;
        localtime_r(&a->now, &tm);
        tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
        tm.tm_mday -= day;
        tm.tm_isdst = -1;
        n += plan_day(a, mktime(&tm), newest, times + n);
    }
    times[n++] = newest;
    for (size_t i = 0; i < n; i++)
        add(a, times[i], n - 1 - i);
}

bool tickets_make_up(struct tickets *tickets, const char *dir, time_t now)
{
    size_t size;
    char *text = text_read(dir, "agency.json", &size);
    if (!text)
        return false;
    char *php = json_php((struct span){text, size});
    struct span all = span_of(php);
    struct agency agency = {.agents = json_get(all, "agents"),
                            .mailboxes = json_get(all, "mailboxes"),
                            .customers = json_get(all, "customers"),
                            .subjects = json_get(all, "subjects"),
                            .tickets = tickets,
                            .now = now,
                            .random = 20};
    add_all(&agency);
    free(php);
    free(text);
    return true;
}
