/* model_site: the site: tickets, how they change, and what they were at any moment. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/zone.h"
#include "model.h"

struct model model;
const char HEADS_ARE_LARGE_ENOUGH[] = "a run asks for enough of the newest changes";

enum { DAY_S = 86400 };

void model_trace(const char *format, ...)
{
    if (!model.trace)
        return;
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
}

void model_broken(const char *promise)
{
    if (!model.broken)
        model.broken = promise;
}

void model_reset(int64_t seed)
{
    bool trace = model.trace;
    size_t rows = (size_t)model.tables.row_count * sizeof *model.tables.rows;
    memset(model.tables.rows, 0, rows);
    rows = offsetof(struct model_tables, row_count);
    memset((char *)&model.tables + rows, 0, sizeof model.tables - rows);
    memset(&model, 0, offsetof(struct model, tables));
    model.trace = trace;
    model.random = (uint64_t)seed;
    model.steps_left = -1;
    model.now_ms = MODEL_BEGAN_S * INT64_C(1000);
    model.pace_ms = 400;
    model.head_rows = 8;
    model.burst = 1;
    snprintf(model.site_home, sizeof model.site_home, "https://x.test");
}

/* splitmix64 */
int model_pick(int n)
{
    uint64_t z = (model.random += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return n > 0 ? (int)((z ^ (z >> 31)) % (uint64_t)n) : 0;
}

bool model_step(void)
{
    if (model.steps_left > 0)
        model.steps_left--;
    if (model.steps_left == 0 && !model.dead) {
        model_trace("  killed\n");
        model.dead = true;
    }
    return !model.dead;
}

int64_t model_site_time(void)
{
    int64_t time = model.now_ms / 1000 + model.site_shift_s;
    if (time > model.site_latest)
        model.site_latest = time;
    return time;
}

int64_t model_machine_time(void)
{
    return model.now_ms / 1000 + model.machine_shift_s;
}

/* What tickets are */

int model_slot_of(int64_t id)
{
    return id >= 1 && id <= model.slot_count ? (int)id - 1 : -1;
}

const struct model_version *model_newest(int slot)
{
    return &model.versions[model.slots[slot].newest];
}

const struct model_version *model_version_at(int slot, int64_t moment)
{
    int v = model.slots[slot].newest;
    while (v >= 0 && model.versions[v].moment > moment)
        v = model.versions[v].before;
    return v >= 0 ? &model.versions[v] : NULL;
}

int64_t model_updated_at(int slot, int64_t content)
{
    for (int v = model.slots[slot].newest; v >= 0; v = model.versions[v].before)
        if (model.versions[v].content == content)
            return model.versions[v].updated_at;
    return 0;
}

int model_newest_first(const struct model_version *a, const struct model_version *b)
{
    if (a->updated_at != b->updated_at)
        return a->updated_at < b->updated_at ? 1 : -1;
    return (a->content > b->content) - (a->content < b->content); /* any order will do */
}

static bool shown(int slot, int64_t from, int64_t to, bool throughout)
{
    for (int v = model.slots[slot].newest; v >= 0; v = model.versions[v].before) {
        const struct model_version *version = &model.versions[v];
        if (version->moment > to)
            continue;
        if ((version->view == VIEW_SHOWN) != throughout)
            return !throughout;
        if (version->moment <= from)
            return throughout;
    }
    return false; /* it came later */
}

bool model_shown_throughout(int slot, int64_t from, int64_t to)
{
    return shown(slot, from, to, true);
}

bool model_shown_once(int slot, int64_t from, int64_t to)
{
    return shown(slot, from, to, false);
}

/* Changes */

static void write_date(int64_t instant, char text[MODEL_TEXT])
{
    char iso[25];
    text[0] = '\0';
    if (instant && zone_iso(instant, iso))
        snprintf(text, MODEL_TEXT, "%.19s+00:00", iso);
}

/* A new version of the ticket, to be changed by the caller; NULL when the history is full. */
static struct model_version *add_version(int slot)
{
    if (model.version_count == MODEL_VERSIONS)
        return NULL;
    struct model_slot *of = &model.slots[slot];
    struct model_version *version = &model.versions[model.version_count];
    *version = of->newest >= 0 ? model.versions[of->newest] : (struct model_version){0};
    version->before = of->newest;
    version->id = of->id;
    version->moment = ++model.moment;
    version->at_ms = model.now_ms;
    version->moves = version->restored = false;
    of->newest = model.version_count++;
    return version;
}

static void create(int slot, int64_t created_at, int64_t updated_at, bool moves)
{
    struct model_version *version = add_version(slot);
    if (!version)
        return;
    version->content = ++model.content;
    version->view = VIEW_SHOWN;
    version->moves = moves;
    version->created_at = created_at;
    version->updated_at = updated_at;
    snprintf(version->number, sizeof version->number, "n%lld", (long long)model.content);
    write_date(version->created_at, version->created_text);
    write_date(version->updated_at, version->updated_text);
}

/* The slot of the next id: the one above the highest that is not gone for good. */
static int next_slot(void)
{
    int slot = model.slot_count;
    /* Ids above the highest one are given again after a backup, as an automatic id is. */
    while (slot > 0 && model_newest(slot - 1)->view == VIEW_GONE &&
           model_newest(slot - 1)->restored)
        slot--;
    if (slot == MODEL_SLOTS)
        return -1;
    if (slot == model.slot_count) {
        model.slots[slot] = (struct model_slot){.id = slot + 1, .newest = -1};
        model.slot_count++;
    }
    return slot;
}

static void create_new(bool import)
{
    if (model.version_count == MODEL_VERSIONS)
        return;
    int slot = next_slot();
    int64_t now = model_site_time();
    if (slot < 0)
        return;
    int64_t created_at = import ? now - DAY_S - model_pick(40 * DAY_S) : now;
    create(slot, created_at, created_at, !import);
}

static void show_as(int slot, enum model_view view)
{
    struct model_version *version = add_version(slot);
    if (version)
        version->view = view;
}

static void edit(int slot, bool moves)
{
    struct model_version *version = add_version(slot);
    if (!version)
        return;
    version->content = ++model.content;
    version->moves = moves;
    if (!moves)
        return;
    version->updated_at = model_site_time();
    write_date(version->updated_at, version->updated_text);
}

/* A change of its status, or of the date of its closing, where that makes sense. */
static bool change_status(enum model_change change, int slot)
{
    bool closed = model_newest(slot)->closed;
    if (closed != (change == CHANGE_REOPEN || change == CHANGE_DATE))
        return false;
    edit(slot, true);
    struct model_version *version = &model.versions[model.slots[slot].newest];
    version->closed = change != CHANGE_REOPEN;
    if (change == CHANGE_CLOSE)
        version->resolved_at = model_site_time();
    if (change == CHANGE_DATE)
        version->resolved_at = model_site_time() - model_pick(40 * DAY_S);
    write_date(version->resolved_at, version->resolved_text);
    return true;
}

void model_change(enum model_change change, int slot)
{
    static const char *const names[] = {"create",      "edit",
                                        "silent edit", "import",
                                        "delete",      "hide",
                                        "unlist",      "show",
                                        "close",       "close without a date",
                                        "open again",  "date the closing of"};
    if (change == CHANGE_CREATE || change == CHANGE_IMPORT) {
        create_new(change == CHANGE_IMPORT);
        slot = model.slot_count - 1;
    } else {
        if (slot < 0 || slot >= model.slot_count)
            return;
        enum model_view view = model_newest(slot)->view;
        if (view == VIEW_GONE)
            return;
        if (change >= CHANGE_HIDE && change <= CHANGE_SHOW &&
            (change == CHANGE_SHOW) == (view == VIEW_SHOWN))
            return;
        if (change >= CHANGE_CLOSE && !change_status(change, slot))
            return;
        if (change >= CHANGE_CLOSE)
            ;
        else if (change == CHANGE_EDIT || change == CHANGE_SILENT)
            edit(slot, change == CHANGE_EDIT);
        else
            show_as(slot, change == CHANGE_DELETE   ? VIEW_GONE
                          : change == CHANGE_HIDE   ? VIEW_HIDDEN
                          : change == CHANGE_UNLIST ? VIEW_UNLISTED
                                                    : VIEW_SHOWN);
    }
    model_trace("    %s %d (moment %lld)\n", names[change], slot + 1, (long long)model.moment);
    if (model.calls && model_pick(2))
        model_call(slot);
}

void model_change_any(void)
{
    static const enum model_change likely[] = {
        CHANGE_CREATE, CHANGE_EDIT, CHANGE_EDIT, CHANGE_EDIT, CHANGE_SILENT, CHANGE_IMPORT,
        CHANGE_DELETE, CHANGE_HIDE, CHANGE_SHOW, CHANGE_SHOW, CHANGE_UNLIST};
    enum model_change change = likely[model_pick(sizeof likely / sizeof *likely)];
    static const enum model_change closing[] = {CHANGE_CLOSE,  CHANGE_CLOSE,  CHANGE_CLOSE_UNDATED,
                                                CHANGE_REOPEN, CHANGE_REOPEN, CHANGE_DATE};
    if (change == CHANGE_UNLIST && !model.unlists)
        change = CHANGE_HIDE;
    if (model.closes && model_pick(2))
        change = closing[model_pick(sizeof closing / sizeof *closing)];
    int length = 1 + model_pick(model.burst), from = model_pick(model.slot_count);
    for (int i = 0; i < length; i++)
        model_change(change, (from + i) % (model.slot_count ? model.slot_count : 1));
}

void model_pass(void)
{
    while (model.events > 0 && model_pick(4) == 0) {
        model.events--;
        model_change_any();
    }
}

void model_restore(int64_t moment)
{
    model_trace("    the site's backup of moment %lld is restored\n", (long long)moment);
    for (int slot = 0; slot < model.slot_count; slot++) {
        const struct model_version *then = model_version_at(slot, moment);
        const struct model_version *now = model_newest(slot);
        if (then == now || (!then && now->view == VIEW_GONE && now->restored))
            continue;
        struct model_version copy = then ? *then : *now;
        struct model_version *version = add_version(slot);
        if (!version)
            return;
        copy.moment = version->moment;
        copy.before = version->before;
        copy.at_ms = version->at_ms;
        copy.moves = false;
        copy.restored = true;
        if (!then)
            copy.view = VIEW_GONE;
        *version = copy;
    }
}

void model_replace(void)
{
    model_trace("    the site is another one now\n");
    snprintf(model.site_home, sizeof model.site_home, "https://other%d.test", model_pick(1000));
    for (int slot = 0; slot < model.slot_count; slot++)
        model_change(CHANGE_SILENT, slot);
}

void model_fill(int tickets, bool hides)
{
    int64_t now = model_site_time();
    for (int i = 0; i < tickets; i++) {
        int slot = next_slot();
        if (slot < 0)
            return;
        int64_t age = model_pick(20 * DAY_S);
        create(slot, now - age - model_pick(DAY_S), now - age, false);
        if (model.closes && model_pick(3))
            change_status(model_pick(4) ? CHANGE_CLOSE : CHANGE_CLOSE_UNDATED, slot);
        if (hides && model_pick(8) == 0)
            show_as(slot, model_pick(2) && model.unlists ? VIEW_UNLISTED : VIEW_HIDDEN);
    }
}
