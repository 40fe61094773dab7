/* test_sync_first: a first run: every column of every ticket against what the site said. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_sync.h"

#define RECORDINGS FIXTURES "/fluent-support-2.0.1/"
#define EVERY_TICKET "date_filter = 2000-01-01\n"

enum { TITLE_CHARS = 255, DESCRIPTION_BYTES = 65535 };

/* What is to be expected: from the JSON itself, by no code of ours. */

/* cJSON ends a string at U+0000; the program is to make it U+FFFD. */
static char *without_nul(char *json)
{
    for (char *p = json; (p = strchr(p, '\\')) != NULL; p += 2)
        if (strncmp(p + 1, "u0000", 5) == 0)
            memcpy(p + 2, "fffd", 4);
    return json;
}

static bool is_start(char byte)
{
    return ((unsigned char)byte & 0xC0) != 0x80;
}

/* Without C0, DEL, C1, U+2028 and U+2029; what separates words becomes a space. */
static char *cleaned(struct harness *h, const char *text)
{
    char *out = harness_text(h, "%s", text), *to = out;
    for (const char *p = text; *p; p++) {
        if (strchr("\t\n\v\f\r", *p))
            *to++ = ' ';
        else if (strncmp(p, "\xE2\x80\xA8", 3) == 0 || strncmp(p, "\xE2\x80\xA9", 3) == 0)
            *to++ = ' ', p += 2;
        else if (p[0] == '\xC2' && (unsigned char)p[1] < 0xA0)
            p++;
        else if ((unsigned char)*p >= ' ' && *p != 0x7F)
            *to++ = *p;
    }
    *to = '\0';
    return out;
}

/* At most `chars` characters, the last one "…" when there were more. */
static char *cut(struct harness *h, const char *text, size_t chars)
{
    size_t n = 0, keep = 0;
    for (const char *p = text; *p; p++)
        if (is_start(*p) && n++ == chars - 1)
            keep = (size_t)(p - text);
    return n <= chars ? harness_text(h, "%s", text) : harness_text(h, "%.*s…", (int)keep, text);
}

static const char *urgency(const char *priority)
{
    static const char *const high[] = {"critical", "high", "urgent"};
    for (size_t i = 0; i < sizeof high / sizeof *high; i++)
        if (strcmp(priority, high[i]) == 0)
            return "HIGH";
    return strcmp(priority, "low") == 0 ? "LOW" : "MEDIUM";
}

struct expected {
    const char *column, *text;
};
enum { EXPECTED = 26 };

static void expect_columns(struct harness *h, const cJSON *t, struct expected out[EXPECTED])
{
    const char *title = sync_text_at(h, t, "title", NULL);
    const char *created = sync_wall(h, sync_text_at(h, t, "created_at", NULL));
    const struct expected all[EXPECTED] = {
        {"fluent_id", sync_text_at(h, t, "id", NULL)},
        {"ticket_number", sync_text_at(h, t, "hash", NULL)},
        {"f.created_at", created},
        {"updated_at_fluent", sync_wall(h, sync_text_at(h, t, "updated_at", NULL))},
        {"resolved_at", sync_text_at(h, t, "resolved_at", NULL)}, /* local already */
        {"ticket_status", sync_text_at(h, t, "status", NULL)},
        {"customer_id", sync_text_at(h, t, "customer_id", NULL)},
        {"customer_name", sync_text_at(h, t, "customer", "full_name")},
        {"customer_email", sync_text_at(h, t, "customer", "email")},
        {"mailbox_id", sync_text_at(h, t, "mailbox_id", NULL)},
        {"title", title ? cut(h, cleaned(h, title), TITLE_CHARS) : NULL},
        {"customer_message", sync_text_at(h, t, "content", NULL)},
        {"priority", sync_text_at(h, t, "priority", NULL)},
        {"product_id", sync_text_at(h, t, "product_id", NULL)},
        {"product_name", sync_text_at(h, t, "product", "title")},
        {"agent_id", sync_text_at(h, t, "agent_id", NULL)},
        {"agent_name", sync_text_at(h, t, "agent", "full_name")},
        {"response_count", sync_text_at(h, t, "response_count", NULL)},
        {"r.date", harness_text(h, "%.10s", created)},
        {"r.time", harness_text(h, "%s", created + 11)},
        {"r.category", "Support"}, /* all recorded products map to it */
        {"r.urgency", urgency(sync_text_at(h, t, "priority", NULL))},
        {"r.source", "fluent"},
        {"r.request_type", "Fluent Ticket"},
        {"r.status", "active"},
        {"CONCAT_WS('/', r.effort, r.estimated_hours, r.billing_date)", "Medium/0.50"},
    };
    memcpy(out, all, sizeof all);
}

