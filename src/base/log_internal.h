#ifndef LIQD_BASE_LOG_INTERNAL_H
#define LIQD_BASE_LOG_INTERNAL_H

/* How log.c writes values. Each function writes at AT and returns the end of what it wrote. */

#include "liqd/base/log.h"

/* lq_log_put_u64 writes V in decimal: at most 20 bytes. */
char *lq_log_put_u64(char *at, uint64_t v);

/* lq_log_put_time writes WALL_NS as RFC 3339 in UTC, cut to microseconds: 27 bytes. */
char *lq_log_put_time(char *at, uint64_t wall_ns);

/* lq_log_put_text writes the SZ bytes at IN, escaped, in quotes where FORMAT wants them: at most
   MAX bytes and the quotes. Sets *CUT_SZ to the number of bytes of IN that did not fit. */
char *lq_log_put_text(char *at, size_t *cut_sz, lq_log_format_t format, const uint8_t *in,
                      size_t sz, size_t max);

/* lq_log_put_hex writes 0x and the SZ bytes at IN, in quotes where FORMAT is JSON; MAX >= 2 and
 *CUT_SZ as above. */
char *lq_log_put_hex(char *at, size_t *cut_sz, lq_log_format_t format, const uint8_t *in, size_t sz,
                     size_t max);

#endif
