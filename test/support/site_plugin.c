/* site_plugin: how the versions of the plugin differ, as far as their answers were measured. */
#include "site_plugin.h"

#include <stdlib.h>
#include <string.h>

#include "site_tickets.h"

enum plugin plugin_named(const char *name)
{
    static const char *const names[PLUGINS] = {"2.0.1", "1.7.90", "1.7.2"};
    int i = 0;
    while (i < PLUGINS && (!name || strcmp(name, names[i]) != 0))
        i++;
    return (enum plugin)i;
}

void plugin_refuse(enum plugin plugin, const char *words, struct answer *answer)
{
    struct text text;
    FILE *out = text_open(&text);
    json_write_string(out, words);
    fclose(out);
    answer_json(answer, plugin == PLUGIN_1_7_2 ? 200 : 422, text.p);
}

void plugin_refuse_unknown(enum plugin plugin, const char *number, struct answer *answer)
{
    char *words =
        text_format("No query results for model [FluentSupport\\App\\Models\\Ticket] %s", number);
    plugin_refuse(plugin, words, answer);
    free(words);
}

/* The date that begins here, quotation marks included; 0 bytes when none does. */
static size_t date_at(const char *p, time_t *t)
{
    static const char shape[] = "\"....-..-..T..:..:..+00:00\"";
    size_t n = strlen(shape);
    if (strnlen(p, n) < n || p[0] != '"' || p[5] != '-' || p[11] != 'T' || p[n - 1] != '"')
        return 0;
    return time_parse((struct span){p, n}, t) ? n : 0;
}

char *plugin_dates(enum plugin plugin, char *body)
{
    struct text text;
    if (plugin != PLUGIN_1_7_2)
        return body;
    FILE *out = text_open(&text);
    for (const char *p = body; *p;) {
        char local[TIME_TEXT];
        time_t t;
        size_t n = *p == '"' ? date_at(p, &t) : 0;
        if (n)
            fprintf(out, "\"%s\"", time_local(local, t));
        else
            putc_unlocked(*p, out);
        p += n ? n : 1;
    }
    fclose(out);
    free(body);
    return text.p;
}

bool plugin_counts(enum plugin plugin, const char *type)
{
    bool hidden = strcmp(type, "note") == 0 || strcmp(type, "draft_response") == 0;
    return strcmp(type, "response") == 0 || (plugin == PLUGIN_1_7_2 && hidden);
}
