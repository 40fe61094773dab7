/* http: HTTP requests, several at a time in one thread. The only module that knows libcurl. */
#ifndef FLUENT_SYNC_HTTP_H
#define FLUENT_SYNC_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/secret.h"
#include "io/http_age.h"

struct http;

struct http_options {
    const char *user;              /* Basic authentication (RFC 7617); NULL: none */
    const struct secret *password; /* outlives the client */
    const char *ca_file, *proxy;   /* NULL: libcurl's own */
    const char *user_agent;
    int connections;         /* at most, 1..8 */
    int requests_per_second; /* across all connections; 0: no limit */
    int timeout_s;           /* of silence; a request as a whole may last ten times that */
    size_t body_max;         /* bytes of a decoded body */
    const struct limits_signal *signal; /* ends a wait; NULL: none does */
    bool log_bodies;
    bool certificates; /* look at those that the server shows: http_trip.certificates */
};

/* The steps of a request, in their order. */
enum http_step { HTTP_STEP_NAME, HTTP_STEP_CONNECT, HTTP_STEP_TLS, HTTP_STEP_ANSWER };

enum { HTTP_CERTIFICATES_MAX = 6 };

/* How a request travelled. Times are milliseconds since it began, -1: it did not come so far. */
struct http_trip {
    bool fresh;          /* on a new connection: a used one knows no name, connect and tls */
    bool proxied;        /* through the proxy of the options, or a tunnel */
    enum http_step step; /* where a request ended that was not answered */
    int64_t name_ms, connect_ms, tls_ms;
    char address[80]; /* of the server, or the proxy, with the port; "" when there was none */
    struct http_certificate {
        char subject[160], issuer[160];
        int64_t expires;                   /* seconds since 1970; 0: not known */
    } certificates[HTTP_CERTIFICATES_MAX]; /* the server's own first */
    int certificate_count;
};

/* How a request ended. */
enum http_outcome {
    HTTP_ANSWERED,        /* a whole response; look at `status` */
    HTTP_BAD_CERTIFICATE, /* it, or what it is checked against, is at fault (a handshake that breaks
                             off is a matter of the network) */
    HTTP_NO_TLS,          /* what answered https is no TLS: the port speaks plain http, or else */
    HTTP_NO_THREAD,       /* no thread could be started to look up the name */
    HTTP_BAD_ENCODING,    /* the Content-Encoding is none that is known, or a lie */
    HTTP_TOO_LARGE,       /* the body passed body_max */
    HTTP_UNFINISHED,      /* the request was sent, but its answer timed out, or broke off, be it
                             before it had begun */
    HTTP_NO_CONNECTION,   /* any other failure, mostly before the request was sent */
};

struct http_response {
    enum http_outcome outcome;
    bool sent;         /* the request may have reached the server */
    char failure[512]; /* in words, unless HTTP_ANSWERED; no credential in it */
    int status;        /* 0 when there was none */
    struct buf body;
    char content_type[128]; /* "" when there was none */
    char location[1024];    /* of a redirect, absolute, without user information; never
                              followed; "" when there was none */
    int64_t date;           /* its Date, seconds since 1970; 0 when there was none */
    int64_t retry_after_ms; /* how long the server asks to wait; -1: it does not */
    struct http_age age;    /* what its headers say of it */
    int64_t elapsed_ms;
    int64_t waited_ms; /* of these: in http_work. What came while the caller did other things is
                          noticed late, so the server took no less than this, and no more than
                          elapsed_ms */
    struct http_trip trip;
    void *tag; /* as given to http_start */
};

/* A client; keeps connections alive, asks for compression, verifies TLS, follows no redirect,
 * speaks http and https alone. -1 with ERR_INTERNAL. The caller owns `*http`; `options` is copied,
 * what it points to is not and must outlive the client. */
int http_open(struct http **http, const struct http_options *options, const struct log *log,
              struct error *error);
void http_close(struct http *http);

/* Whether a request carries the credentials. */
enum http_login { HTTP_ANONYMOUS, HTTP_AUTHENTICATED };

/* Begins a GET with `Accept: application/json` and `Cache-Control: no-cache`. `tag` comes back with
 * the response. Waits in a queue when all connections are busy or requests_per_second says so.
 * `url` is copied. -1 when there is no memory. */
int http_start(struct http *http, const char *url, enum http_login login, void *tag,
               struct error *error);

/*
 * Likewise a POST or PUT of a JSON document, which is copied, with the credentials. It has a new
 * connection: where the server has closed a used one, libcurl sends the request again, though the
 * first may have been obeyed. So it is sent at most once.
 */
enum http_method { HTTP_GET, HTTP_POST, HTTP_PUT };
int http_send(struct http *http, enum http_method method, const char *url, const char *json,
              void *tag, struct error *error);

/* Begins what may begin, and goes on with all requests as far as they go at once. What ends waits
 * for http_work. -1 as there. */
int http_push(struct http *http, struct error *error);

/*
 * Works for at most `wait_ms` (0: what can be done at once) and returns as soon as one request has
 * ended: `*response` is then filled and the caller's (http_response_free), otherwise NULL, also
 * once a signal has come. With nothing outstanding it sleeps. -1 with ERR_INTERNAL only when
 * libcurl itself fails.
 */
int http_work(struct http *http, int wait_ms, struct http_response **response, struct error *error);
void http_response_free(struct http_response *response);

/* Requests begun and not yet returned. */
int http_outstanding(const struct http *http);
/* Requests put on the wire, and body bytes received (decoded), so far. */
int64_t http_requests(const struct http *http);
int64_t http_bytes(const struct http *http);

/* Appends the name and version of the library in use: "libcurl 7.88.1 OpenSSL/3.0.20 ...". */
void http_version(struct buf *out);

#endif
