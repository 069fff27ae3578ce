#include "liqd/protocol/morpho_blue_events.h"
#include "morpho_blue_adapter_internal.h"
#include "morpho_internal.h"

/* The first DISCOVERY_CNT are what discovery looks for, the last two the models' own. */
typedef enum event_kind {
    CREATE_MARKET,
    BORROW,
    SUPPLY,
    WITHDRAW,
    REPAY,
    SUPPLY_COLLATERAL,
    WITHDRAW_COLLATERAL,
    LIQUIDATE,
    ACCRUE_INTEREST,
    SET_FEE,
    BORROW_RATE_UPDATE,
    SET_BORROW_RATE,
    EVENT_KIND_CNT
} event_kind_t;

#define DISCOVERY_CNT (BORROW + 1)

static const lq_hash_t event_topics[EVENT_KIND_CNT] = {
    [CREATE_MARKET] = LQ_ABI_MORPHO_BLUE_CREATE_MARKET_EVENT_TOPIC_INIT,
    [BORROW] = LQ_ABI_MORPHO_BLUE_BORROW_EVENT_TOPIC_INIT,
    [SUPPLY] = LQ_ABI_MORPHO_BLUE_SUPPLY_EVENT_TOPIC_INIT,
    [WITHDRAW] = LQ_ABI_MORPHO_BLUE_WITHDRAW_EVENT_TOPIC_INIT,
    [REPAY] = LQ_ABI_MORPHO_BLUE_REPAY_EVENT_TOPIC_INIT,
    [SUPPLY_COLLATERAL] = LQ_ABI_MORPHO_BLUE_SUPPLY_COLLATERAL_EVENT_TOPIC_INIT,
    [WITHDRAW_COLLATERAL] = LQ_ABI_MORPHO_BLUE_WITHDRAW_COLLATERAL_EVENT_TOPIC_INIT,
    [LIQUIDATE] = LQ_ABI_MORPHO_BLUE_LIQUIDATE_EVENT_TOPIC_INIT,
    [ACCRUE_INTEREST] = LQ_ABI_MORPHO_BLUE_ACCRUE_INTEREST_EVENT_TOPIC_INIT,
    [SET_FEE] = LQ_ABI_MORPHO_BLUE_SET_FEE_EVENT_TOPIC_INIT,
    [BORROW_RATE_UPDATE] = LQ_ABI_MORPHO_BLUE_BORROW_RATE_UPDATE_EVENT_TOPIC_INIT,
    [SET_BORROW_RATE] = LQ_ABI_MORPHO_BLUE_SET_BORROW_RATE_EVENT_TOPIC_INIT,
};

const lq_hash_t *lq_morpho_topics(size_t *cnt)
{
    *cnt = EVENT_KIND_CNT;
    return event_topics;
}

const lq_hash_t *lq_morpho_discovery_topics(size_t *cnt)
{
    *cnt = DISCOVERY_CNT;
    return event_topics;
}

static event_kind_t kind_of(const lq_evm_log_t *log)
{
    unsigned kind = 0;
    if (log->topic_cnt == 0)
        return EVENT_KIND_CNT;
    while (kind < EVENT_KIND_CNT &&
           memcmp(&event_topics[kind], &log->topics[0], sizeof(log->topics[0])) != 0)
        kind++;
    return (event_kind_t)kind;
}

typedef union event {
    lq_hash_t id; /* the first field of all */
    lq_abi_morpho_blue_create_market_event_t create_market;
    lq_abi_morpho_blue_supply_event_t supply;
    lq_abi_morpho_blue_withdraw_event_t withdraw;
    lq_abi_morpho_blue_borrow_event_t borrow;
    lq_abi_morpho_blue_repay_event_t repay;
    lq_abi_morpho_blue_supply_collateral_event_t supply_collateral;
    lq_abi_morpho_blue_withdraw_collateral_event_t withdraw_collateral;
    lq_abi_morpho_blue_liquidate_event_t liquidate;
    lq_abi_morpho_blue_accrue_interest_event_t accrue_interest;
    lq_abi_morpho_blue_set_fee_event_t set_fee;
    lq_abi_morpho_blue_borrow_rate_update_event_t borrow_rate_update;
    lq_abi_morpho_blue_set_borrow_rate_event_t set_borrow_rate;
} event_t;

