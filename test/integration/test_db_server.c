/* test_db_server: is the database server the one that is meant, and what may it ask for? Servers
 * with TLS, good and bad, and one that is a thief. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness_process.h"
#include "harness_tls.h"

/* TLS */

/* A second server, with this certificate; its port. */
static int server_with(struct harness *h, const char *name, const char *authority)
{
    const char *const options[] = {harness_text(h, "--ssl-cert=%s/%s.pem", h->dir, name),
                                   harness_text(h, "--ssl-key=%s/%s.key", h->dir, name),
                                   harness_text(h, "--ssl-ca=%s/%s.pem", h->dir, authority), NULL};
    return harness_second_server(h, "tls", options);
}

enum line { ENCRYPTED, PLAIN, REFUSED };

/* Tries to connect to `host`; the error says why that was refused. */
static enum line connect_to(struct harness *h, int port, const char *host, const char *ca,
                            enum db_verify verify, struct error *error)
{
    struct db_options options = {.hosts = harness_text(h, "%s", host),
                                 .port = port,
                                 .user = harness_text(h, "test"),
                                 .ssl_ca = ca ? harness_text(h, "%s/%s.pem", h->dir, ca) : NULL,
                                 .ssl_verify = verify,
                                 .timeout_s = 10};
    struct db *db = NULL;
    struct db_result *result = NULL;
    enum line line = REFUSED;
    secret_set(&options.password, "test", 4, SECRET_KEEP_SPACE);
    if (db_open(&db, &options, 0, NULL, error) == 0) {
        assert_int_equal(db_query(db, "SHOW STATUS LIKE 'Ssl_cipher'", NULL, &result, error), 0);
        line = *db_row(result)[1].text ? ENCRYPTED : PLAIN;
    }
    db_result_free(result);
    db_close(db);
    secret_release(&options.password);
    return line;
}

/* Connects to `host`; says NULL: that works, and is encrypted, "": and is not; otherwise what is
 * wrong. */
static void connects(struct harness *h, int port, const char *host, const char *ca,
                     enum db_verify verify, const char *says)
{
    struct error error = ERROR_INIT;
    enum line expected = !says ? ENCRYPTED : *says ? REFUSED : PLAIN;
    enum line line = connect_to(h, port, host, ca, verify, &error);
    if (line != expected || (line == REFUSED && !strcasestr(error.message, says)))
        fail_msg("%s, %s: %s", host, ca ? ca : "no authority", error.message);
}

static void test_tls(void **state)
{
    struct harness *h = *state;
    tls_authority(h, "ours");
    tls_authority(h, "theirs");
    tls_certificate(h, "server", "DNS:localhost,IP:127.0.0.1", "ours");
    int port = server_with(h, "server", "ours");
    connects(h, port, "127.0.0.1", "ours", DB_VERIFY_YES, NULL);
    connects(h, port, "127.0.0.1", "theirs", DB_VERIFY_YES, "certificate");
    connects(h, port, "127.0.0.1", NULL, DB_VERIFY_YES, "certificate");
    connects(h, port, "127.0.0.1", NULL, DB_VERIFY_AUTO, NULL);
    connects(h, port, "127.0.0.1", "ours", DB_VERIFY_AUTO, NULL);
    connects(h, port, "127.0.0.1", "theirs", DB_VERIFY_AUTO, "certificate");
    connects(h, port, "127.0.0.1", NULL, DB_VERIFY_NO, NULL);
    connects(h, port, "127.0.0.1", "theirs", DB_VERIFY_NO, NULL);
    /* 0.0.0.0 reaches this machine, but is none of its names: as a remote host, and not the one
     * that the certificate is for. */
    connects(h, port, "0.0.0.0", "ours", DB_VERIFY_AUTO, "ssl");
    connects(h, port, "0.0.0.0", "ours", DB_VERIFY_YES, "ssl");
    connects(h, port, "0.0.0.0", "theirs", DB_VERIFY_AUTO, "certificate");
    connects(h, port, "0.0.0.0", NULL, DB_VERIFY_AUTO, "certificate");
    connects(h, port, "0.0.0.0", "ours", DB_VERIFY_NO, NULL);
    connects(h, port, "0.0.0.0", "theirs", DB_VERIFY_NO, NULL);
    connects(h, port, "0.0.0.0", "ours", DB_VERIFY_CA, NULL);
    connects(h, port, "0.0.0.0", "theirs", DB_VERIFY_CA, "certificate");
    connects(h, port, "0.0.0.0", NULL, DB_VERIFY_CA, "certificate");
}

/* If TLS cannot be had as asked for, there is no connection. */
static void test_a_server_without_tls(void **state)
{
    struct harness *h = *state;
    const char *const options[] = {harness_dialect(h, "--skip-ssl", "--tls-version="), NULL};
    int port = harness_second_server(h, "plain", options);
    tls_authority(h, "ours");
    connects(h, port, "127.0.0.1", "ours", DB_VERIFY_AUTO, "required");
    connects(h, port, "127.0.0.1", "ours", DB_VERIFY_CA, "required");
    connects(h, port, "127.0.0.1", "ours", DB_VERIFY_YES, "required");
    connects(h, port, "127.0.0.1", NULL, DB_VERIFY_YES, "required");
    connects(h, port, "0.0.0.0", NULL, DB_VERIFY_AUTO, "required");
    if (h->mysql) /* its accounts give no password to a server over an open line */
        return;
    connects(h, port, "127.0.0.1", NULL, DB_VERIFY_AUTO, "");
    connects(h, port, "0.0.0.0", NULL, DB_VERIFY_NO, "");
}

