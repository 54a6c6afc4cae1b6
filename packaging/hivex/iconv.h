/* What libhivex finds when it includes <iconv.h>. */
#ifndef WSUS_TRUST_AGENT_HIVEX_ICONV_H
#define WSUS_TRUST_AGENT_HIVEX_ICONV_H

#include "conversions.h"

typedef void *iconv_t;
#define iconv_open hive_iconv_open
#define iconv hive_iconv
#define iconv_close hive_iconv_close

#endif
