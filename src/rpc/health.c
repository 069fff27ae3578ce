#include "health_internal.h"

#define SEC LQ_NODE_HEALTH_SEC

#define FAILOVER_MIN_NS (5 * SEC)
#define BUDGET_ERROR    8u  /* of the budget */
#define BUDGET_MAX      64u /* eight errors */
#define BUDGET_ERROR_NS (10 * SEC)
#define FAULT_ERROR_CNT 3u
#define FAILING_MIN_NS  (1 * SEC)
#define FAILING_MAX_NS  (60 * SEC)
#define LIMITED_MIN_NS  (1 * SEC)
#define LIMITED_MAX_NS  (60 * SEC)
#define QUOTA_MIN_NS    (600 * SEC)
#define QUOTA_MAX_NS    (7200 * SEC)
#define FOREIGN_NS      (60 * SEC)
#define LATENCY_STEP_NS UINT64_C(65536)
#define MEASURE_NS      (30 * SEC)

/* A node that catches up imports thousands of blocks a second; one that claims more has not. */
#define HEAD_JUMP_BLK         10000u
#define HEAD_JUMP_BLK_PER_SEC 5000u

/* So many failover times no chain stands still beside a node that catches up, or next to never. */
#define LONE_FAILOVER_CNT 10u

const char *lq_node_health_str(lq_node_health_t h)
{
    switch (h) {
    case LQ_NODE_HEALTH_WELL:
        return "well";
    case LQ_NODE_HEALTH_UNPROVEN:
        return "unproven";
    case LQ_NODE_HEALTH_DOWN:
        return "down";
    case LQ_NODE_HEALTH_STALE:
        return "stale";
    case LQ_NODE_HEALTH_FAILING:
        return "failing";
    case LQ_NODE_HEALTH_LIMITED:
        return "limited";
    case LQ_NODE_HEALTH_QUOTA:
        return "quota used up";
    case LQ_NODE_HEALTH_FOREIGN:
        return "wrong chain";
    }
    return "unknown";
}

static uint64_t since(uint64_t now, uint64_t then)
{
    return now > then ? now - then : 0;
}

/* Stays away for NS, drawn from its upper half. */
static void wait_for(lq_health_wait_t *w, lq_rng_t *rng, uint64_t now, uint64_t ns)
{
    w->on = true;
    w->last_ns = ns;
    w->until_ns = now + ns / 2 + lq_rng_below(rng, ns - ns / 2 + 1);
}

/* Stays away twice as long as the last time, unless that was long ago. */
static void wait_more(lq_health_wait_t *w, lq_rng_t *rng, uint64_t now, uint64_t min_ns,
                      uint64_t max_ns)
{
    bool long_ago = since(now, w->until_ns) > 2 * w->last_ns + 10 * SEC;
    uint64_t ns = w->last_ns == 0 || long_ago ? min_ns : 2 * w->last_ns;
    wait_for(w, rng, now, ns < max_ns ? ns : max_ns);
}

static bool waits(const lq_health_wait_t *w, uint64_t now)
{
    return w->on && now < w->until_ns;
}

static void rate_init(lq_health_rate_t *r, uint32_t per_sec, uint32_t reserve, uint64_t now)
{
    *r = (lq_health_rate_t){.at_ns = now};
    if (!per_sec)
        return;
    r->cost_ns = SEC / per_sec ? SEC / per_sec : 1;
    r->reserve_ns = r->cost_ns * (reserve < per_sec ? reserve : per_sec - 1);
    r->saved_ns = (int64_t)SEC;
}

static void rate_save(lq_health_rate_t *r, uint64_t now)
{
    uint64_t gone = since(now, r->at_ns);
    r->at_ns = now;
    r->saved_ns += (int64_t)(gone < 1000 * SEC ? gone : 1000 * SEC);
    if (r->saved_ns > (int64_t)SEC)
        r->saved_ns = (int64_t)SEC;
}

/* Whether ITEM_CNT requests can go; more than a second's worth go when all is saved up. */
static bool rate_allows(lq_health_rate_t *r, uint64_t now, uint32_t item_cnt, bool send)
{
    if (!r->cost_ns)
        return true;
    rate_save(r, now);
    uint64_t need = r->cost_ns * item_cnt + (send ? 0 : r->reserve_ns);
    return r->saved_ns >= (int64_t)(need < SEC ? need : SEC);
}

