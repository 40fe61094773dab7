/* site_generate: made-up tickets in the shape, the size and the bytes of the recorded ones. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "site_tickets.h"

enum { DAY = 86400, CONTENT_MIN = 1100 };

/* Everything here is written as PHP's json_encode would write it. */
static const char *const first_names[] = {
    "Miles",          "Jos\\u00e9",  "Zo\\u00eb",     "Anna",    "\\u0645\\u062d\\u0645\\u062f",
    "\\u7530\\u4e2d", "Bj\\u00f6rn", "Siobh\\u00e1n", "Renamed", "Tom \\\"T\\\""};
static const char *const last_names[] = {"O'Brien",       "Garc\\u00eda-L\\u00f3pez",
                                         "Nguyen",        "M\\u00fcller",
                                         "van der Berg",  "Smith & Sons",
                                         "\\u592a\\u90ce"};
static const char *const agent_names[][2] = {
    {"Api", "Agentx"}, {"Limited", "Agent"}, {"Ownplus", "Agent"}, {"Alice", "Admin"}};
static const char *const mailboxes[][2] = {
    {"Sales & Billing", "sales-billing"},
    {"Technical \\u201cSupport\\u201d \\u652f\\u63f4", "technical-support"},
    {"Partners", "partners"}};
static const char *const mailbox_settings[] = {"{\"admin_email_address\":\"sales@acme.test\"}",
                                               "[]", "null"};
static const char *const products[] = {"Widget Pro!", "Widget Lite",
                                       "Gadget \\\"X\\\" \\u65e5\\u672c", "Service & Repair"};
static const char *const subjects[] = {
    "Licence does not activate",           "Refund for order",
    "Login fails after the update",        "Invoice \\u2116 missing",
    "R\\u00e9sum\\u00e9 upload & preview", "Shipping \\ud83d\\ude80 is late",
    "Error \\\"500\\\" on checkout",       "Question about renewal"};
static const char *const paragraphs[] = {
    "<p>Hello,<\\/p>\\n<p>since the last update the license page only shows a blank screen, in "
    "every "
    "browser that I tried.<\\/p>",
    "<p>The order was paid twice \\u2014 please refund one of the two payments "
    "(see <a href=\\\"https:\\/\\/shop.acme.test\\/orders\\/4711?view=full&amp;lang=en\\\">the "
    "order<\\/a>).<\\/p>",
    "<ul><li>cleared the cache<\\/li><li>disabled all other plugins<\\/li><li>tried "
    "Firefox &amp; Chrome<\\/li><\\/ul>",
    "<blockquote>On Monday you wrote: \\\"it will be fixed in the next "
    "release\\\".<\\/blockquote>",
    "<p>Gr\\u00fc\\u00dfe aus K\\u00f6ln \\ud83d\\ude00<br \\/>\\u00a9 2025, all prices in "
    "\\u20ac<\\/p>",
    "<table><tr><th>Version<\\/th><td>6.1.9<\\/td><\\/tr><tr><th>PHP<\\/th><td>8.2<\\/td><\\/tr>"
    "<\\/table>",
    "<pre>Fatal error: Uncaught Error in C:\\\\inetpub\\\\wp-content\\\\plugins\\\\shop.php:12"
    "<\\/pre>",
    "<p>crash invoice refund broken update login shipping license screen error Pro Lite refund "
    "invoice broken crash<\\/p>"};

#define PICK(list, number) (list)[(number) % (sizeof(list) / sizeof *(list))]

uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15U;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    return z ^ z >> 31;
}

struct draft {
    int64_t id;
    time_t created, updated;
    uint64_t random;
    unsigned customer, agent, mailbox, product, responses; /* 0: none */
    bool closed;
    const char *subject;
};

/* A number of its own for each use, so that the columns do not move together. */
static unsigned roll(struct draft *draft, unsigned sides)
{
    return (unsigned)(random_next(&draft->random) % sides);
}

/* `"key":` and a string, or null. */
static void put_text(FILE *out, const char *key, bool present, const char *value)
{
    if (present)
        fprintf(out, "\"%s\":\"%s\",", key, value);
    else
        fprintf(out, "\"%s\":null,", key);
}

static void put_number(FILE *out, const char *key, bool present, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    put_text(out, key, present, text);
}

/* 32 hexadecimal digits. */
static void put_md5(FILE *out, uint64_t *random)
{
    fprintf(out, "%016" PRIx64, random_next(random));
    fprintf(out, "%016" PRIx64, random_next(random));
}

