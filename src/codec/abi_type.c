#include "abi_internal.h"

/* No recursion: the tuples under way stand on a stack of node indices, innermost last. */
typedef struct parser {
    const char *text;
    size_t text_sz;
    size_t pos;
    uint32_t open[LQ_ABI_DEPTH_MAX];
    size_t open_cnt;
    uint32_t node_cnt;
    lq_abi_type_t type;
    lq_err_msg_t *msg;
} parser_t;

/* What may follow a keyword. */
typedef enum suffix {
    SUFFIX_NONE,
    SUFFIX_WIDTH, /* 8, 16, ... 256 */
    SUFFIX_N,     /* nothing, or 1 to 32 */
    SUFFIX_FIXED, /* a width, x, 0 to 80 */
} suffix_t;

typedef struct keyword {
    const char *name;
    suffix_t suffix;
    lq_abi_node_t node;
} keyword_t;

/* clang-format off */
static const keyword_t keywords[] = {
    {"uint",     SUFFIX_WIDTH, {.kind = LQ_ABI_UINT}},
    {"int",      SUFFIX_WIDTH, {.kind = LQ_ABI_INT}},
    {"ufixed",   SUFFIX_FIXED, {.kind = LQ_ABI_UINT}},
    {"fixed",    SUFFIX_FIXED, {.kind = LQ_ABI_INT}},
    {"bool",     SUFFIX_NONE,  {.kind = LQ_ABI_BOOL}},
    {"address",  SUFFIX_NONE,  {.kind = LQ_ABI_ADDRESS}},
    {"function", SUFFIX_NONE,  {.kind = LQ_ABI_BYTESN, .cnt = 24}},
    {"bytes",    SUFFIX_N,     {.kind = LQ_ABI_BYTES}},
    {"string",   SUFFIX_NONE,  {.kind = LQ_ABI_STRING}},
};
/* clang-format on */

/* The text is not quoted: it may come from a stranger. */
LQ_COLD static lq_err_t fail(const parser_t *p, lq_err_t err, size_t pos, const char *why)
{
    return lq_err_msg_set(p->msg, err, "ABI type, column %zu: %s", pos + 1, why);
}

static bool at(const parser_t *p, char c)
{
    return p->pos < p->text_sz && p->text[p->pos] == c;
}

static bool at_digit(const parser_t *p)
{
    return p->pos < p->text_sz && p->text[p->pos] >= '0' && p->text[p->pos] <= '9';
}

/* A decimal number of 32 bits as selectors hash it: not empty, no leading zero. */
static lq_err_t parse_number(parser_t *p, uint32_t *value, const char *missing)
{
    size_t start = p->pos;
    uint64_t v = 0;
    while (at_digit(p)) {
        v = v * 10 + (uint64_t)(p->text[p->pos] - '0');
        if (v > UINT32_MAX)
            return fail(p, LQ_ERR_RANGE, start, "the number is above 4294967295");
        p->pos++;
    }
    if (p->pos == start)
        return fail(p, LQ_ERR_SYNTAX, start, missing);
    if (p->text[start] == '0' && p->pos - start > 1)
        return fail(p, LQ_ERR_SYNTAX, start, "drop the leading zero");
    *value = (uint32_t)v;
    return LQ_OK;
}

static lq_err_t parse_width(parser_t *p, lq_abi_node_t *node)
{
    size_t start = p->pos;
    uint32_t bits;
    lq_err_t err = parse_number(p, &bits, "the width is missing: write uint256 for uint");
    if (err)
        return err;
    if (bits % 8 != 0 || bits == 0 || bits > 256)
        return fail(p, LQ_ERR_RANGE, start, "a width is 8, 16, and so on to 256");
    node->bits = (uint16_t)bits;
    return LQ_OK;
}

static lq_err_t parse_suffix(parser_t *p, suffix_t suffix, lq_abi_node_t *node)
{
    size_t start = p->pos;
    lq_err_t err;
    uint32_t n;
    switch (suffix) {
    case SUFFIX_NONE:
        return LQ_OK;
    case SUFFIX_WIDTH:
        return parse_width(p, node);
    case SUFFIX_N:
        if (!at_digit(p))
            return LQ_OK;
        err = parse_number(p, &n, "");
        if (err)
            return err;
        if (n == 0 || n > 32)
            return fail(p, LQ_ERR_RANGE, start, "fixed bytes are bytes1 to bytes32");
        node->kind = LQ_ABI_BYTESN;
        node->cnt = n;
        return LQ_OK;
    case SUFFIX_FIXED:
        err = parse_width(p, node);
        if (err)
            return err;
        if (!at(p, 'x'))
            return fail(p, LQ_ERR_SYNTAX, p->pos, "decimals are missing: write fixed128x18");
        p->pos++;
        start = p->pos;
        err = parse_number(p, &n, "decimals are missing: write fixed128x18");
        if (err)
            return err;
        return n <= 80 ? LQ_OK : fail(p, LQ_ERR_RANGE, start, "at most 80 decimals");
    }
    LQ_BUG("suffix %d", (int)suffix);
}

static lq_err_t parse_leaf(parser_t *p, lq_abi_node_t *node)
{
    size_t start = p->pos;
    while (p->pos < p->text_sz && p->text[p->pos] >= 'a' && p->text[p->pos] <= 'z')
        p->pos++;
    size_t sz = p->pos - start;
    for (size_t i = 0; i < LQ_ARRAY_CNT(keywords); i++) {
        if (strlen(keywords[i].name) != sz || memcmp(p->text + start, keywords[i].name, sz) != 0)
            continue;
        *node = keywords[i].node;
        node->node_cnt = 1;
        lq_err_t err = parse_suffix(p, keywords[i].suffix, node);
        if (err)
            return err;
        node->dynamic = node->kind == LQ_ABI_BYTES || node->kind == LQ_ABI_STRING;
        node->body_sz = node->dynamic ? 0 : LQ_ABI_WORD_SZ;
        return LQ_OK;
    }
    return fail(p, LQ_ERR_SYNTAX, start,
                sz ? "no such type; names are canonical (uint256, bytes32, address, (T,T)[])"
                   : "a type is missing");
}

