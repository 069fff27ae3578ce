/* Random types and values against the specification's own recursive definition. */

#include "abi_support.h"

enum {
    VAL_MAX = 4096,
    DATA_MAX = 1 << 18,
};

static lq_abi_val_t vals[VAL_MAX];
static lq_abi_val_t again[VAL_MAX];
static uint8_t data[DATA_MAX];
static uint8_t want[DATA_MAX];

/* NOLINTBEGIN(misc-no-recursion): as deep as the type, and simpler to believe than abi.c */

static void add_type(text_t *t, size_t *node_cnt, lq_rng_t *rng, size_t depth)
{
    static const char *const plain[] = {"bool", "address", "bytes", "string", "function"};
    uint64_t kind = lq_rng_below(rng, depth && *node_cnt < 60 ? 12 : 8);
    char text[32];
    ++*node_cnt;
    if (kind < 5) {
        add(t, plain[kind]);
    } else if (kind < 7) {
        unsigned bits = 8 * (1 + (unsigned)lq_rng_below(rng, 32));
        (void)snprintf(text, sizeof(text), "%sint%u", kind == 5 ? "u" : "", bits);
        add(t, text);
    } else if (kind == 7) {
        (void)snprintf(text, sizeof(text), "bytes%u", 1 + (unsigned)lq_rng_below(rng, 32));
        add(t, text);
    } else if (kind < 10) {
        add_type(t, node_cnt, rng, depth - 1);
        (void)snprintf(text, sizeof(text), "[%u]", 1 + (unsigned)lq_rng_below(rng, 3));
        add(t, kind == 8 ? "[]" : text);
    } else {
        add(t, "(");
        for (uint64_t i = lq_rng_below(rng, 4) + 1; i; i--) {
            add_type(t, node_cnt, rng, depth - 1);
            add(t, i > 1 ? "," : ")");
        }
    }
}

static lq_abi_type_t random_type(lq_rng_t *rng)
{
    text_t t = {.sz = 0};
    size_t node_cnt = 0;
    size_t depth = lq_rng_below(rng, 5);
    add(&t, "(");
    for (uint64_t i = lq_rng_below(rng, 4) + 1; i; i--) {
        add_type(&t, &node_cnt, rng, depth);
        add(&t, i > 1 ? "," : ")");
    }
    return type_of(t.s);
}

/* A number of at most BITS bits, of any length, often all ones or zeros. */
static lq_u256_t random_bits(lq_rng_t *rng, unsigned bits)
{
    lq_u256_t v = {{0}};
    uint64_t fill = lq_rng_below(rng, 4);
    for (uint64_t n = lq_rng_below(rng, bits + 1u), i = 0; i < n; i++) {
        uint64_t bit = fill == 0 ? 1 : lq_rng_below(rng, 2);
        v.w[i / 64] |= bit << i % 64;
    }
    return v;
}

static lq_u256_t complement(lq_u256_t v)
{
    return (lq_u256_t){{~v.w[0], ~v.w[1], ~v.w[2], ~v.w[3]}};
}

/* Appends random values of NODE to vals[*CNT]. */
static void add_vals(size_t *cnt, lq_rng_t *rng, const lq_abi_node_t *node)
{
    static const uint8_t pool[100] = "bytes and strings of all values lie in this pool of bytes";
    lq_abi_val_t val = {.cnt = 0};
    size_t part_cnt = node->cnt;
    switch (node->kind) {
    case LQ_ABI_UINT:
        val.num = random_bits(rng, node->bits);
        break;
    case LQ_ABI_INT:
        val.num = random_bits(rng, node->bits - 1u);
        val.num = lq_rng_below(rng, 2) ? complement(val.num) : val.num;
        break;
    case LQ_ABI_BOOL:
        val.num = random_bits(rng, 1);
        break;
    case LQ_ABI_ADDRESS:
        lq_rng_bytes(rng, val.address.b, 20);
        break;
    case LQ_ABI_BYTESN:
        memset(val.fixed.b, 0, 32);
        lq_rng_bytes(rng, val.fixed.b, node->cnt);
        break;
    case LQ_ABI_BYTES:
    case LQ_ABI_STRING:
        val.bytes = (lq_abi_bytes_t){pool, lq_rng_below(rng, sizeof(pool))};
        break;
    case LQ_ABI_LIST:
        val.cnt = part_cnt = *cnt < VAL_MAX / 4 ? lq_rng_below(rng, 4) : 0;
        break;
    case LQ_ABI_ARRAY:
    case LQ_ABI_TUPLE:
        break;
    }
    if (node->kind != LQ_ABI_ARRAY && node->kind != LQ_ABI_TUPLE) {
        assert_true(*cnt < VAL_MAX);
        vals[(*cnt)++] = val;
    }
    const lq_abi_node_t *part = node + 1;
    for (size_t i = 0; node->depth && i < part_cnt; i++) {
        add_vals(cnt, rng, part);
        if (node->kind == LQ_ABI_TUPLE)
            part += part->node_cnt;
    }
}

/* The specification's enc(X), word for word: heads, then tails. */

