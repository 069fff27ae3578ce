#include <string.h>

#include "book_internal.h"

/* The hash of bindings by instance and the instance's number. Bindings are never taken out. */
static uint32_t *binding_ref(const lq_book_t *book, uint32_t instance, size_t idx)
{
    uint32_t *refs = book->binding_refs + book->config.oracle_max;
    uint64_t h = ((uint64_t)instance << 32 ^ idx) * 0x9e3779b97f4a7c15u;
    for (size_t i = (size_t)(h >> 32);; i++) {
        uint32_t *ref = &refs[i & (book->binding_hash_cnt - 1)];
        if (!*ref)
            return ref;
        const lq_book_binding_t *b = &book->bindings[*ref - 1];
        if (b->instance == instance && b->idx == idx)
            return ref;
    }
}

static void unlink_binding(lq_book_t *book, lq_book_binding_t *b)
{
    if (b->oracle == LQ_LEDGER_NONE)
        return;
    uint32_t number = (uint32_t)(b - book->bindings) + 1;
    uint32_t *at = &book->binding_refs[b->oracle];
    while (*at != number)
        at = &book->bindings[*at - 1].next;
    LQ_BOOK_SET(book, *at, b->next);
    b->oracle = LQ_LEDGER_NONE;
    b->next = 0;
}

static bool known_price(const lq_book_t *book, uint32_t oracle, lq_price_verdict_t verdict,
                        lq_u256_t *price)
{
    if (verdict == LQ_PRICE_OK)
        return true;
    /* Morpho takes a price of 0 as it is. */
    *price = (lq_u256_t){0};
    return verdict == LQ_PRICE_NON_POSITIVE &&
           lq_oracles_get(book->ground.oracles, oracle).view == LQ_ORACLE_VIEW_PRICE;
}

static void push_price(lq_book_t *book, const lq_book_binding_t *b)
{
    const lq_adapter_t *adapter = book->ground.adapters[b->instance];
    lq_instance_t *instance = book->ground.instances[b->instance];
    lq_u256_t price = {0};
    bool known = false;
    if (b->oracle != LQ_LEDGER_NONE) {
        lq_oracle_t oracle = lq_oracles_get(book->ground.oracles, b->oracle);
        price = oracle.value;
        known = known_price(book, b->oracle, oracle.verdict, &price);
    }
    adapter->set_price(instance, b->idx, known, &price);
}

/* The binding of oracle IDX of INSTANCE, a new one where it is not there; NULL: no room. */
static lq_book_binding_t *take_binding(lq_book_t *book, uint32_t instance, size_t idx)
{
    uint32_t *ref = binding_ref(book, instance, idx);
    if (*ref)
        return &book->bindings[*ref - 1];
    uint32_t cnt = book->root->binding_cnt;
    if (cnt == book->binding_max)
        return NULL;
    LQ_BOOK_SET(book, book->root->binding_cnt, cnt + 1);
    LQ_BOOK_SET(book, *ref, cnt + 1);
    LQ_BOOK_SET(
        book, book->bindings[cnt],
        (lq_book_binding_t){.instance = instance, .idx = (uint32_t)idx, .oracle = LQ_LEDGER_NONE});
    return &book->bindings[cnt];
}

static lq_err_t bind_one(lq_book_t *book, uint32_t instance, size_t idx)
{
    static const lq_address_t nobody;
    lq_oracle_ref_t ref =
        book->ground.adapters[instance]->oracle(book->ground.instances[instance], idx);
    lq_book_binding_t *b = take_binding(book, instance, idx);
    if (!b)
        return LQ_ERR_FULL;
    bool none = memcmp(&ref.source, &nobody, sizeof(nobody)) == 0;
    bool same = memcmp(&ref.source, &b->source, sizeof(b->source)) == 0;
    if (same && none == (b->oracle == LQ_LEDGER_NONE))
        return LQ_OK;
    lq_undo_keep(book->undo, b, sizeof(*b));
    unlink_binding(book, b);
    b->source = ref.source;
    uint32_t oracle = LQ_LEDGER_NONE;
    lq_err_t err = LQ_OK;
    if (!none)
        err = lq_oracles_add(book->ground.oracles, &oracle, &ref.source,
                             ref.kind == LQ_ORACLE_MORPHO ? LQ_ORACLE_VIEW_PRICE
                                                          : LQ_ORACLE_VIEW_ANSWER);
    if (err == LQ_OK && oracle != LQ_LEDGER_NONE) {
        LQ_ASSERT(oracle < book->config.oracle_max);
        b->oracle = oracle;
        b->next = book->binding_refs[oracle];
        LQ_BOOK_SET(book, book->binding_refs[oracle], (uint32_t)(b - book->bindings) + 1);
    }
    push_price(book, b);
    return err;
}

