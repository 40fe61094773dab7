/* test_site_write: each change that the library can ask for, against the sample site as each
 * version of the plugin: what is stored, what is answered, and what is made of the answer. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_process.h"
#include "harness_sync.h"
#include "site/site_write.h"

static const char *const PLUGINS[] = {"2.0.1", "1.7.90", "1.7.2"};

struct fixture {
    struct harness *h;
    const char *plugin;
    struct secret password;
    struct site_options options;
    struct limits limits;
    struct log log;
    struct buf logged;
    struct site *site;
    struct error error;
    struct site_written written;
    char url[128];
};

static int setup(void **state)
{
    static char user[] = SITE_USER;
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    harness_begin(state);
    f->h = *state;
    *state = f;
    setenv("no_proxy", "*", 1);
    buf_init(&f->logged, 1 << 24);
    f->log = (struct log){.sink = harness_collect, .context = &f->logged, .most = LOG_TRACE};
    secret_set(&f->password, SITE_PASSWORD, strlen(SITE_PASSWORD), SECRET_STRIP_SPACE);
    f->limits = (struct limits){.deadline_ms = INT64_MAX};
    f->options = (struct site_options){.url = f->url,
                                       .user = user,
                                       .password = f->password,
                                       .user_agent = "test/1",
                                       .connections = 2,
                                       .timeout_s = 20,
                                       .retries = 5,
                                       .backoff_ms = 1};
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    site_close(f->site);
    secret_release(&f->password);
    buf_release(&f->logged);
    *state = f->h;
    free(f);
    return harness_end(state);
}

/* A site of one ticket, new, of the priority normal, with no agent, that was changed long ago; and
 * the client, which has asked for it. */
static void start(struct fixture *f, const char *plugin)
{
    static const struct site_request request = {.what = SITE_SEARCH, .ticket = 7};
    struct site_answer *answer = NULL;
    site_close(f->site);
    f->site = NULL;
    f->plugin = plugin;
    harness_site_of(f->h, 0);
    harness_control(f->h,
                    "[{'do':'site','plugin':'%s','stopped_at':'2026-07-22T07:30:05+00:00'},"
                    "{'do':'create','ticket':{'id':7,'status':'new','priority':'normal',"
                    "'agent_id':null,'agent':null,'response_count':'0','preview_response':null,"
                    "'resolved_at':null,'closed_by':null,'customer.first_name':'Anna',"
                    "'product_id':'3','product':{'id':3,'title':'Web'},"
                    "'updated_at':'2026-01-01T00:00:00+00:00'}},"
                    "{'do':'create','ticket':{'id':8,'product_id':'4','product':{'id':4,'title':"
                    "'App'}}},{'do':'reset_stats'}]",
                    plugin);
    snprintf(f->url, sizeof f->url, "http://127.0.0.1:%d", f->h->site_port);
    assert_int_equal(site_open(&f->site, &f->options, &f->limits, &f->log, &f->error), 0);
    assert_int_equal(site_get(f->site, &request, &answer, &f->error), 0);
    site_answer_free(answer);
}

static bool is_oldest(const struct fixture *f)
{
    return strcmp(f->plugin, "1.7.2") == 0;
}

/* The ticket as the site has it. */
static const char *ticket(struct fixture *f, const char *path)
{
    return sync_there(f->h, 7, path);
}

static bool is_touched(struct fixture *f)
{
    return strcmp(ticket(f, "updated_at"), "2026-01-01T00:00:00+00:00") != 0;
}

static void expect(struct fixture *f, enum site_outcome outcome, const char *words)
{
    const struct site_written *w = &f->written;
    if (w->outcome != outcome)
        fail_msg("%s: outcome %d: %s", f->plugin, (int)w->outcome, w->error.message);
    assert_int_equal(w->error.code == ERR_NONE, outcome == SITE_ACCEPTED);
    if (words)
        sync_says(w->words, words);
}

static int send_one(struct fixture *f, struct site_change change)
{
    return site_send(f->site, &change, &f->written, &f->error);
}