static lq_err_t decode(event_t *out, event_kind_t kind, const lq_evm_log_t *log)
{
#define DECODE(name)                                                                        \
    lq_abi_morpho_blue_##name##_event_decode(&out->name, NULL, log->topics, log->topic_cnt, \
                                             log->data, log->data_sz)
    switch (kind) {
    case CREATE_MARKET:
        return DECODE(create_market);
    case BORROW:
        return DECODE(borrow);
    case SUPPLY:
        return DECODE(supply);
    case WITHDRAW:
        return DECODE(withdraw);
    case REPAY:
        return DECODE(repay);
    case SUPPLY_COLLATERAL:
        return DECODE(supply_collateral);
    case WITHDRAW_COLLATERAL:
        return DECODE(withdraw_collateral);
    case LIQUIDATE:
        return DECODE(liquidate);
    case ACCRUE_INTEREST:
        return DECODE(accrue_interest);
    case SET_FEE:
        return DECODE(set_fee);
    case BORROW_RATE_UPDATE:
        return DECODE(borrow_rate_update);
    case SET_BORROW_RATE:
        return DECODE(set_borrow_rate);
    case EVENT_KIND_CNT:
        break;
    }
    return LQ_ERR_INVAL;
#undef DECODE
}

/* ---- accounts ---- */

static void quarantine(lq_instance_t *self, uint32_t account)
{
    if (lq_ledger_account(self->ledger, account).state == LQ_ACCOUNT_KNOWN)
        lq_ledger_set_state(self->ledger, account, LQ_ACCOUNT_QUARANTINED);
}

/* What a log that does not decode may be about: the account in the topic of its kind, all of the
   market's where that is missing. */
static void quarantine_topic(lq_instance_t *self, uint32_t i, event_kind_t kind,
                             const lq_evm_log_t *log)
{
    uint32_t at = kind == BORROW || kind == WITHDRAW_COLLATERAL ? 2 : 3;
    uint32_t pool = self->abouts[i].pool;
    uint32_t account;
    lq_address_t owner;
    if (kind != BORROW && kind != REPAY && kind != SUPPLY_COLLATERAL &&
        kind != WITHDRAW_COLLATERAL && kind != LIQUIDATE)
        return;
    if (at < log->topic_cnt) {
        memcpy(owner.b, log->topics[at].b + 12, sizeof(owner.b));
        if (lq_ledger_find(self->ledger, &account, pool, &owner) == LQ_OK)
            quarantine(self, account);
        return;
    }
    for (account = 0; account < lq_ledger_cnt(self->ledger); account++)
        if (lq_ledger_account(self->ledger, account).pool == pool)
            quarantine(self, account);
}

/* What an event changes of a position. */
typedef struct change {
    const lq_address_t *owner;
    const lq_u256_t *borrow_in; /* NULL: nothing */
    const lq_u256_t *borrow_out;
    const lq_u256_t *collateral_in;
    const lq_u256_t *collateral_out;
    const lq_u256_t *bad_shares; /* a liquidation's: the debt beyond borrow_out */
} change_t;

static lq_err_t move(lq_u128_t *amount, const lq_u256_t *in, const lq_u256_t *out)
{
    lq_u128_t v = *amount;
    lq_u128_t by;
    if (in && (lq_morpho_u128(&by, in) || lq_morpho_add(&v, v, by)))
        return LQ_ERR_RANGE;
    if (out && (lq_morpho_u128(&by, out) || lq_morpho_sub(&v, v, by)))
        return LQ_ERR_RANGE;
    *amount = v;
    return LQ_OK;
}

