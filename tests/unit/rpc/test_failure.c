#include "liqd/rpc/failure.h"

#include "lq_test.h"

/* What nodes and providers are known to answer, in their own words, and as the strict proxy of the
   development chain says it in each dialect (tests/devnet/lib/strict_dialects.mjs). */

#define SEND  LQ_RPC_GROUP_SEND
#define LOGS  LQ_RPC_GROUP_LOGS
#define OTHER LQ_RPC_GROUP_OTHER

typedef struct answer {
    lq_rpc_group_t group;
    int64_t code;
    const char *text;
    lq_rpc_class_t class_;
    lq_rpc_hint_t hint;
} answer_t;

/* clang-format off */
static const answer_t answers[] = {
    /* known */
    {SEND, -32000, "already known", LQ_RPC_KNOWN, {0}},
    {SEND, -32000, "known transaction: 0x12ab", LQ_RPC_KNOWN, {0}},
    {SEND, -32000, "Known transaction", LQ_RPC_KNOWN, {0}},
    {SEND, -32010, "AlreadyKnown", LQ_RPC_KNOWN, {0}},
    {SEND, -32000, "ALREADY_EXISTS: existing txn with same hash", LQ_RPC_KNOWN, {0}},
    {SEND, -32003, "transaction already imported", LQ_RPC_KNOWN, {0}},
    {SEND, -32010, "Transaction with the same hash was already imported.", LQ_RPC_KNOWN, {0}},
    {SEND, -32000, "unknown transaction", LQ_RPC_UNKNOWN, {0}},
    {SEND, -32000, "Unknown transaction type", LQ_RPC_UNKNOWN, {0}},
    {SEND, -32000, "not a known transaction type", LQ_RPC_UNKNOWN, {0}},
    {SEND, -32000, "nonce too low: already known", LQ_RPC_NONCE_LOW, {0}},
    /* occupied */
    {SEND, -32010, "OwnNonceAlreadyUsed", LQ_RPC_OCCUPIED, {0}},
    /* nonce low */
    {SEND, -32000, "nonce too low", LQ_RPC_NONCE_LOW, {0}},
    {SEND, -32000, "nonce too low: next nonce 7, tx nonce 5", LQ_RPC_NONCE_LOW,
     {.next_nonce = 7, .has_next_nonce = true}},
    {SEND, -32000, "nonce too low: next nonce 0, tx nonce 0", LQ_RPC_NONCE_LOW,
     {.next_nonce = 0, .has_next_nonce = true}},
    {SEND, -32000, "nonce too low: next nonce 18446744073709551615, tx nonce 5", LQ_RPC_NONCE_LOW,
     {.next_nonce = UINT64_MAX, .has_next_nonce = true}},
    {SEND, -32000, "nonce too low: next nonce 18446744073709551616, tx nonce 5", LQ_RPC_NONCE_LOW,
     {0}},
    {SEND, -32000, "nonce too low: next nonce", LQ_RPC_NONCE_LOW, {0}},
    {SEND, -32000, "nonce too low: address 0x1f9840a85d5aF5bf1D1762F925BDADdC4201F984, tx: 3 state: 9",
     LQ_RPC_NONCE_LOW, {.next_nonce = 9, .has_next_nonce = true}},
    {SEND, -32010, "OldNonce, Current nonce: 12, nonce of rejected tx: 11", LQ_RPC_NONCE_LOW,
     {.next_nonce = 12, .has_next_nonce = true}},
    {SEND, -32010, "OldNonce", LQ_RPC_NONCE_LOW, {0}},
    {SEND, -32000, "INTERNAL_ERROR: nonce too low", LQ_RPC_NONCE_LOW, {0}},
    {SEND, -32001, "Nonce too low", LQ_RPC_NONCE_LOW, {0}},
    {SEND, -32000, "invalid transaction nonce", LQ_RPC_NONCE_LOW, {0}},
    /* nonce high */
    {SEND, -32000, "nonce too high", LQ_RPC_NONCE_HIGH, {0}},
    {SEND, -32010, "NonceGap", LQ_RPC_NONCE_HIGH, {0}},
    {SEND, -32010, "nonce too far in future", LQ_RPC_NONCE_HIGH, {0}},
    {SEND, -32000, "Transaction nonce is too distant from current sender nonce", LQ_RPC_NONCE_HIGH,
     {0}},
    {SEND, -32000, "gapped-nonce tx from delegated accounts", LQ_RPC_NONCE_HIGH, {0}},
    /* replacement */
    {SEND, -32000, "replacement transaction underpriced", LQ_RPC_REPLACEMENT, {0}},
    {SEND, -32000, "Replacement transaction underpriced", LQ_RPC_REPLACEMENT, {0}},
    {SEND, -32010, "ReplacementNotAllowed", LQ_RPC_REPLACEMENT, {0}},
    {SEND, -32000, "INTERNAL_ERROR: could not replace existing tx", LQ_RPC_REPLACEMENT, {0}},
    {SEND, -32010, "Transaction gas price 3gwei is too low. There is another transaction with same "
     "nonce in the queue. Try increasing the gas price or incrementing the nonce.",
     LQ_RPC_REPLACEMENT, {0}},
    {SEND, -32000, "future transaction tries to replace pending", LQ_RPC_REPLACEMENT, {0}},
    /* underpriced */
    {SEND, -32000, "transaction underpriced", LQ_RPC_UNDERPRICED, {0}},
    {SEND, -32000, "transaction underpriced: gas tip cap 1, minimum needed 2", LQ_RPC_UNDERPRICED,
     {0}},
    {SEND, -32003, "transaction priority fee below minimum required priority fee 5",
     LQ_RPC_UNDERPRICED, {0}},
    {SEND, -32000, "fee too low", LQ_RPC_UNDERPRICED, {0}},
    {SEND, -32010, "FeeTooLow", LQ_RPC_UNDERPRICED, {0}},
    {SEND, -32010, "FeeTooLowToCompete", LQ_RPC_UNDERPRICED, {0}},
    {SEND, -32000, "FEE_TOO_LOW: underpriced", LQ_RPC_UNDERPRICED, {0}},
    {SEND, -32000, "INTERNAL_ERROR: underpriced", LQ_RPC_UNDERPRICED, {0}},
    {SEND, -32000, "gas price below minimum: gas price 1, minimum needed 2", LQ_RPC_UNDERPRICED,
     {0}},
    {SEND, -32000, "max fee per gas less than block base fee: address 0x0, maxFeePerGas: 1",
     LQ_RPC_UNDERPRICED, {0}},
    {SEND, -32009, "Gas price below configured minimum gas price", LQ_RPC_UNDERPRICED, {0}},
    /* pool full */
    {SEND, -32000, "txpool is full", LQ_RPC_POOL_FULL, {0}},
    {SEND, -32003, "txpool is full", LQ_RPC_POOL_FULL, {0}},
    {SEND, -32000, "INTERNAL_ERROR: pending sub-pool is full", LQ_RPC_POOL_FULL, {0}},
    {SEND, -32000, "baseFee sub-pool is full", LQ_RPC_POOL_FULL, {0}},
    {SEND, -32000, "INTERNAL_ERROR: queued sub-pool is full", LQ_RPC_POOL_FULL, {0}},
    {SEND, -32000, "account limit exceeded: pooled 64 txs", LQ_RPC_POOL_FULL, {0}},
    {SEND, -32000, "in-flight transaction limit reached for delegated accounts", LQ_RPC_POOL_FULL,
     {0}},
    {SEND, -32000, "rejected", LQ_RPC_POOL_FULL, {0}},
    {SEND, -32000, " Rejected.\n", LQ_RPC_POOL_FULL, {0}},
    {SEND, -32000, "upstream: rejected", LQ_RPC_POOL_FULL, {0}},
    {SEND, -32003, "transaction rejected", LQ_RPC_UNKNOWN, {0}},
    {SEND, -32000, "rejected by the filter", LQ_RPC_UNKNOWN, {0}},
    /* funds */
    {SEND, -32000, "insufficient funds for gas * price + value: balance 1, tx cost 2, overshot 1",
     LQ_RPC_FUNDS, {0}},
    {SEND, -32003, "insufficient funds for gas * price + value: have 1 want 2", LQ_RPC_FUNDS, {0}},
    {SEND, -32000, "insufficient funds for transfer", LQ_RPC_FUNDS, {0}},
    {SEND, -32004, "Upfront cost exceeds account balance", LQ_RPC_FUNDS, {0}},
    {SEND, -32010, "InsufficientFunds, Balance is 1 less than sending value + gas 2", LQ_RPC_FUNDS,
     {0}},
    {SEND, -32000, "INTERNAL_ERROR: insufficient funds", LQ_RPC_FUNDS, {0}},
    {SEND, -32000, "transaction would cause overdraft", LQ_RPC_FUNDS, {0}},
    /* fee cap */
    {SEND, -32000, "tx fee (1.20 ether) exceeds the configured cap (1.00 ether)", LQ_RPC_FEE_CAP,
     {0}},
    {SEND, -32000, "Transaction fee cap exceeded", LQ_RPC_FEE_CAP, {0}},
    /* malformed */
    {SEND, -32000, "intrinsic gas too low: gas 1, minimum needed 21000", LQ_RPC_MALFORMED, {0}},
    {SEND, -32010, "Invalid, intrinsic gas too low", LQ_RPC_MALFORMED, {0}},
    {SEND, -32000, "INTERNAL_ERROR: IntrinsicGas", LQ_RPC_MALFORMED, {0}},
    {SEND, -32003, "Intrinsic gas exceeds gas limit", LQ_RPC_MALFORMED, {0}},
    {SEND, -32000, "insufficient gas for floor data gas cost: gas 21000, minimum needed 40000",
     LQ_RPC_MALFORMED, {0}},
    {SEND, -32000, "sender not an eoa: address 0x1f9840a85d5aF5bf1D1762F925BDADdC4201F984",
     LQ_RPC_MALFORMED, {0}},
    {SEND, -32000, "nonce has max value: address 0x1f98", LQ_RPC_MALFORMED, {0}},
    {SEND, -32000, "exceeds block gas limit", LQ_RPC_MALFORMED, {0}},
    {SEND, -32010, "GasLimitExceeded, Gas limit: 30, gas limit of rejected tx: 31", LQ_RPC_MALFORMED,
     {0}},
    {SEND, -32000, "INTERNAL_ERROR: gas limit is too high", LQ_RPC_MALFORMED, {0}},
    {SEND, -32005, "Transaction gas limit exceeds block gas limit", LQ_RPC_MALFORMED, {0}},
    {SEND, -32000, "transaction gas limit too high (cap: 16777216, tx: 16777217)", LQ_RPC_MALFORMED,
     {0}},
    {SEND, -32000, "oversized data: transaction size 131073, limit 131072", LQ_RPC_MALFORMED, {0}},
    {SEND, -32010, "MaxTxSizeExceeded", LQ_RPC_MALFORMED, {0}},
    {SEND, -32602, "Invalid transaction params (missing or incorrect)", LQ_RPC_MALFORMED, {0}},
    {SEND, -32000, "invalid sender: x", LQ_RPC_MALFORMED, {0}},
    {SEND, -32602, "invalid transaction signature", LQ_RPC_MALFORMED, {0}},
    {SEND, -32010, "FailedToResolveSender", LQ_RPC_MALFORMED, {0}},
    {SEND, -32002, "Invalid signature", LQ_RPC_MALFORMED, {0}},
    {SEND, -32000, "invalid sender: invalid chain id for signer: have 1 want 2", LQ_RPC_MALFORMED,
     {0}},
    {SEND, -32000, "invalid chain ID", LQ_RPC_MALFORMED, {0}},
    {SEND, -32010, "Invalid, InvalidTxChainId: Expected 1, got 2", LQ_RPC_MALFORMED, {0}},
    {SEND, -32000, "Wrong chainId", LQ_RPC_MALFORMED, {0}},
    {SEND, -32000, "only replay-protected (EIP-155) transactions allowed over RPC",
     LQ_RPC_MALFORMED, {0}},
    {SEND, -32010, "Invalid, InvalidTxSignature: Signature is invalid", LQ_RPC_MALFORMED, {0}},
    {SEND, -32000, "ChainId is required", LQ_RPC_MALFORMED, {0}},
    {SEND, -32000, "transaction type not supported: tx type 4 not supported by this pool",
     LQ_RPC_MALFORMED, {0}},
    {SEND, -32010, "NotSupportedTxType", LQ_RPC_MALFORMED, {0}},
    {SEND, -32000, "INTERNAL_ERROR: fork supporting this transaction type is not activated yet",
     LQ_RPC_MALFORMED, {0}},
    {SEND, -32602, "Invalid transaction type", LQ_RPC_MALFORMED, {0}},
    {SEND, -32000, "max priority fee per gas higher than max fee per gas: address 0x0",
     LQ_RPC_MALFORMED, {0}},
    {SEND, -32000, "Max priority fee per gas exceeds max fee per gas", LQ_RPC_MALFORMED, {0}},
    {SEND, -32010, "Invalid, InvalidMaxPriorityFeePerGas: Cannot be higher than maxFeePerGas",
     LQ_RPC_MALFORMED, {0}},
    {SEND, -32000, "rlp: value size exceeds available input length", LQ_RPC_MALFORMED, {0}},
    {SEND, -32602, "failed to decode signed transaction", LQ_RPC_MALFORMED, {0}},
    {SEND, -32602, "Invalid RLP.", LQ_RPC_MALFORMED, {0}},
    /* sequencer */
    {SEND, -32000, "queue full", LQ_RPC_SEQUENCER, {0}},
    {SEND, -32000, "sequencer pending tx pool full, please try again", LQ_RPC_SEQUENCER, {0}},
    {SEND, -32000, "sender is over rate limit", LQ_RPC_SEQUENCER, {0}},
    /* syncing */
    {SEND, -32010, "Syncing, node is syncing", LQ_RPC_SYNCING, {0}},
    {SEND, -32008, "Initial sync is still in progress", LQ_RPC_SYNCING, {0}},
    {LOGS, -32000, "node is syncing", LQ_RPC_SYNCING, {0}},
    /* revert; what a contract says is nothing a node says */
    {SEND, 3, "execution reverted", LQ_RPC_REVERT, {0}},
    {SEND, 3, "execution reverted: already known", LQ_RPC_REVERT, {0}},
    {SEND, 3, "already known", LQ_RPC_REVERT, {0}},
    {OTHER, -32000, "Execution reverted", LQ_RPC_REVERT, {0}},
    {OTHER, -32015, "VM execution error.", LQ_RPC_REVERT, {0}},
    {OTHER, -32015, "", LQ_RPC_REVERT, {0}},
    {OTHER, -32000, "execution reverted: header not found", LQ_RPC_REVERT, {0}},
    {OTHER, -32000, "execution reverted: rate limit exceeded", LQ_RPC_REVERT, {0}},
    {OTHER, -32000, "VM Exception while processing transaction: reverted with reason string "
     "'too many requests'", LQ_RPC_REVERT, {0}},
    {OTHER, -32000, "invalid opcode: INVALID", LQ_RPC_REVERT, {0}},
    {OTHER, -32003, "EVM error InvalidFEOpcode", LQ_RPC_REVERT, {0}},
    /* as stated by the code alone: the text is the contract's */
    {OTHER, -32015, "too many requests", LQ_RPC_REVERT, {0}},
    {OTHER, -32015, "header not found", LQ_RPC_REVERT, {0}},
    {SEND, -32015, "already known", LQ_RPC_REVERT, {0}},
    {OTHER, -32015, "OutOfGas", LQ_RPC_GAS, {0}},
    {SEND, -32015, "out of gas", LQ_RPC_REVERT, {0}},
    /* what a contract can make a node say, which is no fault of the node */
    {OTHER, -32000, "write protection", LQ_RPC_REVERT, {0}},
    {OTHER, -32000, "return data out of bounds", LQ_RPC_REVERT, {0}},
    {OTHER, -32000, "stack limit reached 1024 (1023)", LQ_RPC_REVERT, {0}},
    {OTHER, -32000, "stack underflow (0 <=> 1)", LQ_RPC_REVERT, {0}},
    {OTHER, -32000, "max call depth exceeded", LQ_RPC_REVERT, {0}},
    {OTHER, -38012, "max fee per gas less than block base fee: address 0x01", LQ_RPC_UNDERPRICED,
     {0}},
    {OTHER, -38020, "block numbers must be in order: 12 <= 13", LQ_RPC_MALFORMED, {0}},
    {OTHER, -38021, "block timestamps must be in order: 74 <= 74", LQ_RPC_MALFORMED, {0}},
    {OTHER, -38020, "Block number in sequence did not increase", LQ_RPC_MALFORMED, {0}},
    {OTHER, -38015, "block gas limit reached: 30000000 >= 30000000", LQ_RPC_MALFORMED, {0}},
    {OTHER, -38015, "Block gas limit exceeded by the block's transactions", LQ_RPC_MALFORMED, {0}},
    {OTHER, -32000, "insufficient balance for transfer", LQ_RPC_REVERT, {0}},
    {OTHER, -32000, "contract address collision", LQ_RPC_REVERT, {0}},
    {OTHER, -32000, "max code size exceeded", LQ_RPC_REVERT, {0}},
    {OTHER, -32000, "invalid code: must not begin with 0xef", LQ_RPC_REVERT, {0}},
    {OTHER, -32000, "gas uint64 overflow", LQ_RPC_GAS, {0}},
    {OTHER, -32000, "nonce uint64 overflow", LQ_RPC_REVERT, {0}},
    {OTHER, -32000, "Transaction processing could not be completed due to an exception",
     LQ_RPC_REVERT, {0}},
    /* of a send nothing is guessed */
    {SEND, -32000, "something new", LQ_RPC_UNKNOWN, {0}},
    {SEND, -32005, "something new", LQ_RPC_UNKNOWN, {0}},
    {SEND, -32602, "something new", LQ_RPC_UNKNOWN, {0}},
    {SEND, -32003, "something new", LQ_RPC_UNKNOWN, {0}},
    {SEND, -32010, "", LQ_RPC_UNKNOWN, {0}},
    {SEND, -32000, "header not found", LQ_RPC_UNKNOWN, {0}},

    /* eth_getLogs */
    {LOGS, -32000, "exceed maximum block range: 5000", LQ_RPC_RANGE, {.range_max = 5000}},
    {LOGS, -32602, "exceed max addresses or topics per search position", LQ_RPC_FILTER, {0}},
    {LOGS, -32003, "response too large", LQ_RPC_ROWS, {0}},
    {LOGS, -32602, "query exceeds max block range 100000", LQ_RPC_RANGE, {.range_max = 100000}},
    {LOGS, -32602, "query exceeds max results 20000, retry with the range 100-250", LQ_RPC_ROWS,
     {.from = 100, .to = 250}},
    {LOGS, -32602, "block range extends beyond current head block: requested 12, head 10",
     LQ_RPC_ABSENT, {0}},
    {LOGS, -32000, "query block range exceeds server limit, narrow your filter: 1000", LQ_RPC_RANGE,
     {.range_max = 1000}},
    {LOGS, -32000, "query returns too many logs, narrow your filter: 20000", LQ_RPC_ROWS, {0}},
    {LOGS, -32005, "Too many logs requested. Max logs per response is 20000.", LQ_RPC_ROWS, {0}},
    {LOGS, -32005, "Requested range exceeds maximum RPC range limit", LQ_RPC_RANGE, {0}},
    {LOGS, -32005, "query returned more than 10000 results. Try with this block range [0x64, 0xc8].",
     LQ_RPC_ROWS, {.from = 100, .to = 200}},
    {LOGS, -32005, "query returned more than 10000 results", LQ_RPC_ROWS, {0}},
    {LOGS, -32005, "range 20001 exceeds limit of 10000", LQ_RPC_RANGE, {.range_max = 10000}},
    {LOGS, -32602, "Log response size exceeded. You can make eth_getLogs requests with up to a 10 "
     "block range. Based on your parameters, this block range should work: [0x1, 0xa]",
     LQ_RPC_RANGE, {.range_max = 10, .from = 1, .to = 10}},
    {LOGS, -32600, "Under the Free tier plan, you can make eth_getLogs requests with up to a 10 "
     "block range. Based on your parameters, this block range should work: [0x1, 0xa].",
     LQ_RPC_RANGE, {.range_max = 10, .from = 1, .to = 10}},
    {LOGS, -32602, "Log response size exceeded. You can make eth_getLogs requests with up to a 2K "
     "block range and no limit on the response size, or you can request any block range with a cap "
     "of 10K logs in the response. Based on your parameters and the response size limit, this "
     "block range should work: [0x10, 0x20]", LQ_RPC_ROWS, {.from = 16, .to = 32}},
    {LOGS, -32602, "Log response size exceeded. Based on your parameters and the response size "
     "limit, this block range should work: [0x0, 0x1f]", LQ_RPC_ROWS, {.from = 0, .to = 31}},
    {LOGS, -32614, "eth_getLogs is limited to a 10,000 range", LQ_RPC_RANGE, {.range_max = 10000}},
    {LOGS, -32614, "eth_getLogs is limited to a 5 range", LQ_RPC_RANGE, {.range_max = 5}},
    {LOGS, -32614, "eth_getLogs is limited to a 1,234,567 range", LQ_RPC_RANGE,
     {.range_max = 1234567}},
    {LOGS, -32000, "too wide blocks range, the limit is 3000", LQ_RPC_RANGE, {.range_max = 3000}},
    {LOGS, -32000, "block range too large, max range: 5000", LQ_RPC_RANGE, {.range_max = 5000}},
    {LOGS, -32000, "block range too large, max range: 2k blocks", LQ_RPC_RANGE,
     {.range_max = 2000}},
    {LOGS, -32000, "request timed out", LQ_RPC_ROWS, {0}},
    /* rows, not blocks */
    {LOGS, -32000, "logs matched by query exceeds limit of 10000", LQ_RPC_ROWS, {0}},
    {LOGS, -32000, "log query timed out", LQ_RPC_ROWS, {0}},
    {LOGS, -32000, "backend response too large", LQ_RPC_ROWS, {0}},
    {LOGS, -32005, "Log response size exceeded. Maximum allowed number of requested blocks is 1000",
     LQ_RPC_RANGE, {.range_max = 1000}},
    {LOGS, -32000, "Max range: 3500", LQ_RPC_RANGE, {.range_max = 3500}},
    {LOGS, -32000, "ranges over 10000 blocks are not supported on free plan", LQ_RPC_RANGE,
     {.range_max = 10000}},
    {LOGS, -32000, "please limit the query to at most 1000 blocks", LQ_RPC_RANGE,
     {.range_max = 1000}},
    {LOGS, -32602, "eth_getLogs range is too large, max is 1k blocks", LQ_RPC_RANGE,
     {.range_max = 1000}},
    {LOGS, -32000, "eth_getLogs is limited to 1024 block range. Please check the parameter "
     "requirements", LQ_RPC_RANGE, {.range_max = 1024}},
    {LOGS, -32701, "maximum block range: 50000", LQ_RPC_RANGE, {.range_max = 50000}},
    {LOGS, -32614, "new words", LQ_RPC_RANGE, {0}},
    {LOGS, -32005, "new words", LQ_RPC_ROWS, {0}},
    {LOGS, -32000, "the block range is not to our liking", LQ_RPC_RANGE, {0}},
    {LOGS, -32602, "invalid block range params", LQ_RPC_PARAMS, {0}},
    /* hints that are none */
    {LOGS, -32000, "exceed maximum block range: many", LQ_RPC_RANGE, {0}},
    {LOGS, -32000, "exceed maximum block range: 99999999999999999999999", LQ_RPC_RANGE, {0}},
    {LOGS, -32005, "query returned more than 10000 results. Try with this block range [0xc8, 0x64].",
     LQ_RPC_ROWS, {0}},
    {LOGS, -32005, "query returned more than 10000 results. Try with this block range [0x64, ",
     LQ_RPC_ROWS, {0}},
    {LOGS, -32005, "query returned more than 10000 results. Try with this block range [0x, 0x]",
     LQ_RPC_ROWS, {0}},
    {LOGS, -32602, "query exceeds max results 20000, retry with the range 250-100", LQ_RPC_ROWS,
     {0}},
    /* not there */
    {LOGS, -32000, "header not found", LQ_RPC_ABSENT, {0}},
    {LOGS, -32000, "unknown block", LQ_RPC_ABSENT, {0}},
    /* reads at a block's hash: geth, erigon, Nethermind, reth */
    {OTHER, -32000, "header for hash not found", LQ_RPC_ABSENT, {0}},
    {OTHER, -32000, "hash is not currently canonical", LQ_RPC_ABSENT, {0}},
    {OTHER, -32603, "hash 5d15649e25d8f3e2c0374946078539d200710afc is not currently canonical",
     LQ_RPC_ABSENT, {0}},
    {OTHER, -32000, "header found, but block body is missing", LQ_RPC_ABSENT, {0}},
    {OTHER, -32000, "block 5d15649e25d8f3e2c0374946078539d200710afc not found", LQ_RPC_ABSENT, {0}},
    {OTHER, -32000, "block #17000000 not found", LQ_RPC_ABSENT, {0}},
    {OTHER, -32001, "block not found: hash 0x5d15649e25d8f3e2", LQ_RPC_ABSENT, {0}},
    {OTHER, -32000, "0x5d15649e25d8f3e2 could not be found", LQ_RPC_ABSENT, {0}},
    {OTHER, -32000, "0x5d15649e25d8f3e2 block is not canonical", LQ_RPC_ABSENT, {0}},
    {OTHER, -32000, "Parent block not found", LQ_RPC_ABSENT, {0}},
    {OTHER, -39001, "Unknown block", LQ_RPC_ABSENT, {0}},
    {OTHER, -39001, "new words", LQ_RPC_ABSENT, {0}},
    {OTHER, -32000, "old data not available due to pruning", LQ_RPC_ABSENT, {0}},
    {OTHER, -32002, "No state available for block 0x5d15649e25d8f3e2", LQ_RPC_ABSENT, {0}},
    {OTHER, -32000, "required historical state unavailable (reexec=128)", LQ_RPC_ABSENT, {0}},
    {OTHER, -32000, "historical state 5d15649e is not available", LQ_RPC_ABSENT, {0}},
    /* receipts, fee history */
    {OTHER, -32603, "receipt not found", LQ_RPC_ABSENT, {0}},
    {OTHER, -32000, "receipts not found", LQ_RPC_ABSENT, {0}},
    {OTHER, -32000, "transaction indexing is in progress", LQ_RPC_ABSENT, {0}},
    {OTHER, -32000, "request beyond head block: requested 22352770, head 22352769", LQ_RPC_ABSENT,
     {0}},
    {OTHER, -32000, "method handler crashed", LQ_RPC_UNKNOWN, {0}},
    {OTHER, -32000, "filter not found", LQ_RPC_UNKNOWN, {0}},
    {OTHER, -32000, "missing trie node 1f (path ) state 0x12 is not available", LQ_RPC_ABSENT, {0}},
    {LOGS, 4444, "pruned history unavailable", LQ_RPC_ABSENT, {0}},
    {LOGS, 4444, "new words", LQ_RPC_ABSENT, {0}},
    {OTHER, -32001, "Resource not found", LQ_RPC_ABSENT, {0}},
    {OTHER, -32001, "new words", LQ_RPC_ABSENT, {0}},
    {OTHER, -32602, "BlockOutOfRangeError: block height is 3 but requested was 9", LQ_RPC_ABSENT,
     {0}},
    /* other methods */
    {OTHER, -32000, "out of gas", LQ_RPC_GAS, {0}},
    {OTHER, -32003, "EVM error OutOfGas", LQ_RPC_GAS, {0}},
    {OTHER, -32000, "gas required exceeds allowance (25000)", LQ_RPC_GAS, {0}},
    {OTHER, -32000, "execution aborted (timeout = 5s)", LQ_RPC_GAS, {0}},
    {OTHER, -32003, "response too large", LQ_RPC_GAS, {0}},
    {OTHER, -32600, "batch too large", LQ_RPC_GAS, {0}},
    {OTHER, -32000, "insufficient funds for transfer", LQ_RPC_FUNDS, {0}},
    {OTHER, -32002, "request timed out", LQ_RPC_TIMEOUT, {0}},
    {OTHER, -32002, "new words", LQ_RPC_TIMEOUT, {0}},
    {OTHER, -32000, "already known", LQ_RPC_UNKNOWN, {0}},
    {OTHER, -32000, "nonce too low", LQ_RPC_UNKNOWN, {0}},
    {OTHER, -32000, "exceed maximum block range: 5000", LQ_RPC_UNKNOWN, {0}},
    /* any method */
    {SEND, -32005, "rate limit exceeded", LQ_RPC_RATE, {0}},
    {LOGS, -32005, "rate limit exceeded", LQ_RPC_RATE, {0}},
    {OTHER, -32007, "50/second request limit reached - reduce calls per second or upgrade",
     LQ_RPC_RATE, {0}},
    {OTHER, -32009, "new words", LQ_RPC_RATE, {0}},
    {OTHER, -32005, "new words", LQ_RPC_RATE, {0}},
    {OTHER, 429, "Your app has exceeded its compute units per second capacity.", LQ_RPC_RATE, {0}},
    {LOGS, -32000, "Monthly capacity limit exceeded. Visit https://x to upgrade.", LQ_RPC_QUOTA,
     {0}},
    {OTHER, -32005, "daily request count exceeded, request rate limited", LQ_RPC_QUOTA, {0}},
    {OTHER, -32000, "Must be authenticated!", LQ_RPC_FORBIDDEN, {0}},
    {SEND, -32007, "Sender account not authorized to send transactions", LQ_RPC_FORBIDDEN, {0}},
    {OTHER, -32601, "the method eth_foo does not exist/is not available", LQ_RPC_METHOD, {0}},
    {SEND, -32601, "new words", LQ_RPC_METHOD, {0}},
    {OTHER, -32601, "notifications not supported", LQ_RPC_METHOD, {0}},
    {OTHER, -32601, "no \"x\" subscription in eth namespace", LQ_RPC_METHOD, {0}},
    {OTHER, -32604, "Method not enabled", LQ_RPC_METHOD, {0}},
    {OTHER, -32604, "new words", LQ_RPC_METHOD, {0}},
    {OTHER, -32005, "Number of requests exceeds max batch size", LQ_RPC_GAS, {0}},
    {SEND, -32005, "Number of requests exceeds max batch size", LQ_RPC_UNKNOWN, {0}},
    {OTHER, -32004, "new words", LQ_RPC_METHOD, {0}},
    {OTHER, -32602, "missing value for required argument 0", LQ_RPC_PARAMS, {0}},
    {LOGS, -32602, "missing value for required argument 0", LQ_RPC_PARAMS, {0}},
    {OTHER, -32603, "Internal error", LQ_RPC_UNKNOWN, {0}},
    {OTHER, 0, "", LQ_RPC_UNKNOWN, {0}},
};

