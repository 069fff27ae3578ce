#include "dry_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "liqd/codec/keccak.h"
#include "liqd/keys/address.h"

#define KEY_SZ 32u

/* Rows that go at once when there is no room for another. */
#define DROP_CNT (LQ_DRY_REPORT_ROW_MAX / 8)

const char *const lq_dry_report_notes[] = {
    "Won means: nobody had liquidated the account before, neither in an earlier block nor in the "
    "target block at the same or a higher effective tip, the very transaction, simulated there, "
    "did not revert, and it was asked for before any node had shown that block. Whether a builder "
    "had taken it, so late, is not known; and nodes that show blocks late make it look better than "
    "it is: the stage from block to transaction tells how old a block was then.",
    "What was won has not changed the chain: the account stays as it is, and what the liquidation "
    "would have done to rates and pools is not in what is simulated in later blocks.",
    "What others paid to the block's fee recipient directly is known only where a node traces "
    "(debug_traceTransaction); where none does, what somebody else liquidated in the target block "
    "is unknown, unless his priority fee alone was as high.",
    "Dollars are at the prices of the moment of the decision. What a rollup takes for data on its "
    "parent chain, beside gas, is not in them. The inventory is that of the "
    "configuration, less what was spent and, where nothing is swept, more what was got.",
    NULL,
};

/* ---- memory */

lq_err_t lq_dry_report_open(lq_dry_report_t *r, const char *const *markets, size_t market_cnt,
                            uint64_t wall_ns, uint64_t seed)
{
    memset(r, 0, sizeof(*r));
    r->chain_name = "";
    r->markets = markets;
    r->market_cnt = market_cnt;
    r->begun_wall_ns = r->now_wall_ns = wall_ns;
    lq_hist_reset(&r->aged);
    lq_hist_reset(&r->given);
    lq_hist_reset(&r->decided);
    lq_hist_reset(&r->simulated);
    lq_err_t err = lq_arena_init(&r->arena, 64 * (size_t)LQ_DRY_REPORT_CANDIDATE_MAX + 4096);
    return err ? err
               : lq_map_new(&r->candidate_map, &r->arena, KEY_SZ, LQ_DRY_REPORT_CANDIDATE_MAX,
                            seed);
}

void lq_dry_report_close(lq_dry_report_t *r)
{
    lq_arena_fini(&r->arena);
    free(r->entries);
    free(r->candidates);
    r->entries = NULL;
    r->candidates = NULL;
    r->entry_cnt = r->candidate_cnt = 0;
}

/* Makes room for one more than CNT of the items at *P; false where there is none. */
static bool grow(void **p, size_t *cap, size_t cnt, size_t item_sz, size_t max)
{
    if (cnt < *cap)
        return true;
    size_t more = *cap ? 2 * *cap : 64;
    more = more < max ? more : max;
    void *grown = cnt < more ? realloc(*p, more * item_sz) : NULL;
    if (!grown)
        return false;
    *p = grown;
    *cap = more;
    return true;
}

/* ---- candidates */

/* What tells one account from all others, as long as the run is: pools have other numbers whenever
   all is read anew. */
static void key_of(uint8_t key[KEY_SZ], const lq_action_candidate_t *c, const lq_hash_t *pool_id)
{
    uint8_t of[sizeof(c->borrower) + sizeof(c->instance) + sizeof(*pool_id)] = {0};
    memcpy(of, c->borrower.b, sizeof(c->borrower));
    memcpy(of + sizeof(c->borrower), &c->instance, sizeof(c->instance));
    if (pool_id)
        memcpy(of + sizeof(c->borrower) + sizeof(c->instance), pool_id->b, sizeof(*pool_id));
    lq_keccak256(key, of, sizeof(of));
}

static lq_dry_candidate_t *add_candidate(lq_dry_report_t *r, const uint8_t key[KEY_SZ])
{
    void *p = r->candidates;
    bool room = grow(&p, &r->candidate_cap, r->candidate_cnt, sizeof(*r->candidates),
                     LQ_DRY_REPORT_CANDIDATE_MAX);
    r->candidates = p;
    if (!room || lq_map_insert(r->candidate_map, key, (uint32_t)r->candidate_cnt)) {
        r->candidate_full_cnt++;
        return NULL;
    }
    lq_dry_candidate_t *entry = &r->candidates[r->candidate_cnt++];
    memset(entry, 0, sizeof(*entry));
    return entry;
}