static void put_content(FILE *out, struct draft *draft)
{
    size_t size = 0;
    fputs("\"content\":\"", out);
    while (size < CONTENT_MIN) {
        const char *paragraph = PICK(paragraphs, roll(draft, 1000));
        size += strlen(paragraph);
        fputs(paragraph, out);
    }
    fputs("\",\"secret_content\":null,", out);
}

static void put_head(FILE *out, struct draft *draft)
{
    static const char *const priorities[] = {"normal", "normal", "medium", "critical"};
    static const char *const open[] = {"new", "active", "active"};
    fprintf(out, "{\"id\":%" PRId64 ",", draft->id);
    put_number(out, "customer_id", true, draft->customer);
    put_number(out, "agent_id", draft->agent > 0, draft->agent);
    put_number(out, "mailbox_id", true, draft->mailbox);
    put_number(out, "product_id", draft->product > 0, draft->product);
    put_text(out, "product_source", draft->product > 0, "local");
    put_text(out, "privacy", true, "private");
    put_text(out, "priority", true, PICK(priorities, roll(draft, 4)));
    put_text(out, "client_priority", true, PICK(priorities, roll(draft, 4)));
    put_text(out, "status", true, draft->closed ? "closed" : PICK(open, roll(draft, 3)));
    fprintf(out, "\"title\":\"%s #%" PRId64 "\",\"slug\":\"ticket-%" PRId64 "\",", draft->subject,
            draft->id, draft->id);
    fprintf(out, "\"hash\":\"%010" PRIx64 "\",", random_next(&draft->random) & 0xffffffffffU);
    fputs("\"content_hash\":\"", out);
    put_md5(out, &draft->random);
    fputs("\",\"message_id\":null,\"source\":null,", out);
}

static void put_times(FILE *out, const struct draft *draft)
{
    char text[TIME_TEXT];
    bool answered = draft->responses > 0;
    put_text(out, "last_agent_response", answered, time_local(text, draft->updated));
    put_text(out, "last_customer_response", true, time_local(text, draft->created));
    put_text(out, "waiting_since", true, time_utc(text, draft->created));
    put_number(out, "response_count", true, draft->responses);
    put_number(out, "first_response_time", answered, draft->updated - draft->created);
    put_number(out, "total_close_time", draft->closed, draft->updated - draft->created);
    put_text(out, "resolved_at", draft->closed, time_local(text, draft->updated));
    put_number(out, "closed_by", draft->closed, 1);
    put_text(out, "created_at", true, time_utc(text, draft->created));
    put_text(out, "updated_at", true, time_utc(text, draft->updated));
}

static void put_person(FILE *out, const char *key, unsigned id, const char *first, const char *last,
                       const char *host)
{
    uint64_t hash = id * 31U;
    fprintf(out, "\"%s\":{\"first_name\":\"%s\",\"last_name\":\"%s\",", key, first, last);
    fprintf(out, "\"email\":\"person%u@%s.test\",", id, host);
    fprintf(out, "\"id\":%u,\"avatar\":null,\"full_name\":\"%s %s\",", id, first, last);
    fputs("\"photo\":\"https:\\/\\/www.gravatar.com\\/avatar\\/", out);
    put_md5(out, &hash);
    fprintf(out, "?s=128&d=https%%3A%%2F%%2Fui-avatars.com%%2Fapi%%2FPerson%%2B%u\\/128\"},", id);
}

static void put_people(FILE *out, const struct draft *draft)
{
    put_person(out, "customer", draft->customer, PICK(first_names, draft->customer),
               PICK(last_names, draft->customer), "client");
    /* An agent who was deleted: agent_id stays, the object is null. */
    if (draft->agent == 0 || draft->id % 97 == 0) {
        fputs("\"agent\":null,", out);
        return;
    }
    const char *const *name = PICK(agent_names, draft->agent - 1);
    put_person(out, "agent", draft->agent, name[0], name[1], "acme");
}

static void put_row_dates(FILE *out)
{
    fputs("\"created_at\":\"2025-01-02T07:30:05+00:00\","
          "\"updated_at\":\"2025-01-02T07:30:05+00:00\"",
          out);
}

