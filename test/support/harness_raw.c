/* harness_raw: accepting, reading heads of requests, writing bytes. */
#include "harness_raw.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SAY_MAX = 64 * 1024 };

void raw_sleep_ms(int ms)
{
    struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
    nanosleep(&pause, NULL);
}

bool raw_bytes(int fd, const void *bytes, size_t n)
{
    const char *p = bytes;
    while (n > 0) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        p += sent;
        n -= (size_t)sent;
    }
    return true;
}

bool raw_say(int fd, const char *format, ...)
{
    static char text[SAY_MAX];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n < 0 || n >= SAY_MAX)
        abort();
    return raw_bytes(fd, text, (size_t)n);
}

bool raw_answer(int fd, int status, const char *headers, const char *body)
{
    return raw_say(fd, "HTTP/1.1 %d Status\r\n%sContent-Length: %zu\r\n\r\n", status, headers,
                   strlen(body)) &&
           raw_bytes(fd, body, strlen(body));
}

bool raw_json(int fd, int status, const char *body)
{
    return raw_answer(fd, status, "Content-Type: application/json; charset=UTF-8\r\n", body);
}

bool raw_reset(int fd)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    return false;
}

int64_t raw_number(const char *request, const char *name)
{
    size_t n = strlen(name), line = strcspn(request, "\r\n");
    for (const char *p = request; (p = strstr(p, name)) && p < request + line; p++)
        if ((p[-1] == '?' || p[-1] == '&') && p[n] == '=')
            return strtoll(p + n + 1, NULL, 10);
    return 0;
}

/* Is it a whole record of TLS (RFC 8446 5.1), by which a handshake begins? */
static bool is_hello(const char *head, size_t n)
{
    enum { HEADER = 5, HANDSHAKE = 22 };
    const unsigned char *byte = (const unsigned char *)head;
    return n > HEADER && byte[0] == HANDSHAKE && n == HEADER + ((size_t)byte[3] << 8 | byte[4]);
}

/* Reads the head of a request; false at the connection's end. */
static bool read_head(int fd, char *head, size_t size)
{
    size_t n = 0;
    while (n + 1 < size) {
        ssize_t got = recv(fd, head + n, 1, 0);
        if (got <= 0)
            return false;
        head[++n] = '\0';
        if (is_hello(head, n) || (n >= 4 && strcmp(head + n - 4, "\r\n\r\n") == 0))
            return true;
    }
    abort();
}

static void converse(int fd, struct raw_seen *seen, raw_reply *reply)
{
    char head[RAW_REQUEST_SIZE];
    bool more = true;
    while (more && read_head(fd, head, sizeof head)) {
        int n = ++seen->requests, active = ++seen->active;
        if (n <= RAW_REQUESTS)
            memcpy(seen->request[n - 1], head, sizeof head);
        int most = seen->most_active;
        while (active > most && !atomic_compare_exchange_weak(&seen->most_active, &most, active))
            ;
        struct raw_call call = {.fd = fd, .n = n, .request = head, .seen = seen};
        more = reply(&call);
        seen->active--;
    }
}

static void die_with(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
}

static void serve(int listener, struct raw_seen *seen, raw_reply *reply)
{
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0 && errno != EINTR && errno != ECONNABORTED)
            _exit(1);
        if (fd < 0)
            continue;
        seen->connections++;
        pid_t self = getpid();
        if (fork() == 0) {
            die_with(self);
            close(listener);
            converse(fd, seen, reply);
            close(fd);
            _exit(0);
        }
        close(fd);
    }
}

void raw_start(struct raw *raw, raw_reply *reply)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    struct sockaddr *generic = (struct sockaddr *)&address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, generic, size), 0);
    assert_int_equal(listen(listener, 64), 0);
    assert_int_equal(getsockname(listener, generic, &size), 0);
    raw->port = ntohs(address.sin_port);
    raw->seen =
        mmap(NULL, sizeof *raw->seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(raw->seen != MAP_FAILED);
    pid_t self = getpid();
    raw->pid = fork();
    assert_int_not_equal(raw->pid, -1);
    if (raw->pid == 0) {
        die_with(self);
        serve(listener, raw->seen, reply);
    }
    close(listener);
}

void raw_stop(struct raw *raw)
{
    if (raw->pid > 0) {
        kill(raw->pid, SIGKILL); /* its connections' processes die with it */
        waitpid(raw->pid, NULL, 0);
        munmap(raw->seen, sizeof *raw->seen);
    }
    raw->pid = 0;
}
