/* http: requests over libcurl's multi interface, in one thread. */
#include "io/http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "base/int64.h"
#include "base/url.h"
#include "io/http_date.h"

enum {
    CONNECTIONS_MAX = 8,
    RECEIVE_SIZE = 64 * 1024, /* at once: four times libcurl's own, a quarter of the system calls */
};

static const char *const METHODS[] = {"GET", "POST", "PUT"};

/* A request, from http_start until its response is handed over. */
struct request {
    struct http *http;
    struct request *next; /* in the queue */
    enum http_method method;
    char *url, *body; /* body: NULL with GET */
    enum http_login login;
    int64_t away_ms; /* of struct http, when it began */
    struct http_response *response;
    char date[64], retry_after[64]; /* the headers as they came */
    char detail[CURL_ERROR_SIZE];   /* libcurl's own words about a failure */
    bool too_large;                 /* the body */
};

/* An easy handle, made when first needed and used again and again. */
struct slot {
    CURL *easy;
    struct request *request; /* what it is doing; NULL: idle */
};

struct http {
    struct http_options options;
    const struct log *log;
    CURLM *multi;
    struct curl_slist *headers, *body_headers; /* body_headers: of a request with a body */
    struct slot slots[CONNECTIONS_MAX];
    struct request *first, **last; /* the queue */
    int outstanding;
    int64_t next_ms; /* no request before this moment: requests_per_second */
    int64_t requests, bytes;
    int64_t left_ms;    /* when the caller left for other things */
    int64_t away_ms;    /* how long it has done these in all */
    size_t last_length; /* of a body: the next page will be as long */
};

static int curl_failed(struct error *error, const char *why)
{
    return error_set(error, ERR_INTERNAL, "libcurl failed: %s", why);
}

static void request_free(struct request *request)
{
    if (!request)
        return;
    http_response_free(request->response);
    free(request->url);
    free(request->body);
    free(request);
}

void http_response_free(struct http_response *response)
{
    if (!response)
        return;
    buf_release(&response->body);
    free(response);
}

static int configure_multi(CURLM *multi, long connections)
{
    if (curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, connections) ||
        curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections) ||
        curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, connections))
        return -1;
    return 0;
}

/* The first `count` of these. NULL when there is no memory. */
static struct curl_slist *make_headers(size_t count)
{
    static const char *const headers[] = {
        "Accept: application/json", "Cache-Control: no-cache", "Content-Type: application/json",
        "Expect:" /* a body is sent at once, whatever its size */
    };
    struct curl_slist *list = NULL, *longer;
    for (size_t i = 0; i < count; i++, list = longer) {
        longer = curl_slist_append(list, headers[i]);
        if (!longer) {
            curl_slist_free_all(list);
            return NULL;
        }
    }
    return list;
}

int http_open(struct http **http, const struct http_options *options, const struct log *log,
              struct error *error)
{
    *http = NULL;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return curl_failed(error, "it does not start");
    struct http *h = calloc(1, sizeof *h);
    if (!h) {
        curl_global_cleanup();
        return error_no_memory(error);
    }
    h->options = *options;
    if (h->options.connections < 1)
        h->options.connections = 1;
    if (h->options.connections > CONNECTIONS_MAX)
        h->options.connections = CONNECTIONS_MAX;
    h->log = log;
    h->last = &h->first;
    h->multi = curl_multi_init();
    h->headers = make_headers(2);
    h->body_headers = make_headers(4);
    if (!h->multi || !h->headers || !h->body_headers ||
        configure_multi(h->multi, h->options.connections) < 0) {
        http_close(h);
        return error_no_memory(error);
    }
    *http = h;
    return 0;
}

void http_close(struct http *http)
{
    if (!http)
        return;
    for (int i = 0; i < CONNECTIONS_MAX; i++) {
        struct slot *slot = &http->slots[i];
        if (slot->request)
            curl_multi_remove_handle(http->multi, slot->easy);
        request_free(slot->request);
        curl_easy_cleanup(slot->easy);
    }
    while (http->first) {
        struct request *next = http->first->next;
        request_free(http->first);
        http->first = next;
    }
    curl_multi_cleanup(http->multi);
    curl_slist_free_all(http->headers);
    curl_slist_free_all(http->body_headers);
    free(http);
    curl_global_cleanup();
}

