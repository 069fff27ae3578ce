#include "liqd/base/digest.h"

#include <string.h>

enum {
    STRIPE_SZ = LQ_DIGEST_STRIPE_SZ,
    LANE_CNT = STRIPE_SZ / 8
};

static void take_stripe(uint64_t lanes[LANE_CNT], const uint8_t *at)
{
    for (size_t i = 0; i < LANE_CNT; i++) {
        uint64_t word;
        memcpy(&word, at + 8 * i, sizeof(word));
        lanes[i] = lq_digest_word(lanes[i], word);
    }
}

/* Takes the whole stripes of the SZ bytes at AT and returns what is behind them. */
static const uint8_t *take_stripes(uint64_t lanes[LANE_CNT], const uint8_t *at, size_t sz)
{
    for (; sz >= STRIPE_SZ; sz -= STRIPE_SZ, at += STRIPE_SZ)
        take_stripe(lanes, at);
    return at;
}

/* LEFT: the last bytes, fewer than a stripe, of SZ. */
static uint64_t finish(uint64_t lanes[LANE_CNT], const uint8_t *left, uint64_t sz)
{
    if (sz % STRIPE_SZ) { /* the size tells zeros that were there from these */
        uint8_t last[STRIPE_SZ] = {0};
        memcpy(last, left, sz % STRIPE_SZ);
        take_stripe(lanes, last);
    }
    uint64_t h = sz;
    for (size_t i = 0; i < LANE_CNT; i++)
        h = lq_digest_word(h, lanes[i]);
    return h;
}

uint64_t lq_digest(const void *p, size_t sz)
{
    uint64_t lanes[LANE_CNT] = {1, 2, 3, 4};
    return finish(lanes, take_stripes(lanes, p, sz), sz);
}

void lq_digest_begin(lq_digest_state_t *state)
{
    *state = (lq_digest_state_t){.lanes = {1, 2, 3, 4}};
}

void lq_digest_add(lq_digest_state_t *state, const void *p, size_t sz)
{
    const uint8_t *at = p;
    size_t there = state->sz % STRIPE_SZ;
    state->sz += sz;
    if (there) {
        size_t n = sz < STRIPE_SZ - there ? sz : STRIPE_SZ - there;
        if (n)
            memcpy(state->part + there, at, n);
        if (there + n < STRIPE_SZ)
            return;
        take_stripe(state->lanes, state->part);
        at += n;
        sz -= n;
    }
    at = take_stripes(state->lanes, at, sz);
    if (sz % STRIPE_SZ)
        memcpy(state->part, at, sz % STRIPE_SZ);
}

uint64_t lq_digest_end(const lq_digest_state_t *state)
{
    uint64_t lanes[LANE_CNT];
    memcpy(lanes, state->lanes, sizeof(lanes));
    return finish(lanes, state->part, state->sz);
}
