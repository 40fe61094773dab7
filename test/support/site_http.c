/* site_http: the sample site's HTTP server. The only module that knows libmicrohttpd. */
#include "site_http.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

#include "site_api.h"
#include "site_control.h"

enum { BLOCK = 64 * 1024, CONNECTION_MEMORY = 256 * 1024 };

/* An answer on its way. */
struct travel {
    struct request *request;
    struct answer answer;
    enum fault_kind fault; /* FAULT_KINDS: none */
    size_t cut;            /* where the fault strikes; the size when nowhere */
    int64_t ms;            /* how long it waits there */
};

const char *request_argument(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *request_header(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

struct collection {
    const char *name, **values;
    size_t count, max;
};

static enum MHD_Result collect(void *context, enum MHD_ValueKind kind, const char *key,
                               const char *value)
{
    struct collection *collection = context;
    (void)kind;
    if (value && strcmp(key, collection->name) == 0 && collection->count < collection->max)
        collection->values[collection->count++] = value;
    return MHD_YES;
}

size_t request_arguments(const struct request *request, const char *name, const char **values,
                         size_t max)
{
    struct collection collection = {name, values, 0, max};
    MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, collect, &collection);
    return collection.count;
}

bool request_credentials(const struct request *request, char **user, char **password)
{
    char *given_password = NULL;
    char *given_user = MHD_basic_auth_get_username_password(request->connection, &given_password);
    bool complete = given_user && given_password;
    if (complete) {
        *user = text_copy(span_of(given_user));
        *password = text_copy(span_of(given_password));
    }
    MHD_free(given_user);
    MHD_free(given_password);
    return complete;
}

static int client_socket(const struct request *request)
{
    return MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD)
        ->connect_fd;
}

/* False when the client left or the program is to end meanwhile. */
static bool wait_ms(const struct request *request, int64_t ms)
{
    struct pollfd fds[] = {{.fd = request->site->stop_fd, .events = POLLIN},
                           {.fd = client_socket(request), .events = POLLRDHUP}};
    return ms <= 0 || poll(fds, 2, (int)ms) == 0;
}

/* Ends the connection with a RST, now. */
static void reset_connection(const struct request *request)
{
    struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    connect(client_socket(request), &nowhere, sizeof nowhere);
}

/* Called as the last byte is handed over, so that a client that has it all is counted out. */
static void end_flight(struct request *request)
{
    if (!request->in_flight)
        return;
    request->in_flight = false;
    pthread_mutex_lock(&request->site->lock);
    request->site->stats.concurrent--;
    pthread_mutex_unlock(&request->site->lock);
}

static void count_bytes(struct request *request, size_t n)
{
    pthread_mutex_lock(&request->site->lock);
    request->site->stats.bytes += (int64_t)n;
    pthread_mutex_unlock(&request->site->lock);
}

/* What happens where the fault strikes: 0 to go on. */
static ssize_t strike(struct travel *travel)
{
    switch (travel->fault) {
    case FAULT_RESET:
        reset_connection(travel->request);
        return MHD_CONTENT_READER_END_WITH_ERROR;
    case FAULT_TRUNCATE:
        return MHD_CONTENT_READER_END_WITH_ERROR;
    case FAULT_STALL:
        travel->fault = FAULT_KINDS;
        return wait_ms(travel->request, travel->ms) ? 0 : MHD_CONTENT_READER_END_WITH_ERROR;
    default:
        return 0;
    }
}

static ssize_t endless(struct travel *travel, char *to, size_t max)
{
    memset(to, ' ', max);
    count_bytes(travel->request, max);
    return (ssize_t)max;
}

/*
 * A gzip bomb, without end: a block of deflate (RFC 1951) with the fixed codes, whose bits are its
 * header and a blank, and then, over and over, "258 bytes more of the last one".
 */
static uint8_t bomb_byte(uint64_t at)
{
    static const uint8_t header[10] = {0x1f, 0x8b, 8};
    static const char start[] = "01001010000", again[] = "1100010100000";
    if (at < sizeof header)
        return header[at];
    unsigned byte = 0;
    for (unsigned bit = 0; bit < 8; bit++) {
        uint64_t n = (at - sizeof header) * 8 + bit;
        char digit =
            n < sizeof start - 1 ? start[n] : again[(n - (sizeof start - 1)) % (sizeof again - 1)];
        byte |= (digit == '1') << bit;
    }
    return (uint8_t)byte;
}

