/* harness: the temporary directory, the database server, a test from beginning to end. */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness_accounts.h"
#include "harness_process.h"
#include "harness_sql.h"

enum { TEXT_MAX = 256 << 20, SERVER_TRIES = 3, OPTIONS_MAX = 16, REMOVALS = 1000 };

/* Texts and files */

char *harness_vtext(struct harness *h, const char *format, va_list args)
{
    char *text = NULL;
    int n = vasprintf(&text, format, args);
    if (n < 0)
        fail_msg("out of memory");
    char *copy = arena_copy(&h->arena, text, (size_t)n);
    free(text);
    if (!copy)
        fail_msg("out of memory");
    return copy;
}

char *harness_text(struct harness *h, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = harness_vtext(h, format, args);
    va_end(args);
    return text;
}

const char *harness_file(struct harness *h, const char *name, const char *text)
{
    char *path = harness_text(h, "%s/%s", h->dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!file || fputs(text, file) == EOF || fclose(file) == EOF)
        fail_msg("%s: %s", path, strerror(errno));
    return path;
}

char *harness_read(struct harness *h, const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file)
        fail_msg("%s: %s", path, strerror(errno));
    struct buf text;
    buf_init(&text, TEXT_MAX);
    char chunk[16384];
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, file)) > 0;)
        buf_append(&text, chunk, n);
    fclose(file);
    char *copy = text.failed ? NULL : arena_copy(&h->arena, buf_text(&text), text.len);
    buf_release(&text);
    if (!copy)
        fail_msg("%s: too long", path);
    return copy;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

/* Removes the directory as soon as no process holds the pipe any more that ends in `end`. The
 * server may still be dying, and writing. */
static void outlive(int end, const char *dir)
{
    setsid();
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        dup2(end, fd); /* whoever waits for the end of our output must not wait for this one */
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    for (int i = 0; i < REMOVALS && nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS) < 0; i++)
        process_pause();
    _exit(0);
}

/* The temporary directory, which goes when the test program does, however that ends. */
static bool make_directory(struct harness *h)
{
    int ends[2];
    snprintf(h->dir, sizeof h->dir, "/tmp/fluent-sync-test-XXXXXX");
    if (!mkdtemp(h->dir) || pipe2(ends, O_CLOEXEC) < 0)
        return false;
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[1]);
        if (fork() == 0)
            outlive(ends[0], h->dir);
        _exit(0);
    }
    close(ends[0]);
    return pid > 0 && waitpid(pid, NULL, 0) == pid; /* nobody's child, and so in nobody's way */
}

/* The server */

/* What database.sh is told by the environment: which server, and where the cache is. */
static void choose_server(struct harness *h)
{
    const char *kind = getenv("TEST_SERVER"), *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    h->mysql = kind && strcmp(kind, "mysql") == 0;
    setenv("TEST_CACHE",
           harness_text(h, "%s%s/fluent-sync",
                        cache && *cache ? cache
                        : home          ? home
                                        : "",
                        cache && *cache ? "" : "/.cache"),
           0);
}

const char *harness_dialect(const struct harness *h, const char *mariadb, const char *mysql)
{
    return h->mysql ? mysql : mariadb;
}

static bool answers(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool done = connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return done;
}

/* Starts a server as a child of ours, so that it cannot outlive us; its port, or 0. */
static int start_server(struct harness *h, pid_t *server, const char *dir,
                        const char *const *options)
{
    const char *argv[OPTIONS_MAX] = {SOURCE_DIR "/test/support/database.sh", "run", dir, "--"};
    for (size_t n = 4; options && *options && n < OPTIONS_MAX - 1; options++)
        argv[n++] = *options;
    *server = process_spawn(h, argv, NULL, "/dev/null", harness_text(h, "%s/server.err", h->dir));
    while (!answers(harness_text(h, "%s/mysql.sock", dir))) {
        if (waitpid(*server, NULL, WNOHANG) == *server) {
            *server = 0;
            return 0;
        }
        process_pause();
    }
    return atoi(harness_read(h, harness_text(h, "%s/port", dir)));
}

