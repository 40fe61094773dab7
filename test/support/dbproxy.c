/* dbproxy: a TCP proxy on loopback in front of a MariaDB, which fails at the statement it is told.
 *
 * dbproxy --target PORT --port-file FILE --report FILE [options]    serves until SIGTERM
 *   --port-file FILE   written with the port once connections are accepted
 *   --report FILE      written at each fault and at the end: "commands N\nmatched N\nfaults N\n"
 *   --log FILE         a line per command: its number, its connection's, the statement
 *   --match TEXT       only commands whose statement has TEXT ("^TEXT": begins with it) are
 * matched; given several times: any of them; not given: all commands. A prepared statement that is
 * executed has the text that was prepared
 *   --at K --times N   the fault happens to the K-th matched command and the N - 1 after it
 *                      (defaults 1 and 1; --times 0: to all after it; --at 0: from the beginning)
 *   --fault KIND       by default none:
 *     before           the connection is reset, the server never sees the command
 *     gone             the same, but closed properly
 *     after            the server executes it, then the connection is reset instead of an answer
 *     error            the answer is --error NUMBER --state SQLSTATE --message TEXT; the server
 *                      never sees the command
 *     stall            no answer, ever; with --times 0 new connections are not answered either
 *     hold             the command waits until the file --release exists
 *     late             the connection is reset; the server gets the command --ms later, as if it
 *                      had been on its way, and its session ends then
 *     refuse           all connections are reset and new ones refused, for --ms (0: for ever)
 *     full             all connections are reset; N new ones are greeted with the error
 *     inject           the server executes --sql first, in the same session
 *
 * Commands that have no answer (close a statement, quit) pass by and are not counted. The client
 * does not learn that the server offers TLS; they must not use compression with each other.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    LINKS_MAX = 64,
    PREPARED_MAX = 32,
    MATCHES_MAX = 8,
    TEXT_SIZE = 200,
    HEADER = 4,
    CHUNK = 65536,
    TICK_MS = 10,
};
enum {
    COM_QUIT = 1,
    COM_QUERY = 3,
    COM_STMT_PREPARE = 0x16,
    COM_STMT_EXECUTE = 0x17,
    COM_STMT_SEND_LONG_DATA = 0x18,
    COM_STMT_CLOSE = 0x19,
};

enum kind { NONE, BEFORE, GONE, AFTER, ERROR, STALL, HOLD, LATE, REFUSE, FULL, INJECT };
static const char *const KINDS[] = {
    [NONE] = "none",     [BEFORE] = "before", [GONE] = "gone",    [AFTER] = "after",
    [ERROR] = "error",   [STALL] = "stall",   [HOLD] = "hold",    [LATE] = "late",
    [REFUSE] = "refuse", [FULL] = "full",     [INJECT] = "inject"};

struct prepared {
    uint32_t id;
    char text[TEXT_SIZE];
};

/* A client and its session at the server. */
struct link {
    bool used;
    int number, client, server; /* -1: closed */
    unsigned char *in;          /* read from the client, not yet passed on */
    size_t in_len, in_size;
    char text[TEXT_SIZE]; /* of the command being answered */
    bool preparing;       /* its answer tells a statement's id */
    bool greeted;         /* the server has said who it is */
    bool answer_lost;     /* the server's answer ends the connection */
    bool silent;          /* nothing is passed on any more */
    bool held;            /* a command waits for the file */
    bool passing;         /* the command has been judged: pass it on */
    int64_t late_ms;      /* when the command goes to the server; 0: not late */
    struct prepared prepared[PREPARED_MAX];
    size_t next_prepared;
};

static struct {
    int target;
    const char *port_file, *report, *log, *release, *sql, *state, *message;
    const char *matches[MATCHES_MAX];
    size_t match_count;
    enum kind kind;
    long at, times, ms, error;
} options = {.at = 1, .times = 1, .state = "HY000", .message = "no"};