/* Of the transport; code 0 is a body that is no JSON-RPC. */
static const struct {
    lq_rpc_group_t group;
    unsigned http_status;
    int64_t code;
    const char *text;
    lq_rpc_class_t class_;
} statuses[] = {
    {OTHER, 429, 0, "", LQ_RPC_RATE},
    {SEND, 429, 0, "<html>slow down</html>", LQ_RPC_RATE},
    {LOGS, 429, -32005, "new words", LQ_RPC_RATE},
    {LOGS, 429, -32005, "query returned more than 10000 results", LQ_RPC_ROWS},
    {LOGS, 429, -32005, "Monthly capacity limit exceeded", LQ_RPC_QUOTA},
    {OTHER, 402, 0, "", LQ_RPC_QUOTA},
    {SEND, 402, 0, "", LQ_RPC_QUOTA},
    {OTHER, 401, 0, "", LQ_RPC_FORBIDDEN},
    {OTHER, 403, 0, "", LQ_RPC_FORBIDDEN},
    {SEND, 403, 0, "", LQ_RPC_FORBIDDEN},
    {LOGS, 413, 0, "", LQ_RPC_FILTER},
    {OTHER, 413, 0, "", LQ_RPC_GAS},
    {SEND, 413, 0, "", LQ_RPC_BROKEN},
    {OTHER, 500, 0, "", LQ_RPC_BROKEN},
    {SEND, 500, 0, "", LQ_RPC_BROKEN},
    {SEND, 502, 0, "<html>already known</html>", LQ_RPC_BROKEN},
    {SEND, 404, 0, "known transaction", LQ_RPC_BROKEN},
    {SEND, 500, -32000, "already known", LQ_RPC_KNOWN},
    {SEND, 500, -32000, "new words", LQ_RPC_BROKEN},
    {SEND, 400, -32000, "new words", LQ_RPC_UNKNOWN},
    {OTHER, 503, 0, "", LQ_RPC_BROKEN},
    {OTHER, 504, 0, "", LQ_RPC_TIMEOUT},
    {SEND, 504, 0, "", LQ_RPC_TIMEOUT},
    {OTHER, 404, 0, "Not Found", LQ_RPC_BROKEN},
    {OTHER, 302, 0, "", LQ_RPC_BROKEN},
    {OTHER, 400, -32602, "new words", LQ_RPC_PARAMS},
    {OTHER, 200, -32000, "new words", LQ_RPC_UNKNOWN},
};
/* clang-format on */