/* The one that stands for an account that the ledger does not have any more. */
static lq_dry_candidate_t *standing_of(lq_dry_report_t *r, const lq_action_candidate_t *c)
{
    for (size_t i = 0; i < r->candidate_cnt; i++) {
        lq_dry_candidate_t *entry = &r->candidates[i];
        if (entry->stands && entry->instance == c->instance &&
            memcmp(&entry->borrower, &c->borrower, sizeof(c->borrower)) == 0)
            return entry;
    }
    return NULL;
}

static lq_dry_candidate_t *candidate_of(lq_dry_report_t *r, const lq_action_candidate_t *c,
                                        bool known, const lq_hash_t *pool_id, uint64_t wall_ns)
{
    uint8_t key[KEY_SZ];
    uint32_t at;
    if (!known)
        return standing_of(r, c);
    key_of(key, c, pool_id);
    if (!lq_map_find(r->candidate_map, &at, key))
        return &r->candidates[at];
    lq_dry_candidate_t *entry = add_candidate(r, key);
    if (!entry)
        return NULL;
    entry->instance = c->instance;
    entry->borrower = c->borrower;
    entry->has_pool_id = pool_id != NULL;
    if (pool_id)
        entry->pool_id = *pool_id;
    entry->first_wall_ns = wall_ns;
    return entry;
}

void lq_dry_report_candidate(lq_dry_report_t *r, const lq_action_candidate_t *c, bool known,
                             const lq_hash_t *pool_id, uint64_t wall_ns)
{
    lq_dry_candidate_t *entry = candidate_of(r, c, known, pool_id, wall_ns);
    if (!entry)
        return;
    entry->began_cnt += !entry->stands;
    entry->stands = !c->ended;
    entry->reason = c->reason;
    entry->reason_cnt[c->reason]++;
    entry->last_wall_ns = wall_ns;
    if (c->has_profit) {
        entry->has_profit = true;
        entry->profit_usd = c->profit.net_usd;
    }
}

/* ---- sums */

static void add_usd(lq_i256_t *sum, const lq_i256_t *v, bool less)
{
    *sum = less ? lq_i256_sub_wrap(sum, v) : lq_i256_add_wrap(sum, v);
}

static lq_dry_token_t *token_of(lq_dry_report_t *r, const lq_address_t *token)
{
    for (size_t i = 0; i < r->token_cnt; i++)
        if (memcmp(&r->tokens[i].token, token, sizeof(*token)) == 0)
            return &r->tokens[i];
    if (r->token_cnt == LQ_DRY_REPORT_TOKEN_MAX) {
        r->token_full = true;
        return NULL;
    }
    r->tokens[r->token_cnt] = (lq_dry_token_t){.token = *token};
    return &r->tokens[r->token_cnt++];
}

static lq_dry_taker_t *taker_of(lq_dry_report_t *r, const lq_address_t *liquidator)
{
    for (size_t i = 0; i < r->taker_cnt; i++)
        if (memcmp(&r->takers[i].liquidator, liquidator, sizeof(*liquidator)) == 0)
            return &r->takers[i];
    if (r->taker_cnt == LQ_DRY_REPORT_RIVAL_MAX)
        return &r->other_takers;
    r->takers[r->taker_cnt] = (lq_dry_taker_t){.liquidator = *liquidator};
    return &r->takers[r->taker_cnt++];
}

/* Adds ROW to the sums, or takes it out of them (LESS). */
static void sum_up(lq_dry_report_t *r, const lq_dry_row_t *row, bool less)
{
    lq_dry_sum_t *sum = &r->sums[row->verdict];
    uint64_t one = less ? UINT64_MAX : 1;
    lq_i256_t gas = {row->gas_wei.raw};
    lq_i256_t bid = {row->bid_wei.raw};
    sum->cnt += one;
    sum->tried_cnt += row->tried ? one : 0;
    sum->gainless_cnt += row->has_gains ? 0 : one;
    add_usd(&sum->net_usd, &row->net_usd, less);
    add_usd(&sum->estimate_usd, &row->estimate.net_usd, less);
    add_usd(&sum->gas_wei, &gas, less);
    add_usd(&sum->bid_wei, &bid, less);
    for (size_t i = 0; row->verdict == LQ_DRY_WON && row->has_gains && i < row->gain_cnt; i++) {
        lq_dry_token_t *token = token_of(r, &row->gains[i].token);
        if (token)
            add_usd(&token->amount, &row->gains[i].amount, less);
    }
    if (row->verdict != LQ_DRY_LOST)
        return;
    lq_dry_taker_t *taker = taker_of(r, &row->rival.liquidator);
    taker->cnt += one;
    add_usd(&taker->net_usd, &row->net_usd, less);
    r->untold_cnt += row->rival.has_payment ? 0 : one;
}

/* ---- rows */

