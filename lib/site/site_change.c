/* site_change: a change of a ticket on the site, and the request that it is. */
#include "site/site_change.h"

#include <string.h>

#include "site/site_url.h"

enum http_method site_change_method(enum site_what what)
{
    return what == SITE_SET ? HTTP_PUT : HTTP_POST;
}

int site_change_path(const struct site_change *change, struct buf *out)
{
    const struct site_request request = {.what = change->what, .ticket = change->ticket};
    return site_url_path(out, &request);
}

static struct decode_member member(const char *name, const char *text)
{
    return (struct decode_member){name, text, strlen(text)};
}

int site_change_body(const struct site_change *change, struct buf *out)
{
    struct decode_member members[3];
    size_t count = 0;
    if (change->what == SITE_SET) {
        members[count++] = member("prop_name", change->field);
        members[count++] = member("prop_value", change->value);
    } else if (change->what == SITE_CLOSE && change->hooks == SITE_WITH_HOOKS) {
        members[count++] = member("close_ticket_silently", "no");
    } else if (change->what == SITE_RESPOND) {
        members[count++] = member("content", change->html);
        members[count++] =
            member("conversation_type", change->type == SITE_NOTE ? "note" : "response");
        members[count++] = member("message_id", change->message_id);
    }
    return encode_object(members, count, out);
}
