/* overview_private: reading results, the same in all of overview's files. */
#ifndef FLUENT_SYNC_OVERVIEW_PRIVATE_H
#define FLUENT_SYNC_OVERVIEW_PRIVATE_H

#include "store/overview.h"

/* A result that is freed at the end of the block. */
#define OVERVIEW_RESULT(name)                                                                      \
    __attribute__((cleanup(db_result_cleanup))) struct db_result *(name) = NULL

/* A value's text in the arena; NULL for SQL NULL. */
const char *overview_copy(struct arena *arena, const struct db_value *value);
int64_t overview_number(const struct db_value *value, int64_t otherwise);
/* Room for a result's rows; NULL with the error. */
void *overview_table(const struct overview *of, struct db_result *result, size_t size,
                     struct error *error);
/* -1 when the arena had no memory for any of it. */
int overview_done(const struct overview *of, struct error *error);

#endif
