/* The tables of `liqd positions`. */

#include <inttypes.h>
#include <string.h>

#include "liqd/keys/address.h"
#include "liqd/num/decimal.h"
#include "positions.h"
#include "table.h"

#define FAR_BPS     9900 /* a trigger farther than this is not worth a line */
#define GWEI_DIGITS 9
#define NUMBER_SZ   (LQ_DECIMAL_SZ + LQ_TOKEN_SYMBOL_SZ + 2)

/* A health factor: four digits behind the point, all of them where that would round it to 1. */
static const char *health_text(char out[NUMBER_SZ], const lq_u256_t *factor_wad)
{
    static const lq_u256_t low = {{999900000000000000u, 0, 0, 0}};
    static const lq_u256_t high = {{1000100000000000000u, 0, 0, 0}};
    bool close = lq_u256_lt(&low, factor_wad) && lq_u256_lt(factor_wad, &high);
    if (factor_wad->w[1] | factor_wad->w[2] | factor_wad->w[3])
        return "above 18";
    return lq_table_decimal(out, factor_wad, 18, close ? 18 : 4);
}

static const char *value_text(char out[NUMBER_SZ], const lq_u256_t *v, const lq_value_unit_t *unit)
{
    char number[LQ_DECIMAL_SZ];
    const char *cut = lq_table_decimal(number, v, unit->decimals, unit->decimals > 8 ? 6 : 2);
    (void)snprintf(out, NUMBER_SZ, "%s%s%s", cut, unit->text[0] ? " " : "", unit->text);
    return out;
}

/* "5 s", "12 min", "3.4 h", "12 days". */
static const char *span_text(char out[32], uint64_t sec)
{
    if (sec < 120)
        (void)snprintf(out, 32, "%" PRIu64 " s", sec);
    else if (sec < 7200)
        (void)snprintf(out, 32, "%" PRIu64 " min", sec / 60);
    else if (sec < UINT64_C(2) * 86400)
        (void)snprintf(out, 32, "%" PRIu64 ".%" PRIu64 " h", sec / 3600, sec % 3600 / 360);
    else
        (void)snprintf(out, 32, "%" PRIu64 " days", sec / 86400);
    return out;
}

static const char *name_of(const lq_positions_t *p, uint32_t instance)
{
    return p->state->instances[instance].name;
}

/* ---- one account */

static void print_legs(FILE *out, const lq_positions_t *p, uint32_t account)
{
    static const char *const sides[] = {"idle", "collateral", "debt"};
    size_t cnt = lq_ledger_legs(lq_sync_ledger(p->state->sync), account).cnt;
    char number[LQ_DECIMAL_SZ];
    char address[LQ_ADDRESS_TEXT_SZ + 1];
    for (int side = LQ_SIDE_DEBT; side >= LQ_SIDE_IDLE; side--) {
        /* debt last is how it is read: what secures, then what is owed */
        int shown = side == LQ_SIDE_DEBT         ? LQ_SIDE_COLLATERAL
                    : side == LQ_SIDE_COLLATERAL ? LQ_SIDE_DEBT
                                                 : LQ_SIDE_IDLE;
        bool first = true;
        for (size_t i = 0; i < cnt; i++) {
            lq_leg_view_t leg = lq_positions_leg(p, account, i);
            if ((int)leg.side != shown)
                continue;
            lq_address_print(address, &leg.token);
            (void)fprintf(out, "%s%s %s", first ? "      " : ", ", first ? sides[shown] : "",
                          leg.known ? lq_table_decimal(number, &leg.amount, leg.decimals, 6) : "?");
            (void)fprintf(out, " %s", leg.symbol[0] ? leg.symbol : address);
            first = false;
        }
        if (!first)
            (void)fprintf(out, "\n");
    }
}

/* What is earned, where something would be sent; else "-". */
static const char *profit_text(char out[NUMBER_SZ], const lq_positions_profit_t *profit)
{
    char number[LQ_DECIMAL_SZ];
    if (!profit->has_net || profit->why)
        return "-";
    lq_u256_t net = lq_i256_abs(&profit->net_usd); /* it is above 0 */
    (void)snprintf(out, NUMBER_SZ, "$%s", lq_table_decimal(number, &net, LQ_VALUE_DECIMALS, 2));
    return out;
}

