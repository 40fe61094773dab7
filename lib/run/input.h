/* input: what a run only reads: what it was given, and what is fixed before its walk begins. */
#ifndef FLUENT_SYNC_RUN_INPUT_H
#define FLUENT_SYNC_RUN_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "core/conversation.h"
#include "core/map.h"
#include "core/zones.h"
#include "run/options.h"

/* What a run was given. */
struct run_input {
    const struct config *config;
    const struct sync_options *options;
    const struct limits *limits;
    struct log log;
    int64_t started; /* clock_monotonic_ms */
};

/* What is fixed before the walk begins. */
struct run_basis {
    struct scope scope; /* which tickets this run stores anew: the configuration's, and --since */
    struct zones zones;
    struct request_schema schema; /* see schema_need */
    struct map_rules rules;
    struct conversation_rules conversations;
    bool reconfigured; /* the last complete run had another configuration, or none is known */
    bool walking;      /* this is a full walk, in which kept edits are compared again */
};

#endif
