#include "liqd/chain/fees.h"

#include <string.h>

#include "decode_internal.h"

/* Sets *OUT to floor(base DISTANCE / TARGET / denominator), which is one division by their product.
 */
static lq_err_t change(lq_u256_t *out, const lq_header_t *header, uint64_t distance,
                       uint64_t target, uint64_t denominator)
{
    lq_u256_t by = lq_u256_from_u64(distance);
    lq_u256_t product = lq_u256_from_halves(0, (lq_u128_t)target * denominator);
    return lq_u256_mul_div_down(out, &header->base_fee_wei.raw, &by, &product);
}

lq_err_t lq_base_fee_next(lq_wei_t *out, const lq_header_t *header, const lq_base_fee_rule_t *rule)
{
    if (rule->elasticity == 0 && rule->change_denominator == 0) {
        *out = header->base_fee_wei;
        return LQ_OK;
    }
    if (rule->elasticity == 0 || rule->change_denominator == 0 ||
        header->gas_limit < rule->elasticity || header->gas_used > header->gas_limit)
        return LQ_ERR_RANGE;
    uint64_t target = header->gas_limit / rule->elasticity;
    bool rises = header->gas_used > target;
    uint64_t distance = rises ? header->gas_used - target : target - header->gas_used;
    lq_u256_t delta;
    lq_err_t err = change(&delta, header, distance, target, rule->change_denominator);
    if (err)
        return err;
    const lq_u256_t *base = &header->base_fee_wei.raw;
    if (!rises) {
        out->raw = lq_u256_sub_wrap(base, &delta); /* delta <= base, as distance <= target */
        return LQ_OK;
    }
    lq_u256_t one = lq_u256_from_u64(1);
    delta = lq_u256_max(&delta, &one);
    return lq_u256_add_checked(&out->raw, base, &delta);
}

#define PPM 1000000u

/* The decimal digits of a JSON number, without its point. */
typedef struct decimal {
    const char *at; /* the digits, a '.' among them */
    const char *end;
    int64_t point; /* digits before the point; may be beyond them all or negative */
    bool negative;
} decimal_t;

static decimal_t split_number(const char *text, size_t sz)
{
    decimal_t d = {text, text + sz, 0, *text == '-'};
    d.at += d.negative;
    const char *p = d.at;
    while (p < d.end && *p >= '0' && *p <= '9')
        p++;
    d.point = p - d.at;
    while (p < d.end && *p != 'e' && *p != 'E')
        p++;
    const char *end = d.end;
    d.end = p;
    if (p == end)
        return d;
    bool down = p[1] == '-';
    int64_t exponent = 0;
    for (p += 1 + (p[1] == '-' || p[1] == '+'); p < end; p++)
        if (exponent < LQ_JSON_TEXT_MAX) /* more moves no further: no text has so many digits */
            exponent = 10 * exponent + (*p - '0');
    d.point += down ? -exponent : exponent;
    return d;
}

/* Takes the number V, 0 to 1, as parts in a million, rounded down. No floating point: what comes
   out must not depend on who compiled it. */
static void take_ppm(reader_t *r, uint32_t *out, lq_json_val_t v)
{
    const char *text;
    size_t sz;
    keep(r, lq_json_get_number(r->doc, &text, &sz, r->msg, v, NULL), v);
    if (r->err)
        return;
    decimal_t d = split_number(text, sz);
    uint32_t n = 0;
    bool any = false;
    int64_t left = d.point + 6; /* digits that count: those up to the millionths */
    for (const char *p = d.at; p < d.end && n <= PPM; p++) {
        if (*p == '.')
            continue;
        uint32_t digit = (uint32_t)(*p - '0');
        any = any || digit;
        if (left-- > 0)
            n = 10 * n + digit;
    }
    while (n && n <= PPM && left-- > 0)
        n *= 10;
    if (n > PPM || (d.negative && any)) {
        r->err = lq_err_msg_set(r->msg, LQ_ERR_RANGE,
                                "gasUsedRatio: not from 0 to 1; distrust the sender");
        return;
    }
    *out = n;
}

static void refuse_lists(reader_t *r, const char *what)
{
    if (!r->err)
        r->err = lq_err_msg_set(r->msg, LQ_ERR_RANGE,
                                "fee history: %s; distrust the sender or ask for fewer", what);
}

