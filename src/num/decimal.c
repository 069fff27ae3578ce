#include "liqd/num/decimal.h"

#include <string.h>

#include "u256_internal.h"

#define TEXT_MAX   48 /* bytes of a refused text that its message shows */
#define SYMBOL_MAX 24
#define DIGIT_MAX  78 /* of 2^256 - 1 */

/* What is read, for messages: `"<text>" is not <kind><symbol>: offset 3: why; write <example>`. */
typedef struct source {
    const char *text;
    size_t sz;
    lq_err_msg_t *msg;
    const char *kind;
    const char *symbol;
    const char *example;
} source_t;

/* Where the parts of a number stand in the text. */
typedef struct number {
    size_t frac; /* offset of the first digit behind the point; END where there is no point */
    size_t end;
    size_t unit; /* END, or behind the space at END */
} number_t;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Copies at most MAX printable characters of the SZ bytes at TEXT to OUT; others become '?', so
   that a message stays one line whatever was read. */
static void quote(char *out, size_t max, const char *text, size_t sz)
{
    size_t n = sz < max ? sz : max;
    memset(out, '?', n);
    for (size_t i = 0; i < n; i++) {
        if (text[i] >= ' ' && text[i] <= '~')
            out[i] = text[i];
    }
    out[n] = '\0';
}

static lq_err_t refuse(const source_t *s, lq_err_t err, size_t offset, const char *why)
{
    char text[TEXT_MAX + 1];
    char symbol[SYMBOL_MAX + 1];
    quote(text, TEXT_MAX, s->text, s->sz);
    quote(symbol, SYMBOL_MAX, s->symbol, strlen(s->symbol));
    return lq_err_msg_set(s->msg, err, "\"%s%s\" is not %s%s: offset %zu: %s; write %s%s", text,
                          s->sz > TEXT_MAX ? "..." : "", s->kind, symbol, offset, why, s->example,
                          symbol);
}

static size_t skip_digits(const source_t *s, size_t at)
{
    while (at < s->sz && is_digit(s->text[at]))
        at++;
    return at;
}

/* Why the byte at OFFSET cannot stand there; OTHERWISE where it is none of those that people write
   in numbers. */
static const char *stranger(const source_t *s, size_t offset, const char *otherwise)
{
    if (offset == s->sz)
        return "the text ends";
    switch (s->text[offset]) {
    case '+':
    case '-':
        return "a sign";
    case '_':
    case ',':
        return "a separator";
    case '.':
        return "a point out of place";
    case ' ':
        return "a space out of place";
    case 'e':
    case 'E':
        return skip_digits(s, offset + 1) > offset + 1 ? "an exponent" : otherwise;
    default:
        return otherwise;
    }
}

/* Finds the number at the beginning of the text. */
static lq_err_t scan(number_t *out, const source_t *s)
{
    size_t point = skip_digits(s, 0);
    if (point == 0)
        return refuse(s, LQ_ERR_SYNTAX, 0, stranger(s, 0, "no digit"));
    number_t n = {.frac = point, .end = point};
    if (point < s->sz && s->text[point] == '.') {
        n.frac = point + 1;
        n.end = skip_digits(s, n.frac);
        if (n.end == n.frac)
            return refuse(s, LQ_ERR_SYNTAX, point, "a point without digits behind it");
    }
    n.unit = n.end + (n.end < s->sz && s->text[n.end] == ' ');
    *out = n;
    return LQ_OK;
}

/* V = V * 10 + DIGIT; false where that is 2^256 or more. */
static bool append(lq_u256_t *v, unsigned digit)
{
    uint64_t carry = digit;
    for (size_t i = 0; i < 4; i++)
        v->w[i] = lq_mul_add64(&carry, v->w[i], 10, 0);
    return carry == 0;
}

/* Computes the number N of the text times 10^DECIMALS. */
static lq_err_t convert(lq_u256_t *out, const source_t *s, const number_t *n, unsigned decimals)
{
    if (decimals > LQ_DECIMALS_MAX)
        return lq_err_msg_set(s->msg, LQ_ERR_RANGE,
                              "%u decimals: 256 bits hold at most %d; correct those of the unit",
                              decimals, LQ_DECIMALS_MAX);
    if (n->end - n->frac > decimals)
        return refuse(s, LQ_ERR_RANGE, n->frac + decimals,
                      decimals > 0 ? "more digits behind the point than the unit has"
                                   : "the unit is not divided");
    lq_u256_t v = lq_u256_from_u64(0);
    bool fits = true;
    for (size_t i = 0; i < n->end; i++) {
        if (s->text[i] != '.')
            fits = fits && append(&v, (unsigned)(s->text[i] - '0'));
    }
    for (size_t i = n->end - n->frac; i < decimals; i++)
        fits = fits && append(&v, 0);
    if (!fits)
        return refuse(s, LQ_ERR_RANGE, 0, "2^256 smallest units or more");
    *out = v;
    return LQ_OK;
}

static bool unit_is(const source_t *s, const number_t *n, const char *unit)
{
    size_t sz = s->sz - n->unit;
    return sz == strlen(unit) && memcmp(s->text + n->unit, unit, sz) == 0;
}

/* Refuses what stands behind N instead of a unit. */
static lq_err_t refuse_unit(const source_t *s, const number_t *n)
{
    if (n->unit == s->sz)
        return refuse(s, LQ_ERR_SYNTAX, n->end, "no unit behind the number");
    return refuse(s, LQ_ERR_SYNTAX, n->unit, stranger(s, n->unit, "another unit"));
}

