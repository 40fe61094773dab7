/* fuzz: what the fuzz targets demand of what they get back. A demand that is not met aborts. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A target: libFuzzer calls it with each input. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DEMAND(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fuzz_fail(#condition, __FILE__, __LINE__);                                             \
    } while (0)
_Noreturn void fuzz_fail(const char *what, const char *file, int line);

/* A copy of the input with a NUL behind it, for free(). */
char *fuzz_copy(const uint8_t *data, size_t size);

/* Valid UTF-8; then also without a control character but those in `allowed`. */
void fuzz_text(const char *text, size_t n);
void fuzz_no_controls(const char *text, size_t n, const char *allowed);
/* Nor anything else that could reorder or hide what stands on a line. */
void fuzz_harmless(const char *text, size_t n, const char *allowed);

/* A reader of small numbers and texts from an input. */
struct fuzz_input {
    const uint8_t *at, *end;
};
uint8_t fuzz_byte(struct fuzz_input *in);
/* The text until the next line break, for free(). */
char *fuzz_line(struct fuzz_input *in);

/*
 * Loads a configuration from a file with these bytes (never another one) and the environment. What
 * is taken must keep what config.h says of it; an error must say something, and never the password.
 */
void fuzz_config(const void *file, size_t n, const char *const *environment, bool need_site,
                 const char *password);

#endif
