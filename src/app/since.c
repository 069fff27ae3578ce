#include "since.h"

#include <stdbool.h>
#include <stddef.h>

#define SEC_NS  UINT64_C(1000000000)
#define DAY_SEC INT64_C(86400)

/* Reads CNT digits at *AT. */
static bool digits(int64_t *out, const char **at, unsigned cnt)
{
    int64_t v = 0;
    for (; cnt; cnt--, ++*at) {
        if (**at < '0' || **at > '9')
            return false;
        v = 10 * v + (**at - '0');
    }
    *out = v;
    return true;
}

static bool skip(const char **at, char c)
{
    if (**at != c)
        return false;
    ++*at;
    return true;
}

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t days_of_month(int64_t year, int64_t month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days since 1970-01-01 of the Gregorian calendar; years from 1970 on are all that count here. */
static int64_t days_since_1970(int64_t year, int64_t month, int64_t day)
{
    int64_t before = year - 1;
    int64_t days = 365 * (year - 1970) + (before / 4 - 1969 / 4) - (before / 100 - 1969 / 100) +
                   (before / 400 - 1969 / 400);
    for (int64_t m = 1; m < month; m++)
        days += days_of_month(year, m);
    return days + day - 1;
}

static bool parse_day(int64_t *sec, const char **at)
{
    int64_t year;
    int64_t month;
    int64_t day;
    if (!digits(&year, at, 4) || !skip(at, '-') || !digits(&month, at, 2) || !skip(at, '-') ||
        !digits(&day, at, 2))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > days_of_month(year, month))
        return false;
    *sec = days_since_1970(year, month, day) * DAY_SEC;
    return true;
}

/* Digits behind a point; what is below a nanosecond is cut. */
static bool parse_fraction(uint64_t *ns, const char **at)
{
    uint64_t unit = SEC_NS / 10;
    *ns = 0;
    if (!skip(at, '.'))
        return true;
    if (**at < '0' || **at > '9')
        return false;
    for (; **at >= '0' && **at <= '9'; ++*at, unit /= 10)
        *ns += unit * (uint64_t)(**at - '0');
    return true;
}

static bool parse_zone(int64_t *east_sec, const char **at)
{
    int64_t hour;
    int64_t minute;
    *east_sec = 0;
    if (skip(at, 'Z') || skip(at, 'z'))
        return true;
    bool west = **at == '-';
    if (!west && **at != '+')
        return false;
    ++*at;
    if (!digits(&hour, at, 2) || !skip(at, ':') || !digits(&minute, at, 2) || hour > 23 ||
        minute > 59)
        return false;
    *east_sec = (west ? -60 : 60) * (60 * hour + minute);
    return true;
}

static bool parse_clock(int64_t *sec, uint64_t *ns, const char **at)
{
    int64_t hour;
    int64_t minute;
    int64_t second;
    int64_t east_sec;
    if (!digits(&hour, at, 2) || !skip(at, ':') || !digits(&minute, at, 2) || !skip(at, ':') ||
        !digits(&second, at, 2) || hour > 23 || minute > 59 || second > 59)
        return false;
    if (!parse_fraction(ns, at) || !parse_zone(&east_sec, at))
        return false;
    *sec += 3600 * hour + 60 * minute + second - east_sec;
    return true;
}

static uint64_t unit_sec(char c)
{
    switch (c) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    case 'w':
        return 604800;
    default:
        return 0;
    }
}

/* "24h": a span back from now. */
static lq_err_t parse_span(uint64_t *wall_ns, const char *at, uint64_t now_wall_ns)
{
    const uint64_t most = UINT64_C(1) << 40; /* beyond any time since 1970 */
    uint64_t v = 0;
    const char *first = at;
    for (; *at >= '0' && *at <= '9'; at++)
        v = v < most ? 10 * v + (uint64_t)(*at - '0') : most;
    uint64_t unit = unit_sec(*at);
    if (at == first || !unit || at[1])
        return LQ_ERR_SYNTAX;
    if (v > now_wall_ns / SEC_NS / unit)
        return LQ_ERR_RANGE;
    *wall_ns = now_wall_ns - v * unit * SEC_NS;
    return LQ_OK;
}

lq_err_t lq_since_parse(uint64_t *wall_ns, const char *text, uint64_t now_wall_ns)
{
    const char *at = text;
    int64_t sec = 0;
    uint64_t ns = 0;
    if (!parse_day(&sec, &at))
        return parse_span(wall_ns, text, now_wall_ns);
    if (*at && !skip(&at, 'T') && !skip(&at, 't') && !skip(&at, ' '))
        return LQ_ERR_SYNTAX;
    bool has_clock = at[-1] < '0' || at[-1] > '9';
    if ((has_clock && !parse_clock(&sec, &ns, &at)) || *at)
        return LQ_ERR_SYNTAX;
    if (sec < 0 || (uint64_t)sec > now_wall_ns / SEC_NS)
        return LQ_ERR_RANGE;
    *wall_ns = (uint64_t)sec * SEC_NS + ns;
    return LQ_OK;
}
