/* Snapshots: what was taken comes back, and what cannot be is refused. */

#include "venues_rig.h"

#include "venues_internal.h"

static void fill(rig_t *r)
{
    mint(r, 100, -120, 120, 1000);
    mint(r, 100, -600, 60, 500);
    mint(r, 100, 180, 240, 5);
    mint(r, 101, -1, 1, 77);
    r->chain->pools[2].reserves[0] = r->chain->pools[2].reserves[1] = 10;
    r->chain->balances[1][1] = 5;
    (void)read_all(r);
    read_lenders(r, 2);
    burn(r, 100, 180, 240, 5); /* free rows */
    lq_undo_forget(r->undo, 0);
}

static rig_t *another(void)
{
    void *state;
    (void)setup(&state);
    rig_t *r = state;
    lq_undo_forget(r->undo, 0);
    return r;
}

static void copy_pieces(lq_venues_t *to, lq_venues_t *from)
{
    lq_undo_piece_t in[LQ_VENUES_PIECE_MAX];
    lq_undo_piece_t out[LQ_VENUES_PIECE_MAX];
    size_t cnt = lq_venues_pieces(from, in);
    assert_int_equal(lq_venues_pieces(to, out), cnt);
    for (size_t i = 0; i < cnt; i++) {
        assert_true(in[i].sz <= out[i].max && in[i].max == out[i].max);
        if (in[i].sz)
            memcpy(out[i].data, in[i].data, in[i].sz);
    }
}

static void brings_back_what_was_taken(void **state)
{
    rig_t *r = *state;
    rig_t *to = another();
    fill(r);
    copy_pieces(to->v, r->v);
    assert_ok(lq_venues_restored(to->v));
    assert_true(lq_undo_digest(to->undo) == lq_undo_digest(r->undo));
    *to->chain = *r->chain;
    lq_undo_begin(to->undo, 1);
    mint(to, 100, 120, 300, 6);
    burn(to, 100, -120, 120, 400);
    swap(to, 100, 130, false);
    for (uint32_t i = 0; i < 3; i++)
        check_pool(to, i);
    assert_int_equal(to->fault_cnt, 0);
    void *other = to;
    (void)teardown(&other);
}

/* With words and ticks still to be read. */
static void brings_back_what_was_read_in_part(void **state)
{
    rig_t *r = *state;
    rig_t *to = another();
    for (int32_t i = 1; i <= 101; i++)
        mint(r, 100, -60 * i, 60 * i, 3);
    mint(r, 101, -70000, 70000, 3);
    lq_undo_forget(r->undo, 0);
    lq_venues_doubt(r->v, 0);
    lq_subject_t subject = {0};
    for (unsigned reads = 0; lq_venues_next(r->v, &subject); reads++) {
        copy_pieces(to->v, r->v);
        assert_ok(lq_venues_restored(to->v));
        assert_true(lq_undo_digest(to->undo) == lq_undo_digest(r->undo));
        *to->chain = *r->chain;
        (void)read_all(to);
        for (uint32_t i = 0; i < 2; i++)
            check_pool(to, i);
        lq_venues_clear(to->v);
        (void)read_one(r, subject);
        subject = (lq_subject_t){0};
    }
    void *other = to;
    (void)teardown(&other);
}

static void refuses_another_config(void **state)
{
    rig_t *r = *state;
    fill(r);
    for (unsigned i = 0; i < 6; i++) {
        rig_t *to = another();
        lq_arena_fini(&to->arena);
        lq_venue_pool_config_t *p = &to->pools[0];
        if (i == 0)
            p->address = address_n(77);
        else if (i == 1)
            p->factory = address_n(77);
        else if (i == 2)
            p->kind = LQ_VENUE_UNISWAP_V2;
        else if (i == 3)
            to->pools[2].fee_pips++;
        else if (i == 4)
            to->lenders[0].contract = address_n(77);
        else
            to->lenders[1].kind = LQ_LENDER_AAVE_V3;
        open_rig(to, 3, 3, 256);
        lq_undo_forget(to->undo, 0);
        copy_pieces(to->v, r->v);
        assert_err(lq_venues_restored(to->v), LQ_ERR_RANGE);
        void *other = to;
        (void)teardown(&other);
    }
}