static bool ref_dynamic(const lq_abi_node_t *node)
{
    if (node->kind == LQ_ABI_BYTES || node->kind == LQ_ABI_STRING || node->kind == LQ_ABI_LIST)
        return true;
    const lq_abi_node_t *part = node + 1;
    for (size_t i = 0; node->depth && i < (node->kind == LQ_ABI_ARRAY ? 1 : node->cnt); i++) {
        if (ref_dynamic(part))
            return true;
        part += part->node_cnt;
    }
    return false;
}

static size_t ref_head_sz(const lq_abi_node_t *node)
{
    if (ref_dynamic(node) || !node->depth)
        return 32;
    size_t sz = 0;
    const lq_abi_node_t *part = node + 1;
    for (size_t i = 0; i < node->cnt; i++) {
        sz += ref_head_sz(part);
        if (node->kind == LQ_ABI_TUPLE)
            part += part->node_cnt;
    }
    return sz;
}

static void ref_number(uint8_t *out, uint64_t v)
{
    memset(out, 0, 32);
    for (size_t i = 0; i < 8; i++)
        out[31 - i] = (uint8_t)(v >> 8 * i);
}

static size_t ref_encode(uint8_t *out, const lq_abi_node_t *node, const lq_abi_val_t **val);

/* CNT parts that are all PART, or siblings from PART on. */
static size_t ref_sequence(uint8_t *out, const lq_abi_node_t *part, size_t cnt, bool siblings,
                           const lq_abi_val_t **val)
{
    size_t tail = 0;
    const lq_abi_node_t *p = part;
    for (size_t i = 0; i < cnt; i++, p += siblings ? p->node_cnt : 0)
        tail += ref_head_sz(p);
    size_t head = 0;
    p = part;
    for (size_t i = 0; i < cnt; i++, p += siblings ? p->node_cnt : 0) {
        if (ref_dynamic(p)) {
            ref_number(out + head, tail);
            tail += ref_encode(out + tail, p, val);
        } else {
            (void)ref_encode(out + head, p, val);
        }
        head += ref_head_sz(p);
    }
    return tail;
}

static size_t ref_encode(uint8_t *out, const lq_abi_node_t *node, const lq_abi_val_t **val)
{
    if (node->kind == LQ_ABI_TUPLE || node->kind == LQ_ABI_ARRAY)
        return ref_sequence(out, node + 1, node->cnt, node->kind == LQ_ABI_TUPLE, val);
    const lq_abi_val_t *v = (*val)++;
    memset(out, 0, 32);
    switch (node->kind) {
    case LQ_ABI_LIST:
        ref_number(out, v->cnt);
        return 32 + ref_sequence(out + 32, node + 1, v->cnt, false, val);
    case LQ_ABI_BYTES:
    case LQ_ABI_STRING:
        ref_number(out, v->bytes.sz);
        memset(out + 32, 0, (v->bytes.sz + 31) / 32 * 32);
        memcpy(out + 32, v->bytes.data, v->bytes.sz);
        return 32 + (v->bytes.sz + 31) / 32 * 32;
    case LQ_ABI_ADDRESS:
        memcpy(out + 12, v->address.b, 20);
        return 32;
    case LQ_ABI_BYTESN:
        memcpy(out, v->fixed.b, node->cnt);
        return 32;
    case LQ_ABI_UINT:
    case LQ_ABI_INT:
    case LQ_ABI_BOOL:
    case LQ_ABI_ARRAY:
    case LQ_ABI_TUPLE:
        break;
    }
    for (size_t i = 0; i < 32; i++)
        out[31 - i] = (uint8_t)(v->num.w[i / 8] >> 8 * (i % 8));
    return 32;
}

/* What solc's decoder accepts: each word where it is read, no count ahead. */
typedef struct ref {
    const uint8_t *data;
    size_t sz;
    size_t val_cnt;
} ref_t;

static bool ref_word(const ref_t *r, lq_u128_t at)
{
    return at + 32 <= r->sz;
}

/* A count or an offset: no larger than what could be within the data. */
static bool ref_small(const ref_t *r, lq_u128_t at, lq_u128_t *v)
{
    if (!ref_word(r, at))
        return false;
    const uint8_t *w = r->data + (size_t)at;
    *v = 0;
    for (size_t i = 0; i < 32; i++) {
        if (i < 24 && w[i])
            return false;
        *v = *v << 8 | w[i];
    }
    return true;
}

static bool ref_leaf(const ref_t *r, const lq_abi_node_t *node, lq_u128_t at)
{
    if (!ref_word(r, at))
        return false;
    const uint8_t *w = r->data + (size_t)at;
    size_t from = 0;
    size_t to = 32;
    uint8_t fill = 0;
    if (node->kind == LQ_ABI_BYTESN)
        from = node->cnt;
    else if (node->kind == LQ_ABI_BOOL)
        to = 31;
    else if (node->kind == LQ_ABI_ADDRESS)
        to = 12;
    else
        to = 32 - node->bits / 8u;
    if (node->kind == LQ_ABI_INT && to < 32 && w[to] & 0x80)
        fill = 0xff;
    for (size_t i = from; i < to; i++)
        if (w[i] != fill)
            return false;
    return node->kind != LQ_ABI_BOOL || w[31] <= 1;
}