static lq_rpc_class_t classify(lq_rpc_hint_t *hint, const answer_t *a, const char *text, size_t sz)
{
    lq_rpc_failure_t f = {.code = a->code, .message = text, .message_sz = sz};
    memset(hint, 0xa5, sizeof(*hint));
    return lq_rpc_classify(hint, a->group, &f);
}

static void check(const answer_t *a, const char *text, size_t sz)
{
    lq_rpc_hint_t hint;
    lq_rpc_class_t got = classify(&hint, a, text, sz);
    if (got != a->class_ || hint.range_max != a->hint.range_max || hint.from != a->hint.from ||
        hint.to != a->hint.to || hint.has_next_nonce != a->hint.has_next_nonce ||
        hint.next_nonce != a->hint.next_nonce)
        fail_msg("\"%.*s\" (%lld): %s, range %llu, %llu-%llu, nonce %d %llu", (int)sz, text,
                 (long long)a->code, lq_rpc_class_name(got), (unsigned long long)hint.range_max,
                 (unsigned long long)hint.from, (unsigned long long)hint.to, hint.has_next_nonce,
                 (unsigned long long)hint.next_nonce);
}

static void knows_every_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < LQ_ARRAY_CNT(answers); i++)
        check(&answers[i], answers[i].text, strlen(answers[i].text));
}

