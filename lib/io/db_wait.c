/* db_wait: the thread that connects, and the thread that watches a connection. */
#include "io/db_wait.h"

#include <fcntl.h>
#include <mysql.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/thread.h"

void db_wait_init(struct db_wait *wait, const struct limits *limits)
{
    *wait = (struct db_wait){.limits = limits, .fd = -1};
}

/* Waits for the descriptor. false: the time is over in which the run has to end. */
static bool await(struct db_wait *wait, int fd, short events)
{
    int64_t left;
    while ((left = limits_ending_ms(wait->limits, &wait->noticed)) > 0)
        if (limits_await(left == INT64_MAX ? wait->limits : &LIMITS_NONE, fd, events, left))
            return true;
    return false;
}

/* Connecting */

static atomic_bool left_any;

bool db_wait_left_any(void)
{
    return atomic_load(&left_any);
}

enum { TEXTS = 5 };

struct connecting {
    struct st_mysql *mysql;
    struct db_login login;
    char *texts[TEXTS];  /* those of the login */
    int ended;           /* an eventfd */
    bool connected;      /* once it has ended */
    atomic_bool settled; /* by whoever is first: it has ended, or was left behind */
};

static void connecting_free(struct connecting *c)
{
    for (int i = 0; i < TEXTS; i++) {
        if (c->texts[i]) /* the password is one of them */
            explicit_bzero(c->texts[i], strlen(c->texts[i]));
        free(c->texts[i]);
    }
    if (c->ended >= 0)
        close(c->ended);
    free(c);
}

static struct connecting *connecting_new(struct st_mysql *mysql, const struct db_login *login)
{
    struct connecting *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->mysql = mysql;
    c->login = *login;
    c->ended = eventfd(0, EFD_CLOEXEC);
    const char **const texts[TEXTS] = {&c->login.host, &c->login.user, &c->login.password,
                                       &c->login.database, &c->login.socket};
    bool complete = c->ended >= 0;
    for (int i = 0; i < TEXTS; i++) {
        if (!*texts[i])
            continue;
        c->texts[i] = strdup(*texts[i]);
        *texts[i] = c->texts[i];
        complete &= c->texts[i] != NULL;
    }
    if (complete)
        return c;
    connecting_free(c);
    return NULL;
}

static bool log_in(struct st_mysql *mysql, const struct db_login *login)
{
    return mysql_real_connect(mysql, login->host, login->user, login->password, login->database,
                              login->port, login->socket, login->flags) != NULL;
}

static void *connect_here(void *context)
{
    struct connecting *c = context;
    c->connected = log_in(c->mysql, &c->login);
    if (atomic_exchange(&c->settled, true)) {
        mysql_close(c->mysql);
        connecting_free(c);
    } else {
        eventfd_write(c->ended, 1);
    }
    return NULL;
}

static enum db_wait_outcome await_login(struct db_wait *wait, struct connecting *c,
                                        pthread_t thread)
{
    await(wait, c->ended, POLLIN);
    if (!atomic_exchange(&c->settled, true)) {
        atomic_store(&left_any, true);
        pthread_detach(thread);
        return DB_WAIT_LEFT;
    }
    pthread_join(thread, NULL);
    bool connected = c->connected;
    connecting_free(c);
    return connected ? DB_WAIT_CONNECTED : DB_WAIT_REFUSED;
}

enum db_wait_outcome db_wait_connect(struct db_wait *wait, struct st_mysql *mysql,
                                     const struct db_login *login)
{
    pthread_t thread;
    struct connecting *c = wait->limits ? connecting_new(mysql, login) : NULL;
    if (c && thread_start(&thread, connect_here, c))
        return await_login(wait, c, thread);
    if (c)
        connecting_free(c);
    return log_in(mysql, login) ? DB_WAIT_CONNECTED : DB_WAIT_REFUSED;
}

/* Watching */

static void *watch_here(void *context)
{
    struct db_wait *wait = context;
    if (await(wait, wait->fd, 0))
        return NULL; /* the connection is over, and keeps nobody waiting */
    wait->cut = true;
    shutdown(wait->fd, SHUT_RDWR);
    return NULL;
}

void db_wait_watch(struct db_wait *wait, struct st_mysql *mysql)
{
    if (!wait->limits)
        return;
    wait->cut = false;
    wait->fd = fcntl((int)mysql_get_socket(mysql), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    wait->watching = wait->fd >= 0 && thread_start(&wait->watcher, watch_here, wait);
}

void db_wait_unwatch(struct db_wait *wait)
{
    if (wait->watching) {
        shutdown(wait->fd, SHUT_RDWR); /* this ends the watcher's wait */
        pthread_join(wait->watcher, NULL);
    }
    if (wait->fd >= 0)
        close(wait->fd);
    wait->watching = false;
    wait->fd = -1;
}

bool db_wait_cut(const struct db_wait *wait)
{
    return wait->cut;
}
