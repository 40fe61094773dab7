/* html_form: finds a value in the table that a form's submission is. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "codec/html.h"
#include "codec/html_render.h"

enum {
    LABEL_NODES = 32, /* a cell of more is no label */
    LABEL_BYTES = 400,
    ROW_CELLS = 16,
    FOLDED_MAX = 4096,
};

/* Which labels are wanted, the best one that was found, and its value. */
struct search {
    const struct html_labels *labels;
    struct buf *folded; /* one for each label */
    size_t best;        /* its place; labels->count: none was found */
    struct buf cell, value;
};

static struct html_page page_in(struct buf *out)
{
    buf_clear(out);
    return page_at_end_of(out);
}

static const struct html_node *behind(const struct html_node *node)
{
    return node + node->span;
}

/* The place of the label that the cell holds; labels->count: it holds none. */
static size_t place_of(struct search *s, const struct html_node *cell)
{
    struct html_page page = page_in(&s->cell);
    if (cell->span > LABEL_NODES)
        return s->labels->count;
    for (const struct html_node *node = cell + 1; node < behind(cell); node++)
        if (node->kind == NODE_TABLE || node->source.n > LABEL_BYTES)
            return s->labels->count;
    html_render(&page, cell);
    size_t n = s->cell.len, place = 0;
    const char *text = buf_text(&s->cell);
    while (n && strchr(" :*?", text[n - 1]))
        n--;
    struct buf folded;
    buf_init(&folded, FOLDED_MAX);
    text_fold(&folded, text, n);
    for (; place < s->labels->count; place++) {
        const struct buf *label = &s->folded[place];
        bool prefix = label->len && label->data[label->len - 1] == '*';
        if (folded.len && (prefix ? !strncmp(buf_text(&folded), label->data, label->len - 1)
                                  : !strcmp(buf_text(&folded), buf_text(label))))
            break;
    }
    buf_release(&folded);
    return place;
}

/* Takes the text of these cells, if there is any, as the value of the label at `place`. */
static void take_value(struct search *s, size_t place, const struct html_node *const *cells,
                       size_t count)
{
    struct html_page page = page_in(&s->cell);
    for (size_t i = 0; i < count; i++) {
        html_render(&page, cells[i]);
        page_boundary(&page, 1);
    }
    if (!s->cell.len)
        return;
    struct buf value = s->value;
    s->value = s->cell;
    s->cell = value;
    s->best = place;
}

static size_t cells_of(const struct html_node *row, const struct html_node *cells[ROW_CELLS])
{
    size_t count = 0;
    for (const struct html_node *node = row + 1; node < behind(row); node = behind(node))
        if (node->kind == NODE_CELL && count < ROW_CELLS)
            cells[count++] = node;
    return count;
}

/* The row behind this one; NULL: it is the last of its table. */
static const struct html_node *next_row(const struct html_node *row, const struct html_node *end)
{
    const struct html_node *next = behind(row);
    while (next < end && next->kind == NODE_TEXT)
        next++;
    return next < end && next->kind == NODE_ROW ? next : NULL;
}

static void look_at_row(struct search *s, const struct html_node *row, const struct html_node *end)
{
    const struct html_node *cells[ROW_CELLS], *next = next_row(row, end);
    size_t count = cells_of(row, cells);
    for (size_t i = 0; i < count; i += 2) {
        size_t place = place_of(s, cells[i]);
        if (place >= s->best)
            continue;
        if (i + 1 < count)
            take_value(s, place, &cells[i + 1], 1);
        else if (count == 1 && next)
            take_value(s, place, cells, cells_of(next, cells));
    }
}

static int fold_labels(struct search *s)
{
    s->folded = calloc(s->labels->count + 1, sizeof *s->folded);
    for (size_t i = 0; s->folded && i < s->labels->count; i++) {
        buf_init(&s->folded[i], FOLDED_MAX);
        text_fold(&s->folded[i], s->labels->texts[i], strlen(s->labels->texts[i]));
    }
    return s->folded ? 0 : -1;
}

static void release(struct search *s)
{
    for (size_t i = 0; s->folded && i < s->labels->count; i++)
        buf_release(&s->folded[i]);
    free(s->folded);
    buf_release(&s->cell);
    buf_release(&s->value);
}

int html_form_value(struct buf *out, const char *html, size_t n, const struct html_labels *labels)
{
    struct search s = {.labels = labels, .best = labels->count};
    struct html_tree tree = {.nodes = NULL};
    if (!memmem(html, n, "<t", 2) && !memmem(html, n, "<T", 2))
        return 0;
    buf_init(&s.cell, out->max);
    buf_init(&s.value, out->max);
    if (fold_labels(&s) < 0 || html_tree_read(&tree, html, n) < 0)
        out->failed = out->starved = true;
    const struct html_node *end = tree.nodes + tree.count;
    for (const struct html_node *node = tree.nodes; !out->failed && node < end; node++)
        if (node->kind == NODE_ROW)
            look_at_row(&s, node, end);
    buf_append(out, buf_text(&s.value), s.value.len);
    if (s.cell.starved || s.value.starved)
        out->failed = out->starved = true;
    html_tree_release(&tree);
    release(&s);
    return out->failed ? -1 : 0;
}
