/* decode: cJSON's trees into tickets, pages and the other answers of the site. */
#include "decode.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "text.h"

enum {
    WARNING_LINES_MAX = 64,
    TRIES_MAX = 64,       /* places where JSON might begin behind a warning */
    TREE_MAX = 256 << 20, /* bytes */
    PIECE_COST = 16,      /* of malloc itself, for each piece */
    TICKET_BYTES = 8192,  /* what most tickets fit into */
    EXACT_DIGITS = 15,    /* what a double holds of any number */
};

static const char BLANKS[] = " \t\r\n"; /* of JSON */

/* Text that the rest can rely on */

/* The UTF-16 unit of the escape at `at`; -1: none is there. */
static int escaped_unit(const char *at, const char *end)
{
    int unit = 0;
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        if (!isxdigit((unsigned char)at[i]))
            return -1;
        unit = unit * 16 + (at[i] <= '9' ? at[i] - '0' : (at[i] | ' ') - 'a' + 10);
    }
    return unit;
}

/*
 * What no text can hold becomes U+FFFD, by an escape of the same length: U+0000, where cJSON's
 * strings would end, and half a surrogate pair, for which cJSON refuses the page. The bytes of
 * control characters, which JSON does not allow, become '?': printed again they would be six times
 * as long.
 */
static void replace_escapes(char *body, size_t length)
{
    const char *end = body + length;
    for (char *at = body; at < end; at++) {
        if ((unsigned char)*at < ' ' && !memchr(BLANKS, *at, sizeof BLANKS - 1))
            *at = '?';
        if (*at != '\\')
            continue;
        int unit = escaped_unit(at, end);
        bool high = unit >= 0xD800 && unit <= 0xDBFF, low = unit >= 0xDC00 && unit <= 0xDFFF;
        int next = high ? escaped_unit(at + 6, end) : -1;
        if (high && next >= 0xDC00 && next <= 0xDFFF)
            at += 6;
        else if (unit == 0 || high || low)
            memcpy(at + 2, "fffd", 4);
        at += unit >= 0 ? 5 : at + 1 < end;
    }
}

/* Bytes that are no UTF-8 become '?'; the API itself is pure ASCII. */
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

static void prepare(char *body, size_t length)
{
    replace_escapes(body, length);
    replace_invalid(body, length);
}

/* cJSON gives NULL for what is no JSON, for memory that ran out, and where it is made to: the
 * latter are noted. Three bytes of "[]," are a hundred in its tree. A page's tree is many small
 * pieces with one life: while `pieces` is set they come from there. */
static _Thread_local bool starved, too_large;
static _Thread_local size_t left = SIZE_MAX; /* of what a tree may take */
static _Thread_local struct arena *pieces;

