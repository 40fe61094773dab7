/* retry: back-off with full jitter, Retry-After, and when to give up. */
#include "base/retry.h"

#include <ctype.h>

#include "base/zone.h"

static int retries_allowed(const struct retry_policy *policy, enum retry_kind kind)
{
    if (kind == RETRY_NO)
        return 0;
    if (kind == RETRY_FEW && policy->retries > RETRY_FEW_MAX)
        return RETRY_FEW_MAX;
    return policy->retries;
}

static int64_t backoff_ceiling(const struct retry_policy *policy, int attempt)
{
    int64_t ceiling = policy->base_ms;
    for (int i = 1; i < attempt && ceiling < policy->cap_ms; i++)
        ceiling *= 2;
    return ceiling < policy->cap_ms ? ceiling : policy->cap_ms;
}

int64_t retry_wait_ms(const struct retry_policy *policy, const struct retry_try *last)
{
    if (last->attempt > retries_allowed(policy, last->kind))
        return -1;
    int64_t wait = (int64_t)(last->random * (double)backoff_ceiling(policy, last->attempt));
    if (last->after_ms > policy->cap_ms)
        return -1;
    if (last->after_ms > wait)
        wait = last->after_ms;
    if (wait >= last->left_ms || wait > policy->total_ms - last->waited_ms)
        return -1;
    return wait;
}

/* Longer than any run: stands for every larger number, so that none overflows. */
static const int64_t EVER_S = INT64_C(1000000000);

int64_t retry_after_ms(const char *header, int64_t now)
{
    const char *p = header;
    int64_t seconds = 0;
    for (; isdigit((unsigned char)*p); p++)
        if (seconds < EVER_S)
            seconds = seconds * 10 + (*p - '0');
    if (p > header && *p == '\0')
        return (seconds < EVER_S ? seconds : EVER_S) * 1000;

    int64_t instant;
    if (!zone_http_date(header, &instant))
        return -1;
    seconds = instant - now;
    if (seconds <= 0)
        return 0;
    return (seconds < EVER_S ? seconds : EVER_S) * 1000;
}
