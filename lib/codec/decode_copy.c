/* decode_copy: copies tickets out of an answer, in the form in which raw_data holds them. */
#include "codec/decode_copy.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "codec/decode_text.h"
#include "codec/decode_tree.h"

enum { TICKET_MAX = 1 << 20 }; /* of a larger one, cJSON's tree may take too much memory */

/* What stands from `kept` to `at` has been read, and is to be copied as it is. */
struct copier {
    const char *at, *end, *kept;
    struct buf *out;
    int depth;
    bool printed;   /* by tree_print: its numbers may be any */
    bool in_ticket; /* and not around them */
    const struct copy_taker *taker;
    const struct mapping_pairs *drop; /* NULL: nothing */
};

/* Where a value stands: it is the member of this name, or in that member's array. `in` is where the
 * object with that member stands; NULL: it is the ticket. */
struct place {
    const struct place *in;
    struct part name;
};

static bool take(struct copier *c, char wanted)
{
    if (c->at == c->end || *c->at != wanted)
        return false;
    c->at++;
    return true;
}

static bool take_text(struct copier *c, const char *wanted)
{
    size_t n = strlen(wanted);
    if ((size_t)(c->end - c->at) < n || memcmp(c->at, wanted, n) != 0)
        return false;
    c->at += n;
    return true;
}

/* Copies all that has been read. */
static void flush(struct copier *c)
{
    buf_append(c->out, c->kept, (size_t)(c->at - c->kept));
    c->kept = c->at;
}

/* Values */

/* Writes the character instead of its escape (\u00e9). Escapes of ASCII's characters are rare, and
 * are left to cJSON. */
static bool copy_character(struct copier *c)
{
    char bytes[4];
    int unit = tree_escaped_unit(c->at, c->end);
    bool pair = unit >= 0xD800 && unit <= 0xDBFF;
    int low = pair ? tree_escaped_unit(c->at + 6, c->end) : 0;
    if (unit < 0x80 || (pair && (low < 0xDC00 || low > 0xDFFF)))
        return false;
    uint32_t code = pair ? 0x10000 + (((uint32_t)unit & 0x3FF) << 10 | ((uint32_t)low & 0x3FF))
                         : (uint32_t)unit;
    size_t n = text_encode(code, bytes);
    flush(c);
    buf_append(c->out, bytes, n);
    c->at += pair ? 12 : 6;
    c->kept = c->at;
    return n > 0;
}

/* Is it the escape of a control character, in the form that raw_data has, too? */
static bool is_control(const struct copier *c)
{
    int unit = tree_escaped_unit(c->at, c->end);
    return unit > 0 && unit < ' ' && !strchr("\b\f\n\r\t", unit) &&
           c->at[5] == "0123456789abcdef"[unit % 16];
}

static bool copy_escape(struct copier *c)
{
    char letter = c->end - c->at < 2 ? '\0' : c->at[1];
    if (letter == 'u' && !is_control(c))
        return copy_character(c);
    if (letter == '/') {
        flush(c);
        c->kept++;
    } else if (letter != '"' && (!letter || !strchr("\\bfnrtu", letter))) {
        return false;
    }
    c->at += letter == 'u' ? 6 : 2;
    return true;
}

static bool copy_string(struct copier *c)
{
    if (!take(c, '"'))
        return false;
    for (;;) {
        c->at += text_plain_json(c->at, (size_t)(c->end - c->at));
        if (take(c, '"'))
            return true;
        if (c->at == c->end || *c->at != '\\' || !copy_escape(c))
            return false;
    }
}

static bool copy_number(struct copier *c)
{
    const char *start = c->at;
    bool negative = take(c, '-');
    size_t digits = 0;
    if (c->printed) {
        while (c->at < c->end && *c->at && strchr("+-.0123456789eE", *c->at))
            c->at++;
        return c->at > start;
    }
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++)
        digits++;
    bool zero = digits > 0 && start[negative] == '0';
    return digits > 0 && digits + negative <= TREE_EXACT_DIGITS &&
           !(zero && (negative || digits > 1));
}

static bool copy_value(struct copier *c, const struct place *in);

/* Members that are left out */

/* Does the path, of `n` bytes, lead to this place? Its last name must be the place's own. */
static bool leads_to(const char *path, size_t n, const struct place *place)
{
    const char *dot = memrchr(path, '.', n), *last = dot ? dot + 1 : path;
    if (!place || !part_is_named(place->name, last, n - (size_t)(last - path)))
        return false;
    return dot ? leads_to(path, (size_t)(dot - path), place->in) : !place->in;
}

static bool is_left_out(const struct copier *c, const struct place *place)
{
    for (size_t d = 0; c->drop && d < c->drop->count; d++)
        if (leads_to(c->drop->items[d].key, strlen(c->drop->items[d].key), place))
            return true;
    return false;
}

/* Takes back a member that was copied since `mark`, with the comma behind it or before it. */
static void take_back(struct copier *c, size_t mark)
{
    bool followed = c->at < c->end && *c->at == ',';
    flush(c);
    if (c->out->failed)
        return;
    c->kept += followed;
    buf_cut(c->out, mark - (!followed && c->out->data[mark - 1] == ','));
}

/* What is left out of every ticket: two parts that change by themselves. */
static bool is_passing(const struct place *place)
{
    return part_is(place->name, PART_NAME("preview_response")) ||
           part_is(place->name, PART_NAME("live_activity"));
}

