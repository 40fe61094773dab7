/* request: reads the variables of RFC 3875 4.1 and takes the query apart. */
#include "web/request.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "config/environment.h"
#include "web/status.h"

static bool is_clean(const char *text)
{
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return false;
    return text_valid(text, strlen(text));
}

/* The query */

/* The `n` bytes with %XX and + replaced, NULL when a % is not followed by two digits. The copy is
 * of the arena. */
static char *decode(struct arena *arena, const char *text, size_t n)
{
    char *copy = arena_copy(arena, text, n), *to = copy;
    for (const char *c = copy; c && *c; c++) {
        *to = *c == '+' ? ' ' : *c;
        if (*c == '%') {
            int high = text_hex_digit(c[1]), low = high < 0 ? -1 : text_hex_digit(c[2]);
            if (low < 0)
                return NULL;
            *to = (char)(high * 16 + low);
            if (!*to)
                return NULL;
            c += 2;
        }
        to++;
    }
    if (to)
        *to = '\0';
    return copy;
}

/* A value of "" is as good as none: forms send what was not filled in so. */
static int take_parameter(struct web_request *r, const char *name, const char *value,
                          const struct arena *arena, struct error *error)
{
    if (arena->failed)
        return error_no_memory(error);
    if (!name || !value || !is_clean(name) || !is_clean(value))
        return error_raise(error, WEB_REFUSAL(WEB_BAD_REQUEST), "the query is malformed");
    if (!*name || !*value)
        return 0;
    if (web_parameter(r, name))
        return error_raise(error, WEB_REFUSAL(WEB_BAD_REQUEST),
                           "the query has one parameter twice");
    if (r->parameter_count == WEB_PARAMETERS_MAX)
        return error_raise(error, WEB_REFUSAL(WEB_BAD_REQUEST),
                           "the query has too many parameters");
    r->parameters[r->parameter_count++] = (struct web_parameter){name, value};
    return 0;
}

static int read_query(struct web_request *r, struct arena *arena, struct error *error)
{
    if (strlen(r->query) > WEB_QUERY_MAX)
        return error_raise(error, WEB_REFUSAL(WEB_BAD_REQUEST), "the query is too long");
    for (const char *at = r->query; *at;) {
        size_t n = strcspn(at, "&"), name = strcspn(at, "=&");
        const char *from = name < n ? at + name + 1 : at + n;
        const char *value = decode(arena, from, (size_t)(at + n - from));
        if (take_parameter(r, decode(arena, at, name), value, arena, error) < 0)
            return -1;
        at += n + (at[n] == '&');
    }
    return 0;
}

const char *web_parameter(const struct web_request *r, const char *name)
{
    for (size_t i = 0; i < r->parameter_count; i++)
        if (strcmp(r->parameters[i].name, name) == 0)
            return r->parameters[i].value;
    return NULL;
}

int web_parameter_number(const struct web_request *r, const char *name, int64_t least, int64_t most,
                         int64_t *number, struct error *error)
{
    const char *text = web_parameter(r, name);
    if (!text)
        return 0;
    errno = 0;
    long long value = strtoll(text, NULL, 10);
    if (text[strspn(text, "0123456789")] || errno || value < least || value > most)
        return error_raise(error, WEB_REFUSAL(WEB_BAD_REQUEST),
                           "%s must be a whole number from %lld to %lld", name, (long long)least,
                           (long long)most);
    *number = value;
    return 0;
}

int web_parameter_flag(const struct web_request *r, const char *name, bool *flag,
                       struct error *error)
{
    static const char *const words[] = {"false", "no", "0", "true", "yes", "1"};
    enum { WORDS = sizeof words / sizeof *words };
    const char *text = web_parameter(r, name);
    if (!text)
        return 0;
    for (size_t i = 0; i < WORDS; i++)
        if (strcasecmp(text, words[i]) == 0) {
            *flag = i >= WORDS / 2;
            return 0;
        }
    return error_raise(error, WEB_REFUSAL(WEB_BAD_REQUEST), "%s must be true or false", name);
}

