/* The four conversions of names that libhivex asks iconv for, on systems that have no iconv.
 *
 * The functions are those of POSIX (iconv_open, iconv, iconv_close), for the pairs of UTF-8 with LATIN1 and with
 * UTF-16LE and no others; what they take and refuse is what glibc takes and refuses. No state is kept between two calls,
 * nothing is allocated, and opening one of the four cannot be refused.
 */
#ifndef WSUS_TRUST_AGENT_HIVEX_CONVERSIONS_H
#define WSUS_TRUST_AGENT_HIVEX_CONVERSIONS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* (void *) -1 with EINVAL for another pair. */
void *hive_iconv_open(const char *to, const char *from);

/* Moves both pointers past what was converted. 0; or (size_t) -1 with EILSEQ (no text, or a character that the target
 * cannot hold), EINVAL (the last character is cut) or E2BIG (no room). Without input: 0. */
size_t hive_iconv(void *conversion, char **input, size_t *input_left, char **output, size_t *output_left);

int hive_iconv_close(void *conversion);

#ifdef __cplusplus
}
#endif

#endif
