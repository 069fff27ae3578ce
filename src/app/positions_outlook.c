/* When an account can be liquidated, and what that would earn. */

#include "positions.h"

/* A trigger farther than this is rounding's, of what is worth nothing. */
#define FAR_BPS 9900

static void set_triggers(lq_positions_outlook_t *out, const lq_positions_t *p, uint32_t account)
{
    lq_book_t *book = lq_sync_book(p->state->sync);
    size_t cnt =
        lq_book_triggers(book, out->triggers, LQ_POSITIONS_TRIGGER_MAX, account, p->block_sec);
    out->trigger_cnt = cnt < LQ_POSITIONS_TRIGGER_MAX ? cnt : LQ_POSITIONS_TRIGGER_MAX;
    out->interest_sec =
        lq_book_time_to_liquidation(book, account, p->block_sec, LQ_POSITIONS_HORIZON_SEC);
}

/* The trigger that the least change of a feed reaches; NULL: none does. */
static const lq_trigger_t *nearest(const lq_positions_t *p, const lq_positions_outlook_t *o)
{
    const lq_oracles_t *oracles = lq_sync_oracles(p->state->sync);
    const lq_trigger_t *best = NULL;
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < o->trigger_cnt; i++) {
        const lq_trigger_t *t = &o->triggers[i];
        int64_t bps;
        if ((t->kind != LQ_TRIGGER_BELOW && t->kind != LQ_TRIGGER_ABOVE) ||
            !lq_positions_distance(&bps, &t->answer, &lq_oracles_feed(oracles, t->feed)->answer))
            continue;
        if (bps <= -FAR_BPS || bps >= (int64_t)10 * FAR_BPS)
            continue;
        bps = bps < 0 ? -bps : bps;
        if (bps < least)
            best = t;
        least = bps < least ? bps : least;
    }
    return best;
}

static void size(lq_positions_profit_t *out, const lq_positions_t *p, uint32_t account)
{
    lq_engine_t *engine = p->state->engine;
    lq_engine_view_t view = lq_report_view(&p->terms);
    lq_price_overlay_t overlay;
    lq_plan_t plan;
    view.now_sec = p->block_sec;
    if (out->where) {
        overlay = (lq_price_overlay_t){.answer = out->where->answer, .feed = out->where->feed};
        view.overlays = &overlay;
        view.overlay_cnt = 1;
    }
    lq_engine_see(engine, &view);
    lq_sizing_t sizing = lq_engine_size(engine, &plan, account);
    lq_engine_see(engine, NULL);
    out->has_net = sizing == LQ_SIZING_PLAN || sizing == LQ_SIZING_UNPROFITABLE;
    out->why = sizing == LQ_SIZING_PLAN ? NULL : lq_sizing_str(sizing);
    if (!out->has_net)
        return;
    out->net_usd = plan.profit.net_usd;
    lq_u256_t net;
    lq_usd_t least = lq_engine_least(engine, &plan.profit);
    if (sizing == LQ_SIZING_PLAN &&
        (lq_i256_to_u256(&net, &out->net_usd) || lq_u256_lt(&net, &least.raw)))
        out->why = "below the minimum";
}

void lq_positions_outlook(lq_positions_outlook_t *out, const lq_positions_t *p, uint32_t account)
{
    *out = (lq_positions_outlook_t){.trigger_cnt = 0};
    set_triggers(out, p, account);
    out->profit.is_now = lq_positions_health(p, account).verdict == LQ_HEALTH_LIQUIDATABLE;
    if (!out->profit.is_now)
        out->profit.where = nearest(p, out);
    if (out->profit.is_now || out->profit.where)
        size(&out->profit, p, account);
    else
        out->profit.why = "no price makes it liquidatable";
}
