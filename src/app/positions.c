#include "positions.h"

#include <stdlib.h>
#include <string.h>

#include "liqd/base/text.h"
#include "liqd/keys/address.h"

/* ---- collecting */

typedef struct list {
    lq_position_t *rows;
    size_t cnt;
    size_t max;
} list_t;

static bool add_row(list_t *list, const lq_position_t *row)
{
    if (list->cnt == list->max) {
        size_t max = list->max ? 2 * list->max : 1024;
        lq_position_t *rows = realloc(list->rows, max * sizeof(*rows));
        if (!rows)
            return false;
        list->rows = rows;
        list->max = max;
    }
    list->rows[list->cnt++] = *row;
    return true;
}

static int compare_rows(const void *a, const void *b)
{
    const lq_position_t *x = a;
    const lq_position_t *y = b;
    int by_factor = lq_u256_cmp(&x->factor_wad, &y->factor_wad);
    return by_factor ? by_factor : (x->account > y->account) - (x->account < y->account);
}

static bool add_apart(lq_positions_t *p, uint32_t account)
{
    p->apart_all_cnt++;
    if (p->apart_cnt >= p->query.limit)
        return true;
    if ((p->apart_cnt & (p->apart_cnt + 1)) == 0) { /* full at each power of two less one */
        size_t max = 2 * (p->apart_cnt + 1);
        uint32_t *apart = realloc(p->apart, max * sizeof(*apart));
        if (!apart)
            return false;
        p->apart = apart;
    }
    p->apart[p->apart_cnt++] = account;
    return true;
}

/* Counts ACCOUNT, which is not KNOWN. */
static void count_state(lq_positions_count_t *count, uint8_t state)
{
    switch ((lq_account_state_t)state) {
    case LQ_ACCOUNT_UNKNOWN:
        count->unknown_cnt++;
        return;
    case LQ_ACCOUNT_QUARANTINED:
        count->quarantined_cnt++;
        return;
    case LQ_ACCOUNT_REFUSED:
        count->refused_cnt++;
        return;
    case LQ_ACCOUNT_KNOWN:
        return;
    }
    LQ_BUG("an account has state %u", state);
}

static bool collect_health(lq_positions_t *p, list_t *list, lq_positions_count_t *count,
                           uint32_t account)
{
    lq_health_t health = lq_positions_health(p, account);
    lq_position_t row = {account, health.factor_wad};
    switch (health.verdict) {
    case LQ_HEALTH_NO_DEBT:
        return true;
    case LQ_HEALTH_UNKNOWN:
    case LQ_HEALTH_REVERTS:
        count->no_health_cnt++;
        return add_apart(p, account);
    case LQ_HEALTH_SAFE:
    case LQ_HEALTH_LIQUIDATABLE:
        break;
    }
    count->debt_cnt++;
    count->liquidatable_cnt += health.verdict == LQ_HEALTH_LIQUIDATABLE;
    count->armed_cnt += lq_book_tier(lq_sync_book(p->state->sync), account) == LQ_TIER_ARMED;
    if (p->query.has_below && !lq_u256_lt(&health.factor_wad, &p->query.below_wad))
        return true;
    return add_row(list, &row);
}

static bool collect_account(lq_positions_t *p, list_t *list, uint32_t account)
{
    lq_account_t about = lq_ledger_account(lq_sync_ledger(p->state->sync), account);
    uint32_t instance = lq_positions_instance(p, account);
    lq_positions_count_t *count = &p->counts[instance];
    count->account_cnt++;
    bool wanted = p->query.instance == UINT32_MAX || p->query.instance == instance;
    if (about.state != LQ_ACCOUNT_KNOWN) {
        count_state(count, about.state);
        return !wanted || add_apart(p, account);
    }
    return !wanted || collect_health(p, list, count, account);
}

lq_err_t lq_positions_collect(lq_positions_t *out, const lq_state_t *state,
                              const lq_positions_query_t *query, const lq_block_ref_t *block,
                              uint64_t block_sec)
{
    list_t list = {0};
    bool room = true;
    *out = (lq_positions_t){
        .state = state,
        .query = *query,
        .block = *block,
        .block_sec = block_sec,
    };
    size_t cnt = lq_ledger_cnt(lq_sync_ledger(state->sync));
    for (uint32_t i = 0; i < cnt && room; i++)
        room = collect_account(out, &list, i);
    if (list.cnt)
        qsort(list.rows, list.cnt, sizeof(*list.rows), compare_rows);
    out->rows = list.rows;
    out->match_cnt = list.cnt;
    out->row_cnt = list.cnt < query->limit ? list.cnt : query->limit;
    return room ? LQ_OK : LQ_ERR_NOMEM;
}

