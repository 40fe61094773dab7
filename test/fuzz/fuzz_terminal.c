/* fuzz_terminal: whatever a ticket's text holds, shown on a terminal and as JSON. The input: a byte
 * for the width, then texts, a line each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "codec/decode.h"
#include "fuzz.h"
#include "json.h"
#include "messages.h"
#include "table.h"

enum { TEXT_MAX = 1 << 22, CELLS = 6, COLUMNS = 3 };

static const struct report_column REPORT[COLUMNS] = {
    {"fluent_id", REPORT_TEXT}, {"ticket_status", REPORT_TEXT}, {"title", REPORT_TEXT}};
static const struct table_column TABLE[COLUMNS] = {
    {"fluent_id", "ID", 12}, {"title", "TITLE", 0}, {"ticket_status", "STATUS", 10}};

static size_t lines_of(const char *text)
{
    size_t lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

/* Within its width, harmless, and shown the same once more. */
static void check_show(const char *text, size_t n, size_t width)
{
    struct buf shown, again;
    buf_init(&shown, TEXT_MAX);
    buf_init(&again, TEXT_MAX);
    size_t cells = text_show(&shown, text, n, width);
    DEMAND(cells <= width && !shown.failed);
    fuzz_harmless(buf_text(&shown), shown.len, "");
    DEMAND(text_show(&again, buf_text(&shown), shown.len, width) == cells);
    DEMAND(!strcmp(buf_text(&shown), buf_text(&again)));
    buf_release(&shown);
    buf_release(&again);
}

/* Cut to a column, cleaned, folded. */
static void check_column(const char *text, size_t n, size_t limit)
{
    struct buf clean, fit, folded;
    buf_init(&clean, TEXT_MAX);
    buf_init(&fit, TEXT_MAX);
    buf_init(&folded, TEXT_MAX);
    DEMAND(text_clean(&clean, text, n) == 0);
    fuzz_no_controls(buf_text(&clean), clean.len, "");
    DEMAND(text_fit(&fit, buf_text(&clean), clean.len, limit, 3 * limit) == 0);
    fuzz_text(buf_text(&fit), fit.len);
    DEMAND(text_length(buf_text(&fit), fit.len) <= limit && fit.len <= 3 * limit);
    DEMAND(fit.len == clean.len ||
           !memcmp(buf_text(&fit), buf_text(&clean), fit.len < 3 ? 0 : fit.len - 3));
    DEMAND(text_fold(&folded, buf_text(&clean), clean.len) == 0);
    fuzz_text(buf_text(&folded), folded.len);
    buf_release(&clean);
    buf_release(&fit);
    buf_release(&folded);
}

/* A stream into memory. */
struct sheet {
    char *text;
    size_t size;
    FILE *out;
};

static struct sheet *sheet_open(struct sheet *sheet)
{
    sheet->out = open_memstream(&sheet->text, &sheet->size);
    DEMAND(sheet->out != NULL);
    return sheet;
}

static void check_table(const struct report *report, size_t line)
{
    struct sheet sheet;
    table_print(sheet_open(&sheet)->out, report, TABLE, COLUMNS, line);
    fclose(sheet.out);
    fuzz_harmless(sheet.text, sheet.size, "\n");
    DEMAND(lines_of(sheet.text) == report->rows + 1);
    free(sheet.text);
}

static void check_message(const char *text, bool json)
{
    struct sheet sheet;
    struct messages messages = {.out = sheet_open(&sheet)->out, .json = json};
    messages_print(&messages,
                   &(struct log_message){.level = LOG_WARNING, .text = text, .run_id = 7});
    fclose(sheet.out);
    fuzz_harmless(sheet.text, sheet.size, "\n");
    DEMAND(lines_of(sheet.text) == 1);
    free(sheet.text);
}

static bool is_same(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

/* A row as JSON is read back as it was. */
static void check_json(const struct report *report)
{
    struct sheet sheet;
    struct report first = *report;
    struct arena arena = ARENA_INIT;
    struct decode_member *members;
    size_t count;
    first.rows = 1;
    json_print_rows(&first, sheet_open(&sheet)->out);
    fclose(sheet.out);
    DEMAND(sheet.size > 4 && sheet.text[0] == '[');
    DEMAND(decode_object(sheet.text + 1, sheet.size - 3, &members, &count, &arena) == 0);
    DEMAND(count == COLUMNS);
    for (size_t c = 0; c < COLUMNS; c++)
        DEMAND(is_same(members[c].text, report->cells[c]));
    arena_release(&arena);
    free(sheet.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, data + size};
    size_t width = fuzz_byte(&in);
    char *texts[CELLS];
    const char *cells[CELLS];
    struct report report = {
        .columns = REPORT, .width = COLUMNS, .rows = CELLS / COLUMNS, .cells = cells};
    check_show((const char *)in.at, (size_t)(in.end - in.at), width);
    check_column((const char *)in.at, (size_t)(in.end - in.at), width);
    for (size_t i = 0; i < CELLS; i++) {
        texts[i] = fuzz_line(&in);
        cells[i] = *texts[i] ? texts[i] : NULL;
    }
    check_table(&report, width);
    check_message(texts[0], false);
    check_message(texts[0], true);
    check_json(&report);
    for (size_t i = 0; i < CELLS; i++)
        free(texts[i]);
    return 0;
}
