/* site_url: building URLs, and taking apart the Location of a redirect. */
#include "site/site_url.h"

#include <inttypes.h>
#include <string.h>

static int put_route(struct buf *out, const struct site_request *request)
{
    if (request->what == SITE_INDEX || request->what == SITE_LOGIN)
        return buf_puts(out, "/");
    buf_puts(out, "/fluent-support/v2/");
    if (request->what == SITE_ME)
        return buf_puts(out, "me");
    if (request->what == SITE_TICKET)
        return buf_printf(out, "tickets/%" PRId64, request->ticket);
    return buf_puts(out, "tickets");
}

static int put_query(struct buf *out, const struct site_request *request)
{
    switch (request->what) {
    case SITE_INDEX:
    case SITE_LOGIN:
        return buf_puts(out,
                        "_fields=name,home,gmt_offset,timezone_string,namespaces,authentication");
    case SITE_BY_ID:
        return buf_printf(out, "per_page=%" PRId64 "&page=%" PRId64 "&order_by=id&order_type=ASC",
                          request->per_page, request->page);
    case SITE_RECENT:
        return buf_printf(
            out, "per_page=%" PRId64 "&page=%" PRId64 "&order_by=updated_at&order_type=DESC",
            request->per_page, request->page);
    case SITE_MAILBOX:
        return buf_printf(out,
                          "per_page=%" PRId64 "&page=%" PRId64
                          "&order_by=id&order_type=ASC&filters%%5Bmailbox_id%%5D=%" PRId64,
                          request->per_page, request->page, request->mailbox);
    case SITE_SEARCH: /* below 15 per page every ticket costs the site one more query */
        return buf_printf(out, "search=id:%" PRId64 "&per_page=15&page=1", request->ticket);
    case SITE_ME:
    case SITE_TICKET:
        break;
    }
    return 0;
}

static bool has_query(const struct site_request *request)
{
    return request->what != SITE_ME && request->what != SITE_TICKET;
}

int site_url(struct buf *out, const char *base, enum site_form form,
             const struct site_request *request, const char *fresh)
{
    bool plain = form == SITE_FORM_PLAIN;
    buf_puts(out, base);
    buf_puts(out, plain ? "/?rest_route=" : "/wp-json");
    put_route(out, request);
    buf_putc(out, plain ? '&' : '?');
    put_query(out, request);
    buf_printf(out, "%sfluent_sync=%s", has_query(request) ? "&" : "", fresh);
    return out->failed ? -1 : 0;
}

/* Of the path, without the slash behind it. */
static size_t path_length(const char *url)
{
    size_t n = strcspn(url, "?#");
    while (n && url[n - 1] == '/')
        n--;
    return n;
}

bool site_url_same(const char *asked, const char *location)
{
    size_t n = path_length(asked);
    return path_length(location) == n && strncmp(asked, location, n) == 0;
}

int site_url_show(struct buf *out, const char *location)
{
    const char *authority = strstr(location, "://");
    authority = authority ? authority + 3 : location;
    const char *at = memrchr(authority, '@', strcspn(authority, "/?#"));
    const char *rest = at ? at + 1 : authority;
    buf_append(out, location, (size_t)(authority - location));
    return buf_append(out, rest, strcspn(rest, "?#"));
}

bool site_url_base(struct buf *out, const char *location)
{
    const char *end = strstr(location, "/wp-json");
    const char *query = strchr(location, '?');
    if (!end || (query && query < end))
        end = query && strncmp(query, "?rest_route=", 12) == 0 ? query : NULL;
    if (!end)
        return false;
    while (end > location && end[-1] == '/')
        end--;
    struct buf base;
    buf_init(&base, strlen(location));
    bool done = buf_append(&base, location, (size_t)(end - location)) == 0 &&
                site_url_show(out, buf_text(&base)) == 0;
    buf_release(&base);
    return done;
}