/* Appends NODE, or a tuple to fill. */
static lq_err_t parse_one(parser_t *p)
{
    if (p->node_cnt == LQ_ABI_NODE_MAX)
        return fail(p, LQ_ERR_FULL, p->pos, "the type has too many parts: split it");
    lq_abi_node_t *node = &p->type.nodes[p->node_cnt];
    if (!at(p, '('))
        return parse_leaf(p, node);
    if (p->open_cnt == LQ_ABI_DEPTH_MAX)
        return fail(p, LQ_ERR_FULL, p->pos, "the type nests too deep");
    *node = (lq_abi_node_t){.kind = LQ_ABI_TUPLE, .depth = 1};
    p->open[p->open_cnt++] = p->node_cnt;
    p->pos++;
    return LQ_OK;
}

/* Puts the list or array that "[" begins around the last type, whose first node is INNER. */
static lq_err_t wrap(parser_t *p, uint32_t inner)
{
    size_t start = p->pos++;
    lq_abi_node_t *node = &p->type.nodes[inner];
    lq_abi_node_t outer = {.kind = LQ_ABI_LIST, .dynamic = true, .body_sz = lq_abi_head_sz(node)};
    if (!at(p, ']')) {
        lq_err_t err = parse_number(p, &outer.cnt, "write [] or a number of elements");
        if (err)
            return err;
        if (!outer.cnt)
            return fail(p, LQ_ERR_SYNTAX, start, "an array has at least one element");
        if (!at(p, ']'))
            return fail(p, LQ_ERR_SYNTAX, p->pos, "] is missing");
        outer.kind = LQ_ABI_ARRAY;
        outer.dynamic = node->dynamic;
        outer.body_sz *= outer.cnt; /* both below 2^32 */
        if (outer.body_sz > UINT32_MAX)
            return fail(p, LQ_ERR_FULL, start, "the array takes more than 4 GiB");
    }
    p->pos++;
    if (p->node_cnt == LQ_ABI_NODE_MAX)
        return fail(p, LQ_ERR_FULL, start, "the type has too many parts: split it");
    outer.depth = (uint8_t)(node->depth + 1); /* adopt() bounds it */
    outer.node_cnt = node->node_cnt + 1;
    memmove(node + 1, node, node->node_cnt * sizeof(*node));
    *node = outer;
    p->node_cnt++;
    return LQ_OK;
}

/* Counts the type at index INNER, just complete, into the innermost open tuple. */
static lq_err_t adopt(parser_t *p, uint32_t inner)
{
    const lq_abi_node_t *node = &p->type.nodes[inner];
    lq_abi_node_t *tuple = &p->type.nodes[p->open[p->open_cnt - 1]];
    tuple->cnt++;
    tuple->dynamic |= node->dynamic;
    tuple->body_sz += lq_abi_head_sz(node);
    if (tuple->body_sz > UINT32_MAX)
        return fail(p, LQ_ERR_FULL, p->pos, "the tuple takes more than 4 GiB");
    if (node->depth >= tuple->depth)
        tuple->depth = (uint8_t)(node->depth + 1);
    if (tuple->depth > LQ_ABI_DEPTH_MAX)
        return fail(p, LQ_ERR_FULL, p->pos, "the type nests too deep");
    return LQ_OK;
}

/* Goes on behind the type at index INNER: its brackets, then every tuple that ends here. Stops
   where another type must follow, or with no tuple open. */
static lq_err_t complete(parser_t *p, uint32_t inner)
{
    while (p->open_cnt) {
        while (at(p, '[')) {
            lq_err_t err = wrap(p, inner);
            if (err)
                return err;
        }
        lq_err_t err = adopt(p, inner);
        if (err)
            return err;
        if (at(p, ',')) {
            p->pos++;
            return LQ_OK;
        }
        if (!at(p, ')'))
            return fail(p, LQ_ERR_SYNTAX, p->pos, "\",\" or \")\" must follow a type");
        p->pos++;
        inner = p->open[--p->open_cnt];
        p->type.nodes[inner].node_cnt = p->node_cnt - inner;
    }
    return LQ_OK;
}

static lq_err_t parse_list(parser_t *p)
{
    if (!at(p, '('))
        return fail(p, LQ_ERR_SYNTAX, 0, "a parameter list begins with \"(\"");
    lq_err_t err = parse_one(p);
    if (err)
        return err;
    p->node_cnt = 1;
    if (at(p, ')')) { /* no parameters */
        p->pos++;
        p->open_cnt = 0;
        p->type.nodes[0].node_cnt = 1;
    }
    while (p->open_cnt) {
        uint32_t next = p->node_cnt;
        bool leaf = !at(p, '(');
        err = parse_one(p);
        if (err)
            return err;
        p->node_cnt++;
        if (leaf)
            err = complete(p, next);
        if (err)
            return err;
    }
    if (p->pos != p->text_sz)
        return fail(p, LQ_ERR_SYNTAX, p->pos, "the parameter list has ended before");
    return LQ_OK;
}

lq_err_t lq_abi_type_parse(lq_abi_type_t *type, lq_err_msg_t *msg, const char *text, size_t text_sz)
{
    parser_t p = {.text = text, .text_sz = text_sz, .msg = msg};
    lq_err_t err = parse_list(&p);
    if (!err)
        *type = p.type;
    return err;
}
