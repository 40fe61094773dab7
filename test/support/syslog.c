/*
 * syslog: the system's log as a file. For LD_PRELOAD:
 *
 *   SYSLOG_FILE=FILE   gets a line "PRIORITY IDENT MESSAGE" for each message
 */
#undef _FORTIFY_SOURCE /* syslog is a macro with it */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

static const char *ident = "-";

void openlog(const char *name, int option, int facility)
{
    (void)option;
    (void)facility;
    ident = name;
}

static void __attribute__((format(printf, 2, 0)))
write_line(int priority, const char *format, va_list args)
{
    const char *path = getenv("SYSLOG_FILE");
    FILE *file = path ? fopen(path, "ae") : NULL;
    if (!file)
        return;
    fprintf(file, "%d %s ", priority, ident);
    vfprintf(file, format, args);
    fputc('\n', file);
    fclose(file);
}

void syslog(int priority, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_line(priority, format, args);
    va_end(args);
}

/* What the C library makes of it where sources are fortified. */
void __syslog_chk(int priority, int flag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void __syslog_chk(int priority, int flag, const char *format, ...)
{
    (void)flag;
    va_list args;
    va_start(args, format);
    write_line(priority, format, args);
    va_end(args);
}
