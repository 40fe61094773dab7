/* signature: who may call POST /webhook. */
#include "web/signature.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/signing.h"
#include "web/status.h"

enum { DIGITS_MAX = 12 }; /* seconds until the year 33658 */

static int judge_time(const char *timestamp, int64_t now, struct error *error)
{
    size_t n = strlen(timestamp);
    if (n == 0 || n > DIGITS_MAX || strspn(timestamp, "0123456789") < n)
        return error_raise(error, WEB_REFUSAL(WEB_UNAUTHORIZED),
                           "the webhook-timestamp is no number of seconds");
    int64_t skew = strtoll(timestamp, NULL, 10) - now;
    if (skew <= WEB_SIGNATURE_SKEW_S && skew >= -WEB_SIGNATURE_SKEW_S)
        return 0;
    return error_raise(error, WEB_REFUSAL(WEB_UNAUTHORIZED),
                       "the webhook-timestamp is %" PRId64 " s %s this machine's clock",
                       skew < 0 ? -skew : skew, skew < 0 ? "behind" : "ahead of");
}

int web_signature_judge(const struct web_request *r, const struct buf *body,
                        const struct web_options *options, int64_t now, struct error *error)
{
    struct signing_keys keys;
    if (!r->webhook_id || !r->webhook_timestamp || !r->webhook_signature)
        return error_raise(error, WEB_REFUSAL(WEB_UNAUTHORIZED),
                           "the request is not signed as a webhook");
    struct signed_message message = {r->webhook_id, r->webhook_timestamp, buf_text(body),
                                     body->len};
    bool good = signing_keys_read(&keys, secret_reveal(&options->webhook_secret)) == 0 &&
                signing_is_signed(&keys, &message, r->webhook_signature);
    signing_keys_forget(&keys);
    if (!good)
        return error_raise(error, WEB_REFUSAL(WEB_UNAUTHORIZED), "the signature is not valid");
    if (!(options->allow & WEB_WEBHOOK))
        return error_raise(error, WEB_REFUSAL(WEB_FORBIDDEN), "this is not allowed here");
    return judge_time(r->webhook_timestamp, now, error);
}
