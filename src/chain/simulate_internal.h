#ifndef LQ_CHAIN_SIMULATE_INTERNAL_H
#define LQ_CHAIN_SIMULATE_INTERNAL_H

/* The parts of simulate.h: what is written and read, which is pure; what nodes have; the three
   kinds of questions. */

#include "liqd/chain/simulate.h"
#include "liqd/codec/json.h"

/* ---- what is written. OUT has room for lq_simulate_text_max; each returns the size. */

/* lq_simulate_text_max returns the most that any parameters take. */
size_t lq_simulate_text_max(const lq_simulate_config_t *config);

/* lq_simulate_write_v1 writes eth_simulateV1's parameters for ASK, at the parent's hash, or at its
   number; lq_simulate_write_call eth_call's for its first transaction, with the block's overrides
   or without them (and then without fees, which the parent's base fee might refuse). */
size_t lq_simulate_write_v1(char *out, const lq_simulate_ask_t *ask, bool by_number);
size_t lq_simulate_write_call(char *out, const lq_simulate_ask_t *ask, bool with_block);

/* lq_simulate_write_probe writes an eth_call behind BLOCK that tells which overrides a node takes:
   a contract put in by override returns number, time and fee recipient of the block it stands in,
   HEADER's where that is not NULL. */
#define LQ_SIMULATE_PROBE_SZ 96u
size_t lq_simulate_write_probe(char *out, const lq_block_ref_t *block, const lq_header_t *header);

/* A place in a contract's storage. */
typedef struct lq_simulate_candidate {
    lq_address_t contract;
    lq_hash_t slot;
} lq_simulate_candidate_t;

/* The word that a slot gets to see whether it is the one that is looked for: fits 96 bits, as the
   narrowest balances do. */
extern const lq_hash_t lq_simulate_mark;

/* lq_simulate_write_list writes eth_createAccessList's parameters for the view INPUT of TO, and
   lq_simulate_write_proof an eth_call of it where CANDIDATE has the mark. Each is at most
   LQ_SIMULATE_VIEW_MAX. */
#define LQ_SIMULATE_VIEW_MAX 768u
size_t lq_simulate_write_list(char *out, const lq_address_t *to, const uint8_t *input,
                              size_t input_sz, const lq_block_ref_t *block);
size_t lq_simulate_write_proof(char *out, const lq_address_t *to, const uint8_t *input,
                               size_t input_sz, const lq_block_ref_t *block,
                               const lq_simulate_candidate_t *candidate);

size_t lq_simulate_write_trace(char *out, const lq_hash_t *tx_hash);

/* ---- what is read. LQ_ERR_SYNTAX: it is not what was asked for, MSG (may be NULL) says why. */

/* Where an answer is put. */
typedef struct lq_simulate_room {
    lq_simulate_result_t *results; /* one for each transaction */
    lq_evm_log_t *logs;
    size_t log_max;
    uint8_t *bytes;
    size_t bytes_max;
} lq_simulate_room_t;

/* lq_simulate_read_v1 reads what eth_simulateV1 says, AT, to ASK into ROOM. BY_NUMBER: it must say
   that it stands on the parent; by hash it may leave that open. LQ_ERR_NOT_FOUND: it stands on
   another block. LQ_ERR_TOO_LONG: logs or bytes that there is no room for. On failure the content
   of ROOM is lost. */
LQ_MUST_USE lq_err_t lq_simulate_read_v1(const lq_simulate_room_t *room, lq_err_msg_t *msg,
                                         const lq_json_t *doc, lq_json_val_t at,
                                         const lq_simulate_ask_t *ask, bool by_number);

/* lq_simulate_read_list reads an access list into at most MAX candidates. WHOLE: there were no
   more. */
LQ_MUST_USE lq_err_t lq_simulate_read_list(lq_simulate_candidate_t *out, size_t *cnt, bool *whole,
                                           size_t max, lq_err_msg_t *msg, const lq_json_t *doc,
                                           lq_json_val_t at);

/* lq_simulate_read_trace sums up what a transaction of FROM sent to RECIPIENT, by its call trace
   AT: values of calls that were not taken back. STACK has room for LQ_SIMULATE_DEPTH_MAX. */
#define LQ_SIMULATE_DEPTH_MAX 1025u /* the EVM's 1024, and the transaction itself */
LQ_MUST_USE lq_err_t lq_simulate_read_trace(lq_wei_t *out, lq_json_iter_t *stack, lq_err_msg_t *msg,
                                            const lq_json_t *doc, lq_json_val_t at,
                                            const lq_address_t *from,
                                            const lq_address_t *recipient);

/* lq_simulate_layouts writes the slots that PLACE's number has in common layouts to OUT, which has
   room for LQ_SIMULATE_LAYOUT_CNT, likely ones first. Mappings at slots 0 to 59: behind the gap of
   50 that upgradeable contracts leave come OpenZeppelin 4's, at 51 and 52, and Aave's, at 52
   and 53.
 */
#define LQ_SIMULATE_LAYOUT_CNT 122u
void lq_simulate_layouts(lq_hash_t *out, const lq_simulate_place_t *place);

/* ---- what nodes have */

