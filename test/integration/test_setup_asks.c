/* test_setup_asks: `fluent-sync setup` on a terminal: every answer wrong once, Ctrl-C at each
 * question, what it writes and what it leaves alone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness_accounts.h"
#include "harness_process.h"
#include "harness_sync.h"
#include "harness_terminal.h"

/* The account that may create others. */
#define ADMIN "the_admin"
#define ADMIN_PASSWORD "admin's pass"
enum { OTHER_GROUP = 47114 };

/* A directory of this test, which is not there at first. */
static const char *directory(struct harness *h)
{
    return harness_text(h, "%s/setup%d", h->dir, h->tests);
}

static const char *ini(struct harness *h)
{
    return harness_text(h, "%s/fluent-sync.ini", directory(h));
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static unsigned mode_of(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return status.st_mode & 07777;
}

static gid_t group_of(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return status.st_gid;
}

static int64_t accounts(struct harness *h)
{
    return harness_number(h, "SELECT COUNT(*) FROM mysql.user WHERE Host = 'localhost' "
                             "AND User IN ('fluent_sync', 'fluent_migrate')");
}

static int64_t tables(struct harness *h)
{
    return harness_number(h, "SELECT COUNT(*) FROM information_schema.tables "
                             "WHERE table_schema = DATABASE()");
}

/* A site, an administrator, and nothing of ours: no file, no account, no table. */
static void prepare(struct harness *h)
{
    static const char *const options[] = {"--prefix", "/blog", NULL};
    harness_site(h, options);
    harness_sql(h, "DROP USER IF EXISTS 'fluent_sync'@'localhost', 'fluent_migrate'@'localhost', "
                   "'" ADMIN "'@'localhost'");
    harness_sql(h, "CREATE USER '" ADMIN "'@'localhost' IDENTIFIED BY 'admin''s pass'");
    harness_sql(h, "GRANT ALL ON *.* TO '" ADMIN "'@'localhost' WITH GRANT OPTION");
    harness_fault(h,
                  "'kind':'status','match':'readme.txt','status':200,'content_type':'text/plain',"
                  "'body':'=== Fluent Support ===\\nStable tag: 2.0.1\\n'");
    assert_int_equal(tables(h), 0);
}

static void start(struct dialogue *d, struct harness *h, const char *words)
{
    dialogue_start(d, h, "setup -c '%s' %s", ini(h), words);
}

static const char *url(struct harness *h)
{
    return harness_text(h, "http://127.0.0.1:%d/blog", h->site_port);
}

static void assert_untouched(struct harness *h)
{
    assert_false(exists(ini(h)));
    assert_false(exists(directory(h)));
    assert_int_equal(accounts(h), 0);
    assert_int_equal(tables(h), 0);
}

/* The file works without any further word. */
static void assert_runs(struct harness *h)
{
    const char *const check[] = {BINARY_DIR "/fluent-sync", "-c", ini(h), "check", NULL};
    const char *const sync[] = {BINARY_DIR "/fluent-sync", "-c", ini(h), NULL};
    sync_expect(harness_run(h, check, NULL), 0);
    sync_expect(harness_run(h, sync, NULL), 3); /* one of the recorded tickets has no date */
}

/* Every answer wrong once */

static void answer_site(struct dialogue *d, struct harness *h)
{
    dialogue_answer(d, "Address of the site: ", "");
    dialogue_hear(d, "this needs an answer");
    dialogue_answer(d, "Address of the site: ", "http://example.com");
    dialogue_hear(d, "allow_http");
    dialogue_answer(d, "Address of the site [http://example.com]: ", "http://a b");
    dialogue_hear(d, "no address has");
    dialogue_answer(d, "Address of the site [http://example.com]: ", "http://127.0.0.1:1");
    dialogue_hear(d, "failed: cannot read the index");
    dialogue_answer(d, "Address of the site [http://127.0.0.1:1]: ",
                    harness_text(h, "%s/wp-admin/index.php", url(h)));
    dialogue_hear(d, "ok: \"Acme Support A\", FluentSupport 2.0.1");
    dialogue_hear(d, harness_text(h, "the right address is %s\n", url(h)));
}

static void answer_login(struct dialogue *d)
{
    dialogue_answer(d, "WordPress user: ", "a:b");
    dialogue_hear(d, "must not contain a `:`");
    dialogue_answer(d, "WordPress user: ", "nobody");
    dialogue_answer(d, "Application Password: ", "");
    dialogue_hear(d, "this needs an answer");
    dialogue_answer(d, "Application Password: ", "wrong");
    dialogue_hear(d, "failed: cannot read the ticket list");
    dialogue_answer(d, "WordPress user [nobody]: ", SITE_USER);
    dialogue_answer(d, "Application Password [as it is]: ", SITE_PASSWORD);
    dialogue_hear(d, "ok: 250 tickets, from 2025-07-30 to 2026-11-22");
    dialogue_answer(d, "First day [2025-07-30]: ", "2025-13-01");
    dialogue_hear(d, "must be a day, YYYY-MM-DD, not \"2025-13-01\"");
    dialogue_answer(d, "First day [2025-07-30]: ", "2025-09-20");
}

static void answer_database(struct dialogue *d, struct harness *h)
{
    dialogue_answer(d, "Database server [this machine]: ", "a host");
    dialogue_hear(d, "names or addresses");
    dialogue_answer(d, "Database server [this machine]: ", "127.0.0.1");
    dialogue_answer(d, "Its port [3306]: ", "99999");
    dialogue_hear(d, "1 to 65535");
    dialogue_answer(d, "Its port [3306]: ", "1");
    dialogue_answer(d, "The dashboard's database: ", "");
    dialogue_hear(d, "this needs an answer");
    dialogue_answer(d, "The dashboard's database: ", "no_such_database");
    dialogue_answer(d, "Administrator of the database [the accounts are there]: ", ADMIN);
    dialogue_answer(d, "Its password [none]: ", "wrong");
    dialogue_hear(d, "failed: ");
    dialogue_answer(d, "Database server [127.0.0.1]: ", "-");
    dialogue_answer(d, "Its socket [the usual one]: ", h->socket);
    dialogue_answer(d, "The dashboard's database [no_such_database]: ", "");
    dialogue_answer(d, "Administrator of the database [" ADMIN "]: ", "");
    dialogue_answer(d, "Its password [as it is]: ", "");
    dialogue_hear(d, "failed: ");
    dialogue_answer(d, "Database server [this machine]: ", "");
    dialogue_answer(d, "Its socket [", "");
    dialogue_answer(d, "The dashboard's database [no_such_database]: ", "");
    dialogue_answer(d, "Administrator of the database [" ADMIN "]: ", "");
    dialogue_answer(d, "Its password [as it is]: ", ADMIN_PASSWORD);
    dialogue_hear(d, "no_such_database");
    dialogue_answer(d, "Database server [this machine]: ", "");
    dialogue_answer(d, "Its socket [", "");
    dialogue_answer(d, "The dashboard's database [no_such_database]: ", h->database);
    dialogue_answer(d, "Administrator of the database [" ADMIN "]: ", "");
    dialogue_answer(d, "Its password [as it is]: ", "");
    dialogue_hear(d, ", the tables are yet to be made");
    dialogue_answer(d, "Database account of runs [fluent_sync]: ", "a ;b");
    dialogue_hear(d, "cannot stand in the file");
    dialogue_answer(d, "Database account of runs [fluent_sync]: ", "");
    dialogue_answer(d, "Its password [a random one]: ", "");
}

static void test_every_answer_wrong(void **state)
{
    struct harness *h = *state;
    struct dialogue d;
    prepare(h);
    start(&d, h, "");
    answer_site(&d, h);
    answer_login(&d);
    answer_database(&d, h);
    dialogue_hear(&d, "Nothing has been changed so far.");
    assert_untouched(h);
    dialogue_hear(&d, "+ api_password = ********\n");
    dialogue_answer(&d, "Do this? [y/n]: ", "");
    dialogue_answer(&d, "Do this? [y/n]: ", "perhaps");
    dialogue_answer(&d, "Do this? [y/n]: ", "y");
    dialogue_hear(&d, "accounts: made\n  tables: made\n  rights: granted\n");
    dialogue_hear(&d, "file: written");
    dialogue_hear(&d, "a sync would work");
    dialogue_answer(&d, "[Y/n]: ", "");
    dialogue_hear(&d, "dry run, nothing written: 250 tickets read");
    dialogue_hear(&d, "1 ticket cannot be stored"); /* one of the recorded ones has no date */
    dialogue_hear(&d, "Then by crontab -e: */10 * * * * ");
    dialogue_hear(&d, harness_text(h, " -q -c %s\n", ini(h)));
    assert_int_equal(dialogue_end(&d), 0);
    assert_int_equal(mode_of(ini(h)), 0600);
    assert_int_equal(accounts(h), 2);
    sync_says_not(d.said, ADMIN_PASSWORD);
    assert_runs(h);
    const char *migrate = harness_text(h, "%s/migrate.ini", directory(h));
    assert_int_equal(mode_of(migrate), 0600);
    /* In the name of the database that the rights are for, _ is no other character. */
    assert_true(harness_number(h, "SELECT COUNT(*) FROM mysql.db WHERE User = 'fluent_migrate' "
                                  "AND Db = REPLACE(DATABASE(), '_', '\\\\_')") == 1);
    sync_expect(
        harness_wait(h, harness_shell(h, "'" BINARY_DIR "/fluent-sync' migrate -c '%s'", migrate)),
        0);
}

/* All right at once; to the end of `count` answers. */
static void answer_some(struct dialogue *d, struct harness *h, int count)
{
    const char *const answers[][2] = {
        {"Address of the site: ", url(h)},
        {"WordPress user: ", SITE_USER},
        {"Application Password: ", SITE_PASSWORD},
        {"First day [", "2025-09-20"},
        {"Database server [", ""},
        {"Its socket [", h->socket},
        {"The dashboard's database: ", h->database},
        {"Administrator of the database [", ADMIN},
        {"Its password [", ADMIN_PASSWORD},
        {"Database account of runs [", ""},
        {"Its password [", ""},
        {"Do this? [y/n]: ", "y"},
    };
    assert_true(count <= (int)(sizeof answers / sizeof *answers));
    for (int i = 0; i < count; i++)
        dialogue_answer(d, answers[i][0], answers[i][1]);
    if (count < (int)(sizeof answers / sizeof *answers))
        dialogue_hear(d, answers[count][0]);
}
enum { ANSWERS = 12 };

static void test_interrupted(void **state)
{
    struct harness *h = *state;
    prepare(h);
    for (int i = 0; i < ANSWERS; i++) {
        struct dialogue d;
        start(&d, h, "");
        answer_some(&d, h, i);
        dialogue_press(&d, "\003");
        dialogue_hear(&d, "nothing was changed");
        assert_int_equal(dialogue_end(&d), 130);
        assert_untouched(h);
    }
}

/* The end of the input, and a no, leave nothing behind either. */
static void test_given_up(void **state)
{
    struct harness *h = *state;
    struct dialogue d;
    prepare(h);
    start(&d, h, "");
    answer_some(&d, h, 2);
    dialogue_press(&d, "\004");
    assert_int_equal(dialogue_end(&d), 2);
    start(&d, h, "");
    answer_some(&d, h, ANSWERS - 1);
    dialogue_type(&d, "no");
    dialogue_hear(&d, "Nothing was changed.");
    assert_int_equal(dialogue_end(&d), 0);
    assert_untouched(h);
}

/* A file that is there */

static void test_existing_file(void **state)
{
    struct harness *h = *state;
    struct dialogue d;
    prepare(h);
    assert_int_equal(mkdir(directory(h), 0700), 0);
    const char *before =
        harness_text(h,
                     "# ours\n[fluent]\napi_url = %s\napi_username = " SITE_USER
                     "\napi_password = " SITE_PASSWORD "\nper_page = 50\n\n"
                     "[map.urgency]\ncritical = HIGH\n[mysql]\nsocket = %s\nuser = root\n"
                     "database = %s\n",
                     url(h), h->socket, h->database);
    harness_file(h, harness_text(h, "setup%d/fluent-sync.ini", h->tests), before);
    if (geteuid() == 0) { /* a web server's group reads it */
        assert_int_equal(chown(ini(h), 0, OTHER_GROUP), 0);
        assert_int_equal(chmod(ini(h), 0640), 0);
    }
    start(&d, h, "--mysql-timeout 10s");
    dialogue_answer(&d, harness_text(h, "Address of the site [%s]: ", url(h)), "");
    dialogue_answer(&d, "WordPress user [" SITE_USER "]: ", "");
    dialogue_answer(&d, "Application Password [as it is]: ", "");
    dialogue_answer(&d, "First day [", "2025-10-01");
    dialogue_answer(&d, "Database server [this machine]: ", "");
    dialogue_answer(&d, harness_text(h, "Its socket [%s]: ", h->socket), "");
    dialogue_answer(&d, "The dashboard's database [", "");
    dialogue_answer(&d, "Administrator of the database [the accounts are there]: ", "");
    dialogue_answer(&d, "Database account of runs [root]: ", "");
    dialogue_answer(&d, "Its password: ", "");
    dialogue_answer(&d, "Database account that may make the tables [the same]: ", "");
    dialogue_hear(
        &d, "keep it as it was with .bak\n        [fluent]\n      + date_filter = 2025-10-01\n");
    dialogue_hear(&d, "[mysql]\n      + timeout = 10s\n");
    dialogue_answer(&d, "Do this? [y/n]: ", "y");
    dialogue_answer(&d, "[Y/n]: ", "n");
    assert_int_equal(dialogue_end(&d), 0);
    char *after = harness_read(h, ini(h));
    sync_says(after, "# ours\n[fluent]\n");
    sync_says(after, "critical = HIGH");
    sync_says(after, "date_filter = 2025-10-01\n");
    sync_says(after, "per_page = 50\n");
    const char *kept = harness_text(h, "%s.bak", ini(h));
    assert_string_equal(harness_read(h, kept), before);
    assert_int_equal(mode_of(ini(h)), mode_of(kept));
    assert_int_equal(group_of(ini(h)), group_of(kept));
    assert_int_equal(mode_of(kept), geteuid() == 0 ? 0640 : 0600);
    /* Once more: nothing to do, and nothing is written. */
    start(&d, h, "--yes");
    dialogue_hear(&d, "there is nothing to change");
    assert_int_equal(dialogue_end(&d), 0);
    assert_string_equal(harness_read(h, ini(h)), after);
    assert_string_equal(harness_read(h, kept), before);
}

/* What somebody else writes while setup asks is kept, and nothing is done then. */
static void test_changed_meanwhile(void **state)
{
    struct harness *h = *state;
    struct dialogue d;
    const char *name = harness_text(h, "setup%d/fluent-sync.ini", h->tests);
    const char *const theirs[] = {"# theirs\n", "# theirs, again\n"};
    prepare(h);
    for (size_t i = 0; i < 2; i++) { /* the file is new, and is another one */
        start(&d, h, "");
        answer_some(&d, h, ANSWERS - 1);
        if (i == 0)
            assert_int_equal(mkdir(directory(h), 0700), 0);
        harness_file(h, name, theirs[i]);
        dialogue_type(&d, "y");
        dialogue_hear(&d, "has been changed by somebody else meanwhile");
        assert_int_equal(dialogue_end(&d), 2);
        assert_string_equal(harness_read(h, ini(h)), theirs[i]);
        assert_false(exists(harness_text(h, "%s.bak", ini(h))));
        assert_int_equal(accounts(h), 0);
        assert_int_equal(tables(h), 0);
    }
}

/* What setup does not ask for has to be corrected first. */
static void test_wrong_file(void **state)
{
    struct harness *h = *state;
    struct dialogue d;
    prepare(h);
    assert_int_equal(mkdir(directory(h), 0700), 0);
    const char *before = "[fluent]\nper_page = many\n[nonsense]\n";
    harness_file(h, harness_text(h, "setup%d/fluent-sync.ini", h->tests), before);
    start(&d, h, "");
    dialogue_hear(&d, ":2: [fluent] per_page must be");
    dialogue_hear(&d, ":3: there is no section");
    assert_int_equal(dialogue_end(&d), 2);
    sync_says_not(d.said, "Address");
    assert_string_equal(harness_read(h, ini(h)), before);
    start(&d, h, "--per-page 20");
    dialogue_hear(&d, ":3: there is no section");
    assert_int_equal(dialogue_end(&d), 2);
    sync_says_not(d.said, "per_page");
    /* What stands behind a NUL byte is not dropped. */
    sync_expect(harness_wait(h, harness_shell(h, "printf 'a\\0b\\n' >'%s'", ini(h))), 0);
    start(&d, h, "");
    dialogue_hear(&d, "NUL byte");
    assert_int_equal(dialogue_end(&d), 2);
}

/* Without an administrator: with the two accounts of docs/by-hand.md. */
static void test_no_admin(void **state)
{
    struct harness *h = *state;
    struct dialogue d;
    prepare(h);
    harness_sql(h, accounts_sql(h, h->database));
    start(&d, h, "");
    answer_some(&d, h, 7);
    dialogue_type(&d, "");
    dialogue_answer(&d, "Database account of runs [fluent_sync]: ", "");
    dialogue_answer(&d, "Its password: ", "wrong");
    dialogue_hear(&d, "failed: ");
    dialogue_answer(&d, "Database server [", "");
    dialogue_answer(&d, "Its socket [", "");
    dialogue_answer(&d, "The dashboard's database [", "");
    dialogue_answer(&d, "Administrator of the database [", "");
    dialogue_answer(&d, "Database account of runs [fluent_sync]: ", "");
    dialogue_answer(&d, "Its password [as it is]: ", ACCOUNT_PASSWORD);
    dialogue_answer(&d, "may make the tables [the same]: ", ACCOUNT_MIGRATE);
    dialogue_answer(&d, "Its password [none]: ", "wrong");
    dialogue_hear(&d, "failed: ");
    dialogue_answer(&d, "may make the tables [" ACCOUNT_MIGRATE "]: ", "");
    dialogue_answer(&d, "Its password [as it is]: ", ACCOUNT_PASSWORD);
    dialogue_answer(&d, "Do this? [y/n]: ", "y");
    dialogue_answer(&d, "[Y/n]: ", "n");
    assert_int_equal(dialogue_end(&d), 0);
    assert_false(exists(harness_text(h, "%s/migrate.ini", directory(h))));
    assert_int_equal(accounts(h), 0);
    assert_runs(h);
}

/* A step that fails: what was done stays, and a second setup goes on from there. */
static void test_goes_on(void **state)
{
    struct harness *h = *state;
    struct dialogue d;
    prepare(h);
    harness_sql(h, "CREATE TABLE requests (id INT PRIMARY KEY) ENGINE = MyISAM");
    start(&d, h, "");
    answer_some(&d, h, ANSWERS);
    dialogue_hear(&d, "accounts: made");
    dialogue_hear(&d, "without transactions");
    dialogue_hear(&d, "what was done stays");
    assert_int_equal(dialogue_end(&d), 6);
    assert_int_equal(accounts(h), 2);
    assert_false(exists(ini(h)));
    harness_sql(h, "DROP TABLE requests");
    start(&d, h, "");
    answer_some(&d, h, ANSWERS - 2);
    dialogue_type(&d, "");
    dialogue_hear(&d, "fluent_sync@localhost, which exists: it gets a new password");
    dialogue_answer(&d, "Do this? [y/n]: ", "y");
    dialogue_answer(&d, "[Y/n]: ", "n");
    assert_int_equal(dialogue_end(&d), 0);
    assert_runs(h);
}

/* Where nothing can be written, no question is asked. */
static void test_no_place(void **state)
{
    struct harness *h = *state;
    struct dialogue d;
    prepare(h);
    harness_file(h, "file", "");
    dialogue_start(&d, h, "setup -c '%s/file/fluent-sync.ini'", h->dir);
    dialogue_hear(&d, "could not be written");
    assert_int_equal(dialogue_end(&d), 2);
    sync_says_not(d.said, "Address");
    if (geteuid() != 0) {
        assert_int_equal(mkdir(directory(h), 0500), 0);
        start(&d, h, "");
        dialogue_hear(&d, "could not be written");
        assert_int_equal(dialogue_end(&d), 2);
        assert_int_equal(rmdir(directory(h)), 0);
    }
}

/* Without a terminal */

static struct outcome run_yes(struct harness *h, const char *words)
{
    return harness_wait(
        h, harness_shell(h, "'" BINARY_DIR "/fluent-sync' setup -c '%s' %s", ini(h), words));
}

static void test_without_terminal(void **state)
{
    struct harness *h = *state;
    prepare(h);
    struct outcome outcome = run_yes(h, "");
    sync_expect(outcome, 2);
    sync_says(outcome.err, "--yes");
    outcome = run_yes(h, "--yes --api-username x");
    sync_expect(outcome, 2);
    sync_says(outcome.err, "--api-url, $FLUENT_API_PASSWORD, --mysql-database");
    outcome = run_yes(h, "--yes --date-filter 2025-02-30");
    sync_expect(outcome, 2);
    sync_says(outcome.err, "2025-02-30");
    assert_untouched(h);

    /* An address leads to another host, which nobody named: the password does not go there. */
    harness_fault(h,
                  "'kind':'status','match':'/blog/wp-json','times':1,'status':301,"
                  "'headers':{'Location':'http://localhost:%d/blog/wp-json/'}",
                  h->site_port);
    harness_environment(h, "FLUENT_API_PASSWORD=" SITE_PASSWORD);
    outcome =
        run_yes(h, harness_text(h,
                                "--yes --allow-http yes --api-url %s --api-username " SITE_USER
                                " --mysql-database %s",
                                url(h), h->database));
    sync_expect(outcome, 2);
    sync_says(outcome.err, harness_text(h, "leads to http://localhost:%d/blog", h->site_port));
    assert_untouched(h);

    /* The administrator keeps the password. */
    const char *admin = harness_file(h, "admin", ADMIN_PASSWORD "\n");
    const char *const names[] = {"--mysql-user " ADMIN, "--migrate-user " ADMIN,
                                 "--migrate-user x --mysql-user x"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        outcome =
            run_yes(h, harness_text(h,
                                    "--yes --allow-http yes --api-url %s --api-username " SITE_USER
                                    " --mysql-socket %s --mysql-database %s "
                                    "--admin-user " ADMIN " --admin-password-file %s %s",
                                    url(h), h->socket, h->database, admin, names[i]));
        sync_expect(outcome, 2);
        sync_says(outcome.err, "cannot be two of the three");
        assert_untouched(h);
    }

    /* An old address leads to the right one. */
    harness_fault(h,
                  "'kind':'status','match':'/old/wp-json','status':301,"
                  "'headers':{'Location':'%s/wp-json/'}",
                  url(h));
    outcome =
        run_yes(h, harness_text(h,
                                "--yes --api-url http://127.0.0.1:%d/old --api-username " SITE_USER
                                " --date-filter 2025-09-20 "
                                "--mysql-socket %s --mysql-database %s --admin-user " ADMIN
                                " --admin-password-file %s --timezone UTC",
                                h->site_port, h->socket, h->database, admin));
    sync_expect(outcome, 0);
    sync_says(outcome.out, harness_text(h, "the right address is %s\n", url(h)));
    sync_says(harness_read(h, ini(h)), harness_text(h, "api_url = %s\n", url(h)));
    sync_says(outcome.out, "a sync would work");
    sync_says(outcome.out, "* * * * ");
    sync_says(harness_read(h, ini(h)), "timezone = UTC\n");

    /* What changes the file, and what finds nothing to change, can both be silent. */
    for (int i = 0; i < 2; i++) {
        outcome = run_yes(h, "--yes --quiet --timezone Europe/Paris");
        sync_expect(outcome, 0);
        assert_string_equal(outcome.out, "");
        assert_string_equal(outcome.err, "");
        sync_says(harness_read(h, ini(h)), "timezone = Europe/Paris\n");
    }
    assert_runs(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_every_answer_wrong), SYNC_TEST(test_interrupted),
        SYNC_TEST(test_given_up),           SYNC_TEST(test_existing_file),
        SYNC_TEST(test_changed_meanwhile),  SYNC_TEST(test_wrong_file),
        SYNC_TEST(test_no_admin),           SYNC_TEST(test_goes_on),
        SYNC_TEST(test_no_place),           SYNC_TEST(test_without_terminal),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
