/* hint: which of the tickets that the site's log calls deleted are worth asking for. */
#include "core/hint.h"

bool hint_is_due(int64_t in_vain, int64_t now)
{
    return !in_vain || now < in_vain || now - in_vain >= HINT_PAUSE_S;
}

static bool is_among(const int64_t *ids, size_t count, int64_t id)
{
    for (size_t i = 0; i < count; i++)
        if (ids[i] == id)
            return true;
    return false;
}

/* The log and the list's end cost a request each, and each ticket is asked for once more than one
 * that a search has found, as no page has shown yet that it is not listed. */
bool hint_is_worth(const struct rank *rank)
{
    int64_t lacking = rank_lacking(rank);
    return lacking > 0 && lacking <= 2 * HINT_ENTRIES && rank_expected_pages(rank) > lacking + 2;
}

size_t hint_choose(const struct rank *rank, const int64_t *named, size_t count, int64_t *ids)
{
    int64_t lacking = rank_lacking(rank);
    size_t chosen = 0;
    for (size_t i = 0; i < count && (int64_t)chosen < lacking + HINT_SPARE; i++)
        if (rank_may_lack(rank, named[i]) && !is_among(ids, chosen, named[i]))
            ids[chosen++] = named[i];
    return 2 * (int64_t)chosen < lacking ? 0 : chosen;
}
