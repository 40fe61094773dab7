/* site_cache: answers by their address, as a cache in front of a site stores them. */
#include "site_cache.h"

#include <stdlib.h>
#include <string.h>

struct cached {
    struct cached *next;
    char *key;
    struct answer answer;
};

/* The address without the parameter that the cache ignores, if it does. */
static char *key_of(const char *uri, struct span command)
{
    char *ignore = json_get_string(command, "ignore"), *key = text_copy(span_of(uri));
    char *name = ignore ? text_format("%s=", ignore) : NULL, *at = name ? strstr(key, name) : NULL;
    if (at) {
        size_t n = strcspn(at, "&");
        n += at[n] == '&';
        memmove(at, at + n, strlen(at + n) + 1);
    }
    free(name);
    free(ignore);
    return key;
}

static void copy(struct answer *to, const struct answer *from)
{
    answer_free(to);
    to->status = from->status;
    to->body = malloc(from->size + 1);
    if (!to->body)
        abort();
    memcpy(to->body, from->body, from->size);
    to->body[from->size] = '\0';
    to->size = from->size;
    for (size_t i = 0; i < from->header_count; i++)
        answer_header(to, from->headers[i].name, text_copy(span_of(from->headers[i].value)));
}

static struct cached *find(const struct cache *cache, const char *key)
{
    struct cached *c = cache->first;
    while (c && strcmp(c->key, key) != 0)
        c = c->next;
    return c;
}

void cache_clear(struct cache *cache)
{
    while (cache->first) {
        struct cached *next = cache->first->next;
        answer_free(&cache->first->answer);
        free(cache->first->key);
        free(cache->first);
        cache->first = next;
    }
}

bool cache_find(const struct cache *cache, const char *uri, struct span command,
                struct answer *answer)
{
    char *key = key_of(uri, command);
    const struct cached *c = find(cache, key);
    free(key);
    if (!c)
        return false;
    copy(answer, &c->answer);
    return true;
}

void cache_keep(struct cache *cache, const char *uri, struct span command,
                const struct answer *answer)
{
    struct cached *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    c->key = key_of(uri, command);
    copy(&c->answer, answer);
    c->next = cache->first;
    cache->first = c;
}