/* How long the copy will be when all that has been read is in it. */
static size_t copied_length(const struct copier *c)
{
    return c->out->len + (size_t)(c->at - c->kept);
}

/* Copies the value of a ticket's member, whose name is at `mark` of the copy. If the member is to
 * be left out, both are taken back once the taker has seen them. */
static bool copy_or_leave_out(struct copier *c, const struct place *place, size_t mark)
{
    bool outermost = !place->in;
    bool left_out = (outermost && is_passing(place)) || is_left_out(c, place);
    size_t value = copied_length(c);
    const struct mapping_pairs *drop = c->drop;
    c->drop = left_out ? NULL : drop;
    bool copied = copy_value(c, place);
    c->drop = drop;
    flush(c);
    if (!copied || c->out->failed)
        return false;
    if (outermost)
        c->taker->member(c->taker->context, place->name,
                         (struct part){c->out->data + value, c->out->len - value},
                         left_out ? COPY_LEFT_OUT : COPY_KEPT);
    if (left_out)
        take_back(c, mark);
    return true;
}

static bool copy_member(struct copier *c, const struct place *in)
{
    struct place place = {.in = in, .name.text = c->at + 1};
    size_t mark = copied_length(c);
    if (!copy_string(c) || !take(c, ':'))
        return false;
    place.name.length = (size_t)(c->at - place.name.text) - 2;
    if (!c->in_ticket || (in && !c->drop))
        return copy_value(c, &place);
    /* A name with escapes cannot be compared: it is left to cJSON. */
    if (!c->printed && c->drop && memchr(place.name.text, '\\', place.name.length))
        return false;
    return copy_or_leave_out(c, &place, mark);
}

static bool copy_children(struct copier *c, const struct place *in)
{
    char close = *c->at == '{' ? '}' : ']';
    bool good = c->depth++ < CJSON_NESTING_LIMIT;
    c->at++;
    if (good && !take(c, close)) {
        do
            good = close == '}' ? copy_member(c, in) : copy_value(c, in);
        while (good && take(c, ','));
        good = good && take(c, close);
    }
    c->depth--;
    return good;
}

static bool copy_value(struct copier *c, const struct place *in)
{
    switch (c->at < c->end ? *c->at : '\0') {
    case '"':
        return copy_string(c);
    case '{':
    case '[':
        return copy_children(c, in);
    case 'n':
        return take_text(c, "null");
    case 't':
        return take_text(c, "true");
    case 'f':
        return take_text(c, "false");
    default:
        return copy_number(c);
    }
}

/* Tickets */

/* Makes a buffer for `size` bytes. It never moves, as the members that were taken point into it.
 * false: there is no memory. */
static bool begin_buffer(struct buf *b, size_t size)
{
    buf_init(b, size);
    buf_expect(b, size);
    return b->size > size;
}

static bool copy_ticket(struct copier *c, struct buf *ticket)
{
    struct buf *around = c->out;
    buf_clear(ticket);
    c->kept = c->at;
    c->out = ticket;
    c->in_ticket = true;
    bool copied = copy_value(c, NULL);
    flush(c);
    c->in_ticket = false;
    c->out = around;
    return copied && !ticket->failed &&
           c->taker->ticket(c->taker->context, (struct part){ticket->data, ticket->len}) == 0;
}

/* The rest of tickets.data. */
static bool copy_tickets(struct copier *c)
{
    struct buf ticket;
    flush(c);
    c->depth++;
    bool good = begin_buffer(&ticket, TICKET_MAX);
    if (good && !take(c, ']')) {
        do
            good = copy_ticket(c, &ticket);
        while (good && take(c, ','));
        c->kept = c->at;
        good = good && take(c, ']');
    }
    buf_release(&ticket);
    c->depth--;
    return good;
}

static bool copy_list(struct copier *c)
{
    bool good, has_data = false;
    do {
        bool data = take_text(c, "\"data\":[");
        good = data ? !has_data && copy_tickets(c) : copy_member(c, NULL);
        has_data |= data;
    } while (good && take(c, ','));
    return good && take(c, '}');
}

bool copy_answer(const char *body, size_t length, const struct mapping_pairs *drop,
                 struct buf *frame, const struct copy_taker *taker)
{
    struct copier c = {.at = body,
                       .end = body + length,
                       .kept = body,
                       .out = frame,
                       .depth = 2,
                       .taker = taker,
                       .drop = drop && drop->count > 0 ? drop : NULL};
    if (!take_text(&c, "{\"tickets\":{") || !text_valid(body, length) || !copy_list(&c))
        return false;
    while (take(&c, ','))
        if (!copy_member(&c, NULL))
            return false;
    flush(&c);
    return take(&c, '}') && buf_putc(frame, '}') == 0;
}

bool copy_printed(const struct buf *printed, const struct mapping_pairs *drop,
                  const struct copy_taker *taker)
{
    const char *text = buf_text(printed);
    struct buf ticket = {0};
    struct copier c = {.at = text,
                       .end = text + printed->len,
                       .printed = true,
                       .taker = taker,
                       .drop = drop && drop->count > 0 ? drop : NULL};
    bool copied =
        !printed->failed && begin_buffer(&ticket, printed->len) && copy_ticket(&c, &ticket);
    buf_release(&ticket);
    return copied;
}