void lq_health_pay(lq_health_set_t *set, uint32_t i, uint64_t now, uint32_t item_cnt)
{
    lq_health_rate_t *r = &set->peers[i].rate;
    if (!r->cost_ns)
        return;
    rate_save(r, now);
    r->saved_ns -= (int64_t)(r->cost_ns * item_cnt);
}

void lq_health_init(lq_health_set_t *set, const lq_pool_config_t *config, uint64_t now)
{
    *set = (lq_health_set_t){.cnt = config->endpoint_cnt,
                             .chain_id = config->chain_id,
                             .failover_ns = FAILOVER_MIN_NS,
                             .lag_blk_max = config->lag_blk_max};
    if (2 * config->block_ns > set->failover_ns)
        set->failover_ns = 2 * config->block_ns;
    lq_rng_seed(&set->rng, config->seed);
    for (size_t i = 0; i < set->cnt; i++) {
        const lq_pool_endpoint_t *e = &config->endpoints[i];
        bool http = lq_url_is_http(e->rpc.url);
        set->peers[i] = (lq_health_peer_t){.roles = e->roles,
                                           .stream = !http,
                                           .up = http,
                                           .budget = BUDGET_MAX,
                                           .budget_ns = now,
                                           .error_ns = UINT64_MAX};
        rate_init(&set->peers[i].rate, e->rate_per_sec, e->send_reserve, now);
    }
}

static void fail(lq_health_set_t *set, lq_health_peer_t *p, uint64_t now)
{
    if (waits(&p->failing, now))
        return;
    wait_more(&p->failing, &set->rng, now, FAILING_MIN_NS, FAILING_MAX_NS);
}

static void budget_save(lq_health_peer_t *p, uint64_t now)
{
    uint64_t back = since(now, p->budget_ns) / BUDGET_ERROR_NS;
    p->budget_ns += back * BUDGET_ERROR_NS;
    uint64_t budget = p->budget + (back < 8 ? back : 8) * BUDGET_ERROR;
    p->budget = budget < BUDGET_MAX ? (uint32_t)budget : BUDGET_MAX;
}

static void spend(lq_health_set_t *set, lq_health_peer_t *p, uint64_t now, uint32_t error_cnt)
{
    budget_save(p, now);
    uint32_t cost = error_cnt * BUDGET_ERROR;
    p->budget = p->budget > cost ? p->budget - cost : 0;
    if (p->budget < BUDGET_ERROR)
        fail(set, p, now);
}

static void spend_once(lq_health_set_t *set, lq_health_peer_t *p, uint64_t now)
{
    if (p->error_ns == now)
        return;
    p->error_ns = now;
    spend(set, p, now, 1);
}

/* It works again: half of its budget is enough to be tried in earnest. */
static void recover(lq_health_peer_t *p)
{
    p->failing.on = false;
    p->quota.on = false;
    if (p->budget < BUDGET_MAX / 2)
        p->budget = BUDGET_MAX / 2;
}

void lq_health_note_alive(lq_health_set_t *set, uint32_t i, uint64_t now)
{
    lq_health_peer_t *p = &set->peers[i];
    p->timeout_cnt = 0;
    p->waiting = p->open_cnt > 0;
    p->waiting_ns = now;
}

void lq_health_note_up(lq_health_set_t *set, uint32_t i, uint64_t now, bool up)
{
    lq_health_peer_t *p = &set->peers[i];
    if (p->up && !up)
        spend_once(set, p, now);
    p->up = up;
    p->proven = false;
    p->foreign = false;
    p->prove_ns = now;
    p->chain_id = 0;
    p->head_blk = 0; /* what comes back may be another node, or one that has been set back */
    p->claim.blk = 0;
    p->asked_ns = 0;
    p->waiting = false;
    p->timeout_cnt = 0;
}

void lq_health_note_chain(lq_health_set_t *set, uint32_t i, uint64_t now, uint64_t chain_id)
{
    lq_health_peer_t *p = &set->peers[i];
    p->chain_id = chain_id;
    p->proven = chain_id == set->chain_id;
    p->foreign = !p->proven;
    p->prove_ns = now + FOREIGN_NS;
    if (p->foreign)
        p->head_blk = 0;
    else
        p->proving.last_ns = 0;
}

void lq_health_note_sent(lq_health_set_t *set, uint32_t i, uint64_t now)
{
    lq_health_peer_t *p = &set->peers[i];
    p->open_cnt++;
    if (!p->waiting) {
        p->waiting = true;
        p->waiting_ns = now;
    }
}

void lq_health_note_cancelled(lq_health_set_t *set, uint32_t i)
{
    set->peers[i].open_cnt--;
}

