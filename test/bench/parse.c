/* parse: fetches pages of tickets over several connections and parses each with cJSON, and no more:
 * the least that reading a whole list can cost.
 *
 *   bench-parse CONNECTIONS USER:PASSWORD <addresses     prints how many tickets there were */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <curl/curl.h>

struct page {
    CURL *handle;
    char *body;
    size_t size, room;
};

static size_t receive(char *bytes, size_t one, size_t n, void *context)
{
    struct page *page = context;
    (void)one;
    if (page->size + n > page->room) {
        page->room = 2 * (page->size + n);
        page->body = realloc(page->body, page->room);
        if (!page->body)
            abort();
    }
    memcpy(page->body + page->size, bytes, n);
    page->size += n;
    return n;
}

/* Begins the next page; false when there is none. */
static bool next(CURLM *multi, struct page *page)
{
    char address[1024];
    if (!fgets(address, sizeof address, stdin))
        return false;
    address[strcspn(address, "\n")] = '\0';
    page->size = 0;
    curl_easy_setopt(page->handle, CURLOPT_URL, address);
    curl_multi_add_handle(multi, page->handle);
    return true;
}

/* The tickets on a page; those of an answer that is no list are none. Negative: not JSON. */
static int tickets_on(const struct page *page)
{
    cJSON *json = cJSON_ParseWithLength(page->body, page->size);
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "tickets");
    int count = json ? cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(list, "data")) : -1;
    cJSON_Delete(json);
    return count;
}

static bool take(CURLM *multi, const CURLMsg *message, long *tickets)
{
    struct page *page;
    CURL *handle = message->easy_handle;
    bool arrived = message->data.result == CURLE_OK;
    curl_easy_getinfo(handle, CURLINFO_PRIVATE, &page);
    curl_multi_remove_handle(multi, handle);
    int count = arrived ? tickets_on(page) : -1;
    *tickets += count;
    return count >= 0;
}

static void prepare(struct page *page, const char *login)
{
    page->handle = curl_easy_init();
    if (!page->handle)
        abort();
    curl_easy_setopt(page->handle, CURLOPT_USERPWD, login);
    curl_easy_setopt(page->handle, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(page->handle, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(page->handle, CURLOPT_WRITEDATA, page);
    curl_easy_setopt(page->handle, CURLOPT_PRIVATE, page);
}

static bool read_all(CURLM *multi, struct page *pages, int connections, long *tickets)
{
    int busy = 0, running, left;
    for (int i = 0; i < connections; i++)
        busy += next(multi, &pages[i]);
    while (busy > 0) {
        curl_multi_perform(multi, &running);
        CURLMsg *message = curl_multi_info_read(multi, &left);
        if (!message) {
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
            continue;
        }
        struct page *page;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &page);
        if (!take(multi, message, tickets))
            return false;
        busy -= !next(multi, page);
    }
    return true;
}

int main(int argc, char **argv)
{
    enum { CONNECTIONS_MAX = 8 };
    struct page pages[CONNECTIONS_MAX] = {0};
    int connections = argc == 3 ? atoi(argv[1]) : 0;
    long tickets = 0;
    if (connections < 1 || connections > CONNECTIONS_MAX) {
        fputs("usage: bench-parse CONNECTIONS USER:PASSWORD <addresses\n", stderr);
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURLM *multi = curl_multi_init();
    for (int i = 0; i < connections; i++)
        prepare(&pages[i], argv[2]);
    bool read = multi && read_all(multi, pages, connections, &tickets);
    for (int i = 0; i < connections; i++) {
        curl_easy_cleanup(pages[i].handle);
        free(pages[i].body);
    }
    curl_multi_cleanup(multi);
    curl_global_cleanup();
    printf("%ld\n", tickets);
    return read ? 0 : 1;
}
