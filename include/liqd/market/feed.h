#ifndef LIQD_MARKET_FEED_H
#define LIQD_MARKET_FEED_H

/* Feeds: the numbers that prices are made of, each as its contract last gave it. Plain structs; the
   caller keeps them in an array, and a feed is named by its index there.

   What cannot be trusted is never used silently. Each answer applied has an outcome, and a bad one
   stays on the feed as its mark: prices made of a marked feed say so instead of giving a number
   (price.h). A zero or negative answer is kept all the same, because the contracts go on with it;
   any other bad answer leaves the last good one in place, marked.

   Which marks go away by what:
   - ZERO and NEGATIVE by the next good answer;
   - ABSENT and AGGREGATOR by the first answer;
   - DECIMALS only by reading them as they were;
   - the others, which say that our copy and the chain have parted, by a good reading of the
     answer alone; where that goes back too, after lq_feed_reset.

   Staleness is no outcome: the protocols do not look at it (value.h does, for our own price). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/err.h"
#include "liqd/codec/types.h"
#include "liqd/num/i256.h"

/* LQ_FEED_DECIMALS_MAX: 10^76 is the largest power of ten that an int256 holds. */
#define LQ_FEED_DECIMALS_MAX 76

/* LQ_FEED_DECIMALS_UNKNOWN stands in `decimals` until decimals() was read. */
#define LQ_FEED_DECIMALS_UNKNOWN 255

typedef enum lq_feed_kind {
    LQ_FEED_CHAINLINK, /* latestRoundData of `source`, moved by the logs of its aggregator */
    LQ_FEED_DUAL,      /* the same behind an aggregator with two views (Smart Value Recapture): a
                          log of it need not move this one, so it only asks for a read */
    LQ_FEED_RATIO,     /* what a view of `source` returns: wstETH, weETH, a vault; moved by reads */
    LQ_FEED_FIXED,     /* never moves */
} lq_feed_kind_t;

/* What became of an answer; LQ_FEED_OK and from LQ_FEED_AGGREGATOR on also the mark of a feed. */
typedef enum lq_feed_outcome {
    LQ_FEED_OK,         /* taken */
    LQ_FEED_SAME,       /* known already: two logs tell of one round */
    LQ_FEED_REREAD,     /* nothing was taken: read the feed again */
    LQ_FEED_AGGREGATOR, /* the proxy has another aggregator; see `aggregator`; mark: of that one
                           there is no answer yet */
    LQ_FEED_ZERO,       /* taken: the contracts see 0 */
    LQ_FEED_NEGATIVE,   /* taken: the contracts see a negative number */
    LQ_FEED_ABSENT,     /* there is no answer: the read reverted, or no round is complete */
    LQ_FEED_ROUND_BACK, /* a round before the last, or another answer to the same */
    LQ_FEED_TIME_BACK,  /* a later round of an earlier time */
    LQ_FEED_TIME_AHEAD, /* a time after that of its block */
    LQ_FEED_DECIMALS,   /* decimals above LQ_FEED_DECIMALS_MAX, or others than before */
    LQ_FEED_MALFORMED,  /* does not decode, or has no place in an int256, or uint256 */
} lq_feed_outcome_t;

typedef struct lq_feed {
    lq_i256_t answer;        /* as the contract gives it; see lq_feed_is_unsigned */
    lq_u256_t sample;        /* RATIO: the argument of its view, where it has one */
    lq_address_t source;     /* what the protocol asks: the proxy, the token, the vault */
    lq_address_t aggregator; /* CHAINLINK, DUAL: whose logs count; `source` where it is no proxy */
    uint64_t round;          /* of the aggregator, without the proxy's phase */
    uint64_t updated_sec;    /* as the contract gives it; RATIO: of the block of the read */
    uint32_t heartbeat_sec;  /* an answer comes at least so often; 0: not promised */
    uint32_t deviation_bps;  /* and when the value has moved so much; 0: not promised */
    uint32_t selector;       /* RATIO: its view, a LQ_ABI_RATIO_..._SELECTOR or another */
    lq_feed_kind_t kind;
    lq_feed_outcome_t mark; /* LQ_FEED_OK, or why the answer must not be relied on */
    uint16_t phase;         /* of the proxy, which counts its aggregators; 0: not known, no proxy */
    uint8_t decimals;       /* of the answer */
    bool has_sample;
} lq_feed_t;

/* lq_feed_init_chainlink, _ratio and _fixed return a feed without an answer, marked
   LQ_FEED_ABSENT, but for the fixed one. DECIMALS is at most LQ_FEED_DECIMALS_MAX, or, of a
   CHAINLINK or DUAL feed, LQ_FEED_DECIMALS_UNKNOWN. SAMPLE may be NULL: the view takes no argument.
   The aggregator is the source until it was read. */
lq_feed_t lq_feed_init_chainlink(const lq_address_t *proxy, bool dual, uint8_t decimals,
                                 uint32_t heartbeat_sec, uint32_t deviation_bps);