static struct link links[LINKS_MAX];
static int listener = -1, port;
static int64_t refused_until; /* INT64_MAX: for ever */
static bool deaf;             /* new connections get no greeting */
static long full;             /* so many connections get an error instead; -1: all */
static long commands, matched, faults, connections;
static FILE *log_file;
static volatile sig_atomic_t ended;

static void end(int signal)
{
    ended = signal;
}

static void die(const char *what)
{
    fprintf(stderr, "dbproxy: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Whole, by rename: whoever waits for the file reads all of it. */
static void write_file(const char *path, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void write_file(const char *path, const char *format, ...)
{
    char new_path[4096];
    snprintf(new_path, sizeof new_path, "%s.new", path);
    FILE *file = fopen(new_path, "we");
    if (!file)
        die(path);
    va_list args;
    va_start(args, format);
    vfprintf(file, format, args);
    va_end(args);
    if (fclose(file) == EOF || rename(new_path, path) < 0)
        die(path);
}

static void report(void)
{
    write_file(options.report, "commands %ld\nmatched %ld\nfaults %ld\n", commands, matched,
               faults);
}

/* Sockets */

static struct sockaddr_in loopback(int number)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)number),
                                .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

static void listen_again(void)
{
    struct sockaddr_in address = loopback(port);
    socklen_t size = sizeof address;
    int on = 1;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (const struct sockaddr *)&address, size) < 0 || listen(listener, 64) < 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) < 0)
        die("listen");
    port = ntohs(address.sin_port);
}

static void send_at_once(int fd)
{
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static bool write_all(int fd, const unsigned char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        n -= (size_t)sent;
    }
    return true;
}

static void close_end(int *fd, bool reset)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    if (*fd < 0)
        return;
    if (reset)
        setsockopt(*fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(*fd);
    *fd = -1;
}

static void close_link(struct link *l, bool reset)
{
    close_end(&l->client, reset);
    close_end(&l->server, false);
    free(l->in);
    *l = (struct link){.client = -1, .server = -1};
}

static void reset_all(void)
{
    for (size_t i = 0; i < LINKS_MAX; i++)
        if (links[i].used)
            close_link(&links[i], true);
}

/* Packets */

static void send_error(int fd, unsigned char sequence, bool greeting)
{
    unsigned char packet[512];
    /* Before the handshake there is no SQLSTATE. */
    int n = snprintf((char *)packet + 7, sizeof packet - 7, "%s%s%s", greeting ? "" : "#",
                     greeting ? "" : options.state, options.message);
    size_t length = (size_t)n + 3;
    packet[0] = (unsigned char)length;
    packet[1] = (unsigned char)(length >> 8);
    packet[2] = 0;
    packet[3] = sequence;
    packet[4] = 0xff;
    packet[5] = (unsigned char)options.error;
    packet[6] = (unsigned char)(options.error >> 8);
    write_all(fd, packet, length + HEADER);
}

static size_t packet_length(const unsigned char *p)
{
    return (size_t)p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16;
}

