/* url: the addresses of the site and of the health check. */
#include "config/url.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOST_SIZE = 512 };

static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    long number = strtol(text, NULL, 10);
    return digits > 0 && digits <= 5 && !text[digits] && number >= 1 && number <= 65535;
}

static bool is_name(const char *host)
{
    static const char CHARACTERS[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
    for (const char *c = host; *c; c++)
        if (!strchr(CHARACTERS, *c) && (unsigned char)*c < 0x80)
            return false;
    return *host != '\0';
}

/* The host of `n` bytes "HOST", "HOST:PORT" or "[IPv6]:PORT", without brackets. */
static bool parse_host(const char *authority, size_t n, char host[HOST_SIZE])
{
    char text[HOST_SIZE];
    struct in6_addr address;
    if (n >= sizeof text)
        return false;
    snprintf(text, sizeof text, "%.*s", (int)n, authority);
    bool bracket = *text == '[';
    size_t end = strcspn(text, bracket ? "]" : ":");
    snprintf(host, HOST_SIZE, "%.*s", (int)(end - bracket), text + bracket);
    if (bracket && (!text[end] || inet_pton(AF_INET6, host, &address) != 1))
        return false;
    if (!bracket && !is_name(host))
        return false;
    const char *port = text + end + bracket;
    return !*port || (*port == ':' && is_port(port + 1));
}

/* The length of `path` without "/wp-json..." and slashes at the end. */
static size_t base_length(const char *path)
{
    static const char API[] = "/wp-json";
    size_t n = strlen(path);
    for (const char *at = path; (at = strstr(at, API)) != NULL; at++)
        if (at[strlen(API)] == '\0' || at[strlen(API)] == '/') {
            n = (size_t)(at - path);
            break;
        }
    while (n > 0 && path[n - 1] == '/')
        n--;
    return n;
}

static bool has_foreign(const char *text)
{
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c <= ' ' || strchr("\"<>\\^`{|}\x7f", *c))
            return true;
    return false;
}

/* The length of "https://" or "http://"; 0: it is neither. */
static size_t scheme_length(const char *text)
{
    if (strncasecmp(text, "https://", 8) == 0)
        return 8;
    return strncasecmp(text, "http://", 7) == 0 ? 7 : 0;
}

const char *config_url(const char *text, char **url)
{
    size_t scheme = scheme_length(text);
    char host[HOST_SIZE];
    *url = NULL;
    if (strchr(text, '@'))
        return "must not contain a user name or password: use api_username and api_password";
    if (!scheme)
        return "must begin with https://";
    if (strpbrk(text, "?#"))
        return "must not contain `?` or `#`: give only the address of the site";
    if (has_foreign(text))
        return "contains a character that no address has";
    const char *authority = text + scheme;
    size_t n = strcspn(authority, "/");
    if (!parse_host(authority, n, host))
        return "has no valid host";
    const char *path = authority + n;
    if (asprintf(url, "%s://%.*s%.*s", scheme == 8 ? "https" : "http", (int)n, authority,
                 (int)base_length(path), path) < 0)
        *url = NULL;
    return NULL;
}

const char *config_ping_url(const char *text)
{
    size_t scheme = scheme_length(text);
    char host[HOST_SIZE];
    if (!scheme)
        return "must begin with https:// or http://";
    if (has_foreign(text) || strchr(text, '#'))
        return "contains a character that no address has";
    if (!parse_host(text + scheme, strcspn(text + scheme, "/?"), host))
        return "has no valid host";
    return NULL;
}

bool config_url_is_loopback(const char *url)
{
    const char *authority = strstr(url, "//");
    char host[HOST_SIZE];
    struct in_addr v4;
    struct in6_addr v6;
    if (!authority || !parse_host(authority + 2, strcspn(authority + 2, "/"), host))
        return false;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, host, &v6) == 1)
        return IN6_IS_ADDR_LOOPBACK(&v6);
    return strcasecmp(host, "localhost") == 0;
}