static lq_err_t change_known(lq_instance_t *self, uint32_t i, uint32_t account, const change_t *c)
{
    const lq_morpho_about_t *about = &self->abouts[i];
    const lq_morpho_row_t *row = &self->rows[i];
    lq_u128_t borrow = lq_ledger_amount(self->ledger, account, about->debt_factor);
    lq_u128_t collateral = lq_ledger_amount(self->ledger, account, about->collateral_factor);
    if (move(&borrow, c->borrow_in, c->borrow_out) || move(&borrow, NULL, c->bad_shares) ||
        move(&collateral, c->collateral_in, c->collateral_out))
        return LQ_ERR_RANGE;
    /* Bad debt is what is left when the collateral is gone, all of it. */
    if (c->bad_shares && (collateral == 0 ? borrow != 0 : !lq_u256_is_zero(c->bad_shares)))
        return LQ_ERR_INVAL;
    if (row->state == LQ_MORPHO_MARKET_KNOWN && borrow > row->total_borrow_shares)
        return LQ_ERR_INVAL;
    lq_err_t err = lq_ledger_set_amount(self->ledger, account, about->debt_factor, borrow);
    return err ? err
               : lq_ledger_set_amount(self->ledger, account, about->collateral_factor, collateral);
}

/* Only who has debt can be liquidated: a Borrow adds an account, to be read, and then it is kept.
   Repaying and being liquidated take a debt, so who does either without an account was missed.
   FITS: the market took the event; where it did not the account is read again too. */
static lq_applied_t change_position(lq_instance_t *self, uint32_t i, const change_t *c, bool fits)
{
    uint32_t account;
    bool missed = c->borrow_out && !lq_u256_is_zero(c->borrow_out);
    if (lq_ledger_find(self->ledger, &account, self->abouts[i].pool, c->owner)) {
        if (!c->borrow_in && !missed)
            return LQ_APPLIED;
        if (lq_ledger_add(self->ledger, &account, self->abouts[i].pool, c->owner))
            return LQ_APPLIED_FAULT;
        return missed ? LQ_APPLIED_FAULT : LQ_APPLIED;
    }
    if (lq_ledger_account(self->ledger, account).state != LQ_ACCOUNT_KNOWN)
        return LQ_APPLIED;
    if (fits && change_known(self, i, account, c) == LQ_OK)
        return LQ_APPLIED;
    quarantine(self, account);
    return LQ_APPLIED_FAULT;
}

/* ---- markets ---- */

/* Accounts are looked at on their own: the market sees whoever makes the event possible, who has as
   much as the event takes. Where some was left in truth there is no bad debt, and none here. */
static lq_err_t apply_liquidate(lq_morpho_market_t *m, uint64_t block_sec,
                                const lq_abi_morpho_blue_liquidate_event_t *e)
{
    const lq_morpho_liquidation_t done = {e->repaid_assets, e->repaid_shares, e->seized_assets,
                                          e->bad_debt_assets, e->bad_debt_shares};
    lq_morpho_position_t p = {.borrow_shares = 0};
    lq_u128_t bad;
    if (lq_morpho_u128(&p.borrow_shares, &e->repaid_shares) ||
        lq_morpho_u128(&bad, &e->bad_debt_shares) ||
        lq_morpho_add(&p.borrow_shares, p.borrow_shares, bad) ||
        lq_morpho_u128(&p.collateral, &e->seized_assets))
        return LQ_ERR_RANGE;
    return lq_morpho_apply_liquidate(m, &p, block_sec, &done);
}

static lq_err_t apply_accrue(lq_morpho_row_t *row, lq_morpho_market_t *m, uint64_t block_sec,
                             const lq_abi_morpho_blue_accrue_interest_event_t *e)
{
    lq_u256_t rate = lq_u256_from_u64(row->irm_rate_wad);
    bool adaptive = row->irm_known && row->irm_kind == LQ_MORPHO_IRM_ADAPTIVE;
    bool fixed = row->irm_known && row->irm_kind == LQ_MORPHO_IRM_FIXED;
    if (adaptive) {
        if (!row->pending)
            return LQ_ERR_INVAL;
        rate = lq_u256_from_u64(row->pending_avg_wad);
        row->irm_rate_wad = row->pending_rate_wad;
        row->pending = 0;
        row->pending_rate_wad = 0;
        row->pending_avg_wad = 0;
    }
    if ((adaptive || fixed) && !lq_u256_eq(&rate, &e->prev_borrow_rate))
        return LQ_ERR_INVAL;
    return lq_morpho_apply_accrue_interest(m, NULL, block_sec, &e->prev_borrow_rate, &e->interest,
                                           &e->fee_shares);
}