static void note_rate(lq_health_set_t *set, lq_health_peer_t *p, uint64_t now, uint64_t after_ns)
{
    if (after_ns > LQ_NODE_HEALTH_LIMIT_MAX_NS) {
        if (!waits(&p->quota, now))
            wait_more(&p->quota, &set->rng, now, QUOTA_MIN_NS, QUOTA_MAX_NS);
        after_ns = LQ_NODE_HEALTH_LIMIT_MAX_NS;
    }
    if (after_ns) {
        if (!waits(&p->limited, now) || now + after_ns > p->limited.until_ns)
            p->limited.until_ns = now + after_ns;
        p->limited.on = true;
        return;
    }
    if (!waits(&p->limited, now))
        wait_more(&p->limited, &set->rng, now, LIMITED_MIN_NS, LIMITED_MAX_NS);
}

/* Smooths, but is not long about a great change for the better. */
static void note_latency(lq_health_peer_t *p, uint64_t now, uint64_t latency_ns)
{
    p->measured_ns = now;
    uint64_t old_ns = p->latency_ns ? p->latency_ns : latency_ns;
    unsigned weight = latency_ns < old_ns / 4 ? 2 : 8;
    p->latency_ns = old_ns - old_ns / weight + latency_ns / weight;
    if (!p->latency_ns)
        p->latency_ns = 1;
}

static void note_answer(lq_health_peer_t *p, uint64_t now, uint64_t latency_ns)
{
    note_latency(p, now, latency_ns);
    budget_save(p, now);
    if (p->budget < BUDGET_MAX)
        p->budget++;
    if (p->failing.on && !waits(&p->failing, now))
        recover(p);
}

void lq_health_note_end(lq_health_set_t *set, uint32_t i, uint64_t now, lq_rpc_class_t c,
                        bool answered, uint64_t latency_ns, uint64_t retry_after_ns)
{
    lq_health_peer_t *p = &set->peers[i];
    p->open_cnt--;
    if (answered)
        lq_health_note_alive(set, i, now);
    else if (c == LQ_RPC_TIMEOUT)
        p->timeout_cnt++;
    if (c == LQ_RPC_TIMEOUT)
        note_latency(p, now, latency_ns);
    if (c == LQ_RPC_RATE) {
        note_rate(set, p, now, retry_after_ns);
    } else if (c == LQ_RPC_QUOTA || c == LQ_RPC_FORBIDDEN) {
        if (!waits(&p->quota, now))
            wait_more(&p->quota, &set->rng, now, QUOTA_MIN_NS, QUOTA_MAX_NS);
    } else if (c == LQ_RPC_SYNCING) {
        fail(set, p, now);
    } else if (lq_rpc_blames_node(c)) {
        spend_once(set, p, now);
    } else {
        note_answer(p, now, latency_ns);
    }
}

/* Whether a chain that had block THEN_BLK at THEN_NS can have block BLK now. */
static bool can_have(uint64_t now, uint64_t blk, uint64_t then_blk, uint64_t then_ns)
{
    uint64_t jump_max = HEAD_JUMP_BLK + since(now, then_ns) / SEC * HEAD_JUMP_BLK_PER_SEC;
    return blk <= then_blk || blk - then_blk <= jump_max;
}

/* Whether BLK goes on from a head that could not be. A lie that is only repeated does not. */
static bool goes_on(lq_health_claim_t *c, uint64_t now, uint64_t blk)
{
    bool rose = c->blk && can_have(now, blk, c->blk, c->at_ns) && (c->rose || blk > c->blk);
    *c = (lq_health_claim_t){blk, now, rose};
    return rose;
}

bool lq_health_note_head(lq_health_set_t *set, uint32_t i, uint64_t now, uint64_t head_blk)
{
    lq_health_peer_t *p = &set->peers[i];
    if (p->head_blk && !can_have(now, head_blk, p->head_blk, p->head_ns) &&
        !goes_on(&p->claim, now, head_blk)) {
        spend_once(set, p, now);
        return false;
    }
    p->asked_ns = now;
    if (head_blk > p->head_blk)
        p->head_ns = now; /* one that goes back is no younger for it */
    p->head_blk = head_blk;
    return true;
}

void lq_health_note_fault(lq_health_set_t *set, uint32_t i, uint64_t now)
{
    spend(set, &set->peers[i], now, FAULT_ERROR_CNT);
}

/* A head well above all others that stands still while one of theirs rises is nonsense. One that
   rises may be that of the only node which is not catching up. */
