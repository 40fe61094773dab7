/* outbox_row: the words of a row of fluent_outbox. */
#include "model/outbox_row.h"

#include <string.h>

const char *const outbox_action_words[OUTBOX_ACTIONS] = {
    [OUTBOX_CLOSE] = "close", [OUTBOX_REOPEN] = "reopen", [OUTBOX_REPLY] = "reply",
    [OUTBOX_NOTE] = "note",   [OUTBOX_SET] = "set",
};
const char *const outbox_field_words[OUTBOX_FIELDS] = {
    [OUTBOX_PRIORITY] = "priority",
    [OUTBOX_PRODUCT] = "product_id",
    [OUTBOX_TITLE] = "title",
};
const char *const outbox_state_words[OUTBOX_STATES] = {
    [OUTBOX_PENDING] = "pending", [OUTBOX_SENDING] = "sending", [OUTBOX_DONE] = "done",
    [OUTBOX_FAILED] = "failed",   [OUTBOX_HELD] = "held",       [OUTBOX_CANCELLED] = "cancelled",
};

static size_t word_of(const char *const *words, size_t count, const char *word)
{
    size_t i = 0;
    while (i < count && (!word || strcmp(words[i], word) != 0))
        i++;
    return i;
}

enum outbox_action outbox_action_of(const char *word)
{
    return (enum outbox_action)word_of(outbox_action_words, OUTBOX_ACTIONS, word);
}

enum outbox_field outbox_field_of(const char *word)
{
    return (enum outbox_field)word_of(outbox_field_words, OUTBOX_FIELDS, word);
}

enum outbox_state outbox_state_of(const char *word)
{
    return (enum outbox_state)word_of(outbox_state_words, OUTBOX_STATES, word);
}

enum request_column outbox_column(enum outbox_field field)
{
    static const enum request_column columns[OUTBOX_FIELDS] = {
        [OUTBOX_PRIORITY] = REQUEST_URGENCY,
        [OUTBOX_PRODUCT] = REQUEST_CATEGORY,
        [OUTBOX_TITLE] = REQUEST_BUILT_IN,
    };
    return field < OUTBOX_FIELDS ? columns[field] : REQUEST_BUILT_IN;
}

bool outbox_is_text(enum outbox_action action)
{
    return action == OUTBOX_REPLY || action == OUTBOX_NOTE;
}

const struct outbox_row *outbox_find_edit(const struct outbox_row *rows, size_t count,
                                          const char *fluent_id, size_t column)
{
    while (count-- > 0)
        if (rows[count].edit && outbox_column(rows[count].field) == column &&
            strcmp(rows[count].fluent_id, fluent_id) == 0)
            return &rows[count];
    return NULL;
}
