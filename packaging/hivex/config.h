/* In the place of what libhivex's configure script would find out about mingw-w64. */
#define _FILE_OFFSET_BITS 64 /* hives may have 2 GiB */

#include <fcntl.h>
#include <io.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "open_file.h"
#define open(...) hive_open_file(__VA_ARGS__) /* after the declaration of the C library's own */

#define ICONV_CONST
