/* run_row: a run as a row of fluent_sync_status. */
#ifndef FLUENT_SYNC_RUN_ROW_H
#define FLUENT_SYNC_RUN_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "model/counters.h"

enum run_status { RUN_SUCCESS, RUN_PARTIAL, RUN_FAILED };

struct run_row {
    int64_t id;
    const char *mode;        /* as the tables and documents say it; NULL: not known yet */
    const char *date_filter; /* "YYYY-MM-DD" */
    const char *version;
    struct counters counts;
    int64_t duration_ms;
    enum { SEES_UNKNOWN, SEES_PART, SEES_ALL } sees_all; /* what the API user may see */
    bool complete;
    int exit_code;
    const char *message; /* NULL: none */
};

#endif
