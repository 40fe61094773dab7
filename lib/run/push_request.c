/* push_request: the request that a row of the outbox is for. */
#include "run/pushing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/push_content.h"

static int respond(struct pushing *p, const struct outbox_row *row, const char *marker,
                   struct site_written *written, struct error *error)
{
    struct buf html;
    buf_init(&html, PUSH_CONTENT_MAX);
    bool failed = push_content_escape(row->content, &html) < 0;
    struct site_entry entry = {.type = row->action == OUTBOX_NOTE ? SITE_NOTE : SITE_REPLY,
                               .html = buf_text(&html),
                               .message_id = marker};
    int done = failed ? error_no_memory(error)
                      : site_respond(p->run->site, row->ticket, &entry, written, error);
    buf_release(&html);
    return done;
}

int pushing_send(struct pushing *p, const struct outbox_row *row, const char *marker,
                 struct site_written *written, struct error *error)
{
    struct site *site = p->run->site;
    switch (row->action) {
    case OUTBOX_CLOSE:
        return site_close_ticket(site, row->ticket,
                                 p->options->notify ? SITE_WITH_HOOKS : SITE_SILENTLY, written,
                                 error);
    case OUTBOX_REOPEN:
        return site_reopen_ticket(site, row->ticket, written, error);
    case OUTBOX_REPLY:
    case OUTBOX_NOTE:
        return respond(p, row, marker, written, error);
    case OUTBOX_SET:
        return site_set_property(site, row->ticket, outbox_field_words[row->field], row->value,
                                 written, error);
    case OUTBOX_ACTIONS:
        break;
    }
    return error_set(error, ERR_INTERNAL, "a row of the outbox without an action was to be sent");
}

/* In a dry run: what would be sent. */

static struct decode_member member(const char *name, const char *text)
{
    return (struct decode_member){name, text, strlen(text)};
}

static int make_body(const struct pushing *p, const struct outbox_row *row, const char *marker,
                     struct buf *body)
{
    struct decode_member members[3];
    struct buf html;
    size_t n = 0;
    buf_init(&html, PUSH_CONTENT_MAX);
    if (row->action == OUTBOX_SET) {
        members[n++] = member("prop_name", outbox_field_words[row->field]);
        members[n++] = member("prop_value", row->value);
    } else if (row->action == OUTBOX_CLOSE && p->options->notify) {
        members[n++] = member("close_ticket_silently", "no");
    } else if (outbox_is_text(row->action) && push_content_escape(row->content, &html) == 0) {
        members[n++] = member("content", buf_text(&html));
        members[n++] =
            member("conversation_type", row->action == OUTBOX_NOTE ? "note" : "response");
        members[n++] = member("message_id", marker);
    }
    int done = html.failed ? -1 : encode_object(members, n, body);
    buf_release(&html);
    return done;
}

int pushing_report(struct pushing *p, const struct outbox_row *row, const char *marker,
                   struct error *error)
{
    static const char *const calls[OUTBOX_ACTIONS] = {
        [OUTBOX_CLOSE] = "close",    [OUTBOX_REOPEN] = "re-open", [OUTBOX_REPLY] = "responses",
        [OUTBOX_NOTE] = "responses", [OUTBOX_SET] = "property",
    };
    const struct sync_options *o = p->run->in.options;
    char change[PUSH_WHY_SIZE], path[64];
    struct buf body;
    push_describe(row, change);
    snprintf(path, sizeof path, "/tickets/%" PRId64 "/%s", row->ticket, calls[row->action]);
    buf_init(&body, 2 * PUSH_CONTENT_MAX);
    int done = make_body(p, row, marker, &body);
    struct sync_push push = {.fluent_id = row->fluent_id,
                             .change = change,
                             .method = row->action == OUTBOX_SET ? "PUT" : "POST",
                             .path = path,
                             .body = buf_text(&body)};
    if (done == 0 && o->pushed)
        o->pushed(o->pushed_context, &push);
    p->run->writer.row.counts.pushed += done == 0;
    buf_release(&body);
    return done < 0 ? error_no_memory(error) : 0;
}
