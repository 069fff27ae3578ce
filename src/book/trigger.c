#include "trigger_internal.h"

#include "book_internal.h"

/* Caps of one feed; without room for all, what lies between two may be missed. */
#define STOP_MAX 32u

/* Prices whose caps are looked for; the same. */
#define ORACLE_MAX 64u

/* An account may depend on as many feeds as its legs' prices name; more are left out. */
#define FEED_MAX 512u

typedef struct dependence {
    const lq_book_t *book;
    uint32_t account;
    uint32_t instance;
    uint64_t now_sec;
    size_t feed_cnt;
    uint32_t feeds[FEED_MAX];
} dependence_t;

static bool is_known(const lq_factor_value_t *v)
{
    return v->value >= 0;
}

/* Whether FACTOR is priced by oracle I of INSTANCE: it loses its value with it, or gains one. */
static bool is_priced_by(const lq_book_t *book, uint32_t instance, uint16_t factor, size_t i)
{
    bool has_value = is_known(lq_ledger_value(book->ground.ledger, factor));
    lq_price_shift_t shift = {(uint32_t)i, !has_value, lq_u256_from_u64(1)};
    lq_health_view_t view = {.shifts = &shift, .shift_cnt = 1};
    lq_factor_value_t v = book->ground.adapters[instance]->shifted_value(
        book->ground.instances[instance], factor, &view);
    return is_known(&v) != has_value;
}

static bool account_is_priced_by(const lq_book_t *book, uint32_t instance, uint32_t account,
                                 size_t i)
{
    lq_legs_t legs = lq_ledger_legs(book->ground.ledger, account);
    for (size_t k = 0; k < legs.cnt; k++)
        if (lq_ledger_factor(book->ground.ledger, legs.factors[k])->side != LQ_SIDE_IDLE &&
            is_priced_by(book, instance, legs.factors[k], i))
            return true;
    return false;
}

static void add_feeds(dependence_t *d, uint32_t oracle)
{
    uint32_t feeds[LQ_PRICE_NODE_MAX];
    size_t cnt = lq_price_feeds(feeds, lq_oracles_price(d->book->ground.oracles, oracle));
    for (size_t i = 0; i < cnt; i++) {
        size_t k = 0;
        while (k < d->feed_cnt && d->feeds[k] != feeds[i])
            k++;
        if (k == d->feed_cnt && k < FEED_MAX)
            d->feeds[d->feed_cnt++] = feeds[i];
    }
}

/* Adds the stops of FEED in all prices of the account's. */
static size_t stops_of(const dependence_t *d, lq_u256_t stops[STOP_MAX], const uint32_t *oracles,
                       size_t oracle_cnt, uint32_t feed)
{
    size_t cnt = 0;
    for (size_t i = 0; i < oracle_cnt; i++)
        cnt = lq_trigger_stops(stops, cnt, STOP_MAX,
                               lq_oracles_price(d->book->ground.oracles, oracles[i]), feed,
                               d->now_sec);
    return cnt;
}

typedef struct asked {
    const dependence_t *d;
    uint32_t feed;
} asked_t;

static lq_health_verdict_t ask(void *ctx, const lq_u256_t *answer)
{
    const asked_t *a = ctx;
    lq_price_overlay_t overlay = {.answer = {*answer}, .feed = a->feed};
    lq_book_view_t view = {.now_sec = a->d->now_sec, .overlays = &overlay, .overlay_cnt = 1};
    lq_health_t health;
    lq_book_health(a->d->book, &health, a->d->account, &view);
    return health.verdict;
}

static lq_trigger_kind_t search(const dependence_t *d, lq_i256_t *answer, const uint32_t *oracles,
                                size_t oracle_cnt, uint32_t feed)
{
    const lq_i256_t *present = &lq_oracles_feed(d->book->ground.oracles, feed)->answer;
    if (lq_i256_is_neg(present) || lq_u256_is_zero(&present->bits))
        return LQ_TRIGGER_UNKNOWN;
    lq_u256_t stops[STOP_MAX];
    asked_t asked = {d, feed};
    lq_trigger_search_t s = {
        .ask = ask, .ctx = &asked, .present = present->bits, .stops = stops, .stop_cnt = 0};
    s.stop_cnt = stops_of(d, stops, oracles, oracle_cnt, feed);
    return lq_trigger_search(&answer->bits, &s);
}