/* Where the row of INTENT is, or would be. */
static size_t place_of(const lq_dry_report_t *r, uint64_t intent)
{
    size_t from = 0;
    size_t to = r->entry_cnt;
    while (from < to) {
        size_t at = from + (to - from) / 2;
        if (r->entries[at].row.intent < intent)
            from = at + 1;
        else
            to = at;
    }
    return from;
}

static bool is_at(const lq_dry_report_t *r, size_t at, uint64_t intent)
{
    return at < r->entry_cnt && r->entries[at].row.intent == intent;
}

const lq_dry_entry_t *lq_dry_report_find(const lq_dry_report_t *r, uint64_t intent)
{
    size_t at = place_of(r, intent);
    return is_at(r, at, intent) ? &r->entries[at] : NULL;
}

/* The oldest make room; the sums keep them. */
static void drop_oldest(lq_dry_report_t *r)
{
    for (size_t i = 0; i < DROP_CNT; i++)
        if (r->entries[i].row.verdict == LQ_DRY_WON)
            add_usd(&r->dropped_usd, &r->entries[i].row.net_usd, false);
    r->dropped_cnt += DROP_CNT;
    r->entry_cnt -= DROP_CNT;
    memmove(r->entries, r->entries + DROP_CNT, r->entry_cnt * sizeof(*r->entries));
}

static void insert_entry(lq_dry_report_t *r, const lq_dry_entry_t *entry)
{
    void *p = r->entries;
    if (r->entry_cnt == LQ_DRY_REPORT_ROW_MAX)
        drop_oldest(r);
    bool room = grow(&p, &r->entry_cap, r->entry_cnt, sizeof(*r->entries), LQ_DRY_REPORT_ROW_MAX);
    r->entries = p;
    if (!room) {
        r->dropped_cnt++;
        if (entry->row.verdict == LQ_DRY_WON)
            add_usd(&r->dropped_usd, &entry->row.net_usd, false);
        return;
    }
    size_t at = place_of(r, entry->row.intent);
    memmove(&r->entries[at + 1], &r->entries[at], (r->entry_cnt - at) * sizeof(*r->entries));
    r->entries[at] = *entry;
    r->entry_cnt++;
}

void lq_dry_report_booked(lq_dry_report_t *r, const lq_dry_row_t *row, bool final, uint64_t wall_ns)
{
    lq_dry_entry_t entry = {*row, wall_ns, final};
    size_t at = place_of(r, row->intent);
    sum_up(r, row, false);
    if (!is_at(r, at, row->intent)) {
        insert_entry(r, &entry);
        return;
    }
    const lq_dry_entry_t *former = &r->entries[at];
    sum_up(r, &former->row, true);
    if (former->row.verdict == row->verdict)
        entry.wall_ns = former->wall_ns;
    r->entries[at] = entry;
}

void lq_dry_report_unbooked(lq_dry_report_t *r, uint64_t intent)
{
    size_t at = place_of(r, intent);
    if (!is_at(r, at, intent))
        return;
    sum_up(r, &r->entries[at].row, true);
    r->entry_cnt--;
    memmove(&r->entries[at], &r->entries[at + 1], (r->entry_cnt - at) * sizeof(*r->entries));
}

void lq_dry_report_name(lq_dry_report_t *r, const lq_address_t *token, const char *symbol,
                        uint8_t decimals)
{
    lq_dry_token_t *own = token_of(r, token);
    if (!own)
        return;
    own->known = true;
    own->decimals = decimals;
    (void)snprintf(own->symbol, sizeof(own->symbol), "%s", symbol);
}

/* ---- words */

const char *lq_dry_report_market(const lq_dry_report_t *r, uint32_t instance)
{
    return instance < r->market_cnt ? r->markets[instance] : "-";
}

/* Writes V, of so many DECIMALS, with its sign. */
static void print_signed(char out[LQ_DECIMAL_SZ + 1], const lq_i256_t *v, unsigned decimals)
{
    lq_u256_t abs = lq_i256_abs(v);
    bool neg = lq_i256_is_neg(v);
    out[0] = '-';
    if (lq_decimal_print(out + neg, LQ_DECIMAL_SZ, &abs, decimals))
        LQ_BUG("a number has no decimal digits");
}

const char *lq_dry_report_amount(char out[LQ_DRY_AMOUNT_SZ], const lq_dry_report_t *r,
                                 const lq_address_t *token, const lq_i256_t *amount)
{
    char number[LQ_DECIMAL_SZ + 1];
    char address[LQ_ADDRESS_TEXT_SZ + 1];
    const lq_dry_token_t *own = NULL;
    for (size_t i = 0; i < r->token_cnt && !own; i++)
        if (memcmp(&r->tokens[i].token, token, sizeof(*token)) == 0)
            own = &r->tokens[i];
    bool known = own && own->known && own->decimals <= LQ_DECIMALS_MAX;
    print_signed(number, amount, known ? own->decimals : 0);
    lq_address_print(address, token);
    (void)snprintf(out, LQ_DRY_AMOUNT_SZ, "%s%s %s", number, known ? "" : " units of",
                   known && own->symbol[0] ? own->symbol : address);
    return out;
}

