/* site_responses: the conversations of the sample site's tickets. */
#include "site_responses.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "site_activity.h"

enum { FIRST_ID = 1000000 }; /* above those of generated entries */

static const char AGENT[] =
    "{\"id\":1,\"first_name\":\"Api\",\"last_name\":\"Agentx\",\"email\":\"api@example.test\","
    "\"person_type\":\"agent\",\"ip_address\":null,\"hash\":\"376a1ca0fa9d5716c11ad7ce717db5e2\","
    "\"full_name\":\"Api Agentx\"}";

/* The newest entry of a generated ticket is all that there is of its conversation. */
static char *generated(const struct ticket *ticket)
{
    struct span newest = json_get((struct span){ticket->text, ticket->size}, "preview_response");
    if (json_is_null(newest))
        return text_copy(span_of("[]"));
    char *with_person = json_set(newest, "person", span_of(AGENT));
    char *entry = json_set(span_of(with_person), "attachments", span_of("[]"));
    char *list = text_format("[%s]", entry);
    free(with_person);
    free(entry);
    return list;
}

char *responses_text(const struct ticket *ticket)
{
    return ticket->responses ? text_copy(span_of(ticket->responses)) : generated(ticket);
}

/* The newest entry as the list shows it, and how many responses there are. */
static void show_in_list(struct site *site, struct ticket *ticket, bool counts, bool touches)
{
    struct span newest = {0}, text = {ticket->text, ticket->size};
    size_t at = 0;
    char now[TIME_TEXT], *entry = NULL;
    if (json_element(span_of(ticket->responses), &at, &newest)) {
        char *without = json_set(newest, "person", (struct span){0});
        entry = json_set(span_of(without), "attachments", (struct span){0});
        free(without);
    }
    char *list = json_set(text, "preview_response", span_of(entry ? entry : "null"));
    struct span old = json_get(text, "response_count");
    long count = old.p && *old.p == '"' ? strtol(old.p + 1, NULL, 10) : 0;
    char *number = text_format("\"%ld\"", count + counts);
    text_replace(&list, json_set(span_of(list), "response_count", span_of(number)));
    if (touches) {
        char *quoted = text_format("\"%s\"", time_utc(now, site_now(site)));
        text_replace(&list, json_set(span_of(list), "updated_at", span_of(quoted)));
        free(quoted);
    }
    free(number);
    free(entry);
    tickets_replace(&site->tickets, ticket, list);
}

static struct ticket *ticket_of(struct site *site, struct span command)
{
    struct ticket *ticket = tickets_find(&site->tickets, json_get_int(command, "id", 0));
    if (ticket && !ticket->responses)
        ticket->responses = generated(ticket);
    return ticket;
}

static void put_member(FILE *out, const char *name, const char *text)
{
    fprintf(out, ",\"%s\":", name);
    if (text)
        json_write_string(out, text);
    else
        fputs("null", out);
}

static char *entry_of(struct site *site, int64_t id, const struct ticket *ticket,
                      const struct new_response *r)
{
    struct text text;
    char now[TIME_TEXT];
    struct span person = r->person.p ? r->person : span_of(AGENT);
    struct span attachments = r->attachments.p ? r->attachments : span_of("[]");
    FILE *out = text_open(&text);
    fprintf(out, "{\"id\":%" PRId64 ",\"serial\":\"1\",\"ticket_id\":\"%" PRId64 "\"", id,
            ticket->id);
    put_member(out, "conversation_type", r->type);
    put_member(out, "content", r->content);
    put_member(out, "message_id", r->message_id);
    time_utc(now, site_now(site));
    fprintf(out, ",\"created_at\":\"%s\",\"updated_at\":\"%s\"", now, now);
    fprintf(out, ",\"person\":%.*s,\"attachments\":%.*s}", (int)person.n, person.p,
            (int)attachments.n, attachments.p);
    fclose(out);
    return text.p;
}

const char *responses_agent(void)
{
    return AGENT;
}

int64_t responses_append(struct site *site, struct ticket *ticket, const struct new_response *entry)
{
    bool counts = plugin_counts(site->plugin, entry->type);
    int64_t id = FIRST_ID + site->last_response++;
    if (!ticket->responses)
        ticket->responses = generated(ticket);
    char *text = entry_of(site, id, ticket, entry);
    const char *rest = ticket->responses + 1;
    text_replace(&ticket->responses, text_format("[%s%s%s", text, *rest == ']' ? "" : ",", rest));
    free(text);
    show_in_list(site, ticket, counts, counts);
    if (strcmp(entry->type, "response") == 0)
        activity_add(site, "response_added_by_agent", ticket->id);
    return id;
}

const char *responses_add(struct site *site, struct span command, FILE *out)
{
    struct ticket *ticket = ticket_of(site, command);
    char *type = json_get_string(command, "type"), *content = json_get_string(command, "content");
    char *message_id = json_get_string(command, "message_id");
    const struct new_response entry = {type ? type : "response", content, message_id,
                                       json_get(command, "customer"),
                                       json_get(command, "attachments")};
    if (ticket)
        fprintf(out, "{\"response\":%" PRId64 "}", responses_append(site, ticket, &entry));
    free(type);
    free(content);
    free(message_id);
    return ticket ? NULL : "respond: no such ticket";
}

/* The list with the entry in other words, or without it where these are NULL. */
static bool change(struct ticket *ticket, int64_t id, char *(*words)(struct span, void *),
                   void *context)
{
    struct text text;
    struct span entry;
    bool found = false;
    const char *separator = "";
    FILE *out = text_open(&text);
    fputc('[', out);
    for (size_t at = 0; json_element(span_of(ticket->responses), &at, &entry);) {
        bool this_one = json_get_int(entry, "id", 0) == id;
        char *changed = this_one && words ? words(entry, context) : text_copy(entry);
        found |= this_one;
        if (!this_one || words) {
            fprintf(out, "%s%s", separator, changed);
            separator = ",";
        }
        free(changed);
    }
    fputc(']', out);
    fclose(out);
    text_replace(&ticket->responses, text.p);
    return found;
}

struct edit {
    struct site *site;
    struct span content;
};

static char *edited(struct span entry, void *context)
{
    const struct edit *edit = context;
    char now[TIME_TEXT];
    char *quoted = text_format("\"%s\"", time_utc(now, site_now(edit->site)));
    char *text = json_set(entry, "content", edit->content);
    text_replace(&text, json_set(span_of(text), "updated_at", span_of(quoted)));
    free(quoted);
    return text;
}

const char *responses_edit(struct site *site, struct span command, FILE *out)
{
    struct ticket *ticket = ticket_of(site, command);
    struct edit edit = {site, json_get(command, "content")};
    int64_t id = json_get_int(command, "response", 0);
    if (!ticket || !change(ticket, id, edited, &edit))
        return "edit_response: no such response";
    show_in_list(site, ticket, false, false);
    fprintf(out, "{\"response\":%" PRId64 "}", id);
    return NULL;
}

const char *responses_delete(struct site *site, struct span command, FILE *out)
{
    struct ticket *ticket = ticket_of(site, command);
    int64_t id = json_get_int(command, "response", 0);
    if (!ticket || !change(ticket, id, NULL, NULL))
        return "delete_response: no such response";
    show_in_list(site, ticket, false, false);
    fprintf(out, "{\"response\":%" PRId64 "}", id);
    return NULL;
}