static lq_trigger_kind_t kind_now(const lq_book_t *book, uint32_t account, uint64_t now_sec)
{
    lq_health_t health;
    lq_book_health(book, &health, account, &(lq_book_view_t){.now_sec = now_sec});
    switch (health.verdict) {
    case LQ_HEALTH_NO_DEBT:
        return LQ_TRIGGER_NEVER;
    case LQ_HEALTH_SAFE:
        return LQ_TRIGGER_BELOW; /* or another: to be searched for */
    case LQ_HEALTH_LIQUIDATABLE:
        return LQ_TRIGGER_NOW;
    case LQ_HEALTH_UNKNOWN:
    case LQ_HEALTH_REVERTS:
        break;
    }
    return LQ_TRIGGER_UNKNOWN;
}

/* The oracles of the account's, by the book's numbers, into ORACLES as far as there is room, and
   their feeds into D. */
static size_t depend(dependence_t *d, uint32_t oracles[ORACLE_MAX])
{
    uint32_t own[LQ_BOOK_OWN_MAX];
    size_t cnt;
    size_t oracle_cnt = 0;
    const lq_book_t *book = d->book;
    bool told = lq_book_own_oracles(book, own, &cnt, d->account);
    if (!told)
        cnt = book->ground.adapters[d->instance]->oracle_cnt(book->ground.instances[d->instance]);
    for (size_t k = 0; k < cnt; k++) {
        size_t i = told ? own[k] : k;
        uint32_t oracle = lq_book_oracle(book, d->instance, i);
        if (oracle == LQ_LEDGER_NONE || !account_is_priced_by(book, d->instance, d->account, i))
            continue;
        add_feeds(d, oracle);
        if (oracle_cnt < ORACLE_MAX)
            oracles[oracle_cnt++] = oracle;
    }
    return oracle_cnt;
}

size_t lq_book_triggers(const lq_book_t *book, lq_trigger_t *out, size_t max, uint32_t account,
                        uint64_t now_sec)
{
    dependence_t d = {.book = book, .account = account};
    d.instance = lq_book_instance_of(book, account);
    d.now_sec = now_sec != 0 ? now_sec : lq_book_now(book);
    uint32_t oracles[ORACLE_MAX];
    size_t oracle_cnt = depend(&d, oracles);
    lq_trigger_kind_t kind = kind_now(book, account, now_sec);
    for (size_t i = 0; i < d.feed_cnt && i < max; i++) {
        lq_trigger_t t = {.kind = kind, .feed = d.feeds[i]};
        if (kind == LQ_TRIGGER_BELOW)
            t.kind = search(&d, &t.answer, oracles, oracle_cnt, t.feed);
        out[i] = t;
    }
    return d.feed_cnt;
}

/* ---- time ---- */

typedef struct waiting {
    const lq_book_t *book;
    uint32_t account;
    uint64_t now_sec;
} waiting_t;

/* Prices stay what the instance was told, those too that a cap has grow. */
static lq_health_verdict_t verdict_in(const waiting_t *w, uint64_t after_sec)
{
    lq_health_t health;
    lq_health_view_t view = {.now_sec = w->now_sec + after_sec};
    lq_book_exact(w->book, &health, w->account, &view);
    return health.verdict;
}

static bool is_liquidatable_in(void *ctx, uint64_t after_sec)
{
    return verdict_in(ctx, after_sec) == LQ_HEALTH_LIQUIDATABLE;
}

uint64_t lq_book_time_to_liquidation(const lq_book_t *book, uint32_t account, uint64_t now_sec,
                                     uint64_t horizon_sec)
{
    waiting_t w = {book, account, now_sec != 0 ? now_sec : lq_book_now(book)};
    if (horizon_sec > UINT64_MAX - 1 - w.now_sec)
        horizon_sec = UINT64_MAX - 1 - w.now_sec;
    lq_health_verdict_t verdict = verdict_in(&w, 0);
    if (verdict != LQ_HEALTH_SAFE && verdict != LQ_HEALTH_LIQUIDATABLE)
        return UINT64_MAX;
    return lq_trigger_time(is_liquidatable_in, &w, horizon_sec);
}
