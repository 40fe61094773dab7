/* heartbeat: the lease is renewed while a run waits for the site. */
#include "run/heartbeat.h"

#include "run/inbox.h"
#include "run/proofs.h"

int heartbeat(void *context, struct error *error)
{
    struct run *run = context;
    struct writer *w = &run->writer;
    struct page_writer *pages = &run->pages;
    int64_t patient_until = pages->since + writer_heartbeat_ms(w);
    run_report_progress(run);
    if (run->in.options->dry_run ||
        (page_writer_is_busy(pages) && clock_monotonic_ms() < patient_until))
        return 0;
    if (page_writer_wait(pages, error) < 0 || (proofs_due(w) && proofs_save(w, error) < 0) ||
        (run->basis.walking && inbox_look(run, error) < 0))
        return -1;
    return writer_heartbeat(w, error);
}
