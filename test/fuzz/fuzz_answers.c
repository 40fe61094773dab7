/* fuzz_answers: the answers of /me, the index, a single ticket and its conversation, and errors,
 * judged. The length of the input chooses the status and the content type. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/zone.h"
#include "fuzz.h"
#include "site/site_verdict.h"

#define BASE "https://support.example.test"

static const int STATUSES[] = {200, 301, 302, 401, 403, 404, 408, 422, 429, 500, 503};
static const char *const TYPES[] = {"application/json; charset=UTF-8", "text/html",
                                    "application/problem+json", "text/plain", ""};
enum {
    STATUS_COUNT = sizeof STATUSES / sizeof *STATUSES,
    TYPE_COUNT = sizeof TYPES / sizeof *TYPES
};

static void check_text(const char *text)
{
    if (text)
        fuzz_text(text, strlen(text));
}

static void check_index(const struct site_index *index)
{
    char name[64];
    struct error error = ERROR_INIT;
    check_text(index->name);
    check_text(index->home);
    check_text(index->timezone_string);
    DEMAND(!index->has_plugin || index->has_namespaces);
    if (zone_site_name(name, sizeof name, index->timezone_string, index->gmt_offset, &error) < 0)
        fuzz_text(error.message, strlen(error.message));
}

static void check_conversation(const struct conversation *conversation)
{
    for (size_t i = 0; i < conversation->count; i++) {
        const struct response *r = &conversation->rows[i];
        DEMAND(r->id > 0);
        const char *const texts[] = {r->type,    r->person_type, r->person_name, r->person_email,
                                     r->content, r->created_at,  r->updated_at,  r->attachments};
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
            check_text(texts[t]);
    }
}

static void check_error(const struct error *error)
{
    DEMAND(error->code == ERR_REFUSED || error->code == ERR_UNAVAILABLE);
    DEMAND(error->cause >= SITE_NO_CONNECTION && error->cause <= SITE_OTHER_ANSWER);
    DEMAND(error->message[0] && error->advice[0]);
    fuzz_no_controls(error->message, strlen(error->message), "");
    fuzz_no_controls(error->advice, strlen(error->advice), "");
}

static void judge(const uint8_t *data, size_t size, enum site_what what, int status,
                  const char *type, bool known)
{
    struct http_response response = {
        .outcome = HTTP_ANSWERED, .status = status, .date = 1795337377, .retry_after_ms = -1};
    struct site_answer *answer = calloc(1, sizeof *answer);
    struct site_asked asked = {
        .base = BASE, .url = BASE "/wp-json/", .user = "api", .known = known};
    enum retry_kind retry = RETRY_NO;
    DEMAND(answer != NULL);
    strcpy(response.content_type, type);
    buf_init(&response.body, size);
    buf_append(&response.body, data, size);
    answer->request = (struct site_request){.what = what, .page = 1, .per_page = 100, .ticket = 51};
    enum site_verdict verdict = site_judge(&asked, &response, answer, &retry);
    DEMAND((verdict == VERDICT_ANSWER) == (answer->error.code == ERR_NONE));
    DEMAND(answer->date == response.date);
    if (verdict != VERDICT_ANSWER)
        check_error(&answer->error);
    else if (what == SITE_INDEX)
        check_index(&answer->index);
    check_conversation(&answer->conversation);
    DEMAND(verdict != VERDICT_ANSWER || what == SITE_TICKET || what == SITE_CONVERSATION ||
           status == 200);
    buf_release(&response.body);
    site_answer_free(answer);
}

/* The parts by themselves: their texts get into messages. */
static void check_message(const uint8_t *data, size_t size)
{
    struct site_message said;
    char *body = fuzz_copy(data, size);
    if (decode_message(&said, body, size))
        DEMAND(!said.starved);
    check_text(said.code);
    check_text(said.message);
    free(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum site_what whats[] = {SITE_INDEX,        SITE_ME,     SITE_TICKET,
                                           SITE_CONVERSATION, SITE_SEARCH, SITE_LOG};
    for (size_t i = 0; i < sizeof whats / sizeof *whats; i++) {
        judge(data, size, whats[i], 200, TYPES[size % 2], false);
        judge(data, size, whats[i], STATUSES[size % STATUS_COUNT], TYPES[size % TYPE_COUNT], true);
    }
    check_message(data, size);
    return 0;
}
