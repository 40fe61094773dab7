/*
 * test_database: a database that fails at any one statement, once or for good. What can be tried
 * again ends as if nothing had been; what cannot ends in exit code 6, says what to do, claims
 * nothing, and the next run puts it right.
 *
 * By default a sample of the statements; DB_FAULTS_ALL=1 takes each of them with each fault.
 * DB_FAULTS_ONLY=test_incremental takes one of the tests alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_dbproxy.h"
#include "harness_fault.h"

enum { OPTIONS_MAX = 18, SAMPLE = 3, SAMPLE_SLOW = 2, SHOWN = 3000 };

struct fault {
    const char *name;
    const char *says; /* a lasting fault: what its message has; NULL: it passes */
    bool slow;        /* takes the time-out of the database, or of all tries */
    const char *options[OPTIONS_MAX];
};

#define ANSWER(number, state, message) "--error", number, "--state", state, "--message", message
#define ERROR(number, state, message) "--fault", "error", ANSWER(number, state, message)
#define COMMITS "--match", "^COMMIT"
#define WRITES "--times", "0", "--match", "^INSERT", "--match", "^UPDATE", "--match", "^DELETE"

static const struct fault FAULTS[] = {
    {"reset before", NULL, false, {"--fault", "before"}},
    {"reset after", NULL, false, {"--fault", "after"}},
    {"gone away", NULL, false, {"--fault", "gone"}},
    {"refused a while", NULL, false, {"--fault", "refuse", "--ms", "250"}},
    {"1040 once", NULL, false, {"--fault", "full", ANSWER("1040", "", "Too many connections")}},
    {"1213", NULL, false, {ERROR("1213", "40001", "Deadlock found")}},
    {"1205", NULL, false, {ERROR("1205", "HY000", "Lock wait timeout exceeded")}},
    {"1205, no ROLLBACK",
     NULL,
     false,
     {ERROR("1205", "HY000", "Lock wait timeout exceeded"), "--times", "2"}},
    {"1047", NULL, false, {ERROR("1047", "08S01", "WSREP has not yet prepared node")}},
    {"1927", NULL, false, {ERROR("1927", "70100", "Connection was killed")}},
    {"no answer once", NULL, true, {"--fault", "stall"}},
    {"lost COMMIT", NULL, false, {"--fault", "after", COMMITS}},
    {"late COMMIT", NULL, false, {"--fault", "late", "--ms", "300", COMMITS}},
    {"1213 at COMMIT", NULL, false, {ERROR("1213", "40001", "Deadlock found"), COMMITS}},
    {"refused for good", "whether the server runs", true, {"--fault", "refuse"}},
    {"1040 for good",
     "too many connections",
     true,
     {"--fault", "full", "--times", "0", ANSWER("1040", "", "Too many connections")}},
    {"1290",
     "point [mysql] host at the primary",
     false,
     {ERROR("1290", "HY000", "running with the --read-only option"), WRITES}},
    {"1021", "free some space", false, {ERROR("1021", "HY000", "Disk full"), WRITES}},
    {"1114", "free some space", false, {ERROR("1114", "HY000", "The table is full"), WRITES}},
    {"no answer at all", "[mysql] timeout", true, {"--fault", "stall", "--times", "0"}},
};
enum { KINDS = sizeof FAULTS / sizeof *FAULTS };

/* A run that starts from the same tables again and again. */
struct trial {
    struct harness *h;
    const char *name;
    const char *fluent, *sync, *argument; /* further lines of [fluent], [sync]; of the program */
    const char *scope;                    /* [scope] and its lines */
    /* Of the undisturbed run. */
    int code;
    char *tables, *row;
    long commands, acquired; /* all; up to the one that takes the lease */
    int64_t rows, claims;    /* run rows before it: all, and those of successes */
    /* What was tried. */
    long points, missed, wrong;
};

#define CLAIMS                                                                                     \
    "SELECT COUNT(*) FROM fluent_sync_status WHERE last_sync_status IN ('success', 'partial')"
#define ROWS "SELECT COUNT(*) FROM fluent_sync_status"

/* The rows of the tables, including a walk in progress. */
static char *tables_of(struct harness *h)
{
    return harness_text(h, "%s%s", fault_tables(h),
                        harness_table(h, "SELECT 'walk', walk_started FROM fluent_sync_state;"
                                         "SELECT 'page', low, high FROM fluent_walk_pages"));
}

