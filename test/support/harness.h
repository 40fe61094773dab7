/*
 * harness: what an integration test needs around it: a database server, a sample site, the program,
 * files.
 *
 *     int main(void)
 *     {
 *         const struct CMUnitTest tests[] = {HARNESS_TEST(first), HARNESS_TEST(second)};
 *         return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
 *     }
 *
 * A test program has one server (which one, $TEST_SERVER says: database.sh) and one temporary
 * directory; each test gets an empty database, no site and no INI file, and loses all that it
 * started at its end, also when it fails. What is started dies with the test program, however that
 * ends. Whatever goes wrong in here fails the test. Texts returned live until the end of the test.
 * TZ is the sample site's zone, for tests that compare wall times; no program is given it.
 *
 * harness_setup_alone is for programs that need no database: their tests have none.
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

/* For cmocka: `*state` becomes the struct harness. */
int harness_setup(void **state);
int harness_setup_alone(void **state);
int harness_teardown(void **state);
int harness_begin(void **state);
int harness_end(void **state);
#define HARNESS_TEST(function) cmocka_unit_test_setup_teardown(function, harness_begin, harness_end)

/* A text, as printf and vprintf. */
char *harness_text(struct harness *h, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *harness_vtext(struct harness *h, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
/* Writes a file of the temporary directory, readable by the owner alone; returns its path. */
const char *harness_file(struct harness *h, const char *name, const char *text);
/* A file's whole text. */
char *harness_read(struct harness *h, const char *path);

/* The text for this server, where the two need different ones. */
const char *harness_dialect(const struct harness *h, const char *mariadb, const char *mysql);
/* Ends the server and starts it again with this option. */
void harness_restart(struct harness *h, const char *option);
/* Starts one more, with these options, in a directory of that name; returns its port. It ends with
 * the test. */
int harness_second_server(struct harness *h, const char *name, const char *const *options);

/* Puts an empty database in the place of the test's own. */
void harness_new_database(struct harness *h);
/* One or many statements, as root and by no code of the program's. Nothing of a session outlives
 * the call: neither variables nor locks nor an open transaction. */
void harness_sql(struct harness *h, const char *sql);
/* Starts the server's own client with these statements, as harness_start. */
struct process *harness_session(struct harness *h, const char *sql);
/* A file's statements, by that client. */
void harness_load(struct harness *h, const char *path);
/* The rows as text: columns end in tabs, rows in line feeds; \t, \n and \\ within a value are
 * escaped, NULL is NULL. */
char *harness_table(struct harness *h, const char *sql);
/* The one value of a result, as it is. */
char *harness_value(struct harness *h, const char *sql);
int64_t harness_number(struct harness *h, const char *sql);
/* How many rows there are of "table" or "table WHERE ...": what stands behind SELECT COUNT(*) FROM.
 */
int64_t harness_count(struct harness *h, const char *rows);
/* Kills all sessions in the test's database; waits until there are none. */
void harness_kill_sessions(struct harness *h);
void harness_await_no_sessions(struct harness *h);
/* Returns once a transaction waits for another one's lock. */
void harness_await_lock_wait(struct harness *h);
/* For struct log, with a struct buf as context: appends the message and a line feed. */
void harness_collect(void *context, const struct log_message *message);
/* How to reach the test's database with lib/io/db.h; a connection, closed at the test's end; one
 * more, which the test closes; a statement on it that must not fail. */
struct db_options harness_db_options(struct harness *h);
struct db *harness_db(struct harness *h);
struct db *harness_connect(struct harness *h);
void harness_exec(struct db *db, const char *sql);

/* Starts the sample site, with further options (NULL: none; the last is NULL); one that runs
 * already is ended first. */
void harness_site(struct harness *h, const char *const *options);
/* The same with so many generated tickets and no further option. */
void harness_site_of(struct harness *h, int tickets);
void harness_site_stop(struct harness *h);
/* From now on all about sites, INI files and fluent-sync is about this one of HARNESS_SITES sample
 * sites, each with an INI file of its own; a test begins with 0. What runs goes on. */
void harness_turn_to(struct harness *h, int site);
/* POSTs commands, as printf, to the site's control address (not over TLS): see site.c. For their
 * strings ' serves as well as ". Returns the answer's body. */
char *harness_control(struct harness *h, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* From now on the site has this fault, given by its members: "'kind':'stall','match':'/me'". */
void harness_fault(struct harness *h, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The site has no fault any more; a request that one holds up stays so. */
void harness_end_faults(struct harness *h);
/* GETs "stats" or "tickets" from there. */
char *harness_control_get(struct harness *h, const char *what);

/*
 * Writes the INI file that the next programs are started with: the site (a port where nobody
 * listens when none runs) and the test's database, to which come more lines of [fluent], of [sync],
 * and further sections; each may be NULL. The account is the README's, with its rights, and that of
 * `migrate` the other one: see harness_accounts.h. Where `fluent` has an api_url, api_username or
 * api_password* of its own, that holds.
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
/* Starts bash with this line, as printf. */
struct process *harness_shell(struct harness *h, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* fluent-sync with --config, as words for such a line. */
const char *harness_program(struct harness *h);
/* Fails the test when the site's password is in the text, in any form; what a program writes is
 * always searched. */
void harness_no_secrets(const char *text);
/* Waits for its end, two minutes at most. */
struct outcome harness_wait(struct harness *h, struct process *process);
/* Fails the test when the program had more memory than that; not under sanitizers, which need much
 * of their own. */
void harness_peak(struct outcome outcome, long most_mb);
struct outcome harness_run(struct harness *h, const char *const *argv, const char *input);

/* fluent-sync with --config and these arguments, the last being NULL. */
struct process *harness_sync_start(struct harness *h, ...) __attribute__((sentinel));
struct outcome harness_sync(struct harness *h, ...) __attribute__((sentinel));

#endif