static uint32_t read_id(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Runs a statement of ours in the client's session; its answer is a single packet. */
static void inject(const struct link *l)
{
    unsigned char packet[1024];
    size_t n = strlen(options.sql);
    if (n > sizeof packet - HEADER - 1)
        die("--sql");
    packet[0] = (unsigned char)(n + 1);
    packet[1] = (unsigned char)((n + 1) >> 8);
    packet[2] = packet[3] = 0;
    packet[4] = COM_QUERY;
    memcpy(packet + 5, options.sql, n);
    if (!write_all(l->server, packet, n + 1 + HEADER) ||
        recv(l->server, packet, sizeof packet, 0) < HEADER + 1 || packet[4] != 0)
        die("the injected statement failed");
}

/* The statement of a command: that which is executed, for a prepared one. */
static void read_text(struct link *l, const unsigned char *packet, size_t length)
{
    const unsigned char *body = packet + HEADER + 1;
    size_t n = length - 1;
    l->preparing = packet[HEADER] == COM_STMT_PREPARE;
    snprintf(l->text, sizeof l->text, "command %d", packet[HEADER]);
    if (packet[HEADER] == COM_QUERY || l->preparing)
        snprintf(l->text, sizeof l->text, "%.*s", (int)(n < TEXT_SIZE ? n : TEXT_SIZE), body);
    for (size_t i = 0; packet[HEADER] == COM_STMT_EXECUTE && n >= 4 && i < PREPARED_MAX; i++)
        if (l->prepared[i].text[0] && l->prepared[i].id == read_id(body))
            memcpy(l->text, l->prepared[i].text, sizeof l->text);
}

/* The first packet of the answer to a PREPARE: 0, then the id. */
static void remember_prepared(struct link *l, const unsigned char *answer, size_t n)
{
    if (n < HEADER + 5 || answer[HEADER] != 0)
        return;
    struct prepared *p = &l->prepared[l->next_prepared++ % PREPARED_MAX];
    p->id = read_id(answer + HEADER + 1);
    memcpy(p->text, l->text, sizeof p->text);
}

static bool is_matched(const char *text)
{
    for (size_t i = 0; i < options.match_count; i++) {
        const char *match = options.matches[i];
        if (*match == '^' ? strncmp(text, match + 1, strlen(match + 1)) == 0
                          : strstr(text, match) != NULL)
            return true;
    }
    return options.match_count == 0;
}

/* Faults */

static void strike_server(void)
{
    reset_all();
    if (options.kind == FULL) {
        full = options.times ? options.times : -1;
        return;
    }
    close_end(&listener, false);
    refused_until = options.ms ? now_ms() + options.ms : INT64_MAX;
}

/* Does to the command what was asked for; true: it is to be passed on now. */
static bool strike(struct link *l, unsigned char sequence)
{
    faults++;
    report();
    switch (options.kind) {
    case BEFORE:
    case GONE:
        close_link(l, options.kind == BEFORE);
        return false;
    case ERROR:
        send_error(l->client, (unsigned char)(sequence + 1), false);
        return false;
    case STALL:
        l->silent = true;
        deaf = options.times == 0;
        return false;
    case HOLD:
        l->held = true;
        return false;
    case LATE:
        close_end(&l->client, true);
        l->late_ms = now_ms() + options.ms;
        return false;
    case REFUSE:
    case FULL:
        strike_server();
        return false;
    case AFTER:
        l->answer_lost = true;
        return true;
    case INJECT:
        inject(l);
        return true;
    default:
        return true;
    }
}

/* Whether this command is to be passed on now. If not, it was kept for later, refused with an
 * error, left without an answer, or its link was cut. */
static bool judge(struct link *l, const unsigned char *packet, size_t length)
{
    unsigned char command = length ? packet[HEADER] : 0;
    if (packet[3] != 0 || !length || command == COM_QUIT || command == COM_STMT_CLOSE ||
        command == COM_STMT_SEND_LONG_DATA)
        return true; /* of the handshake, or without an answer */
    read_text(l, packet, length);
    commands++;
    if (log_file)
        fprintf(log_file, "%ld %d %s\n", commands, l->number, l->text);
    if (!is_matched(l->text))
        return true;
    matched++;
    if (options.kind == NONE || matched < options.at ||
        (options.times && options.kind != FULL && matched >= options.at + options.times) ||
        (options.kind >= REFUSE && options.kind <= FULL && faults > 0))
        return true;
    return strike(l, packet[3]);
}

/* Passing on */

static void take_in(struct link *l)
{
    if (l->in_size - l->in_len < CHUNK) {
        l->in_size = l->in_size * 2 + CHUNK;
        l->in = realloc(l->in, l->in_size);
        if (!l->in)
            die("memory");
    }
    ssize_t n = recv(l->client, l->in + l->in_len, l->in_size - l->in_len, 0);
    if (n <= 0)
        close_link(l, false);
    else
        l->in_len += (size_t)n;
}

/* Takes the offer of TLS out of the server's greeting (protocol 10): behind the version, which ends
 * with a NUL, stand the connection's number, 8 bytes, a NUL and the capabilities. */
static void hide_tls(unsigned char *greeting, size_t n)
{
    enum { CAPABILITIES = 4 + 8 + 1, SSL_OF_SECOND_BYTE = 0x08 };
    unsigned char *end = n > HEADER + 1 && greeting[HEADER] == 10
                             ? memchr(greeting + HEADER + 1, 0, n - HEADER - 1)
                             : NULL;
    if (end && (size_t)(end - greeting) + 1 + CAPABILITIES + 1 < n)
        end[1 + CAPABILITIES + 1] &= (unsigned char)~SSL_OF_SECOND_BYTE;
}

/* Passes whole packets on, as far as they may. */
static void pass_packets(struct link *l)
{
    while (l->used && !l->silent && !l->held && !l->late_ms && l->in_len >= HEADER) {
        size_t length = packet_length(l->in), whole = length + HEADER;
        if (l->in_len < whole)
            return;
        bool pass = l->passing || judge(l, l->in, length);
        if (!l->used || l->held || l->late_ms || l->silent)
            return;
        l->passing = false;
        if (pass && !write_all(l->server, l->in, whole)) {
            close_link(l, true);
            return;
        }
        l->in_len -= whole;
        memmove(l->in, l->in + whole, l->in_len);
    }
}

static void take_answer(struct link *l)
{
    unsigned char chunk[CHUNK];
    ssize_t n = recv(l->server, chunk, sizeof chunk, 0);
    if (n <= 0 && l->held)
        close_end(&l->server, false); /* the client learns it when its command goes on */
    else if (n <= 0 || l->answer_lost || l->client < 0)
        close_link(l, l->answer_lost);
    else {
        if (!l->greeted)
            hide_tls(chunk, (size_t)n);
        l->greeted = true;
        if (l->preparing)
            remember_prepared(l, chunk, (size_t)n);
        l->preparing = false;
        if (!write_all(l->client, chunk, (size_t)n))
            close_link(l, true);
    }
}

/* What waited for its time. */
static void go_on(struct link *l)
{
    if (l->held && access(options.release, F_OK) == 0) {
        l->held = false;
        l->passing = true;
        if (l->server < 0)
            close_link(l, false);
        else
            pass_packets(l);
    }
    if (l->late_ms && now_ms() >= l->late_ms) {
        l->late_ms = 0;
        if (!write_all(l->server, l->in, packet_length(l->in) + HEADER))
            close_link(l, false);
    }
}

static void take_connection(void)
{
    int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (client < 0)
        return;
    connections++;
    if (full) {
        send_error(client, 0, true);
        close_end(&client, false);
        full -= full > 0;
        return;
    }
    struct link *l = links;
    while (l < links + LINKS_MAX && l->used)
        l++;
    if (l == links + LINKS_MAX)
        die("too many connections");
    struct sockaddr_in address = loopback(options.target);
    int server = deaf ? -1 : socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (!deaf && connect(server, (const struct sockaddr *)&address, sizeof address) < 0)
        die("the server");
    send_at_once(client);
    send_at_once(server);
    *l = (struct link){.used = true,
                       .number = (int)connections,
                       .client = client,
                       .server = server,
                       .silent = deaf};
}

static void serve_once(void)
{
    struct pollfd fds[2 * LINKS_MAX + 1];
    for (size_t i = 0; i < LINKS_MAX; i++) {
        const struct link *l = &links[i];
        bool wants = l->used && !l->held && !l->late_ms;
        fds[2 * i] = (struct pollfd){.fd = wants ? l->client : -1, .events = POLLIN};
        fds[2 * i + 1] = (struct pollfd){.fd = l->used ? l->server : -1, .events = POLLIN};
    }
    fds[2 * LINKS_MAX] = (struct pollfd){.fd = listener, .events = POLLIN};
    if (poll(fds, 2 * LINKS_MAX + 1, TICK_MS) < 0)
        return;
    for (size_t i = 0; i < LINKS_MAX; i++) {
        struct link *l = &links[i];
        if (l->used && l->server >= 0 && fds[2 * i + 1].revents)
            take_answer(l);
        if (l->used && l->client >= 0 && fds[2 * i].revents) {
            take_in(l);
            pass_packets(l);
        }
        if (l->used)
            go_on(l);
    }
    if (listener >= 0 && fds[2 * LINKS_MAX].revents)
        take_connection();
    if (listener < 0 && now_ms() >= refused_until)
        listen_again();
}

/* The command line */

static const struct option LONG[] = {{"target", required_argument, NULL, 't'},
                                     {"port-file", required_argument, NULL, 'p'},
                                     {"report", required_argument, NULL, 'r'},
                                     {"log", required_argument, NULL, 'l'},
                                     {"match", required_argument, NULL, 'm'},
                                     {"at", required_argument, NULL, 'a'},
                                     {"times", required_argument, NULL, 'n'},
                                     {"fault", required_argument, NULL, 'f'},
                                     {"error", required_argument, NULL, 'e'},
                                     {"state", required_argument, NULL, 's'},
                                     {"message", required_argument, NULL, 'M'},
                                     {"ms", required_argument, NULL, 'w'},
                                     {"release", required_argument, NULL, 'R'},
                                     {"sql", required_argument, NULL, 'q'},
                                     {NULL, 0, NULL, 0}};

static enum kind kind_of(const char *name)
{
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (strcmp(KINDS[i], name) == 0)
            return (enum kind)i;
    fprintf(stderr, "dbproxy: no such fault: %s\n", name);
    exit(2);
}

static void add_match(const char *text)
{
    if (options.match_count == MATCHES_MAX)
        exit(2);
    options.matches[options.match_count++] = text;
}

static bool set_text(int option, const char *value)
{
    const char **const texts[] = {&options.port_file, &options.report,  &options.log,
                                  &options.state,     &options.message, &options.release,
                                  &options.sql};
    const char *at = strchr("prlsMRq", option);
    if (at)
        *texts[at - "prlsMRq"] = value;
    return at != NULL;
}

static void read_options(int argc, char **argv)
{
    for (int option; (option = getopt_long(argc, argv, "", LONG, NULL)) != -1;) {
        long number = optarg ? strtol(optarg, NULL, 10) : 0;
        if (option == 't')
            options.target = (int)number;
        else if (option == 'a')
            options.at = number;
        else if (option == 'n')
            options.times = number;
        else if (option == 'e')
            options.error = number;
        else if (option == 'w')
            options.ms = number;
        else if (option == 'm')
            add_match(optarg);
        else if (option == 'f')
            options.kind = kind_of(optarg);
        else if (!set_text(option, optarg))
            exit(2);
    }
    if (!options.target || !options.port_file || !options.report)
        exit(2);
}

int main(int argc, char **argv)
{
    read_options(argc, argv);
    struct sigaction act = {.sa_handler = end};
    sigaction(SIGTERM, &act, NULL);
    if (options.log && !(log_file = fopen(options.log, "we")))
        die(options.log);
    for (size_t i = 0; i < LINKS_MAX; i++)
        links[i].client = links[i].server = -1;
    listen_again();
    int first_port = port;
    if (options.at == 0) {
        faults++;
        deaf = options.kind == STALL;
        if (options.kind == FULL || options.kind == REFUSE)
            strike_server();
    }
    write_file(options.port_file, "%d\n", first_port);
    while (!ended)
        serve_once();
    report();
    if (log_file)
        fclose(log_file);
    reset_all();
    return 0;
}