static void *allocate(size_t n)
{
    if (left < n + PIECE_COST) {
        too_large = true;
        return NULL;
    }
    if (left < SIZE_MAX)
        left -= n + PIECE_COST;
    void *piece = pieces ? arena_alloc(pieces, n) : malloc(n);
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

/* The length of the number at `text`; 0: none that JSON knows ("01", "1."), though cJSON does. */
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

/* Behind the string whose text begins at `at`. */
static const char *skip_string(const char *at, const char *end)
{
    for (;;) {
        const char *quote = memchr(at, '"', (size_t)(end - at)), *before = quote;
        if (!quote)
            return end;
        while (before > at && before[-1] == '\\')
            before--;
        if ((quote - before) % 2 == 0)
            return quote + 1;
        at = quote + 1;
    }
}

/* The first number of a JSON text, outside of its strings; `end` when there is none. */
static const char *find_number(const char *at, const char *end)
{
    while (at < end && *at != '-' && !is_digit(*at))
        at = *at == '"' ? skip_string(at + 1, end) : at + 1;
    return at;
}

/* Are all numbers whole and short? Then the tree need not be gone through. */
static bool are_plain(const char *text, const char *end)
{
    for (const char *at = find_number(text, end); at < end; at = find_number(at, end)) {
        const char *digits = at + (*at == '-');
        size_t n = number_length(at, end);
        if (n == 0 || n > EXACT_DIGITS || count_digits(digits, end) != n - (size_t)(digits - at))
            return false;
        at += n;
    }
    return true;
}

/* Does cJSON print this number as it was, or another notation of it? */
static bool prints_well(const char *number, size_t n, double value)
{
    bool vanished = false; /* 1e-400 */
    for (size_t i = 0; value == 0 && i < n && number[i] != 'e' && number[i] != 'E'; i++)
        vanished |= number[i] >= '1' && number[i] <= '9';
    return n <= EXACT_DIGITS && isfinite(value) && !vanished;
}

/*
 * A number that cJSON would print with other digits, or as null, gets its own text, which it prints
 * as it is. The numbers of the tree are in the order of the text; `*at` goes along. Recursion is as
 * deep as cJSON's own, which has a limit. -1: one is none that JSON knows, or memory ran out.
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
    cJSON *child;
    cJSON_ArrayForEach(child, node)
    {
        if (keep_numbers(child, at, end) < 0)
            return -1;
    }
    return 0;
}

/* Whatever stands behind it, at `*end`. */
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

/* Is it of no use to look elsewhere in the text? */
static bool gave_up(void)
{
    return starved || too_large;
}

/* A PHP warning may stand behind an object, an array or a string, but "500 Internal Server Error"
 * is no number. */
static cJSON *parse(const char *text, size_t length)
{
    const char *end = text;
    cJSON *root = parse_tree(text, length, &end);
    if (!root || cJSON_IsObject(root) || cJSON_IsArray(root) || cJSON_IsString(root))
        return root;
    while (end < text + length && memchr(BLANKS, *end, sizeof BLANKS - 1))
        end++;
    if (end == text + length)
        return root;
    cJSON_Delete(root);
    return NULL;
}

/* Behind the lines of a PHP warning too. */
static cJSON *parse_behind_warning(const char *text, size_t length)
{
    const char *end = text + length;
    cJSON *root = parse(text, length);
    for (int line = 0; !root && !gave_up() && line < WARNING_LINES_MAX; line++) {
        text = memchr(text, '\n', (size_t)(end - text));
        if (!text)
            break;
        text++;
        root = parse(text, (size_t)(end - text));
    }
    return root;
}

static cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* A text, or a number's decimal text; NULL for anything else. */
static const char *text_of(const cJSON *item, struct arena *arena)
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

static const char *text_member(const cJSON *object, const char *name, struct arena *arena)
{
    return text_of(member(object, name), arena);
}

static int64_t whole_number(const cJSON *item)
{
    const double exact = 9007199254740992.0; /* 2^53: it may be 2^53 + 1, rounded */
    bool rounded = cJSON_IsRaw(item) && strpbrk(item->valuestring, ".eE");
    if (!item || (!cJSON_IsNumber(item) && !cJSON_IsRaw(item)) || rounded ||
        item->valuedouble != floor(item->valuedouble) || fabs(item->valuedouble) >= exact)
        return -1;
    return (int64_t)item->valuedouble;
}

/* Pages of tickets */

static bool is_named(const cJSON *item, const char *name, size_t n)
{
    return item->string && strncmp(item->string, name, n) == 0 && item->string[n] == '\0';
}

/* Removes what is at `path` below `node`, however often it is there; an array on the way stands for
 * each of its elements. */
static void drop_path(cJSON *node, const char *path)
{
    size_t n = strcspn(path, ".");
    bool array = cJSON_IsArray(node);
    if (!array && !cJSON_IsObject(node))
        return;
    for (cJSON *item = node->child, *next; item; item = next) {
        next = item->next;
        if (array)
            drop_path(item, path);
        else if (is_named(item, path, n) && path[n])
            drop_path(item, path + n + 1);
        else if (is_named(item, path, n))
            cJSON_Delete(cJSON_DetachItemViaPointer(node, item));
    }
}

/* The member called `name`. Of two nobody can say which is meant: a defect. */
static const cJSON *sole_member(struct ticket *t, const cJSON *object, const char *name)
{
    const cJSON *found = member(object, name);
    for (const cJSON *other = found ? found->next : NULL; other; other = other->next)
        if (is_named(other, name, strlen(name)))
            t->defect = t->defect ? t->defect : "a key stands in it twice";
    return found;
}

static void decode_ticket(struct ticket *t, cJSON *item, struct arena *arena)
{
    t->json = item;
    t->id = whole_number(sole_member(t, item, "id"));
    if (!cJSON_IsObject(item))
        t->defect = "it is not a JSON object";
    else if (t->id < 1)
        t->defect = "its id is not a positive whole number";
    if (t->defect)
        t->id = 0;
    const struct {
        const char *name, **to;
    } texts[] = {
        {"hash", &t->hash},
        {"content", &t->content},
        {"status", &t->status},
        {"priority", &t->priority},
        {"created_at", &t->created_at},
        {"updated_at", &t->updated_at},
        {"resolved_at", &t->resolved_at},
        {"response_count", &t->response_count},
        {"customer_id", &t->customer_id},
        {"agent_id", &t->agent_id},
        {"mailbox_id", &t->mailbox_id},
        {"product_id", &t->product_id},
        {"title", &t->title},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i].to = text_of(sole_member(t, item, texts[i].name), arena);
    if (!t->title)
        t->title = text_of(sole_member(t, item, "subject"), arena);
    if (!t->content)
        t->content = text_of(sole_member(t, item, "customer_message"), arena);
    const cJSON *customer = sole_member(t, item, "customer");
    t->customer_name = text_of(sole_member(t, customer, "full_name"), arena);
    t->customer_email = text_of(sole_member(t, customer, "email"), arena);
    t->agent_name = text_of(sole_member(t, sole_member(t, item, "agent"), "full_name"), arena);
    t->product_title = text_of(sole_member(t, sole_member(t, item, "product"), "title"), arena);
}

/* The JSON object that begins with `key` (in its quotes), looked for behind a PHP warning too. */
static cJSON *find_object(const char *key, const char *body, size_t length)
{
    size_t start = 0;
    while (start < length && memchr(BLANKS, body[start], sizeof BLANKS - 1))
        start++;
    if (start < length && body[start] == '{')
        return parse(body + start, length - start);
    int tries = 0;
    for (const char *at = body; (at = memmem(at, length - (size_t)(at - body), key, strlen(key)));
         at++) {
        const char *brace = at;
        while (brace > body && memchr(BLANKS, brace[-1], sizeof BLANKS - 1))
            brace--;
        if (brace == body || brace[-1] != '{')
            continue;
        brace--;
        cJSON *root = parse(brace, length - (size_t)(brace - body));
        if (root || gave_up() || ++tries == TRIES_MAX)
            return root;
    }
    return parse(body, length);
}

static int fill_page(struct page *page, const cJSON *list, const cJSON *data,
                     const char *const *drop, size_t drops)
{
    static const char *const always[] = {"preview_response", "live_activity"};
    page->total = whole_number(member(list, "total"));
    page->last_page = whole_number(member(list, "last_page"));
    page->current_page = whole_number(member(list, "current_page"));
    page->per_page = whole_number(member(list, "per_page"));
    page->count = (size_t)cJSON_GetArraySize(data);
    page->tickets = arena_alloc(&page->arena, page->count * sizeof *page->tickets);
    if (!page->tickets)
        return -1;
    size_t i = 0;
    cJSON *item;
    cJSON_ArrayForEach(item, data)
    {
        for (size_t d = 0; d < sizeof always / sizeof *always; d++)
            drop_path(item, always[d]);
        for (size_t d = 0; d < drops; d++)
            drop_path(item, drop[d]);
        decode_ticket(&page->tickets[i++], item, &page->arena);
    }
    return page->arena.failed ? -1 : 0;
}

static enum decode_fault decode_list(struct page *page, char *body, size_t length,
                                     const char *const *drop, size_t drops, char *why, size_t size)
{
    cJSON *root = find_object("\"tickets\"", body, length);
    if (!root && starved) {
        snprintf(why, size, "out of memory");
        return DECODE_STARVED;
    }
    if (!root && too_large) {
        snprintf(why, size, "it would take more than %d MB of memory", TREE_MAX >> 20);
        return DECODE_TOO_LARGE;
    }
    if (!root) {
        snprintf(why, size, "%s", length ? "it is not JSON, or cut short" : "it is empty");
        return DECODE_NOT_JSON;
    }
    const cJSON *list = member(root, "tickets"), *data = member(list, "data");
    if (!cJSON_IsArray(data)) {
        snprintf(why, size, "it is JSON, but has no list tickets.data");
        return DECODE_NOT_TICKETS;
    }
    if (fill_page(page, list, data, drop, drops) < 0) {
        snprintf(why, size, "out of memory");
        return DECODE_STARVED;
    }
    return DECODE_OK;
}

enum decode_fault decode_page(struct page *page, char *body, size_t length, const char *const *drop,
                              size_t drops, char *why, size_t size)
{
    *page = (struct page){0};
    prepare(body, length);
    pieces = &page->arena;
    enum decode_fault fault = decode_list(page, body, length, drop, drops, why, size);
    pieces = NULL;
    if (fault != DECODE_OK)
        page_release(page);
    return fault;
}

void page_release(struct page *page)
{
    arena_release(&page->arena);
    *page = (struct page){0};
}

/* Tickets */

/* The element that `name` numbers; NULL: none. */
static const cJSON *element(const cJSON *array, const char *name)
{
    size_t n = strlen(name);
    bool is_index = n > 0 && n < 10 && strspn(name, "0123456789") == n;
    return is_index ? cJSON_GetArrayItem(array, atoi(name)) : NULL;
}

const char *ticket_at(const struct ticket *ticket, const char *path, struct arena *arena)
{
    const cJSON *node = ticket->json;
    while (node && *path) {
        size_t n = strcspn(path, ".");
        char name[128];
        if (n >= sizeof name)
            return NULL;
        snprintf(name, sizeof name, "%.*s", (int)n, path);
        node = cJSON_IsArray(node) ? element(node, name) : member(node, name);
        path += n + (path[n] == '.');
    }
    if (cJSON_IsBool(node))
        return cJSON_IsTrue(node) ? "1" : "0";
    return text_of(node, arena);
}

/* References to the members of `from` that `names` lists; the caller deletes the new object. */
static cJSON *pick(const cJSON *from, const char *const *names)
{
    cJSON *to = cJSON_CreateObject();
    for (; to && *names; names++) {
        cJSON *item = member(from, *names);
        if (!item || cJSON_AddItemReferenceToObject(to, *names, item))
            continue;
        cJSON_Delete(to);
        return NULL;
    }
    return to;
}

static cJSON *pick_mapped(const cJSON *ticket)
{
    static const char *const own[] = {
        "id",         "hash",       "title",          "subject",          "content",     "status",
        "priority",   "created_at", "updated_at",     "resolved_at",      "customer_id", "agent_id",
        "mailbox_id", "product_id", "response_count", "customer_message", NULL};
    static const struct {
        const char *name, *members[3];
    } nested[] = {{"customer", {"full_name", "email", NULL}},
                  {"agent", {"full_name", NULL, NULL}},
                  {"product", {"title", NULL, NULL}}};
    cJSON *to = pick(ticket, own);
    for (size_t i = 0; to && i < sizeof nested / sizeof *nested; i++) {
        const cJSON *from = member(ticket, nested[i].name);
        cJSON *object = cJSON_IsObject(from) ? pick(from, nested[i].members) : NULL;
        if (!cJSON_IsObject(from) || cJSON_AddItemToObject(to, nested[i].name, object))
            continue;
        cJSON_Delete(object);
        cJSON_Delete(to);
        return NULL;
    }
    return to;
}

int ticket_json(const struct ticket *ticket, bool mapped_only, struct buf *out)
{
    cJSON *picked = mapped_only ? pick_mapped(ticket->json) : NULL;
    char *text = mapped_only && !picked
                     ? NULL
                     : cJSON_PrintBuffered(picked ? picked : (const cJSON *)ticket->json,
                                           TICKET_BYTES, false);
    if (text)
        buf_puts(out, text);
    else
        out->failed = out->starved = true;
    cJSON_free(text);
    cJSON_Delete(picked);
    return out->failed ? -1 : 0;
}

/* "2026-11-20T07:31:26+00:00" and "...Z" are one instant in two notations. */
static size_t without_utc_offset(const char *text, size_t n)
{
    if (n < 20 || text[4] != '-' || text[10] != 'T')
        return n;
    if (n == 20 && text[19] == 'Z')
        return 19;
    return n == 25 && memcmp(text + 19, "+00:00", 6) == 0 ? 19 : n;
}

static void hash_text(struct hash *hash, char kind, const char *text, size_t n)
{
    hash_add(hash, &kind, 1);
    hash_add(hash, &n, sizeof n);
    hash_add(hash, text, n);
}

static void hash_node(struct hash *hash, const cJSON *node)
{
    const char type = (char)(node->type & 0xff);
    hash_add(hash, &type, 1);
    if (cJSON_IsString(node)) {
        size_t n = strlen(node->valuestring);
        bool moves = strstr(node->valuestring, "gravatar.com/avatar/") != NULL && node->string &&
                     (!strcmp(node->string, "photo") || !strcmp(node->string, "avatar"));
        hash_text(hash, 's', node->valuestring,
                  moves ? 0 : without_utc_offset(node->valuestring, n));
    } else if (cJSON_IsRaw(node)) {
        hash_text(hash, 'n', node->valuestring, strlen(node->valuestring));
    } else if (cJSON_IsNumber(node)) {
        double number = node->valuedouble + 0.0; /* -0 is printed as 0 */
        hash_add(hash, &number, sizeof number);
    }
    const cJSON *child;
    cJSON_ArrayForEach(child, node)
    {
        if (child->string)
            hash_text(hash, 'k', child->string, strlen(child->string));
        hash_node(hash, child);
    }
    hash_add(hash, ".", 1);
}

void ticket_fingerprint(const struct ticket *ticket, const char *seed, char *fingerprint)
{
    struct hash *hash = hash_new();
    if (!hash) {
        fingerprint[0] = '\0'; /* equal to no stored one: the ticket counts as changed */
        return;
    }
    hash_text(hash, 'c', seed, strlen(seed));
    hash_node(hash, ticket->json);
    hash_finish(hash, fingerprint);
}

/* The other answers */

static bool lists(const cJSON *array, const char *wanted)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, array)
    {
        if (cJSON_IsString(item) && strcmp(item->valuestring, wanted) == 0)
            return true;
    }
    return false;
}