static void knows_every_text_in_any_case(void **state)
{
    (void)state;
    for (size_t i = 0; i < LQ_ARRAY_CNT(answers); i++) {
        char text[512];
        size_t sz = strlen(answers[i].text);
        assert_true(sz < sizeof(text));
        for (size_t k = 0; k < sz; k++) {
            text[k] = answers[i].text[k];
            if (text[k] >= 'a' && text[k] <= 'z')
                text[k] = (char)(text[k] & ~0x20);
        }
        for (size_t k = 0; k + 1 < sz; k++)
            if (text[k] == '0' && text[k + 1] == 'X')
                text[k + 1] = 'x';
        check(&answers[i], text, sz);
    }
}

/* Gateways wrap what a node said, and go on behind it. */
static void finds_a_text_inside_a_longer_one(void **state)
{
    (void)state;
    static const char before[] = "ErrUpstreamRequest: upstream \xff\xc3( node-1 answered: ";
    static const char behind[] = " (request 0x7f, attempt 2)";
    for (size_t i = 0; i < LQ_ARRAY_CNT(answers); i++) {
        const answer_t *a = &answers[i];
        char text[1024];
        int sz = snprintf(text, sizeof(text), "%s%s", before, a->text);
        check(a, text, (size_t)sz);
        if (strcmp(a->text, "rejected") == 0 || strcmp(a->text, "upstream: rejected") == 0 ||
            strcmp(a->text, " Rejected.\n") == 0)
            continue; /* bare alone */
        sz = snprintf(text, sizeof(text), "%s%s%s", before, a->text, behind);
        check(a, text, (size_t)sz);
    }
}

