/* site_index: asking for the index again, with the credentials. */
#include "site/site.h"

bool site_tells_home(const struct site_answer *index)
{
    return index->error.code == ERR_NONE && index->index.home;
}

int site_ask_private_index(struct site *site, struct site_answer **index, struct error *error)
{
    static const struct site_request request = {.what = SITE_LOGIN};
    if (site_tells_home(*index) || (*index)->error.code == ERR_UNAVAILABLE)
        return 0;
    struct site_answer *answer = NULL;
    if (site_exchange(site, &request, &answer, error) < 0)
        return -1;
    bool better = answer->error.code == ERR_NONE;
    site_answer_free(better ? *index : answer);
    *index = better ? answer : *index;
    return 0;
}
