/* push: decides what is sent to the site, and what came of it. */
#include "core/push.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "core/push_content.h"

static void __attribute__((format(printf, 2, 3)))
say(char why[PUSH_WHY_SIZE], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(why, PUSH_WHY_SIZE, format, args);
    va_end(args);
}

static enum push_step fail_with(char why[PUSH_WHY_SIZE], const char *reason)
{
    say(why, "%s", reason);
    return PUSH_STEP_FAIL;
}

/* Edits */

enum push_verdict push_judge(const struct push_edit *e, enum push_conflicts conflicts)
{
    if (!e->ours.text || !merge_edited(e->base, e->ours))
        return PUSH_NOTHING;
    if (!merge_site_changed(e->base, e->raw) || conflicts == PUSH_DASHBOARD)
        return PUSH_EDITED;
    /* Where nobody knows whether the site changed it, a person decides. */
    return conflicts == PUSH_SITE && !e->base.raw_lost ? PUSH_SITE_WINS : PUSH_CONFLICT;
}

/* Is there nothing new about a row that waits for a person? */
static bool is_settled(const struct outbox_row *row, const struct push_edit *e,
                       enum push_verdict verdict)
{
    if (!row->wanted || !cell_equal(cell_of(row->wanted), e->ours))
        return false;
    if (row->state == OUTBOX_HELD)
        return verdict == PUSH_CONFLICT && cell_equal(cell_of(row->before), e->raw);
    return true;
}

enum push_edit_step push_edit_step(const struct outbox_row *row, const struct push_edit *e,
                                   enum push_conflicts conflicts)
{
    enum push_verdict verdict = push_judge(e, conflicts);
    if (row && row->state == OUTBOX_SENDING)
        return PUSH_EDIT_LEAVE;
    if (verdict == PUSH_NOTHING)
        return row && row->state != OUTBOX_CANCELLED ? PUSH_EDIT_DROP : PUSH_EDIT_LEAVE;
    return row && is_settled(row, e, verdict) ? PUSH_EDIT_LEAVE : PUSH_EDIT_QUEUE;
}

/* What a look shows */

static bool is_closed(const struct push_seen *seen)
{
    return seen->status && strcmp(seen->status, "closed") == 0;
}

/* Does the site show what the row wants? */
static bool is_there(const struct outbox_row *row, const struct push_seen *seen)
{
    switch (row->action) {
    case OUTBOX_CLOSE:
        return is_closed(seen);
    case OUTBOX_REOPEN:
        return !is_closed(seen);
    case OUTBOX_REPLY:
    case OUTBOX_NOTE:
        return seen->marker == PUSH_MARKER_FOUND;
    case OUTBOX_SET:
        return text_same(row->value, seen->fields[row->field]);
    case OUTBOX_ACTIONS:
        break;
    }
    return false;
}

static enum push_step judge_pending(const struct outbox_row *row, const struct push_seen *seen,
                                    char why[PUSH_WHY_SIZE])
{
    if (!seen->listed)
        return fail_with(why, "the site does not list this ticket for the API user");
    if (!row->edit && is_there(row, seen))
        return PUSH_STEP_DONE;
    if (outbox_is_text(row->action) && seen->marker == PUSH_MARKER_UNKNOWN)
        return fail_with(why, "the site cannot show this ticket's conversation, so that nobody "
                              "could tell whether it arrived");
    return seen->date ? PUSH_STEP_SEND : PUSH_STEP_WAIT;
}

/* The site said yes, and does not show it. */
static enum push_step judge_answered(const struct outbox_row *row, const struct push_seen *seen,
                                     char why[PUSH_WHY_SIZE])
{
    if (outbox_is_text(row->action))
        return fail_with(why, "the site accepted it and does not show it: look at the ticket");
    const char *shown = row->action == OUTBOX_SET ? seen->fields[row->field] : seen->status;
    bool old = row->action != OUTBOX_SET || text_same(shown, row->before);
    if (!old && row->edit)
        return PUSH_STEP_AGAIN; /* somebody changed it since: a conflict, if any */
    say(why, "the site accepted it and %s \"%s\"", old ? "still shows" : "now shows",
        shown ? shown : "");
    return PUSH_STEP_FAIL;
}