static lq_err_t apply_to_market(lq_morpho_row_t *row, lq_morpho_market_t *m, event_kind_t kind,
                                const event_t *e, uint64_t block_sec)
{
    lq_morpho_position_t p = {.borrow_shares = 0};
    switch (kind) {
    case SUPPLY:
        return lq_morpho_apply_supply(m, NULL, block_sec, &e->supply.assets, &e->supply.shares);
    case WITHDRAW:
        return lq_morpho_apply_withdraw(m, NULL, block_sec, &e->withdraw.assets,
                                        &e->withdraw.shares);
    case BORROW:
        return lq_morpho_apply_borrow(m, &p, block_sec, &e->borrow.assets, &e->borrow.shares);
    case REPAY:
        if (lq_morpho_u128(&p.borrow_shares, &e->repay.shares))
            return LQ_ERR_RANGE;
        return lq_morpho_apply_repay(m, &p, block_sec, &e->repay.assets, &e->repay.shares);
    case SUPPLY_COLLATERAL:
        return lq_morpho_apply_supply_collateral(&p, m, &e->supply_collateral.assets);
    case WITHDRAW_COLLATERAL:
        if (lq_morpho_u128(&p.collateral, &e->withdraw_collateral.assets))
            return LQ_ERR_RANGE;
        return lq_morpho_apply_withdraw_collateral(m, &p, block_sec,
                                                   &e->withdraw_collateral.assets);
    case LIQUIDATE:
        return apply_liquidate(m, block_sec, &e->liquidate);
    case ACCRUE_INTEREST:
        return apply_accrue(row, m, block_sec, &e->accrue_interest);
    case SET_FEE:
        return lq_morpho_apply_set_fee(m, block_sec, &e->set_fee.new_fee);
    case CREATE_MARKET:
    case BORROW_RATE_UPDATE:
    case SET_BORROW_RATE:
    case EVENT_KIND_CNT:
        break;
    }
    LQ_BUG("morpho: event %d is no market's", (int)kind);
}

/* Whether market I took the event, or is to be read anyway. */
static bool move_market(lq_instance_t *self, uint32_t i, event_kind_t kind, const event_t *e,
                        uint64_t block_sec)
{
    lq_morpho_row_t row = self->rows[i];
    lq_morpho_market_t before = lq_morpho_row_market(&self->abouts[i], &row);
    lq_morpho_market_t m = before;
    if (row.state == LQ_MORPHO_MARKET_UNREAD)
        return true;
    /* One that is ABSENT has no last update, and refuses all. */
    if (apply_to_market(&row, &m, kind, e, block_sec) != LQ_OK) {
        lq_morpho_row_mark(self, i);
        return false;
    }
    if (kind == SUPPLY_COLLATERAL)
        return true;
    lq_morpho_row_load(&row, &m);
    row.rate_read = 0;
    row.rate_known = 0; /* it was that of other totals, or of another time since the update */
    row.rate_wad = lq_u256_from_u64(0);
    lq_morpho_row_store(self, i, &row);
    return true;
}

static change_t change_of(event_kind_t kind, const event_t *e)
{
    switch (kind) {
    case BORROW:
        return (change_t){.owner = &e->borrow.on_behalf, .borrow_in = &e->borrow.shares};
    case REPAY:
        return (change_t){.owner = &e->repay.on_behalf, .borrow_out = &e->repay.shares};
    case SUPPLY_COLLATERAL:
        return (change_t){.owner = &e->supply_collateral.on_behalf,
                          .collateral_in = &e->supply_collateral.assets};
    case WITHDRAW_COLLATERAL:
        return (change_t){.owner = &e->withdraw_collateral.on_behalf,
                          .collateral_out = &e->withdraw_collateral.assets};
    case LIQUIDATE:
        return (change_t){.owner = &e->liquidate.borrower,
                          .borrow_out = &e->liquidate.repaid_shares,
                          .collateral_out = &e->liquidate.seized_assets,
                          .bad_shares = &e->liquidate.bad_debt_shares};
    case CREATE_MARKET:
    case SUPPLY:
    case WITHDRAW:
    case ACCRUE_INTEREST:
    case SET_FEE:
    case BORROW_RATE_UPDATE:
    case SET_BORROW_RATE:
    case EVENT_KIND_CNT:
        break;
    }
    return (change_t){.owner = NULL};
}

