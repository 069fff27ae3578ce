#include <string.h>

#include "engine_internal.h"

static bool same_block(const lq_block_ref_t *a, const lq_block_ref_t *b)
{
    return a->number == b->number && memcmp(&a->hash, &b->hash, sizeof(a->hash)) == 0;
}

/* What the limits are told of the chain: as of the newest header. */
static void tell_limits(lq_engine_t *e)
{
    const engine_head_t *head = engine_head(e);
    if (!head)
        return;
    lq_limits_set_head(e->limits, head->sec);
    if (head->has_fee)
        lq_limits_set_base_fee(e->limits, &head->next_fee_wei);
}

static void stand_on_head(lq_engine_t *e)
{
    const engine_head_t *head = engine_head(e);
    if (head)
        e->ground = head->block;
    tell_limits(e);
}

void engine_head_push(lq_engine_t *e, const lq_header_t *header)
{
    if (e->head_cnt == ENGINE_HEAD_MAX) {
        e->head_cnt--;
        memmove(e->heads, e->heads + 1, e->head_cnt * sizeof(*e->heads));
    }
    engine_head_t *head = &e->heads[e->head_cnt++];
    *head = (engine_head_t){.block = header->block, .sec = header->timestamp_sec};
    head->has_fee = !lq_base_fee_next(&head->next_fee_wei, header, &e->config.base_fee);
    e->ground = header->block;
    tell_limits(e);
}

void engine_head_pop(lq_engine_t *e, const lq_block_ref_t *block)
{
    if (e->head_cnt && same_block(&e->heads[e->head_cnt - 1].block, block))
        e->head_cnt--;
    stand_on_head(e);
}

void engine_heads_cut(lq_engine_t *e, uint64_t from_blk)
{
    while (e->head_cnt && e->heads[e->head_cnt - 1].block.number >= from_blk)
        e->head_cnt--;
    stand_on_head(e);
}

const engine_head_t *engine_head(const lq_engine_t *e)
{
    return e->head_cnt ? &e->heads[e->head_cnt - 1] : NULL;
}