/* Ways to ask, of which nodes may lack some. */
typedef enum lq_simulate_way {
    LQ_SIMULATE_WAY_V1,        /* eth_simulateV1, the parent by its hash */
    LQ_SIMULATE_WAY_V1_NUMBER, /* the parent by its number */
    LQ_SIMULATE_WAY_CALL,      /* eth_call with overrides */
    LQ_SIMULATE_WAY_PLAIN,     /* eth_call without those of the block */
    LQ_SIMULATE_WAY_TRACE,     /* debug_traceTransaction */
    LQ_SIMULATE_WAY_RECEIPT,   /* which all have */
    LQ_SIMULATE_WAY_CNT,
} lq_simulate_way_t;

/* Learnt from refusals, forgotten with each connection. */
typedef struct lq_simulate_known {
    uint64_t connect_cnt[LQ_POOL_ENDPOINT_MAX];
    uint32_t lacks[LQ_SIMULATE_WAY_CNT]; /* a bit per endpoint */
} lq_simulate_known_t;

/* ---- questions */

typedef struct lq_simulate_one {
    lq_simulate_t *owner;
    bool used;
    uint64_t id;
    lq_rpc_id_t rpc;
    lq_simulate_way_t way;
    uint32_t shunned; /* endpoints that were not believed */
    lq_err_t err;     /* why */
    uint32_t request_cnt;
    lq_simulate_ask_t ask;
    lq_simulate_override_t *overrides;
    lq_simulate_slot_t *slots;
    lq_simulate_tx_t *txs;
    uint8_t *bytes;
} lq_simulate_one_t;

typedef struct lq_simulate_payment {
    lq_simulate_t *owner;
    bool used;
    uint64_t id;
    lq_rpc_id_t rpc;
    uint32_t shunned;
    lq_err_t err; /* why */
    uint32_t request_cnt;
    lq_hash_t tx_hash;
    lq_block_ref_t block;
    lq_wei_t base_fee_wei;
    lq_address_t recipient;
    lq_address_t from;
    lq_simulate_paid_t paid;
    lq_simulate_paid_fn_t *fn;
    void *ctx;
} lq_simulate_payment_t;

#define LQ_SIMULATE_CANDIDATE_MAX 128u
_Static_assert(LQ_SIMULATE_LAYOUT_CNT <= LQ_SIMULATE_CANDIDATE_MAX, "all are tried");
#define LQ_SIMULATE_PROOF_MAX 16u /* of one request */

typedef struct lq_simulate_search {
    bool used;
    bool whole;   /* no other slot can be: the candidates are all that the view reads */
    bool layouts; /* they are the common layouts */
    lq_rpc_id_t rpc;
    uint32_t request_cnt;
    lq_simulate_place_t place;
    lq_block_ref_t block;
    uint8_t input[68];
    size_t input_sz;
    lq_simulate_candidate_t candidates[LQ_SIMULATE_CANDIDATE_MAX];
    size_t cnt;
    size_t at; /* so many are disproved */
    lq_simulate_place_fn_t *fn;
    void *ctx;
} lq_simulate_search_t;

struct lq_simulate {
    lq_simulate_config_t config;
    lq_log_t *log;
    lq_pool_t *pool;
    lq_simulate_fn_t *fn;
    void *ctx;
    lq_simulate_known_t known;
    lq_simulate_one_t *ones;
    lq_simulate_payment_t *payments;
    lq_simulate_search_t search;
    /* used within one step of one question */
    lq_simulate_room_t room;
    lq_json_iter_t *stack;
    char *text;
    lq_err_msg_t why;
};

/* lq_simulate_lacks returns the endpoints that are known to lack WAY; forgets what was learnt of a
   connection that is not there any more. */
uint32_t lq_simulate_lacks(lq_simulate_t *s, lq_simulate_way_t way);

/* lq_simulate_is_spent tells whether nobody is left to be asked so: who can be reached lacks WAY or
   is shunned. */
bool lq_simulate_is_spent(lq_simulate_t *s, lq_simulate_way_t way, uint32_t shunned);

/* lq_simulate_note_lack remembers that ENDPOINT lacks WAY, and why. */
void lq_simulate_note_lack(lq_simulate_t *s, lq_simulate_way_t way, uint32_t endpoint);

/* lq_simulate_shun adds ENDPOINT, whose answer was not believed (s->why says why not), to *SHUNNED.
   FAULT: it lies. */
void lq_simulate_shun(lq_simulate_t *s, uint32_t *shunned, uint32_t endpoint, bool fault);

/* lq_simulate_send asks the pool for ITEMS and counts in *REQUEST_CNT. Errors as lq_pool_call;
   LQ_ERR_REMOTE: asked too often already, as where nodes connect anew with each answer. */
LQ_MUST_USE lq_err_t lq_simulate_send(lq_simulate_t *s, lq_rpc_id_t *id, uint32_t *request_cnt,
                                      const lq_rpc_item_t *items, size_t item_cnt,
                                      uint64_t min_head_blk, uint32_t not_mask, lq_rpc_fn_t *fn,
                                      void *ctx);

/* lq_simulate_refusal returns what a refusal of class C means to who asked. */
lq_err_t lq_simulate_refusal(lq_rpc_class_t c);

/* lq_simulate_probed tells whether RESULT, the answer to the probe, is of a node that takes state
   overrides, and sets *TAKES_BLOCK (NULL allowed) to whether it stood in HEADER. */
bool lq_simulate_probed(bool *takes_block, const lq_json_t *doc, const lq_rpc_result_t *result,
                        const lq_header_t *header);

#endif