static struct site_change setting(int64_t id, const char *field, const char *value)
{
    return (struct site_change){.what = SITE_SET, .ticket = id, .field = field, .value = value};
}

static struct site_change closing(int64_t id, enum site_hooks hooks)
{
    return (struct site_change){.what = SITE_CLOSE, .ticket = id, .hooks = hooks};
}

static struct site_change reopening(int64_t id)
{
    return (struct site_change){.what = SITE_REOPEN, .ticket = id};
}

static void set(struct fixture *f, const char *field, const char *value, enum site_outcome outcome,
                const char *words)
{
    error_clear(&f->error);
    assert_int_equal(send_one(f, setting(7, field, value)), 0);
    expect(f, outcome, words);
}

static void respond(struct fixture *f, enum site_entry_type type, const char *html, const char *id)
{
    const struct site_change entry = {
        .what = SITE_RESPOND, .ticket = 7, .type = type, .html = html, .message_id = id};
    error_clear(&f->error);
    assert_int_equal(send_one(f, entry), 0);
}

static struct site_found find(struct fixture *f, const char *id)
{
    struct site_found found;
    if (site_find_entry(f->site, 7, id, &found, &f->error) < 0)
        fail_msg("%s", f->error.message);
    return found;
}

static void assert_stats(struct fixture *f, int64_t mails, int64_t hooks)
{
    assert_int_equal(sync_stat(f->h, "mails"), mails);
    assert_int_equal(sync_stat(f->h, "hooks"), hooks);
}

/* PUT property */

static void properties_are_stored(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < 3; i++) {
        start(f, PLUGINS[i]);
        set(f, "priority", "critical", SITE_ACCEPTED, NULL);
        assert_string_equal(ticket(f, "priority"), "critical");
        assert_string_equal(ticket(f, "updated_at"), "2026-07-22T07:30:05+00:00");
        assert_int_equal(f->written.date, 1784705405); /* 2026-07-22T07:30:05Z */
        set(f, "product_id", "4", SITE_ACCEPTED, NULL);
        assert_string_equal(ticket(f, "product_id"), "4");
        set(f, "title", "A <b>new</b> 5%25 \"title\"", SITE_ACCEPTED, NULL);
        assert_string_equal(ticket(f, "title"),
                            is_oldest(f) ? "A <b>new</b> 5%25 \"title\"" : "A new 5 \"title\"");
        set(f, "status", "closed", SITE_ACCEPTED, NULL);
        assert_string_equal(ticket(f, "status"), "closed");
        assert_string_equal(ticket(f, "resolved_at"), "NULL");
        assert_stats(f, 0, 0);
    }
}

static void ignored_values_are_answered_as_stored(void **state)
{
    static const char *const values[] = {"normal", "", "0"};
    struct fixture *f = *state;
    for (size_t i = 0; i < 3; i++) {
        start(f, PLUGINS[i]);
        for (size_t j = 0; j < sizeof values / sizeof *values; j++)
            set(f, "priority", values[j], SITE_ACCEPTED, NULL);
        set(f, "product_id", "3.0", SITE_ACCEPTED, NULL);
        assert_string_equal(ticket(f, "priority"), "normal");
        assert_string_equal(ticket(f, "product_id"), "3");
        assert_false(is_touched(f));
    }
}

static void values_that_do_not_exist_are_stored(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < 3; i++) {
        start(f, PLUGINS[i]);
        set(f, "priority", "Galactic", SITE_ACCEPTED, NULL);
        assert_string_equal(ticket(f, "priority"), "Galactic");
        set(f, "product_id", "99999", SITE_ACCEPTED, NULL);
        assert_string_equal(ticket(f, "product_id"), "99999");
        set(f, "updated_at", "2020-01-01 00:00:00", SITE_ACCEPTED, NULL);
        assert_string_equal(ticket(f, "updated_at"), "2020-01-01 00:00:00");
    }
}