static bool is_believed(const lq_health_set_t *set, uint32_t i, uint64_t now)
{
    const lq_health_peer_t *p = &set->peers[i];
    if (since(now, p->head_ns) < LONE_FAILOVER_CNT * set->failover_ns)
        return true;
    bool rises = false;
    for (uint32_t k = 0; k < set->cnt; k++) {
        const lq_health_peer_t *other = &set->peers[k];
        if (k == i || !other->head_blk)
            continue;
        if (other->head_blk > p->head_blk || p->head_blk - other->head_blk < set->lag_blk_max)
            return true;
        rises |= since(now, other->head_ns) < set->failover_ns;
    }
    return !rises;
}

static bool is_stale(const lq_health_set_t *set, uint32_t i, uint64_t now)
{
    const lq_health_peer_t *p = &set->peers[i];
    if (!p->head_blk)
        return false;
    if (!is_believed(set, i, now))
        return true;
    bool old = since(now, p->head_ns) >= set->failover_ns;
    for (uint32_t k = 0; k < set->cnt; k++) {
        const lq_health_peer_t *other = &set->peers[k];
        if (other->head_blk <= p->head_blk || !is_believed(set, k, now))
            continue;
        if (old || other->head_blk - p->head_blk >= set->lag_blk_max)
            return true;
    }
    return false;
}

lq_node_health_t lq_health_of(const lq_health_set_t *set, uint32_t i, uint64_t now)
{
    const lq_health_peer_t *p = &set->peers[i];
    if (p->foreign)
        return LQ_NODE_HEALTH_FOREIGN;
    if (!p->up)
        return LQ_NODE_HEALTH_DOWN;
    if (!p->proven)
        return LQ_NODE_HEALTH_UNPROVEN;
    if (p->quota.on)
        return LQ_NODE_HEALTH_QUOTA;
    if (waits(&p->limited, now))
        return LQ_NODE_HEALTH_LIMITED;
    if (p->failing.on)
        return LQ_NODE_HEALTH_FAILING;
    return is_stale(set, i, now) ? LQ_NODE_HEALTH_STALE : LQ_NODE_HEALTH_WELL;
}

uint64_t lq_health_until(const lq_health_set_t *set, uint32_t i, uint64_t now)
{
    switch (lq_health_of(set, i, now)) {
    case LQ_NODE_HEALTH_QUOTA:
        return set->peers[i].quota.until_ns;
    case LQ_NODE_HEALTH_LIMITED:
        return set->peers[i].limited.until_ns;
    case LQ_NODE_HEALTH_FAILING:
        return set->peers[i].failing.until_ns;
    case LQ_NODE_HEALTH_WELL:
    case LQ_NODE_HEALTH_UNPROVEN:
    case LQ_NODE_HEALTH_DOWN:
    case LQ_NODE_HEALTH_STALE:
    case LQ_NODE_HEALTH_FOREIGN:
        break;
    }
    return 0;
}

bool lq_health_is_silent(lq_health_set_t *set, uint32_t i, uint64_t now)
{
    lq_health_peer_t *p = &set->peers[i];
    if (!p->up || !p->proven || !p->waiting ||
        since(now, p->waiting_ns) < LQ_NODE_HEALTH_SILENCE_NS)
        return false;
    if (!p->failing.on)
        fail(set, p, now);
    return true;
}

bool lq_health_is_dead(const lq_health_set_t *set, uint32_t i, uint64_t now)
{
    const lq_health_peer_t *p = &set->peers[i];
    return p->up && p->stream && p->waiting && p->timeout_cnt >= 2 &&
           since(now, p->waiting_ns) >= 2 * set->failover_ns;
}

lq_health_probe_t lq_health_wants_probe(const lq_health_set_t *set, uint32_t i, uint64_t now)
{
    const lq_health_peer_t *p = &set->peers[i];
    if (!p->up || p->probing || waits(&p->limited, now))
        return LQ_NODE_HEALTH_PROBE_NONE;
    if (!p->proven) {
        bool again = p->stream && p->foreign; /* another connection is another node */
        return again || now < p->prove_ns ? LQ_NODE_HEALTH_PROBE_NONE : LQ_NODE_HEALTH_PROBE_CHAIN;
    }
    if (p->quota.on || p->failing.on) {
        bool wait = waits(&p->quota, now) || waits(&p->failing, now);
        return wait ? LQ_NODE_HEALTH_PROBE_NONE : LQ_NODE_HEALTH_PROBE_CHAIN;
    }
    uint64_t asked_ns = since(now, p->asked_ns);
    bool wanted =
        !p->head_blk || (p->waiting && since(now, p->waiting_ns) >= LQ_NODE_HEALTH_SILENCE_NS / 2);
    bool due = since(now, p->measured_ns) >= MEASURE_NS || asked_ns >= set->failover_ns / 2 ||
               (wanted && asked_ns >= SEC);
    return due ? LQ_NODE_HEALTH_PROBE_HEAD : LQ_NODE_HEALTH_PROBE_NONE;
}

