#include "analyze.h"

#include <stdlib.h>
#include <string.h>

#include "liqd/base/clock.h"
#include "liqd/base/text.h"
#include "liqd/keys/address.h"
#include "liqd/num/decimal.h"

#define PAIR_ALL_MAX 4096u /* pairs of all markets, of which the largest are shown */
#define GRID_MAX     128u  /* points that are worked at together */
#define LEVEL_CNT    13u   /* bonuses, close factors and slippages that are tried */

/* ---- names */

const char *lq_analyze_market(const lq_analyze_t *a, uint32_t instance)
{
    return instance == LQ_PRICING_OURS ? "our own price" : a->state->instances[instance].name;
}

const char *lq_analyze_token(const lq_analyze_t *a, char out[LQ_ANALYZE_NAME_SZ],
                             const lq_address_t *token)
{
    const lq_moves_ground_t *g = &a->world.ground;
    lq_address_print(out, token);
    for (size_t i = 0; i < g->token_cnt; i++) {
        const char *symbol = g->tokens[i].text;
        if (memcmp(&g->tokens[i].token, token, sizeof(*token)) == 0 && symbol[0] &&
            lq_text_is_plain(symbol, strlen(symbol)))
            (void)snprintf(out, LQ_ANALYZE_NAME_SZ, "%s", symbol);
    }
    return out;
}

const char *lq_analyze_feed(const lq_analyze_t *a, char out[LQ_ANALYZE_NAME_SZ], uint32_t feed)
{
    const lq_moves_ground_t *g = &a->world.ground;
    const lq_address_t *source = &lq_oracles_feed(g->oracles, feed)->source;
    lq_address_print(out, source);
    for (size_t i = 0; i < g->feed_cnt; i++)
        if (memcmp(&g->feeds[i].address, source, sizeof(*source)) == 0)
            (void)snprintf(out, LQ_ANALYZE_NAME_SZ, "%s", g->feeds[i].name);
    return out;
}

const char *lq_analyze_label(char out[LQ_ANALYZE_NAME_SZ], const char *text)
{
    const char *end = strrchr(text, '=');
    lq_text_show_cut(out, LQ_ANALYZE_NAME_SZ, (const uint8_t *)text,
                     end ? (size_t)(end - text) : strlen(text));
    return out;
}

const char *lq_analyze_usd(char out[LQ_ANALYZE_USD_SZ], const lq_i256_t *v)
{
    const lq_u256_t cent = lq_u256_from_u64(10000000000000000u);
    const lq_u256_t hundred = lq_u256_from_u64(100);
    lq_u256_t abs = lq_i256_abs(v);
    lq_u256_t cents;
    lq_u256_t rest;
    char whole[LQ_DECIMAL_SZ];
    if (lq_u256_div_checked(&cents, &abs, &cent) ||
        lq_u256_divrem_checked(&abs, &rest, &cents, &hundred) ||
        lq_decimal_print(whole, sizeof(whole), &abs, 0))
        LQ_BUG("an amount of dollars has no digits");
    bool minus = lq_i256_is_neg(v) && !lq_u256_is_zero(&cents);
    (void)snprintf(out, LQ_ANALYZE_USD_SZ, "%s%s.%02u", minus ? "-" : "", whole,
                   (unsigned)rest.w[0]);
    return out;
}

const char *lq_analyze_usd_of(char out[LQ_ANALYZE_USD_SZ], const lq_usd_t *v)
{
    lq_i256_t as_signed;
    if (lq_i256_from_u256(&as_signed, &v->raw))
        return "more than can be counted";
    return lq_analyze_usd(out, &as_signed);
}

lq_analyze_why_t lq_analyze_why(const lq_analyze_account_t *row)
{
    if (row->taken)
        return LQ_ANALYZE_TAKEN;
    switch (row->sizing) {
    case LQ_SIZING_PLAN:
        return LQ_ANALYZE_BELOW_MINIMUM;
    case LQ_SIZING_BLOCKED:
        return LQ_ANALYZE_BLOCKED;
    case LQ_SIZING_NO_PRICE:
        return LQ_ANALYZE_NO_PRICE;
    case LQ_SIZING_NO_ROUTE:
        return LQ_ANALYZE_NO_ROUTE;
    case LQ_SIZING_NO_FUNDS:
        return LQ_ANALYZE_NO_FUNDS;
    case LQ_SIZING_UNPROFITABLE:
        return row->dust ? LQ_ANALYZE_DUST : LQ_ANALYZE_UNPROFITABLE;
    }
    LQ_BUG("a sizing is %d", (int)row->sizing);
}

