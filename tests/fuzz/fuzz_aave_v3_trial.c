#include "fuzz.h"
#include "fuzz_input.h"

#include "../support/aave_v3_world.h"

/* Laws: of any account nothing crashes; each end of a range is an amount that passes; a call takes
   no more than there is and lowers no one's debt for nothing; what is refused changes nothing. */

/* A number of at most BITS, whose width is fed too. */
static lq_u256_t number(fuzz_input_t *f, unsigned bits)
{
    unsigned width = fuzz_byte(f) % (bits + 1);
    lq_u256_t v = lq_u256_from_u64(0);
    for (unsigned i = 0; i < width; i += 8) {
        v = lq_u256_shl_wrap(&v, 8);
        v.w[0] |= fuzz_byte(f);
    }
    return lq_u256_shr(&v, width % 8 ? 8 - width % 8 : 0);
}

static void draw(world_t *w, fuzz_input_t *f)
{
    const lq_u256_t one = lq_u256_from_u64(1);
    for (unsigned i = 0; i < w->reserve_cnt; i++) {
        world_reserve_t *r = &w->reserves[i];
        uint8_t how = fuzz_byte(f);
        lq_u256_t more = number(f, 92);
        if (how & 1) {
            r->price = number(f, how & 2 ? 255 : 64);
            r->price = lq_u256_max(&r->price, &one);
            r->decimals = fuzz_byte(f) % 40;
        }
        if (how & 4)
            r->bonus_bps = (uint16_t)(fuzz_byte(f) << 8 | fuzz_byte(f));
        if (how & 8)
            r->fee_bps = (uint16_t)(fuzz_byte(f) << 8 | fuzz_byte(f));
        if (how & 16)
            r->threshold_bps = (uint16_t)(fuzz_byte(f) << 8 | fuzz_byte(f));
        r->active = (how & 0xe0) != 0xe0;
        r->accrual.liquidity_index = lq_u256_add_wrap(&LQ_RAY_ONE, &more);
        r->accrual.variable_borrow_index = r->accrual.liquidity_index;
        w->users[0].supply[i].scaled = number(f, 127);
        w->users[0].debt[i].scaled = number(f, 127);
        w->users[0].flag[i] = !lq_u256_is_zero(&w->users[0].supply[i].scaled);
    }
    w->users[0].category = fuzz_byte(f) % 2;
    w->categories[1].source = fuzz_byte(f) % 2;
}

static bool is_same_health(const lq_health_t *a, const lq_health_t *b)
{
    return a->verdict == b->verdict && a->blocked == b->blocked &&
           a->threshold_bps == b->threshold_bps &&
           lq_u256_eq(&a->collateral_value, &b->collateral_value) &&
           lq_u256_eq(&a->debt_value, &b->debt_value) && lq_u256_eq(&a->factor_wad, &b->factor_wad);
}

static void check_same(const lq_instance_t *self, const lq_trial_t *a, const lq_trial_t *b)
{
    lq_health_t x;
    lq_health_t y;
    lq_adapter_aave_v3.trial_health(self, a, &x);
    lq_adapter_aave_v3.trial_health(self, b, &y);
    LQ_ASSERT(is_same_health(&x, &y));
}

static bool call(const lq_instance_t *self, lq_trial_t *trial, lq_liquidation_pair_t pair,
                 const lq_u256_t *amount)
{
    static lq_trial_t before;
    lq_liquidation_outcome_t out;
    lq_health_t was;
    lq_health_t is;
    const lq_liquidation_call_t c = {pair, LQ_LIQUIDATION_BY_REPAID, *amount};
    lq_adapter_aave_v3.trial_copy(&before, trial);
    if (lq_adapter_aave_v3.trial_call(self, trial, &out, &c)) {
        check_same(self, trial, &before);
        return false;
    }
    lq_adapter_aave_v3.trial_health(self, &before, &was);
    lq_adapter_aave_v3.trial_health(self, trial, &is);
    LQ_ASSERT(!lq_u256_is_zero(&out.seized));
    LQ_ASSERT(out.bad_debt || !lq_u256_is_zero(&out.repaid)); /* dust may be for nothing */
    LQ_ASSERT(!lq_u256_lt(&was.debt_value, &is.debt_value));
    LQ_ASSERT(!lq_u256_lt(&was.collateral_value, &is.collateral_value));
    return true;
}

static void try_all(const lq_instance_t *self, const lq_trial_t *trial, fuzz_input_t *f,
                    unsigned depth)
{
    lq_liquidation_pair_t pairs[16];
    lq_liquidation_range_t ranges[LQ_LIQUIDATION_RANGE_MAX];
    static lq_trial_t copies[2];
    lq_trial_t *copy = &copies[depth];
    size_t cnt = lq_adapter_aave_v3.trial_pairs(self, trial, pairs, 16);
    LQ_ASSERT(cnt <= 16);
    for (size_t i = 0; i < cnt; i++) {
        size_t parts = lq_adapter_aave_v3.trial_ranges(self, trial, ranges, pairs[i],
                                                       LQ_LIQUIDATION_BY_REPAID);
        for (size_t k = 0; k < parts; k++) {
            LQ_ASSERT(!lq_u256_lt(&ranges[k].to, &ranges[k].from));
            LQ_ASSERT(k == 0 || lq_u256_lt(&ranges[k - 1].to, &ranges[k].from));
            lq_adapter_aave_v3.trial_copy(copy, trial);
            LQ_ASSERT(call(self, copy, pairs[i], &ranges[k].from));
            lq_adapter_aave_v3.trial_copy(copy, trial);
            LQ_ASSERT(call(self, copy, pairs[i], &ranges[k].to));
        }
        lq_u256_t amount = number(f, 200);
        lq_adapter_aave_v3.trial_copy(copy, trial);
        if (call(self, copy, pairs[i], &amount) && depth == 0)
            try_all(self, copy, f, 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    fuzz_input_t f = {data, sz};
    static world_t w;
    world_rig_t rig;
    static lq_trial_t trial;
    lq_health_t h;
    world_init(&w, fuzz_byte(&f) % LQ_AAVE_V3_VERSION_CNT, 3);
    draw(&w, &f);
    world_rig_make(&rig, &w, w.version, 8);
    (void)world_rig_settle(&rig, 200);
    world_emit_borrow(&w, 0, 2, 2);
    (void)world_rig_settle(&rig, 200);
    if (lq_ledger_cnt(rig.ledger) > 0) {
        lq_adapter_aave_v3.health(rig.self, &h, 0, NULL);
        lq_err_t err = lq_adapter_aave_v3.trial_open(rig.self, &trial, 0, NULL);
        LQ_ASSERT((err == LQ_OK) == (h.verdict == LQ_HEALTH_LIQUIDATABLE));
        LQ_ASSERT((err == LQ_ERR_RANGE) == (h.verdict == LQ_HEALTH_REVERTS));
        if (!err) {
            lq_health_t of_trial;
            lq_adapter_aave_v3.trial_health(rig.self, &trial, &of_trial);
            LQ_ASSERT(is_same_health(&h, &of_trial));
            try_all(rig.self, &trial, &f, 0);
        }
    }
    world_rig_fini(&rig);
    return 0;
}