/* Comparing */

static int compare(const char *id, const char *column, const char *expected, const char *stored)
{
    if (expected && stored ? strcmp(expected, stored) == 0 : expected == stored)
        return 0;
    print_error("ticket %s, %s: expected \"%s\", stored \"%s\"\n", id, column,
                expected ? expected : "NULL", stored ? stored : "NULL");
    return 1;
}

static int compare_raw(const char *id, const cJSON *ticket, const char *stored)
{
    cJSON *expected = cJSON_Duplicate(ticket, true), *raw = cJSON_Parse(stored);
    cJSON_DeleteItemFromObjectCaseSensitive(expected, "preview_response");
    cJSON_DeleteItemFromObjectCaseSensitive(expected, "live_activity");
    bool same = cJSON_Compare(expected, raw, true);
    cJSON_Delete(expected);
    cJSON_Delete(raw);
    if (!same)
        print_error("ticket %s: raw_data: %s\n", id, stored ? stored : "NULL");
    return !same;
}

/* The description: title, empty line, the body as text; exactly so where the body is one plain
 * paragraph. */
static int compare_description(struct harness *h, const char *id, const cJSON *ticket,
                               const char *stored)
{
    static const char *const tags[] = {"<p", "</", "<br", "<table", "<t", "<script", "<div", "<ul"};
    const char *title = sync_text_at(h, ticket, "title", NULL);
    const char *body = sync_text_at(h, ticket, "content", NULL);
    const char *start = title ? cleaned(h, title) : "(no subject)";
    size_t n = body ? strlen(body) : 0;
    bool plain = n > 7 && n < DESCRIPTION_BYTES / 2 && strncmp(body, "<p>", 3) == 0 &&
                 strcspn(body + 3, "<&") == n - 7;
    if (plain)
        return compare(id, "description",
                       harness_text(h, "%s\n\n%.*s", start, (int)n - 7, body + 3), stored);
    if (!body)
        return compare(id, "description", start, stored);
    bool wrong = strncmp(stored, start, strlen(start)) != 0;
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        wrong |= strstr(stored, tags[i]) != NULL;
    if (wrong)
        print_error("ticket %s: description: %s\n", id, stored);
    return wrong;
}

static int compare_ticket(struct harness *h, const cJSON *ticket, char *const *cells)
{
    struct expected columns[EXPECTED];
    const char *id = sync_text_at(h, ticket, "id", NULL);
    int wrong = 0;
    expect_columns(h, ticket, columns);
    for (size_t c = 0; c < EXPECTED; c++)
        wrong += compare(id, columns[c].column, columns[c].text, cells[c]);
    wrong += compare_raw(id, ticket, cells[EXPECTED]);
    wrong += compare_description(h, id, ticket, cells[EXPECTED + 1]);
    return wrong;
}

static struct sync_rows stored_rows(struct harness *h)
{
    struct expected columns[EXPECTED];
    cJSON *any = cJSON_Parse("{\"created_at\": \"2026-01-01T00:00:00+00:00\", \"priority\": \"\"}");
    expect_columns(h, any, columns);
    cJSON_Delete(any);
    char *list = harness_text(h, "SELECT ");
    for (size_t c = 0; c < EXPECTED; c++)
        list = harness_text(h, "%s%s, ", list, columns[c].column);
    return sync_query(h, harness_text(h,
                                      "%s raw_data, r.description FROM fluent_tickets f "
                                      "JOIN requests r ON r.id = f.request_id "
                                      "ORDER BY CAST(fluent_id AS SIGNED)",
                                      list));
}

/* Compares all stored tickets with `tickets`, which come in the order of ids; the ones without
 * created_at cannot be stored. */
static void compare_all(struct harness *h, const cJSON *tickets)
{
    struct sync_rows rows = stored_rows(h);
    const cJSON *ticket;
    size_t row = 0;
    int wrong = 0;
    cJSON_ArrayForEach(ticket, tickets)
    {
        if (!sync_text_at(h, ticket, "created_at", NULL))
            continue;
        if (row == rows.count)
            fail_msg("only %zu tickets are stored", rows.count);
        wrong += compare_ticket(h, ticket, rows.cells + row++ * rows.width);
    }
    assert_int_equal(row, rows.count);
    assert_int_equal(wrong, 0);
    assert_int_equal(harness_count(h, "requests"), row);
}