/* Takes the request over. */
static int enqueue(struct http *http, struct request *request, void *tag, struct error *error)
{
    request->http = http;
    request->response = calloc(1, sizeof *request->response);
    if (!request->url || !request->response || (request->method != HTTP_GET && !request->body)) {
        request_free(request);
        return error_no_memory(error);
    }
    request->response->tag = tag;
    request->response->age = HTTP_AGE_INIT;
    buf_init(&request->response->body, http->options.body_max);
    *http->last = request;
    http->last = &request->next;
    http->outstanding++;
    return 0;
}

int http_start(struct http *http, const char *url, enum http_login login, void *tag,
               struct error *error)
{
    struct request *request = calloc(1, sizeof *request);
    if (!request)
        return error_no_memory(error);
    request->login = login;
    request->url = strdup(url);
    return enqueue(http, request, tag, error);
}

int http_send(struct http *http, enum http_method method, const char *url, const char *json,
              void *tag, struct error *error)
{
    struct request *request = calloc(1, sizeof *request);
    if (!request)
        return error_no_memory(error);
    request->method = method;
    request->login = HTTP_AUTHENTICATED;
    request->url = strdup(url);
    request->body = strdup(json);
    return enqueue(http, request, tag, error);
}

/* What is received */

static size_t receive_body(char *bytes, size_t size, size_t n, void *context)
{
    struct request *request = context;
    struct buf *body = &request->response->body;
    size_t before = request->http->last_length;
    (void)size;
    if (!body->len) /* Content-Length, where a site sends it, is of what is compressed */
        buf_expect(body, before + before / 16);
    request->http->bytes += (int64_t)n;
    if (buf_append(body, bytes, n) == 0)
        return n;
    request->too_large = n > body->max || body->len > body->max - n;
    return 0;
}

/* Printable ASCII as it is, a dot for any other byte: safe to show whatever a server sends. */
static void put_plain(char *out, size_t size, const char *bytes, size_t n)
{
    size_t length = n < size ? n : size - 1;
    for (size_t i = 0; i < length; i++)
        out[i] = bytes[i] >= ' ' && bytes[i] <= '~' ? bytes[i] : '.';
    out[length] = '\0';
}

/* A header line: its name ends with the colon. The value is without white space around it. */
struct header {
    const char *name, *value;
    size_t name_n, value_n;
};

static struct header read_header(const char *line, size_t n)
{
    const char *colon = memchr(line, ':', n);
    if (!colon)
        return (struct header){.name = line, .value = line};
    size_t skip = (size_t)(colon - line) + 1;
    while (skip < n && (line[skip] == ' ' || line[skip] == '\t'))
        skip++;
    while (n > skip && strchr(" \t\r\n", line[n - 1]))
        n--;
    return (struct header){line, line + skip, (size_t)(colon - line), n - skip};
}

/* Copies the value of a header when it is the one called `name`. */
static void take_header(const struct header *header, const char *name, char *value, size_t size)
{
    if (header->name_n == strlen(name) && strncasecmp(header->name, name, header->name_n) == 0)
        put_plain(value, size, header->value, header->value_n);
}

static size_t receive_header(char *line, size_t size, size_t n, void *context)
{
    struct request *request = context;
    struct http_response *response = request->response;
    (void)size;
    /* The headers of an interim response (103 Early Hints) are not those of the answer. */
    if (n > 5 && memcmp(line, "HTTP/", 5) == 0) {
        response->content_type[0] = response->location[0] = request->retry_after[0] =
            request->date[0] = '\0';
        response->age = HTTP_AGE_INIT;
    }
    struct header h = read_header(line, n);
    take_header(&h, "Location", response->location, sizeof response->location);
    take_header(&h, "Content-Type", response->content_type, sizeof response->content_type);
    take_header(&h, "Retry-After", request->retry_after, sizeof request->retry_after);
    take_header(&h, "Date", request->date, sizeof request->date);
    http_age_header(&response->age, h.name, h.name_n, h.value, h.value_n);
    return n;
}

/* Beginning a request */