static bool is_among(const char *names, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = names; *at;) {
        size_t n = strcspn(at, "|");
        if (n == length && memcmp(at, name, n) == 0)
            return true;
        at += n + (at[n] == '|');
    }
    return false;
}

int web_parameters_known(const struct web_request *r, const char *names, struct error *error)
{
    for (size_t i = 0; i < r->parameter_count; i++)
        if (!is_among(names, r->parameters[i].name))
            return error_raise(error, WEB_REFUSAL(WEB_BAD_REQUEST),
                               "the query has a parameter that is not known here");
    return 0;
}

void web_encode(struct buf *out, const char *text)
{
    for (const char *c = text; *c; c++)
        if (isascii((unsigned char)*c) && (isalnum((unsigned char)*c) || strchr("-._~/", *c)))
            buf_putc(out, *c);
        else
            buf_printf(out, "%%%02X", (unsigned char)*c);
}

/* The whole */

static enum web_method method_of(const char *name)
{
    static const struct {
        const char *name;
        enum web_method method;
    } methods[] = {
        {"GET", WEB_GET}, {"HEAD", WEB_HEAD}, {"POST", WEB_POST}, {"OPTIONS", WEB_OPTIONS}};
    for (size_t i = 0; name && i < sizeof methods / sizeof *methods; i++)
        if (strcmp(methods[i].name, name) == 0)
            return methods[i].method;
    return WEB_OTHER;
}

/* Is it among the preferences (RFC 7240 2)? Their parameters do not matter here. */
static bool prefers(const char *header, const char *name)
{
    for (size_t n; header && *header; header += n + (header[n] == ',')) {
        header += strspn(header, " \t");
        n = strcspn(header, ",");
        size_t word = strcspn(header, " \t,;");
        if (word == strlen(name) && strncasecmp(header, name, word) == 0)
            return true;
    }
    return false;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

int web_request_read(struct web_request *r, const char *const *environment, struct arena *arena,
                     struct error *error)
{
    const char *auth_type = config_environment(environment, "AUTH_TYPE");
    *r = (struct web_request){
        .method = method_of(config_environment(environment, "REQUEST_METHOD")),
        .script = or_empty(config_environment(environment, "SCRIPT_NAME")),
        .path = or_empty(config_environment(environment, "PATH_INFO")),
        .query = or_empty(config_environment(environment, "QUERY_STRING")),
        .authorization = config_environment(environment, "HTTP_AUTHORIZATION"),
        .content_type = config_environment(environment, "CONTENT_TYPE"),
        .host = config_environment(environment, "HTTP_HOST"),
        .origin = config_environment(environment, "HTTP_ORIGIN"),
        .fetch_site = config_environment(environment, "HTTP_SEC_FETCH_SITE"),
        .webhook_id = config_environment(environment, "HTTP_WEBHOOK_ID"),
        .webhook_timestamp = config_environment(environment, "HTTP_WEBHOOK_TIMESTAMP"),
        .webhook_signature = config_environment(environment, "HTTP_WEBHOOK_SIGNATURE"),
        .respond_async = prefers(config_environment(environment, "HTTP_PREFER"), "respond-async"),
        .remote_user = auth_type ? config_environment(environment, "REMOTE_USER") : NULL,
    };
    if (strlen(r->script) > WEB_PATH_MAX || strlen(r->path) > WEB_PATH_MAX)
        return error_raise(error, WEB_REFUSAL(WEB_BAD_REQUEST), "the path is too long");
    if (!is_clean(r->script) || !is_clean(r->path))
        return error_raise(error, WEB_REFUSAL(WEB_BAD_REQUEST), "the path is malformed");
    if (!is_clean(r->query))
        return error_raise(error, WEB_REFUSAL(WEB_BAD_REQUEST), "the query is malformed");
    return read_query(r, arena, error);
}
