/* entry: identifies and maps a ticket of a page, or says why it is a reject. */
#include "run/entry.h"

#include <stdio.h>
#include <string.h>

int entry_keep_reason(struct batch *b, struct entry *e, const char *reason, struct error *error)
{
    e->reason = arena_copy(&b->arena, reason, strlen(reason));
    return e->reason ? 0 : error_no_memory(error);
}

/* A ticket without a usable id goes on record under its fingerprint. */
static void name_nameless(const char *site_key, struct row *row)
{
    if (!row->id)
        snprintf(row->fluent_id, sizeof row->fluent_id, "%.64s%s#%.16s", site_key,
                 *site_key ? ":" : "", row->fingerprint);
}

int entry_identify(const struct run_basis *basis, struct batch *b, struct entry *e,
                   const struct ticket *ticket, struct error *error)
{
    int outcome = map_identity(&basis->rules, ticket, &b->arena, &e->row, error);
    if (outcome < 0)
        return -1;
    e->ticket = ticket;
    e->reason = outcome == MAP_REJECT ? e->row.reject : "";
    e->mapping = outcome == MAP_ROW ? MAPPING_IDENTITY : MAPPING_REJECTED;
    name_nameless(basis->rules.site_key, &e->row);
    if (basis->conversations.mode != CONVERSATIONS_NONE)
        conversation_mark(&basis->conversations, ticket, e->mark, &e->has_no_response);
    return 0;
}

int entry_map(const struct run_basis *basis, struct batch *b, struct entry *e, struct error *error)
{
    if (e->mapping != MAPPING_IDENTITY)
        return 0;
    int outcome = map_ticket(&basis->rules, e->ticket, &b->arena, &e->row, error);
    if (outcome < 0)
        return -1;
    e->mapping = outcome == MAP_ROW ? MAPPING_DONE : MAPPING_REJECTED;
    e->reason = outcome == MAP_REJECT ? e->row.reject : "";
    return 0;
}

void decision_report(const struct run_input *in, const struct sync_decision *decision)
{
    if (in->options->dry_run && in->options->decide)
        in->options->decide(in->options->decide_context, decision);
}