#define SET(option, value)                                                                         \
    do {                                                                                           \
        if (rc == CURLE_OK)                                                                        \
            rc = curl_easy_setopt(easy, option, value);                                            \
    } while (0)

static CURLcode set_protocol(CURL *easy)
{
    CURLcode rc = CURLE_OK;
#if LIBCURL_VERSION_NUM >= 0x075500
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
    SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_UNRESTRICTED_AUTH, 0L);
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
    /* A thread of the resolver is left behind, not waited for: name servers may never answer. */
    SET(CURLOPT_QUICK_EXIT, 1L);
#endif
    return rc;
}

static CURLcode set_options(CURL *easy, const struct http_options *options)
{
    CURLcode rc = CURLE_OK;
    long timeout = options->timeout_s;
    SET(CURLOPT_ACCEPT_ENCODING, "");
    SET(CURLOPT_USERAGENT, options->user_agent);
    SET(CURLOPT_CONNECTTIMEOUT, timeout);
    SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
    SET(CURLOPT_LOW_SPEED_TIME, timeout);
    SET(CURLOPT_TIMEOUT, 10 * timeout);
    if (options->ca_file)
        SET(CURLOPT_CAINFO, options->ca_file);
    if (options->proxy)
        SET(CURLOPT_PROXY, options->proxy);
    if (options->certificates)
        SET(CURLOPT_CERTINFO, 1L);
    return rc;
}

static CURLcode set_credentials(CURL *easy, const struct http_options *options)
{
    CURLcode rc = CURLE_OK;
    SET(CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    SET(CURLOPT_USERNAME, options->user);
    SET(CURLOPT_PASSWORD, options->password ? secret_reveal(options->password) : "");
    return rc;
}

static CURLcode set_request(CURL *easy, struct request *request, struct slot *slot)
{
    CURLcode rc = CURLE_OK;
    SET(CURLOPT_URL, request->url);
    SET(CURLOPT_HTTPHEADER, request->http->headers);
    SET(CURLOPT_WRITEFUNCTION, receive_body);
    SET(CURLOPT_WRITEDATA, request);
    SET(CURLOPT_HEADERFUNCTION, receive_header);
    SET(CURLOPT_HEADERDATA, request);
    SET(CURLOPT_ERRORBUFFER, request->detail);
    SET(CURLOPT_PRIVATE, slot);
    return rc;
}

static CURLcode set_body(CURL *easy, const struct request *request)
{
    CURLcode rc = CURLE_OK;
    SET(CURLOPT_HTTPHEADER, request->http->body_headers);
    SET(CURLOPT_POSTFIELDS, request->body);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(request->body));
    SET(CURLOPT_CUSTOMREQUEST, METHODS[request->method]);
    SET(CURLOPT_FRESH_CONNECT, 1L);
    return rc;
}

static int begin(struct http *http, struct slot *slot, struct request *request, struct error *error)
{
    if (!slot->easy)
        slot->easy = curl_easy_init();
    if (!slot->easy)
        return error_no_memory(error);
    curl_easy_reset(slot->easy);
    /* A wish: libcurl refuses it where a request ended before it had begun. */
    curl_easy_setopt(slot->easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_SIZE);
    CURLcode rc = set_protocol(slot->easy);
    if (rc == CURLE_OK)
        rc = set_options(slot->easy, &http->options);
    if (rc == CURLE_OK && request->login == HTTP_AUTHENTICATED && http->options.user)
        rc = set_credentials(slot->easy, &http->options);
    if (rc == CURLE_OK)
        rc = set_request(slot->easy, request, slot);
    if (rc == CURLE_OK && request->body)
        rc = set_body(slot->easy, request);
    if (rc != CURLE_OK)
        return curl_failed(error, curl_easy_strerror(rc));
    CURLMcode added = curl_multi_add_handle(http->multi, slot->easy);
    if (added != CURLM_OK)
        return curl_failed(error, curl_multi_strerror(added));
    slot->request = request;
    request->away_ms = http->away_ms;
    http->requests++;
    return 0;
}

static struct slot *idle_slot(struct http *http)
{
    for (int i = 0; i < http->options.connections; i++)
        if (!http->slots[i].request)
            return &http->slots[i];
    return NULL;
}

