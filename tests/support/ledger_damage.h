#ifndef LQ_LEDGER_DAMAGE_H
#define LQ_LEDGER_DAMAGE_H

/* Bytes make a small ledger, then damage its pieces, which another has to refuse or to be sound
   with: random ones in a unit test, libFuzzer's in fuzz_ledger_restored. */

#include "ledger_check.h"

enum {
    LEDGER_DAMAGE_ACCOUNTS = 12,
    LEDGER_DAMAGE_FACTORS = 20
};

typedef struct ledger_bytes {
    const uint8_t *data;
    size_t sz;
} ledger_bytes_t;

/* Zeros behind the end. */
static inline unsigned ledger_bytes_take(ledger_bytes_t *in)
{
    unsigned v = in->sz ? *in->data : 0;
    in->data += in->sz > 0;
    in->sz -= in->sz > 0;
    return v;
}

static const lq_ledger_config_t ledger_damage_config = {.account_max = LEDGER_DAMAGE_ACCOUNTS,
                                                        .leg_max = 1,
                                                        .pool_max = 2,
                                                        .factor_max = LEDGER_DAMAGE_FACTORS,
                                                        .seed = 3};

static inline void ledger_damage_op(lq_ledger_t *l, ledger_bytes_t *in)
{
    unsigned op = ledger_bytes_take(in);
    uint32_t account = ledger_bytes_take(in);
    unsigned x = ledger_bytes_take(in);
    if (account >= lq_ledger_cnt(l)) {
        lq_address_t owner = {{(uint8_t)account}};
        lq_err_t err = lq_ledger_add(l, &account, x % 2, &owner);
        LQ_ASSERT(err == LQ_OK || err == LQ_ERR_EXISTS || err == LQ_ERR_FULL);
        return;
    }
    uint16_t factor =
        (uint16_t)(x % (LEDGER_DAMAGE_FACTORS / 2) * 2 + lq_ledger_account(l, account).pool);
    switch (op % 8) {
    case 0:
        lq_ledger_set_state(l, account, (lq_account_state_t)(x % 4));
        break;
    case 1:
        lq_ledger_set_category(l, account, (uint8_t)x);
        break;
    case 2:
        lq_ledger_clear_legs(l, account);
        break;
    case 3:
        LQ_ASSERT(!lq_ledger_set_amount(l, account, factor, 0));
        break;
    default: { /* no room: as little as that is */
        lq_err_t err = lq_ledger_set_amount(l, account, factor, (lq_u128_t)(op + 1) << op % 128);
        LQ_ASSERT(err == LQ_OK || err == LQ_ERR_FULL);
    }
    }
}

/* Two pools, factors in turn theirs and of all sides; then up to 255 changes. */
static inline void ledger_damage_make(lq_ledger_t *l, ledger_bytes_t *in)
{
    for (uint32_t i = 0; i < 2; i++)
        LQ_ASSERT(!lq_ledger_add_pool(l, &(uint32_t){0}, (lq_ledger_pool_t){i, i}));
    for (uint32_t i = 0; i < LEDGER_DAMAGE_FACTORS; i++) {
        uint16_t factor;
        const lq_factor_t about = {.pool = i % 2, .side = (uint8_t)(i / 2 % 3)};
        LQ_ASSERT(!lq_ledger_add_factor(l, &factor, &about));
    }
    for (unsigned cnt = ledger_bytes_take(in); cnt; cnt--)
        ledger_damage_op(l, in);
}

/* A byte, or a number of four, anywhere in the first 64 KB of a piece. */
static inline void ledger_damage_do(ledger_copy_t *c, ledger_bytes_t *in)
{
    size_t piece = ledger_bytes_take(in) % c->cnt;
    unsigned how = ledger_bytes_take(in);
    size_t at = ledger_bytes_take(in);
    at += (size_t)ledger_bytes_take(in) << 8;
    uint32_t value = ledger_bytes_take(in);
    if (!c->sz[piece])
        return;
    at %= c->sz[piece];
    if (how % 2) {
        c->data[piece][at] = (uint8_t)value;
        return;
    }
    at -= at % 4;
    value |= how & 2 ? 0xffffff00u : 0;
    if (at + 4 <= c->sz[piece])
        memcpy(c->data[piece] + at, &value, 4);
}

/* Returns what lq_ledger_restored said. */
static inline lq_err_t ledger_damage_run(const uint8_t *data, size_t sz)
{
    ledger_bytes_t in = {data, sz};
    ledger_rig_t r;
    ledger_rig_init_lines(&r, &ledger_damage_config, 16);
    uint64_t empty = lq_undo_digest(r.undo);
    ledger_damage_make(r.ledger, &in);
    ledger_check(r.ledger);
    ledger_copy_t copy;
    ledger_copy_take(&copy, r.ledger);
    while (in.sz)
        ledger_damage_do(&copy, &in);
    lq_ledger_clear(r.ledger);
    LQ_ASSERT(lq_undo_digest(r.undo) == empty);
    ledger_copy_put(&copy, r.ledger);
    lq_err_t err = lq_ledger_restored(r.ledger);
    if (err) {
        LQ_ASSERT(err == LQ_ERR_RANGE);
        lq_ledger_clear(r.ledger);
        LQ_ASSERT(lq_undo_digest(r.undo) == empty);
    } else {
        ledger_check(r.ledger);
        for (uint32_t i = 0; i < lq_ledger_cnt(r.ledger); i++)
            lq_ledger_clear_legs(r.ledger, i);
        ledger_check(r.ledger);
        for (size_t i = 0; i < lq_ledger_segment_cnt(r.ledger); i++)
            LQ_ASSERT(lq_ledger_blocks(r.ledger, i).block_cnt == 0);
    }
    ledger_copy_free(&copy);
    ledger_rig_fini(&r);
    return err;
}

#endif
