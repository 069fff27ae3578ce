#include "simulate_internal.h"

#include <string.h>

#include "liqd/codec/abi_erc20.h"

/* Where a token keeps a number: candidates by what its view reads, or by common layouts; each is
   tried by an eth_call in which it has the mark. */

static void finish(lq_simulate_t *s, lq_err_t err)
{
    lq_simulate_search_t *q = &s->search;
    lq_simulate_place_answer_t answer = {.err = err, .place = q->place};
    if (!err) {
        answer.contract = q->candidates[q->at].contract;
        answer.slot = q->candidates[q->at].slot;
    }
    q->used = false;
    q->fn(q->ctx, &answer);
}

static void on_proof(void *ctx, const lq_rpc_answer_t *answer);

static void use_layouts(lq_simulate_search_t *q)
{
    lq_hash_t slots[LQ_SIMULATE_LAYOUT_CNT];
    lq_simulate_layouts(slots, &q->place);
    for (size_t i = 0; i < LQ_SIMULATE_LAYOUT_CNT; i++)
        q->candidates[i] = (lq_simulate_candidate_t){q->place.token, slots[i]};
    q->layouts = true;
    q->cnt = LQ_SIMULATE_LAYOUT_CNT;
    q->at = 0;
}

/* How many of the candidates go into the next request. */
static size_t chunk_of(const lq_simulate_search_t *q)
{
    size_t left = q->cnt - q->at;
    return left < LQ_SIMULATE_PROOF_MAX ? left : LQ_SIMULATE_PROOF_MAX;
}

/* Tries the next candidates; the first of the batch shows that overrides are taken at all. */
static lq_err_t ask_proof(lq_simulate_t *s)
{
    lq_simulate_search_t *q = &s->search;
    lq_rpc_item_t items[LQ_SIMULATE_PROOF_MAX + 1];
    char *at = s->text;
    size_t cnt = chunk_of(q);
    items[0] = (lq_rpc_item_t){"eth_call", at, lq_simulate_write_probe(at, &q->block, NULL)};
    for (size_t i = 0; i < cnt; i++) {
        at += items[i].params_sz;
        size_t sz = lq_simulate_write_proof(at, &q->place.token, q->input, q->input_sz, &q->block,
                                            &q->candidates[q->at + i]);
        items[i + 1] = (lq_rpc_item_t){"eth_call", at, sz};
    }
    uint32_t lacks = lq_simulate_lacks(s, LQ_SIMULATE_WAY_PLAIN);
    if (lq_simulate_is_spent(s, LQ_SIMULATE_WAY_PLAIN, 0))
        return LQ_ERR_REMOTE; /* nobody takes overrides */
    return lq_simulate_send(s, &q->rpc, &q->request_cnt, items, cnt + 1, q->block.number, lacks,
                            on_proof, s);
}

static void go_on(lq_simulate_t *s)
{
    lq_simulate_search_t *q = &s->search;
    if (q->at == q->cnt && !q->layouts && !q->whole)
        use_layouts(q);
    lq_err_t err = q->at == q->cnt ? LQ_ERR_EMPTY : ask_proof(s);
    if (err)
        finish(s, err);
}

/* The first refusal that is about the node, not the call; NULL: none. */
static const lq_rpc_result_t *refusal_of(const lq_rpc_answer_t *answer)
{
    for (size_t i = 0; i < answer->result_cnt; i++) {
        lq_rpc_class_t c = answer->results[i].class_;
        if (c != LQ_RPC_OK && c != LQ_RPC_REVERT && c != LQ_RPC_GAS)
            return &answer->results[i];
    }
    return NULL;
}

static bool is_marked(const lq_json_t *doc, const lq_rpc_result_t *r)
{
    lq_hash_t word;
    return r->class_ == LQ_RPC_OK &&
           lq_json_get_data(doc, word.b, sizeof(word.b), NULL, r->value, NULL) == LQ_OK &&
           memcmp(&word, &lq_simulate_mark, sizeof(word)) == 0;
}

static void on_proof(void *ctx, const lq_rpc_answer_t *answer)
{
    lq_simulate_t *s = ctx;
    lq_simulate_search_t *q = &s->search;
    const lq_rpc_result_t *refusal = refusal_of(answer);
    if (refusal && refusal->class_ == LQ_RPC_UNSENT &&
        lq_simulate_lacks(s, LQ_SIMULATE_WAY_PLAIN)) {
        finish(s, LQ_ERR_REMOTE); /* who is left takes no overrides */
        return;
    }
    if (refusal) {
        finish(s, lq_simulate_refusal(refusal->class_));
        return;
    }
    if (!lq_simulate_probed(NULL, answer->doc, &answer->results[0], NULL)) {
        lq_simulate_note_lack(s, LQ_SIMULATE_WAY_CALL, answer->endpoint);
        lq_simulate_note_lack(s, LQ_SIMULATE_WAY_PLAIN, answer->endpoint);
        go_on(s);
        return;
    }
    for (size_t i = 1; i < answer->result_cnt; i++, q->at++)
        if (is_marked(answer->doc, &answer->results[i])) {
            finish(s, LQ_OK);
            return;
        }
    go_on(s);
}

/* Whatever keeps a node from answering, the layouts are left. */
static void on_list(void *ctx, const lq_rpc_answer_t *answer)
{
    lq_simulate_t *s = ctx;
    lq_simulate_search_t *q = &s->search;
    const lq_rpc_result_t *r = &answer->results[0];
    if (r->class_ == LQ_RPC_OK) {
        uint32_t shunned = 0;
        lq_err_t err =
            lq_simulate_read_list(q->candidates, &q->cnt, &q->whole, LQ_SIMULATE_CANDIDATE_MAX,
                                  &s->why, answer->doc, r->value);
        if (err)
            lq_simulate_shun(s, &shunned, answer->endpoint, true);
    }
    go_on(s);
}

static lq_err_t write_input(lq_simulate_search_t *q)
{
    static const lq_address_t none;
    if (memcmp(&q->place.spender, &none, sizeof(none)) == 0)
        return lq_abi_erc20_balance_of_encode(q->input, sizeof(q->input), &q->input_sz, NULL,
                                              &q->place.holder);
    return lq_abi_erc20_allowance_encode(q->input, sizeof(q->input), &q->input_sz, NULL,
                                         &q->place.holder, &q->place.spender);
}

lq_err_t lq_simulate_slot(lq_simulate_t *s, const lq_simulate_place_t *place,
                          const lq_block_ref_t *block, lq_simulate_place_fn_t *fn, void *ctx)
{
    lq_simulate_search_t *q = &s->search;
    if (q->used)
        return LQ_ERR_FULL;
    *q = (lq_simulate_search_t){.place = *place, .block = *block, .fn = fn, .ctx = ctx};
    lq_err_t err = write_input(q);
    LQ_ASSERT(!err);
    lq_rpc_item_t item = {
        "eth_createAccessList", s->text,
        lq_simulate_write_list(s->text, &place->token, q->input, q->input_sz, block)};
    err = lq_simulate_send(s, &q->rpc, &q->request_cnt, &item, 1, block->number, 0, on_list, s);
    q->used = err == LQ_OK;
    return err;
}