static const char *kept(const char *text, struct arena *arena)
{
    return text ? arena_copy(arena, text, strlen(text)) : NULL;
}

int decode_index(struct site_index *index, char *body, size_t length, struct arena *arena)
{
    *index = (struct site_index){.gmt_offset = NAN};
    prepare(body, length);
    cJSON *root = find_object("\"name\"", body, length);
    const cJSON *namespaces = member(root, "namespaces"), *name = member(root, "name");
    int done = -1;
    arena->failed |= starved;
    if (!cJSON_IsArray(namespaces) && !cJSON_IsString(name))
        goto out;
    index->name = kept(text_of(name, arena), arena);
    index->home = kept(text_member(root, "home", arena), arena);
    index->timezone_string = kept(text_member(root, "timezone_string", arena), arena);
    const char *offset = text_member(root, "gmt_offset", arena);
    char *end = NULL;
    double hours = offset ? strtod(offset, &end) : 0;
    if (offset && *offset && *end == '\0')
        index->gmt_offset = hours;
    index->has_namespaces = cJSON_IsArray(namespaces);
    index->has_plugin = lists(namespaces, "fluent-support/v2");
    const cJSON *authentication = member(root, "authentication");
    index->application_passwords =
        !authentication || member(authentication, "application-passwords") != NULL;
    done = arena->failed ? -1 : 0;
out:
    cJSON_Delete(root);
    return done;
}

