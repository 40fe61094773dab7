/* heartbeat: while a run waits for the site, shows its progress and renews its lease. */
#ifndef FLUENT_SYNC_HEARTBEAT_H
#define FLUENT_SYNC_HEARTBEAT_H

#include "run/run.h"

/* The callback of site_options; `context` is the struct run. Reports the progress, and from time to
 * time renews the lease and saves what pages prove. */
site_tick heartbeat;

#endif
