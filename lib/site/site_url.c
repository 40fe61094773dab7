/* site_url: building URLs, and taking apart the Location of a redirect. */
#include "site/site_url.h"

#include <inttypes.h>
#include <string.h>

#include "base/url.h"

/* What follows a ticket's own address. */
static const char *action_of(enum site_what what)
{
    return what == SITE_SET       ? "/property"
           : what == SITE_CLOSE   ? "/close"
           : what == SITE_REOPEN  ? "/re-open"
           : what == SITE_RESPOND ? "/responses"
                                  : "";
}

/* Is it about one ticket, whose address it has? */
static bool is_of_ticket(enum site_what what)
{
    return what == SITE_TICKET || what == SITE_CONVERSATION || *action_of(what);
}

int site_url_path(struct buf *out, const struct site_request *request)
{
    if (request->what == SITE_ME)
        return buf_puts(out, "/me");
    if (request->what == SITE_LOG)
        return buf_puts(out, "/activity-logger");
    buf_puts(out, "/tickets");
    return is_of_ticket(request->what)
               ? buf_printf(out, "/%" PRId64 "%s", request->ticket, action_of(request->what))
               : 0;
}

static int put_route(struct buf *out, const struct site_request *request)
{
    if (request->what == SITE_INDEX || request->what == SITE_LOGIN)
        return buf_puts(out, "/");
    buf_puts(out, "/fluent-support/v2");
    return site_url_path(out, request);
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
    case SITE_LOG:
        return buf_printf(out, "per_page=%" PRId64 "&page=1", request->per_page);
    case SITE_ME:
    case SITE_TICKET:
    case SITE_CONVERSATION:
    case SITE_README:
    case SITE_SET:
    case SITE_CLOSE:
    case SITE_REOPEN:
    case SITE_RESPOND:
        break;
    }
    return 0;
}

static bool has_query(const struct site_request *request)
{
    return request->what != SITE_ME && !is_of_ticket(request->what);
}

int site_url(struct buf *out, const char *base, enum site_form form,
             const struct site_request *request, const char *fresh)
{
    bool plain = form == SITE_FORM_PLAIN;
    buf_puts(out, base);
    if (request->what == SITE_README) {
        buf_printf(out, "/wp-content/plugins/fluent-support/readme.txt?fluent_sync=%s", fresh);
        return out->failed ? -1 : 0;
    }
    buf_puts(out, plain ? "/?rest_route=" : "/wp-json");
    put_route(out, request);
    buf_putc(out, plain ? '&' : '?');
    put_query(out, request);
    buf_printf(out, "%sfluent_sync=%s", has_query(request) ? "&" : "", fresh);
    return out->failed ? -1 : 0;
}

bool site_url_same(const char *asked, const char *location)
{
    struct url before = url_split(asked), after = url_split(location);
    size_t n = url_length_to_path(asked, &before);
    return url_length_to_path(location, &after) == n && strncmp(asked, location, n) == 0;
}

/* Appends the address without user information, up to `end`. */
static int show_to(struct buf *out, const struct url *url, const char *end)
{
    buf_append(out, url->scheme.at, url->scheme.length);
    buf_puts(out, url->scheme.length ? "://" : "");
    return buf_append(out, url->host.at, (size_t)(end - url->host.at));
}

int site_url_show(struct buf *out, const char *location)
{
    struct url url = url_split(location);
    return show_to(out, &url, url.tail.at);
}

bool site_url_base(struct buf *out, const char *location)
{
    static const char api[] = "/wp-json", plain[] = "?rest_route=";
    struct url url = url_split(location);
    const char *end = memmem(url.path.at, url.path.length, api, sizeof api - 1);
    if (!end && strncmp(url.tail.at, plain, sizeof plain - 1) == 0)
        end = url.tail.at;
    while (end && end > url.path.at && end[-1] == '/')
        end--;
    return end && show_to(out, &url, end) == 0;
}