static void knows_what_the_transport_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < LQ_ARRAY_CNT(statuses); i++) {
        lq_rpc_failure_t f = {.http_status = statuses[i].http_status,
                              .code = statuses[i].code,
                              .message = statuses[i].text,
                              .message_sz = strlen(statuses[i].text)};
        lq_rpc_class_t got = lq_rpc_classify(NULL, statuses[i].group, &f);
        if (got != statuses[i].class_)
            fail_msg("HTTP %u, %lld, \"%s\": %s", f.http_status, (long long)f.code, f.message,
                     lq_rpc_class_name(got));
    }
}

static void takes_data_of_an_unknown_refusal_for_a_revert(void **state)
{
    (void)state;
    lq_rpc_failure_t f = {
        .code = -32000, .message = "new words", .message_sz = 9, .has_data = true};
    assert_int_equal(lq_rpc_classify(NULL, OTHER, &f), LQ_RPC_REVERT);
    assert_int_equal(lq_rpc_classify(NULL, SEND, &f), LQ_RPC_UNKNOWN);
    f.message = "too many requests"; /* a contract's text */
    f.message_sz = strlen(f.message);
    assert_int_equal(lq_rpc_classify(NULL, OTHER, &f), LQ_RPC_REVERT);
    assert_int_equal(lq_rpc_classify(NULL, LOGS, &f), LQ_RPC_RATE);
    f.message = "new words";
    f.message_sz = strlen(f.message);
    f.has_data = false;
    assert_int_equal(lq_rpc_classify(NULL, OTHER, &f), LQ_RPC_UNKNOWN);
}