lq_feed_t lq_feed_init_ratio(const lq_address_t *source, uint32_t selector, const lq_u256_t *sample,
                             uint8_t decimals);
lq_feed_t lq_feed_init_fixed(const lq_i256_t *answer, uint8_t decimals);

/* lq_feed_reset forgets answer, round, phase and time, and marks the feed LQ_FEED_ABSENT unless it
   is LQ_FEED_DECIMALS: what an audit does when our copy and the chain differ. A fixed feed stays as
   it is. */
void lq_feed_reset(lq_feed_t *feed);

/* lq_feed_emitter returns the address whose AnswerUpdated and NewTransmission logs are about FEED;
   NULL for a feed that no log moves. A proxy emits nothing: it may change its aggregator without a
   log of its own, which only reading aggregator() again tells. */
const lq_address_t *lq_feed_emitter(const lq_feed_t *feed);

/* lq_feed_is_unsigned tells whether FEED's answer is a uint256 in the bits of an int256: that of
   price(), which Morpho takes whatever it is. Zero is its only bad one. */
bool lq_feed_is_unsigned(const lq_feed_t *feed);

/* An answer, from a log (ocr.h decodes it). */
typedef struct lq_feed_update {
    lq_i256_t answer;
    uint64_t round;       /* of the aggregator */
    uint64_t updated_sec; /* what latestRoundData will say: the time of the log's block */
} lq_feed_update_t;

/* LQ_FEED_AHEAD_MAX_SEC: by how much a log's answer may be later than its block. A log that comes
   before its block's header is applied at a time that was foreseen (book/sync.h), and where a slot
   was missed the block is later than that: the price that moves the market must not be in doubt for
   it. Reads are of blocks whose time is known, and may not be later at all. */
#define LQ_FEED_AHEAD_MAX_SEC 900u

/* lq_feed_apply_log takes UPDATE, of a log of lq_feed_emitter(FEED) in a block of the time
   BLOCK_SEC; the answer known already with another time has that time from now on. Outcomes: OK,
   SAME, REREAD (a DUAL feed; nothing else changes), ZERO, NEGATIVE,
   ROUND_BACK, TIME_BACK, TIME_AHEAD. A log from before a read applied already is ROUND_BACK: apply
   reads to the state of their own block. LQ_BUG for a feed that no log moves. */
lq_feed_outcome_t lq_feed_apply_log(lq_feed_t *feed, const lq_feed_update_t *update,
                                    uint64_t block_sec);

/* A call that tells what a feed is at a block. */
typedef enum lq_feed_read_kind {
    LQ_FEED_READ_AGGREGATOR, /* aggregator() */
    LQ_FEED_READ_DECIMALS,   /* decimals() */
    LQ_FEED_READ_ANSWER,     /* latestRoundData(), or the ratio's view */
} lq_feed_read_kind_t;

#define LQ_FEED_READ_MAX    3
#define LQ_FEED_CALLDATA_SZ 36

typedef struct lq_feed_read {
    lq_feed_read_kind_t kind;
    lq_address_t to;
    uint8_t data[LQ_FEED_CALLDATA_SZ];
    size_t data_sz;
} lq_feed_read_t;

/* lq_feed_reads writes the reads that fill or re-check FEED to OUT and returns their number: 3 for
   CHAINLINK and DUAL, 1 for RATIO, 0 for FIXED. Make all of them at one block and apply the answers
   in this order. */
size_t lq_feed_reads(lq_feed_read_t out[LQ_FEED_READ_MAX], const lq_feed_t *feed);

/* lq_feed_apply_read takes the answer RET of the read KIND, made at the block of FEED's state, of
   the time BLOCK_SEC; RET_SZ is 0 (RET may then be NULL) where the call reverted or nobody was
   there. Never apply a transport's failure: it says nothing about the chain. Outcomes:
   - of AGGREGATOR: SAME; AGGREGATOR, an event of its own: from now on lq_feed_emitter is another,
     rounds start anew, and the feed is marked so until its answer is read or logged; MALFORMED. A
     source without aggregator() is its own aggregator.
   - of DECIMALS: OK for the first, SAME, DECIMALS, ABSENT, MALFORMED; the last three mark the feed
     DECIMALS.
   - of ANSWER: OK, SAME, ZERO, NEGATIVE, ABSENT, ROUND_BACK, TIME_BACK, TIME_AHEAD, MALFORMED. A
     good one takes any mark off but DECIMALS, which a read of the decimals as they were does.
   LQ_BUG for a read that lq_feed_reads does not name for FEED. */
lq_feed_outcome_t lq_feed_apply_read(lq_feed_t *feed, lq_feed_read_kind_t kind, const uint8_t *ret,
                                     size_t ret_sz, uint64_t block_sec);

/* lq_feed_outcome_str returns the outcome as a person reads it, in lower case; static. */
const char *lq_feed_outcome_str(lq_feed_outcome_t outcome);

#endif
