/* model_rest: answers for what is not simulated: the recorded changes of tickets, conversations,
 * and what goes to the site, which the histories' configurations do without. */
#include <stdlib.h>

#include "run/push.h"

#include "store/conversations.h"
#include "store/history.h"
#include "store/rejects.h"

static int never(void)
{
    abort();
}

int push_changes(struct run *run, struct error *error)
{
    (void)run, (void)error;
    return 0;
}

int store_history_record(struct store *store, const struct history_rows *rows,
                         const struct history_seen *seen, struct error *error)
{
    (void)store, (void)rows, (void)seen, (void)error;
    return never();
}

/* With --accept-site the history of the other site is removed, whether or not one is kept. */
int store_history_trim(struct store *store, int64_t before, int64_t most, int64_t *removed,
                       struct error *error)
{
    (void)store, (void)before, (void)most, (void)error;
    *removed = 0;
    return 0;
}

int store_lookup_marks(struct store *store, const char *const *ids, size_t count,
                       struct conversation_marks *found, struct arena *arena, struct error *error)
{
    (void)store, (void)ids, (void)count, (void)found, (void)arena, (void)error;
    return never();
}

int store_write_marks(struct store *store, const struct conversation_mark *marks, size_t count,
                      struct error *error)
{
    (void)store, (void)marks, (void)count, (void)error;
    return never();
}

int store_conversations_behind(struct store *store, size_t skip, size_t limit,
                               struct conversation_marks *found, struct arena *arena,
                               struct error *error)
{
    (void)store, (void)skip, (void)limit, (void)found, (void)arena, (void)error;
    return never();
}

int store_conversation_of(struct store *store, const char *fluent_id,
                          struct conversation_marks *found, struct arena *arena,
                          struct error *error)
{
    (void)store, (void)fluent_id, (void)found, (void)arena, (void)error;
    return never();
}

int store_conversations_before(struct store *store, int64_t instant, size_t limit,
                               struct conversation_marks *found, struct arena *arena,
                               struct error *error)
{
    (void)store, (void)instant, (void)limit, (void)found, (void)arena, (void)error;
    return never();
}

int store_count_conversations(struct store *store, int64_t *count, struct error *error)
{
    (void)store, (void)count, (void)error;
    return never();
}

int store_conversation(struct store *store, const struct conversation_mark *mark,
                       const struct response_row *rows, size_t count, int64_t *changed,
                       struct error *error)
{
    (void)store, (void)mark, (void)rows, (void)count, (void)changed, (void)error;
    return never();
}

int store_conversation_gone(struct store *store, const struct conversation_mark *mark,
                            struct error *error)
{
    (void)store, (void)mark, (void)error;
    return never();
}

int store_conversation_doubted(struct store *store, const struct conversation_mark *mark,
                               struct error *error)
{
    (void)store, (void)mark, (void)error;
    return never();
}

int store_due_conversations(struct store *store, int64_t *ids, size_t limit, size_t *count,
                            struct error *error)
{
    (void)store, (void)ids, (void)limit, (void)count, (void)error;
    return never();
}

int store_clear_due_conversation(struct store *store, const char *fluent_id, struct error *error)
{
    (void)store, (void)fluent_id, (void)error;
    return never();
}

int store_remove_conversations(struct store *store, enum conversation_removal what,
                               int64_t *removed, struct error *error)
{
    (void)store, (void)what, (void)removed, (void)error;
    return never();
}

int store_unask_conversations(struct store *store, const char *column, int64_t *unasked,
                              struct error *error)
{
    (void)store, (void)column, (void)unasked, (void)error;
    return never();
}

int store_empty_responses(struct store *store, const char *column, int64_t *emptied,
                          struct error *error)
{
    (void)store, (void)column, (void)emptied, (void)error;
    return never();
}

/* Runs without conversations remove what rejects there are of any. */
int store_clear_conversations(struct store *store, enum unwanted_rejects which, struct error *error)
{
    (void)store, (void)which, (void)error;
    return 0;
}
