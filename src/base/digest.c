#include "liqd/base/digest.h"

#include <string.h>

enum {
    LANE_CNT = 4,
    STRIPE_SZ = LANE_CNT * 8
};

static void take_stripe(uint64_t lanes[LANE_CNT], const uint8_t *at)
{
    for (size_t i = 0; i < LANE_CNT; i++) {
        uint64_t word;
        memcpy(&word, at + 8 * i, sizeof(word));
        lanes[i] = lq_digest_word(lanes[i], word);
    }
}

uint64_t lq_digest(const void *p, size_t sz)
{
    const uint8_t *at = p;
    uint64_t lanes[LANE_CNT] = {1, 2, 3, 4};
    size_t left = sz;
    for (; left >= STRIPE_SZ; left -= STRIPE_SZ, at += STRIPE_SZ)
        take_stripe(lanes, at);
    if (left) { /* the size tells zeros that were there from these */
        uint8_t last[STRIPE_SZ] = {0};
        memcpy(last, at, left);
        take_stripe(lanes, last);
    }
    uint64_t h = sz;
    for (size_t i = 0; i < LANE_CNT; i++)
        h = lq_digest_word(h, lanes[i]);
    return h;
}
