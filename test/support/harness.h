/*
 * harness: what an integration test needs: a database server, a sample site, the program, files.
 *
 *     int main(void)
 *     {
 *         const struct CMUnitTest tests[] = {HARNESS_TEST(first), HARNESS_TEST(second)};
 *         return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
 *     }
 *
 * A test program has one database server, which $TEST_SERVER chooses (see database.sh), and one
 * temporary directory. Each test starts with an empty database, without a site and without an INI
 * file. At its end, even if it fails, all that it has started is stopped. Everything also dies with
 * the test program, however that ends, and the temporary directory is then removed.
 *
 * Every function fails the test if anything goes wrong. Texts that are returned live until the end
 * of the test. TZ is the zone of the sample site, for tests that compare wall times; the programs
 * that a test starts do not get it.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/log.h"
#include "io/db.h"

enum { HARNESS_SITES = 2 };

struct harness {
    char dir[64];      /* the temporary directory */
    bool mysql;        /* MySQL, not MariaDB */
    char socket[96];   /* the server's; root needs no password */
    int port;          /* the server's on 127.0.0.1, or 0; user and password are "test" */
    char database[32]; /* the test's own */
    int site_port;     /* 0: no site runs */

    /* The harness's own. */
    pid_t server, site;
    int turned_to;
    struct {
        pid_t pid;
        int port;
    } turned_from[HARNESS_SITES];
    struct process *processes;
    struct arena arena;
    struct db *db;
    struct st_mysql *sql;
    const char *environment[16];
    int tests, files;
};

/* For cmocka; `*state` becomes the struct harness. harness_setup_alone starts no database server,
 * for test programs that need none. */
int harness_setup(void **state);
int harness_setup_alone(void **state);
int harness_teardown(void **state);
int harness_begin(void **state);
int harness_end(void **state);
#define HARNESS_TEST(function) cmocka_unit_test_setup_teardown(function, harness_begin, harness_end)

/* Makes a text, like printf and vprintf. */
char *harness_text(struct harness *h, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *harness_vtext(struct harness *h, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
/* Writes a file of the temporary directory, readable by the owner alone; returns its path. */
const char *harness_file(struct harness *h, const char *name, const char *text);
/* Reads a whole file. */
char *harness_read(struct harness *h, const char *path);

/* Returns the text that is for this kind of server. */
const char *harness_dialect(const struct harness *h, const char *mariadb, const char *mysql);
/* Stops the server and starts it again with this option. */
void harness_restart(struct harness *h, const char *option);
/* Starts another server with these options, in a directory of this name, and returns its port. It
 * is stopped at the end of the test. */
int harness_second_server(struct harness *h, const char *name, const char *const *options);

/* Replaces the test's database by an empty one. */
void harness_new_database(struct harness *h);
/* Executes one or several statements as root, with no code of the program. No variable, lock or
 * open transaction outlives the call. */
void harness_sql(struct harness *h, const char *sql);
/* Starts the server's command line client with these statements, like harness_start. */
struct process *harness_session(struct harness *h, const char *sql);
/* Executes the statements of a file with that client. */
void harness_load(struct harness *h, const char *path);
/* Returns the rows as text: tabs separate columns, and a line feed ends a row. Within a value,
 * tabs, line feeds and backslashes are escaped as \t, \n and \\. NULL is NULL. */
char *harness_table(struct harness *h, const char *sql);
/* Returns the only value of a result, without escapes; as a number. */
char *harness_value(struct harness *h, const char *sql);
int64_t harness_number(struct harness *h, const char *sql);
/* Counts rows; `rows` is what follows SELECT COUNT(*) FROM: "table" or "table WHERE ...". */
int64_t harness_count(struct harness *h, const char *rows);
/* Returns a counter of the server, of all sessions: "Questions". */
int64_t harness_counter(struct harness *h, const char *name);
/* Kills all sessions in the test's database. Waits until there are none. */
void harness_kill_sessions(struct harness *h);
void harness_await_no_sessions(struct harness *h);
/* Returns once a transaction waits for another one's lock. */
void harness_await_lock_wait(struct harness *h);
/* A sink for struct log, whose context is a struct buf: appends the message and a line feed. */
void harness_collect(void *context, const struct log_message *message);
/* For lib/io/db.h: the options that lead to the test's database; a connection that is closed at the
 * end of the test; another one, which the test closes; a statement that must succeed. */
struct db_options harness_db_options(struct harness *h);
struct db *harness_db(struct harness *h);
struct db *harness_connect(struct harness *h);
void harness_exec(struct db *db, const char *sql);

/* Starts the sample site with these options, the last being NULL; `options` may be NULL. A site
 * that is already running is stopped first. */
void harness_site(struct harness *h, const char *const *options);
/* The same, with this many generated tickets and no other option. */
void harness_site_of(struct harness *h, int tickets);
void harness_site_stop(struct harness *h);
/* Chooses which one of HARNESS_SITES sample sites, each with its own INI file, the functions for
 * sites, INI files and fluent-sync refer to from now on. A test begins with 0. Nothing is stopped.
 */
void harness_turn_to(struct harness *h, int site);
/* Sends commands, like printf, to the site's control address (not over TLS); site.c lists them.
 * JSON strings may stand in single quotes. Returns the body of the answer. */
char *harness_control(struct harness *h, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Gives the site a fault, described by its members: "'kind':'stall','match':'/me'". */
void harness_fault(struct harness *h, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Removes all faults of the site. A request that a fault is holding up remains held up. */
void harness_end_faults(struct harness *h);
/* Fetches "stats" or "tickets" from there. */
char *harness_control_get(struct harness *h, const char *what);

/*
 * Writes the INI file that the next programs are started with: the site (a port where nobody
 * listens when none runs) and the test's database, to which come more lines of [fluent], of [sync],
 * and further sections; each may be NULL. The account is that of docs/by-hand.md, with its rights,
 * and that of `migrate` the other one: see harness_accounts.h. Where `fluent` has an api_url,
 * api_username or api_password* of its own, that holds.
 */
void harness_config(struct harness *h, const char *fluent, const char *sync, const char *sections);
/* Puts "NAME=value" into the environment of the test's next programs, which is else almost empty.
 */
void harness_environment(struct harness *h, const char *variable);

/* A program that ended: its exit code, or minus the signal; what it wrote. */
struct outcome {
    int code;
    char *out, *err;
    long peak_kb; /* the most memory it had */
};
struct process {
    pid_t pid;
    char *out, *err; /* paths of the files it writes to */
    struct process *next;
};

/* Starts `argv`, with `input` (or nothing) to read. */
struct process *harness_start(struct harness *h, const char *const *argv, const char *input);
/* Starts bash with this line, like printf. */
struct process *harness_shell(struct harness *h, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Returns fluent-sync with its --config, as words for such a line. */
const char *harness_program(struct harness *h);
/* Fails the test if the text contains the site's password in any form. All that programs write and
 * all rows are searched anyway. */
void harness_no_secrets(const char *text);
/* Waits until it ends, at most for about two minutes. */
struct outcome harness_wait(struct harness *h, struct process *process);
/* Fails the test if the program used more memory than this, except under sanitizers, which need
 * much memory themselves. */
void harness_peak(struct outcome outcome, long most_mb);
struct outcome harness_run(struct harness *h, const char *const *argv, const char *input);

/* fluent-sync with --config and these arguments, the last being NULL. */
struct process *harness_sync_start(struct harness *h, ...) __attribute__((sentinel));
struct outcome harness_sync(struct harness *h, ...) __attribute__((sentinel));

#endif