/* Each a number that something else contradicts. */
static void refuses_what_cannot_be(void **state)
{
    rig_t *r = *state;
    fill(r);
    assert_ok(lq_venues_restored(r->v));
    lq_venues_head_t *h = r->v->head;
    lq_venues_row_t *row = r->v->rows;
    lq_v3_pool_t *v3 = &row->pool.v3;
    lq_v3_tick_t *t = &r->v->ticks[v3->below];
    uint32_t *const words[] = {
        &h->token_cnt,
        &h->tick_cnt,
        &h->free_first,
        &h->free_cnt,
        &row->dead_cnt,
        &row->stage,
        &row->doubtful,
        &row->tokens[0],
        &row->words_read,
        &row->tick_cnt,
        &row->unread[0],
        &row->unread[9],
        &v3->below,
        &v3->above,
        &v3->fee_pips,
        &row->pool.fee_pips,
        &t->below,
        &t->above,
        &t->pool,
        &r->v->lenders[0].known,
        &r->v->ticks[h->free_first].pool,
        &r->v->ticks[h->free_first].above,
    };
    const uint32_t values[] = {1u << 31, LQ_V3_NONE, 7, 0};
    for (size_t i = 0; i < LQ_ARRAY_CNT(words); i++) {
        uint32_t was = *words[i];
        for (size_t k = 0; k < LQ_ARRAY_CNT(values); k++) {
            *words[i] = values[k];
            lq_err_t err = lq_venues_restored(r->v);
            if (values[k] == was || (words[i] == &r->v->lenders[0].known && values[k] == 0))
                assert_ok(err); /* that can be */
            else
                assert_err(err, LQ_ERR_RANGE);
        }
        *words[i] = was;
    }
    uint64_t *const sets[] = {r->v->sets->unread, &r->v->sets->dead[LQ_VENUES_SET_WORDS - 1]};
    for (size_t i = 0; i < LQ_ARRAY_CNT(sets); i++) {
        *sets[i] ^= 1;
        assert_err(lq_venues_restored(r->v), LQ_ERR_RANGE);
        *sets[i] ^= 1;
    }
    assert_ok(lq_venues_restored(r->v));
}

static void refuses_ticks_and_prices_that_cannot_be(void **state)
{
    rig_t *r = *state;
    fill(r);
    lq_venues_row_t *row = r->v->rows;
    lq_v3_pool_t *v3 = &row->pool.v3;
    lq_v3_tick_t *t = &r->v->ticks[v3->below];
    int32_t *const numbers[] = {&v3->tick, &v3->spacing, &t->tick};
    for (size_t i = 0; i < LQ_ARRAY_CNT(numbers); i++) {
        int32_t was = *numbers[i];
        const int32_t others[] = {was + 60, was - 60, 0x7fffffff, -0x7fffffff - 1, 61};
        for (size_t k = 0; k < LQ_ARRAY_CNT(others); k++) {
            *numbers[i] = others[k];
            assert_err(lq_venues_restored(r->v), LQ_ERR_RANGE);
        }
        *numbers[i] = was;
    }
    lq_u256_t *const prices[] = {&v3->sqrt, &t->sqrt};
    for (size_t i = 0; i < LQ_ARRAY_CNT(prices); i++) {
        prices[i]->w[2]++;
        assert_err(lq_venues_restored(r->v), LQ_ERR_RANGE);
        prices[i]->w[2]--;
    }
    v3->liquidity++;
    assert_err(lq_venues_restored(r->v), LQ_ERR_RANGE);
    v3->liquidity--;
    t->net++;
    assert_err(lq_venues_restored(r->v), LQ_ERR_RANGE);
    t->net--;
    row->pool.status = LQ_NO_ROUTE_EMPTY;
    assert_err(lq_venues_restored(r->v), LQ_ERR_RANGE);
    row->pool.status = LQ_NO_ROUTE_NONE;
    const lq_v3_tick_t high = *t; /* two in the wrong order */
    lq_v3_tick_t *low = &r->v->ticks[t->below];
    const lq_v3_tick_t was_low = *low;
    *t = was_low;
    *low = high;
    t->below = high.below;
    t->above = high.above;
    low->below = was_low.below;
    low->above = was_low.above;
    assert_err(lq_venues_restored(r->v), LQ_ERR_RANGE);
    *t = high;
    *low = was_low;
    lq_address_t first = r->v->tokens[0];
    r->v->tokens[0] = r->v->tokens[1]; /* one twice */
    assert_err(lq_venues_restored(r->v), LQ_ERR_RANGE);
    r->v->tokens[0] = first;
    assert_ok(lq_venues_restored(r->v));
}

/* Random damage: what passes must hold what logs and reads rely on. */
static void survives_what_it_takes(void **state)
{
    rig_t *r = *state;
    rig_t *to = another();
    lq_rng_t rng = lq_test_rng();
    lq_undo_piece_t pieces[LQ_VENUES_PIECE_MAX];
    fill(r);
    size_t taken = 0;
    size_t cnt = lq_test_cnt(3000, 300000);
    for (size_t i = 0; i < cnt; i++) {
        lq_undo_forget(to->undo, 0);
        lq_venues_clear(to->v);
        copy_pieces(to->v, r->v);
        size_t n = lq_venues_pieces(to->v, pieces);
        const lq_undo_piece_t *piece = &pieces[lq_rng_u64(&rng) % n];
        ((uint8_t *)piece->data)[lq_rng_u64(&rng) % piece->sz] ^=
            (uint8_t)(1u << lq_rng_u64(&rng) % 8);
        if (lq_venues_restored(to->v))
            continue;
        taken++;
        *to->chain = *r->chain;
        lq_undo_begin(to->undo, 1);
        mint(to, 100, -180, 180, 6);
        swap(to, 100, 130, false);
        lq_venues_doubt(to->v, 0);
        read_lenders(to, 2);
        (void)read_all(to);
    }
    assert_true(taken > 0 && taken < cnt);
    void *other = to;
    (void)teardown(&other);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(brings_back_what_was_taken),
        CASE(brings_back_what_was_read_in_part),
        CASE(refuses_another_config),
        CASE(refuses_what_cannot_be),
        CASE(refuses_ticks_and_prices_that_cannot_be),
        CASE(survives_what_it_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
