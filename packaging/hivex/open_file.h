/* open() of the C library, but for names in UTF-8 of any length, which that of Windows takes for its code page's. */
#ifndef WSUS_TRUST_AGENT_HIVEX_OPEN_FILE_H
#define WSUS_TRUST_AGENT_HIVEX_OPEN_FILE_H

#ifdef __cplusplus
extern "C" {
#endif

/* Takes an absolute path. O_RDONLY, or O_WRONLY | O_CREAT | O_TRUNC; always binary, and others may go on using the file:
 * who changes a hive while it is worked on is noticed by its caller. -1 and errno as open() has them. */
int hive_open_file(const char *name, int flags, ...);

#ifdef __cplusplus
}
#endif

#endif
