/*
 * mute: calls that never return. For LD_PRELOAD:
 *
 *   MUTE=NAME    the call: getaddrinfo (of what is no address), mysql_real_query or rename
 */
#include <dlfcn.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void mute(const char *name)
{
    const char *wanted = getenv("MUTE");
    while (wanted && strcmp(wanted, name) == 0)
        pause();
}

/* The C library's function of that name; dlsym has it as a pointer to an object. */
#define REAL(name)                                                                                 \
    static __typeof__(name) *real;                                                                 \
    if (!real)                                                                                     \
    *(void **)&real = dlsym(RTLD_NEXT, #name)

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **found)
{
    REAL(getaddrinfo);
    if (node && !strchr("0123456789", *node))
        mute("getaddrinfo");
    return real(node, service, hints, found);
}

int rename(const char *from, const char *to)
{
    REAL(rename);
    mute("rename");
    return real(from, to);
}

int mysql_real_query(void *mysql, const char *query, unsigned long length);
int mysql_real_query(void *mysql, const char *query, unsigned long length)
{
    REAL(mysql_real_query);
    mute("mysql_real_query");
    return real(mysql, query, length);
}