static void put_rows(FILE *out, const struct draft *draft)
{
    const char *const *mailbox = PICK(mailboxes, draft->mailbox - 1);
    fprintf(out, "\"mailbox\":{\"id\":%u,\"name\":\"%s\",\"slug\":\"%s\",\"box_type\":\"web\",",
            draft->mailbox, mailbox[0], mailbox[1]);
    fprintf(out, "\"email\":\"box%u@acme.test\",\"mapped_email\":\"\",\"email_footer\":\"\",",
            draft->mailbox);
    fprintf(out, "\"settings\":%s,\"avatar\":null,", PICK(mailbox_settings, draft->mailbox - 1));
    fprintf(out, "\"created_by\":null,\"is_default\":\"%s\",", draft->mailbox == 1 ? "yes" : "no");
    put_row_dates(out);
    fputs("},", out);
    if (draft->product == 0) {
        fputs("\"product\":null,", out);
        return;
    }
    const char *title = PICK(products, draft->product - 1);
    fprintf(out, "\"product\":{\"id\":%u,\"source_uid\":null,\"mailbox_id\":null,\"title\":\"%s\",",
            draft->product, title);
    fprintf(out, "\"description\":\"d %s\",\"settings\":null,", title);
    fputs("\"source\":\"local\",\"created_by\":null,", out);
    put_row_dates(out);
    fputs("},", out);
}

static void put_tags(FILE *out, int64_t id)
{
    if (id % 6 != 0) {
        fputs("\"tags\":[],", out);
        return;
    }
    fputs(
        "\"tags\":[{\"id\":2,\"tag_type\":\"ticket_tag\",\"title\":\"billing\",\"slug\":\"t3828\","
        "\"description\":null,\"settings\":null,\"created_by\":null,",
        out);
    put_row_dates(out);
    fprintf(out, ",\"pivot\":{\"source_id\":\"%" PRId64 "\",\"tag_id\":\"2\"}}],", id);
}

static void put_tail(FILE *out, const struct draft *draft)
{
    char text[TIME_TEXT];
    put_tags(out, draft->id);
    if (draft->responses == 0) {
        fputs("\"preview_response\":null}", out);
        return;
    }
    fprintf(out,
            "\"preview_response\":{\"id\":%" PRId64 ",\"serial\":\"1\",\"ticket_id\":\"%" PRId64
            "\",\"person_id\":\"1\",\"conversation_type\":\"internal_info\","
            "\"content\":\"An internal note\",\"source\":\"web\",\"content_hash\":null,"
            "\"message_id\":null,\"is_important\":\"no\",",
            draft->id * 3, draft->id);
    time_utc(text, draft->updated);
    fprintf(out, "\"created_at\":\"%s\",\"updated_at\":\"%s\"}}", text, text);
}

char *ticket_generate(int64_t id, time_t created, time_t updated, uint64_t seed)
{
    struct draft draft = {.id = id, .created = created, .updated = updated, .random = seed};
    draft.customer = 1 + roll(&draft, 5000);
    draft.mailbox = 1 + roll(&draft, 3);
    draft.product = roll(&draft, 5);
    draft.agent = roll(&draft, 5);
    draft.responses = draft.agent ? roll(&draft, 6) : 0;
    draft.closed = draft.responses > 0 && roll(&draft, 2);
    draft.subject = PICK(subjects, roll(&draft, 8));

    struct text text;
    FILE *out = text_open(&text);
    put_head(out, &draft);
    put_content(out, &draft);
    put_times(out, &draft);
    put_people(out, &draft);
    put_rows(out, &draft);
    put_tail(out, &draft);
    fclose(out);
    return text.p;
}

/* Ticket number `i` of `n`: 300 days from 2025-09-25 on, but every tenth one in the months before
 * 2025-09-13; every third was last touched on the hour, so that updated_at has ties. */
static char *generate_nth(int64_t i, int64_t n, int64_t id)
{
    const time_t first = 1758787200, earlier = 1736035200;
    uint64_t seed = (uint64_t)id;
    time_t created = first + (time_t)(i * 300 * DAY / n);
    if (i % 10 == 9)
        created = earlier + (time_t)(random_next(&seed) % (250 * DAY));
    time_t updated = created + (time_t)(random_next(&seed) % (10 * DAY));
    if (i % 3 == 0)
        updated = (updated / 3600 + 1) * 3600;
    return ticket_generate(id, created, updated, seed);
}

void tickets_generate(struct tickets *tickets, int64_t n)
{
    int64_t id = 0;
    for (int64_t i = 0; i < n; i++) {
        id++;
        if (id % 50 == 0)
            id++;
        tickets_add(tickets, generate_nth(i, n, id));
    }
}