/* 127.0.0.1.example.com is anybody's: what only begins like a local address is none. 127.1 stands
 * for such a name here, since it needs no resolver. */
static void test_names_that_look_local(void **state)
{
    struct harness *h = *state;
    connects(h, h->port, "127.1", NULL, DB_VERIFY_AUTO, "ssl");
}

/* A thief: it speaks the protocol, and answers the first statement by asking for a file. */

enum { HEARD_SIZE = 1 << 16, PACKET_MAX = 1 << 16 };

struct heard {
    size_t n;
    int asked; /* for how many files */
    char bytes[HEARD_SIZE];
};

static void say(int fd, int number, const void *payload, size_t n)
{
    unsigned char head[4] = {(unsigned char)n, (unsigned char)(n >> 8), 0, (unsigned char)number};
    if (write(fd, head, 4) != 4 || write(fd, payload, n) != (ssize_t)n)
        _exit(0);
}

static bool read_exactly(int fd, void *to, size_t n)
{
    for (size_t got = 0; got < n;) {
        ssize_t more = read(fd, (char *)to + got, n - got);
        if (more <= 0)
            return false;
        got += (size_t)more;
    }
    return true;
}

/* Reads a packet into `heard`; its number, -1 at the end. */
static int hear(int fd, struct heard *heard)
{
    unsigned char head[4];
    if (!read_exactly(fd, head, 4))
        return -1;
    size_t n = head[0] | (size_t)head[1] << 8;
    if (heard->n + n > HEARD_SIZE || !read_exactly(fd, heard->bytes + heard->n, n))
        return -1;
    heard->n += n;
    return head[3];
}

static void rob(int fd, const char *path, struct heard *heard)
{
    /* Protocol 10, a version, thread 1, salt, all that an old server can do, mysql_native_password.
     */
    static const char GREETING[] = "\x0A"
                                   "5.7.99\0\1\0\0\0"
                                   "saltsalt\0\xFF\xF7\x21\2\0\x0F\x80\x15"
                                   "\0\0\0\0\0\0\0\0\0\0"
                                   "saltsaltsalt\0mysql_native_password";
    static const char OK[] = "\0\0\0\2\0\0";
    char wish[256] = "\xFB";
    strcpy(wish + 1, path);
    say(fd, 0, GREETING, sizeof GREETING);
    int number = hear(fd, heard);
    say(fd, number + 1, OK, sizeof OK);
    while ((number = hear(fd, heard)) >= 0) {
        heard->asked++;
        say(fd, number + 1, wish, strlen(wish));
        while ((number = hear(fd, heard)) >= 2) /* the file, until an empty packet */
            ;
        if (number < 0)
            break;
    }
}

static void test_thief(void **state)
{
    struct harness *h = *state;
    const char *path = harness_file(h, "private", "the private line of a file\n");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 4), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    struct heard *heard =
        mmap(NULL, sizeof *heard, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t thief = fork();
    if (thief == 0) {
        rob(accept(listener, NULL, NULL), path, heard);
        _exit(0);
    }
    close(listener);
    struct db_options options = {.hosts = harness_text(h, "127.0.0.1"),
                                 .port = ntohs(address.sin_port),
                                 .user = harness_text(h, "test"),
                                 .timeout_s = 3};
    struct error error = ERROR_INIT;
    struct db *db = NULL;
    int done = db_open(&db, &options, 0, NULL, &error);
    db_close(db);
    kill(thief, SIGKILL);
    waitpid(thief, NULL, 0);
    int asked = heard->asked;
    bool robbed = memmem(heard->bytes, heard->n, "private line", 12) != NULL;
    munmap(heard, sizeof *heard);
    assert_int_equal(done, -1);
    assert_true(asked > 0);
    assert_false(robbed);
}

/* Of several hosts none can be written to: one that can be read does, for status and for waiting.
 */
static void test_hosts_that_are_read_only(void **state)
{
    struct harness *h = *state;
    struct error error = ERROR_INIT;
    harness_sql(h, "SET GLOBAL read_only = 1");
    assert_int_not_equal(connect_to(h, h->port, "127.0.0.1, 127.0.0.1", NULL, DB_VERIFY_NO, &error),
                         REFUSED);
    harness_sql(h, "SET GLOBAL read_only = 0");
}

/* A primary that steps down during an import, and one that follows it, after a while. */
static void test_a_primary_that_steps_down(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 600, "per_page = 20\ndate_filter = 2000-01-01\n", NULL, NULL);
    harness_fault(h, "'kind':'delay_ms','match':'/tickets','ms':50");
    struct process *run = harness_sync_start(h, "-v", NULL);
    sync_wait_until(h, "SELECT COUNT(*) > 100 FROM fluent_tickets");
    harness_sql(h, "SET GLOBAL read_only = 1");
    harness_value(h, "SELECT SLEEP(4)");
    harness_sql(h, "SET GLOBAL read_only = 0");
    struct outcome outcome = harness_wait(h, run);
    sync_expect(outcome, 0);
    sync_says(outcome.err, "read-only");
    sync_says(outcome.err, "tried again");
    assert_string_equal(sync_last(h, "CONCAT(last_sync_status, tickets_added = tickets_fetched)"),
                        "success1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(test_tls),
        HARNESS_TEST(test_a_server_without_tls),
        HARNESS_TEST(test_names_that_look_local),
        HARNESS_TEST(test_thief),
        HARNESS_TEST(test_hosts_that_are_read_only),
        SYNC_TEST(test_a_primary_that_steps_down),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
