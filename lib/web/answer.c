/* answer: composes the head of an answer. */
#include "web/answer.h"

#include <string.h>

#include "base/text.h"
#include "web/access.h"

void web_answer_init(struct web_answer *answer)
{
    *answer = (struct web_answer){.status = WEB_OK};
    buf_init(&answer->fields, WEB_HEAD_MAX);
}

void web_answer_release(struct web_answer *answer)
{
    buf_release(&answer->fields);
}

static void add_field(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, "%s: ", name);
    text_clean(out, value, strlen(value));
    buf_puts(out, "\r\n");
}

void web_answer_field(struct web_answer *answer, const char *name, const char *value)
{
    add_field(&answer->fields, name, value);
}

void web_answer_methods(struct web_answer *answer, const char *name, unsigned methods)
{
    static const char *const names[] = {"GET", "HEAD", "POST", "OPTIONS"};
    struct buf list;
    buf_init(&list, WEB_HEAD_MAX);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (methods & 1U << i)
            buf_printf(&list, "%s%s", list.len ? ", " : "", names[i]);
    web_answer_field(answer, name, buf_text(&list));
    buf_release(&list);
}

void web_answer_share(struct web_answer *answer, const struct web_request *request,
                      const struct web_options *options, unsigned methods)
{
    if (options->origins)
        web_answer_field(answer, "Vary", "Origin");
    if (!web_origin_is_listed(request, options))
        return;
    web_answer_field(answer, "Access-Control-Allow-Origin", request->origin);
    web_answer_field(answer, "Access-Control-Allow-Credentials", "true");
    if (methods) {
        web_answer_methods(answer, "Access-Control-Allow-Methods", methods);
        web_answer_field(answer, "Access-Control-Allow-Headers",
                         "Authorization, Content-Type, Prefer");
        web_answer_field(answer, "Access-Control-Max-Age", "600");
    } else {
        web_answer_field(answer, "Access-Control-Expose-Headers",
                         "Link, Location, Preference-Applied, Retry-After, X-Total-Count");
    }
}

int web_answer_head(const struct web_answer *answer, struct buf *out)
{
    static const char NOTHING[] = "default-src 'none'; base-uri 'none'; form-action 'none'; "
                                  "frame-ancestors 'none'";
    buf_printf(out, "Status: %d %s\r\n", (int)answer->status, web_reason(answer->status));
    if (answer->status != WEB_NO_CONTENT)
        add_field(out, "Content-Type",
                  answer->type ? answer->type : "application/json; charset=utf-8");
    add_field(out, "Cache-Control", "no-store");
    add_field(out, "X-Content-Type-Options", "nosniff");
    add_field(out, "Cross-Origin-Resource-Policy", "same-origin");
    add_field(out, "Content-Security-Policy", answer->policy ? answer->policy : NOTHING);
    add_field(out, "Referrer-Policy", "no-referrer");
    if (answer->fields.failed)
        return -1;
    buf_puts(out, buf_text(&answer->fields));
    return buf_puts(out, "\r\n");
}
