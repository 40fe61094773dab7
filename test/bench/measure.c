/* measure: runs a program and reports what it cost, as one line of JSON in a file.
 *
 *   bench-measure REPORT PROGRAM [ARGUMENT]...    exits as the program does
 *
 * A program of its own, and a small one, because a process inherits the peak memory of the one that
 * it was forked from. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The exit code as a shell gives it. */
static int code_of(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: bench-measure REPORT PROGRAM [ARGUMENT]...\n", stderr);
        return 2;
    }
    double start = now();
    pid_t child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    int status;
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) < 0) {
        perror("bench-measure");
        return 1;
    }
    double wall = now() - start;
    FILE *report = fopen(argv[1], "w");
    if (!report ||
        fprintf(report,
                "{\"wall\":%.6f,\"user\":%.6f,\"system\":%.6f,\"peak_kb\":%ld,\"code\":%d}\n", wall,
                seconds(usage.ru_utime), seconds(usage.ru_stime), usage.ru_maxrss,
                code_of(status)) < 0 ||
        fclose(report) != 0) {
        perror(argv[1]);
        return 1;
    }
    return code_of(status);
}