static void refusals_store_nothing(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < 3; i++) {
        start(f, PLUGINS[i]);
        set(f, "no_such_column", "x", SITE_REFUSED, "Unknown column");
        assert_int_equal(f->written.error.cause, SITE_CHANGE_REFUSED);
        error_clear(&f->error);
        assert_int_equal(send_one(f, setting(9, "priority", "low")), 0);
        expect(f, SITE_REFUSED, "No query results for model");
        assert_int_equal(send_one(f, closing(9, SITE_SILENTLY)), 0);
        expect(f, SITE_REFUSED, "No query results for model");
        assert_int_equal(send_one(f, reopening(9)), 0);
        expect(f, SITE_REFUSED, "No query results for model");
        harness_control(f->h, "{'do':'site','rights':'read'}");
        set(f, "priority", "low", SITE_REFUSED, "do not have permission");
        respond(f, SITE_REPLY, "Hello", "fs-1@fluent-sync");
        expect(f, SITE_REFUSED, "do not have permission");
        assert_false(is_touched(f));
        assert_stats(f, 0, 0);
        sync_says_not(harness_control_get(f->h, "changes"), "\"stored\":true");
        /* Each was sent once. */
        assert_int_equal(sync_stat(f->h, "routes.change"), 6);
    }
}

static void agents_need_a_right_of_their_own(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < 3; i++) {
        start(f, PLUGINS[i]);
        if (is_oldest(f)) {
            set(f, "agent_id", "2", SITE_ACCEPTED, NULL);
            assert_stats(f, 1, 1);
        } else {
            set(f, "agent_id", "2", SITE_REFUSED, "Permission denied to assign agent");
            harness_control(f->h, "{'do':'site','rights':'assign'}");
            set(f, "agent_id", "2", SITE_ACCEPTED, NULL);
        }
        assert_string_equal(ticket(f, "agent_id"), "2");
    }
}

static void hidden_tickets_can_be_changed(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < 3; i++) {
        start(f, PLUGINS[i]);
        harness_control(f->h, "{'do':'hide','id':7}");
        assert_int_equal(find(f, "x").result, SITE_NOT_SHOWN);
        set(f, "priority", "critical", SITE_ACCEPTED, NULL);
        assert_int_equal(send_one(f, closing(7, SITE_SILENTLY)), 0);
        expect(f, SITE_ACCEPTED, NULL);
        respond(f, SITE_NOTE, "Note", "fs-1@fluent-sync");
        expect(f, SITE_ACCEPTED, NULL);
        harness_control(f->h, "{'do':'hide','id':7,'refuses':true}");
        set(f, "priority", "low", SITE_REFUSED, "do not have permission");
        assert_string_equal(ticket(f, "priority"), "critical");
    }
}

/* Close and re-open */

static void close_it(struct fixture *f, enum site_hooks hooks)
{
    error_clear(&f->error);
    assert_int_equal(send_one(f, closing(7, hooks)), 0);
    expect(f, SITE_ACCEPTED, NULL);
}

static void reopen_it(struct fixture *f)
{
    error_clear(&f->error);
    assert_int_equal(send_one(f, reopening(7)), 0);
    expect(f, SITE_ACCEPTED, NULL);
}

static void closed_and_opened_again(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < 3; i++) {
        start(f, PLUGINS[i]);
        close_it(f, SITE_SILENTLY);
        assert_string_equal(ticket(f, "status"), "closed");
        assert_string_equal(ticket(f, "resolved_at"), "2026-07-22 03:30:05");
        assert_string_equal(ticket(f, "closed_by"), "1");
        assert_true(is_touched(f));
        assert_stats(f, 0, 0);
        sync_says(harness_control_get(f->h, "responses?id=7"), "internal_info");
        harness_control(f->h, "{'do':'site','stopped_at':'2026-07-22T09:00:00+00:00'}");
        close_it(f, SITE_WITH_HOOKS); /* is closed: nothing happens */
        assert_string_equal(ticket(f, "resolved_at"), "2026-07-22 03:30:05");
        assert_stats(f, 0, 0);
        reopen_it(f);
        assert_string_equal(ticket(f, "status"), "active");
        assert_string_equal(ticket(f, "resolved_at"), "2026-07-22 03:30:05");
        assert_string_equal(ticket(f, "updated_at"), "2026-07-22T09:00:00+00:00");
        assert_stats(f, 0, 1);
        reopen_it(f);
        assert_stats(f, 0, 1);
        close_it(f, SITE_WITH_HOOKS);
        assert_stats(f, 0, 2);
    }
}

