/* Lanes: takes that swap the same way through one pool.

   The later one is quoted behind the earlier, so it may come behind it, or alone: it gets no less.
   In front of it it would take what the earlier one counts on. Two senders' transactions come in
   any order, one sender's in that of their nonces; so a lane is one sender's, in the order of its
   intents, and nothing joins two lanes that are under way.

   What would join two has to wait until one of them has ended. Where many fall, for blocks on end,
   that may be never: before those of a lane are known to be mined others are in it. So from the
   event on in which something had to wait there is one lane only, the first of these, as long as
   that is under way: what swaps goes into it, and nothing into another, which so comes to its end
   by what it has. */

#include "engine_internal.h"

static bool same_way(const lq_swap_t *a, const lq_swap_t *b)
{
    for (uint32_t i = 0; i < a->leg_cnt; i++)
        for (uint32_t k = 0; k < b->leg_cnt; k++)
            if (a->legs[i].hop.pool == b->legs[k].hop.pool &&
                a->legs[i].hop.zero_for_one == b->legs[k].hop.zero_for_one)
                return true;
    return false;
}

static bool crosses(const lq_plan_t *plan, const engine_swaps_t *other)
{
    for (size_t i = 0; i < plan->step_cnt; i++)
        for (size_t k = 0; k < other->cnt; k++)
            if (same_way(&plan->steps[i].swap, &other->swaps[k]))
                return true;
    return false;
}

static bool is_on_its_way(const lq_engine_t *e, size_t i)
{
    const engine_intent_t *intent = &e->intents[i];
    return intent->state == ENGINE_INTENT_ASKED && engine_is_to_swap(e, intent);
}

static bool swaps(const lq_plan_t *plan)
{
    for (size_t i = 0; i < plan->step_cnt; i++)
        if (plan->steps[i].swap.leg_cnt)
            return true;
    return false;
}

/* The only lane where that is under way, else 0. */
static uint64_t only_lane(const lq_engine_t *e)
{
    for (size_t i = 0; e->only_lane && e->asked_cnt && i < engine_intent_max(&e->config); i++)
        if (e->intents[i].lane == e->only_lane && is_on_its_way(e, i))
            return e->only_lane;
    return 0;
}

engine_lane_t engine_lane(const lq_engine_t *e)
{
    uint64_t low = 0;
    uint64_t high = 0;
    for (size_t i = 0; e->asked_cnt && i < engine_intent_max(&e->config); i++) {
        uint64_t one = e->intents[i].lane;
        if (!is_on_its_way(e, i) || !crosses(&e->plan, &e->swaps_of[i]))
            continue;
        low = low && low < one ? low : one;
        high = high > one ? high : one;
    }
    uint64_t only = swaps(&e->plan) ? only_lane(e) : 0;
    uint64_t lane = only ? only : low ? low : e->next_intent;
    return (engine_lane_t){.lane = lane, .free = (!low || low == lane) && (!high || high == lane)};
}

void engine_join_lanes(lq_engine_t *e, uint64_t lane)
{
    if (!e->joined_lane || lane < e->joined_lane)
        e->joined_lane = lane;
}

void engine_settle_lanes(lq_engine_t *e)
{
    if (e->joined_lane)
        e->only_lane = e->joined_lane;
    e->joined_lane = 0;
}