const char *lq_dry_report_coins(char out[LQ_DRY_AMOUNT_SZ], const lq_i256_t *wei)
{
    char number[LQ_DECIMAL_SZ + 1];
    print_signed(number, wei, LQ_CONFIG_COIN_DECIMALS);
    (void)snprintf(out, LQ_DRY_AMOUNT_SZ, "%s ETH", number);
    return out;
}

const char *lq_dry_report_span(char out[LQ_DRY_SPAN_SZ], uint64_t ns)
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    size_t unit = 0;
    uint64_t tenths = ns > UINT64_MAX / 10 ? UINT64_MAX : 10 * ns;
    for (; unit + 1 < LQ_ARRAY_CNT(units) && tenths >= 10000; unit++)
        tenths /= 1000;
    (void)snprintf(out, LQ_DRY_SPAN_SZ, "%" PRIu64 ".%u %s", tenths / 10, (unsigned)(tenths % 10),
                   units[unit]);
    return out;
}

const char *lq_dry_report_time(char out[LQ_DRY_TIME_SZ], uint64_t sec)
{
    struct tm tm;
    time_t t = (time_t)sec;
    if (!gmtime_r(&t, &tm) || !strftime(out, LQ_DRY_TIME_SZ, "%Y-%m-%dT%H:%M:%SZ", &tm))
        (void)snprintf(out, LQ_DRY_TIME_SZ, "%" PRIu64, sec);
    return out;
}

/* A price per gas. */
static const char *gwei(char out[LQ_WEI_TEXT_SZ], const lq_wei_t *v)
{
    if (lq_wei_print(out, LQ_WEI_TEXT_SZ, v, LQ_WEI_UNIT_GWEI))
        LQ_BUG("an amount has no decimal digits");
    return out;
}

static const char *late(char out[64], int64_t late_blk)
{
    int64_t cnt = late_blk < 0 ? -late_blk : late_blk;
    const char *noun = cnt == 1 ? "block" : "blocks";
    if (!cnt)
        (void)snprintf(out, 64, "in the same block");
    else
        (void)snprintf(out, 64, "%" PRId64 " %s %s", cnt, noun, late_blk < 0 ? "ahead" : "late");
    return out;
}

/* How the other's tip stands to ours. */
static void tell_tips(char *out, size_t out_sz, const lq_dry_row_t *row)
{
    char theirs[LQ_WEI_TEXT_SZ] = "unknown";
    char ours[LQ_WEI_TEXT_SZ];
    if (row->rival.has_tip)
        (void)gwei(theirs, &row->rival.tip_wei);
    (void)snprintf(out, out_sz, "tip %s%s, ours %s", theirs,
                   row->rival.has_tip && !row->rival.has_payment ? " (priority fee alone)" : "",
                   gwei(ours, &row->tip_wei));
}

static void tell_rival(char out[LQ_DRY_ABOUT_SZ], const lq_dry_row_t *row)
{
    char who[LQ_ADDRESS_TEXT_SZ + 1];
    char span[64];
    char tips[2 * LQ_WEI_TEXT_SZ + 64];
    lq_address_print(who, &row->rival.liquidator);
    tell_tips(tips, sizeof(tips), row);
    (void)snprintf(out, LQ_DRY_ABOUT_SZ, "%s %s, %s%s%s",
                   row->verdict == LQ_DRY_WON ? "from" : "to", who, late(span, row->late_blk),
                   row->late_blk < 0 ? "" : ", ", row->late_blk < 0 ? "" : tips);
}

/* Appends the row's own words. */
static void add_why(char out[LQ_DRY_ABOUT_SZ], const lq_dry_row_t *row)
{
    size_t at = strlen(out);
    if (row->why[0])
        (void)snprintf(out + at, LQ_DRY_ABOUT_SZ - at, "%s%s", at ? "; " : "", row->why);
}

const char *lq_dry_report_about(char out[LQ_DRY_ABOUT_SZ], const lq_dry_row_t *row)
{
    bool compared = row->verdict == LQ_DRY_WON || row->verdict == LQ_DRY_LOST;
    out[0] = '\0';
    if (compared && row->rival.known)
        tell_rival(out, row);
    add_why(out, row);
    return out;
}
