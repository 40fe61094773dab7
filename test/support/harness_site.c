/* harness_site: the sample site: starting it, and telling it what to do. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness_process.h"

enum { ARGUMENTS_MAX = 32, ANSWER_MAX = 256 << 20 };

void harness_site(struct harness *h, const char *const *options)
{
    harness_site_stop(h);
    char *port_file = harness_text(h, "%s/site-port", h->dir);
    char *err = harness_text(h, "%s/site.err", h->dir);
    const char *argv[ARGUMENTS_MAX] = {BINARY_DIR "/test/sample-site",
                                       "--port-file",
                                       port_file,
                                       "--user",
                                       SITE_USER,
                                       "--password",
                                       SITE_PASSWORD};
    size_t n = 7;
    for (; options && *options && n < ARGUMENTS_MAX - 1; options++)
        argv[n++] = *options;
    unlink(port_file);
    h->site = process_spawn(h, argv, NULL, "/dev/null", err);
    while (access(port_file, R_OK) != 0 || (h->site_port = atoi(harness_read(h, port_file))) == 0) {
        if (waitpid(h->site, NULL, WNOHANG) == h->site) {
            h->site = 0;
            fail_msg("the sample site ended: %s", harness_read(h, err));
        }
        process_pause();
    }
}

void harness_site_of(struct harness *h, int tickets)
{
    const char *const options[] = {"--tickets", harness_text(h, "%d", tickets), NULL};
    harness_site(h, options);
}

void harness_site_stop(struct harness *h)
{
    process_end(&h->site, SIGTERM);
    h->site_port = 0;
}

void harness_turn_to(struct harness *h, int site)
{
    h->turned_from[h->turned_to].pid = h->site;
    h->turned_from[h->turned_to].port = h->site_port;
    h->turned_to = site;
    h->site = h->turned_from[site].pid;
    h->site_port = h->turned_from[site].port;
}

static int connect_site(const struct harness *h)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)h->site_port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        fail_msg("the sample site: %s", strerror(errno));
    return fd;
}

static char *read_all(struct harness *h, FILE *in)
{
    struct buf text;
    buf_init(&text, ANSWER_MAX);
    char chunk[16384];
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, in)) > 0;)
        buf_append(&text, chunk, n);
    char *copy = harness_text(h, "%s", buf_text(&text));
    buf_release(&text);
    return copy;
}

/* HTTP/1.0: the answer comes in one piece and ends with the connection. */
static char *control(struct harness *h, const char *method, const char *path, const char *body)
{
    FILE *site = fdopen(connect_site(h), "r+");
    if (!site)
        fail_msg("the sample site: %s", strerror(errno));
    fprintf(site,
            "%s /_control%s HTTP/1.0\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
            "Content-Length: %zu\r\n\r\n%s",
            method, path, h->site_port, strlen(body), body);
    fflush(site);
    char *answer = read_all(h, site), *end = strstr(answer, "\r\n\r\n");
    fclose(site);
    const char *status = strchr(answer, ' ');
    if (!status || strncmp(status, " 200 ", 5) != 0 || !end)
        fail_msg("%s: %s", body, answer);
    return end + 4;
}

/* JSON whose strings may stand in single quotes becomes JSON. */
static void quote_doubly(char *text)
{
    char quote = '\0'; /* the one that began the string that we are in */
    for (char *p = text; *p; p++) {
        if (quote && *p == '\\' && p[1])
            p++;
        else if (quote ? *p == quote : *p == '"' || *p == '\'') {
            quote = quote ? '\0' : *p;
            *p = '"';
        }
    }
}

static char *order(struct harness *h, char *commands)
{
    quote_doubly(commands);
    return control(h, "POST", "", commands);
}

char *harness_control(struct harness *h, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *commands = harness_vtext(h, format, args);
    va_end(args);
    return order(h, commands);
}

void harness_fault(struct harness *h, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *members = harness_vtext(h, format, args);
    va_end(args);
    order(h, harness_text(h, "{'do':'fault',%s}", members));
}

void harness_end_faults(struct harness *h)
{
    harness_control(h, "{'do':'fault','times':0}");
}

char *harness_control_get(struct harness *h, const char *what)
{
    return control(h, "GET", harness_text(h, "/%s", what), "");
}
