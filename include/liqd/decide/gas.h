#ifndef LIQD_DECIDE_GAS_H
#define LIQD_DECIDE_GAS_H

/* How much gas a liquidation takes: from what the same kind of call took, as receipts told it at
   finality; where none is known yet, from the nearest kind that is. Deterministic: the same
   receipts in the same order give the same figures.

   A kind is a protocol's instance, the two tokens, what the call does besides (the shape), how many
   legs the account has, whose each costs a price and a balance, and the route of its swap. An
   estimate is the largest of the newest LQ_GAS_SAMPLE_CNT of its kind, and never below the
   protocol's floor. A single one of more than LQ_GAS_ALONE_MAX times the next largest of these, or
   the floor where that is more, does not count until there is a second: else one receipt could make
   its kind, and what is estimated from it, look unprofitable for ever, since what is not sent is
   not learned from. In its stead the next largest counts, or the floor, and more. Where nothing is
   known of the kind it is the nearest one's, of the newest LQ_GAS_NEAR_MAX of the same instance and
   shape, moved by the floor's figures for what legs, pools and calls differ; and where nothing is
   known at all, the most that was measured. What is added to what is known is LQ_GAS_UNKNOWN_PPM
   more, or the most that was measured of it.

   What a swap takes differs with its pools and the ticks it crosses, which no kind tells, and its
   quote does: so its units stand in the floor, in place of so much a pool. Receipts hold what swaps
   took, so that an estimate from them stays as it is, unless even the floor is more. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/err.h"
#include "liqd/codec/types.h"

/* Opaque. */
typedef struct lq_gas lq_gas_t;

#define LQ_GAS_SAMPLE_CNT  8u
#define LQ_GAS_UNKNOWN_PPM 150000u
#define LQ_GAS_ALONE_MAX   4u
#define LQ_GAS_NEAR_MAX    32u
#define LQ_GAS_KIND_MAX    65536u

/* Flags of a shape. */
#define LQ_GAS_CLOSES_DEBT 1u
#define LQ_GAS_TAKES_ALL   2u
#define LQ_GAS_BAD_DEBT    4u
#define LQ_GAS_FLASH       8u
#define LQ_GAS_FIRST       16u /* the liquidator holds none of the collateral token yet: a slot more */
#define LQ_GAS_AAVE_LENDS  32u /* FLASH: with neither of the two Morpho Blue does */
#define LQ_GAS_POOL_LENDS  64u /* of Uniswap v3 */

/* Zero where a part plays no role: bytes are compared. */
typedef struct lq_gas_kind {
    lq_address_t collateral_token;
    lq_address_t debt_token;
    uint32_t instance;
    uint32_t pool_cnt; /* that the swap goes through */
    uint16_t leg_cnt;
    uint8_t call_cnt; /* calls in one transaction */
    uint8_t shape;
} lq_gas_kind_t;
_Static_assert(sizeof(lq_gas_kind_t) == 52, "no padding: bytes are compared");

/* What a protocol's cheapest liquidation takes, as measured on the development chain with the real
   contracts (tests/devnet/measure_gas.mjs): units for the first call, for each further one in the
   transaction, and for each leg beyond two; and of a swap's pool and a flash loan. `most`: what the
   dearest takes, through the executor; NULL: LQ_GAS_UNKNOWN_PPM more. */
typedef struct lq_gas_floor {
    uint32_t call;
    uint32_t further_call;
    uint32_t leg;
    uint32_t pool;
    uint32_t flash;
    uint32_t aave_lends; /* more than where Morpho Blue does */
    uint32_t pool_lends;
    const struct lq_gas_floor *most;
} lq_gas_floor_t;

/* lq_gas_floor_of returns that of the protocol by its adapter's name; static; NULL for no
   adapter's. */
const lq_gas_floor_t *lq_gas_floor_of(const char *adapter);

/* lq_gas_new makes *GAS know up to KIND_MAX kinds (2 to LQ_GAS_KIND_MAX); when it is full the one
   goes that was learned from longest ago. LQ_ERR_RANGE, LQ_ERR_NOMEM. */
size_t lq_gas_arena_sz(size_t kind_max);
LQ_MUST_USE lq_err_t lq_gas_new(lq_gas_t **gas, lq_arena_t *arena, size_t kind_max, uint64_t seed);

/* lq_gas_learn takes the UNITS that a transaction of KIND took, at finality. */
void lq_gas_learn(lq_gas_t *gas, const lq_gas_kind_t *kind, uint32_t units);

/* lq_gas_estimate returns the units that one of KIND will take, whose swaps take SWAP_GAS of them
   as quoted (0: not quoted). Cost: a look into a hash map where the kind is known, else a walk over
   LQ_GAS_NEAR_MAX kinds. */
uint32_t lq_gas_estimate(const lq_gas_t *gas, const lq_gas_kind_t *kind,
                         const lq_gas_floor_t *floor, uint32_t swap_gas);

/* lq_gas_least returns what lq_gas_estimate is at least, whatever KIND, which ends nothing, ends
   besides: with any of LQ_GAS_CLOSES_DEBT, LQ_GAS_TAKES_ALL, LQ_GAS_BAD_DEBT in its shape. Cost:
   eight estimates where anything is known at all. */
uint32_t lq_gas_least(const lq_gas_t *gas, const lq_gas_kind_t *kind, const lq_gas_floor_t *floor,
                      uint32_t swap_gas);

/* lq_gas_memory_sz, _save, _load: what is learned, as bytes that a restart takes up, little-endian
   and versioned. _save writes lq_gas_memory_sz bytes. _load is for a GAS that has learned nothing
   yet (LQ_BUG): LQ_ERR_SYNTAX, LQ_ERR_INVAL (of another version), and it still has not; of more
   kinds than kind_max those learned from last are taken. */
size_t lq_gas_memory_sz(const lq_gas_t *gas);
void lq_gas_save(const lq_gas_t *gas, uint8_t *out);
LQ_MUST_USE lq_err_t lq_gas_load(lq_gas_t *gas, const uint8_t *p, size_t sz);

#endif