/* Begins the list V, which may be null or absent where it has nothing to tell: false then. */
static bool begin_list(reader_t *r, lq_json_iter_t *it, lq_json_val_t v, const char *name)
{
    if (r->err)
        return false;
    if (lq_json_kind(v) == LQ_JSON_KIND_ARRAY) {
        r->err = lq_json_iter(r->doc, it, r->msg, v, NULL);
        return !r->err;
    }
    bool there = is_there(v);
    r->err = lq_err_msg_set(r->msg, there ? LQ_ERR_SYNTAX : LQ_ERR_NOT_FOUND,
                            "fee history: %s is %s; distrust the sender", name,
                            there ? "no array" : "missing");
    return false;
}

/* Takes at most MAX amounts and returns how many there were; WHAT is wrong with more. */
static size_t take_amounts(reader_t *r, lq_wei_t *out, size_t max, lq_json_val_t v,
                           const char *name, const char *what)
{
    lq_json_iter_t it;
    lq_json_val_t item;
    size_t cnt = 0;
    if (!begin_list(r, &it, v, name))
        return 0;
    while (!r->err && lq_json_next(r->doc, NULL, &item, &it)) {
        if (cnt == max) {
            refuse_lists(r, what);
            break;
        }
        take_wei(r, &out[cnt++], item);
    }
    return cnt;
}

static void take_ratios(reader_t *r, lq_fee_history_t *out, lq_json_val_t v)
{
    lq_json_iter_t it;
    lq_json_val_t item;
    if (!begin_list(r, &it, v, "gasUsedRatio"))
        return;
    while (!r->err && lq_json_next(r->doc, NULL, &item, &it)) {
        if (out->block_cnt == LQ_FEE_BLOCKS_MAX)
            refuse_lists(r, "too many blocks");
        else
            take_ppm(r, &out->gas_used_ppm[out->block_cnt++], item);
    }
}

static void take_rewards(reader_t *r, lq_fee_history_t *out, lq_json_val_t v)
{
    lq_json_iter_t it;
    lq_json_val_t row;
    if (out->percentile_cnt == 0 || !begin_list(r, &it, v, "reward"))
        return;
    size_t cnt = 0;
    while (!r->err && lq_json_next(r->doc, NULL, &row, &it)) {
        if (cnt == out->block_cnt) {
            refuse_lists(r, "more rewards than blocks");
            return;
        }
        static const char what[] = "rewards are not as many as the percentiles";
        if (take_amounts(r, out->reward_wei[cnt++], out->percentile_cnt, row, "reward", what) !=
            out->percentile_cnt)
            refuse_lists(r, what);
    }
    if (cnt != out->block_cnt)
        refuse_lists(r, "fewer rewards than blocks");
}

lq_err_t lq_fee_history_decode(const lq_json_t *doc, lq_fee_history_t *out, lq_err_msg_t *msg,
                               lq_json_val_t at, size_t percentile_cnt)
{
    static const lq_json_key_t keys[] = {
        LQ_JSON_KEY("oldestBlock"),
        LQ_JSON_KEY_OPT("reward"), /* geth leaves it out where no percentiles were asked for */
        LQ_JSON_KEY("baseFeePerGas"),
        LQ_JSON_KEY("gasUsedRatio"),
    };
    LQ_ASSERT(percentile_cnt <= LQ_FEE_PERCENTILE_MAX);
    lq_json_val_t v[LQ_ARRAY_CNT(keys)];
    reader_t r = {doc, msg, lq_json_pick(doc, v, msg, at, keys, LQ_ARRAY_CNT(keys))};
    if (r.err)
        return r.err;
    lq_fee_history_t h;
    memset(&h, 0, sizeof(h));
    h.percentile_cnt = percentile_cnt;
    take_u64(&r, &h.oldest_blk, v[0]);
    take_ratios(&r, &h, v[3]);
    static const char what[] = "base fees are not one more than the blocks";
    if (take_amounts(&r, h.base_fee_wei, h.block_cnt + 1, v[2], "baseFeePerGas", what) !=
        h.block_cnt + 1)
        refuse_lists(&r, what);
    take_rewards(&r, &h, v[1]);
    if (r.err)
        return r.err;
    *out = h;
    return LQ_OK;
}