int decode_me(bool *sees_all, bool *any_permission, char *body, size_t length)
{
    prepare(body, length);
    cJSON *root = parse_behind_warning(body, length);
    const cJSON *permissions = member(root, "permissions");
    int done = starved ? -2 : -1;
    *sees_all = *any_permission = false;
    if (cJSON_IsArray(permissions) || member(root, "user_id")) {
        *sees_all = lists(permissions, "fst_manage_other_tickets");
        const cJSON *item;
        cJSON_ArrayForEach(item, permissions)
        {
            if (cJSON_IsString(item) && strncmp(item->valuestring, "fst_", 4) == 0)
                *any_permission = true;
        }
        done = 0;
    }
    cJSON_Delete(root);
    return done;
}

/* Cut between characters: the text may get into a table. */
static int copy_cut(char *to, size_t size, const char *from)
{
    struct buf cut;
    buf_init(&cut, size - 1);
    int done = text_fit(&cut, from, strlen(from), SIZE_MAX, size - 1);
    snprintf(to, size, "%s", buf_text(&cut));
    buf_release(&cut);
    return done;
}

bool decode_message(struct site_message *message, char *body, size_t length)
{
    *message = (struct site_message){0};
    prepare(body, length);
    cJSON *root = parse_behind_warning(body, length);
    message->starved = !root && starved;
    if (!root)
        return false;
    const cJSON *code = member(root, "code");
    const cJSON *text = cJSON_IsString(root) ? root : member(root, "message");
    if ((cJSON_IsString(code) &&
         copy_cut(message->code, sizeof message->code, code->valuestring) < 0) ||
        (cJSON_IsString(text) &&
         copy_cut(message->message, sizeof message->message, text->valuestring) < 0))
        message->starved = true;
    cJSON_Delete(root);
    return !message->starved;
}

