#include "log_internal.h"

#include <string.h>

#include "liqd/base/text.h"

static const char hex_digits[16] = "0123456789abcdef";

char *lq_log_put_u64(char *at, uint64_t v)
{
    char digits[20];
    size_t first = sizeof(digits);
    do {
        digits[--first] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    size_t sz = sizeof(digits) - first;
    memcpy(at, digits + first, sz);
    return at + sz;
}

/* V in CNT digits, with leading zeros. */
static char *put_digits(char *at, uint32_t v, unsigned cnt)
{
    for (unsigned i = cnt; i--; v /= 10)
        at[i] = (char)('0' + v % 10);
    return at + cnt;
}

/* Not gmtime_r, which takes the C library's lock of the time zone and so may wait for another
   thread. Years are counted from March, so that a leap day is a year's last, and eras of 400 years
   from 0000-03-01, all of which have 146097 days.
   @src https://howardhinnant.github.io/date_algorithms.html#civil_from_days */
static char *put_date(char *at, uint32_t days)
{
    uint32_t since = days + 719468; /* from 0000-03-01 to 1970-01-01 */
    uint32_t era = since / 146097;
    uint32_t day_of_era = since % 146097;
    uint32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint32_t month = (5 * day_of_year + 2) / 153; /* 0 for March */
    uint32_t day = day_of_year - (153 * month + 2) / 5 + 1;
    uint32_t year = 400 * era + year_of_era + (month >= 10); /* 2554 at most */
    at = put_digits(at, year, 4);
    *at++ = '-';
    at = put_digits(at, month < 10 ? month + 3 : month - 9, 2);
    *at++ = '-';
    return put_digits(at, day, 2);
}

char *lq_log_put_time(char *at, uint64_t wall_ns)
{
    uint64_t sec = wall_ns / 1000000000u;
    uint32_t sec_of_day = (uint32_t)(sec % 86400);
    at = put_date(at, (uint32_t)(sec / 86400));
    *at++ = 'T';
    at = put_digits(at, sec_of_day / 3600, 2);
    *at++ = ':';
    at = put_digits(at, sec_of_day / 60 % 60, 2);
    *at++ = ':';
    at = put_digits(at, sec_of_day % 60, 2);
    *at++ = '.';
    at = put_digits(at, (uint32_t)(wall_ns % 1000000000u) / 1000, 6);
    *at++ = 'Z';
    return at;
}

/* Whether C may stand between quotes as it is. */
static bool is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Whether C may stand in logfmt without quotes. */
static bool is_bare(uint8_t c)
{
    return is_plain(c) && c != ' ' && c != '=';
}

static size_t escape_unit(char *out, uint32_t unit)
{
    out[0] = '\\';
    out[1] = 'u';
    for (size_t i = 0; i < 4; i++)
        out[2 + i] = hex_digits[unit >> (12 - 4 * i) & 15];
    return 6;
}

#define PIECE_MAX 12 /* a surrogate pair */

/* Writes the character at the start of IN, which is not plain, to OUT; sets *USED to its size in
   IN and returns that in OUT. SZ >= 1. */
static size_t escape(char out[PIECE_MAX], size_t *used, const uint8_t *in, size_t sz)
{
    *used = 1;
    if (in[0] == '"' || in[0] == '\\') {
        out[0] = '\\';
        out[1] = (char)in[0];
        return 2;
    }
    if (in[0] < 0x80)
        return escape_unit(out, in[0]);
    uint32_t c;
    size_t len = lq_text_decode(&c, in, sz);
    if (!len)
        return escape_unit(out, 0xfffd);
    *used = len;
    if (!lq_text_is_hidden(c)) {
        memcpy(out, in, len);
        return len;
    }
    if (c < 0x10000)
        return escape_unit(out, c);
    (void)escape_unit(out, 0xd800 + ((c - 0x10000) >> 10));
    (void)escape_unit(out + 6, 0xdc00 + (c & 0x3ff));
    return PIECE_MAX;
}

static char *put_quoted(char *at, size_t *cut_sz, const uint8_t *in, size_t sz, size_t max)
{
    *at++ = '"';
    const char *end = at + max;
    size_t i = 0;
    while (i < sz && at < end) {
        if (is_plain(in[i])) {
            *at++ = (char)in[i++];
            continue;
        }
        char piece[PIECE_MAX];
        size_t used;
        size_t piece_sz = escape(piece, &used, in + i, sz - i);
        if (piece_sz > (size_t)(end - at))
            break;
        memcpy(at, piece, piece_sz);
        at += piece_sz;
        i += used;
    }
    *at++ = '"';
    *cut_sz = sz - i;
    return at;
}

char *lq_log_put_text(char *at, size_t *cut_sz, lq_log_format_t format, const uint8_t *in,
                      size_t sz, size_t max)
{
    size_t kept_sz = sz < max ? sz : max;
    if (format == LQ_LOG_JSON || !kept_sz)
        return put_quoted(at, cut_sz, in, sz, max);
    for (size_t i = 0; i < kept_sz; i++)
        if (!is_bare(in[i]))
            return put_quoted(at, cut_sz, in, sz, max);
    memcpy(at, in, kept_sz);
    *cut_sz = sz - kept_sz;
    return at + kept_sz;
}

char *lq_log_put_hex(char *at, size_t *cut_sz, lq_log_format_t format, const uint8_t *in, size_t sz,
                     size_t max)
{
    size_t kept_sz = sz < (max - 2) / 2 ? sz : (max - 2) / 2;
    if (format == LQ_LOG_JSON)
        *at++ = '"';
    *at++ = '0';
    *at++ = 'x';
    for (size_t i = 0; i < kept_sz; i++) {
        *at++ = hex_digits[in[i] >> 4];
        *at++ = hex_digits[in[i] & 15];
    }
    if (format == LQ_LOG_JSON)
        *at++ = '"';
    *cut_sz = sz - kept_sz;
    return at;
}
