/* healthcheck: composing the address of a ping, and sending it. */
#include "app/healthcheck.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/url.h"
#include "io/http.h"

enum {
    TRIES = 2,
    PATIENCE_S = 5, /* for a ping as a whole */
    PAUSE_MS = 500, /* between one try and the next */
    URL_MAX = 8192,
    ANSWER_MAX = 64 * 1024,
    FAILED = -1, /* instead of a status */
};

/* https://HOST/PATH?QUERY becomes https://HOST/PATH/WHAT?QUERY. */
static int compose(struct buf *out, const char *url, int exit_code)
{
    struct url parts = url_split(url);
    buf_append(out, url, url_length_to_path(url, &parts));
    if (exit_code == HEALTHCHECK_START)
        buf_puts(out, "/start");
    else if (exit_code)
        buf_printf(out, "/%d", exit_code);
    return buf_puts(out, parts.tail.at);
}

/* Waits for the one response: its status, or FAILED; `why` says what is wrong with it. */
static int wait_for(struct http *http, const struct limits *limits, char *why, size_t size)
{
    int64_t until = clock_monotonic_ms() + (int64_t)PATIENCE_S * 1000;
    struct error error = ERROR_INIT;
    struct http_response *response = NULL;
    while (!response && error.code == ERR_NONE && clock_monotonic_ms() < until)
        if (limits_check(limits, &error) == 0)
            http_work(http, (int)limits_left_ms(limits, until - clock_monotonic_ms()), &response,
                      &error);
    int status = FAILED;
    if (response && response->outcome == HTTP_ANSWERED) {
        status = response->status;
        snprintf(why, size, "it answers %d", status);
        if (status / 100 == 2 && strstr(buf_text(&response->body), "not found")) {
            status = 404; /* healthchecks.io says 200 to it */
            snprintf(why, size, "it does not know this check: look at [healthcheck] url");
        }
    } else if (response) {
        snprintf(why, size, "%s", response->failure);
    } else {
        snprintf(why, size, "%s", error.code ? error.message : "no answer within 5 s");
    }
    http_response_free(response);
    return status;
}

/* true: told. */
static bool try_once(const struct healthcheck *check, const char *url, const struct limits *limits,
                     char *why, size_t size, bool *again)
{
    const struct http_options options = {.proxy = check->proxy,
                                         .user_agent = check->user_agent,
                                         .connections = 1,
                                         .timeout_s = PATIENCE_S,
                                         .body_max = ANSWER_MAX,
                                         .signal = limits->signal};
    struct error error = ERROR_INIT;
    struct http *http = NULL;
    int status = 0;
    if (http_open(&http, &options, NULL, &error) < 0 ||
        http_start(http, url, HTTP_ANONYMOUS, NULL, &error) < 0)
        snprintf(why, size, "%s", error.message);
    else
        status = wait_for(http, limits, why, size);
    http_close(http);
    *again = status == FAILED || status == 429 || status / 100 == 5;
    return status / 100 == 2;
}

void healthcheck_ping(const struct healthcheck *check, int exit_code, const struct limits *limits,
                      const struct log *log)
{
    char host[256], why[ERROR_MESSAGE_MAX] = "out of memory";
    struct buf url;
    struct error ended = ERROR_INIT;
    if (!check->url)
        return;
    buf_init(&url, URL_MAX);
    url_host(host, sizeof host, check->url); /* the rest of the address is the key to it */
    const char *what = exit_code == HEALTHCHECK_START ? "start" : exit_code ? "failure" : "success";
    int64_t began = clock_monotonic_ms();
    bool told = false, again = compose(&url, check->url, exit_code) == 0;
    for (int try = 0; again && !told && try < TRIES; try++) {
        if (try > 0 && limits_sleep_ms(limits, PAUSE_MS, &ended) < 0)
            break;
        told = try_once(check, buf_text(&url), limits, why, sizeof why, &again);
        if (limits_check(limits, &ended) < 0)
            break;
    }
    const struct log_field field = {"duration_ms", clock_monotonic_ms() - began};
    if (told)
        log_fields(log, LOG_DETAIL, &field, 1, "health check: %s was told of the %s (%lld ms)",
                   host, what, (long long)field.number);
    else if (ended.code == ERR_NONE) /* else it had no time to be told */
        log_write(log, LOG_WARNING, "the health check at %s could not be told of the %s: %s", host,
                  what, why);
    buf_release(&url);
}
