/* push_request: the request that a row of the outbox is for. */
#include "run/pushing.h"

/* What the row asks for; the text of a reply or note goes through `html`. */
static int change_of(const struct pushing *p, const struct outbox_row *row, const char *marker,
                     struct site_change *change, struct buf *html, struct error *error)
{
    *change = (struct site_change){.ticket = row->ticket};
    switch (row->action) {
    case OUTBOX_CLOSE:
        change->what = SITE_CLOSE;
        change->hooks = p->options->notify ? SITE_WITH_HOOKS : SITE_SILENTLY;
        return 0;
    case OUTBOX_REOPEN:
        change->what = SITE_REOPEN;
        return 0;
    case OUTBOX_REPLY:
    case OUTBOX_NOTE:
        change->what = SITE_RESPOND;
        change->type = row->action == OUTBOX_NOTE ? SITE_NOTE : SITE_REPLY;
        change->message_id = marker;
        if (push_content_escape(row->content, html) < 0)
            return error_no_memory(error);
        change->html = buf_text(html);
        return 0;
    case OUTBOX_SET:
        change->what = SITE_SET;
        change->field = outbox_field_words[row->field];
        change->value = row->value;
        return 0;
    case OUTBOX_ACTIONS:
        break;
    }
    return error_set(error, ERR_INTERNAL, "a row of the outbox without an action was to be sent");
}

int pushing_send(struct pushing *p, const struct outbox_row *row, const char *marker,
                 struct site_written *written, struct error *error)
{
    struct site_change change;
    struct buf html;
    buf_init(&html, PUSH_CONTENT_MAX);
    int done = change_of(p, row, marker, &change, &html, error);
    if (done == 0)
        done = site_send(p->run->site, &change, written, error);
    buf_release(&html);
    return done;
}

/* In a dry run: what would be sent. */

static int report(struct pushing *p, const struct outbox_row *row, const struct site_change *change,
                  struct error *error)
{
    const struct sync_options *o = p->run->in.options;
    char text[PUSH_WHY_SIZE];
    struct buf path, body;
    push_describe(row, text);
    buf_init(&path, SIZE_MAX / 4);
    buf_init(&body, SIZE_MAX / 4);
    bool failed = site_change_path(change, &path) < 0 || site_change_body(change, &body) < 0;
    struct sync_push push = {.fluent_id = row->fluent_id,
                             .change = text,
                             .method =
                                 site_change_method(change->what) == HTTP_PUT ? "PUT" : "POST",
                             .path = buf_text(&path),
                             .body = buf_text(&body)};
    if (!failed && o->pushed)
        o->pushed(o->pushed_context, &push);
    buf_release(&path);
    buf_release(&body);
    return failed ? error_no_memory(error) : 0;
}

int pushing_report(struct pushing *p, const struct outbox_row *row, const char *marker,
                   struct error *error)
{
    struct site_change change;
    struct buf html;
    buf_init(&html, PUSH_CONTENT_MAX);
    int done = change_of(p, row, marker, &change, &html, error);
    if (done == 0)
        done = report(p, row, &change, error);
    p->run->writer.row.counts.pushed += done == 0;
    buf_release(&html);
    return done;
}