/* A property of a closed ticket does not open it again. */
static void a_closed_ticket_keeps_its_status(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < 3; i++) {
        start(f, PLUGINS[i]);
        close_it(f, SITE_SILENTLY);
        set(f, "priority", "critical", SITE_ACCEPTED, NULL);
        assert_string_equal(ticket(f, "status"), "closed");
    }
}

/* Replies and notes */

static void replies_are_stored_and_found(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < 3; i++) {
        start(f, PLUGINS[i]);
        assert_int_equal(find(f, "fs-1@fluent-sync").result, SITE_NOT_FOUND);
        respond(f, SITE_REPLY, "a &amp; b\nC:\\\\dir {&#123;x}} http://x.test", "fs-1@fluent-sync");
        expect(f, SITE_ACCEPTED, NULL);
        struct site_found found = find(f, "fs-1@fluent-sync");
        assert_int_equal(found.result, SITE_FOUND);
        assert_false(found.stale);
        assert_int_equal(found.response_id, f->written.response_id);
        assert_int_not_equal(found.response_id, 0);
        assert_int_not_equal(found.date, 0);
        assert_int_equal(find(f, "fs-1@fluent-syn").result, SITE_NOT_FOUND);
        assert_int_equal(find(f, "FS-1@fluent-sync").result, SITE_NOT_FOUND);
        char *entries = harness_control_get(f->h, "responses?id=7");
        sync_says(entries, "a &amp; b<br \\/>\\u000aC:\\\\dir {&#123;x}}");
        sync_says(entries, "<a href=\\\"http:\\/\\/x.test\\\"");
        assert_string_equal(ticket(f, "status"), "active");
        assert_string_equal(ticket(f, "agent_id"), "1");
        assert_string_equal(ticket(f, "response_count"), "1");
        assert_true(is_touched(f));
        assert_stats(f, 1, 1);
    }
}

static void notes_concern_nobody(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < 3; i++) {
        start(f, PLUGINS[i]);
        respond(f, SITE_NOTE, "Note", "fs-2@fluent-sync");
        expect(f, SITE_ACCEPTED, NULL);
        assert_int_equal(find(f, "fs-2@fluent-sync").result, SITE_FOUND);
        assert_string_equal(ticket(f, "status"), "new");
        assert_string_equal(ticket(f, "agent_id"), "NULL");
        assert_string_equal(ticket(f, "response_count"), is_oldest(f) ? "1" : "0");
        assert_int_equal(is_touched(f), is_oldest(f));
        assert_stats(f, 0, 0);
    }
}

/* What is not written as it has to be is changed. */
static void the_site_changes_content(void **state)
{
    struct fixture *f = *state;
    start(f, "2.0.1");
    respond(f, SITE_REPLY, "{{customer.first_name}} <script>x</script> a < b & c \\ d",
            "<i>x%20y</i>");
    expect(f, SITE_ACCEPTED, NULL);
    char *entries = harness_control_get(f->h, "responses?id=7");
    sync_says(entries, "Anna x a &lt; b &amp; c  d");
    sync_says(entries, "\"message_id\":\"xy\"");
    respond(f, SITE_REPLY, "", "fs-3@fluent-sync");
    expect(f, SITE_REFUSED, "Reply content is required");
}

/* Lost answers */

static void reply_once(struct fixture *f, const char *fault, enum site_outcome outcome)
{
    harness_control(f->h, "%s", fault);
    respond(f, SITE_REPLY, "Hello", "fs-1@fluent-sync");
    expect(f, outcome, NULL);
    harness_end_faults(f->h);
    assert_int_equal(sync_stat(f->h, "routes.change"), 1);
}

