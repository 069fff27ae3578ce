#ifndef LIQD_CODEC_ABI_H
#define LIQD_CODEC_ABI_H

/* Solidity's contract ABI: calldata, return data, log data.
   @src https://docs.soliditylang.org/en/latest/abi-spec.html

   Two forms of one codec. What is known when we build has functions of its own, written by
   tools/gen_abi (below). Whatever else goes through here: a type is parsed from its text, a value
   is a list of leaves. Neither allocates, and both hold to the rules of solc's own decoder (ABI
   coder v2):
   - unused bits are clean: uintN, address and bool are zero above their width, intN is
     sign-extended, bytesN is zero behind its N bytes, bool is 0 or 1;
   - offsets and counts stay within the data, whatever their size;
   - the padding behind bytes and string is not looked at, and may be missing at the end;
   - tails may overlap or leave gaps, and more data may follow.
   What is written is canonical: tails in order, no gap, zero padding.

   Generated code. abi_<protocol>.h has, names in snake case, for each entry of abi/<protocol>/:
   - of a function LQ_ABI_<PROTOCOL>_<NAME>_SELECTOR, the first 4 bytes of calldata as a big-endian
     number; ..._SZ, the bytes of the calldata, selector included, where that is fixed;
     lq_abi_<protocol>_<name>_encode, which writes the calldata; for a view function
     lq_abi_<protocol>_<name>_decode, which reads what it returns;
   - of an event lq_abi_<protocol>_<name>_event_topic, ..._event_t and ..._event_decode, which reads
     the topics and data of a log; LQ_ABI_<PROTOCOL>_<NAME>_EVENT_TOPIC_INIT, which initialises a
     topic where that has to be constant;
   - of an error LQ_ABI_<PROTOCOL>_<NAME>_ERROR_SELECTOR; where it has arguments, ..._error_t and
     ..._error_decode, which reads the data of a revert, selector included.

   In C, uintN and intN are uint64_t and int64_t up to 64 bits and lq_u256_t above (intN in two's
   complement of 256 bits); bytesN is an lq_hash_t, N bytes and then zeros; bytes and string are an
   lq_abi_bytes_t, or pointer and size; T[] is pointer and count. An indexed field of more than one
   word is its keccak-256 and ends in _hash. Decoded bytes and strings point into the data.

   MSG may be NULL; no other pointer may, unless its count is 0. OUT must not overlap an input. On
   an error outputs are unchanged:
   - LQ_ERR_RANGE: a value to encode does not fit its type;
   - LQ_ERR_FULL: the encoding exceeds OUT_MAX bytes;
   - LQ_ERR_INVAL: the log's first topic, or the revert's selector, is another's;
   - LQ_ERR_SYNTAX: topics or data break the rules above. A log has exactly its topics and, if its
     data is of fixed size, exactly that: a node has no reason to send more. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/err.h"
#include "liqd/codec/types.h"
#include "liqd/num/u256.h"

/* A run of bytes that belongs to someone else; DATA may be NULL where SZ is 0. Text in it ends by
   size, has no NUL, and may be no UTF-8. */
typedef struct lq_abi_bytes {
    const uint8_t *data;
    size_t sz;
} lq_abi_bytes_t;

typedef enum lq_abi_kind {
    LQ_ABI_UINT,    /* uint<BITS>, ufixed<BITS>x<anything> */
    LQ_ABI_INT,     /* int<BITS>, fixed<BITS>x<anything> */
    LQ_ABI_BOOL,    /* bool */
    LQ_ABI_ADDRESS, /* address */
    LQ_ABI_BYTESN,  /* bytes<CNT>; function is bytes24 */
    LQ_ABI_BYTES,   /* bytes */
    LQ_ABI_STRING,  /* string */
    LQ_ABI_LIST,    /* T[] */
    LQ_ABI_ARRAY,   /* T[CNT] */
    LQ_ABI_TUPLE,   /* (T, ...), CNT of them */
} lq_abi_kind_t;