/* Begins what the queue, the connections and requests_per_second allow now. */
static int begin_due(struct http *http, struct error *error)
{
    int per_second = http->options.requests_per_second;
    struct slot *slot;
    while (http->first && (slot = idle_slot(http)) != NULL) {
        int64_t now = clock_monotonic_ms();
        if (now < http->next_ms)
            return 0;
        struct request *request = http->first;
        if (begin(http, slot, request, error) < 0)
            return -1;
        http->first = request->next;
        if (!http->first)
            http->last = &http->first;
        if (per_second > 0)
            http->next_ms = now + (1000 + per_second - 1) / per_second;
    }
    return 0;
}

/* Ending a request */

static bool certificate_at_fault(CURLcode code)
{
    switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        return true;
    default:
        return false;
    }
}

static void note_timeout(const struct http *http, struct http_response *response, bool sent)
{
    int timeout = http->options.timeout_s;
    size_t size = sizeof response->failure;
    if (!sent)
        snprintf(response->failure, size, "no connection within %d s", timeout);
    else if (response->elapsed_ms + 1000 >= INT64_C(10000) * timeout) /* by another clock */
        snprintf(response->failure, size, "the answer was not complete after %d s", 10 * timeout);
    else
        snprintf(response->failure, size, "silence for %d s", timeout);
}

/* Of a request that was sent. */
static bool breaks_off(CURLcode code)
{
    return code == CURLE_OPERATION_TIMEDOUT || code == CURLE_GOT_NOTHING ||
           code == CURLE_RECV_ERROR;
}

/* Did something else than TLS answer? In the words of OpenSSL, and of GnuTLS. */
static bool is_plain(CURLcode code, const char *words)
{
    return code == CURLE_SSL_CONNECT_ERROR &&
           (strstr(words, "wrong version number") || strstr(words, "unexpected TLS packet"));
}

/* How a request ended that failed. */
static enum http_outcome outcome_of(const struct request *request, CURLcode code, bool sent)
{
    if (certificate_at_fault(code))
        return HTTP_BAD_CERTIFICATE;
    /* libcurl has no code of its own for these. */
    if (is_plain(code, request->detail))
        return HTTP_NO_TLS;
    if (strstr(request->detail, "thread failed to start"))
        return HTTP_NO_THREAD;
    if (code == CURLE_BAD_CONTENT_ENCODING)
        return HTTP_BAD_ENCODING;
    if (request->too_large)
        return HTTP_TOO_LARGE;
    if (request->response->status != 0 || (sent && breaks_off(code)))
        return HTTP_UNFINISHED;
    return HTTP_NO_CONNECTION;
}

static void note_failure(const struct http *http, CURL *easy, struct request *request,
                         CURLcode code)
{
    struct http_response *response = request->response;
    const char *words = request->detail[0] ? request->detail : curl_easy_strerror(code);
    curl_off_t sent = 0;
    curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &sent);
    response->sent = sent > 0;
    response->outcome = outcome_of(request, code, sent > 0);
    if (request->too_large)
        snprintf(response->failure, sizeof response->failure, "the answer is larger than %zu bytes",
                 http->options.body_max);
    else if (code == CURLE_OPERATION_TIMEDOUT)
        note_timeout(http, response, sent > 0);
    else
        put_plain(response->failure, sizeof response->failure, words, strlen(words));
}

/* Makes the Location of a redirect absolute. CURLINFO_REDIRECT_URL would do so too, but puts the
 * credentials of the request into it. */