static const char *const why_names[LQ_ANALYZE_WHY_CNT][2] = {
    [LQ_ANALYZE_TAKEN] = {"taken", "it earns what is asked for"},
    [LQ_ANALYZE_BLOCKED] = {"blocked", "the protocol takes no call: paused, or in its grace"},
    [LQ_ANALYZE_NO_PRICE] = {"no_price", "no price of ours for a token of its pairs"},
    [LQ_ANALYZE_NO_ROUTE] = {"no_route", "nobody lends the debt, or swaps what is seized into it"},
    [LQ_ANALYZE_NO_FUNDS] = {"no_funds", "the inventory has none of its debts"},
    [LQ_ANALYZE_UNPROFITABLE] = {"unprofitable", "every plan costs more than it earns"},
    [LQ_ANALYZE_DUST] = {"dust", "all that is owed and held could not earn the gas"},
    [LQ_ANALYZE_BELOW_MINIMUM] = {"below_minimum", "it earns, but less than profit.min asks for"},
};

const char *lq_analyze_why_name(lq_analyze_why_t why)
{
    return why_names[why][0];
}

const char *lq_analyze_why_str(lq_analyze_why_t why)
{
    return why_names[why][1];
}

/* ---- what is asked */

static lq_err_t find_shocks(lq_analyze_t *a, lq_err_msg_t *msg)
{
    const lq_moves_ground_t *g = &a->world.ground;
    for (size_t i = 0; i < a->query.shock_cnt; i++) {
        const lq_shock_t *shock = &a->query.shocks[i];
        lq_price_overlay_t alone[LQ_BOOK_OVERLAY_MAX];
        size_t alone_cnt = 0;
        lq_err_t err = lq_moves_find(&a->shock_moves[i], msg, g, &shock->assets);
        if (!err)
            err = lq_moves_overlay(a->overlays, &a->overlay_cnt, msg, g->oracles,
                                   &a->shock_moves[i], shock->change);
        if (!err)
            err = lq_moves_overlay(alone, &alone_cnt, msg, g->oracles, &a->shock_moves[i],
                                   shock->change);
        if (err)
            return err;
        size_t room = LQ_ANALYZE_ODD_MAX - a->odd_cnt;
        size_t cnt = lq_moves_odd(a->odds + a->odd_cnt, room, g, &shock->assets, alone, alone_cnt,
                                  shock->change, 0);
        a->odd_cnt += cnt < room ? cnt : room;
    }
    return LQ_OK;
}

/* Sets *CNT to the overlays of the point at CHANGES, behind those of the shocks. */
static lq_err_t point_overlays(const lq_analyze_t *a, lq_price_overlay_t *out, size_t *cnt,
                               lq_err_msg_t *msg, const int32_t changes[LQ_ANALYZE_AXIS_MAX])
{
    lq_err_t err = LQ_OK;
    memcpy(out, a->overlays, a->overlay_cnt * sizeof(*out));
    *cnt = a->overlay_cnt;
    for (size_t i = 0; !err && i < a->query.axis_cnt; i++)
        err =
            lq_moves_overlay(out, cnt, msg, a->world.ground.oracles, &a->axis_moves[i], changes[i]);
    return err;
}

static lq_err_t find_axes(lq_analyze_t *a, lq_err_msg_t *msg)
{
    lq_price_overlay_t overlays[LQ_BOOK_OVERLAY_MAX];
    size_t cnt;
    int32_t last[LQ_ANALYZE_AXIS_MAX] = {0};
    for (size_t i = 0; i < a->query.axis_cnt; i++) {
        const lq_shock_range_t *range = &a->query.axes[i];
        lq_err_t err = lq_moves_find(&a->axis_moves[i], msg, &a->world.ground, &range->assets);
        if (err)
            return err;
        last[i] = lq_shock_range_at(range, range->cnt - 1);
    }
    return point_overlays(a, overlays, &cnt, msg, last); /* what the farthest cannot, none can */
}

