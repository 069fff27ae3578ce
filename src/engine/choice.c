#include "engine_internal.h"

/* Who is looked at, and who is taken: the most profitable first.

   Whoever is to be looked at stands in a heap by the most that he can net (dust.c, a microsecond
   each); once sized, by what his plan nets. Whose turn it is is sized where that is not known as
   things stand, goes back where another could net more, and is taken otherwise. So the best leaves
   as soon as nobody can be better, and each that comes behind is sized with what those before it
   leave.

   That is a round. It is done in slices: where many fall in one event, what comes of those taken
   and what the nodes tell must not wait until the last of them is sized. */

/* Offers in a heap: the most profitable on top, of equals the lower account. */
static bool is_before(const engine_offer_t *a, const engine_offer_t *b)
{
    int order = lq_i256_cmp(&a->net_usd, &b->net_usd);
    return order ? order > 0 : a->account < b->account;
}

/* Has OFFER stand at AT or below, where nobody is. */
static void sink(lq_engine_t *e, size_t at, engine_offer_t offer)
{
    for (size_t child; (child = 2 * at + 1) < e->offer_cnt; at = child) {
        if (child + 1 < e->offer_cnt && is_before(&e->offers[child + 1], &e->offers[child]))
            child++;
        if (!is_before(&e->offers[child], &offer))
            break;
        e->offers[at] = e->offers[child];
    }
    e->offers[at] = offer;
}

void engine_offer(lq_engine_t *e, uint32_t account, const lq_i256_t *net_usd)
{
    engine_offer_t offer = {.net_usd = *net_usd, .account = account};
    size_t at = e->offer_cnt++;
    for (; at && is_before(&offer, &e->offers[(at - 1) / 2]); at = (at - 1) / 2)
        e->offers[at] = e->offers[(at - 1) / 2];
    e->offers[at] = offer;
}

engine_offer_t engine_next_offer(lq_engine_t *e)
{
    engine_offer_t top = e->offers[0];
    engine_offer_t last = e->offers[--e->offer_cnt];
    if (e->offer_cnt)
        sink(e, 0, last);
    return top;
}

/* ---- who waits for his turn ---- */

/* What others left too little for. */
bool engine_is_crowded_out(lq_reason_t reason)
{
    return reason == LQ_REASON_NO_FUNDS || reason == LQ_REASON_UNPROFITABLE ||
           reason == LQ_REASON_BELOW_MINIMUM || reason == LQ_REASON_NO_ROUTE;
}

/* Before all that have a bound. */
static const lq_i256_t boundless = {{{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX >> 1}}};

static lq_i256_t bound_of(lq_engine_t *e, const engine_row_t *row)
{
    lq_i256_t bound;
    lq_health_t health;
    engine_adapter(e, row->instance)
        ->health(lq_sync_self(e->sync, row->instance), &health, row->account, NULL);
    return lq_engine_most(e, &bound, row->account, &health) ? bound : boundless;
}

/* Whether ROW, that is to be looked at, waits for its turn from now on. */
static bool is_to_wait(const lq_engine_t *e, engine_row_t *row)
{
    row->looking = false;
    row->was_looked_at = false;
    row->queued = engine_is_open(e, row);
    return row->queued;
}

/* Who stands in the heap and is to be looked at again can net something else at most now; who has
   ended since is gone. */
static void offer_again(lq_engine_t *e)
{
    size_t cnt = e->offer_cnt;
    e->offer_cnt = 0;
    for (size_t i = 0; i < cnt; i++) {
        engine_offer_t offer = e->offers[i];
        engine_row_t *row = engine_row(e, offer.account);
        bool again = row && row->looking;
        if (!row || !row->queued || (again && !is_to_wait(e, row)))
            continue;
        if (again)
            offer.net_usd = bound_of(e, row);
        e->offers[e->offer_cnt++] = offer;
    }
    for (size_t at = e->offer_cnt / 2; at > 0; at--)
        sink(e, at - 1, e->offers[at - 1]);
}

static void begin_round(lq_engine_t *e)
{
    e->round_intent = e->next_intent;
    e->kept.account = ENGINE_NONE;
}

static void offer_wanted(lq_engine_t *e)
{
    if (!e->offer_cnt)
        begin_round(e);
    else
        offer_again(e);
    if (e->look_rows) {
        e->look_cnt = 0;
        for (size_t i = 0; i < e->row_cnt; i++)
            if (e->rows[i].looking)
                e->looks[e->look_cnt++] = e->rows[i].account;
    }
    bool one = e->offer_cnt + e->look_cnt == 1; /* comes first, whatever it nets */
    for (size_t i = 0; i < e->look_cnt; i++) {
        engine_row_t *row = engine_row(e, e->looks[i]);
        if (!row || !row->looking || !is_to_wait(e, row))
            continue;
        lq_i256_t bound = one ? boundless : bound_of(e, row);
        engine_offer(e, row->account, &bound);
    }
    e->look_cnt = 0;
    e->look_any = false;
    e->look_rows = false;
}

/* ---- one of them ---- */

/* Neither was anything told since ROW was sized nor anybody taken. */
static bool is_sized(const lq_engine_t *e, const engine_row_t *row)
{
    return row->sized_cnt == e->stand_cnt;
}

