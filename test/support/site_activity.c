/* site_activity: the sample site's log of what was done: GET /activity-logger. */
#include "site_activity.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void activity_add(struct site *site, const char *event, int64_t ticket)
{
    struct activity *log = &site->activity;
    bool deletion = strcmp(event, "ticket_deleted") == 0;
    if (log->access == ACTIVITY_OFF || (deletion && site->plugin == PLUGIN_1_7_2))
        return;
    int64_t at = log->count++ % ACTIVITY_KEPT;
    snprintf(log->entries[at].event, sizeof log->entries[at].event, "%s", event);
    log->entries[at].ticket = ticket;
    log->entries[at].at = site_now(site);
}

static int64_t number_in(const struct request *request, const char *name, int64_t absent)
{
    const char *value = request_argument(request, name);
    int64_t number = value ? strtoll(value, NULL, 10) : absent;
    return number > 0 ? number : absent;
}

static void put_entry(FILE *out, const struct activity *log, int64_t number)
{
    char at[TIME_TEXT];
    int64_t i = number % ACTIVITY_KEPT;
    time_utc(at, log->entries[i].at);
    fprintf(out,
            "{\"id\":%" PRId64 ",\"person_id\":\"1\",\"person_type\":\"agent\",\"event_type\":"
            "\"fluent_support\\/%s\",\"object_id\":\"%" PRId64 "\",\"object_type\":\"ticket\","
            "\"description\":\"Api Agentx did it\",\"created_at\":\"%s\",\"updated_at\":\"%s\","
            "\"person\":{\"first_name\":\"Api\",\"person_type\":\"agent\",\"last_name\":\"Agentx\","
            "\"id\":1,\"avatar\":null,\"full_name\":\"Api Agentx\"}}",
            number + 1, log->entries[i].event, log->entries[i].ticket, at, at);
}

/* The newest first. */
static void put_page(FILE *out, const struct activity *log, int64_t page, int64_t per_page)
{
    int64_t newest = log->count - 1 - (page - 1) * per_page;
    int64_t oldest = log->count > ACTIVITY_KEPT ? log->count - ACTIVITY_KEPT : 0;
    for (int64_t n = newest; n >= oldest && n > newest - per_page; n--) {
        fputs(n < newest ? "," : "", out);
        put_entry(out, log, n);
    }
}

void activity_answer(struct site *site, const struct request *request, struct answer *answer)
{
    const struct activity *log = &site->activity;
    int64_t page = number_in(request, "page", 1), per_page = number_in(request, "per_page", 15);
    struct text text;
    if (log->access == ACTIVITY_REFUSED) {
        answer_recorded(answer, site->options.fixtures, "err_no_fs_permission_subscriber",
                        site->home);
        return;
    }
    FILE *out = text_open(&text);
    fprintf(out, "{\"activities\":{\"current_page\":%" PRId64 ",\"data\":[", page);
    put_page(out, log, page, per_page);
    fprintf(out,
            "],\"last_page\":%" PRId64 ",\"per_page\":%" PRId64 ",\"total\":%" PRId64 "},"
            "\"settings\":{\"delete_days\":14,\"disable_logs\":\"%s\"}}",
            (log->count - 1) / per_page + 1, per_page, log->count,
            log->access == ACTIVITY_OFF ? "yes" : "no");
    fclose(out);
    answer_json(answer, 200, plugin_dates(site->plugin, text.p));
}

const char *activity_set(struct site *site, const char *access)
{
    static const char *const names[] = {
        [ACTIVITY_REFUSED] = "refused", [ACTIVITY_ON] = "on", [ACTIVITY_OFF] = "off"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (access && strcmp(access, names[i]) == 0) {
            site->activity.access = (enum activity_access)i;
            return NULL;
        }
    }
    return "site: activity_log: refused, on or off";
}