static lq_applied_t apply_create(lq_instance_t *self, uint32_t i,
                                 const lq_abi_morpho_blue_create_market_event_t *e,
                                 uint64_t block_sec)
{
    bool watch = false;
    lq_morpho_row_t row = self->rows[i];
    lq_morpho_market_t m = {.last_update_sec = 0};
    /* Parameters known of an unread market were told by its creation or by a read after that. */
    bool fits = row.state != LQ_MORPHO_MARKET_KNOWN &&
                !(row.state == LQ_MORPHO_MARKET_UNREAD && self->abouts[i].has_params);
    if (!fits || lq_morpho_apply_create_market(&m, block_sec, &e->market_params) ||
        lq_morpho_row_params(self, &watch, i, &e->market_params)) {
        lq_morpho_row_mark(self, i);
        return LQ_APPLIED_FAULT;
    }
    lq_morpho_row_load(&row, &m);
    /* What the model is has to be read; address 0 is none. */
    row.irm_known = !m.has_irm;
    row.irm_kind = LQ_MORPHO_IRM_ZERO;
    lq_morpho_row_store(self, i, &row);
    return watch ? LQ_APPLIED_WATCH : LQ_APPLIED;
}

static lq_applied_t apply_morpho(lq_instance_t *self, event_kind_t kind, const event_t *e,
                                 uint64_t block_sec)
{
    uint32_t i;
    bool lost = false;
    if (lq_morpho_row_find(self, &i, &e->id)) {
        /* Others than those to keep, or than there was room for when they were created. */
        if (self->id_cnt || (self->head->is_full && kind != CREATE_MARKET))
            return LQ_APPLIED_NOT;
        if (lq_morpho_row_add(self, &i, &e->id))
            return LQ_APPLIED_FAULT;
        lost = kind != CREATE_MARKET;
    }
    if (kind == CREATE_MARKET)
        return apply_create(self, i, &e->create_market, block_sec);
    bool fits = move_market(self, i, kind, e, block_sec);
    change_t c = change_of(kind, e);
    lq_applied_t done = c.owner ? change_position(self, i, &c, fits) : LQ_APPLIED;
    return fits && !lost ? done : LQ_APPLIED_FAULT;
}

/* BorrowRateUpdate stands before the AccrueInterest that it belongs to: until that comes the market
   is as it was, and so is its rate. */
static lq_err_t apply_update(lq_morpho_row_t *row, uint64_t block_sec,
                             const lq_abi_morpho_blue_borrow_rate_update_event_t *e)
{
    lq_morpho_irm_t irm = {LQ_MORPHO_IRM_ADAPTIVE, row->irm_rate_wad};
    if (row->pending || block_sec < row->last_update_sec)
        return LQ_ERR_INVAL;
    lq_err_t err = lq_morpho_irm_apply_update(
        &irm, row->total_supply_assets, row->total_borrow_assets, block_sec - row->last_update_sec,
        &e->avg_borrow_rate, &e->rate_at_target);
    if (err)
        return err;
    row->pending = 1;
    row->pending_rate_wad = irm.rate_wad;
    row->pending_avg_wad = e->avg_borrow_rate.w[0]; /* which the formula gave: 64 bits */
    return LQ_OK;
}