static void set_gases(lq_analyze_t *a)
{
    static const int64_t tenths[] = {5, 10, 20, 50, 100};
    const lq_shock_gas_t *named = &a->query.gas;
    if (named->cnt > 1) {
        for (size_t i = 0; i < named->cnt; i++)
            a->gases[a->gas_cnt++] = (lq_gas_price_t){.base_fee_wei = named->prices_wei[i]};
        return;
    }
    for (size_t i = 0; i < LQ_ARRAY_CNT(tenths); i++) {
        const lq_u256_t ten = lq_u256_from_u64(10);
        const lq_u256_t by = lq_u256_from_u64((uint64_t)tenths[i]);
        lq_gas_price_t *gas = &a->gases[a->gas_cnt];
        if (lq_u256_mul_div_up(&gas->base_fee_wei.raw, &a->terms.gas_price.base_fee_wei.raw, &by,
                               &ten) ||
            lq_u256_mul_div_up(&gas->tip_wei.raw, &a->terms.gas_price.tip_wei.raw, &by, &ten))
            LQ_BUG("ten times the price of gas has no place");
        a->gas_tenths[a->gas_cnt++] = tenths[i];
    }
}

lq_err_t lq_analyze_open(lq_analyze_t *out, lq_err_msg_t *msg, const lq_state_t *state,
                         const lq_analyze_query_t *query, const lq_report_terms_t *terms,
                         const lq_symbol_t *symbols, size_t symbol_cnt)
{
    memset(out, 0, sizeof(*out));
    out->state = state;
    out->query = *query;
    out->terms = *terms;
    lq_err_t err = lq_moves_world_open(&out->world, state, symbols, symbol_cnt);
    if (err)
        return lq_err_msg_set(msg, err, "%s", lq_err_str(err));
    set_gases(out);
    if (find_shocks(out, msg) || find_axes(out, msg))
        return LQ_ERR_USAGE;
    return LQ_OK;
}

void lq_analyze_close(lq_analyze_t *a)
{
    lq_moves_world_close(&a->world);
    free(a->accounts);
    free(a->points);
    free(a->pairs);
    a->accounts = NULL;
    a->points = NULL;
    a->pairs = NULL;
}

/* ---- working it out */

typedef struct work {
    lq_analyze_t *a;
    lq_analysis_t *analysis;
    lq_progress_t *progress;
    const volatile bool *stop;
    bool room;
    size_t done; /* looks */
    size_t all;
    lq_analysis_point_t point;
    lq_price_overlay_t overlays[GRID_MAX][LQ_BOOK_OVERLAY_MAX];
    lq_engine_view_t views[GRID_MAX];
    lq_analysis_point_t points[GRID_MAX];
} work_t;

static lq_engine_view_t view_of(const lq_analyze_t *a, bool shocked)
{
    lq_engine_view_t view = lq_report_view(&a->terms);
    view.overlays = a->overlays;
    view.overlay_cnt = shocked ? a->overlay_cnt : 0;
    return view;
}

void lq_analyze_see(const lq_analyze_t *a, bool see)
{
    lq_engine_view_t view = view_of(a, true);
    lq_engine_see(a->state->engine, see ? &view : NULL);
}

/* Shows how far it is, MORE behind `done`; false where it is to end. */
static bool show(void *ctx, size_t more)
{
    work_t *w = ctx;
    if (w->progress)
        lq_progress_show(w->progress, lq_clock_now(lq_clock_system()).mono_ns, "analysis", "points",
                         w->done + more, w->all, LQ_PROGRESS_NO_ETA);
    return !*w->stop;
}

static bool go_on(work_t *w)
{
    bool on = show(w, 0);
    w->done++;
    return on;
}

static void on_account(void *ctx, const lq_analysis_account_t *about)
{
    work_t *w = ctx;
    lq_analyze_t *a = w->a;
    if (!w->room || (a->query.instance != UINT32_MAX && a->query.instance != about->instance))
        return;
    if (a->account_cnt == a->account_max) {
        size_t max = a->account_max ? 2 * a->account_max : 1024;
        lq_analyze_account_t *rows = realloc(a->accounts, max * sizeof(*rows));
        w->room = rows != NULL;
        if (!rows)
            return;
        a->accounts = rows;
        a->account_max = max;
    }
    a->accounts[a->account_cnt++] = (lq_analyze_account_t){
        .account = about->account,
        .instance = about->instance,
        .factor_wad = about->health->factor_wad,
        .collateral_usd = about->collateral_usd,
        .debt_usd = about->debt_usd,
        .sizing = about->sizing,
        .dust = about->dust,
        .taken = about->taken,
        .has_profit = about->plan != NULL,
        .profit = about->plan ? about->plan->profit : (lq_profit_t){.gas_wei = {{{0}}}},
    };
}

