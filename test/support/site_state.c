/* site_state: everything the sample site knows and was told, shared by its modules. */
#include "site_state.h"

#include <stdlib.h>

#include "site_write.h"

time_t site_now(const struct site *site)
{
    return site->clock_stopped_at ? site->clock_stopped_at : time(NULL) + site->clock_ahead;
}

void text_replace(char **text, char *by)
{
    free(*text);
    *text = by;
}

void site_set_zone(struct site *site, const char *zone)
{
    text_replace(&site->zone, text_copy(span_of(zone)));
    setenv("TZ", *zone ? zone : "UTC", 1);
    tzset();
    tickets_rekey(&site->tickets);
}

void site_forget_backup(struct site *site)
{
    for (size_t i = 0; i < site->kept_count; i++)
        free(site->kept[i]);
    free(site->kept);
    site->kept = NULL;
    site->kept_count = 0;
}

void site_free(struct site *site)
{
    site_forget_backup(site);
    tickets_free(&site->tickets);
    faults_free(&site->faults);
    cache_clear(&site->cache);
    free(site->between.run);
    changes_free(site);
    free(site->home);
    free(site->zone);
    free(site->me);
    free(site->gmt_offset);
    free(site->namespaces);
    if (site->log)
        fclose(site->log);
    pthread_mutex_destroy(&site->lock);
}
