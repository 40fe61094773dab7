/* insert: collects the rows of a multi-row INSERT. */
#include "store/insert.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 100, BYTES_MAX = 8 << 20, VALUE_OVERHEAD = 9 };

int insert_init(struct insert *in, const char *head, const char *tail, size_t columns,
                struct error *error)
{
    *in = (struct insert){.head = head, .tail = tail, .columns = columns, .most_rows = ROWS_MAX};
    in->values = calloc(ROWS_MAX * columns, sizeof *in->values);
    return in->values ? 0 : error_no_memory(error);
}

void insert_release(struct insert *in)
{
    free(in->values);
}

static size_t bytes_of(const struct insert *in, const struct db_value *values)
{
    size_t bytes = 0;
    for (size_t c = 0; c < in->columns; c++)
        bytes += values[c].len + VALUE_OVERHEAD;
    return bytes;
}

bool insert_full(const struct insert *in, const struct db *db, const struct db_value *values)
{
    size_t most = db_packet_max(db) / 2;
    if (!most || most > BYTES_MAX)
        most = BYTES_MAX;
    return in->rows == in->most_rows || (in->rows && in->bytes + bytes_of(in, values) > most);
}

void insert_add(struct insert *in, const struct db_value *values)
{
    memcpy(in->values + in->rows++ * in->columns, values, in->columns * sizeof *values);
    in->bytes += bytes_of(in, values);
}

int insert_send(struct insert *in, struct db *db, struct error *error)
{
    size_t rows = in->rows;
    in->rows = in->bytes = 0; /* also after a failure: there is no room behind a full batch */
    const struct db_rows sent = {.values = in->values, .columns = in->columns, .rows = rows};
    return rows ? db_insert(db, in->head, in->tail, &sent, error) : 0;
}
