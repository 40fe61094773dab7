/* db_wait: the thread that connects, and the thread that watches a connection. */
#include "io/db_wait.h"

#include <fcntl.h>
#include <mysql.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/thread.h"

void db_wait_init(struct db_wait *wait, const struct limits *limits)
{
    *wait = (struct db_wait){.limits = limits, .fd = -1};
    pthread_mutex_init(&wait->mutex, NULL);
    pthread_cond_init(&wait->wake, NULL);
}

void db_wait_release(struct db_wait *wait)
{
    pthread_cond_destroy(&wait->wake);
    pthread_mutex_destroy(&wait->mutex);
}

/* Waits for the condition until it is time to look at the limits again. */
static void nap(pthread_cond_t *wake, pthread_mutex_t *mutex)
{
    int64_t at = clock_monotonic_ms() + LIMITS_LOOK_MS;
    const struct timespec until = {.tv_sec = at / 1000, .tv_nsec = at % 1000 * 1000000};
    pthread_cond_clockwait(wake, mutex, CLOCK_MONOTONIC, &until);
}

/* Is the time over in which the run has to end? With the mutex held. */
static bool is_over(struct db_wait *wait)
{
    return limits_ending_ms(wait->limits, &wait->noticed) == 0;
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
    char *texts[TEXTS];    /* those of the login */
    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t wake;
    bool ended, connected, left;
};

static void connecting_free(struct connecting *c)
{
    for (int i = 0; i < TEXTS; i++) {
        if (c->texts[i]) /* the password is one of them */
            explicit_bzero(c->texts[i], strlen(c->texts[i]));
        free(c->texts[i]);
    }
    pthread_cond_destroy(&c->wake);
    pthread_mutex_destroy(&c->mutex);
    free(c);
}

static struct connecting *connecting_new(struct st_mysql *mysql, const struct db_login *login)
{
    struct connecting *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->mysql = mysql;
    c->login = *login;
    pthread_mutex_init(&c->mutex, NULL);
    pthread_cond_init(&c->wake, NULL);
    const char **const texts[TEXTS] = {&c->login.host, &c->login.user, &c->login.password,
                                       &c->login.database, &c->login.socket};
    for (int i = 0; i < TEXTS; i++) {
        if (!*texts[i])
            continue;
        c->texts[i] = strdup(*texts[i]);
        *texts[i] = c->texts[i];
        if (c->texts[i])
            continue;
        connecting_free(c);
        return NULL;
    }
    return c;
}

static bool log_in(struct st_mysql *mysql, const struct db_login *login)
{
    return mysql_real_connect(mysql, login->host, login->user, login->password, login->database,
                              login->port, login->socket, login->flags) != NULL;
}

static void *connect_here(void *context)
{
    struct connecting *c = context;
    bool connected = log_in(c->mysql, &c->login);
    pthread_mutex_lock(&c->mutex);
    c->ended = true;
    c->connected = connected;
    bool left = c->left;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->mutex);
    if (left) {
        mysql_close(c->mysql);
        connecting_free(c);
    }
    return NULL;
}

static enum db_wait_outcome await(struct db_wait *wait, struct connecting *c, pthread_t thread)
{
    pthread_mutex_lock(&c->mutex);
    while (!c->ended && !c->left) {
        nap(&c->wake, &c->mutex);
        pthread_mutex_lock(&wait->mutex);
        c->left = !c->ended && is_over(wait);
        pthread_mutex_unlock(&wait->mutex);
    }
    bool left = c->left, connected = c->connected;
    pthread_mutex_unlock(&c->mutex);
    if (left) {
        atomic_store(&left_any, true);
        pthread_detach(thread);
        return DB_WAIT_LEFT;
    }
    pthread_join(thread, NULL);
    connecting_free(c);
    return connected ? DB_WAIT_CONNECTED : DB_WAIT_REFUSED;
}

enum db_wait_outcome db_wait_connect(struct db_wait *wait, struct st_mysql *mysql,
                                     const struct db_login *login)
{
    pthread_t thread;
    struct connecting *c = wait->limits ? connecting_new(mysql, login) : NULL;
    if (c && thread_start(&thread, connect_here, c))
        return await(wait, c, thread);
    if (c)
        connecting_free(c);
    return log_in(mysql, login) ? DB_WAIT_CONNECTED : DB_WAIT_REFUSED;
}

/* Watching */

static void *watch_here(void *context)
{
    struct db_wait *wait = context;
    pthread_mutex_lock(&wait->mutex);
    while (!wait->stop && !wait->cut) {
        nap(&wait->wake, &wait->mutex);
        wait->cut = !wait->stop && is_over(wait);
    }
    if (wait->cut)
        shutdown(wait->fd, SHUT_RDWR);
    pthread_mutex_unlock(&wait->mutex);
    return NULL;
}

void db_wait_watch(struct db_wait *wait, struct st_mysql *mysql)
{
    if (!wait->limits)
        return;
    wait->stop = wait->cut = false;
    wait->fd = fcntl((int)mysql_get_socket(mysql), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    wait->watching = wait->fd >= 0 && thread_start(&wait->watcher, watch_here, wait);
}

void db_wait_unwatch(struct db_wait *wait)
{
    if (wait->watching) {
        pthread_mutex_lock(&wait->mutex);
        wait->stop = true;
        pthread_cond_signal(&wait->wake);
        pthread_mutex_unlock(&wait->mutex);
        pthread_join(wait->watcher, NULL);
    }
    if (wait->fd >= 0)
        close(wait->fd);
    wait->watching = false;
    wait->fd = -1;
}

bool db_wait_cut(struct db_wait *wait)
{
    pthread_mutex_lock(&wait->mutex);
    bool cut = wait->cut;
    pthread_mutex_unlock(&wait->mutex);
    return cut;
}
