/* map: decodes a page of tickets and maps it by the rules of a configuration, so many times over.
 *
 *   bench-map CONFIGURATION PAGE TIMES */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "core/map.h"
#include "dashboard_columns.h"

/* -1: something is not as it should be. */
static long map_page(const struct map_rules *rules, const char *text, size_t length)
{
    char *body = strndup(text, length), why[200];
    struct page page;
    struct error error = ERROR_INIT;
    struct arena arena = ARENA_INIT;
    long mapped = 0;
    if (!body || decode_page(&page, body, length, NULL, why, sizeof why) != DECODE_OK)
        return -1;
    for (size_t i = 0; i < page.count; i++) {
        struct row row;
        if (map_identity(rules, &page.tickets[i], &arena, &row, &error) == MAP_ROW)
            mapped += map_ticket(rules, &page.tickets[i], &arena, &row, &error) == MAP_ROW;
    }
    arena_release(&arena);
    page_release(&page);
    free(body);
    return error.code ? -1 : mapped;
}

static int map_pages(const struct map_rules *rules, const char *path, int times)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t size = 0;
    long mapped = -1;
    ssize_t n = file ? getdelim(&text, &size, '\0', file) : -1;
    for (int i = 0; n > 0 && i < times; i++)
        mapped = map_page(rules, text, (size_t)n);
    if (file)
        fclose(file);
    free(text);
    return printf("%ld\n", mapped) < 0 || mapped < 0;
}

int main(int argc, char **argv)
{
    static const char *const nothing[] = {NULL};
    struct config config;
    struct error error = ERROR_INIT;
    struct zone *zone = NULL;
    if (argc != 4) {
        fputs("usage: bench-map CONFIGURATION PAGE TIMES\n", stderr);
        return 2;
    }
    const struct config_source source = {.file = argv[1], .environment = nothing};
    if (config_load(&config, &source, &error) < 0 ||
        zone_open(&zone, "America/New_York", &error) < 0) {
        fprintf(stderr, "bench-map: %s\n", error.message);
        return 1;
    }
    struct request_schema schema = dashboard_columns(config.rules);
    struct map_rules rules = {.mapping = &config.mapping,
                              .set = config.rules,
                              .scope = &config.scope,
                              .site_key = "",
                              .schema = &schema,
                              .site = zone,
                              .target = zone};
    map_hash_config(&rules);
    int code = map_pages(&rules, argv[2], atoi(argv[3]));
    zone_close(zone);
    config_release(&config);
    return code;
}
