/*
 * failalloc: lets the N-th allocation fail that the program itself, or a library that allocates on
 * its behalf (those of CULPRITS), asks for. For LD_PRELOAD:
 *
 *   FAILALLOC_AT=N            the allocation that fails; without, they are only counted
 *   SHIM_COUNT_FILE=F    at the program's exit the number of its allocations is written here
 *
 * What the C library and other libraries allocate for themselves does not count.
 */
#undef _FORTIFY_SOURCE /* its asprintf is a macro or an inline function */
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const CULPRITS[] = {"libcjson.", "libcurl.", "libinih."};

enum { RANGES_MAX = 64 };
static struct {
    uintptr_t from, to;
} ranges[RANGES_MAX];
static size_t range_count;

static _Atomic long allocations;
static long at;
static const char *count_file;

/* The program has no name here, and comes first. */
static bool is_culprit(const char *name)
{
    for (size_t i = 0; i < sizeof CULPRITS / sizeof *CULPRITS; i++)
        if (strstr(name, CULPRITS[i]))
            return true;
    return range_count == 0 && *name == '\0';
}

static int note_object(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    (void)context;
    if (!is_culprit(info->dlpi_name))
        return 0;
    for (int i = 0; i < info->dlpi_phnum && range_count < RANGES_MAX; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X))
            continue;
        ranges[range_count].from = info->dlpi_addr + segment->p_vaddr;
        ranges[range_count].to = ranges[range_count].from + segment->p_memsz;
        range_count++;
    }
    return 0;
}

__attribute__((constructor)) static void begin(void)
{
    const char *number = getenv("FAILALLOC_AT");
    at = number ? atol(number) : 0;
    count_file = getenv("SHIM_COUNT_FILE");
    dl_iterate_phdr(note_object, NULL);
}

__attribute__((destructor)) static void end(void)
{
    FILE *file = count_file ? fopen(count_file, "we") : NULL;
    if (!file)
        return;
    fprintf(file, "%ld\n", allocations);
    fclose(file);
}

/* Is it the turn of this allocation, asked for by the code at `caller`? */
static bool fails(const void *caller)
{
    uintptr_t address = (uintptr_t)caller;
    for (size_t i = 0; i < range_count; i++) {
        if (address < ranges[i].from || address >= ranges[i].to)
            continue;
        if (++allocations != at)
            return false;
        errno = ENOMEM;
        return true;
    }
    return false;
}

/* The C library's function of that name; dlsym has it as a pointer to an object. */
#define REAL(name)                                                                                 \
    static __typeof__(name) *real;                                                                 \
    if (!real)                                                                                     \
    *(void **)&real = dlsym(RTLD_NEXT, #name)

void *malloc(size_t size)
{
    REAL(malloc);
    return fails(__builtin_return_address(0)) ? NULL : real(size);
}

void *calloc(size_t count, size_t size)
{
    REAL(calloc);
    return fails(__builtin_return_address(0)) ? NULL : real(count, size);
}

void *realloc(void *piece, size_t size)
{
    REAL(realloc);
    return fails(__builtin_return_address(0)) ? NULL : real(piece, size);
}

/* These allocate within the C library. */

char *strdup(const char *text)
{
    REAL(strdup);
    return fails(__builtin_return_address(0)) ? NULL : real(text);
}

char *strndup(const char *text, size_t most)
{
    REAL(strndup);
    return fails(__builtin_return_address(0)) ? NULL : real(text, most);
}

int vasprintf(char **text, const char *format, va_list args)
{
    REAL(vasprintf);
    return fails(__builtin_return_address(0)) ? -1 : real(text, format, args);
}

int asprintf(char **text, const char *format, ...)
{
    if (fails(__builtin_return_address(0)))
        return -1;
    va_list args;
    va_start(args, format);
    int n = vasprintf(text, format, args);
    va_end(args);
    return n;
}

/* The two as a fortified program calls them. */

int __vasprintf_chk(char **text, int flag, const char *format, va_list args);
int __vasprintf_chk(char **text, int flag, const char *format, va_list args)
{
    REAL(__vasprintf_chk);
    return fails(__builtin_return_address(0)) ? -1 : real(text, flag, format, args);
}

int __asprintf_chk(char **text, int flag, const char *format, ...);
int __asprintf_chk(char **text, int flag, const char *format, ...)
{
    if (fails(__builtin_return_address(0)))
        return -1;
    va_list args;
    va_start(args, format);
    int n = __vasprintf_chk(text, flag, format, args);
    va_end(args);
    return n;
}

FILE *fopen(const char *path, const char *mode)
{
    REAL(fopen);
    return fails(__builtin_return_address(0)) ? NULL : real(path, mode);
}