void lq_positions_free(lq_positions_t *p)
{
    free(p->rows);
    free(p->apart);
    p->rows = NULL;
    p->apart = NULL;
}

/* ---- what is told of one */

uint32_t lq_positions_instance(const lq_positions_t *p, uint32_t account)
{
    const lq_ledger_t *ledger = lq_sync_ledger(p->state->sync);
    return lq_ledger_pool(ledger, lq_ledger_account(ledger, account).pool).instance;
}

size_t lq_positions_asset_cnt(const lq_positions_t *p, uint32_t instance)
{
    const lq_adapter_t *adapter = lq_sync_instance(p->state->sync, instance)->adapter;
    return adapter->oracle_cnt(lq_sync_self(p->state->sync, instance)); /* each has one */
}

lq_health_t lq_positions_health(const lq_positions_t *p, uint32_t account)
{
    lq_book_view_t view = {.now_sec = p->block_sec};
    lq_health_t health;
    lq_book_health(lq_sync_book(p->state->sync), &health, account, &view);
    return health;
}

/* Writes the symbol of TOKEN, "" where none is known. */
static void find_symbol(char out[LQ_TOKEN_SYMBOL_SZ], const lq_positions_t *p,
                        const lq_address_t *token)
{
    const lq_oracles_t *oracles = lq_sync_oracles(p->state->sync);
    const char *found = "";
    for (size_t i = 0; i < p->symbol_cnt && !found[0]; i++)
        if (memcmp(&p->symbols[i].token, token, sizeof(*token)) == 0)
            found = p->symbols[i].text;
    for (uint32_t i = 0; i < lq_oracles_token_cnt(oracles) && !found[0]; i++) {
        const lq_token_t *t = lq_oracles_token(oracles, i);
        if (memcmp(&t->address, token, sizeof(*token)) == 0)
            found = t->symbol;
    }
    if (!lq_text_is_plain(found, strlen(found)))
        found = "";
    (void)snprintf(out, LQ_TOKEN_SYMBOL_SZ, "%s", found);
}

lq_leg_view_t lq_positions_leg(const lq_positions_t *p, uint32_t account, size_t i)
{
    const lq_ledger_t *ledger = lq_sync_ledger(p->state->sync);
    uint32_t instance = lq_positions_instance(p, account);
    const lq_adapter_t *adapter = lq_sync_instance(p->state->sync, instance)->adapter;
    const lq_instance_t *self = lq_sync_self(p->state->sync, instance);
    lq_legs_t legs = lq_ledger_legs(ledger, account);
    const lq_factor_t *factor = lq_ledger_factor(ledger, legs.factors[i]);
    lq_leg_view_t out = {
        .side = (lq_side_t)factor->side, .category = factor->category, .scaled = legs.amounts[i]};
    adapter->asset_token(self, legs.factors[i], &out.token, &out.decimals);
    if (adapter->token_amount)
        out.known = !adapter->token_amount(self, &out.amount, legs.factors[i], legs.amounts[i],
                                           p->block_sec);
    find_symbol(out.symbol, p, &out.token);
    return out;
}

/* Aave counts in its base currency, dollars of 8 decimals; an isolated market in its loan token. */
lq_value_unit_t lq_positions_unit(const lq_positions_t *p, uint32_t account)
{
    uint32_t instance = lq_positions_instance(p, account);
    lq_value_unit_t unit = {"USD", 8};
    if (lq_sync_instance(p->state->sync, instance)->adapter == &lq_adapter_aave_v3)
        return unit;
    size_t cnt = lq_ledger_legs(lq_sync_ledger(p->state->sync), account).cnt;
    for (size_t i = 0; i < cnt; i++) {
        lq_leg_view_t leg = lq_positions_leg(p, account, i);
        if (leg.side != LQ_SIDE_DEBT)
            continue;
        (void)snprintf(unit.text, sizeof(unit.text), "%s", leg.symbol);
        unit.decimals = leg.decimals;
        return unit;
    }
    return (lq_value_unit_t){"", 0};
}