/* A text counts up to its 1024th byte, and what lies behind is not even read. */
static void reads_1024_bytes_of_a_message(void **state)
{
    (void)state;
    static const char known[] = "already known";
    size_t known_sz = sizeof(known) - 1;
    size_t sz = 1u << 20;
    char *text = malloc(sz);
    memset(text, ' ', sz);
    memcpy(text + 1024 - known_sz, known, known_sz);
    lq_rpc_failure_t f = {.code = -32000, .message = text, .message_sz = sz};
    assert_int_equal(lq_rpc_classify(NULL, SEND, &f), LQ_RPC_KNOWN);
    f.message_sz = 1024;
    assert_int_equal(lq_rpc_classify(NULL, SEND, &f), LQ_RPC_KNOWN);
    f.message_sz = 1023;
    assert_int_equal(lq_rpc_classify(NULL, SEND, &f), LQ_RPC_UNKNOWN);
    memset(text, ' ', sz);
    memcpy(text + 1025 - known_sz, known, known_sz);
    f.message_sz = sz;
    assert_int_equal(lq_rpc_classify(NULL, SEND, &f), LQ_RPC_UNKNOWN);
    free(text);
}

/* Every prefix of every text, each in memory of its own size: no byte beyond is read. */
static void reads_no_byte_beyond_a_message(void **state)
{
    (void)state;
    for (size_t i = 0; i < LQ_ARRAY_CNT(answers); i++)
        for (size_t sz = 0; sz <= strlen(answers[i].text); sz++) {
            char *text = malloc(sz ? sz : 1);
            for (size_t k = 0; k < sz; k++)
                text[k] = answers[i].text[k];
            lq_rpc_hint_t hint;
            assert_int_not_equal(classify(&hint, &answers[i], text, sz), LQ_RPC_OK);
            assert_true(hint.from <= hint.to);
            free(text);
        }
    lq_rpc_failure_t none = {.code = -32000, .message = NULL, .message_sz = 0};
    assert_int_equal(lq_rpc_classify(NULL, SEND, &none), LQ_RPC_UNKNOWN);
}

