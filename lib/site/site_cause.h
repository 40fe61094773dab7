/* site_cause: what each cause of a failure means for the caller. Private to site. */
#ifndef FLUENT_SYNC_SITE_CAUSE_H
#define FLUENT_SYNC_SITE_CAUSE_H

#include "base/error.h"
#include "base/retry.h"
#include "site/site.h"

struct site_meaning {
    enum error_code code;
    enum retry_kind retry; /* what asking again can be expected to do */
    const char *advice;
};

struct site_meaning site_meaning(enum site_cause cause);

#endif
