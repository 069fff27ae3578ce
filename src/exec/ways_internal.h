#ifndef LIQD_EXEC_WAYS_INTERNAL_H
#define LIQD_EXEC_WAYS_INTERNAL_H

/* What relays and builders are sent and what they answer, without state. */

#include "liqd/codec/json.h"
#include "liqd/exec/ways.h"

/* Bytes of a request besides the raw transaction's digits. */
#define WAYS_BODY_SZ 384u

#define WAYS_UUID_SZ 36u

/* The raw transaction as it stands in all requests: quotes, "0x", digits. */
typedef struct ways_raw {
    const char *text;
    size_t sz;
} ways_raw_t;

/* ways_uuid writes the UUID (version 4, variant 1) that names what HASH is sent as for BLK: another
   for each block, since a builder that has one bundle for a name drops the one before.
   @src RFC 9562 section 5.4 */
void ways_uuid(char out[WAYS_UUID_SZ], const lq_hash_t *hash, uint64_t blk);

/* They write a request's text to OUT, where there is room for WAYS_BODY_SZ and the raw
   transaction, and return its size. A LAST_BLK of 0 is left out.
   @src https://docs.flashbots.net/flashbots-auction/advanced/rpc-endpoint */
size_t ways_private_body(char *out, const ways_raw_t *raw, uint64_t last_blk);
size_t ways_bundle_body(char *out, const ways_raw_t *raw, const lq_hash_t *hash, uint64_t blk);
size_t ways_cancel_private_body(char *out, const lq_hash_t *hash);
size_t ways_cancel_bundle_body(char *out, const lq_hash_t *hash, uint64_t blk);

/* An answer's text, and what is needed to read it. */
typedef struct ways_said {
    lq_way_kind_t kind;
    unsigned status; /* HTTP's */
    const char *body;
    size_t body_sz;
    lq_json_tok_t *tok; /* TOK_MAX of them */
    size_t tok_max;
    char *text; /* room for BODY_SZ bytes, for words that were escaped */
} ways_said_t;

/* ways_read sets class_, has_hash, told, text and hints of *OUT to what SAID means; the rest of it
   stays. Relays are not of one mind: an error may be a text alone, an accepted bundle's result an
   object, a text or null. */
void ways_read(lq_txman_answer_t *out, const ways_said_t *said);

#endif