static void print_trigger(FILE *out, const lq_positions_t *p, const lq_trigger_t *t,
                          const lq_positions_profit_t *profit)
{
    const lq_feed_t *feed = lq_oracles_feed(lq_sync_oracles(p->state->sync), t->feed);
    char name[LQ_FEED_NAME_SZ];
    char number[LQ_DECIMAL_SZ];
    char earned[NUMBER_SZ];
    int64_t bps;
    if (t->kind != LQ_TRIGGER_BELOW && t->kind != LQ_TRIGGER_ABOVE)
        return;
    bool near = lq_positions_distance(&bps, &t->answer, &feed->answer);
    if (near && (bps <= -FAR_BPS || bps >= (int64_t)10 * FAR_BPS))
        return; /* what rounding does to a worthless asset: --json has it */
    (void)fprintf(out, "      liquidatable where %s %s to %s",
                  lq_positions_feed_name(name, p, &feed->source),
                  t->kind == LQ_TRIGGER_BELOW ? "falls" : "rises",
                  lq_table_decimal(number, &t->answer.bits, feed->decimals, 8));
    if (near)
        (void)fprintf(out, " (%c%" PRId64 ".%02" PRId64 " %%)",
                      t->kind == LQ_TRIGGER_BELOW ? '-' : '+', (bps < 0 ? -bps : bps) / 100,
                      (bps < 0 ? -bps : bps) % 100);
    if (t == profit->where && profit->has_net && !profit->why)
        (void)fprintf(out, ", which would earn %s", profit_text(earned, profit));
    (void)fprintf(out, "\n");
}

static void print_outlook(FILE *out, const lq_positions_t *p, uint32_t account,
                          const lq_positions_outlook_t *o)
{
    lq_book_t *book = lq_sync_book(p->state->sync);
    char span[32];
    if (lq_book_tier(book, account) == LQ_TIER_LIQUIDATABLE)
        return;
    for (size_t i = 0; i < o->trigger_cnt; i++)
        print_trigger(out, p, &o->triggers[i], &o->profit);
    if (o->interest_sec != UINT64_MAX)
        (void)fprintf(out, "      liquidatable by interest alone in %s\n",
                      span_text(span, o->interest_sec));
}

static void print_position(FILE *out, const lq_positions_t *p, size_t i, int name_width)
{
    uint32_t account = p->rows[i].account;
    lq_account_t about = lq_ledger_account(lq_sync_ledger(p->state->sync), account);
    lq_health_t health = lq_positions_health(p, account);
    lq_value_unit_t unit = lq_positions_unit(p, account);
    char owner[LQ_ADDRESS_TEXT_SZ + 1];
    char factor[NUMBER_SZ];
    char collateral[NUMBER_SZ];
    char debt[NUMBER_SZ];
    char profit[NUMBER_SZ];
    lq_positions_outlook_t outlook;
    lq_positions_outlook(&outlook, p, account);
    const char *earned = profit_text(profit, &outlook.profit);
    const char *when = earned[0] == '-' ? "" : outlook.profit.is_now ? " now" : " then";
    lq_address_print(owner, &about.owner);
    (void)fprintf(out, "%4zu  %-*s  %s  %-8s  %20s  %20s  %15s%-5s  %s%s\n", i + 1, name_width,
                  name_of(p, lq_positions_instance(p, account)), owner,
                  health_text(factor, &health.factor_wad),
                  value_text(collateral, &health.collateral_value, &unit),
                  value_text(debt, &health.debt_value, &unit), earned, when,
                  lq_tier_str(lq_book_tier(lq_sync_book(p->state->sync), account)),
                  health.blocked ? ", blocked" : "");
    print_legs(out, p, account);
    print_outlook(out, p, account, &outlook);
}

/* ---- all of it */

