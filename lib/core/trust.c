/* trust: stale answers, who a site is, older rows, and tickets that are gone from the list. */
#include "core/trust.h"

#include <string.h>

bool trust_is_stale(int64_t age_s, bool cached, int64_t running_ms)
{
    /* An Age is in whole seconds, rounded by two clocks. */
    return cached || age_s > running_ms / 1000 + 1;
}

static bool same_text(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

enum trust_site trust_site(struct trust_identity before, struct trust_identity now)
{
    if (!before.home && !before.address)
        return TRUST_SITE_FIRST;
    if (before.home && now.home)
        return same_text(before.home, now.home) ? TRUST_SITE_SAME : TRUST_SITE_OTHER;
    /* Older versions stored the home alone. */
    const char *known = before.address ? before.address : before.home;
    return same_text(known, now.address) ? TRUST_SITE_SAME : TRUST_SITE_UNCONFIRMED;
}

enum trust_verdict trust_row(const struct trust_row *row)
{
    bool newer = row->received > row->stored && row->stored;
    if (row->stale)
        return newer && !row->deleted ? TRUST_WRITE : TRUST_KEEP;
    if (row->confirmed)
        return TRUST_WRITE;
    return row->deleted || row->received < row->stored ? TRUST_ASK : TRUST_WRITE;
}

enum trust_gone trust_gone(enum trust_single single, bool listed, bool uncertain)
{
    if (uncertain)
        return GONE_UNKNOWN;
    if (listed)
        return GONE_LISTED;
    return single == SINGLE_DELETED ? GONE_DELETED : GONE_INVISIBLE;
}

void trust_probes(size_t count, int64_t walk, size_t *first, size_t *step)
{
    *step = count <= TRUST_FEW ? 1 : (count + TRUST_SAMPLE - 1) / TRUST_SAMPLE;
    *first = (size_t)((walk < 0 ? 0 : walk) % (int64_t)*step);
}