/* The three recorded pages as one array. */
static cJSON *recorded(struct harness *h)
{
    cJSON *all = cJSON_CreateArray();
    for (int i = 1; i <= 3; i++) {
        char *path = harness_text(h, RECORDINGS "tickets_per100_id_asc_page%d.json", i);
        cJSON *page = cJSON_Parse(without_nul(harness_read(h, path)));
        cJSON *tickets = cJSON_GetObjectItem(page, "tickets"), *ticket;
        cJSON *data = cJSON_GetObjectItem(tickets, "data");
        while ((ticket = cJSON_DetachItemFromArray(data, 0)) != NULL)
            cJSON_AddItemToArray(all, ticket);
        cJSON_Delete(page);
    }
    return all;
}

/* Tests */

static void test_recorded(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, SYNC_RECORDED, EVERY_TICKET, NULL, NULL);
    struct outcome outcome = harness_sync(h, "--json", NULL);
    sync_expect(outcome, 3);
    cJSON *json = sync_json(outcome.out), *tickets = recorded(h);
    assert_int_equal(sync_member(json, "ticketsFetched"), 250);
    assert_int_equal(sync_member(json, "ticketsAdded"), 249);
    assert_int_equal(sync_member(json, "ticketsRejected"), 1);
    cJSON_Delete(json);
    assert_int_equal(cJSON_GetArraySize(tickets), 250);
    compare_all(h, tickets);
    cJSON_Delete(tickets);

    struct sync_rows rejects = sync_query(h, "SELECT fluent_id, reason FROM fluent_rejects");
    assert_int_equal(rejects.count, 1);
    assert_string_equal(rejects.cells[0], "103");
    sync_says(rejects.cells[1], "created_at");
    assert_string_equal(sync_last(h, "last_sync_status"), "partial");
    sync_says(sync_last(h, "error_message"), "fluent-sync rejects");
    sync_says(outcome.err, "ticket 103");
}

/* The recorded values that the others are not like: guards the test above against comparing
 * nothing. */