/* The last run's row without times. */
static char *run_row(struct harness *h)
{
    return sync_last(h, "CONCAT_WS(' ', last_sync_status, exit_code, complete, mode, 'fetched', "
                        "tickets_fetched, tickets_added, tickets_updated, tickets_unchanged, "
                        "tickets_skipped, tickets_rejected, 'deleted', tickets_deleted, "
                        "tickets_invisible, 'kept', edits_kept, IFNULL(error_message, ''))");
}

static void wrong(struct trial *t, const struct fault *f, long at, const char *what,
                  const struct outcome *outcome)
{
    t->wrong++;
    print_error("%s, %s at %ld: %s (exit code %d: %.*s)\n", t->name, f->name, at, what,
                outcome->code, SHOWN, outcome->err);
}

/* The first line that differs. */
static const char *difference(struct harness *h, const char *a, const char *b)
{
    size_t i = 0;
    while (a[i] && a[i] == b[i])
        i++;
    while (i > 0 && a[i - 1] != '\n')
        i--;
    return harness_text(h, "instead of\n%.*s\nthere is\n%.*s", (int)strcspn(a + i, "\n"), a + i,
                        (int)strcspn(b + i, "\n"), b + i);
}

static void compare_tables(struct trial *t, const struct fault *f, long at,
                           const struct outcome *outcome)
{
    char *tables = tables_of(t->h);
    if (strcmp(tables, t->tables) != 0)
        wrong(t, f, at, difference(t->h, t->tables, tables), outcome);
}

static struct outcome sync_once(struct trial *t)
{
    return harness_sync(t->h, t->argument, NULL);
}

static void judge_through(struct trial *t, const struct fault *f, long at,
                          const struct outcome *outcome)
{
    compare_tables(t, f, at, outcome);
    const char *row = run_row(t->h);
    if (strcmp(row, t->row) != 0)
        wrong(t, f, at, difference(t->h, t->row, row), outcome);
    if (harness_number(t->h, ROWS) != t->rows + 1)
        wrong(t, f, at, "there are more run rows than runs", outcome);
}

static void judge_failed(struct trial *t, const struct fault *f, long at,
                         const struct outcome *outcome)
{
    if (!f->says && at > t->acquired)
        wrong(t, f, at, "it was not survived", outcome);
    if (outcome->code != 6 && outcome->code != 7)
        wrong(t, f, at, "an odd exit code", outcome);
    if (f->says && at > t->acquired && !strstr(outcome->err, f->says))
        wrong(t, f, at, harness_text(t->h, "it does not say \"%s\"", f->says), outcome);
    if (harness_number(t->h, CLAIMS) != t->claims)
        wrong(t, f, at, "a run row claims a success", outcome);
    struct outcome next = sync_once(t);
    if (next.code != t->code)
        wrong(t, f, at, "the next run fails", &next);
    compare_tables(t, f, at, &next);
    if (harness_number(t->h, ROWS " WHERE last_sync_status = 'in_progress'") != 0)
        wrong(t, f, at, "a run row was left in progress", outcome);
}

static void configure(struct trial *t, bool slow)
{
    harness_config(
        t->h, t->fluent ? t->fluent : "per_page = 20\nconnections = 1\n", t->sync,
        harness_text(t->h, "timeout = %s\n%s", slow ? "1s" : "20s", t->scope ? t->scope : ""));
}

static struct dbproxy_report run_through(struct trial *t, const struct fault *f, const char *at,
                                         struct outcome *outcome)
{
    struct dbproxy proxy;
    const char *options[OPTIONS_MAX + 2] = {NULL};
    memcpy(options, f->options, sizeof f->options);
    size_t n = 0;
    for (; options[n]; n++)
        if (t->h->mysql && strcmp(options[n], "1927") == 0)
            options[n] = "3169"; /* its number for the same */
    options[n] = "--at";
    options[n + 1] = at;
    fault_restore(t->h);
    configure(t, f->slow);
    dbproxy_start(t->h, &proxy, options);
    *outcome = sync_once(t);
    dbproxy_direct(t->h);
    return dbproxy_stop(t->h, &proxy);
}