lq_err_t lq_book_bind(lq_book_t *book)
{
    lq_err_t err = LQ_OK;
    for (uint32_t i = 0; i < book->ground.instance_cnt; i++) {
        size_t cnt = book->ground.adapters[i]->oracle_cnt(book->ground.instances[i]);
        for (size_t k = 0; k < cnt; k++) {
            lq_err_t one = bind_one(book, i, k);
            err = err == LQ_OK ? one : err;
        }
    }
    return err;
}

uint32_t lq_book_oracle(const lq_book_t *book, uint32_t instance, size_t i)
{
    uint32_t ref = *binding_ref(book, instance, i);
    return ref ? book->bindings[ref - 1].oracle : LQ_LEDGER_NONE;
}

void lq_book_take_prices(lq_book_t *book)
{
    size_t cnt;
    const uint32_t *changed = lq_oracles_changed(book->ground.oracles, &cnt);
    for (size_t i = 0; i < cnt; i++) {
        if (changed[i] >= book->config.oracle_max)
            continue;
        for (uint32_t b = book->binding_refs[changed[i]]; b; b = book->bindings[b - 1].next)
            push_price(book, &book->bindings[b - 1]);
    }
    lq_oracles_settled(book->ground.oracles);
}

void lq_book_set_now(lq_book_t *book, uint64_t now_sec)
{
    LQ_BOOK_SET(book, book->root->now_sec, now_sec);
    lq_oracles_set_now(book->ground.oracles, now_sec);
    for (size_t i = 0; i < book->ground.instance_cnt; i++)
        book->ground.adapters[i]->set_now(book->ground.instances[i], now_sec);
}

uint64_t lq_book_now(const lq_book_t *book)
{
    return book->root->now_sec;
}

/* Appends what the oracle of binding number B says under VIEW, where it has one. */
static size_t add_shift(const lq_book_t *book, size_t cnt, const lq_book_binding_t *b,
                        const lq_book_view_t *view)
{
    lq_price_shift_t *shift = &book->shifts[cnt];
    *shift = (lq_price_shift_t){.oracle = b->idx};
    lq_price_verdict_t verdict =
        lq_oracles_eval(book->ground.oracles, &shift->price, b->oracle, view->overlays,
                        view->overlay_cnt, view->now_sec ? view->now_sec : lq_book_now(book));
    shift->known = known_price(book, b->oracle, verdict, &shift->price);
    return cnt + 1;
}

static bool is_other_time(const lq_book_t *book, const lq_book_view_t *view)
{
    return view->now_sec != 0 && view->now_sec != lq_book_now(book);
}

static bool moves_with_time(const lq_book_t *book, uint32_t oracle)
{
    const lq_price_t *price = lq_oracles_price(book->ground.oracles, oracle);
    return price && price->node_cnt > 0 && lq_price_moves_with_time(price);
}

/* Stamps the bindings whose oracles the overlays move. */
static void stamp_moved(const lq_book_t *book, const lq_book_view_t *view)
{
    ++*book->shift_stamp;
    for (size_t i = 0; i < view->overlay_cnt; i++) {
        size_t moved_cnt = lq_oracles_by_feed(book->ground.oracles, book->by_feed,
                                              book->config.oracle_max, view->overlays[i].feed);
        moved_cnt = moved_cnt < book->config.oracle_max ? moved_cnt : book->config.oracle_max;
        for (size_t k = 0; k < moved_cnt; k++)
            for (uint32_t b = book->binding_refs[book->by_feed[k]]; b;
                 b = book->bindings[b - 1].next)
                book->shift_stamps[b - 1] = *book->shift_stamp;
    }
}