static void test_recorded_oddities(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, SYNC_RECORDED, EVERY_TICKET, NULL, NULL);
    sync_expect(harness_sync(h, "--quiet", NULL), 3);
    static const struct {
        const char *where, *expected;
    } rows[] = {
        {"SELECT title IS NULL, customer_message IS NULL, r.description FROM fluent_tickets f "
         "JOIN requests r ON r.id = request_id WHERE fluent_id = '96'",
         "1\t1\t(no subject)\n"},
        {"SELECT customer_name IS NULL, customer_email IS NULL, customer_id IS NULL "
         "FROM fluent_tickets WHERE fluent_id = '169'",
         "1\t1\t0\n"},
        {"SELECT agent_id IS NULL, agent_name IS NULL, product_id IS NULL, product_name IS NULL "
         "FROM fluent_tickets WHERE fluent_id = '125'",
         "0\t1\t0\t1\n"},
        {"SELECT updated_at_fluent IS NULL FROM fluent_tickets WHERE fluent_id = '209'", "1\n"},
        {"SELECT COUNT(*) FROM fluent_tickets WHERE ticket_status = 'on-hold'", "1\n"},
        {"SELECT r.urgency FROM fluent_tickets f JOIN requests r ON r.id = request_id "
         "WHERE priority = 'weird'",
         "MEDIUM\n"},
        {"SELECT CHAR_LENGTH(customer_message), RIGHT(description, 1), "
         "LENGTH(description) BETWEEN 65529 AND 65535 FROM fluent_tickets f "
         "JOIN requests r ON r.id = request_id WHERE fluent_id = '18'",
         "169210\t…\t1\n"},
        {"SELECT INSTR(customer_message, 0xEFBFBD) > 0, "
         "RIGHT(customer_message, 6) FROM fluent_tickets WHERE fluent_id = '8'",
         "1\tOR 1=1\n"},
        {"SELECT title FROM fluent_tickets WHERE fluent_id = '9'", "Control chars  tab here\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(harness_table(h, rows[i].where), rows[i].expected);
    sync_says_not(harness_table(h, "SELECT raw_data FROM fluent_tickets"), "preview_response");
}

static char *repeated(struct harness *h, const char *what, int times)
{
    size_t n = strlen(what);
    char *text = arena_alloc(&h->arena, n * (size_t)times + 1);
    assert_non_null(text);
    for (int i = 0; i < times; i++)
        memcpy(text + (size_t)i * n, what, n);
    text[n * (size_t)times] = '\0';
    return text;
}

/* Longer than its column: cut, never a reject. */
static void test_long_texts(void **state)
{
    struct harness *h = *state;
    char *body = repeated(h, "é", 40000), *title = repeated(h, "ü", 300);
    sync_prepare(h, 0, NULL, NULL, NULL);
    harness_control(h,
                    "[{'do':'create','ticket':{'id':2,'title':'%s','content':'b',"
                    "'status':'%s','priority':'%s'}},"
                    "{'do':'create','ticket':{'id':3,'title':'%.*s','content':'<p>%s</p>',"
                    "'customer.full_name':'%s'}},"
                    "{'do':'create','ticket':{'id':4,'title':'T','content':'<p>%s</p>'}}]",
                    title, repeated(h, "s", 60), repeated(h, "ö", 21), 2 * TITLE_CHARS, title, body,
                    repeated(h, "n", 256), body);
    sync_expect(harness_sync(h, NULL), 0);
    struct sync_rows rows =
        sync_query(h, "SELECT title, ticket_status, priority, customer_name, customer_message, "
                      "r.description FROM fluent_tickets f JOIN requests r ON r.id = request_id "
                      "ORDER BY fluent_id");
    assert_int_equal(rows.count, 3);
    char **second = rows.cells, **third = second + rows.width, **fourth = third + rows.width;
    assert_string_equal(second[0], harness_text(h, "%.*s…", 2 * 254, title));
    assert_string_equal(second[1], harness_text(h, "%s…", repeated(h, "s", 49)));
    assert_string_equal(second[2], harness_text(h, "%s…", repeated(h, "ö", 19)));
    assert_string_equal(second[5], harness_text(h, "%s\n\nb", title));
    assert_string_equal(third[0], harness_text(h, "%.*s", 2 * TITLE_CHARS, title));
    assert_string_equal(third[3], harness_text(h, "%s…", repeated(h, "n", 254)));
    assert_string_equal(fourth[4], harness_text(h, "<p>%s</p>", body));
    /* "T", two line feeds, whole "é"s, and "…" of three bytes: at most 65,535. */
    size_t fits = (DESCRIPTION_BYTES - 3 - 3) / 2;
    assert_string_equal(fourth[5], harness_text(h, "T\n\n%.*s…", (int)(2 * fits), body));
}

/* A day of date_filter is one of the site's zone, inclusive; so are the stored dates. */
static void test_day_and_zone(void **state)
{
    struct harness *h = *state;
    static const char tickets[] =
        "[{'do':'create','ticket':{'id':2,'created_at':'2025-10-01T03:59:59+00:00'}},"
        "{'do':'create','ticket':{'id':3,'created_at':'2025-10-01T04:00:00+00:00'}},"
        "{'do':'create','ticket':{'id':4,'created_at':'2025-11-02T05:30:00+00:00'}},"
        "{'do':'create','ticket':{'id':5,'created_at':'2025-11-02T06:30:00+00:00'}}]";
    static const char query[] = "SELECT fluent_id, f.created_at, r.date, r.time, r.month FROM "
                                "fluent_tickets f JOIN requests r ON r.id = request_id ORDER BY 1";
    sync_prepare(h, 0, "date_filter = 2025-10-01\n", NULL, NULL);
    harness_control(h, tickets);
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(harness_table(h, query),
                        "3\t2025-10-01 00:00:00\t2025-10-01\t00:00:00\t2025-10\n"
                        "4\t2025-11-02 01:30:00\t2025-11-02\t01:30:00\t2025-11\n"
                        "5\t2025-11-02 01:30:00\t2025-11-02\t01:30:00\t2025-11\n");
    /* Another zone: a full walk by itself, and all wall times anew. */
    harness_config(h, "date_filter = 2025-10-01\n", "timezone = UTC\n", NULL);
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(sync_last(h, "mode"), "full");
    assert_string_equal(harness_table(h, query),
                        "2\t2025-10-01 03:59:59\t2025-10-01\t03:59:59\t2025-10\n"
                        "3\t2025-10-01 04:00:00\t2025-10-01\t04:00:00\t2025-10\n"
                        "4\t2025-11-02 05:30:00\t2025-11-02\t05:30:00\t2025-11\n"
                        "5\t2025-11-02 06:30:00\t2025-11-02\t06:30:00\t2025-11\n");
}

static void test_mapping_rules(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 0, "site_key = acme\n", "raw_data = mapped\n",
                 "[map.urgency]\non-fire = PROMOTION\nCritical = LOW\n"
                 "[map.category]\nHosting: Managed = Hosting\n"
                 "[map.fields]\nwebsite_url = customer.email\n"
                 "[mailbox.3]\ncategory = Partners\n[privacy]\ndrop = customer.full_name, tags\n");
    harness_control(h, "[{'do':'create','ticket':{'id':2,'mailbox_id':'1','priority':'On-Fire',"
                       "'product.title':'hosting: managed','customer.email':'a@b.test'}},"
                       "{'do':'create','ticket':{'id':3,'mailbox_id':'3',"
                       "'priority':'critical','product':null,'customer.email':'c@d.test'}},"
                       "{'do':'create','ticket':{'id':4,'mailbox_id':'1','priority':'urgent',"
                       "'product.title':'Project','customer':null}}]");
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(
        harness_table(
            h, "SELECT fluent_id, r.urgency, r.category, r.website_url, customer_name, "
               "JSON_EXTRACT(raw_data, '$.customer.full_name'), INSTR(raw_data, 'slug') FROM "
               "fluent_tickets f JOIN requests r ON r.id = request_id ORDER BY 1"),
        "acme:2\tPROMOTION\tHosting\ta@b.test\tNULL\tNULL\t0\n"
        "acme:3\tLOW\tPartners\tc@d.test\tNULL\tNULL\t0\n"
        "acme:4\tHIGH\tGeneral\tNULL\tNULL\tNULL\t0\n");
    harness_config(h, "site_key = acme\n", "raw_data = none\n", NULL);
    sync_expect(harness_sync(h, "--full", NULL), 0);
    assert_int_equal(harness_count(h, "fluent_tickets WHERE raw_data IS NOT NULL"), 0);
}