static int widest_name(const lq_positions_t *p)
{
    size_t widest = strlen("market");
    for (uint32_t i = 0; i < p->state->instance_cnt; i++)
        if (strlen(name_of(p, i)) > widest)
            widest = strlen(name_of(p, i));
    return (int)widest;
}

static void print_markets(FILE *out, const lq_positions_t *p, int name_width)
{
    (void)fprintf(out, "%-*s  version  %8s  %8s  %12s  %6s  trust\n", name_width, "market",
                  "accounts", "in debt", "liquidatable", "armed");
    for (uint32_t i = 0; i < p->state->instance_cnt; i++) {
        if (p->query.instance != UINT32_MAX && p->query.instance != i)
            continue;
        const lq_positions_count_t *c = &p->counts[i];
        lq_sync_instance_stat_t stat = lq_sync_instance_stat(p->state->sync, i);
        const char *version =
            stat.version == LQ_ADAPTER_PROBE
                ? "?"
                : lq_sync_instance(p->state->sync, i)->adapter->version_names[stat.version];
        (void)fprintf(out, "%-*s  %-7s  %8zu  %8zu  %12zu  %6zu  %s, %" PRIu64 " audits",
                      name_width, name_of(p, i), version, c->account_cnt, c->debt_cnt,
                      c->liquidatable_cnt, c->armed_cnt, lq_trust_str(stat.trust), stat.audit_cnt);
        if (stat.trust == LQ_TRUST_AUDIT_ONLY)
            (void)fprintf(out, " of %u", LQ_TRUST_AUDIT_CNT);
        if (stat.mismatch_cnt)
            (void)fprintf(out, ", %" PRIu64 " did not match", stat.mismatch_cnt);
        if (stat.fault_cnt)
            (void)fprintf(out, ", %" PRIu64 " faults", stat.fault_cnt);
        (void)fprintf(out, "\n");
        if (!lq_positions_asset_cnt(p, i))
            (void)fprintf(out, "      nothing of it was found: is markets.%s.address that of %s?\n",
                          name_of(p, i), lq_sync_instance(p->state->sync, i)->adapter->name);
    }
}

static void print_terms(FILE *out, const lq_positions_t *p)
{
    const lq_gas_price_t *gas = &p->terms.gas_price;
    char number[LQ_DECIMAL_SZ];
    lq_u256_t price = lq_u256_add_wrap(&gas->base_fee_wei.raw, &gas->tip_wei.raw);
    if (!p->row_cnt)
        return;
    (void)fprintf(
        out,
        "\nProfit is what liquidating would earn in all, net of gas, swaps, loan and bid: "
        "now, or then,\nat the nearest of the prices below the account. Gas: %s gwei, %s.%s\n",
        lq_table_decimal(number, &price, GWEI_DIGITS, 4), lq_report_gas_str(p->terms.gas),
        p->terms.whole_funds ? " No inventory\nis configured: it is taken to have what "
                               "is owed."
                             : "");
}

static void print_apart(FILE *out, const lq_positions_t *p, int name_width)
{
    char owner[LQ_ADDRESS_TEXT_SZ + 1];
    if (!p->apart_all_cnt)
        return;
    (void)fprintf(out, "\nWithout a health factor: %zu\n", p->apart_all_cnt);
    for (size_t i = 0; i < p->apart_cnt; i++) {
        lq_account_t about = lq_ledger_account(lq_sync_ledger(p->state->sync), p->apart[i]);
        lq_address_print(owner, &about.owner);
        (void)fprintf(out, "      %-*s  %s  %s\n", name_width,
                      name_of(p, lq_positions_instance(p, p->apart[i])), owner,
                      lq_positions_why(p, p->apart[i]));
    }
    if (p->apart_cnt < p->apart_all_cnt)
        (void)fprintf(out, "      and %zu more: --all\n", p->apart_all_cnt - p->apart_cnt);
}

