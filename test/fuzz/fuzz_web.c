/* fuzz_web: a request: a variable a line, an empty line, and the body. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fuzz.h"
#include "web/access.h"
#include "web/answer.h"
#include "web/body.h"
#include "web/route.h"

enum { VARIABLES_MAX = 24 };

#define TOKEN "0123456789abcdef0123456789abcdef"

static void demand_refusal(const struct error *error)
{
    DEMAND(error->code == ERR_USAGE && error->cause >= 400 && error->cause < 500);
    DEMAND(web_status_of(error) == (enum web_status)error->cause);
    DEMAND(*web_reason(web_status_of(error)) && strcmp(web_reason(web_status_of(error)), "OK"));
    fuzz_no_controls(error->message, strlen(error->message), "");
}

static void demand_clean(const char *text)
{
    for (const char *c = text; *c; c++)
        DEMAND((unsigned char)*c >= ' ' && *c != 0x7f);
    fuzz_text(text, strlen(text));
}

static void demand_request(const struct web_request *request)
{
    demand_clean(request->script);
    demand_clean(request->path);
    DEMAND(request->parameter_count <= WEB_PARAMETERS_MAX);
    for (size_t i = 0; i < request->parameter_count; i++) {
        demand_clean(request->parameters[i].name);
        demand_clean(request->parameters[i].value);
        DEMAND(*request->parameters[i].name && *request->parameters[i].value);
    }
}

static void demand_route(const struct web_request *request)
{
    struct error error = ERROR_INIT;
    const struct web_route *route;
    unsigned methods;
    int64_t number = 7;
    if (web_route_find(request, &route, &methods, &error) == 0)
        DEMAND(route && (methods & request->method));
    else
        demand_refusal(&error);
    error_clear(&error);
    if (web_parameter_number(request, "limit", 1, 1000, &number, &error) == 0)
        DEMAND(number >= 1 && number <= 1000);
    else
        demand_refusal(&error);
}

/* Nobody may without the token, or a login where it is trusted; no page of another site ever. */
static void demand_access(const struct web_request *request)
{
    char origins[] = "https://a.example, https://b.example:8443";
    struct web_options options = {.allow = WEB_STATUS, .origins = origins};
    struct error error = ERROR_INIT;
    DEMAND(secret_set(&options.token, TOKEN, strlen(TOKEN), SECRET_KEEP_SPACE) == 0);
    if (web_access_judge(request, &options, WEB_STATUS, &error) == 0)
        DEMAND(request->authorization && strstr(request->authorization, TOKEN));
    else
        demand_refusal(&error);
    error_clear(&error);
    if (web_origin_judge(request, &options, &error) < 0)
        demand_refusal(&error);
    else if (!web_origin_is_listed(request, &options))
        DEMAND(request->fetch_site ? strcasecmp(request->fetch_site, "same-origin") == 0
                                   : request->origin || web_is_json(request));
    secret_release(&options.token);
}

/* Lines that end in CR LF, without any other control character, and one empty line at the end. */
static void demand_head(const struct web_request *request)
{
    char origins[] = "https://a.example";
    const struct web_options options = {.origins = origins};
    struct web_answer answer;
    struct buf head;
    web_answer_init(&answer);
    buf_init(&head, 1 << 20);
    web_answer_share(&answer, request, &options, WEB_GET | WEB_OPTIONS);
    web_answer_field(&answer, "Location", request->script);
    web_answer_field(&answer, "X", request->origin ? request->origin : "");
    if (web_answer_head(&answer, &head) == 0) {
        const char *text = buf_text(&head);
        DEMAND(strncmp(text, "Status: 200 OK\r\n", 16) == 0);
        DEMAND(strstr(text, "\r\n\r\n") == text + head.len - 4);
        for (size_t i = 0; i < head.len; i++)
            DEMAND((unsigned char)text[i] >= ' ' || (text[i] == '\r' && text[i + 1] == '\n') ||
                   (text[i] == '\n' && i && text[i - 1] == '\r'));
    }
    web_answer_release(&answer);
    buf_release(&head);
}

/* What is taken is JSON to others too, and means the same to them. */
static void demand_body(const char *body, size_t n, struct arena *arena)
{
    bool full = false;
    const char *day = NULL;
    struct web_ids ids = {NULL, 0};
    const struct web_member members[] = {{"full", WEB_MEMBER_FLAG, &full},
                                         {"dateFilter", WEB_MEMBER_DAY, &day},
                                         {"ticket_ids", WEB_MEMBER_IDS, &ids}};
    struct error error = ERROR_INIT;
    if (web_body_read(body, n, members, 3, arena, &error) < 0) {
        demand_refusal(&error);
        return;
    }
    cJSON *json = cJSON_ParseWithLength(body, n);
    DEMAND(n == 0 || cJSON_IsObject(json));
    DEMAND(full == cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "full")));
    const char *same = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "dateFilter"));
    DEMAND(day ? same && strcmp(day, same) == 0 && strlen(day) == 10 : !same);
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(json, "ticket_ids");
    DEMAND((int)ids.count == cJSON_GetArraySize(array));
    for (size_t i = 0; i < ids.count; i++) {
        const cJSON *item = cJSON_GetArrayItem(array, (int)i);
        DEMAND(ids.items[i] > 0 && ids.items[i] < INT64_C(1) << 53);
        DEMAND(cJSON_IsString(item) ? atoll(item->valuestring) == ids.items[i]
                                    : (int64_t)item->valuedouble == ids.items[i]);
    }
    cJSON_Delete(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *variables[VARIABLES_MAX + 1] = {NULL};
    char *lines[VARIABLES_MAX];
    size_t count = 0;
    struct fuzz_input in = {data, data + size};
    struct arena arena = ARENA_INIT;
    struct error error = ERROR_INIT;
    struct web_request request;
    while (in.at < in.end && count < VARIABLES_MAX && *in.at != '\n') {
        lines[count] = fuzz_line(&in);
        variables[count] = lines[count];
        count++;
    }
    variables[count] = NULL;
    if (web_request_read(&request, variables, &arena, &error) == 0) {
        demand_request(&request);
        demand_route(&request);
        demand_access(&request);
    } else {
        demand_refusal(&error);
    }
    demand_head(&request);
    if (in.at < in.end)
        demand_body((const char *)in.at + 1, (size_t)(in.end - in.at - 1), &arena);
    arena_release(&arena);
    while (count)
        free(lines[--count]);
    return 0;
}
