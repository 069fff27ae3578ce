#include "liqd/rpc/failure.h"

#include <string.h>

/* Of a message so much is read. */
#define TEXT_MAX 1024

#define SEND  (1u << LQ_RPC_GROUP_SEND)
#define LOGS  (1u << LQ_RPC_GROUP_LOGS)
#define OTHER (1u << LQ_RPC_GROUP_OTHER)
#define READS (LOGS | OTHER)
#define ANY   (SEND | LOGS | OTHER)

/* How a pattern must stand. */
typedef enum place {
    ANYWHERE,
    WORD,     /* begins a word: "known transaction", but not "unknown transaction" */
    BARE,     /* is all of the text, or all that stands behind its last ": " */
    OF_BLOCK, /* stands behind the word "block": "block 0x12 not found" */
} place_t;

/* What a text of the row tells besides its class. */
typedef enum tells {
    NOTHING,
    BLOCKS, /* the number behind the pattern is how many blocks a query may span, and a range may
               follow */
    GOOD,   /* behind the pattern a range that would work: "[0x1, 0x2]" or "range 1-2" */
    NONCE,  /* the nonce that comes next */
} tells_t;

typedef struct row {
    const char *pattern; /* lower case, at least 4 bytes */
    uint8_t pattern_sz;
    uint8_t groups;
    uint8_t class_;
    uint8_t place;
    uint8_t tells;
} row_t;

