#include "liqd/app/shock.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "liqd/base/text.h"
#include "liqd/num/decimal.h"
#include "report_terms.h"

#define CHANGE_DIGITS 4 /* behind the point: a millionth is 0.0001 % */

/* A part of a text. */
typedef struct piece {
    const char *p;
    size_t sz;
} piece_t;

static lq_err_t fail(lq_err_msg_t *msg, lq_err_t err, const char *text, const char *what)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    return lq_err_msg_set(msg, err, "%s: %s", lq_text_quote(quoted, text), what);
}

/* Takes what stands before the next SEPARATOR, or all, from REST; false where nothing is left. */
static bool next_piece(piece_t *out, piece_t *rest, char separator)
{
    if (!rest->p)
        return false;
    const char *end = memchr(rest->p, separator, rest->sz);
    out->p = rest->p;
    out->sz = end ? (size_t)(end - rest->p) : rest->sz;
    rest->sz -= end ? out->sz + 1 : out->sz;
    rest->p = end ? end + 1 : NULL;
    return true;
}

/* ---- changes */

static bool take_digit(unsigned *digit, piece_t *at)
{
    if (!at->sz || at->p[0] < '0' || at->p[0] > '9')
        return false;
    *digit = (unsigned)(at->p[0] - '0');
    at->p++;
    at->sz--;
    return true;
}

static bool take_char(piece_t *at, char c)
{
    if (!at->sz || at->p[0] != c)
        return false;
    at->p++;
    at->sz--;
    return true;
}

/* Sets *OUT to the number of percent PIECE in millionths; it stops counting far above what is
   allowed. */
static bool parse_change(int64_t *out, piece_t piece)
{
    const int64_t far = (int64_t)1000 * LQ_SHOCK_CHANGE_MAX;
    bool neg = take_char(&piece, '-');
    int64_t v = 0;
    unsigned digit;
    if (!neg)
        (void)take_char(&piece, '+');
    if (!take_digit(&digit, &piece))
        return false;
    do
        v = v < far ? 10 * v + digit : v;
    while (take_digit(&digit, &piece));
    int digits = 0;
    if (take_char(&piece, '.')) {
        for (; digits < CHANGE_DIGITS && take_digit(&digit, &piece); digits++)
            v = v < far ? 10 * v + digit : v;
        if (!digits)
            return false;
    }
    for (; digits < CHANGE_DIGITS; digits++)
        v = v < far ? 10 * v : v;
    *out = neg ? -v : v;
    return take_char(&piece, '%') && !piece.sz;
}

static lq_err_t take_change(int32_t *out, lq_err_msg_t *msg, const char *text, piece_t piece)
{
    int64_t v;
    if (!parse_change(&v, piece))
        return fail(msg, LQ_ERR_SYNTAX, text,
                    "a change is a number of percent with up to four digits behind its point, "
                    "such as -12.5%");
    if (v < LQ_SHOCK_CHANGE_MIN)
        return fail(msg, LQ_ERR_RANGE, text, "a price cannot fall by 100 % or more");
    if (v > LQ_SHOCK_CHANGE_MAX)
        return fail(msg, LQ_ERR_RANGE, text, "a change is at most +10000 %");
    *out = (int32_t)v;
    return LQ_OK;
}

const char *lq_shock_print(char out[LQ_SHOCK_TEXT_SZ], int32_t change)
{
    const int32_t one = LQ_SHOCK_ONE / 100;
    int32_t abs = change < 0 ? -change : change;
    int sz =
        snprintf(out, LQ_SHOCK_TEXT_SZ, "%s%d.%04d", change < 0 ? "-" : "", abs / one, abs % one);
    while (out[sz - 1] == '0')
        out[--sz] = '\0';
    if (out[sz - 1] == '.')
        out[--sz] = '\0';
    return out;
}

/* ---- assets */

/* Splits TEXT at its last `=` into *NAMES and *REST. */
static bool split(piece_t *names, piece_t *rest, const char *text)
{
    const char *end = strrchr(text, '=');
    if (!end)
        return false;
    *names = (piece_t){text, (size_t)(end - text)};
    *rest = (piece_t){end + 1, strlen(end + 1)};
    return true;
}