static void resolve_location(struct http_response *response, const char *url)
{
    char *absolute = NULL;
    CURLU *target = response->location[0] && response->status / 100 == 3 ? curl_url() : NULL;
    if (target && curl_url_set(target, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_set(target, CURLUPART_URL, response->location, CURLU_NON_SUPPORT_SCHEME) ==
            CURLUE_OK &&
        curl_url_set(target, CURLUPART_USER, NULL, 0) == CURLUE_OK &&
        curl_url_set(target, CURLUPART_PASSWORD, NULL, 0) == CURLUE_OK)
        curl_url_get(target, CURLUPART_URL, &absolute, 0);
    put_plain(response->location, sizeof response->location, absolute ? absolute : "",
              absolute ? strlen(absolute) : 0);
    curl_free(absolute);
    curl_url_cleanup(target);
}

/* How the request travelled */

/* The value of "NAME:value" into `out`, when the line is of that name. */
static bool take_field(const char *line, const char *name, char *out, size_t size)
{
    size_t n = strlen(name);
    if (strncasecmp(line, name, n) != 0 || line[n] != ':')
        return false;
    put_plain(out, size, line + n + 1, strlen(line + n + 1));
    return true;
}

static void take_certificates(CURL *easy, struct http_trip *trip)
{
    struct curl_certinfo *info = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &info) != CURLE_OK || !info)
        return;
    for (int i = 0; i < info->num_of_certs && i < HTTP_CERTIFICATES_MAX; i++) {
        struct http_certificate *c = &trip->certificates[trip->certificate_count++];
        char date[64] = "";
        for (const struct curl_slist *line = info->certinfo[i]; line; line = line->next)
            if (!take_field(line->data, "Subject", c->subject, sizeof c->subject) &&
                !take_field(line->data, "Issuer", c->issuer, sizeof c->issuer))
                take_field(line->data, "Expire date", date, sizeof date);
        c->expires = http_date(date);
    }
}

/* Milliseconds of one of libcurl's times, which are 0 for what did not happen. */
static int64_t time_ms(CURL *easy, CURLINFO which)
{
    curl_off_t us = 0;
    curl_easy_getinfo(easy, which, &us);
    return us > 0 ? us / 1000 : -1;
}

static enum http_step step_of(const struct http_trip *trip, const char *url, CURLcode code)
{
    struct url parts = url_split(url);
    if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY)
        return HTTP_STEP_NAME;
    if (code == CURLE_COULDNT_CONNECT)
        return HTTP_STEP_CONNECT;
    if (certificate_at_fault(code) || code == CURLE_SSL_CONNECT_ERROR)
        return HTTP_STEP_TLS;
    if (trip->connect_ms < 0)
        return trip->name_ms < 0 ? HTTP_STEP_NAME : HTTP_STEP_CONNECT;
    return url_has_scheme(&parts, "https") && trip->tls_ms < 0 ? HTTP_STEP_TLS : HTTP_STEP_ANSWER;
}

static void fill_trip(const struct http *http, CURL *easy, const struct request *request,
                      CURLcode code)
{
    struct http_trip *trip = &request->response->trip;
    long connects = 0, tunnel = 0, port = 0;
    char *address = NULL;
    curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects);
    curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &tunnel);
    curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &address);
    curl_easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port);
    trip->fresh = connects > 0;
    trip->proxied = tunnel != 0 || http->options.proxy;
    trip->name_ms = time_ms(easy, CURLINFO_NAMELOOKUP_TIME_T);
    trip->connect_ms = time_ms(easy, CURLINFO_CONNECT_TIME_T);
    trip->tls_ms = time_ms(easy, CURLINFO_APPCONNECT_TIME_T);
    if (address && *address)
        snprintf(trip->address, sizeof trip->address, strchr(address, ':') ? "[%s]:%ld" : "%s:%ld",
                 address, port);
    if (http->options.certificates)
        take_certificates(easy, trip);
    if (code != CURLE_OK)
        trip->step = step_of(trip, request->url, code);
}

static void fill_response(const struct http *http, CURL *easy, struct request *request,
                          CURLcode code)
{
    struct http_response *response = request->response;
    long status = 0;
    curl_off_t elapsed_us = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &elapsed_us);
    response->sent = true;
    response->status = (int)status;
    response->elapsed_ms = elapsed_us / 1000;
    response->waited_ms = max64(response->elapsed_ms - (http->away_ms - request->away_ms), 0);
    response->date = http_date(request->date);
    response->retry_after_ms = http_retry_after_ms(
        request->retry_after, response->date ? response->date : clock_wall_ms() / 1000);
    resolve_location(response, request->url);
    fill_trip(http, easy, request, code);
    if (code != CURLE_OK)
        note_failure(http, easy, request, code);
}

