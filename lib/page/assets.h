/* assets: the style sheet, the scripts and the drawings, embedded by assets.cmake. */
#ifndef FLUENT_SYNC_PAGE_ASSETS_H
#define FLUENT_SYNC_PAGE_ASSETS_H

#include <stddef.h>

struct asset {
    const char *text;
    size_t size;
    const char *hash; /* as a Content-Security-Policy names it: "sha256-..." */
};

extern const struct asset ASSET_SCRIPT, ASSET_SPRITE, ASSET_STYLE, ASSET_SYNC;

#endif