static lq_err_t take_assets(lq_shock_assets_t *out, lq_err_msg_t *msg, const char *text,
                            piece_t names)
{
    piece_t name;
    memset(out, 0, sizeof(*out));
    while (next_piece(&name, &names, ',')) {
        if (!name.sz)
            return fail(msg, LQ_ERR_SYNTAX, text, "an asset has no name");
        if (name.sz >= LQ_SHOCK_NAME_SZ)
            return fail(msg, LQ_ERR_RANGE, text, "no asset has a name as long as that");
        if (out->name_cnt == LQ_SHOCK_NAME_MAX)
            return fail(msg, LQ_ERR_FULL, text, "at most 16 assets move together");
        memcpy(out->names[out->name_cnt++], name.p, name.sz);
    }
    return LQ_OK;
}

lq_err_t lq_shock_parse(lq_shock_t *out, lq_err_msg_t *msg, const char *text)
{
    lq_shock_t made;
    piece_t names;
    piece_t rest;
    if (!split(&names, &rest, text))
        return fail(msg, LQ_ERR_SYNTAX, text, "is no shock such as WETH=-10%");
    lq_err_t err = take_assets(&made.assets, msg, text, names);
    if (!err)
        err = take_change(&made.change, msg, text, rest);
    if (!err)
        *out = made;
    return err;
}

/* ---- grids */

lq_err_t lq_shock_range_parse(lq_shock_range_t *out, lq_err_msg_t *msg, const char *text)
{
    lq_shock_range_t made;
    piece_t names;
    piece_t rest;
    piece_t parts[3];
    size_t cnt = 0;
    if (!split(&names, &rest, text))
        return fail(msg, LQ_ERR_SYNTAX, text, "is no grid such as WETH=-40%:0%:1%");
    while (cnt < 3 && next_piece(&parts[cnt], &rest, ':'))
        cnt++;
    if (cnt < 3 || rest.p)
        return fail(msg, LQ_ERR_SYNTAX, text, "is no grid such as WETH=-40%:0%:1%, from, to, step");
    lq_err_t err = take_assets(&made.assets, msg, text, names);
    if (!err)
        err = take_change(&made.from, msg, text, parts[0]);
    if (!err)
        err = take_change(&made.to, msg, text, parts[1]);
    if (!err)
        err = take_change(&made.step, msg, text, parts[2]);
    if (err)
        return err;
    if (made.from > made.to)
        return fail(msg, LQ_ERR_RANGE, text, "a grid goes from the lower change to the higher");
    if (made.step <= 0)
        return fail(msg, LQ_ERR_RANGE, text, "a step is above 0 %");
    made.cnt = (size_t)((made.to - made.from) / made.step) + 1;
    if (made.cnt > LQ_SHOCK_POINT_MAX)
        return fail(msg, LQ_ERR_FULL, text, "has more than 10000 points: take a larger step");
    *out = made;
    return LQ_OK;
}

int32_t lq_shock_range_at(const lq_shock_range_t *range, size_t i)
{
    return range->from + (int32_t)i * range->step;
}

/* ---- gas */

lq_err_t lq_shock_gas_parse(lq_shock_gas_t *out, lq_err_msg_t *msg, const char *text)
{
    lq_shock_gas_t made = {.cnt = 0};
    piece_t rest = {text, strlen(text)};
    piece_t piece;
    while (next_piece(&piece, &rest, ',')) {
        char one[LQ_DECIMAL_SZ + 1];
        lq_err_msg_t why;
        if (made.cnt == LQ_SHOCK_GAS_MAX)
            return fail(msg, LQ_ERR_FULL, text, "has more than 16 prices of gas");
        if (piece.sz >= sizeof(one))
            return fail(msg, LQ_ERR_RANGE, text, "is more than any block's gas costs");
        memcpy(one, piece.p, piece.sz);
        one[piece.sz] = '\0';
        lq_err_t err = lq_report_gas_parse(&made.prices_wei[made.cnt], &why, one);
        if (err)
            return fail(msg, err, text,
                        err == LQ_ERR_SYNTAX ? "a price of gas is a number of gwei such as 12.5"
                                             : "a price of gas has up to nine digits behind its "
                                               "point, and is below 9223372036 gwei");
        made.cnt++;
    }
    *out = made;
    return LQ_OK;
}