static int by_profit(const void *x, const void *y)
{
    const lq_analyze_account_t *a = x;
    const lq_analyze_account_t *b = y;
    if (a->taken != b->taken)
        return a->taken ? -1 : 1;
    int order = a->taken ? lq_i256_cmp(&b->profit.net_usd, &a->profit.net_usd) : 0;
    order = order ? order : lq_usd_cmp(&b->debt_usd, &a->debt_usd);
    return order ? order : (a->account > b->account) - (a->account < b->account);
}

/* Of now and, where there are any, of the shocks; the accounts are those of the last. */
static bool look_now(work_t *w)
{
    lq_analyze_t *a = w->a;
    bool shocks = a->query.shock_cnt > 0;
    lq_engine_view_t view = view_of(a, false);
    if (!go_on(w))
        return false;
    lq_analysis_look(w->analysis, &a->now, &view, a->query.together, shocks ? NULL : on_account, w);
    if (shocks && !go_on(w))
        return false;
    view = view_of(a, true);
    if (shocks)
        lq_analysis_look(w->analysis, &a->shocked, &view, a->query.together, on_account, w);
    if (a->account_cnt)
        qsort(a->accounts, a->account_cnt, sizeof(*a->accounts), by_profit);
    return w->room;
}

/* Sets the changes of point I, and makes its view, the K-th of those that are worked at together.
 */
static void set_point(work_t *w, size_t i, size_t k)
{
    lq_analyze_t *a = w->a;
    const lq_shock_range_t *axes = a->query.axes;
    size_t inner = a->query.axis_cnt > 1 ? axes[1].cnt : 1;
    lq_analyze_point_t *point = &a->points[i];
    lq_err_msg_t msg;
    memset(point, 0, sizeof(*point));
    point->changes[0] = lq_shock_range_at(&axes[0], i / inner);
    if (a->query.axis_cnt > 1)
        point->changes[1] = lq_shock_range_at(&axes[1], i % inner);
    w->views[k] = view_of(a, false);
    w->views[k].overlays = w->overlays[k];
    if (point_overlays(a, w->overlays[k], &w->views[k].overlay_cnt, &msg, point->changes))
        LQ_BUG("a point between two that can be cannot: %s", msg.text);
}

static lq_err_t look_grid(work_t *w, size_t cnt)
{
    lq_analyze_t *a = w->a;
    lq_err_t err = LQ_OK;
    while (!err && a->point_cnt < cnt) {
        size_t left = cnt - a->point_cnt;
        size_t now = left < GRID_MAX ? left : GRID_MAX;
        for (size_t k = 0; k < now; k++)
            set_point(w, a->point_cnt + k, k);
        err = lq_analysis_grid(w->analysis, w->points, w->views, now, a->query.together, show, w);
        for (size_t k = 0; !err && k < now; k++) {
            lq_analyze_point_t *point = &a->points[a->point_cnt++];
            point->sum = *lq_analyze_sum(a, &w->points[k]);
            point->together_cnt = w->points[k].together_cnt;
            point->together_usd = w->points[k].together_usd;
            w->done++;
        }
    }
    return err;
}

static bool look_sense(work_t *w, const lq_engine_view_t *view, lq_analyze_lever_t lever,
                       int64_t value)
{
    lq_analyze_t *a = w->a;
    if (!go_on(w))
        return false;
    lq_analysis_look(w->analysis, &w->point, view, false, NULL, NULL);
    const lq_analysis_sum_t *sum = lq_analyze_sum(a, &w->point);
    lq_analyze_sense_t *out = &a->senses[a->sense_cnt++];
    *out = (lq_analyze_sense_t){lever, value, {{{0}}}, sum->taken_cnt, sum->net_usd};
    /* both are far below what would not fit */
    (void)!lq_wei_add_checked(&out->gas_wei, &view->gas_price.base_fee_wei,
                              &view->gas_price.tip_wei);
    return true;
}