static void try_point(struct trial *t, const struct fault *f, long at)
{
    struct outcome outcome;
    struct dbproxy_report report = run_through(t, f, harness_text(t->h, "%ld", at), &outcome);
    t->points++;
    if (report.faults == 0) {
        t->missed++;
        print_error("%s, %s at %ld was never reached\n", t->name, f->name, at);
    } else if (outcome.code == t->code)
        judge_through(t, f, at, &outcome);
    else
        judge_failed(t, f, at, &outcome);
}

/* Returns the number of the command that takes the lease. */
static long find_acquired(struct harness *h)
{
    char *log = harness_read(h, harness_text(h, "%s/dbproxy-log", h->dir));
    char *take = strstr(log, "lease_epoch = lease_epoch + 1");
    assert_non_null(take);
    while (take > log && take[-1] != '\n')
        take--;
    return atol(take);
}

static void measure(struct trial *t)
{
    const struct fault none = {"nothing", NULL, false, {NULL}};
    struct outcome outcome;
    fault_restore(t->h);
    t->rows = harness_number(t->h, ROWS);
    t->claims = harness_number(t->h, CLAIMS);
    struct dbproxy_report report = run_through(t, &none, "1", &outcome);
    if (outcome.code != 0 && outcome.code != 3)
        sync_expect(outcome, 0);
    t->commands = report.commands;
    t->acquired = find_acquired(t->h);
    t->code = outcome.code;
    t->tables = tables_of(t->h);
    t->row = run_row(t->h);
}

/* Returns how many commands the fault can happen at. */
static long choices(struct trial *t, const struct fault *f)
{
    struct fault counting = *f;
    struct outcome outcome;
    if (f->options[2] == NULL)
        return t->commands;
    return run_through(t, &counting, "1000000", &outcome).matched;
}

static void try_fault(struct trial *t, size_t kind)
{
    const struct fault *f = &FAULTS[kind];
    long all = choices(t, f), some = f->slow ? SAMPLE_SLOW : SAMPLE;
    if (getenv("DB_FAULTS_ALL") || some > all)
        some = all;
    for (long i = 0; i < some; i++)
        try_point(t, f, 1 + (i * all / some + (some < all ? (long)kind : 0)) % all);
    if (getenv("DB_FAULTS_ALL"))
        print_message("%s, %s: %ld points\n", t->name, f->name, some);
}

static void try_all(struct trial *t)
{
    fault_keep(t->h);
    measure(t);
    for (size_t kind = 0; kind < KINDS; kind++)
        try_fault(t, kind);
    print_message(
        "tried: %s: %ld statements, %d kinds of faults, %ld points tried, %ld not reached, %ld "
        "wrong\n",
        t->name, t->commands, KINDS, t->points, t->missed, t->wrong);
    assert_int_equal(t->missed, 0);
    assert_int_equal(t->wrong, 0);
}

/* One more ticket cannot be stored. Of 60 tickets, some are too old. */
static void prepare(struct harness *h, int tickets, const char *sync)
{
    sync_prepare(h, tickets, NULL, sync, NULL);
    harness_control(h, "{'do':'create','ticket':{'created_at':null}}");
}

/* Pages of more rows than a statement has. */
static void test_first_import(void **state)
{
    struct harness *h = *state;
    prepare(h, 260, NULL);
    struct trial t = {.h = h,
                      .name = "first import",
                      .fluent = "per_page = 130\nconnections = 1\ndate_filter = 2000-01-01\n",
                      .argument = "--no-progress"};
    try_all(&t);
}

/* Makes the differences that an incremental run and a walk find. */
static void change(struct harness *h)
{
    harness_control(h, "[{'do':'update','id':40,'set':{'title':'Another title',"
                       "'priority':'critical'}},"
                       "{'do':'update','id':41,'set':{'content':'<p>Another message</p>'}},"
                       "{'do':'update','id':42,'set':{'priority':'low','title':'Edited'}},"
                       "{'do':'update','id':43,'set':{'status':'closed'}},"
                       "{'do':'create','count':3}]");
    sync_edit(h, 42, "category = 'Advisory'");
    sync_edit(h, 43, "status = 'ignored'");
    sync_rejects_due(h);
}

static void test_incremental(void **state)
{
    struct harness *h = *state;
    prepare(h, 60, NULL);
    struct trial t = {.h = h, .name = "incremental run", .argument = "--no-progress"};
    configure(&t, false);
    sync_expect(sync_once(&t), 3);
    change(h);
    try_all(&t);
}