/* Flat objects */

int decode_object(const char *json, size_t length, struct decode_member **members, size_t *count,
                  struct arena *arena)
{
    *members = NULL;
    *count = 0;
    cJSON *root = parse(json, length);
    int done = -1;
    size_t n = (size_t)cJSON_GetArraySize(root), i = 0;
    arena->failed |= starved;
    if (!cJSON_IsObject(root))
        goto out;
    struct decode_member *list = arena_alloc(arena, n * sizeof *list);
    const cJSON *item;
    cJSON_ArrayForEach(item, root)
    {
        if (!list || (!cJSON_IsString(item) && !cJSON_IsNull(item)))
            goto out;
        list[i].name = kept(item->string, arena);
        list[i].text = kept(item->valuestring, arena);
        list[i].length = list[i].text ? strlen(list[i].text) : 0;
        if (!list[i].name || (item->valuestring && !list[i].text))
            goto out;
        i++;
    }
    *members = list;
    *count = n;
    done = 0;
out:
    cJSON_Delete(root);
    return done;
}

static cJSON *create_text(const char *text, size_t length)
{
    char *copy = strndup(text, length);
    cJSON *item = copy ? cJSON_CreateString(copy) : NULL;
    free(copy);
    return item;
}

int encode_object(const struct decode_member *members, size_t count, struct buf *out)
{
    cJSON *root = cJSON_CreateObject();
    char *text = NULL;
    for (size_t i = 0; root && i < count; i++) {
        cJSON *value =
            members[i].text ? create_text(members[i].text, members[i].length) : cJSON_CreateNull();
        if (!cJSON_AddItemToObject(root, members[i].name, value)) {
            cJSON_Delete(value);
            goto out;
        }
    }
    text = cJSON_PrintUnformatted(root);
out:
    if (!text || buf_puts(out, text) < 0)
        out->failed = true;
    cJSON_free(text);
    cJSON_Delete(root);
    return out->failed ? -1 : 0;
}

void decode_version(struct buf *out)
{
    buf_printf(out, "cJSON %s", cJSON_Version());
}
