/* Lanes: takes that swap the same way through one pool.

   The later one is quoted behind the earlier, so it may come behind it, or alone: it gets no less.
   In front of it it would take what the earlier one counts on. Two senders' transactions come in
   any order, one sender's in that of their nonces; so a lane is one sender's, in the order of its
   intents, and nothing joins two lanes that are under way. */

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

bool engine_lane(const lq_engine_t *e, uint64_t *lane)
{
    uint64_t found = 0;
    for (size_t i = 0; e->asked_cnt && i < engine_intent_max(&e->config); i++) {
        const engine_intent_t *intent = &e->intents[i];
        if (intent->state != ENGINE_INTENT_ASKED || !engine_is_to_swap(e, intent) ||
            !crosses(&e->plan, &e->swaps_of[i]))
            continue;
        if (found && found != intent->lane)
            return false;
        found = intent->lane;
    }
    *lane = found ? found : e->next_intent;
    return true;
}
