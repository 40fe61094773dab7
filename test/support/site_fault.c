/* site_fault: the ways in which the sample site was told to misbehave, and when. */
#include "site_fault.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    enum fault_slot slot;
} kinds[FAULT_KINDS] = {
    [FAULT_REPLAY] = {"replay", SLOT_ANSWER},
    [FAULT_STATUS] = {"status", SLOT_ANSWER},
    [FAULT_HTML200] = {"html200", SLOT_ANSWER},
    [FAULT_RESET] = {"reset", SLOT_TRANSPORT},
    [FAULT_TRUNCATE] = {"truncate", SLOT_TRANSPORT},
    [FAULT_STALL] = {"stall", SLOT_TRANSPORT},
    [FAULT_DRIP] = {"drip", SLOT_TRANSPORT},
    [FAULT_ENDLESS] = {"endless", SLOT_TRANSPORT},
    [FAULT_BOMB] = {"bomb", SLOT_TRANSPORT},
    [FAULT_WRONG_TYPE] = {"wrong_type", SLOT_TYPE},
    [FAULT_PREFIX] = {"prefix", SLOT_PREFIX},
    [FAULT_SUFFIX] = {"suffix", SLOT_SUFFIX},
    [FAULT_TOTAL] = {"total", SLOT_TOTAL},
    [FAULT_CUT] = {"cut", SLOT_CUT},
    [FAULT_IGNORE_PAGE] = {"ignore_page", SLOT_PAGE},
    [FAULT_SAME_PAGE] = {"same_page", SLOT_PAGE},
    [FAULT_UNORDERED] = {"unordered", SLOT_ORDER},
    [FAULT_BROKEN] = {"broken", SLOT_BROKEN},
    [FAULT_MEMBER] = {"member", SLOT_MEMBER},
    [FAULT_DATE] = {"date", SLOT_DATE},
    [FAULT_DELAY_MS] = {"delay_ms", SLOT_DELAY},
    [FAULT_CACHE] = {"cache", SLOT_CACHE},
    [FAULT_LAG] = {"lag", SLOT_LAG},
    [FAULT_SPOIL] = {"spoil", SLOT_SPOIL},
    [FAULT_LATER] = {"later", SLOT_ANSWER},
};

static enum fault_kind kind_named(const char *name)
{
    int kind = 0;
    while (kind < FAULT_KINDS && (!name || strcmp(kinds[kind].name, name) != 0))
        kind++;
    return (enum fault_kind)kind;
}

static void fault_free(struct fault *fault)
{
    free(fault->match);
    free(fault->command);
    free(fault);
}

/* Drops the faults of this kind and match; FAULT_KINDS and NULL stand for any. */
static void drop(struct faults *faults, enum fault_kind kind, const char *match)
{
    for (struct fault **link = &faults->first; *link;) {
        struct fault *fault = *link;
        if ((kind != FAULT_KINDS && fault->kind != kind) ||
            (match && strcmp(fault->match, match) != 0)) {
            link = &fault->next;
            continue;
        }
        *link = fault->next;
        fault_free(fault);
    }
}

void faults_free(struct faults *faults)
{
    drop(faults, FAULT_KINDS, NULL);
}

static void append(struct faults *faults, struct fault fault)
{
    struct fault **link = &faults->first;
    while (*link)
        link = &(*link)->next;
    *link = malloc(sizeof **link);
    if (!*link)
        abort();
    **link = fault;
}

bool faults_command(struct faults *faults, struct span command)
{
    char *name = json_get_string(command, "kind"), *match = json_get_string(command, "match");
    enum fault_kind kind = kind_named(name);
    int64_t times = json_get_int(command, "times", -1);
    bool known = kind != FAULT_KINDS || (!name && times == 0);
    if (known && times == 0)
        drop(faults, kind, match);
    else if (known)
        append(faults,
               (struct fault){.kind = kind,
                              .match = match ? text_copy(span_of(match)) : text_copy(span_of("")),
                              .command = text_copy(command),
                              .times = times,
                              .skip = json_get_int(command, "skip", 0)});
    free(name);
    free(match);
    return known;
}

void faults_plan(struct faults *faults, const char *uri, struct fault_plan *plan)
{
    for (struct fault *fault = faults->first; fault; fault = fault->next) {
        struct planned *slot = &plan->slot[kinds[fault->kind].slot];
        if (slot->command || fault->times == 0 || !strstr(uri, fault->match))
            continue;
        if (fault->skip > 0) {
            fault->skip--;
            continue;
        }
        if (fault->times > 0)
            fault->times--;
        *slot = (struct planned){text_copy(span_of(fault->command)), fault->kind};
    }
}

void fault_plan_free(struct fault_plan *plan)
{
    for (int i = 0; i < FAULT_SLOTS; i++)
        free(plan->slot[i].command);
}

struct span planned(const struct fault_plan *plan, enum fault_kind kind)
{
    const struct planned *slot = &plan->slot[kinds[kind].slot];
    return span_of(slot->kind == kind ? slot->command : NULL);
}
