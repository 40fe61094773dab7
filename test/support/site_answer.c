/* site_answer: an answer of the sample site, before it travels. */
#include "site_answer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char front_page[] =
    "<!DOCTYPE html>\n<html lang=\"en-US\">\n<head>\n<meta charset=\"UTF-8\" />\n"
    "<title>Acme Support A</title>\n</head>\n<body class=\"home blog\">\n"
    "<h1>Acme Support A</h1>\n<p>Just another WordPress site</p>\n</body>\n</html>\n";

void answer_free(struct answer *answer)
{
    for (size_t i = 0; i < answer->header_count; i++) {
        free(answer->headers[i].name);
        free(answer->headers[i].value);
    }
    free(answer->body);
    *answer = (struct answer){0};
}

/* header_count when there is none of that name. */
static size_t header_index(const struct answer *answer, const char *name)
{
    size_t i = 0;
    while (i < answer->header_count && strcasecmp(answer->headers[i].name, name) != 0)
        i++;
    return i;
}

void answer_header(struct answer *answer, const char *name, char *value)
{
    size_t i = header_index(answer, name);
    if (i < answer->header_count) {
        free(answer->headers[i].name);
        free(answer->headers[i].value);
        answer->headers[i] = answer->headers[--answer->header_count];
    }
    if (value && answer->header_count < ANSWER_HEADERS)
        answer->headers[answer->header_count++] = (struct header){text_copy(span_of(name)), value};
    else
        free(value);
}

static void begin(struct answer *answer, unsigned status, char *body, size_t size, const char *type)
{
    answer_free(answer);
    answer->status = status;
    answer->body = body;
    answer->size = size;
    answer_header(answer, "Content-Type", text_copy(span_of(type)));
}

void answer_json(struct answer *answer, unsigned status, char *body)
{
    begin(answer, status, body, strlen(body), "application/json; charset=UTF-8");
    answer_header(answer, "X-Robots-Tag", text_copy(span_of("noindex")));
    answer_header(answer, "X-Content-Type-Options", text_copy(span_of("nosniff")));
    answer_header(answer, "Expires", text_copy(span_of("Wed, 11 Jan 1984 05:00:00 GMT")));
    answer_header(answer, "Cache-Control",
                  text_copy(span_of("no-cache, must-revalidate, max-age=0")));
}

void answer_html(struct answer *answer, unsigned status)
{
    begin(answer, status, text_copy(span_of(front_page)), strlen(front_page),
          "text/html; charset=UTF-8");
}

/* The value of a header line that `line` begins with, if it does. */
static struct span line_value(const char *line, const char *name)
{
    size_t n = strlen(name);
    if (strncmp(line, name, n) != 0)
        return (struct span){NULL, 0};
    return (struct span){line + n, strcspn(line + n, "\r\n")};
}

/* Scheme, host and port of the recorded site: the first line is "GET <address>". */
static struct span recorded_origin(const char *meta)
{
    const char *start = strstr(meta, "http"), *host = start ? strstr(start, "://") : NULL;
    if (!host)
        return (struct span){"", 0};
    return (struct span){start, (size_t)(host + 3 + strcspn(host + 3, "/\n") - start)};
}

static char *moved(struct span location, struct span origin, const char *home)
{
    if (origin.n == 0 || location.n < origin.n || memcmp(location.p, origin.p, origin.n) != 0)
        return text_copy(location);
    return text_format("%s%.*s", home, (int)(location.n - origin.n), location.p + origin.n);
}

static void take_meta(struct answer *answer, const char *meta, const char *home)
{
    struct span value;
    for (const char *line = meta; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if ((value = line_value(line, "HTTP ")).p)
            answer->status = (unsigned)strtoul(value.p, NULL, 10);
        else if ((value = line_value(line, "Content-Type: ")).p)
            answer_header(answer, "Content-Type", text_copy(value));
        else if ((value = line_value(line, "Retry-After: ")).p)
            answer_header(answer, "Retry-After", text_copy(value));
        else if ((value = line_value(line, "Location: ")).p)
            answer_header(answer, "Location", moved(value, recorded_origin(meta), home));
    }
}

/* <name>.json as PHP writes it, else <name>.body as it is. */
static char *recorded_body(const char *fixtures, const char *name, size_t *size)
{
    char *file = text_format("%s.json", name);
    char *body = text_read(fixtures, file, size);
    free(file);
    if (body) {
        char *php = json_php((struct span){body, *size});
        free(body);
        *size = strlen(php);
        return php;
    }
    file = text_format("%s.body", name);
    body = text_read(fixtures, file, size);
    free(file);
    return body;
}

void answer_recorded(struct answer *answer, const char *fixtures, const char *name,
                     const char *home)
{
    size_t size, ignored;
    char *file = text_format("%s.meta", name);
    char *meta = text_read(fixtures, file, &ignored);
    char *body = recorded_body(fixtures, name, &size);
    free(file);
    if (!meta || !body) {
        free(body);
        body = text_format("no such recording: %s\n", name);
        begin(answer, 599, body, strlen(body), "text/plain");
    } else {
        begin(answer, 200, body, size, "text/html");
        take_meta(answer, meta, home);
    }
    free(meta);
}

void answer_wrap(struct answer *answer, const char *prefix, const char *suffix)
{
    struct text text;
    FILE *out = text_open(&text);
    fputs(prefix ? prefix : "", out);
    fwrite(answer->body, 1, answer->size, out);
    fputs(suffix ? suffix : "", out);
    fclose(out);
    free(answer->body);
    answer->body = text.p;
    answer->size = text.n;
}