static bool ref_decode(ref_t *r, const lq_abi_node_t *node, lq_u128_t at)
{
    lq_u128_t cnt = node->cnt;
    bool list = node->kind == LQ_ABI_LIST;
    if (node->kind != LQ_ABI_TUPLE && node->kind != LQ_ABI_ARRAY && ++r->val_cnt > VAL_MAX)
        return false;
    if (!node->depth && !ref_dynamic(node))
        return ref_leaf(r, node, at);
    if (!node->depth)
        return ref_small(r, at, &cnt) && at + 32 + cnt <= r->sz;
    if (list && !ref_small(r, at, &cnt))
        return false;
    lq_u128_t base = at + (list ? 32 : 0);
    lq_u128_t head = base;
    const lq_abi_node_t *part = node + 1;
    for (lq_u128_t i = 0; i < cnt; i++) {
        lq_u128_t offset;
        if (!ref_dynamic(part)) {
            if (!ref_decode(r, part, head))
                return false;
        } else if (!ref_small(r, head, &offset) || !ref_decode(r, part, base + offset)) {
            return false;
        }
        head += ref_head_sz(part);
        if (node->kind == LQ_ABI_TUPLE)
            part += part->node_cnt;
    }
    return true;
}

/* NOLINTEND(misc-no-recursion) */

static void agrees_with_the_specification(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t n = lq_test_cnt(8000, 5000000); n; n--) {
        lq_abi_type_t type = random_type(&rng);
        size_t cnt = 0;
        add_vals(&cnt, &rng, type.nodes);
        const lq_abi_val_t *cursor = vals;
        size_t want_sz = ref_encode(want, type.nodes, &cursor);
        size_t sz;
        assert_ok(lq_abi_encode(data, sizeof(data), &sz, NULL, &type, vals, cnt));
        assert_int_equal(sz, want_sz);
        assert_memory_equal(data, want, sz);
        uint8_t *copy = exact_copy(data, sz);
        size_t again_cnt;
        assert_ok(lq_abi_decode(again, VAL_MAX, &again_cnt, NULL, &type, copy, sz));
        assert_int_equal(again_cnt, cnt);
        assert_same_vals(&type, vals, again);
        free(copy);
    }
}

/* Changes a byte, a word or the size of the SZ bytes at BYTES, which have room for 64 more. */
static size_t mutate(lq_rng_t *rng, uint8_t *bytes, size_t sz)
{
    size_t at = lq_rng_below(rng, sz);
    size_t word = at / 32 * 32;
    switch (lq_rng_below(rng, 6)) {
    case 0:
        bytes[at] = (uint8_t)lq_rng_u64(rng);
        return sz;
    case 1:
        return at;
    case 2:
        ref_number(bytes + word, lq_rng_below(rng, sz + 64));
        return sz;
    case 3:
        ref_number(bytes + word, lq_rng_u64(rng) >> lq_rng_below(rng, 64));
        return sz;
    case 4:
        memset(bytes + word, 0xff, 32);
        return sz;
    default:
        memset(bytes + sz, 0, 64);
        return sz + lq_rng_below(rng, 64);
    }
}

/* Mutated data is accepted if and only if the reference accepts it, and what it then means survives
   another round. */
static void refuses_what_the_specification_refuses(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t accepted_cnt = 0;
    size_t refused_cnt = 0;
    for (size_t n = lq_test_cnt(30000, 20000000); n; n--) {
        lq_abi_type_t type = random_type(&rng);
        size_t cnt = 0;
        size_t sz;
        add_vals(&cnt, &rng, type.nodes);
        assert_ok(lq_abi_encode(data, sizeof(data) - 512, &sz, NULL, &type, vals, cnt));
        for (uint64_t k = 1 + lq_rng_below(&rng, 3); k && sz; k--)
            sz = mutate(&rng, data, sz);
        uint8_t *copy = exact_copy(data, sz);
        ref_t ref = {.data = copy, .sz = sz};
        size_t again_cnt = 77;
        lq_err_t err = lq_abi_decode(again, VAL_MAX, &again_cnt, NULL, &type, copy, sz);
        if (!ref_decode(&ref, type.nodes, 0)) {
            assert_true(err == LQ_ERR_SYNTAX || err == LQ_ERR_FULL);
            assert_int_equal(again_cnt, 77);
            refused_cnt++;
        } else {
            assert_ok(err);
            assert_int_equal(again_cnt, ref.val_cnt);
            err = lq_abi_encode(want, sizeof(want), &sz, NULL, &type, again, again_cnt);
            if (!err) {
                assert_ok(lq_abi_decode(vals, VAL_MAX, &cnt, NULL, &type, want, sz));
                assert_int_equal(cnt, again_cnt);
                assert_same_vals(&type, vals, again);
            }
            accepted_cnt++;
        }
        free(copy);
    }
    assert_true(accepted_cnt > 100 && refused_cnt > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_specification),
        cmocka_unit_test(refuses_what_the_specification_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
