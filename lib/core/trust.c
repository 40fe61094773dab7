/* trust: caches by their headers, older rows, and tickets that are gone from the list. */
#include "core/trust.h"

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

void trust_header(struct trust_age *age, const char *name, size_t name_n, const char *value,
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

bool trust_is_stale(const struct trust_age *age, int64_t running_ms)
{
    /* Whole seconds, rounded by two clocks. */
    return age->cached || age->age_s > running_ms / 1000 + 1;
}

static bool same_text(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

enum trust_site trust_site(struct trust_identity before, struct trust_identity now)
{
    if (!before.home && !before.address)
        return TRUST_SITE_FIRST;
    if (before.home && now.home)
        return same_text(before.home, now.home) ? TRUST_SITE_SAME : TRUST_SITE_OTHER;
    /* States of before the address was remembered have the home alone. */
    const char *known = before.address ? before.address : before.home;
    return same_text(known, now.address) ? TRUST_SITE_SAME : TRUST_SITE_UNCONFIRMED;
}

const char *trust_zone(const char *before, bool told, const char *configured)
{
    return before && (told || !configured) ? before : configured;
}

enum trust_verdict trust_row(const struct trust_row *row)
{
    bool newer = row->received > row->stored && row->stored;
    if (row->stale)
        return newer && !row->deleted ? TRUST_WRITE : TRUST_KEEP;
    if (row->confirmed)
        return TRUST_WRITE;
    return row->deleted || row->received < row->stored ? TRUST_ASK : TRUST_WRITE;
}

enum trust_gone trust_gone(enum trust_single single, bool listed, bool uncertain)
{
    if (uncertain)
        return GONE_UNKNOWN;
    if (listed)
        return GONE_LISTED;
    return single == SINGLE_DELETED ? GONE_DELETED : GONE_INVISIBLE;
}

void trust_probes(size_t count, int64_t walk, size_t *first, size_t *step)
{
    *step = count <= TRUST_FEW ? 1 : (count + TRUST_SAMPLE - 1) / TRUST_SAMPLE;
    *first = (size_t)((walk < 0 ? 0 : walk) % (int64_t)*step);
}
