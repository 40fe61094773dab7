/* setup_plan: what `setup` is going to do: shown, confirmed, done, and then examined. */
#ifndef FLUENT_SYNC_SETUP_PLAN_H
#define FLUENT_SYNC_SETUP_PLAN_H

#include <stdbool.h>

#include "app/setup.h"
#include "command.h"

/*
 * Shows the plan and, once it is confirmed, does it: accounts, tables, rights, files; then `check`,
 * on request a dry run, and how to go on. `tables` is what was found in the database. Returns the
 * exit code of `check`, or -1 with the error; *changed: something was written by then.
 */
int setup_plan_run(const struct command *command, struct setup *setup,
                   const struct setup_database *tables, bool *changed, struct error *error);

#endif
