/* http_age: reads the headers by which caches say how old a response is. */
#include "io/http_age.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Headers by which caches say whether an answer was stored. */
static const char *const CACHES[] = {
    "Cache-Status", /* RFC 9211 */
    "CDN-Cache",
    "CF-Cache-Status",
    "Fastcgi-Cache",

    "X-Cache",
    "X-Cache-Status",
    "X-CDN-Cache",
    "X-Edge-Cache",
    "X-FastCGI-Cache",
    "X-GoCache-CacheStatus",
    "X-Kinsta-Cache",
    "X-LiteSpeed-Cache",
    "X-Nginx-Cache",
    "X-Nginx-Cache-Status",
    "X-Proxy-Cache",
    "X-QC-Cache",
    "X-Rocket-Nginx-Serving-Static",
    "X-Srcache-Fetch-Status",
    "X-Sucuri-Cache",
    "X-Varnish-Cache",
    "X-Vercel-Cache",
};

static bool is_name(const char *name, size_t n, const char *wanted)
{
    return n == strlen(wanted) && strncasecmp(name, wanted, n) == 0;
}

static bool is_cache(const char *name, size_t n)
{
    for (size_t i = 0; i < sizeof CACHES / sizeof *CACHES; i++)
        if (is_name(name, n, CACHES[i]))
            return true;
    return false;
}

/* The length of the word at `text`; 0: none begins there. */
static size_t word_length(const char *text, const char *end)
{
    const char *at = text;
    while (at < end && isalnum((unsigned char)*at))
        at++;
    return (size_t)(at - text);
}

/* "HIT", "TCP_MEM_HIT", "hit,private", "MISS, HIT": a stored answer.
 * "TCP_REFRESH_HIT" was confirmed by the site; a name behind "from" is the cache's own. */
static bool tells_hit(const char *value, size_t n)
{
    static const char *const hits[] = {"hit", "stale", "updating"};
    const char *end = value + n;
    bool refreshed = false, from = false;
    for (const char *at = value; at < end;) {
        size_t length = word_length(at, end);
        for (size_t i = 0; i < sizeof hits / sizeof *hits && !from; i++)
            if (is_name(at, length, hits[i]) && !refreshed)
                return true;
        if (length) {
            from = is_name(at, length, "from");
            refreshed = is_name(at, length, "refresh");
        }
        at += length ? length : 1;
    }
    return false;
}

static int64_t seconds_of(const char *value, size_t n)
{
    int64_t seconds = 0;
    size_t i = 0;
    for (; i < n && isdigit((unsigned char)value[i]); i++)
        if (seconds < INT32_MAX)
            seconds = seconds * 10 + (value[i] - '0');
    return i > 0 ? seconds : -1;
}

void http_age_header(struct http_age *age, const char *name, size_t name_n, const char *value,
                     size_t n)
{
    if (is_name(name, name_n, "Age")) {
        int64_t seconds = seconds_of(value, n);
        age->age_s = seconds > age->age_s ? seconds : age->age_s;
    } else if (is_name(name, name_n, "WP-Super-Cache")) {
        static const char served[] = "Served"; /* "Served supercache file from PHP" */
        age->cached |= n >= sizeof served - 1 && strncasecmp(value, served, sizeof served - 1) == 0;
    } else if (is_cache(name, name_n)) {
        age->cached |= tells_hit(value, n);
    }
}