static void try_server(struct harness *h, const char *const *options)
{
    h->port = 0;
    for (int i = 0; i < SERVER_TRIES && !h->port; i++) /* its port may be taken in between */
        h->port = start_server(h, &h->server, harness_text(h, "%s/db", h->dir), options);
}

void harness_restart(struct harness *h, const char *option)
{
    const char *const options[] = {option, NULL};
    process_end(&h->server, SIGTERM);
    try_server(h, options);
    if (!h->port)
        fail_msg("the server did not start again: %s",
                 harness_read(h, harness_text(h, "%s/server.err", h->dir)));
}

int harness_second_server(struct harness *h, const char *name, const char *const *options)
{
    struct process *server = arena_alloc(&h->arena, sizeof *server);
    assert_non_null(server);
    *server = (struct process){.next = h->processes};
    h->processes = server;
    int port = start_server(h, &server->pid, harness_text(h, "%s/%s", h->dir, name), options);
    if (!port)
        fail_msg("the server did not start: %s",
                 harness_read(h, harness_text(h, "%s/server.err", h->dir)));
    return port;
}

int harness_setup_alone(void **state)
{
    struct harness *h = calloc(1, sizeof *h);
    if (!h)
        return -1;
    *state = h;
    setenv("TZ", "America/New_York", 1); /* the sample site's */
    tzset();
    return make_directory(h) ? 0 : -1;
}

int harness_setup(void **state)
{
    if (harness_setup_alone(state) < 0)
        return -1;
    struct harness *h = *state;
    snprintf(h->socket, sizeof h->socket, "%s/db/mysql.sock", h->dir);
    choose_server(h);
    try_server(h, NULL);
    if (!h->port)
        print_error("the database server did not start: %s\n",
                    harness_read(h, harness_text(h, "%s/server.err", h->dir)));
    arena_release(&h->arena);
    return h->port ? 0 : -1;
}

int harness_teardown(void **state)
{
    struct harness *h = *state;
    sql_close(h);
    process_end(&h->server, SIGKILL); /* its data go with the directory */
    nftw(h->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    arena_release(&h->arena);
    free(h);
    return 0;
}

/* A test */

int harness_begin(void **state)
{
    struct harness *h = *state;
    h->tests++;
    if (!h->port)
        return 0;
    snprintf(h->database, sizeof h->database, "test_%d", h->tests);
    harness_new_database(h);
    sql_query(h, NULL, false, accounts_sql(h, h->database));
    return 0;
}

int harness_end(void **state)
{
    struct harness *h = *state;
    for (int i = HARNESS_SITES - 1; i >= 0; i--) {
        harness_turn_to(h, i);
        harness_site_stop(h);
        unlink(harness_text(h, "%s/%s", h->dir, process_ini(h)));
    }
    process_end_all(h);
    db_close(h->db);
    h->db = NULL;
    if (h->port)
        sql_query(h, NULL, false, harness_text(h, "DROP DATABASE IF EXISTS %s", h->database));
    for (size_t i = 0; i < sizeof h->environment / sizeof *h->environment; i++)
        h->environment[i] = NULL;
    arena_release(&h->arena);
    h->processes = NULL;
    return 0;
}

/* The program's own modules */

void harness_collect(void *context, const struct log_message *message)
{
    buf_printf(context, "%s\n", message->text);
}

struct db_options harness_db_options(struct harness *h)
{
    return (struct db_options){
        .socket = h->socket,
        .user = harness_text(h, "root"),
        .database = h->database,
        .timeout_s = 60,
    };
}

struct db *harness_connect(struct harness *h)
{
    struct db_options *options = arena_alloc(&h->arena, sizeof *options);
    assert_non_null(options);
    *options = harness_db_options(h);
    struct db *db;
    struct error error = ERROR_INIT;
    if (db_open(&db, options, 0, NULL, &error) < 0)
        fail_msg("%s", error.message);
    return db;
}

struct db *harness_db(struct harness *h)
{
    if (!h->db)
        h->db = harness_connect(h);
    return h->db;
}

void harness_exec(struct db *db, const char *sql)
{
    struct error error = ERROR_INIT;
    if (db_exec(db, sql, NULL, 0, &error) < 0)
        fail_msg("%s: %s", sql, error.message);
}