lq_err_t lq_decimal_parse(lq_u256_t *out, lq_err_msg_t *msg, const char *text, size_t text_sz,
                          unsigned decimals)
{
    source_t s = {.text = text,
                  .sz = text_sz,
                  .msg = msg,
                  .kind = decimals > 0 ? "a decimal number" : "a whole number",
                  .symbol = "",
                  .example = decimals > 0 ? "digits like 1500.5" : "digits like 1500"};
    number_t n = {0};
    lq_err_t err = scan(&n, &s);
    if (err)
        return err;
    if (n.end != text_sz)
        return refuse(&s, LQ_ERR_SYNTAX, n.end, stranger(&s, n.end, "no digit"));
    return convert(out, &s, &n, decimals);
}

static const struct {
    const char *name;
    unsigned decimals;
} wei_units[] = {
    [LQ_WEI_UNIT_WEI] = {"wei", 0},
    [LQ_WEI_UNIT_GWEI] = {"gwei", 9},
    [LQ_WEI_UNIT_ETH] = {"ETH", 18},
    {"ether", 18}, /* read, never written */
};

lq_err_t lq_wei_parse(lq_wei_t *out, lq_err_msg_t *msg, const char *text, size_t text_sz)
{
    source_t s = {.text = text,
                  .sz = text_sz,
                  .msg = msg,
                  .kind = "an amount in wei, gwei or ETH",
                  .symbol = "",
                  .example = "it like 0.01 ETH or 25 gwei"};
    number_t n = {0};
    lq_err_t err = scan(&n, &s);
    if (err)
        return err;
    for (size_t i = 0; i < LQ_ARRAY_CNT(wei_units); i++) {
        if (unit_is(&s, &n, wei_units[i].name))
            return convert(&out->raw, &s, &n, wei_units[i].decimals);
    }
    return refuse_unit(&s, &n);
}

lq_err_t lq_token_amount_parse(lq_token_amount_t *out, lq_err_msg_t *msg, const char *text,
                               size_t text_sz, const char *symbol, unsigned decimals)
{
    source_t s = {.text = text,
                  .sz = text_sz,
                  .msg = msg,
                  .kind = "an amount of ",
                  .symbol = symbol,
                  .example = decimals > 0 ? "it like 1500.5 " : "it like 1500 "};
    number_t n = {0};
    lq_err_t err = scan(&n, &s);
    if (err)
        return err;
    if (!unit_is(&s, &n, symbol))
        return refuse_unit(&s, &n);
    return convert(&out->raw, &s, &n, decimals);
}

/* Writes the digits of V, at least MIN_CNT of them, to OUT of DIGIT_MAX; returns their number. */
static size_t write_digits(char *out, const lq_u256_t *v, size_t min_cnt)
{
    static const lq_u256_t chunk = {{UINT64_C(10000000000000000000), 0, 0, 0}}; /* 19 digits */
    char reversed[DIGIT_MAX];
    size_t cnt = 0;
    lq_u256_t rest = *v;
    while (cnt < min_cnt || !lq_u256_is_zero(&rest)) {
        lq_u256_t low;
        lq_divide(&rest, &low, rest.w, 4, &chunk);
        uint64_t digits = low.w[0];
        for (size_t i = 0; i < 19 && (cnt < min_cnt || digits > 0 || !lq_u256_is_zero(&rest));
             i++) {
            reversed[cnt++] = (char)('0' + digits % 10);
            digits /= 10;
        }
    }
    for (size_t i = 0; i < cnt; i++)
        out[i] = reversed[cnt - 1 - i];
    return cnt;
}

/* Writes V / 10^DECIMALS, a space where SYMBOL is not empty, and SYMBOL. */
static lq_err_t print(char *out, size_t out_sz, const lq_u256_t *v, const char *symbol,
                      unsigned decimals)
{
    if (decimals > LQ_DECIMALS_MAX)
        return LQ_ERR_RANGE;
    char digits[DIGIT_MAX];
    size_t cnt = write_digits(digits, v, decimals + 1);
    size_t whole_cnt = cnt - decimals;
    while (cnt > whole_cnt && digits[cnt - 1] == '0')
        cnt--;
    size_t point = cnt > whole_cnt;
    size_t symbol_sz = strlen(symbol);
    size_t space = symbol_sz > 0;
    if (cnt + point + space + symbol_sz + 1 > out_sz)
        return LQ_ERR_TOO_LONG;
    memcpy(out, digits, whole_cnt);
    out += whole_cnt;
    if (point) {
        *out++ = '.';
        memcpy(out, digits + whole_cnt, cnt - whole_cnt);
        out += cnt - whole_cnt;
    }
    if (space)
        *out++ = ' ';
    memcpy(out, symbol, symbol_sz + 1);
    return LQ_OK;
}

lq_err_t lq_decimal_print(char *out, size_t out_sz, const lq_u256_t *v, unsigned decimals)
{
    return print(out, out_sz, v, "", decimals);
}

lq_err_t lq_wei_print(char *out, size_t out_sz, const lq_wei_t *v, lq_wei_unit_t unit)
{
    return print(out, out_sz, &v->raw, wei_units[unit].name, wei_units[unit].decimals);
}

lq_err_t lq_token_amount_print(char *out, size_t out_sz, const lq_token_amount_t *v,
                               const char *symbol, unsigned decimals)
{
    return print(out, out_sz, &v->raw, symbol, decimals);
}