/* clang-format off */
#define ROW(groups, name, pattern, place, tells) \
    {pattern, sizeof(pattern) - 1, (groups), LQ_RPC_##name, (place), (tells)}

/* Where several rows match, the first of them counts. What a contract says when it reverts is a
   stranger's text, so reverts stand before all. */
static const row_t rows[] = {
    ROW(READS, GAS, "evm error outofgas", ANYWHERE, NOTHING),
    ROW(ANY, REVERT, "execution reverted", ANYWHERE, NOTHING),
    ROW(ANY, REVERT, "vm execution error", ANYWHERE, NOTHING),
    ROW(ANY, REVERT, "vm exception while processing", ANYWHERE, NOTHING),
    ROW(ANY, REVERT, "reverted with reason", ANYWHERE, NOTHING),
    ROW(READS, REVERT, "evm error", ANYWHERE, NOTHING),

    ROW(SEND, SEQUENCER, "sender is over rate limit", ANYWHERE, NOTHING),
    ROW(SEND, SEQUENCER, "sequencer pending tx pool full", ANYWHERE, NOTHING),
    ROW(SEND, SEQUENCER, "queue full", WORD, NOTHING),

    ROW(SEND, OCCUPIED, "ownnoncealreadyused", ANYWHERE, NOTHING),
    ROW(SEND, NONCE_LOW, "nonce too low", ANYWHERE, NONCE),
    ROW(SEND, NONCE_LOW, "oldnonce", ANYWHERE, NONCE),
    ROW(SEND, NONCE_LOW, "invalid transaction nonce", ANYWHERE, NOTHING),
    ROW(SEND, NONCE_HIGH, "nonce too high", ANYWHERE, NONCE),
    ROW(SEND, NONCE_HIGH, "noncegap", ANYWHERE, NOTHING),
    ROW(SEND, NONCE_HIGH, "gapped-nonce tx", ANYWHERE, NOTHING),
    ROW(SEND, NONCE_HIGH, "nonce too far in future", ANYWHERE, NOTHING),
    ROW(SEND, NONCE_HIGH, "too distant from current sender nonce", ANYWHERE, NOTHING),
    ROW(SEND, REPLACEMENT, "replacement transaction underpriced", ANYWHERE, NOTHING),
    ROW(SEND, REPLACEMENT, "replacementnotallowed", ANYWHERE, NOTHING),
    ROW(SEND, REPLACEMENT, "could not replace existing tx", ANYWHERE, NOTHING),
    ROW(SEND, REPLACEMENT, "there is another transaction with same nonce", ANYWHERE, NOTHING),
    ROW(SEND, REPLACEMENT, "future transaction tries to replace pending", ANYWHERE, NOTHING),
    ROW(SEND, POOL_FULL, "pool is full", ANYWHERE, NOTHING),
    ROW(SEND, POOL_FULL, "account limit exceeded", ANYWHERE, NOTHING),
    ROW(SEND, POOL_FULL, "in-flight transaction limit reached", ANYWHERE, NOTHING),
    ROW(SEND, POOL_FULL, "rejected", BARE, NOTHING),
    ROW(SEND, FUNDS, "insufficient funds", ANYWHERE, NOTHING),
    ROW(SEND, FUNDS, "insufficientfunds", ANYWHERE, NOTHING),
    ROW(SEND, FUNDS, "would cause overdraft", ANYWHERE, NOTHING),
    ROW(SEND, FUNDS, "upfront cost exceeds account balance", ANYWHERE, NOTHING),
    ROW(SEND, FEE_CAP, "exceeds the configured cap", ANYWHERE, NOTHING),
    ROW(SEND, FEE_CAP, "transaction fee cap exceeded", ANYWHERE, NOTHING),

    ROW(SEND, MALFORMED, "intrinsic gas", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "intrinsicgas", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "floor data gas", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "exceeds block gas limit", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "gaslimitexceeded", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "gas limit is too high", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "gas limit too high", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "oversized data", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "maxtxsizeexceeded", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "max initcode size exceeded", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "invalid sender", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "sender not an eoa", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "nonce has max value", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "failedtoresolvesender", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "invalid transaction signature", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "invalidtxsignature", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "invalid signature", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "invalid chain id", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "invalidtxchainid", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "wrong chainid", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "chainid is required", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "only replay-protected", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "transaction type not supported", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "fork supporting this transaction type", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "notsupportedtxtype", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "invalid transaction type", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "invalid transaction params", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "higher than max fee", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "max priority fee per gas exceeds max fee", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "invalidmaxpriorityfeepergas", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "rlp: ", WORD, NOTHING),
    ROW(SEND, MALFORMED, "invalid rlp", ANYWHERE, NOTHING),
    ROW(SEND, MALFORMED, "failed to decode signed transaction", ANYWHERE, NOTHING),

    ROW(SEND, UNDERPRICED, "underpriced", WORD, NOTHING),
    ROW(SEND, UNDERPRICED, "fee too low", ANYWHERE, NOTHING),
    ROW(SEND, UNDERPRICED, "feetoolow", ANYWHERE, NOTHING),
    ROW(SEND, UNDERPRICED, "gas price below", ANYWHERE, NOTHING),
    ROW(SEND, UNDERPRICED, "gas price is too low", ANYWHERE, NOTHING),
    ROW(SEND, UNDERPRICED, "less than block base fee", ANYWHERE, NOTHING),
    ROW(SEND, UNDERPRICED, "priority fee below minimum", ANYWHERE, NOTHING),

    /* The one class of a send that means success comes behind all that mean failure. */
    ROW(SEND, UNKNOWN, "known transaction type", ANYWHERE, NOTHING),
    ROW(SEND, KNOWN, "already known", WORD, NOTHING),
    ROW(SEND, KNOWN, "alreadyknown", WORD, NOTHING),
    ROW(SEND, KNOWN, "known transaction", WORD, NOTHING),
    ROW(SEND, KNOWN, "existing txn with same hash", ANYWHERE, NOTHING),
    ROW(SEND, KNOWN, "transaction already imported", ANYWHERE, NOTHING),
    ROW(SEND, KNOWN, "transaction with the same hash was already imported", ANYWHERE, NOTHING),

    ROW(LOGS, ABSENT, "extends beyond current head", ANYWHERE, NOTHING),
    ROW(LOGS, RANGE, "exceed maximum block range", ANYWHERE, BLOCKS),
    ROW(LOGS, RANGE, "query exceeds max block range", ANYWHERE, BLOCKS),
    ROW(LOGS, RANGE, "block range exceeds server limit, narrow your filter", ANYWHERE, BLOCKS),
    ROW(LOGS, RANGE, "exceeds maximum rpc range limit", ANYWHERE, NOTHING),
    ROW(LOGS, ROWS, "logs matched by query exceeds limit", ANYWHERE, NOTHING),
    ROW(LOGS, RANGE, "exceeds limit of", ANYWHERE, BLOCKS),
    ROW(LOGS, RANGE, "is limited to a", ANYWHERE, BLOCKS),
    ROW(LOGS, RANGE, "eth_getlogs is limited to", ANYWHERE, BLOCKS),
    ROW(LOGS, RANGE, "number of requested blocks is", ANYWHERE, BLOCKS),
    ROW(LOGS, RANGE, "limit the query to at most", ANYWHERE, BLOCKS),
    ROW(LOGS, RANGE, "range is too large, max is", ANYWHERE, BLOCKS),
    ROW(LOGS, RANGE, "maximum block range", ANYWHERE, BLOCKS),
    ROW(LOGS, RANGE, "ranges over", ANYWHERE, BLOCKS),
    ROW(LOGS, RANGE, "too wide blocks range, the limit is", ANYWHERE, BLOCKS),
    ROW(LOGS, RANGE, "block range too large, max range", ANYWHERE, BLOCKS),
    ROW(LOGS, RANGE, "max range:", ANYWHERE, BLOCKS),
    /* Alchemy: a range without a limit of rows, or as many blocks as you like with one */
    ROW(LOGS, ROWS, "block range and no limit on the response size", ANYWHERE, GOOD),
    ROW(LOGS, RANGE, "eth_getlogs requests with up to a", ANYWHERE, BLOCKS),
    ROW(LOGS, ROWS, "log response size exceeded", ANYWHERE, GOOD),
    ROW(LOGS, ROWS, "query exceeds max results", ANYWHERE, GOOD),
    ROW(LOGS, ROWS, "query returned more than", ANYWHERE, GOOD),
    ROW(LOGS, ROWS, "query returns too many logs", ANYWHERE, NOTHING),
    ROW(LOGS, ROWS, "too many logs requested", ANYWHERE, NOTHING),
    ROW(LOGS, ROWS, "response too large", ANYWHERE, NOTHING),
    ROW(LOGS, ROWS, "request timed out", ANYWHERE, NOTHING),
    ROW(LOGS, ROWS, "log query timed out", ANYWHERE, NOTHING),
    ROW(LOGS, ROWS, "query timeout exceeded", ANYWHERE, NOTHING),
    ROW(LOGS, FILTER, "exceed max addresses or topics", ANYWHERE, NOTHING),
    ROW(LOGS, FILTER, "exceed max topics", ANYWHERE, NOTHING),
    ROW(LOGS, FILTER, "exceed max addresses", ANYWHERE, NOTHING),

    ROW(ANY, QUOTA, "monthly capacity limit", ANYWHERE, NOTHING),
    ROW(ANY, QUOTA, "daily request count exceeded", ANYWHERE, NOTHING),
    ROW(ANY, QUOTA, "quota exceeded", ANYWHERE, NOTHING),
    ROW(ANY, QUOTA, "exceeded your quota", ANYWHERE, NOTHING),
    ROW(ANY, RATE, "rate limit", ANYWHERE, NOTHING),
    ROW(ANY, RATE, "rate-limit", ANYWHERE, NOTHING),
    ROW(ANY, RATE, "too many requests", ANYWHERE, NOTHING),
    ROW(ANY, RATE, "request rate exceeded", ANYWHERE, NOTHING),
    ROW(ANY, RATE, "request limit reached", ANYWHERE, NOTHING),
    ROW(ANY, RATE, "compute units per second", ANYWHERE, NOTHING),
    ROW(ANY, SYNCING, "node is syncing", ANYWHERE, NOTHING),
    ROW(ANY, SYNCING, "initial sync is still in progress", ANYWHERE, NOTHING),
    ROW(ANY, METHOD, "does not exist/is not available", ANYWHERE, NOTHING),
    ROW(ANY, METHOD, "method not found", ANYWHERE, NOTHING),
    ROW(ANY, METHOD, "method not supported", ANYWHERE, NOTHING),
    ROW(ANY, METHOD, "unsupported method", ANYWHERE, NOTHING),
    ROW(ANY, METHOD, "method is not whitelisted", ANYWHERE, NOTHING),
    ROW(ANY, METHOD, "notifications not supported", ANYWHERE, NOTHING),
    ROW(ANY, FORBIDDEN, "unauthorized", ANYWHERE, NOTHING),
    ROW(ANY, FORBIDDEN, "not authorized", ANYWHERE, NOTHING),
    ROW(ANY, FORBIDDEN, "invalid api key", ANYWHERE, NOTHING),
    ROW(ANY, FORBIDDEN, "invalid project id", ANYWHERE, NOTHING),
    ROW(ANY, FORBIDDEN, "must be authenticated", ANYWHERE, NOTHING),

    ROW(READS, ABSENT, "header not found", ANYWHERE, NOTHING),
    ROW(READS, ABSENT, "header for hash not found", ANYWHERE, NOTHING),
    ROW(READS, ABSENT, "is not currently canonical", ANYWHERE, NOTHING),
    ROW(READS, ABSENT, "block is not canonical", ANYWHERE, NOTHING),
    ROW(READS, ABSENT, "block body is missing", ANYWHERE, NOTHING),
    ROW(READS, ABSENT, "could not be found", ANYWHERE, NOTHING),
    ROW(READS, ABSENT, "receipt not found", ANYWHERE, NOTHING),
    ROW(READS, ABSENT, "receipts not found", ANYWHERE, NOTHING),
    ROW(READS, ABSENT, "transaction indexing is in progress", ANYWHERE, NOTHING),
    ROW(READS, ABSENT, "request beyond head block", ANYWHERE, NOTHING),
    ROW(READS, ABSENT, "not available due to pruning", ANYWHERE, NOTHING),
    ROW(READS, ABSENT, "unknown block", ANYWHERE, NOTHING),
    ROW(READS, ABSENT, "blockoutofrange", ANYWHERE, NOTHING),
    ROW(READS, ABSENT, "block not found", ANYWHERE, NOTHING),
    ROW(READS, ABSENT, "not found", OF_BLOCK, NOTHING),
    ROW(READS, ABSENT, "resource not found", ANYWHERE, NOTHING),
    ROW(READS, ABSENT, "missing trie node", ANYWHERE, NOTHING),
    ROW(READS, ABSENT, "history unavailable", ANYWHERE, NOTHING),
    ROW(READS, ABSENT, "history has been pruned", ANYWHERE, NOTHING),
    ROW(READS, ABSENT, "world state unavailable", ANYWHERE, NOTHING),
    ROW(READS, ABSENT, "historical state", ANYWHERE, NOTHING),
    ROW(READS, ABSENT, "no state available", ANYWHERE, NOTHING),
    ROW(READS, ABSENT, "state is not available", ANYWHERE, NOTHING),

    ROW(OTHER, GAS, "out of gas", ANYWHERE, NOTHING),
    ROW(OTHER, GAS, "outofgas", ANYWHERE, NOTHING),
    ROW(OTHER, GAS, "gas uint64 overflow", ANYWHERE, NOTHING),
    ROW(OTHER, GAS, "gas required exceeds", ANYWHERE, NOTHING),
    ROW(OTHER, GAS, "intrinsic gas too low", ANYWHERE, NOTHING),
    ROW(OTHER, GAS, "exceeds block gas limit", ANYWHERE, NOTHING),
    ROW(OTHER, GAS, "gas limit is too high", ANYWHERE, NOTHING),
    ROW(OTHER, GAS, "execution aborted (timeout", ANYWHERE, NOTHING),
    ROW(OTHER, GAS, "response too large", ANYWHERE, NOTHING), /* it too wants splitting */
    ROW(OTHER, GAS, "batch too large", ANYWHERE, NOTHING),
    ROW(OTHER, GAS, "exceeds max batch size", ANYWHERE, NOTHING),
    ROW(OTHER, FUNDS, "insufficient funds", ANYWHERE, NOTHING),
    /* eth_simulateV1, of what it was asked to put into a block */
    ROW(OTHER, UNDERPRICED, "less than block base fee", ANYWHERE, NOTHING),
    ROW(OTHER, MALFORMED, "must be in order", ANYWHERE, NOTHING),
    ROW(OTHER, MALFORMED, "in sequence did not increase", ANYWHERE, NOTHING),
    ROW(OTHER, MALFORMED, "block gas limit reached", ANYWHERE, NOTHING),
    ROW(OTHER, MALFORMED, "block gas limit exceeded", ANYWHERE, NOTHING),
    /* What any contract can make a node say must not count against the node. */
    ROW(OTHER, REVERT, "invalid opcode", ANYWHERE, NOTHING),
    ROW(OTHER, REVERT, "invalid jump destination", ANYWHERE, NOTHING),
    ROW(OTHER, REVERT, "stack underflow", ANYWHERE, NOTHING),
    ROW(OTHER, REVERT, "stack limit reached", ANYWHERE, NOTHING),
    ROW(OTHER, REVERT, "max call depth exceeded", ANYWHERE, NOTHING),
    ROW(OTHER, REVERT, "write protection", ANYWHERE, NOTHING),
    ROW(OTHER, REVERT, "return data out of bounds", ANYWHERE, NOTHING),
    ROW(OTHER, REVERT, "insufficient balance for transfer", ANYWHERE, NOTHING),
    ROW(OTHER, REVERT, "contract address collision", ANYWHERE, NOTHING),
    ROW(OTHER, REVERT, "max code size exceeded", ANYWHERE, NOTHING),
    ROW(OTHER, REVERT, "invalid code: ", ANYWHERE, NOTHING),
    ROW(OTHER, REVERT, "nonce uint64 overflow", ANYWHERE, NOTHING),
    ROW(OTHER, REVERT, "could not be completed due to an exception", ANYWHERE, NOTHING),
    ROW(OTHER, REVERT, "always failing transaction", ANYWHERE, NOTHING),

    /* Providers word their limits of eth_getLogs anew every year. */
    ROW(LOGS, PARAMS, "invalid block range", ANYWHERE, NOTHING),
    ROW(LOGS, RANGE, "block range", ANYWHERE, GOOD),
    ROW(LOGS, RANGE, "blocks range", ANYWHERE, GOOD),
    ROW(LOGS, ROWS, "too many logs", ANYWHERE, GOOD),
    ROW(LOGS, ROWS, "too many results", ANYWHERE, GOOD),
    ROW(READS, TIMEOUT, "request timed out", ANYWHERE, NOTHING),
    ROW(READS, TIMEOUT, "request timeout", ANYWHERE, NOTHING),
};
/* clang-format on */

#define ROW_CNT LQ_ARRAY_CNT(rows)
#define NO_ROW  255u
_Static_assert(ROW_CNT < NO_ROW, "a row's number has a byte");

/* A class as the table has it. */
typedef struct class_row {
    const char *string;
    const char *name;
    bool blames_node;
    bool may_move;
} class_row_t;

static const class_row_t *class_of(lq_rpc_class_t c)
{
    static const class_row_t classes[] = {
#define CLASS_ROW(name, string, blames_node, may_move) {string, #name, blames_node, may_move},
        LQ_RPC_CLASS_TABLE(CLASS_ROW)
#undef CLASS_ROW
            {"unknown class", "INVALID", false, false}};
    return &classes[c < LQ_RPC_CLASS_CNT ? c : LQ_RPC_CLASS_CNT];
}

const char *lq_rpc_class_str(lq_rpc_class_t c)
{
    return class_of(c)->string;
}

const char *lq_rpc_class_name(lq_rpc_class_t c)
{
    return class_of(c)->name;
}

bool lq_rpc_blames_node(lq_rpc_class_t c)
{
    return class_of(c)->blames_node;
}

bool lq_rpc_may_move(lq_rpc_class_t c)
{
    return class_of(c)->may_move;
}

lq_rpc_group_t lq_rpc_group_of(const char *method)
{
    static const char send[] = "eth_send";
    static const char mev_send[] = "mev_send";
    if (strncmp(method, send, sizeof(send) - 1) == 0 ||
        strncmp(method, mev_send, sizeof(mev_send) - 1) == 0)
        return LQ_RPC_GROUP_SEND;
    return strcmp(method, "eth_getLogs") == 0 ? LQ_RPC_GROUP_LOGS : LQ_RPC_GROUP_OTHER;
}

/* The rows by their first four bytes: one pass over the text instead of one a row. */
typedef struct row_index {
    uint8_t head[256];
    uint8_t next[ROW_CNT];
} row_index_t;

static uint8_t hash4(const char *text)
{
    uint32_t word;
    memcpy(&word, text, sizeof(word));
    return (uint8_t)(word * UINT32_C(0x9e3779b1) >> 24);
}

static void index_rows(row_index_t *index, unsigned groups)
{
    memset(index->head, NO_ROW, sizeof(index->head));
    for (size_t i = ROW_CNT; i-- > 0;) { /* backwards, so that a chain begins with its first row */
        if (!(rows[i].groups & groups))
            continue;
        uint8_t *head = &index->head[hash4(rows[i].pattern)];
        index->next[i] = *head;
        *head = (uint8_t)i;
    }
}

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool stands(const row_t *r, const char *text, size_t sz, size_t at)
{
    switch ((place_t)r->place) {
    case ANYWHERE:
        return true;
    case WORD:
        return at == 0 || !is_alnum(text[at - 1]);
    case OF_BLOCK:
        return memmem(text, at, "block ", 6) != NULL;
    case BARE:
        for (size_t i = at + r->pattern_sz; i < sz; i++)
            if (!is_space(text[i]) && text[i] != '.')
                return false;
        while (at > 0 && is_space(text[at - 1]))
            at--;
        return at == 0 || text[at - 1] == ':';
    }
    return false;
}

/* The first row with a bit of GROUPS that stands in the TEXT_SZ bytes at TEXT, and sets *BEHIND to
   where its pattern ends; NULL where none does. */
static const row_t *find_row(size_t *behind, unsigned groups, const char *text, size_t sz)
{
    row_index_t index;
    index_rows(&index, groups);
    size_t best = ROW_CNT;
    for (size_t at = 0; at + 4 <= sz; at++)
        for (size_t i = index.head[hash4(text + at)]; i < best; i = index.next[i]) {
            const row_t *r = &rows[i];
            if (r->pattern_sz > sz - at || memcmp(r->pattern, text + at, r->pattern_sz) != 0 ||
                !stands(r, text, sz, at))
                continue;
            best = i;
            *behind = at + r->pattern_sz;
            break;
        }
    return best < ROW_CNT ? &rows[best] : NULL;
}

/* A text being read. */
typedef struct cursor {
    const char *at;
    const char *end;
} cursor_t;

static void skip_space(cursor_t *c)
{
    while (c->at < c->end && is_space(*c->at))
        c->at++;
}

static bool skip_char(cursor_t *c, char what)
{
    if (c->at == c->end || *c->at != what)
        return false;
    c->at++;
    return true;
}

static unsigned digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

/* Takes 0x..., or a decimal number, in which "10,000" may have commas and "2k" a suffix. */
static bool take_number(cursor_t *c, uint64_t *out)
{
    unsigned base = 10;
    if (c->end - c->at > 2 && c->at[0] == '0' && c->at[1] == 'x') {
        base = 16;
        c->at += 2;
    }
    uint64_t x = 0;
    const char *start = c->at;
    for (; c->at < c->end; c->at++) {
        if (*c->at == ',' && base == 10 && c->at > start && c->end - c->at > 3 &&
            digit_of(c->at[1]) < 10 && digit_of(c->at[2]) < 10 && digit_of(c->at[3]) < 10)
            continue;
        unsigned digit = digit_of(*c->at);
        if (digit >= base)
            break;
        if (__builtin_mul_overflow(x, base, &x) || __builtin_add_overflow(x, digit, &x))
            return false;
    }
    if (c->at == start)
        return false;
    if (base == 10 && skip_char(c, 'k') && __builtin_mul_overflow(x, UINT64_C(1000), &x))
        return false;
    *out = x;
    return true;
}

/* The number that stands behind " " and ":" at the cursor. */
static bool take_number_behind(cursor_t *c, uint64_t *out)
{
    while (c->at < c->end && (is_space(*c->at) || *c->at == ':'))
        c->at++;
    return take_number(c, out);
}

/* Moves behind the next WHAT. */
static bool seek(cursor_t *c, const char *what)
{
    const char *found = memmem(c->at, (size_t)(c->end - c->at), what, strlen(what));
    if (!found)
        return false;
    c->at = found + strlen(what);
    return true;
}

static bool take_pair(cursor_t *c, char between, uint64_t *from, uint64_t *to)
{
    skip_space(c);
    if (!take_number(c, from))
        return false;
    skip_space(c);
    if (!skip_char(c, between))
        return false;
    skip_space(c);
    return take_number(c, to) && *from <= *to;
}

/* "[0x1, 0x2]" or "range 1-2". */
static void take_range(lq_rpc_hint_t *hint, cursor_t c)
{
    uint64_t from = 0;
    uint64_t to = 0;
    cursor_t bracket = c;
    bool found = seek(&bracket, "[") && take_pair(&bracket, ',', &from, &to);
    if (!found)
        found = seek(&c, "range ") && take_pair(&c, '-', &from, &to);
    if (found) {
        hint->from = from;
        hint->to = to;
    }
}

/* "next nonce 5", "Current nonce: 5", geth's core "state: 5". */
static void take_nonce(lq_rpc_hint_t *hint, cursor_t c)
{
    static const char *const names[] = {"next nonce", "current nonce", " state:"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(names); i++) {
        cursor_t at = c;
        if (seek(&at, names[i]) && take_number_behind(&at, &hint->next_nonce)) {
            hint->has_next_nonce = true;
            return;
        }
    }
}

static void take_hint(lq_rpc_hint_t *hint, tells_t tells, cursor_t c)
{
    switch (tells) {
    case NOTHING:
        return;
    case BLOCKS:
        if (!take_number_behind(&c, &hint->range_max))
            hint->range_max = 0;
        take_range(hint, c);
        return;
    case GOOD:
        take_range(hint, c);
        return;
    case NONCE:
        take_nonce(hint, c);
        return;
    }
}

/* Statuses that mean the same whatever the code. */
static lq_rpc_class_t of_status(unsigned status, lq_rpc_group_t group)
{
    switch (status) {
    case 0:
    case 200:
        return LQ_RPC_OK;
    case 401:
    case 403:
        return LQ_RPC_FORBIDDEN;
    case 402:
        return LQ_RPC_QUOTA;
    case 429:
        return LQ_RPC_RATE;
    case 413: /* the request is too large: to be split */
        if (group != LQ_RPC_GROUP_SEND)
            return group == LQ_RPC_GROUP_LOGS ? LQ_RPC_FILTER : LQ_RPC_GAS;
        break;
    default:
        break;
    }
    return LQ_RPC_OK;
}

/* Codes of reads. Those of sends mean too many things: -32003 is geth's, reth's or Besu's. */
static lq_rpc_class_t of_read_code(int64_t code, lq_rpc_group_t group)
{
    bool logs = group == LQ_RPC_GROUP_LOGS;
    switch (code) {
    case -32001:
    case -39001:
    case 4444:
        return LQ_RPC_ABSENT;
    case -32002:
        return LQ_RPC_TIMEOUT;
    case -32003:
        return logs ? LQ_RPC_ROWS : LQ_RPC_UNKNOWN;
    case -32004:
    case -32604:
        return LQ_RPC_METHOD;
    case -32005: /* too many logs, or a rate: a bisection ends, waiting for a limit does not */
        return logs ? LQ_RPC_ROWS : LQ_RPC_RATE;
    case -32007:
    case -32009:
        return LQ_RPC_RATE;
    case -32614:
        return logs ? LQ_RPC_RANGE : LQ_RPC_UNKNOWN;
    case -32600:
    case -32602:
    case -32700:
        return LQ_RPC_PARAMS;
    default:
        return LQ_RPC_UNKNOWN;
    }
}

/* What is left once neither text nor code says anything. */
static lq_rpc_class_t of_transport(const lq_rpc_failure_t *f)
{
    if (f->http_status == 408 || f->http_status == 504)
        return LQ_RPC_TIMEOUT;
    bool json_rpc = f->http_status == 0 || f->http_status == 200 || f->code != 0;
    return json_rpc && f->http_status < 500 ? LQ_RPC_UNKNOWN : LQ_RPC_BROKEN;
}

static void copy_lower(char *out, const char *in, size_t sz)
{
    for (size_t i = 0; i < sz; i++) {
        out[i] = in[i];
        if (in[i] >= 'A' && in[i] <= 'Z')
            out[i] = (char)(in[i] | 0x20);
    }
}

/* Whether code and data tell that the call ran: the text may be its contract's, of which no more is
   believed than that the gas did not suffice. */
static bool is_of_contract(lq_rpc_group_t group, const lq_rpc_failure_t *f)
{
    return f->code == -32015 || (f->code == -32000 && f->has_data && group == LQ_RPC_GROUP_OTHER);
}

lq_rpc_class_t lq_rpc_classify(lq_rpc_hint_t *hint, lq_rpc_group_t group, const lq_rpc_failure_t *f)
{
    if (hint)
        *hint = (lq_rpc_hint_t){0};
    if (f->code == 3) /* geth's revert, and nobody's else; its text is a contract's */
        return LQ_RPC_REVERT;
    char text[TEXT_MAX];
    size_t sz = f->message_sz < TEXT_MAX ? f->message_sz : TEXT_MAX;
    copy_lower(text, f->message, sz);
    /* A page instead of an answer says nothing about a transaction. */
    bool page = f->code == 0 && f->http_status != 0 && f->http_status != 200;
    if (!(page && group == LQ_RPC_GROUP_SEND)) {
        size_t behind = 0;
        const row_t *r = find_row(&behind, 1u << group, text, sz);
        if (is_of_contract(group, f))
            return r && r->class_ == LQ_RPC_GAS ? LQ_RPC_GAS : LQ_RPC_REVERT;
        if (r && hint)
            take_hint(hint, (tells_t)r->tells, (cursor_t){text + behind, text + sz});
        if (r)
            return (lq_rpc_class_t)r->class_;
    }
    lq_rpc_class_t c = of_status(f->http_status, group);
    if (c != LQ_RPC_OK)
        return c;
    if (f->code == -32601)
        return LQ_RPC_METHOD;
    if (group != LQ_RPC_GROUP_SEND) {
        c = of_read_code(f->code, group);
        if (c != LQ_RPC_UNKNOWN)
            return c;
    }
    return of_transport(f);
}
