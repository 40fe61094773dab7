/* url: the addresses of the site and of the health check. */
#include "config/url.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/url.h"

enum { HOST_SIZE = 512, PORT_DIGITS = 5 };

/* ":PORT", or nothing. */
static bool is_port(struct url_part port)
{
    long number = 0;
    if (!port.length)
        return true;
    for (size_t i = 1; i < port.length && i <= PORT_DIGITS + 1; i++) {
        if (!strchr("0123456789", port.at[i]))
            return false;
        number = number * 10 + (port.at[i] - '0');
    }
    return port.at[0] == ':' && port.length - 1 <= PORT_DIGITS && number >= 1 && number <= 65535;
}

static bool is_name(struct url_part host)
{
    static const char CHARACTERS[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
    for (size_t i = 0; i < host.length; i++)
        if (!strchr(CHARACTERS, host.at[i]) && (unsigned char)host.at[i] < 0x80)
            return false;
    return host.length > 0 && host.length < HOST_SIZE;
}

/* "[IPv6]" */
static bool is_bracketed(struct url_part host)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (host.length < 2 || host.length - 2 >= sizeof text || host.at[host.length - 1] != ']')
        return false;
    snprintf(text, sizeof text, "%.*s", (int)host.length - 2, host.at + 1);
    return inet_pton(AF_INET6, text, &address) == 1;
}

static bool is_host(const struct url *url)
{
    bool bracket = url->host.length && url->host.at[0] == '[';
    return (bracket ? is_bracketed(url->host) : is_name(url->host)) && is_port(url->port);
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

static bool has_forbidden_character(const char *text)
{
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c <= ' ' || strchr("\"<>\\^`{|}\x7f", *c))
            return true;
    return false;
}

static bool is_web(const struct url *url)
{
    return url_has_scheme(url, "https") || url_has_scheme(url, "http");
}

const char *config_url(const char *text, char **address)
{
    struct url url = url_split(text);
    *address = NULL;
    if (strchr(text, '@'))
        return "must not contain a user name or password: use api_username and api_password";
    if (!is_web(&url))
        return "must begin with https://";
    if (url.tail.length)
        return "must not contain `?` or `#`: give only the address of the site";
    if (has_forbidden_character(text))
        return "contains a character that no address has";
    if (!is_host(&url))
        return "has no valid host";
    if (asprintf(address, "%s://%.*s%.*s%.*s", url_has_scheme(&url, "https") ? "https" : "http",
                 (int)url.host.length, url.host.at, (int)url.port.length, url.port.at,
                 (int)base_length(url.path.at), url.path.at) < 0)
        *address = NULL;
    return NULL;
}

const char *config_ping_url(const char *text)
{
    struct url url = url_split(text);
    if (!is_web(&url))
        return "must begin with https:// or http://";
    if (has_forbidden_character(text) || strchr(text, '#'))
        return "contains a character that no address has";
    if (url.host.at != url.user.at)
        return "must not contain a user name or password";
    return is_host(&url) ? NULL : "has no valid host";
}

bool config_url_is_protected(const char *address)
{
    static const char name[] = "localhost";
    struct url url = url_split(address);
    return url_has_scheme(&url, "https") || url_is_loopback(url.host) ||
           (url.host.length == sizeof name - 1 &&
            strncasecmp(url.host.at, name, sizeof name - 1) == 0);
}
