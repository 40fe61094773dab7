/* scope: the rules of mailboxes and days, their canonical text, and its comparison. */
#include "core/scope.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/zone.h"

enum { DAY_LEN = DAY_SIZE - 1 };

static const char CLOSED[] = "closed"; /* the status */
/* What the text of a scope begins with, where it is so. */
static const char CLOSED_WORD[] = "closed", RESOLVED_WORD[] = "resolved_at";

static const struct scope_mailbox *find(const struct scope *scope, int64_t mailbox)
{
    for (size_t i = 0; i < scope->count; i++)
        if (scope->mailboxes[i].id == mailbox)
            return &scope->mailboxes[i];
    return NULL;
}

/* The first day that counts for `mailbox`; NULL when none of its tickets is in scope. */
static const char *first_day(const struct scope *scope, int64_t mailbox)
{
    const struct scope_mailbox *own = find(scope, mailbox);
    if (!scope->all_mailboxes && !(own && own->listed))
        return NULL;
    return own && own->since[0] ? own->since : scope->since;
}

struct scope_mailbox *scope_mailbox(struct scope *scope, int64_t mailbox)
{
    for (size_t i = 0; i < scope->count; i++)
        if (scope->mailboxes[i].id == mailbox)
            return &scope->mailboxes[i];
    if (scope->count == SCOPE_MAILBOXES_MAX)
        return NULL;
    struct scope_mailbox *added = &scope->mailboxes[scope->count++];
    *added = (struct scope_mailbox){.id = mailbox};
    return added;
}

void scope_reach_back(struct scope *scope, const char *day)
{
    if (strncmp(day, scope->since, DAY_LEN) < 0)
        snprintf(scope->since, sizeof scope->since, "%s", day);
}

static bool is_closed(const char *status)
{
    return status && strcasecmp(status, CLOSED) == 0;
}

enum scope_verdict scope_judge(const struct scope *scope, struct scope_ticket t)
{
    const char *first = first_day(scope, t.mailbox);
    const char *day = scope->date_of == SCOPE_RESOLVED_AT ? t.resolved_at : t.created_at;
    if (!first || scope_left(scope, t.status))
        return SCOPE_OUT;
    if (!day)
        return is_closed(t.status) ? SCOPE_UNDATED : SCOPE_OUT;
    return strncmp(day, first, DAY_LEN) >= 0 ? SCOPE_IN : SCOPE_OUT;
}

bool scope_covers(const struct scope *scope, struct scope_ticket ticket)
{
    ticket.status = CLOSED;
    return scope_judge(scope, ticket) != SCOPE_OUT;
}

bool scope_left(const struct scope *scope, const char *status)
{
    return scope->tickets == SCOPE_CLOSED && !is_closed(status);
}

static int by_id(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

int scope_print(const struct scope *scope, struct buf *out)
{
    int64_t ids[SCOPE_MAILBOXES_MAX];
    for (size_t i = 0; i < scope->count; i++)
        ids[i] = scope->mailboxes[i].id;
    qsort(ids, scope->count, sizeof *ids, by_id);

    size_t before = out->len;
    if (scope->tickets == SCOPE_CLOSED)
        buf_puts(out, CLOSED_WORD);
    if (scope->date_of == SCOPE_RESOLVED_AT)
        buf_printf(out, "%s%s", out->len > before ? " " : "", RESOLVED_WORD);
    if (scope->all_mailboxes)
        buf_printf(out, "%s*=%s", out->len > before ? " " : "", scope->since);
    for (size_t i = 0; i < scope->count; i++) {
        const char *first = first_day(scope, ids[i]);
        if (!first || (scope->all_mailboxes && strcmp(first, scope->since) == 0))
            continue;
        buf_printf(out, "%s%" PRId64 "=%s", out->len > before ? " " : "", ids[i], first);
    }
    return out->failed ? -1 : 0;
}

/* Reads one rule such as "3=2025-10-01" or "*=2025-09-20" at `*text`, and moves past it. */
static bool parse_rule(struct scope *scope, const char **text)
{
    char *behind = NULL;
    char *since = scope->since;
    const char *at = *text;
    if (*at == '*') {
        scope->all_mailboxes = true;
        at++;
    } else {
        struct scope_mailbox *mailbox = scope_mailbox(scope, strtoll(at, &behind, 10));
        if (!mailbox)
            return false;
        mailbox->listed = true;
        since = mailbox->since;
        at = behind;
    }
    if (*at++ != '=' || strlen(at) < DAY_LEN)
        return false;
    memcpy(since, at, DAY_LEN);
    since[DAY_LEN] = '\0';
    *text = at + DAY_LEN;
    return zone_is_day(since);
}

/* Moves `*text` past a word and the space behind it. */
static bool parse_word(const char *word, const char **text)
{
    size_t n = strlen(word);
    if (strncmp(*text, word, n) != 0 || ((*text)[n] && (*text)[n] != ' '))
        return false;
    *text += n + ((*text)[n] == ' ');
    return true;
}

/* Reads the scope that `text` was printed from. */
static bool parse(struct scope *scope, const char *text)
{
    *scope = (struct scope){.all_mailboxes = false};
    const char *at = text;
    scope->tickets = parse_word(CLOSED_WORD, &at) ? SCOPE_CLOSED : SCOPE_ALL;
    scope->date_of = parse_word(RESOLVED_WORD, &at) ? SCOPE_RESOLVED_AT : SCOPE_CREATED_AT;
    while (*at) {
        if (!parse_rule(scope, &at) || (*at && *at++ != ' '))
            return false;
    }
    /* It was printed only if it prints as itself: in this order, without repetitions or other
     * spaces. */
    struct buf again;
    buf_init(&again, strlen(text) + 1);
    bool same = scope_print(scope, &again) == 0 && strcmp(buf_text(&again), text) == 0;
    buf_release(&again);
    return same;
}

/* For one mailbox: does a scope that begins at `outer` include everything from `inner` on? NULL:
 * the scope has none of the mailbox's tickets. */
static bool day_within(const char *inner, const char *outer)
{
    return !inner || (outer && strcmp(inner, outer) >= 0);
}

bool scope_within(const struct scope *inner, const char *outer)
{
    struct scope bounds;
    if (!outer || !parse(&bounds, outer) || inner->date_of != bounds.date_of ||
        inner->tickets < bounds.tickets)
        return false;
    /* There may always be mailboxes that neither scope names, so the rule for them always
     * counts. */
    if (!day_within(inner->all_mailboxes ? inner->since : NULL,
                    bounds.all_mailboxes ? bounds.since : NULL))
        return false;
    for (size_t i = 0; i < inner->count; i++) {
        int64_t id = inner->mailboxes[i].id;
        if (!day_within(first_day(inner, id), first_day(&bounds, id)))
            return false;
    }
    for (size_t i = 0; i < bounds.count; i++) {
        int64_t id = bounds.mailboxes[i].id;
        if (!day_within(first_day(inner, id), first_day(&bounds, id)))
            return false;
    }
    return true;
}