/* Limits of a type: how deep lists, arrays and tuples may nest, the outermost tuple included, and
   how many leaves and containers it may have. The largest in use (Seaport's orders) has 45. */
#define LQ_ABI_DEPTH_MAX 16
#define LQ_ABI_NODE_MAX  128

/* One leaf or container of a type. */
typedef struct lq_abi_node {
    lq_abi_kind_t kind;
    bool dynamic;      /* stands in the tail, behind an offset */
    uint8_t depth;     /* containers nested in it, itself included; 0 for a leaf */
    uint16_t bits;     /* of UINT and INT */
    uint32_t cnt;      /* of BYTESN, ARRAY and TUPLE */
    uint32_t node_cnt; /* nodes of its subtree, itself included: the next sibling is so far off */
    size_t body_sz;    /* bytes of its own words and its parts' heads; of LIST, of one element */
} lq_abi_node_t;

/* A parsed type. Plain value without pointers; nodes[0] is the tuple of all parameters, and each
   container stands before what it holds. */
typedef struct lq_abi_type {
    lq_abi_node_t nodes[LQ_ABI_NODE_MAX];
} lq_abi_type_t;

/* lq_abi_type_parse sets *TYPE from the parameter list TEXT, such as
   "(uint256,address[],(bytes,string)[2][])", "()" where there are none. Names are canonical, as
   selectors hash them: no spaces, no parameter names, uint256 and not uint. Errors, with *TYPE
   unchanged:
   LQ_ERR_SYNTAX for what is no type, an empty inner tuple and an array of no elements included;
   LQ_ERR_RANGE for a width or a count that does not exist;
   LQ_ERR_FULL above LQ_ABI_DEPTH_MAX, LQ_ABI_NODE_MAX or 4 GiB of static data.
   MSG names the column, from 1. */
LQ_MUST_USE lq_err_t lq_abi_type_parse(lq_abi_type_t *type, lq_err_msg_t *msg, const char *text,
                                       size_t text_sz);

/* A value is a list of these in the order of the type's text: one for each leaf, and one for each
   LIST before its elements. ARRAY and TUPLE have none of their own. */
typedef union lq_abi_val {
    lq_u256_t num;        /* UINT; INT in two's complement of 256 bits; BOOL as 0 or 1 */
    lq_address_t address; /* ADDRESS */
    lq_hash_t fixed;      /* BYTESN: N bytes, then zeros */
    lq_abi_bytes_t bytes; /* BYTES and STRING */
    size_t cnt;           /* LIST: elements that follow */
} lq_abi_val_t;

/* lq_abi_encode writes the VAL_CNT values VALS of TYPE to OUT and its size to *OUT_SZ; a selector
   before it is the caller's. Errors, with OUT and *OUT_SZ unchanged:
   LQ_ERR_RANGE for a value that its type cannot hold; LQ_ERR_INVAL where VALS has too few or too
   many; LQ_ERR_FULL above OUT_MAX bytes. MSG names the value: args[1][3] is element 3 of the second
   parameter. Cost: two passes over VALS. */
LQ_MUST_USE lq_err_t lq_abi_encode(uint8_t *out, size_t out_max, size_t *out_sz, lq_err_msg_t *msg,
                                   const lq_abi_type_t *type, const lq_abi_val_t *vals,
                                   size_t val_cnt);

/* lq_abi_decode reads the DATA_SZ bytes at DATA as TYPE and writes the values to VALS, their number
   to *VAL_CNT. BYTES and STRING point into DATA. Errors, with VALS and *VAL_CNT unchanged:
   LQ_ERR_SYNTAX for data that breaks a rule above; LQ_ERR_FULL above VAL_MAX values. MSG names the
   value and the byte of DATA. Cost: two passes over the values; since tails may overlap, short data
   may hold many, and VAL_MAX bounds the work. */
LQ_MUST_USE lq_err_t lq_abi_decode(lq_abi_val_t *vals, size_t val_max, size_t *val_cnt,
                                   lq_err_msg_t *msg, const lq_abi_type_t *type,
                                   const uint8_t *data, size_t data_sz);

#endif
