/* ask: asks for single tickets, and for the head (the page of the tickets that changed last). */
#include "run/ask.h"

static int ask_more(struct site *site, const struct ask_tickets *t, size_t *asked,
                    struct error *error)
{
    while (*asked < t->count && site_outstanding(site) < t->at_once) {
        struct site_request request = {.what = t->what, .ticket = t->ids[(*asked)++]};
        if (site_ask(site, &request, error) < 0)
            return -1;
    }
    return 0;
}

int ask_each(struct site *site, const struct ask_tickets *t, ask_take *take, void *context,
             struct error *error)
{
    for (size_t asked = 0, answered = 0; answered < t->count; answered++) {
        __attribute__((cleanup(site_answer_cleanup))) struct site_answer *answer = NULL;
        if (ask_more(site, t, &asked, error) < 0 || site_wait(site, &answer, error) < 0)
            return -1;
        if (!answer)
            return error_set(error, ERR_INTERNAL, "the site's answer got lost");
        if (take(context, answer, error) < 0)
            return -1;
    }
    return 0;
}

bool ask_can_do_without(const struct site_answer *answer)
{
    return answer->error.code == ERR_UNAVAILABLE || answer->splittable;
}

int ask_head(struct site *site, int64_t rows, struct site_answer **head, struct error *why,
             struct error *error)
{
    struct site_request request = {.what = SITE_RECENT, .page = 1, .per_page = rows};
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *answer = NULL;
    if (site_exchange(site, &request, &answer, error) < 0)
        return -1;
    if (answer->error.code == ERR_NONE) {
        *head = answer;
        answer = NULL;
        return 0;
    }
    if (!ask_can_do_without(answer))
        return error_copy(error, &answer->error);
    if (why)
        error_take(why, &answer->error);
    return 0;
}
