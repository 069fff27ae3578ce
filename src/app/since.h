#ifndef LIQD_APP_SINCE_H
#define LIQD_APP_SINCE_H

#include <stdint.h>

#include "liqd/base/err.h"

/* lq_since_parse sets *WALL_NS to the time that TEXT names: a span back from NOW_WALL_NS ("90s",
   "30m", "24h", "7d", "2w"), a day ("2026-11-22", its beginning in UTC), or a time of RFC 3339
   ("2026-11-22T06:30:00Z", "2026-11-22 08:30:00+02:00", fractions too). LQ_ERR_SYNTAX: it is none;
   LQ_ERR_RANGE: before 1970 or behind now. */
LQ_MUST_USE lq_err_t lq_since_parse(uint64_t *wall_ns, const char *text, uint64_t now_wall_ns);

#endif