static lq_applied_t apply_irm(lq_instance_t *self, const lq_address_t *irm, event_kind_t kind,
                              const event_t *e, uint64_t block_sec)
{
    uint32_t i;
    /* A model may say what it likes of the markets of another. */
    if (lq_morpho_row_find(self, &i, &e->id) ||
        memcmp(&self->abouts[i].irm, irm, sizeof(*irm)) != 0)
        return LQ_APPLIED_NOT;
    lq_morpho_row_t row = self->rows[i];
    lq_err_t err = LQ_OK;
    if (row.state != LQ_MORPHO_MARKET_KNOWN || !row.irm_known)
        return LQ_APPLIED_NOT;
    if (kind == BORROW_RATE_UPDATE && row.irm_kind == LQ_MORPHO_IRM_ADAPTIVE) {
        err = apply_update(&row, block_sec, &e->borrow_rate_update);
    } else if (kind == SET_BORROW_RATE && row.irm_kind == LQ_MORPHO_IRM_FIXED) {
        /* Once and for all, and before the market is created: of one that is known, never. */
        err = LQ_ERR_EXISTS;
    } else {
        return LQ_APPLIED_NOT;
    }
    if (err) {
        lq_morpho_row_mark(self, i);
        return LQ_APPLIED_FAULT;
    }
    lq_morpho_row_store(self, i, &row);
    return LQ_APPLIED;
}

static bool is_irm(const lq_instance_t *self, const lq_address_t *address)
{
    for (uint32_t k = 0; k < self->head->irm_cnt; k++)
        if (memcmp(&self->irms[k], address, sizeof(*address)) == 0)
            return true;
    return false;
}

/* A log of ours that does not decode. */
static lq_applied_t malformed(lq_instance_t *self, event_kind_t kind, const lq_evm_log_t *log)
{
    uint32_t i;
    if (log->topic_cnt >= 2 && lq_morpho_row_find(self, &i, &log->topics[1]) == LQ_OK) {
        lq_morpho_row_mark(self, i);
        quarantine_topic(self, i, kind, log);
    }
    return LQ_APPLIED_FAULT;
}

lq_applied_t lq_morpho_apply(lq_instance_t *self, const lq_evm_log_t *log, uint64_t block_sec)
{
    event_t e;
    event_kind_t kind = kind_of(log);
    bool of_model = kind == BORROW_RATE_UPDATE || kind == SET_BORROW_RATE;
    if (kind == EVENT_KIND_CNT)
        return LQ_APPLIED_NOT;
    if (of_model ? !is_irm(self, &log->address)
                 : memcmp(&log->address, &self->contract, sizeof(log->address)) != 0)
        return LQ_APPLIED_NOT;
    if (decode(&e, kind, log))
        /* Models are strangers to each other: what one garbles is its own market's affair. */
        return of_model ? LQ_APPLIED_FAULT : malformed(self, kind, log);
    return of_model ? apply_irm(self, &log->address, kind, &e, block_sec)
                    : apply_morpho(self, kind, &e, block_sec);
}

/* The search need not come in order, so a Borrow adds a market that is not there yet. */
lq_err_t lq_morpho_discover(lq_instance_t *self, const lq_evm_log_t *log)
{
    event_t e;
    uint32_t i;
    uint32_t account;
    bool watch = false;
    event_kind_t kind = kind_of(log);
    if (memcmp(&log->address, &self->contract, sizeof(log->address)) != 0 ||
        (kind != CREATE_MARKET && kind != BORROW) || decode(&e, kind, log))
        return LQ_OK;
    if (lq_morpho_row_find(self, &i, &e.id)) {
        if (self->id_cnt)
            return LQ_OK;
        lq_err_t err = lq_morpho_row_add(self, &i, &e.id);
        if (err)
            return err;
    }
    if (kind == CREATE_MARKET) {
        /* Parameters that are not the id's are not taken; the read will give the right ones. */
        lq_err_t unfit = lq_morpho_row_params(self, &watch, i, &e.create_market.market_params);
        (void)unfit;
        return LQ_OK;
    }
    lq_err_t err = lq_ledger_add(self->ledger, &account, self->abouts[i].pool, &e.borrow.on_behalf);
    return err == LQ_ERR_EXISTS ? LQ_OK : err;
}
