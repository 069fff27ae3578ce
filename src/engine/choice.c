#include "engine_internal.h"

/* Offers in a heap: the most profitable on top, of equals the lower account. */
bool engine_is_before(const engine_offer_t *a, const engine_offer_t *b)
{
    int order = lq_i256_cmp(&a->net_usd, &b->net_usd);
    return order ? order > 0 : a->account < b->account;
}

static void push(lq_engine_t *e, engine_offer_t offer)
{
    size_t at = e->offer_cnt++;
    for (; at && engine_is_before(&offer, &e->offers[(at - 1) / 2]); at = (at - 1) / 2)
        e->offers[at] = e->offers[(at - 1) / 2];
    e->offers[at] = offer;
}

engine_offer_t engine_next_offer(lq_engine_t *e)
{
    engine_offer_t top = e->offers[0];
    engine_offer_t last = e->offers[--e->offer_cnt];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < e->offer_cnt; at = child) {
        if (child + 1 < e->offer_cnt && engine_is_before(&e->offers[child + 1], &e->offers[child]))
            child++;
        if (!engine_is_before(&e->offers[child], &last))
            break;
        e->offers[at] = e->offers[child];
    }
    e->offers[at] = last;
    return top;
}

void engine_offer(lq_engine_t *e, uint32_t account, const lq_i256_t *net_usd)
{
    push(e, (engine_offer_t){.net_usd = *net_usd, .account = account});
}

/* What ROW's plan comes to, until it is its turn: told of it then, whatever it is. */
static void keep_plan(engine_row_t *row, const engine_verdict_t *verdict)
{
    row->lane = verdict->lane;
    row->profit = verdict->profit;
}

void engine_offer_plan(lq_engine_t *e, engine_row_t *row, const engine_verdict_t *verdict)
{
    keep_plan(row, verdict);
    engine_offer(e, row->account, &verdict->profit.net_usd);
}

/* What others left too little for. */
bool engine_is_crowded_out(lq_reason_t reason)
{
    return reason == LQ_REASON_NO_FUNDS || reason == LQ_REASON_UNPROFITABLE ||
           reason == LQ_REASON_BELOW_MINIMUM || reason == LQ_REASON_NO_ROUTE;
}

/* ROW's plan as of now, with what is left. False: it does not earn any more, and says why. */
static bool plan_anew(lq_engine_t *e, engine_row_t *row, engine_verdict_t *out)
{
    engine_look(e, row, out, false);
    if (out->reason == LQ_REASON_NEW)
        return true;
    if (e->chosen && engine_is_crowded_out(out->reason))
        out->reason = LQ_REASON_CONFLICT;
    engine_set_reason(e, row, out);
    return false;
}

/* Nobody was taken since ROW was looked at: it is sized again only if it is taken, since another's
   plan has taken the place of its own. */
static bool is_as_looked_at(const lq_engine_t *e, const engine_row_t *row)
{
    return row->lane.take_cnt == e->stat.take_cnt;
}

static void choose_one(lq_engine_t *e, engine_offer_t offer)
{
    engine_row_t *row = engine_row(e, offer.account);
    if (!row)
        return;
    engine_verdict_t verdict = {
        .reason = LQ_REASON_NEW, .has_profit = true, .lane = row->lane, .profit = row->profit};
    if (!is_as_looked_at(e, row) && !plan_anew(e, row, &verdict))
        return;
    if (lq_i256_lt(&verdict.profit.net_usd, &offer.net_usd)) {
        offer.net_usd = verdict.profit.net_usd;
        if (e->offer_cnt && engine_is_before(&e->offers[0], &offer)) {
            keep_plan(row, &verdict);
            push(e, offer);
            return;
        }
    }
    bool has_place = engine_has_place(e);
    if (has_place && !verdict.lane.free)
        engine_join_lanes(e, verdict.lane.lane);
    if (!has_place || !verdict.lane.free) {
        verdict.reason = LQ_REASON_CONFLICT;
        engine_set_reason(e, row, &verdict);
        return;
    }
    if ((e->plan_account != offer.account && !plan_anew(e, row, &verdict)) ||
        !engine_take(e, row, verdict.lane.lane, &verdict))
        return;
    e->chosen = true;
    e->plan_account = ENGINE_NONE;
}

void engine_choose(lq_engine_t *e)
{
    e->chosen = engine_first_hold(e);
    if (e->chosen)
        e->plan_account = ENGINE_NONE;
    while (e->offer_cnt)
        choose_one(e, engine_next_offer(e));
    engine_settle_lanes(e);
    e->plan_account = ENGINE_NONE;
}