/* What ROW's plan comes to, until it is its turn. */
static void keep(lq_engine_t *e, engine_row_t *row, const engine_verdict_t *verdict)
{
    const engine_row_t *best = engine_row(e, e->kept.account);
    row->lane = verdict->lane;
    row->profit = verdict->profit;
    if (e->plan_account != row->account ||
        (best && best != row && is_sized(e, best) &&
         !lq_i256_lt(&best->profit.net_usd, &row->profit.net_usd)))
        return;
    e->kept.account = row->account;
    e->kept.plan = e->plan;
}

/* Has things stand as before the round, or again as they do. */
static void set_aside(lq_engine_t *e, bool aside)
{
    e->swaps->back(e->swaps->ctx);
    for (size_t i = 0; i < engine_intent_max(&e->config); i++) {
        engine_intent_t *intent = &e->intents[i];
        if (intent->state != ENGINE_INTENT_ASKED || intent->id < e->round_intent)
            continue;
        if (aside)
            engine_free_funds(e, intent);
        else
            engine_hold_funds(e, intent);
    }
    engine_move_below(e, aside ? e->round_intent : e->next_intent);
}

/* ROW's plan does not earn: because of those taken in this round, or anyway. */
static void find_why(lq_engine_t *e, engine_row_t *row, engine_verdict_t *out)
{
    engine_verdict_t alone;
    set_aside(e, true);
    engine_look(e, row, &alone, false);
    set_aside(e, false);
    e->plan_account = ENGINE_NONE;
    if (alone.reason == LQ_REASON_NEW)
        out->reason = LQ_REASON_CONFLICT;
    else
        *out = alone;
}

/* Sets *OUT to what ROW's plan comes to as things stand. False: it is nobody's turn, and why was
   told. */
static bool size_row(lq_engine_t *e, engine_row_t *row, engine_verdict_t *out)
{
    uint32_t account = row->account;
    bool may_be_dust = !row->was_looked_at && (size_t)(row - e->rows) < e->live_cnt;
    uint64_t size_cnt = e->stat.size_cnt;
    if (!engine_is_open(e, row)) {
        row->queued = false;
        return false;
    }
    engine_look(e, row, out, may_be_dust);
    row->was_looked_at = true;
    row->sized_cnt = e->stand_cnt;
    if (e->next_intent != e->round_intent && engine_is_crowded_out(out->reason) &&
        e->stat.size_cnt != size_cnt)
        find_why(e, row, out);
    bool earns = out->reason == LQ_REASON_NEW;
    row->queued = earns;
    if (!earns)
        engine_set_reason(e, row, out);
    engine_set_dust(e, engine_row(e, account), out->is_dust);
    return earns;
}

/* Whether somebody else could net more than ROW does. */
static bool is_overtaken(lq_engine_t *e, engine_row_t *row, const engine_verdict_t *verdict)
{
    engine_offer_t offer = {.net_usd = verdict->profit.net_usd, .account = row->account};
    if (!e->offer_cnt || !is_before(&e->offers[0], &offer))
        return false;
    keep(e, row, verdict);
    engine_offer(e, offer.account, &offer.net_usd);
    return true;
}

/* Has the plan of E be ROW's, which is sized: unless it was kept, another has taken its place. */
static bool recall(lq_engine_t *e, engine_row_t *row, engine_verdict_t *verdict)
{
    if (e->plan_account == row->account)
        return true;
    if (e->kept.account != row->account)
        return size_row(e, row, verdict);
    e->plan = e->kept.plan;
    e->plan_account = row->account;
    return true;
}

static void take(lq_engine_t *e, uint32_t account, engine_verdict_t *verdict)
{
    engine_row_t *row = engine_row(e, account);
    bool has_place = engine_has_place(e);
    if (has_place && !verdict->lane.free)
        engine_join_lanes(e, verdict->lane.lane);
    if (!has_place || !verdict->lane.free) {
        verdict->reason = LQ_REASON_CONFLICT;
        engine_set_reason(e, row, verdict);
    } else if (recall(e, row, verdict) &&
               engine_take(e, engine_row(e, account), verdict->lane.lane, verdict)) {
        e->stand_cnt++;
        e->plan_account = ENGINE_NONE;
    }
    engine_row(e, account)->queued = false;
}

static void look_at_next(lq_engine_t *e)
{
    uint32_t account = engine_next_offer(e).account;
    engine_row_t *row = engine_row(e, account);
    if (!row || !row->queued)
        return;
    engine_verdict_t verdict = {
        .reason = LQ_REASON_NEW, .has_profit = true, .lane = row->lane, .profit = row->profit};
    if (is_sized(e, row) || size_row(e, row, &verdict)) {
        if (!is_overtaken(e, engine_row(e, account), &verdict))
            take(e, account, &verdict);
    }
}

void engine_choose(lq_engine_t *e)
{
    e->plan_account = ENGINE_NONE;
    engine_move(e);
    if (e->look_any)
        offer_wanted(e);
    while (e->offer_cnt && !engine_is_slice_over(e))
        look_at_next(e);
    e->plan_account = ENGINE_NONE;
    e->swaps->back(e->swaps->ctx);
}