static void log_response(const struct http *http, const struct request *request)
{
    const struct http_response *response = request->response;
    const struct buf *body = &response->body;
    const struct log_field fields[] = {{"duration_ms", response->elapsed_ms},
                                       {"bytes", (int64_t)body->len},
                                       {"status", response->status}};
    if (response->outcome != HTTP_ANSWERED)
        log_fields(http->log, LOG_TRACE, fields, 2, "%s %s -> failed after %lld ms: %s",
                   METHODS[request->method], request->url, (long long)response->elapsed_ms,
                   response->failure);
    else
        log_fields(http->log, LOG_TRACE, fields, 3, "%s %s -> %d, %zu bytes, %lld ms",
                   METHODS[request->method], request->url, response->status, body->len,
                   (long long)response->elapsed_ms);
    if (!http->options.log_bodies || !http->log || http->log->most < LOG_TRACE)
        return;
    char piece[2048];
    for (size_t at = 0; at < body->len; at += sizeof piece - 1) {
        put_plain(piece, sizeof piece, body->data + at, body->len - at);
        log_write(http->log, LOG_TRACE, "body: %s", piece);
    }
}

/* The response of a request that has ended, or NULL when none has. */
static struct http_response *take_ended(struct http *http)
{
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(http->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURL *easy = message->easy_handle;
        CURLcode code = message->data.result;
        struct slot *slot = NULL;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &slot);
        struct request *request = slot->request;
        fill_response(http, easy, request, code);
        log_response(http, request);
        curl_multi_remove_handle(http->multi, easy);
        slot->request = NULL;
        http->outstanding--;
        struct http_response *response = request->response;
        http->last_length = response->body.len;
        request->response = NULL;
        request_free(request);
        return response;
    }
    return NULL;
}

/* How long to sleep at most when `until_ms` is the end: a queued request may be due before. */
static int nap_ms(struct http *http, int64_t until_ms, int64_t now_ms)
{
    int64_t nap = until_ms - now_ms;
    if (http->first && idle_slot(http) && http->next_ms - now_ms < nap)
        nap = http->next_ms - now_ms;
    return nap > 0 ? (int)nap : 0;
}

static int push(struct http *http, struct error *error)
{
    int running;
    if (begin_due(http, error) < 0)
        return -1;
    CURLMcode rc = curl_multi_perform(http->multi, &running);
    return rc == CURLM_OK ? 0 : curl_failed(error, curl_multi_strerror(rc));
}

static int work(struct http *http, int wait_ms, struct http_response **response,
                struct error *error)
{
    const struct limits_signal *s = http->options.signal;
    struct curl_waitfd signal = {.fd = s ? s->readable : -1, .events = CURL_WAIT_POLLIN};
    int64_t until = clock_monotonic_ms() + wait_ms;
    *response = NULL;
    for (;;) {
        if (push(http, error) < 0)
            return -1;
        if ((*response = take_ended(http)) != NULL)
            return 0;
        int64_t now = clock_monotonic_ms();
        if (now >= until)
            return 0;
        CURLMcode rc =
            curl_multi_poll(http->multi, &signal, signal.fd >= 0, nap_ms(http, until, now), NULL);
        if (rc != CURLM_OK)
            return curl_failed(error, curl_multi_strerror(rc));
        if (signal.revents)
            return 0;
    }
}

static void come_back(struct http *http)
{
    if (http->left_ms)
        http->away_ms += clock_monotonic_ms() - http->left_ms;
}

static void leave(struct http *http)
{
    http->left_ms = clock_monotonic_ms();
}

int http_push(struct http *http, struct error *error)
{
    come_back(http);
    int done = push(http, error);
    leave(http);
    return done;
}

int http_work(struct http *http, int wait_ms, struct http_response **response, struct error *error)
{
    come_back(http);
    int done = work(http, wait_ms, response, error);
    leave(http);
    return done;
}

int http_outstanding(const struct http *http)
{
    return http->outstanding;
}

int64_t http_requests(const struct http *http)
{
    return http->requests;
}

int64_t http_bytes(const struct http *http)
{
    return http->bytes;
}

void http_version(struct buf *out)
{
    const char *version = curl_version(); /* "libcurl/7.88.1 OpenSSL/3.0.20 ..." */
    size_t name = strcspn(version, "/");
    buf_printf(out, "%.*s %s", (int)name, version, version + name + (version[name] == '/'));
}