static void print_feeds(FILE *out, const lq_positions_t *p)
{
    const lq_oracles_t *oracles = lq_sync_oracles(p->state->sync);
    char name[LQ_FEED_NAME_SZ];
    char number[LQ_DECIMAL_SZ];
    char age[32];
    bool head = false;
    for (uint32_t i = 0; i < lq_oracles_feed_cnt(oracles); i++) {
        const lq_feed_t *feed = lq_oracles_feed(oracles, i);
        if (feed->kind == LQ_FEED_FIXED)
            continue;
        if (!head)
            (void)fprintf(out, "\n%-42s  %20s  %-10s  state\n", "feed", "answer", "age");
        head = true;
        bool late = feed->heartbeat_sec && p->block_sec > feed->updated_sec + feed->heartbeat_sec;
        (void)fprintf(
            out, "%-42s  %20s  %-10s  %s%s\n", lq_positions_feed_name(name, p, &feed->source),
            feed->decimals > LQ_FEED_DECIMALS_MAX || lq_i256_is_neg(&feed->answer)
                ? "?"
                : lq_table_decimal(number, &feed->answer.bits, feed->decimals, 8),
            span_text(age, p->block_sec > feed->updated_sec ? p->block_sec - feed->updated_sec : 0),
            lq_feed_outcome_str(feed->mark), late ? ", past its heartbeat" : "");
    }
}

static void print_values(FILE *out, const lq_positions_t *p)
{
    const lq_oracles_t *oracles = lq_sync_oracles(p->state->sync);
    lq_value_limits_t limits = lq_state_limits(p->state->config);
    char number[LQ_DECIMAL_SZ];
    if (!p->state->config->token_cnt)
        return;
    (void)fprintf(out, "\n%-16s  %20s  %-10s  sources\n", "token", "our price", "state");
    for (uint32_t i = 0; i < lq_oracles_token_cnt(oracles); i++) {
        const lq_token_t *token = lq_oracles_token(oracles, i);
        lq_value_t value;
        lq_value_verdict_t verdict = lq_oracles_value(oracles, &value, i, &limits);
        char address[LQ_ADDRESS_TEXT_SZ + 1];
        if (verdict == LQ_VALUE_NONE)
            continue;
        lq_address_print(address, &token->address);
        (void)fprintf(out, "%-16s  %20s  %-10s  %u, %u outliers\n",
                      token->symbol[0] ? token->symbol : address,
                      lq_table_decimal(number, &value.price_wad, LQ_VALUE_DECIMALS, 8),
                      lq_value_verdict_str(verdict), value.source_cnt, value.outlier_cnt);
        lq_positions_gap_t gaps[LQ_SYNC_INSTANCE_MAX];
        size_t gap_cnt = lq_positions_gaps(gaps, p, i);
        for (size_t k = 0; k < gap_cnt; k++)
            (void)fprintf(out, "      against %s: %+" PRId32 " bps, %" PRId64 " s newer\n",
                          name_of(p, gaps[k].instance), gaps[k].gap.gap_bps, gaps[k].gap.lag_sec);
    }
}

void lq_positions_print(FILE *out, const lq_positions_t *p, uint64_t clock_sec)
{
    int name_width = widest_name(p);
    char age[32];
    (void)fprintf(out, "%s, block %" PRIu64 ", %s old\n\n", p->state->config->chain_name,
                  p->block.number,
                  span_text(age, clock_sec > p->block_sec ? clock_sec - p->block_sec : 0));
    print_markets(out, p, name_width);
    if (p->row_cnt)
        (void)fprintf(out, "\nrank  %-*s  %-42s  %-8s  %20s  %20s  %15s%-5s  tier\n", name_width,
                      "market", "account", "health", "collateral", "debt", "profit", "");
    else
        (void)fprintf(out, "\nNo account with debt%s.\n",
                      p->query.has_below ? " is below that health factor" : "");
    for (size_t i = 0; i < p->row_cnt; i++)
        print_position(out, p, i, name_width);
    if (p->row_cnt < p->match_cnt)
        (void)fprintf(out, "      and %zu more: --limit, --all\n", p->match_cnt - p->row_cnt);
    print_terms(out, p);
    print_apart(out, p, name_width);
    print_feeds(out, p);
    print_values(out, p);
}