static bool look_senses(work_t *w)
{
    static const int32_t bonuses[] = {-200, -100, 0, 100, 200};
    static const uint16_t closes[] = {2500, 5000, 7500, 10000};
    static const uint32_t swaps[] = {0, 10, 50, 100};
    lq_analyze_t *a = w->a;
    bool ok = true;
    for (size_t i = 0; ok && i < a->gas_cnt; i++) {
        lq_engine_view_t view = view_of(a, true);
        view.gas_price = a->gases[i];
        ok = look_sense(w, &view, LQ_ANALYZE_GAS, a->gas_tenths[i]);
    }
    for (size_t i = 0; ok && i < LQ_ARRAY_CNT(bonuses); i++) {
        lq_engine_view_t view = view_of(a, true);
        view.what_if.bonus_bps = bonuses[i];
        ok = look_sense(w, &view, LQ_ANALYZE_BONUS, bonuses[i]);
    }
    for (size_t i = 0; ok && i < LQ_ARRAY_CNT(closes); i++) {
        lq_engine_view_t view = view_of(a, true);
        view.what_if.close_factor_bps = closes[i];
        ok = look_sense(w, &view, LQ_ANALYZE_CLOSE, closes[i]);
    }
    for (size_t i = 0; ok && i < LQ_ARRAY_CNT(swaps); i++) {
        lq_engine_view_t view = view_of(a, true);
        view.swap_bps = swaps[i];
        ok = look_sense(w, &view, LQ_ANALYZE_SWAP, swaps[i]);
    }
    return ok;
}

static bool look_pairs(work_t *w)
{
    lq_analyze_t *a = w->a;
    lq_analysis_break_even_t *found = calloc(PAIR_ALL_MAX, sizeof(*found));
    a->pairs = calloc((size_t)LQ_ANALYZE_PAIR_MAX * LQ_SYNC_INSTANCE_MAX, sizeof(*a->pairs));
    w->room = found && a->pairs;
    size_t cnt = w->room ? lq_analysis_pairs(w->analysis, found, PAIR_ALL_MAX) : 0;
    size_t of_one = 0;
    for (size_t i = 0; i < cnt && i < PAIR_ALL_MAX; i++) {
        of_one = i && found[i].instance == found[i - 1].instance ? of_one + 1 : 0;
        if (of_one >= LQ_ANALYZE_PAIR_MAX ||
            (a->query.instance != UINT32_MAX && a->query.instance != found[i].instance))
            continue;
        lq_analyze_pair_t *pair = &a->pairs[a->pair_cnt++];
        for (size_t k = 0; k < a->gas_cnt; k++) {
            lq_engine_view_t view = view_of(a, true);
            view.gas_price = a->gases[k];
            pair->at[k] = found[i];
            lq_analysis_break_even(w->analysis, &pair->at[k], &view);
        }
    }
    free(found);
    return w->room;
}

static lq_err_t end_of(const work_t *w)
{
    return w->room ? LQ_ERR_CLOSED : LQ_ERR_NOMEM;
}

static size_t look_cnt(const lq_analyze_t *a)
{
    size_t of_now = a->query.shock_cnt ? 2 : 1;
    return of_now + (a->query.points_only ? 0 : a->gas_cnt + LEVEL_CNT);
}

lq_err_t lq_analyze_collect(lq_analyze_t *a, lq_progress_t *progress, const volatile bool *stop)
{
    work_t *w = calloc(1, sizeof(*w));
    size_t point_cnt = a->query.axis_cnt ? a->query.axes[0].cnt : 0;
    point_cnt *= a->query.axis_cnt > 1 ? a->query.axes[1].cnt : 1;
    a->points = calloc(point_cnt + 1, sizeof(*a->points));
    lq_err_t err = w && a->points ? lq_analysis_new(&w->analysis, a->state->engine) : LQ_ERR_NOMEM;
    if (!err) {
        w->a = a;
        w->progress = progress;
        w->stop = stop;
        w->room = true;
        w->all = look_cnt(a) + point_cnt;
        err = look_now(w) ? look_grid(w, point_cnt) : end_of(w);
        if (!err && !a->query.points_only && (!look_senses(w) || !look_pairs(w)))
            err = end_of(w);
        if (!err && !a->query.points_only)
            err = lq_analysis_concentrate(w->analysis, &a->concentration);
        lq_analysis_free(w->analysis);
    }
    if (progress)
        lq_progress_clear(progress);
    free(w);
    return err;
}