const char *lq_positions_why(const lq_positions_t *p, uint32_t account)
{
    lq_account_t about = lq_ledger_account(lq_sync_ledger(p->state->sync), account);
    switch ((lq_account_state_t)about.state) {
    case LQ_ACCOUNT_UNKNOWN:
        return "not read yet";
    case LQ_ACCOUNT_QUARANTINED:
        return "quarantined: a log or an audit contradicted it, to be read again";
    case LQ_ACCOUNT_REFUSED:
        return "refused: it has what cannot be computed here";
    case LQ_ACCOUNT_KNOWN:
        break;
    }
    return lq_positions_health(p, account).verdict == LQ_HEALTH_REVERTS
               ? "the contract's own computation reverts"
               : "a price is missing, or its market is not known for certain";
}

const char *lq_positions_feed_name(char out[LQ_FEED_NAME_SZ], const lq_positions_t *p,
                                   const lq_address_t *source)
{
    const lq_config_t *config = p->state->config;
    for (size_t i = 0; i < config->feed_cnt; i++) {
        lq_address_t address = lq_config_address(config->feeds[i].address);
        if (memcmp(&address, source, sizeof(address)) == 0)
            return config->feeds[i].name;
    }
    lq_address_print(out, source);
    return out;
}

static bool find_gap(lq_positions_gap_t *out, const lq_positions_t *p, uint32_t instance,
                     uint32_t token)
{
    const lq_sync_t *sync = p->state->sync;
    const lq_ledger_t *ledger = lq_sync_ledger(sync);
    const lq_oracles_t *oracles = lq_sync_oracles(sync);
    const lq_adapter_t *adapter = lq_sync_instance(sync, instance)->adapter;
    lq_value_limits_t limits = lq_state_limits(p->state->config);
    bool found = false;
    for (size_t i = 0; i < lq_ledger_factor_cnt(ledger); i++) {
        const lq_factor_t *factor = lq_ledger_factor(ledger, (uint16_t)i);
        lq_address_t address;
        uint8_t decimals;
        if (lq_ledger_pool(ledger, factor->pool).instance != instance ||
            (found && factor->category != 0))
            continue;
        adapter->asset_token(lq_sync_self(sync, instance), (uint16_t)i, &address, &decimals);
        if (memcmp(&address, &lq_oracles_token(oracles, token)->address, sizeof(address)) != 0)
            continue;
        out->instance = instance;
        out->oracle =
            lq_book_oracle(lq_sync_book(sync), instance,
                           adapter->factor_oracle(lq_sync_self(sync, instance), (uint16_t)i));
        found = true;
        if (factor->category == 0) /* the reserve's own rather than an e-mode's */
            break;
    }
    return found && out->oracle != LQ_LEDGER_NONE &&
           !lq_oracles_gap(oracles, &out->gap, out->oracle, token, &limits);
}

size_t lq_positions_gaps(lq_positions_gap_t out[LQ_SYNC_INSTANCE_MAX], const lq_positions_t *p,
                         uint32_t token)
{
    size_t cnt = 0;
    for (uint32_t i = 0; i < p->state->instance_cnt; i++)
        if (lq_sync_instance(p->state->sync, i)->adapter == &lq_adapter_aave_v3 && /* in dollars */
            find_gap(&out[cnt], p, i, token))
            cnt++;
    return cnt;
}

bool lq_positions_distance(int64_t *bps, const lq_i256_t *answer, const lq_i256_t *now)
{
    lq_u256_t part;
    lq_u256_t ten_thousand = lq_u256_from_u64(10000);
    uint64_t v;
    if (lq_i256_is_neg(answer) || lq_i256_is_neg(now))
        return false;
    bool below = lq_i256_lt(answer, now);
    lq_u256_t gap = below ? lq_u256_sub_wrap(&now->bits, &answer->bits)
                          : lq_u256_sub_wrap(&answer->bits, &now->bits);
    if (lq_u256_mul_div_down(&part, &gap, &ten_thousand, &now->bits) || lq_u256_to_u64(&v, &part) ||
        v > INT64_MAX)
        return false;
    *bps = below ? -(int64_t)v : (int64_t)v;
    return true;
}