/* The site has stored what it was sent, but says so to nobody; it is never sent again by itself. */
static void stored_without_a_proper_answer(void **state)
{
    static const char *const faults[] = {
        "{'do':'fault','kind':'reset','match':'/responses','after':0}",
        "{'do':'fault','kind':'truncate','match':'/responses'}",
        "{'do':'fault','kind':'status','match':'/responses','status':500,'obeyed':true}",
        "{'do':'fault','kind':'status','match':'/responses','status':502,'obeyed':true}",
        "{'do':'fault','kind':'html200','match':'/responses','obeyed':true}",
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        start(f, "2.0.1");
        reply_once(f, faults[i], SITE_UNKNOWN);
        assert_int_equal(find(f, "fs-1@fluent-sync").result, SITE_FOUND);
        assert_stats(f, 1, 1);
    }
}

static void not_stored_and_not_known(void **state)
{
    static const char *const faults[] = {
        "{'do':'fault','kind':'reset','match':'/responses'}",
        "{'do':'fault','kind':'status','match':'/responses','status':500}",
        "{'do':'fault','kind':'status','match':'/responses','status':200,'body':'{}'}",
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        start(f, "2.0.1");
        reply_once(f, faults[i], SITE_UNKNOWN);
        assert_int_equal(find(f, "fs-1@fluent-sync").result, SITE_NOT_FOUND);
    }
}

/* The client is gone, and the site stores the reply after all. */
static void stored_later(void **state)
{
    struct fixture *f = *state;
    start(f, "1.7.90");
    reply_once(f, "{'do':'fault','kind':'later','match':'/responses'}", SITE_UNKNOWN);
    assert_int_equal(find(f, "fs-1@fluent-sync").result, SITE_NOT_FOUND);
    sync_says(harness_control(f->h, "{'do':'carry_out'}"), "{\"carried_out\":1}");
    assert_int_equal(find(f, "fs-1@fluent-sync").result, SITE_FOUND);
    sync_says(harness_control(f->h, "{'do':'carry_out'}"), "{\"carried_out\":0}");
}

/* On a connection that the server has closed meanwhile, libcurl would send it twice. */
static void a_used_connection_is_not_used(void **state)
{
    struct fixture *f = *state;
    start(f, "2.0.1");
    int64_t before = sync_stat(f->h, "connections");
    set(f, "priority", "critical", SITE_ACCEPTED, NULL);
    set(f, "priority", "medium", SITE_ACCEPTED, NULL);
    /* One of each change, and one of each question about the connections. */
    assert_int_equal(sync_stat(f->h, "connections"), before + 2 + 1);
}

static void nothing_reached_the_site(void **state)
{
    struct fixture *f = *state;
    start(f, "2.0.1");
    harness_site_stop(f->h);
    error_clear(&f->error);
    assert_int_equal(send_one(f, reopening(7)), 0);
    expect(f, SITE_NOT_SENT, NULL);
    assert_int_equal(f->written.error.cause, SITE_NO_CONNECTION);
}

/* The wait ends, but not what was sent. */
static void a_signal_leaves_it_unknown(void **state)
{
    static struct limits_signal signal;
    struct fixture *f = *state;
    f->limits.signal = &signal;
    limits_signal_open(&signal);
    start(f, "2.0.1");
    limits_signal_note(&signal, SIGINT);
    assert_int_equal(send_one(f, closing(7, SITE_SILENTLY)), -1);
    assert_int_equal(f->error.code, ERR_SIGINT);
    expect(f, SITE_UNKNOWN, NULL);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(properties_are_stored),
        TEST(ignored_values_are_answered_as_stored),
        TEST(values_that_do_not_exist_are_stored),
        TEST(refusals_store_nothing),
        TEST(agents_need_a_right_of_their_own),
        TEST(hidden_tickets_can_be_changed),
        TEST(closed_and_opened_again),
        TEST(a_closed_ticket_keeps_its_status),
        TEST(replies_are_stored_and_found),
        TEST(notes_concern_nobody),
        TEST(the_site_changes_content),
        TEST(stored_without_a_proper_answer),
        TEST(not_stored_and_not_known),
        TEST(stored_later),
        TEST(a_used_connection_is_not_used),
        TEST(nothing_reached_the_site),
        TEST(a_signal_leaves_it_unknown),
    };
    return cmocka_run_group_tests(tests, harness_setup_alone, harness_teardown);
}
