/* url: finding the parts of an address. */
#include "base/url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct url url_split(const char *text)
{
    struct url url;
    size_t scheme = 0;
    while (isalnum((unsigned char)text[scheme]) || (text[scheme] && strchr("+-.", text[scheme])))
        scheme++;
    bool told = scheme > 0 && strncmp(text + scheme, "://", 3) == 0;
    url.scheme = (struct url_part){text, told ? scheme : 0};
    const char *p = told ? text + scheme + 3 : text, *end = p + strcspn(p, "/?#");
    const char *at = memrchr(p, '@', (size_t)(end - p));
    url.user = (struct url_part){p, at ? (size_t)(at - p) : 0};
    p = at ? at + 1 : p;
    const char *bracket = *p == '[' ? memchr(p, ']', (size_t)(end - p)) : NULL;
    const char *colon = memchr(bracket ? bracket : p, ':', (size_t)(end - (bracket ? bracket : p)));
    const char *host_end = bracket ? bracket + 1 : colon ? colon : end;
    url.host = (struct url_part){p, (size_t)(host_end - p)};
    url.port = (struct url_part){host_end, (size_t)(end - host_end)};
    url.path = (struct url_part){end, strcspn(end, "?#")};
    p = end + url.path.length;
    url.tail = (struct url_part){p, strlen(p)};
    return url;
}

void url_host(char *host, size_t size, const char *text)
{
    struct url url = url_split(text);
    snprintf(host, size, "%.*s%.*s", (int)url.host.length, url.host.at, (int)url.port.length,
             url.port.at);
}

bool url_has_scheme(const struct url *url, const char *scheme)
{
    return strlen(scheme) == url->scheme.length &&
           strncasecmp(url->scheme.at, scheme, url->scheme.length) == 0;
}

size_t url_length_to_path(const char *text, const struct url *url)
{
    size_t n = (size_t)(url->tail.at - text);
    while (n && text[n - 1] == '/')
        n--;
    return n;
}

bool url_is_loopback(struct url_part host)
{
    char text[INET6_ADDRSTRLEN + 2];
    struct in_addr v4;
    struct in6_addr v6;
    bool brackets = host.length > 2 && host.at[0] == '[' && host.at[host.length - 1] == ']';
    size_t n = host.length - (brackets ? 2 : 0);
    if (n >= sizeof text)
        return false;
    memcpy(text, host.at + brackets, n);
    text[n] = '\0';
    if (inet_pton(AF_INET, text, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, text, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}
