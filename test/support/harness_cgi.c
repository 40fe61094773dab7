/* harness_cgi: the variables of a request, and the lines of an answer. */
#include "harness_cgi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_process.h"

enum { WORDS_MAX = 32 };

static struct process *start(struct harness *h, const char *method, const char *path,
                             const char *body, va_list more)
{
    const char *argv[WORDS_MAX], *query = strchr(path, '?');
    size_t n = 0;
    argv[n++] = "env";
    argv[n++] = "GATEWAY_INTERFACE=CGI/1.1";
    argv[n++] = harness_text(h, "REQUEST_METHOD=%s", method);
    argv[n++] = "SCRIPT_NAME=/fluent";
    argv[n++] = harness_text(h, "PATH_INFO=%.*s", (int)strcspn(path, "?"), path);
    argv[n++] = harness_text(h, "QUERY_STRING=%s", query ? query + 1 : "");
    argv[n++] = "HTTP_HOST=dash.example";
    if (body)
        argv[n++] = harness_text(h, "CONTENT_LENGTH=%zu", strlen(body));
    for (const char *word; n < WORDS_MAX - 5 && (word = va_arg(more, const char *)) != NULL;)
        argv[n++] = word;
    argv[n++] = BINARY_DIR "/fluent-sync";
    argv[n++] = "cgi";
    argv[n++] = "-c";
    argv[n++] = harness_text(h, "%s/%s", h->dir, process_ini(h));
    argv[n] = NULL;
    return harness_start(h, argv, body);
}

struct process *cgi_start(struct harness *h, const char *method, const char *path, const char *body,
                          ...)
{
    va_list more;
    va_start(more, body);
    struct process *process = start(h, method, path, body, more);
    va_end(more);
    return process;
}

void cgi_expect(struct cgi_answer answer, int status)
{
    if (answer.status != status)
        fail_msg("status %d instead of %d\n%s\n%s\n%s", answer.status, status, answer.head,
                 answer.body, answer.err);
}

const char *cgi_field(struct harness *h, const struct cgi_answer *answer, const char *name)
{
    const char *start = harness_text(h, "\n%s: ", name);
    const char *line = strstr(answer->head, start);
    if (!line)
        return NULL;
    line += strlen(start);
    if (strstr(line, start))
        fail_msg("the head has %s twice:\n%s", name, answer->head);
    return harness_text(h, "%.*s", (int)strcspn(line, "\n"), line);
}

static void must_have(struct harness *h, const struct cgi_answer *answer, const char *name,
                      const char *value)
{
    const char *found = cgi_field(h, answer, name);
    if (!found || strncmp(found, value, strlen(value)) != 0)
        fail_msg("%s: %s instead of %s\n%s", name, found ? found : "nothing", value, answer->head);
}

/* Lines that end in CR LF, of printable ASCII, up to an empty one; what is behind that. */
static char *take_head(struct harness *h, char *text, struct cgi_answer *answer)
{
    char *end = strstr(text, "\r\n\r\n");
    if (!end)
        fail_msg("an answer without an end of its head: %s", text);
    answer->head = harness_text(h, "\n%.*s\n", (int)(end - text), text);
    char *to = answer->head;
    for (const char *c = answer->head; *c; c++)
        if (*c != '\r')
            *to++ = *c;
        else if (c[1] != '\n')
            fail_msg("a CR within a line: %s", text);
    *to = '\0';
    return end + 4;
}

struct cgi_answer cgi_wait(struct harness *h, struct process *process)
{
    struct cgi_answer answer;
    struct outcome outcome = harness_wait(h, process);
    if (outcome.code != 0)
        fail_msg("exit code %d: %s%s", outcome.code, outcome.out, outcome.err);
    answer.body = take_head(h, outcome.out, &answer);
    answer.err = outcome.err;
    const char *status = cgi_field(h, &answer, "Status");
    answer.status = status ? atoi(status) : 0;
    must_have(h, &answer, "Cache-Control", "no-store");
    must_have(h, &answer, "X-Content-Type-Options", "nosniff");
    must_have(h, &answer, "Cross-Origin-Resource-Policy", "same-origin");
    must_have(h, &answer, "Content-Security-Policy", "default-src 'none'; ");
    must_have(h, &answer, "Referrer-Policy", "no-referrer");
    if (answer.status != 204)
        must_have(h, &answer, "Content-Type",
                  answer.body[0] == '<' ? "text/html" : "application/json");
    return answer;
}

struct cgi_answer cgi_ask(struct harness *h, const char *method, const char *path, const char *body,
                          ...)
{
    va_list more;
    va_start(more, body);
    struct process *process = start(h, method, path, body, more);
    va_end(more);
    return cgi_wait(h, process);
}