/* Bindings of one instance stand in the order of its numbers: lq_book_bind makes them so. */
size_t lq_book_shifts(const lq_book_t *book, uint32_t instance, const lq_book_view_t *view)
{
    bool other_time = is_other_time(book, view);
    size_t cnt = 0;
    if (view->overlay_cnt == 0 && !other_time)
        return 0;
    stamp_moved(book, view);
    for (uint32_t i = 0; i < book->root->binding_cnt; i++) {
        const lq_book_binding_t *b = &book->bindings[i];
        if (b->instance == instance && b->oracle != LQ_LEDGER_NONE &&
            (book->shift_stamps[i] == *book->shift_stamp ||
             (other_time && moves_with_time(book, b->oracle))))
            cnt = add_shift(book, cnt, b, view);
    }
    return cnt;
}

size_t lq_book_view_shifts(const lq_book_t *book, lq_price_shift_t *out, uint32_t instance,
                           const lq_book_view_t *view)
{
    size_t cnt = lq_book_shifts(book, instance, view);
    memcpy(out, book->shifts, cnt * sizeof(*out));
    return cnt;
}

bool lq_book_own_oracles(const lq_book_t *book, uint32_t own[LQ_BOOK_OWN_MAX], size_t *cnt,
                         uint32_t account)
{
    uint32_t instance = lq_book_instance_of(book, account);
    const lq_adapter_t *adapter = book->ground.adapters[instance];
    lq_legs_t legs = lq_ledger_legs(book->ground.ledger, account);
    *cnt = 0;
    if (!adapter->pool_id || !adapter->factor_oracle)
        return false;
    for (size_t i = 0; i < legs.cnt; i++) {
        uint32_t idx = adapter->factor_oracle(book->ground.instances[instance], legs.factors[i]);
        size_t at = 0;
        while (at < *cnt && own[at] < idx)
            at++;
        if (idx == LQ_LEDGER_NONE || (at < *cnt && own[at] == idx))
            continue;
        if (*cnt == LQ_BOOK_OWN_MAX)
            return false;
        memmove(own + at + 1, own + at, (*cnt - at) * sizeof(own[0]));
        own[at] = idx;
        ++*cnt;
    }
    return true;
}

/* Of an account's own oracles those that VIEW may move: there are few, while a feed may move
   thousands of markets. */
static size_t account_shifts(const lq_book_t *book, uint32_t account, const lq_book_view_t *view)
{
    uint32_t own[LQ_BOOK_OWN_MAX];
    size_t own_cnt;
    size_t cnt = 0;
    uint32_t instance = lq_book_instance_of(book, account);
    if (!lq_book_own_oracles(book, own, &own_cnt, account))
        return lq_book_shifts(book, instance, view);
    if (view->overlay_cnt == 0 && !is_other_time(book, view))
        return 0;
    for (size_t i = 0; i < own_cnt; i++) {
        uint32_t ref = *binding_ref(book, instance, own[i]);
        if (ref && book->bindings[ref - 1].oracle != LQ_LEDGER_NONE)
            cnt = add_shift(book, cnt, &book->bindings[ref - 1], view);
    }
    return cnt;
}

uint32_t lq_book_instance_of(const lq_book_t *book, uint32_t account)
{
    uint32_t pool = lq_ledger_account(book->ground.ledger, account).pool;
    return lq_ledger_pool(book->ground.ledger, pool).instance;
}

void lq_book_exact(const lq_book_t *book, lq_health_t *out, uint32_t account,
                   const lq_health_view_t *view)
{
    uint32_t i = lq_book_instance_of(book, account);
    book->ground.adapters[i]->health(book->ground.instances[i], out, account, view);
}

void lq_book_health(const lq_book_t *book, lq_health_t *out, uint32_t account,
                    const lq_book_view_t *view)
{
    size_t cnt = account_shifts(book, account, view);
    lq_health_view_t v = {.now_sec = view->now_sec, .shifts = book->shifts, .shift_cnt = cnt};
    lq_book_exact(book, out, account, &v);
}