static enum push_step judge_sending(const struct outbox_row *row, const struct push_seen *seen,
                                    char why[PUSH_WHY_SIZE])
{
    bool late = seen->date && row->sent_site && seen->date >= row->sent_site + PUSH_ARRIVES_S &&
                seen->now >= row->sent + PUSH_ARRIVES_S;
    bool hidden =
        !seen->listed || (outbox_is_text(row->action) && seen->marker == PUSH_MARKER_UNKNOWN);
    if (seen->listed && is_there(row, seen))
        return PUSH_STEP_DONE;
    if (row->answered && !hidden)
        return judge_answered(row, seen, why);
    if (!late)
        return PUSH_STEP_WAIT;
    if (hidden)
        return fail_with(why, "it was sent, and the site no longer shows whether it arrived");
    if (outbox_is_text(row->action) && !seen->returns_markers)
        return fail_with(why, "it was sent, and whether it arrived cannot be told: this site may "
                              "not return markers");
    return PUSH_STEP_AGAIN;
}

enum push_step push_row_step(const struct outbox_row *row, const struct push_seen *seen,
                             char why[PUSH_WHY_SIZE])
{
    why[0] = '\0';
    if (seen->stale)
        return PUSH_STEP_WAIT;
    return row->state == OUTBOX_SENDING ? judge_sending(row, seen, why)
                                        : judge_pending(row, seen, why);
}

/* What may go out */

static const char *refusal_of_value(const struct outbox_row *row)
{
    if (row->field >= OUTBOX_FIELDS)
        return "`field` is none of priority, product_id and title";
    if (!row->value || !*row->value || strcmp(row->value, "0") == 0)
        return "the site ignores an empty value and 0";
    return NULL;
}

/* What keeps everybody from sending the row, whatever the configuration says; NULL: nothing does.
 */
static const char *problem_of(const struct outbox_row *row)
{
    if (row->action >= OUTBOX_ACTIONS)
        return "`action` is none of close, reopen, reply, note and set";
    if (outbox_is_text(row->action))
        return push_content_problem(row->content);
    if (row->edit)
        return row->wanted ? NULL : "`wanted` does not say what the person set";
    return row->action == OUTBOX_SET ? refusal_of_value(row) : NULL;
}

bool push_row_refused(const struct outbox_row *row, const struct push_options *o, int64_t now,
                      char why[PUSH_WHY_SIZE])
{
    const char *reason = problem_of(row);
    why[0] = '\0';
    if (reason)
        say(why, "%s", reason);
    else if (row->state == OUTBOX_SENDING)
        return false; /* too late for what the configuration says */
    else if (!row->edit && !push_allows(o, row->action))
        say(why, "[push] actions does not name %s", outbox_action_words[row->action]);
    else if (now - (row->retried ? row->retried : row->created) > o->expire_s)
        say(why, "it waited longer than [push] expire allows");
    return why[0] != '\0';
}

const char *push_ticket_refused(const struct outbox_row *row, const struct push_ticket *ticket)
{
    if (!ticket->stored)
        return "its ticket is not stored";
    if (ticket->gone)
        return "its ticket is deleted, or not visible for the API user";
    if (ticket->removed)
        return "the request of its ticket is deleted or ignored";
    /* A row of fluent_tickets that is newer than the wish belongs to another ticket: the site has
     * given the id again. */
    return ticket->since > row->created ? "its ticket was stored after this was asked for" : NULL;
}

bool push_row_blocks(const struct outbox_row *row)
{
    return row->state == OUTBOX_PENDING || row->state == OUTBOX_SENDING ||
           (row->state == OUTBOX_FAILED && !row->edit);
}

int64_t push_count(const struct outbox_row *rows, size_t count)
{
    int64_t sent = 0, failed = 0;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].state == OUTBOX_FAILED && push_row_blocks(&rows[i]))
            failed = rows[i].ticket;
        sent += rows[i].state == OUTBOX_PENDING && rows[i].ticket != failed;
    }
    return sent;
}

static void describe_field(const struct outbox_row *row, char text[PUSH_WHY_SIZE])
{
    const char *field = outbox_field_words[row->field];
    if (row->field == OUTBOX_TITLE)
        say(text, "a new title");
    else if (!row->value)
        say(text, "%s", field);
    else
        say(text, "%s %.80s -> %.80s", field, row->before ? row->before : "(none)", row->value);
}

void push_describe(const struct outbox_row *row, char text[PUSH_WHY_SIZE])
{
    const char *action = row->action < OUTBOX_ACTIONS ? outbox_action_words[row->action] : "?";
    if (row->action == OUTBOX_SET && row->field < OUTBOX_FIELDS)
        describe_field(row, text);
    else if (outbox_is_text(row->action))
        say(text, "%s of %zu characters", action,
            row->content ? text_length(row->content, strlen(row->content)) : 0);
    else
        say(text, "%s", action);
}