static ssize_t bomb(struct travel *travel, uint64_t at, char *to, size_t max)
{
    for (size_t i = 0; i < max; i++)
        to[i] = (char)bomb_byte(at + i);
    count_bytes(travel->request, max);
    return (ssize_t)max;
}

static ssize_t read_body(void *context, uint64_t at, char *to, size_t max)
{
    struct travel *travel = context;
    const struct answer *answer = &travel->answer;
    if (travel->fault == FAULT_BOMB)
        return bomb(travel, at, to, max);
    if (at == travel->cut && at < answer->size) {
        ssize_t result = strike(travel);
        if (result != 0)
            return result;
    }
    if (at >= answer->size)
        return travel->fault == FAULT_ENDLESS ? endless(travel, to, max)
                                              : MHD_CONTENT_READER_END_OF_STREAM;
    size_t end = at < travel->cut ? travel->cut : answer->size;
    size_t n = end - at < max ? (size_t)(end - at) : max;
    if (travel->fault == FAULT_DRIP) {
        n = 1;
        if (!wait_ms(travel->request, travel->ms))
            return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    memcpy(to, answer->body + at, n);
    count_bytes(travel->request, n);
    if (at + n == answer->size && travel->fault != FAULT_ENDLESS)
        end_flight(travel->request);
    return (ssize_t)n;
}

static void free_travel(void *context)
{
    struct travel *travel = context;
    answer_free(&travel->answer);
    free(travel);
}

/* `answer` is taken over. The body goes out chunked, as the real site's does; a truncated one has
 * the Content-Length that it does not keep. */
static enum MHD_Result send_answer(struct travel *travel)
{
    uint64_t size = travel->fault == FAULT_TRUNCATE ? travel->answer.size : MHD_SIZE_UNKNOWN;
    struct MHD_Response *response =
        MHD_create_response_from_callback(size, BLOCK, read_body, travel, free_travel);
    if (!response) {
        free_travel(travel);
        return MHD_NO;
    }
    for (size_t i = 0; i < travel->answer.header_count; i++)
        MHD_add_response_header(response, travel->answer.headers[i].name,
                                travel->answer.headers[i].value);
    enum MHD_Result result =
        MHD_queue_response(travel->request->connection, travel->answer.status, response);
    MHD_destroy_response(response);
    return result;
}

static struct travel *new_travel(struct request *request)
{
    struct travel *travel = calloc(1, sizeof *travel);
    if (!travel)
        abort();
    travel->request = request;
    travel->fault = FAULT_KINDS;
    return travel;
}

/* Where in the body, and for how long, the planned fault strikes. */
static void arm(struct travel *travel)
{
    const struct planned *slot = &travel->request->plan.slot[SLOT_TRANSPORT];
    travel->cut = travel->answer.size;
    if (!slot->command)
        return;
    struct span command = span_of(slot->command);
    int64_t after = json_get_int(command, "after", -1);
    travel->fault = slot->kind;
    travel->ms = slot->kind == FAULT_STALL ? 1000 * json_get_int(command, "seconds", 3600)
                                           : json_get_int(command, "ms", 100);
    if (slot->kind == FAULT_TRUNCATE && after < 0)
        after = (int64_t)travel->answer.size / 2;
    if (after >= 0 && (size_t)after < travel->answer.size)
        travel->cut = (size_t)after;
}

/* The faults that strike before there is an answer; false when there will be none. */
static bool survive(struct request *request)
{
    struct span delay = planned(&request->plan, FAULT_DELAY_MS);
    struct span stall = planned(&request->plan, FAULT_STALL);
    struct span reset = planned(&request->plan, FAULT_RESET);
    if (delay.p && !wait_ms(request, json_get_int(delay, "ms", 1000)))
        return false;
    if (stall.p && json_get_int(stall, "after", -1) < 0 &&
        !wait_ms(request, 1000 * json_get_int(stall, "seconds", 3600)))
        return false;
    if (reset.p && json_get_int(reset, "after", -1) < 0) {
        reset_connection(request);
        return false;
    }
    return true;
}

static void log_request(const struct request *request, unsigned status)
{
    struct site *site = request->site;
    if (!site->log)
        return;
    bool has_auth = request_header(request, "Authorization") != NULL;
    fprintf(site->log, "%s %s %u auth=%s\n", request->method, request->uri, status,
            has_auth ? "yes" : "no");
    fflush(site->log);
}

static void begin_flight(struct request *request)
{
    struct stats *stats = &request->site->stats;
    pthread_mutex_lock(&request->site->lock);
    stats->requests++;
    stats->route[api_route(request)]++;
    if (++stats->concurrent > stats->max_concurrent)
        stats->max_concurrent = stats->concurrent;
    request->in_flight = true;
    faults_plan(&request->site->faults, request->uri, &request->plan);
    pthread_mutex_unlock(&request->site->lock);
}

static enum MHD_Result serve_api(struct request *request)
{
    begin_flight(request);
    bool kept = api_keep(request), survives = survive(request);
    if (kept && survives)
        reset_connection(request);
    if (kept || !survives) {
        log_request(request, 0);
        return MHD_NO;
    }
    struct travel *travel = new_travel(request);
    api_answer(request, &travel->answer);
    arm(travel);
    log_request(request, travel->answer.status);
    return send_answer(travel);
}

static enum MHD_Result serve_control(struct request *request)
{
    struct travel *travel = new_travel(request);
    control_answer(request, &travel->answer);
    travel->cut = travel->answer.size;
    return send_answer(travel);
}

static void *on_uri(void *context, const char *uri, struct MHD_Connection *connection)
{
    struct request *request = calloc(1, sizeof *request);
    if (!request)
        abort();
    request->site = context;
    request->uri = text_copy(span_of(uri));
    request->connection = connection;
    return request;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *upload, size_t *upload_size, void **state)
{
    struct request *request = *state;
    (void)context;
    (void)connection;
    (void)version;
    if (!request->upload_out) {
        request->upload_out = text_open(&request->upload);
        return MHD_YES;
    }
    if (*upload_size) {
        fwrite(upload, 1, *upload_size, request->upload_out);
        *upload_size = 0;
        return MHD_YES;
    }
    fflush(request->upload_out);
    request->path = path;
    request->method = method;
    bool control = strncmp(path, "/_control", strlen("/_control")) == 0;
    return control ? serve_control(request) : serve_api(request);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    struct request *request = *state;
    (void)context;
    (void)connection;
    (void)code;
    if (!request)
        return;
    end_flight(request);
    fault_plan_free(&request->plan);
    if (request->upload_out)
        fclose(request->upload_out);
    free(request->upload.p);
    free(request->uri);
    free(request);
    *state = NULL;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **state,
                          enum MHD_ConnectionNotificationCode code)
{
    struct site *site = context;
    (void)connection;
    (void)state;
    if (code != MHD_CONNECTION_NOTIFY_STARTED)
        return;
    pthread_mutex_lock(&site->lock);
    site->stats.connections++;
    pthread_mutex_unlock(&site->lock);
}

/* Requests wait and sleep where they stand, so each connection has its thread; the Date header is
 * ours to lie about. */
struct MHD_Daemon *http_start(struct site *site, const char *tls_key, const char *tls_cert)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)site->options.port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
                     MHD_USE_POLL | MHD_USE_SUPPRESS_DATE_NO_CLOCK | (tls_key ? MHD_USE_TLS : 0);
    struct MHD_OptionItem tls[] = {
        {tls_key ? MHD_OPTION_HTTPS_MEM_KEY : MHD_OPTION_END, 0, (void *)(uintptr_t)tls_key},
        {tls_key ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END, 0, (void *)(uintptr_t)tls_cert},
        {MHD_OPTION_END, 0, NULL}};
    struct MHD_Daemon *daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, site, MHD_OPTION_SOCK_ADDR, &address,
        MHD_OPTION_URI_LOG_CALLBACK, on_uri, site, MHD_OPTION_NOTIFY_COMPLETED, on_completed, site,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, site, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
    if (daemon)
        site->port = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    return daemon;
}

void http_stop(struct site *site, struct MHD_Daemon *daemon)
{
    uint64_t one = 1;
    ssize_t written = write(site->stop_fd, &one, sizeof one);
    (void)written;
    MHD_stop_daemon(daemon);
}
