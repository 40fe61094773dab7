/* ticket_columns: the table of the columns. */
#include "model/ticket_columns.h"

#define TICKET_COLUMN(id, text, what, ...)                                                         \
    [TICKET_##id] = {.name = (text), .holds = HOLDS_##what, __VA_ARGS__},
const struct ticket_column_info ticket_column_table[TICKET_COLUMNS] = {
    TICKET_COLUMN_LIST(TICKET_COLUMN)};
