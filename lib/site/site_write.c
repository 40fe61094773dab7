/* site_write: changes on the site, and whether an entry has arrived. */
#include "site/site_write.h"

#include <stdio.h>
#include <string.h>

static int note_ended(struct site_written *written, enum site_outcome outcome,
                      const struct error *error)
{
    written->outcome = outcome;
    written->error = *error;
    snprintf(written->words, sizeof written->words, "%.*s", SITE_REASON_MAX - 1, error->message);
    return -1;
}

static void note_answer(struct site_written *written, const struct site_answer *answer)
{
    written->outcome = answer->outcome;
    written->error = answer->error;
    memcpy(written->words, answer->reason, sizeof written->words);
    written->response_id = answer->response_id;
    written->date = answer->date;
}

static int ask_and_wait(struct site *site, const struct site_request *request,
                        struct site_written *written, struct error *error)
{
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *answer = NULL;
    if (site_form(site) == SITE_FORM_UNKNOWN) {
        error_set(error, ERR_INTERNAL, "the site was not asked for anything before a change");
        return note_ended(written, SITE_NOT_SENT, error);
    }
    if (site_ask(site, request, error) < 0)
        return note_ended(written, SITE_NOT_SENT, error);
    if (site_wait(site, &answer, error) < 0 || !answer)
        return note_ended(written, SITE_UNKNOWN, error);
    note_answer(written, answer);
    return 0;
}

int site_send(struct site *site, const struct site_change *change, struct site_written *written,
              struct error *error)
{
    struct site_request request = {.what = change->what, .ticket = change->ticket, .once = true};
    struct buf body;
    *written = (struct site_written){.outcome = SITE_NOT_SENT};
    buf_init(&body, SIZE_MAX / 4);
    int done = -1;
    if (site_change_body(change, &body) < 0) {
        error_no_memory(error);
        note_ended(written, SITE_NOT_SENT, error);
    } else {
        request.body = buf_text(&body);
        done = ask_and_wait(site, &request, written, error);
    }
    buf_release(&body);
    return done;
}

int site_find_entry(struct site *site, int64_t ticket, const char *message_id,
                    struct site_found *found, struct error *error)
{
    const struct site_request request = {.what = SITE_CONVERSATION, .ticket = ticket};
    __attribute__((cleanup(site_answer_cleanup))) struct site_answer *answer = NULL;
    *found = (struct site_found){.result = SITE_NOT_SHOWN};
    if (site_get(site, &request, &answer, error) < 0)
        return -1;
    found->date = answer->date;
    found->stale = answer->stale;
    if (answer->presence != SITE_PRESENT || answer->status != 200)
        return 0;
    const struct response *entry = conversation_find(&answer->conversation, message_id);
    found->result = entry ? SITE_FOUND : SITE_NOT_FOUND;
    found->response_id = entry ? entry->id : 0;
    found->names_ids = answer->conversation.count && answer->conversation.rows[0].has_message_id;
    return 0;
}