static void test_walk_with_deletions(void **state)
{
    struct harness *h = *state;
    static const char hide[] = "deleted_tickets = hide\n";
    prepare(h, 60, hide);
    struct trial t = {.h = h, .name = "full walk", .argument = "--full", .sync = hide};
    configure(&t, false);
    sync_expect(sync_once(&t), 3);
    change(h);
    harness_control(h, "[{'do':'delete','id':30},{'do':'delete','id':31},"
                       "{'do':'hide','id':32}]");
    try_all(&t);
}

/* What the site called for is fetched and leaves the table, whatever the database does. */
static void test_calls(void **state)
{
    struct harness *h = *state;
    prepare(h, 140, NULL);
    struct trial t = {.h = h, .name = "calls", .argument = "--no-progress"};
    configure(&t, false);
    sync_expect(sync_once(&t), 3);
    change(h);
    harness_control(h, "[{'do':'update','id':3,'set':{'title':'Quiet'},'quiet':true},"
                       "{'do':'delete','id':30}]");
    harness_sql(h, "INSERT INTO fluent_inbox (site_key, fluent_id) VALUES ('', '3'), ('', '30'), "
                   "('', '40'), ('', '142')");
    try_all(&t);
    assert_int_equal(harness_count(h, "fluent_inbox"), 0);
    assert_string_equal(sync_cell(h, 3, "title"), "Quiet");
}

/* The list is shorter than the record: a search finds which tickets vanished. */
static void test_vanished(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 140, NULL, NULL, NULL);
    struct trial t = {.h = h,
                      .name = "a search for what vanished",
                      .fluent = "per_page = 20\n",
                      .argument = "--no-progress"};
    configure(&t, false);
    sync_expect(sync_once(&t), 0);
    harness_control(h, "[{'do':'delete','id':130},{'do':'delete','id':90},{'do':'hide','id':110},"
                       "{'do':'create'}]");
    try_all(&t);
    assert_string_equal(sync_last(h, "mode"), "incremental");
    assert_string_equal(sync_cell(h, 90, "deleted_at IS NOT NULL"), "1");
}

/* A part of the list, with an edit that moves no time, and a ticket that vanished while another one
 * appeared. */
static void test_part(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 140, NULL, NULL, NULL);
    struct trial t = {.h = h,
                      .name = "a part of the list",
                      .fluent = "per_page = 20\n",
                      .argument = "--no-progress"};
    configure(&t, false);
    harness_control(h, "[{'do':'hide','id':20}]");
    sync_expect(sync_once(&t), 0);
    harness_control(h, "[{'do':'show','id':20},{'do':'delete','id':130},{'do':'update','id':125,"
                       "'quiet':true,'set':{'customer.full_name':'Renamed'}}]");
    harness_sql(h,
                "UPDATE fluent_list_proofs SET proven_at = proven_at - INTERVAL 8 HOUR;"
                "UPDATE fluent_sync_state SET last_full_walk = last_full_walk - INTERVAL 8 HOUR");
    try_all(&t);
    assert_string_equal(sync_last(h, "mode"), "incremental");
    assert_string_equal(sync_cell(h, 125, "customer_name"), "Renamed");
    assert_string_equal(sync_cell(h, 130, "deleted_at IS NOT NULL"), "1");
    assert_int_equal(harness_count(h, "fluent_list_proofs"), 2);
}

/* Some are opened again; the others are open when closed tickets alone begin to count. */
static void test_leaving(void **state)
{
    struct harness *h = *state;
    prepare(h, 60, NULL);
    for (int id = 40; id <= 45; id++)
        harness_control(h, "{'do':'update','id':%d,'set':{'status':'closed'}}", id);
    struct trial t = {.h = h, .name = "leaving the scope", .argument = "--no-progress"};
    configure(&t, false);
    sync_expect(sync_once(&t), 3);
    for (int id = 43; id <= 45; id++)
        harness_control(h, "{'do':'update','id':%d,'set':{'status':'active'}}", id);
    sync_edit(h, 44, "category = 'Advisory'");
    t.scope = "[scope]\ntickets = closed\nleft = hide\n";
    try_all(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_first_import),
        SYNC_TEST(test_incremental),
        SYNC_TEST(test_walk_with_deletions),
        SYNC_TEST(test_calls),
        SYNC_TEST(test_leaving),
        SYNC_TEST(test_vanished),
        SYNC_TEST(test_part),
    };
    cmocka_set_test_filter(getenv("DB_FAULTS_ONLY"));
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
