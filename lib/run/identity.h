/* identity: opens the site, and checks that it is the one of the runs before. */
#ifndef FLUENT_SYNC_IDENTITY_H
#define FLUENT_SYNC_IDENTITY_H

#include "run/run.h"

/* Opens run->site. `tick` is called, with the run, while the site is waited for. */
int identity_open_site(struct run *run, site_tick *tick, struct error *error);

/*
 * Is it the site of the runs before: by its home, which the index tells (that is asked for with the
 * credentials too, and replaced then), else by its address? ERR_REFUSED when it is not, or when
 * that cannot be confirmed. Otherwise it is on record who the site is.
 */
int identity_check(struct run *run, struct site_answer **index, struct error *error);

/* Fills in run->basis: the time zones, of which the index tells the site's, and the mapping rules.
 */
int identity_prepare_basis(struct run *run, const struct site_answer *index, struct error *error);

#endif