static void bears_any_bytes(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t round = 0; round < lq_test_cnt(20000, 1000000); round++) {
        char text[2048];
        size_t sz = lq_rng_below(&rng, sizeof(text));
        lq_rng_bytes(&rng, text, sz);
        if (sz > 600 && lq_rng_below(&rng, 2)) {
            const char *in = answers[lq_rng_below(&rng, LQ_ARRAY_CNT(answers))].text;
            char *at = text + lq_rng_below(&rng, sz - strlen(in));
            for (size_t k = 0; in[k]; k++)
                at[k] = in[k];
        }
        lq_rpc_failure_t f = {.http_status = (unsigned)lq_rng_below(&rng, 700),
                              .code = -32000 - (int64_t)lq_rng_below(&rng, 20),
                              .message = text,
                              .message_sz = sz};
        lq_rpc_hint_t hint;
        lq_rpc_class_t c = lq_rpc_classify(&hint, (lq_rpc_group_t)lq_rng_below(&rng, 3), &f);
        assert_true(c > LQ_RPC_OK && c < LQ_RPC_CLASS_CNT);
        assert_true(hint.from <= hint.to);
    }
}

static void knows_the_group_of_a_method(void **state)
{
    (void)state;
    assert_int_equal(lq_rpc_group_of("eth_sendRawTransaction"), SEND);
    assert_int_equal(lq_rpc_group_of("eth_sendRawTransactionConditional"), SEND);
    assert_int_equal(lq_rpc_group_of("eth_sendRawTransactionSync"), SEND);
    assert_int_equal(lq_rpc_group_of("eth_sendPrivateTransaction"), SEND);
    assert_int_equal(lq_rpc_group_of("eth_sendBundle"), SEND);
    assert_int_equal(lq_rpc_group_of("mev_sendBundle"), SEND);
    assert_int_equal(lq_rpc_group_of("eth_getLogs"), LOGS);
    assert_int_equal(lq_rpc_group_of("eth_call"), OTHER);
    assert_int_equal(lq_rpc_group_of("eth_getLogsX"), OTHER);
    assert_int_equal(lq_rpc_group_of(""), OTHER);
}

