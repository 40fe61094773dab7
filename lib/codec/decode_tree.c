/* decode_tree: makes what the site sent fit for cJSON, and parses it within limits. */
#include "codec/decode_tree.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum {
    WARNING_LINES_MAX = 64,
    TRIES_MAX = 64,  /* places where JSON might begin behind a warning */
    PIECE_COST = 16, /* of malloc itself, for each piece */
};

/* White space in JSON? */
static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    return at;
}

/* Text that the rest can rely on */

int tree_escaped_unit(const char *at, const char *end)
{
    int unit = 0;
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        int digit = text_hex_digit(at[i]);
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/* Control characters, which JSON does not allow, become '?': printed again, each would be six
 * bytes. */
static void replace_controls(char *body, size_t length)
{
    unsigned char least = ' '; /* the compiler looks for it among many bytes at once */
    for (size_t i = 0; i < length; i++)
        least = (unsigned char)body[i] < least ? (unsigned char)body[i] : least;
    for (size_t i = 0; least < ' ' && i < length; i++)
        if ((unsigned char)body[i] < ' ' && !is_blank(body[i]))
            body[i] = '?';
}

/* What no text can contain becomes U+FFFD, by an escape of the same length: U+0000, at which
 * cJSON's strings would end, and half a surrogate pair, for which cJSON rejects the whole page. */
static void replace_escapes(char *body, size_t length)
{
    const char *end = body + length;
    for (char *at = body; (at = memchr(at, '\\', (size_t)(end - at))) != NULL;
         at += end - at < 2 ? 1 : 2) {
        int unit = tree_escaped_unit(at, end);
        bool high = unit >= 0xD800 && unit <= 0xDBFF, low = unit >= 0xDC00 && unit <= 0xDFFF;
        int next = high ? tree_escaped_unit(at + 6, end) : -1;
        if (high && next >= 0xDC00 && next <= 0xDFFF)
            at += 6;
        else if (unit == 0 || high || low)
            memcpy(at + 2, "fffd", 4);
    }
}

/* Bytes that are not UTF-8 become '?'; the API itself writes only ASCII. */
static void replace_invalid(char *body, size_t length)
{
    if (text_valid(body, length))
        return;
    for (size_t i = 0; i < length;) {
        size_t n = 1;
        while (n <= 4 && (i + n > length || !text_valid(body + i, n)))
            n++;
        if (n > 4)
            body[i++] = '?';
        else
            i += n;
    }
}

void tree_prepare(char *body, size_t length)
{
    replace_controls(body, length);
    replace_escapes(body, length);
    replace_invalid(body, length);
}

/* cJSON returns NULL for text that is not JSON, when memory ran out, and when we refuse it more
 * memory; the last two are recorded here. (Three bytes of "[]," are a hundred in a tree.) A page's
 * tree consists of many small pieces with the same lifetime: while `pieces` is set, they come from
 * there. */
static _Thread_local bool starved, too_large;
static _Thread_local size_t left = SIZE_MAX; /* of what a tree may take */
static _Thread_local struct arena *pieces;

static void *allocate(size_t n)
{
    if (left < n + PIECE_COST) {
        too_large = true;
        return NULL;
    }
    left -= n + PIECE_COST;
    void *piece = pieces ? arena_room(pieces, n) : malloc(n);
    starved |= !piece;
    return piece;
}

static void deallocate(void *piece)
{
    if (!pieces)
        free(piece);
}

static void set_hooks(void)
{
    cJSON_Hooks hooks = {.malloc_fn = allocate, .free_fn = deallocate};
    cJSON_InitHooks(&hooks);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t count_digits(const char *text, const char *end)
{
    const char *at = text;
    while (at < end && is_digit(*at))
        at++;
    return (size_t)(at - text);
}

/* The length of the number at `text`; 0: it is not a number in JSON ("01", "1."), though cJSON
 * accepts it. */
static size_t number_length(const char *text, const char *end)
{
    const char *at = text + (text < end && *text == '-');
    size_t digits = count_digits(at, end);
    if (digits == 0 || (digits > 1 && *at == '0'))
        return 0;
    at += digits;
    if (at < end && *at == '.') {
        digits = count_digits(++at, end);
        at += digits;
    }
    if (digits > 0 && at < end && (*at == 'e' || *at == 'E')) {
        at += at + 1 < end && (at[1] == '+' || at[1] == '-') ? 2 : 1;
        digits = count_digits(at, end);
        at += digits;
    }
    return digits ? (size_t)(at - text) : 0;
}

/* The first number of a JSON text, outside of its strings; `end` when there is none. */
static const char *find_number(const char *at, const char *end)
{
    while (at < end && *at != '-' && !is_digit(*at))
        at = *at == '"' ? text_behind_json_string(at + 1, end) : at + 1;
    return at;
}

/* Are all numbers whole and short, so that the tree need not be searched? */
static bool are_plain(const char *text, const char *end)
{
    for (const char *at = find_number(text, end); at < end; at = find_number(at, end)) {
        const char *digits = at + (*at == '-');
        size_t n = number_length(at, end);
        if (n == 0 || n > TREE_EXACT_DIGITS ||
            count_digits(digits, end) != n - (size_t)(digits - at))
            return false;
        at += n;
    }
    return true;
}

/* Does cJSON print this number with the same value? */
static bool prints_well(const char *number, size_t n, double value)
{
    bool vanished = false; /* 1e-400 */
    for (size_t i = 0; value == 0 && i < n && number[i] != 'e' && number[i] != 'E'; i++)
        vanished |= number[i] >= '1' && number[i] <= '9';
    return n <= TREE_EXACT_DIGITS && isfinite(value) && !vanished;
}

/*
 * A number that cJSON would print with other digits, or as null, gets its own text, which cJSON
 * then prints unchanged. The numbers of the tree come in the order of the text, in which `*at`
 * moves along. The recursion is as deep as cJSON's own, which has a limit. -1: one of them is not a
 * number in JSON, or memory ran out.
 */
static int keep_numbers(cJSON *node, const char **at, const char *end)
{
    if (cJSON_IsNumber(node)) {
        const char *start = find_number(*at, end);
        size_t n = number_length(start, end);
        *at = start + n;
        if (n == 0)
            return -1;
        if (prints_well(start, n, node->valuedouble))
            return 0;
        char *own = allocate(n + 1);
        if (!own)
            return -1;
        memcpy(own, start, n);
        own[n] = '\0';
        node->type = (node->type & ~0xff) | cJSON_Raw;
        node->valuestring = own;
    }
    for (cJSON *child = node->child; child; child = child->next)
        if (keep_numbers(child, at, end) < 0)
            return -1;
    return 0;
}

/* Parses a tree; `*end` is where it ends in the text, and anything may follow. */
static cJSON *parse_tree(const char *text, size_t length, const char **end)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const char *number = text;
    pthread_once(&once, set_hooks);
    starved = too_large = false;
    left = TREE_MAX;
    cJSON *root = cJSON_ParseWithLengthOpts(text, length, end, false);
    if (root && !are_plain(text, text + length) && keep_numbers(root, &number, text + length) < 0) {
        cJSON_Delete(root);
        root = NULL;
    }
    if (!root && pieces)
        arena_release(pieces);
    left = SIZE_MAX;
    return root;
}

void tree_use(struct arena *arena)
{
    pieces = arena;
}

bool tree_starved(void)
{
    return starved;
}

bool tree_too_large(void)
{
    return too_large;
}

/* Is there no point in looking elsewhere in the text? */
static bool gave_up(void)
{
    return starved || too_large;
}

/* "500 Internal Server Error" is not a number: nothing may follow one. */
cJSON *tree_parse(const char *text, size_t length)
{
    const char *end = text;
    cJSON *root = parse_tree(text, length, &end);
    if (!root || cJSON_IsObject(root) || cJSON_IsArray(root) || cJSON_IsString(root))
        return root;
    if (skip_blanks(end, text + length) == text + length)
        return root;
    cJSON_Delete(root);
    return NULL;
}

/* What a plugin printed before the JSON */

static _Thread_local size_t printed;

size_t tree_printed(void)
{
    return printed;
}

void tree_note_printed(const char *text, const char *at)
{
    printed = (size_t)(at - skip_blanks(text, at));
}

/* Records how much stands before the JSON at `at`, whose tree this is. */
static cJSON *begins_at(cJSON *root, const char *text, const char *at)
{
    if (root)
        tree_note_printed(text, at);
    return root;
}

/* The first line, after the first one of all, that begins a JSON text. */
static cJSON *behind_lines(const char *text, const char *end)
{
    cJSON *root = NULL;
    const char *at = text;
    for (int line = 0; !root && !gave_up() && line < WARNING_LINES_MAX; line++) {
        at = memchr(at, '\n', (size_t)(end - at));
        if (!at)
            break;
        at++;
        root = tree_parse(at, (size_t)(end - at));
    }
    return begins_at(root, text, at);
}

/* The string that ends the text. */
static cJSON *last_string(const char *text, const char *end)
{
    const char *at = end - 1;
    while (at > text && !(at[-1] == '"' && (at - 1 == text || at[-2] != '\\')))
        at--;
    return at > text ? begins_at(tree_parse(at - 1, (size_t)(end - at + 1)), text, at - 1) : NULL;
}

/* The object that reaches to the end of the text. */
static cJSON *last_object(const char *text, const char *end)
{
    const char *at = text;
    for (int tries = 0; tries < TRIES_MAX && (at = memchr(at, '{', (size_t)(end - at))) != NULL;
         tries++, at++) {
        const char *behind = at;
        cJSON *root = parse_tree(at, (size_t)(end - at), &behind);
        if (root && skip_blanks(behind, end) == end)
            return begins_at(root, text, at);
        cJSON_Delete(root);
        if (gave_up())
            break;
    }
    return NULL;
}

/* Skips white space and a byte order mark. */
static const char *skip_mark(const char *text, const char *end)
{
    static const char mark[] = "\xEF\xBB\xBF";
    const char *at = skip_blanks(text, end);
    if ((size_t)(end - at) < sizeof mark - 1 || memcmp(at, mark, sizeof mark - 1) != 0)
        return at;
    return skip_blanks(at + sizeof mark - 1, end);
}

cJSON *tree_behind_print(const char *text, size_t length)
{
    const char *end = text + length, *at = skip_mark(text, end);
    printed = 0;
    cJSON *root = begins_at(tree_parse(at, (size_t)(end - at)), text, at);
    if (!root && !gave_up())
        root = behind_lines(text, end);
    while (end > at && is_blank(end[-1]))
        end--;
    /* What begins as JSON and is not JSON was cut off. */
    if (root || gave_up() || end == at || *at == '{' || *at == '[')
        return root;
    return end[-1] == '"' ? last_string(text, end) : end[-1] == '}' ? last_object(text, end) : NULL;
}

cJSON *tree_member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

const char *tree_text(const cJSON *item, struct arena *arena)
{
    if (item && (cJSON_IsString(item) || cJSON_IsRaw(item)))
        return item->valuestring;
    if (!item || !cJSON_IsNumber(item))
        return NULL;
    double number = item->valuedouble;
    if (number == floor(number) && fabs(number) < 1e15)
        return arena_printf(arena, "%.0f", number);
    return arena_printf(arena, "%.15g", number);
}

const char *tree_text_member(const cJSON *object, const char *name, struct arena *arena)
{
    return tree_text(tree_member(object, name), arena);
}

int64_t tree_whole(const cJSON *item)
{
    const double exact = 9007199254740992.0; /* 2^53: it may be 2^53 + 1, rounded */
    bool rounded = cJSON_IsRaw(item) && strpbrk(item->valuestring, ".eE");
    if (!item || (!cJSON_IsNumber(item) && !cJSON_IsRaw(item)) || rounded ||
        item->valuedouble != floor(item->valuedouble) || fabs(item->valuedouble) >= exact)
        return -1;
    return (int64_t)item->valuedouble;
}

const char *tree_start(const char *key, const char *body, size_t length)
{
    const char *end = body + length, *start = skip_mark(body, end);
    if (start < end && *start == '{')
        return start;
    const char *at = memmem(body, length, key, strlen(key));
    return at && at > body && at[-1] == '{' ? at - 1 : NULL;
}

cJSON *tree_find(const char *key, const char *body, size_t length)
{
    const char *end = body + length, *start = skip_mark(body, end);
    printed = 0;
    if (start < end && *start == '{')
        return begins_at(tree_parse(start, (size_t)(end - start)), body, start);
    int tries = 0;
    for (const char *at = body; (at = memmem(at, length - (size_t)(at - body), key, strlen(key)));
         at++) {
        const char *brace = at;
        while (brace > body && is_blank(brace[-1]))
            brace--;
        if (brace == body || brace[-1] != '{')
            continue;
        brace--;
        cJSON *root = begins_at(tree_parse(brace, (size_t)(end - brace)), body, brace);
        if (root || gave_up() || ++tries == TRIES_MAX)
            return root;
    }
    return begins_at(tree_parse(start, (size_t)(end - start)), body, start);
}