void lq_health_note_probe(lq_health_set_t *set, uint32_t i, uint64_t now, lq_health_probe_t probe)
{
    set->peers[i].probing = true;
    set->peers[i].measured_ns = now;
    if (probe == LQ_NODE_HEALTH_PROBE_HEAD)
        set->peers[i].asked_ns = now;
    lq_health_pay(set, i, now, 1);
    lq_health_note_sent(set, i, now);
}

void lq_health_note_probe_end(lq_health_set_t *set, uint32_t i, uint64_t now, bool ok)
{
    lq_health_peer_t *p = &set->peers[i];
    p->probing = false;
    if (!p->proven && !p->foreign) {
        wait_more(&p->proving, &set->rng, now, FAILING_MIN_NS, FAILING_MAX_NS);
        p->prove_ns = p->proving.until_ns;
    }
    bool failing = p->failing.on && !waits(&p->failing, now);
    bool quota = p->quota.on && !waits(&p->quota, now);
    if (ok && (failing || quota))
        recover(p);
    if (!ok && failing)
        fail(set, p, now);
    if (!ok && quota)
        wait_more(&p->quota, &set->rng, now, QUOTA_MIN_NS, QUOTA_MAX_NS);
}

#define RANK_NEVER 5u

static unsigned rank_of(lq_node_health_t h)
{
    switch (h) {
    case LQ_NODE_HEALTH_WELL:
        return 0;
    case LQ_NODE_HEALTH_STALE:
        return 1;
    case LQ_NODE_HEALTH_FAILING:
        return 2;
    case LQ_NODE_HEALTH_QUOTA:
        return 3;
    case LQ_NODE_HEALTH_LIMITED:
        return 4;
    case LQ_NODE_HEALTH_UNPROVEN:
    case LQ_NODE_HEALTH_DOWN:
    case LQ_NODE_HEALTH_FOREIGN:
        break;
    }
    return RANK_NEVER;
}

/* The latency to reckon with, in steps of a factor of two. */
static unsigned latency_step(const lq_health_peer_t *p, uint64_t now)
{
    uint64_t ns = p->latency_ns;
    if (p->waiting && since(now, p->waiting_ns) > ns)
        ns = since(now, p->waiting_ns);
    unsigned step = 0;
    for (ns /= LATENCY_STEP_NS; ns; ns /= 2)
        step++;
    return step;
}

uint32_t lq_health_choose(lq_health_set_t *set, uint32_t *fit_mask, uint64_t now,
                          const lq_health_want_t *want)
{
    bool send = want->role == LQ_ROLE_SEND;
    uint32_t fit = 0;
    unsigned rank[LQ_POOL_ENDPOINT_MAX];
    unsigned rank_min = RANK_NEVER;
    for (uint32_t i = 0; i < set->cnt; i++) {
        const lq_health_peer_t *p = &set->peers[i];
        rank[i] = RANK_NEVER;
        if (!(want->mask >> i & 1) || !(p->roles & want->role) ||
            (want->min_head_blk && p->head_blk < want->min_head_blk))
            continue;
        if (!send && waits(&p->limited, now))
            continue;
        rank[i] = rank_of(lq_health_of(set, i, now));
        if (rank[i] != RANK_NEVER)
            fit |= UINT32_C(1) << i;
        if (rank[i] < rank_min)
            rank_min = rank[i];
    }
    *fit_mask = fit;
    uint32_t best = LQ_NODE_HEALTH_NONE;
    unsigned best_step = 0;
    for (uint32_t i = 0; i < set->cnt; i++) {
        if (!(fit >> i & 1) || rank[i] != rank_min || !(want->now_mask >> i & 1) ||
            !rate_allows(&set->peers[i].rate, now, want->item_cnt, send))
            continue;
        unsigned step = latency_step(&set->peers[i], now);
        if (best == LQ_NODE_HEALTH_NONE || step < best_step) {
            best = i;
            best_step = step;
        }
    }
    return best;
}
