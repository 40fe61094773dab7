/* retry: back-off with full jitter, Retry-After, and when to give up. */
#include "base/retry.h"

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