/* Many small pages, several at a time, on a site that changes under the walk. */
static void test_moving_site(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 900, EVERY_TICKET "per_page = 40\n", NULL, NULL);
    harness_control(h, "{'do':'between','every':1,'times':15,"
                       "'run':[{'do':'delete_random_seen','count':2},"
                       "{'do':'create','count':2}]}");
    sync_expect(harness_sync(h, NULL), 0);
    harness_control(h, "{'do':'between','every':1,'run':null}");
    sync_expect(harness_sync(h, "--full", NULL), 0);
    cJSON *tickets = cJSON_Parse(without_nul(harness_control_get(h, "tickets")));
    const cJSON *ticket;
    char *ids = harness_text(h, "%s", "");
    cJSON_ArrayForEach(ticket, tickets) ids =
        harness_text(h, "%s%s\n", ids, sync_text_at(h, ticket, "id", NULL));
    assert_string_equal(harness_table(h, "SELECT fluent_id FROM fluent_tickets WHERE deleted_at IS "
                                         "NULL ORDER BY CAST(fluent_id AS SIGNED)"),
                        ids);
    assert_int_equal(
        harness_number(h, "SELECT COUNT(DISTINCT fluent_id) - COUNT(*) FROM fluent_tickets"), 0);
    cJSON_Delete(tickets);
}

/* A first import has two pages in the database at once, and another one in preparation. */
static void test_memory(void **state)
{
    enum { IMPORT_MB = 48, WALK_MB = 40 };
    struct harness *h = *state;
    /* Otherwise a busy machine's site seems slow, and larger pages are asked for. */
    sync_prepare(h, 10000, EVERY_TICKET "per_page = 500\n", NULL, NULL);
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 0);
    assert_int_equal(harness_count(h, "fluent_tickets"), 10000);
    harness_peak(outcome, IMPORT_MB);
    outcome = harness_sync(h, "--full", NULL);
    sync_expect(outcome, 0);
    harness_peak(outcome, WALK_MB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_recorded),      SYNC_TEST(test_recorded_oddities),
        SYNC_TEST(test_long_texts),    SYNC_TEST(test_day_and_zone),
        SYNC_TEST(test_mapping_rules), SYNC_TEST(test_moving_site),
        SYNC_TEST(test_memory),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