/* B: blames the node; M: may move. */
static void blames_and_moves_by_class(void **state)
{
    (void)state;
    static const struct {
        lq_rpc_class_t class_;
        const char *what;
    } truth[] = {
        {LQ_RPC_OK, ""},          {LQ_RPC_KNOWN, ""},      {LQ_RPC_OCCUPIED, ""},
        {LQ_RPC_NONCE_LOW, ""},   {LQ_RPC_NONCE_HIGH, ""}, {LQ_RPC_REPLACEMENT, ""},
        {LQ_RPC_UNDERPRICED, ""}, {LQ_RPC_POOL_FULL, "M"}, {LQ_RPC_FUNDS, ""},
        {LQ_RPC_FEE_CAP, "M"},    {LQ_RPC_MALFORMED, ""},  {LQ_RPC_SEQUENCER, ""},
        {LQ_RPC_RANGE, ""},       {LQ_RPC_ROWS, ""},       {LQ_RPC_FILTER, ""},
        {LQ_RPC_ABSENT, "M"},     {LQ_RPC_REVERT, ""},     {LQ_RPC_GAS, ""},
        {LQ_RPC_SYNCING, "BM"},   {LQ_RPC_RATE, "BM"},     {LQ_RPC_QUOTA, "BM"},
        {LQ_RPC_FORBIDDEN, "BM"}, {LQ_RPC_METHOD, "M"},    {LQ_RPC_PARAMS, "M"},
        {LQ_RPC_UNKNOWN, "BM"},   {LQ_RPC_TIMEOUT, "BM"},  {LQ_RPC_BROKEN, "BM"},
        {LQ_RPC_UNSENT, "BM"},
    };
    assert_int_equal(LQ_ARRAY_CNT(truth), LQ_RPC_CLASS_CNT);
    for (size_t i = 0; i < LQ_ARRAY_CNT(truth); i++) {
        assert_int_equal(truth[i].class_, i);
        assert_int_equal(lq_rpc_blames_node(truth[i].class_), strchr(truth[i].what, 'B') != NULL);
        assert_int_equal(lq_rpc_may_move(truth[i].class_), strchr(truth[i].what, 'M') != NULL);
    }
}

static void names_every_class(void **state)
{
    (void)state;
    for (int c = 0; c < LQ_RPC_CLASS_CNT; c++)
        for (int d = 0; d < c; d++) {
            assert_string_not_equal(lq_rpc_class_name((lq_rpc_class_t)c),
                                    lq_rpc_class_name((lq_rpc_class_t)d));
            assert_string_not_equal(lq_rpc_class_str((lq_rpc_class_t)c),
                                    lq_rpc_class_str((lq_rpc_class_t)d));
        }
    assert_string_equal(lq_rpc_class_name(LQ_RPC_NONCE_LOW), "NONCE_LOW");
    assert_string_equal(lq_rpc_class_str(LQ_RPC_NONCE_LOW), "nonce too low");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_every_text),
        cmocka_unit_test(knows_every_text_in_any_case),
        cmocka_unit_test(finds_a_text_inside_a_longer_one),
        cmocka_unit_test(knows_what_the_transport_says),
        cmocka_unit_test(takes_data_of_an_unknown_refusal_for_a_revert),
        cmocka_unit_test(reads_1024_bytes_of_a_message),
        cmocka_unit_test(reads_no_byte_beyond_a_message),
        cmocka_unit_test(bears_any_bytes),
        cmocka_unit_test(knows_the_group_of_a_method),
        cmocka_unit_test(blames_and_moves_by_class),
        cmocka_unit_test(names_every_class),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
