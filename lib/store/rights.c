/* rights: the table of what a run does with each table. */
#include "store/rights.h"

const struct rights RIGHTS[] = {
    {"requests", "status", RIGHT_SELECT | RIGHT_INSERT | RIGHT_UPDATE, false},
    {"fluent_tickets", "title", RIGHT_SELECT | RIGHT_INSERT | RIGHT_UPDATE, false},
    {"fluent_sync_state", "lease_owner", RIGHT_SELECT | RIGHT_INSERT | RIGHT_UPDATE, true},
    {"fluent_sync_status", "error_message", RIGHT_ALL, true},
    {"fluent_walk_pages", "row_count", RIGHT_ALL, false},
    {"fluent_record", "ids", RIGHT_ALL, true},
    {"fluent_list_proofs", "proven_at", RIGHT_ALL, true},
    {"fluent_rejects", "reason", RIGHT_ALL, true},
    {"fluent_inbox", "run_id", RIGHT_ALL, true},
    {"fluent_conversations", "listed", RIGHT_ALL, true},
    {"fluent_responses", "text", RIGHT_ALL, true},
    {"fluent_ticket_changes", "new_value", RIGHT_ALL, false},
    {"fluent_outbox", "state", RIGHT_ALL, true},
    {"fluent_schema_version", "", RIGHT_SELECT, true},
};
_Static_assert(sizeof RIGHTS / sizeof *RIGHTS == RIGHTS_COUNT, "a row for each table");

void rights_print(struct buf *out, int rights)
{
    static const struct {
        enum right right;
        const char *name;
    } names[] = {{RIGHT_SELECT, "SELECT"},
                 {RIGHT_INSERT, "INSERT"},
                 {RIGHT_UPDATE, "UPDATE"},
                 {RIGHT_DELETE, "DELETE"}};
    const char *comma = "";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!(rights & (int)names[i].right))
            continue;
        buf_printf(out, "%s%s", comma, names[i].name);
        comma = ", ";
    }
}
