#include "abi_support.h"

#include "abi_internal.h"

enum {
    VAL_MAX = 4096,
    DATA_MAX = 1 << 18,
};

/* Large buffers of the tests that need them. */
static lq_abi_val_t vals[VAL_MAX];
static lq_abi_val_t again[VAL_MAX];
static uint8_t data[DATA_MAX];
static uint8_t want[DATA_MAX];

/* ---- vectors ---- */

static lq_u256_t number_of(json_t *value)
{
    char digits[100];
    if (json_is_integer(value))
        (void)snprintf(digits, sizeof(digits), "%lld", (long long)json_integer_value(value));
    else
        (void)snprintf(digits, sizeof(digits), "%s", json_string_value(value));
    bool negative = digits[0] == '-';
    lq_u256_t v = {{0}};
    for (const char *p = digits + negative; *p; p++) {
        lq_u128_t carry = (lq_u128_t)(*p - '0');
        for (size_t i = 0; i < 4; i++) {
            carry += (lq_u128_t)v.w[i] * 10;
            v.w[i] = (uint64_t)carry;
            carry >>= 64;
        }
    }
    uint64_t carry = negative;
    for (size_t i = 0; negative && i < 4; i++) {
        v.w[i] = ~v.w[i] + carry;
        carry = carry && v.w[i] == 0;
    }
    return v;
}

/* Bytes are hexadecimal after 0x, else the text itself. They lie in POOL, in front of *POOL_SZ. */
static lq_abi_bytes_t bytes_of(json_t *value, bool text, uint8_t *pool, size_t *pool_sz)
{
    const char *s = json_string_value(value);
    assert_non_null(s);
    uint8_t *at = pool + *pool_sz;
    size_t sz = json_string_length(value);
    if (!text && strncmp(s, "0x", 2) == 0)
        sz = unhex(at, DATA_MAX - *pool_sz, s);
    else
        memcpy(at, s, sz);
    *pool_sz += sz;
    return (lq_abi_bytes_t){at, sz};
}

/* NOLINTBEGIN(misc-no-recursion): as deep as the type, and simpler to believe than abi.c */

/* Appends the values of JSON, which are of type NODE, to vals[*CNT]. */
static void flatten(size_t *cnt, const lq_abi_node_t *node, json_t *value, uint8_t *pool,
                    size_t *pool_sz)
{
    assert_true(*cnt < VAL_MAX);
    lq_abi_bytes_t bytes;
    lq_abi_val_t val = {.cnt = 0};
    switch (node->kind) {
    case LQ_ABI_UINT:
    case LQ_ABI_INT:
        val.num = number_of(value);
        break;
    case LQ_ABI_BOOL:
        val.num = lq_u256_from_u64(json_is_true(value));
        break;
    case LQ_ABI_ADDRESS:
        assert_int_equal(unhex(val.address.b, 20, json_string_value(value)), 20);
        break;
    case LQ_ABI_BYTESN:
        bytes = bytes_of(value, false, pool, pool_sz);
        assert_int_equal(bytes.sz, node->cnt);
        memset(val.fixed.b, 0, 32);
        memcpy(val.fixed.b, bytes.data, bytes.sz);
        break;
    case LQ_ABI_BYTES:
    case LQ_ABI_STRING:
        val.bytes = bytes_of(value, node->kind == LQ_ABI_STRING, pool, pool_sz);
        break;
    case LQ_ABI_LIST:
        val.cnt = json_array_size(value);
        break;
    case LQ_ABI_ARRAY:
    case LQ_ABI_TUPLE:
        break;
    }
    if (node->kind != LQ_ABI_ARRAY && node->kind != LQ_ABI_TUPLE)
        vals[(*cnt)++] = val;
    if (!node->depth)
        return;
    const lq_abi_node_t *part = node + 1;
    size_t i;
    json_t *member;
    json_array_foreach(value, i, member)
    {
        flatten(cnt, part, member, pool, pool_sz);
        if (node->kind == LQ_ABI_TUPLE)
            part += part->node_cnt;
    }
}

/* NOLINTEND(misc-no-recursion) */

/* VALUES encode to the hexadecimal EXPECTED, and back. */
static void check_vector(const char *text, json_t *values, const char *expected)
{
    static uint8_t pool[DATA_MAX];
    lq_abi_type_t type = type_of(text);
    size_t pool_sz = 0;
    size_t cnt = 0;
    flatten(&cnt, type.nodes, values, pool, &pool_sz);
    size_t want_sz = unhex(want, sizeof(want), expected);
    size_t sz;
    lq_err_msg_t msg = {""};
    if (lq_abi_encode(data, sizeof(data), &sz, &msg, &type, vals, cnt) != LQ_OK)
        fail_msg("%s: %s", text, msg.text);
    assert_int_equal(sz, want_sz);
    assert_memory_equal(data, want, sz);
    uint8_t *copy = exact_copy(data, sz);
    size_t again_cnt;
    if (lq_abi_decode(again, VAL_MAX, &again_cnt, &msg, &type, copy, sz) != LQ_OK)
        fail_msg("%s: %s", text, msg.text);
    assert_int_equal(again_cnt, cnt);
    assert_same_vals(&type, vals, again);
    free(copy);
}

static void agrees_with_ethereum_tests(void **state)
{
    (void)state;
    json_t *root = load_json(lq_test_vectors("ethereum-tests/ABITests/basic_abi_tests.json"));
    const char *name;
    json_t *test;
    size_t test_cnt = 0;
    json_object_foreach(root, name, test)
    {
        text_t text = {.sz = 0};
        add(&text, "(");
        size_t i;
        json_t *part;
        json_array_foreach(json_object_get(test, "types"), i, part)
        {
            add(&text, i ? "," : "");
            add(&text, json_string_value(part));
        }
        add(&text, ")");
        check_vector(text.s, json_object_get(test, "args"),
                     json_string_value(json_object_get(test, "result")));
        test_cnt++;
    }
    assert_int_equal(test_cnt, 3);
    json_decref(root);
}

static void agrees_with_viem(void **state)
{
    (void)state;
    json_t *root = load_viem();
    json_t *cases = json_object_get(root, "cases");
    assert_int_equal(json_array_size(cases), 64);
    size_t i;
    json_t *c;
    json_array_foreach(cases, i, c)
    {
        check_vector(json_string_value(json_object_get(c, "type")), json_object_get(c, "values"),
                     json_string_value(json_object_get(c, "data")));
    }
    json_decref(root);
}

/* ---- hand cases ---- */

/* Encodes words given as small numbers. */
static size_t words(uint8_t *out, const uint64_t *w, size_t cnt)
{
    for (size_t i = 0; i < cnt; i++)
        lq_abi_put_u64(out + 32 * i, w[i]);
    return 32 * cnt;
}

/* DATA is refused by every reader of TYPE with ERR and MSG, and nothing is written. */
static void refuses(const char *text, const uint8_t *in, size_t sz, const char *expected)
{
    lq_abi_type_t type = type_of(text);
    lq_abi_val_t out[8];
    lq_abi_val_t before[8];
    memset(out, 0xa5, sizeof(out));
    memcpy(before, out, sizeof(out));
    size_t cnt = 77;
    lq_err_msg_t msg = {""};
    uint8_t *copy = exact_copy(in, sz);
    assert_err(lq_abi_decode(out, 8, &cnt, &msg, &type, copy, sz), LQ_ERR_SYNTAX);
    assert_string_equal(msg.text, expected);
    assert_err(lq_abi_decode(out, 8, &cnt, NULL, &type, copy, sz), LQ_ERR_SYNTAX);
    assert_int_equal(cnt, 77);
    assert_memory_equal(out, before, sizeof(out));
    free(copy);
}

static void takes(const char *text, const uint8_t *in, size_t sz, size_t expected_cnt)
{
    lq_abi_type_t type = type_of(text);
    size_t cnt;
    lq_err_msg_t msg = {""};
    uint8_t *copy = exact_copy(in, sz);
    if (lq_abi_decode(vals, VAL_MAX, &cnt, &msg, &type, copy, sz) != LQ_OK)
        fail_msg("%s: %s", text, msg.text);
    assert_int_equal(cnt, expected_cnt);
    free(copy);
}

/* One word of which byte I is BYTE, the others FILL. */
static const uint8_t *word_with(uint8_t fill, size_t i, uint8_t byte)
{
    static uint8_t word[32];
    memset(word, fill, sizeof(word));
    word[i] = byte;
    return word;
}

static void refuses_dirty_bits(void **state)
{
    (void)state;
    static const char corrupt[] = ": corrupt, or data of another type";
    char text[32];
    char msg[256];
    for (size_t n = 1; n < 32; n++) {
        (void)snprintf(text, sizeof(text), "(uint%zu)", 8 * n);
        takes(text, word_with(0, 32 - n, 0xff), 32, 1);
        (void)snprintf(msg, sizeof(msg), "args[0]: data[0]: 0x1%0*d is not a uint%zu%s",
                       (int)(2 * n), 0, 8 * n, corrupt);
        refuses(text, word_with(0, 31 - n, 1), 32, msg);
        (void)snprintf(msg, sizeof(msg), "args[0]: data[0]: 0x8%063d is not a uint%zu%s", 0, 8 * n,
                       corrupt);
        refuses(text, word_with(0, 0, 0x80), 32, msg);

        (void)snprintf(text, sizeof(text), "(int%zu)", 8 * n);
        takes(text, word_with(0, 32 - n, 0x7f), 32, 1);
        takes(text, word_with(0xff, 32 - n, 0x80), 32, 1);
        (void)snprintf(msg, sizeof(msg), "args[0]: data[0]: 0x80%0*d is not an int%zu%s",
                       (int)(2 * n - 2), 0, 8 * n, corrupt);
        if (n == 1)
            (void)snprintf(msg, sizeof(msg), "args[0]: data[0]: 0x80 is not an int8%s", corrupt);
        refuses(text, word_with(0, 32 - n, 0x80), 32, msg);
        lq_abi_type_t type = type_of(text);
        size_t cnt;
        assert_err(lq_abi_decode(vals, 1, &cnt, NULL, &type, word_with(0xff, 32 - n, 0x7f), 32),
                   LQ_ERR_SYNTAX);
        assert_err(lq_abi_decode(vals, 1, &cnt, NULL, &type, word_with(0xff, 0, 0x7f), 32),
                   LQ_ERR_SYNTAX);

        (void)snprintf(text, sizeof(text), "(bytes%zu)", n);
        takes(text, word_with(0, n - 1, 1), 32, 1);
        type = type_of(text);
        assert_err(lq_abi_decode(vals, 1, &cnt, NULL, &type, word_with(0, n, 1), 32),
                   LQ_ERR_SYNTAX);
        assert_err(lq_abi_decode(vals, 1, &cnt, NULL, &type, word_with(0, 31, 1), 32),
                   LQ_ERR_SYNTAX);
    }
    takes("(uint256)", word_with(0xff, 0, 0xff), 32, 1);
    takes("(int256)", word_with(0xff, 0, 0x7f), 32, 1);
    takes("(bytes32)", word_with(0xff, 0, 0xff), 32, 1);
    takes("(bool)", word_with(0, 31, 0), 32, 1);
    takes("(bool)", word_with(0, 31, 1), 32, 1);
    refuses("(bool)", word_with(0, 31, 2), 32,
            "args[0]: data[0]: 0x2 is not a bool: corrupt, or data of another type");
    refuses("(bool)", word_with(0, 30, 1), 32,
            "args[0]: data[0]: 0x100 is not a bool: corrupt, or data of another type");
    takes("(address)", word_with(0, 12, 0xff), 32, 1);
    refuses("(address)", word_with(0, 11, 1), 32,
            "args[0]: data[0]: 0x10000000000000000000000000000000000000000 is not an address: "
            "corrupt, or data of another type");
    refuses("(function)", word_with(0, 24, 1), 32,
            "args[0]: data[0]: 0x100000000000000 is not a bytes24: corrupt, or data of another "
            "type");
}

static void refuses_cut_data(void **state)
{
    (void)state;
    uint8_t zeros[64] = {0};
    refuses("(uint8,uint8)", zeros, 63,
            "args: 63 bytes, but their heads alone take 64: cut, or data of another type");
    refuses("(uint8,uint8)", zeros, 0,
            "args: 0 bytes, but their heads alone take 64: cut, or data of another type");
    refuses("(uint8,uint8[2])", zeros, 64,
            "args: 64 bytes, but their heads alone take 96: cut, or data of another type");
    takes("(uint8,uint8)", zeros, 64, 2);
    takes("()", zeros, 0, 0);
    takes("()", zeros, 5, 0);
}

/* An offset may lead anywhere within the data where a length still fits. */
static void refuses_offsets_beyond(void **state)
{
    (void)state;
    uint8_t in[128] = {0};
    refuses("(bytes)", in, words(in, (uint64_t[]){33, 0}, 2),
            "args[0]: data[0]: 0x21 is not an offset into the data: corrupt, or data of another "
            "type");
    takes("(bytes)", in, words(in, (uint64_t[]){32, 0}, 2), 1);
    takes("(bytes)", in, words(in, (uint64_t[]){0}, 1) + 32, 1); /* its own head as length 0 */
    static const uint64_t offsets[] = {64, 65, 1u << 31, UINT64_MAX - 31, UINT64_MAX};
    for (size_t i = 0; i < LQ_ARRAY_CNT(offsets); i++) {
        char msg[128];
        (void)snprintf(msg, sizeof(msg),
                       "args[0]: data[0]: 0x%llx is not an offset into the data: corrupt, or data "
                       "of another type",
                       (unsigned long long)offsets[i]);
        refuses("(bytes)", in, words(in, (uint64_t[]){offsets[i], 0}, 2), msg);
        refuses("(uint8[])", in, words(in, (uint64_t[]){offsets[i], 0}, 2), msg);
    }
    words(in, (uint64_t[]){0, 32, 0}, 3);
    memset(in, 0xff, 24); /* 2^256 - 2^64: zero in 64 bits */
    refuses("(string)", in, 96,
            "args[0]: data[0]: 0xffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000 "
            "is not an offset into the data: corrupt, or data of another type");
    /* a dynamic tuple or array must have its whole head there */
    refuses("((bytes,bool))", in, words(in, (uint64_t[]){32, 32}, 2),
            "args[0]: data[0]: 0x20 is not an offset into the data: corrupt, or data of another "
            "type");
    refuses("(bytes[2])", in, words(in, (uint64_t[]){32, 32}, 2),
            "args[0]: data[0]: 0x20 is not an offset into the data: corrupt, or data of another "
            "type");
    takes("(bytes[2])", in, words(in, (uint64_t[]){32, 0, 0}, 3), 2);
    /* offsets of inner parts count from the inner body */
    refuses("(bool,bytes[2])", in, words(in, (uint64_t[]){1, 64, 0, 64}, 4),
            "args[1][1]: data[96]: 0x40 is not an offset into the data: corrupt, or data of "
            "another type");
}

static void refuses_counts_beyond(void **state)
{
    (void)state;
    uint8_t in[160] = {0};
    takes("(bytes)", in, words(in, (uint64_t[]){32, 64, 0, 0}, 4), 1);
    takes("(bytes)", in, words(in, (uint64_t[]){32, 1}, 2) + 1, 1); /* padding may be missing */
    refuses("(bytes)", in, words(in, (uint64_t[]){32, 65, 0, 0}, 4),
            "args[0]: data[32]: 0x41 is not a size within the data: corrupt, or data of another "
            "type");
    takes("(uint8[])", in, words(in, (uint64_t[]){32, 2, 0, 0}, 4), 3);
    refuses("(uint8[])", in, words(in, (uint64_t[]){32, 3, 0, 0}, 4),
            "args[0]: data[32]: 0x3 is not a size within the data: corrupt, or data of another "
            "type");
    takes("(uint8[2][])", in, words(in, (uint64_t[]){32, 1, 0, 0}, 4), 3);
    refuses("(uint8[2][])", in, words(in, (uint64_t[]){32, 2, 0, 0, 0}, 5),
            "args[0]: data[32]: 0x2 is not a size within the data: corrupt, or data of another "
            "type");
    static const uint64_t cnts[] = {1u << 27, UINT64_MAX / 32, UINT64_MAX / 32 + 2, UINT64_MAX};
    for (size_t i = 0; i < LQ_ARRAY_CNT(cnts); i++) {
        char msg[128];
        (void)snprintf(msg, sizeof(msg),
                       "args[0]: data[32]: 0x%llx is not a size within the data: corrupt, or data "
                       "of another type",
                       (unsigned long long)cnts[i]);
        refuses("(uint8[])", in, words(in, (uint64_t[]){32, cnts[i], 0}, 3), msg);
        refuses("(bytes[])", in, words(in, (uint64_t[]){32, cnts[i], 0}, 3), msg);
        refuses("(bytes)", in, words(in, (uint64_t[]){32, cnts[i], 0}, 3), msg);
    }
    words(in, (uint64_t[]){32, 0, 0}, 3);
    in[32] = 1; /* 2^248: zero in 64 bits */
    refuses("(bytes)", in, 96,
            "args[0]: data[32]: "
            "0x100000000000000000000000000000000000000000000000000000000000000 is not a size "
            "within the data: corrupt, or data of another type");
}

static void names_the_part_that_fails(void **state)
{
    (void)state;
    uint8_t in[512];
    size_t sz = words(in, (uint64_t[]){7, 64, 2, 64, 160, 2, 5, 300, 1, 9}, 10);
    /* (uint8, uint8[][] = [[5, 300], [9]]) */
    refuses("(uint8,uint8[][])", in, sz,
            "args[1][0][1]: data[224]: 0x12c is not a uint8: corrupt, or data of another type");
    takes("(uint8,uint16[][])", in, sz, 7);
    /* a path too long for the message is cut */
    text_t text = {.sz = 0};
    add(&text, "(");
    for (size_t i = 0; i < LQ_ABI_DEPTH_MAX - 1; i++)
        add(&text, "(");
    add(&text, "bool");
    for (size_t i = 0; i < LQ_ABI_DEPTH_MAX - 1; i++)
        add(&text, ")");
    add(&text, ")");
    refuses(text.s, word_with(0, 31, 2), 32,
            "args[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]: data[0]: 0x2 is not a bool: "
            "corrupt, or data of another type");
    refuses("(bool[100000])", word_with(0, 31, 2), 32,
            "args: 32 bytes, but their heads alone take 3200000: cut, or data of another type");
}

/* Fourteen lists deep, the eleventh element each time. */
static void cuts_long_paths(void **state)
{
    (void)state;
    text_t text = {.sz = 0};
    add(&text, "(uint8");
    size_t cnt = 0;
    for (size_t i = 0; i < 14; i++) {
        add(&text, "[]");
        vals[cnt++].cnt = 11;
        for (size_t k = 0; k < 10; k++)
            vals[cnt++] = (lq_abi_val_t){.cnt = 0};
    }
    vals[cnt++].num = lq_u256_from_u64(256);
    add(&text, ")");
    lq_abi_type_t type = type_of(text.s);
    size_t sz;
    lq_err_msg_t msg;
    assert_err(lq_abi_encode(data, sizeof(data), &sz, &msg, &type, vals, cnt), LQ_ERR_RANGE);
    assert_string_equal(msg.text, "args[0][10][10][10][10][10][10][10][10][10][10][10][10]...: "
                                  "0x100 does not fit a uint8");
}

static void accepts_what_solc_accepts(void **state)
{
    (void)state;
    uint8_t in[256] = {0};
    /* shared tails, a gap, data behind the end, dirty padding */
    size_t sz = words(in, (uint64_t[]){128, 128, 0, 0, 1, 0, 0}, 7);
    in[160] = 0x61;
    in[161] = 0xff;
    lq_abi_type_t type = type_of("(string,bytes)");
    size_t cnt;
    assert_ok(lq_abi_decode(vals, 2, &cnt, NULL, &type, in, sz));
    assert_int_equal(cnt, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(vals[i].bytes.sz, 1);
        assert_ptr_equal(vals[i].bytes.data, in + 160);
    }
}

/* ---- limits of the values ---- */

static void encodes_within_the_buffer_only(void **state)
{
    (void)state;
    lq_abi_type_t type = type_of("(uint8[],bytes)");
    lq_abi_val_t v[] = {
        {.cnt = 2},
        {.num = lq_u256_from_u64(1)},
        {.num = lq_u256_from_u64(255)},
        {.bytes = {(const uint8_t *)"0123456789abcdef0123456789abcdefg", 33}},
    };
    for (size_t max = 0; max <= 300; max++) {
        uint8_t *out = malloc(max + 1);
        assert_non_null(out);
        memset(out, 0xa5, max + 1);
        size_t sz = 77;
        lq_err_msg_t msg;
        if (max >= 256) {
            assert_ok(lq_abi_encode(out, max, &sz, &msg, &type, v, 4));
            assert_int_equal(sz, 256);
        } else {
            assert_err(lq_abi_encode(out, max, &sz, &msg, &type, v, 4), LQ_ERR_FULL);
            char expected[80];
            (void)snprintf(expected, sizeof(expected), "args: 256 bytes do not fit a buffer of %zu",
                           max);
            assert_string_equal(msg.text, expected);
            assert_int_equal(sz, 77);
        }
        for (size_t i = max >= 256 ? 256 : 0; i <= max; i++)
            assert_int_equal(out[i], 0xa5);
        free(out);
    }
}

static void refuses_values_that_do_not_fit(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        lq_abi_val_t val;
        const char *msg;
    } cases[] = {
        {"(uint8)", {.num = {{256, 0, 0, 0}}}, "args[0]: 0x100 does not fit a uint8"},
        {"(uint64)", {.num = {{0, 1, 0, 0}}}, "args[0]: 0x10000000000000000 does not fit a uint64"},
        {"(bool)", {.num = {{2, 0, 0, 0}}}, "args[0]: 0x2 does not fit a bool"},
        {"(int8)", {.num = {{128, 0, 0, 0}}}, "args[0]: 0x80 does not fit an int8"},
        {"(int8)",
         {.num = {{UINT64_MAX - 128, UINT64_MAX, UINT64_MAX, UINT64_MAX}}},
         "args[0]: 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f does not fit "
         "an int8"},
        {"(bytes1)",
         {.fixed = {{1, 1}}},
         "args[0]: 0x101000000000000000000000000000000000000000000000000000000000000 does not "
         "fit a bytes1"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        lq_abi_type_t type = type_of(cases[i].type);
        uint8_t out[32];
        memset(out, 0xa5, sizeof(out));
        size_t sz = 77;
        lq_err_msg_t msg;
        assert_err(lq_abi_encode(out, 32, &sz, &msg, &type, &cases[i].val, 1), LQ_ERR_RANGE);
        assert_string_equal(msg.text, cases[i].msg);
        assert_int_equal(sz, 77);
        assert_int_equal(out[0], 0xa5);
    }
    lq_abi_type_t type = type_of("((bool,uint8[2])[])");
    lq_abi_val_t v[7] = {{.cnt = 2}};
    v[6].num = lq_u256_from_u64(1000);
    size_t sz;
    lq_err_msg_t msg;
    assert_err(lq_abi_encode(data, sizeof(data), &sz, &msg, &type, v, 7), LQ_ERR_RANGE);
    assert_string_equal(msg.text, "args[0][1][1][1]: 0x3e8 does not fit a uint8");
}

static void refuses_too_few_and_too_many_values(void **state)
{
    (void)state;
    lq_abi_type_t type = type_of("(bool,uint8[],(bool)[2])");
    lq_abi_val_t v[7] = {{.cnt = 0}, {.cnt = 2}};
    for (size_t cnt = 0; cnt <= 7; cnt++) {
        size_t sz = 77;
        lq_err_msg_t msg;
        lq_err_t err = lq_abi_encode(data, sizeof(data), &sz, &msg, &type, v, cnt);
        assert_err(err, cnt == 6 ? LQ_OK : LQ_ERR_INVAL);
        assert_int_equal(sz, cnt == 6 ? 224 : 77);
        if (cnt == 0)
            assert_string_equal(msg.text, "args[0]: the 0 values given end before it");
        if (cnt == 5)
            assert_string_equal(msg.text, "args[2][1][0]: the 5 values given end before it");
        if (cnt == 7)
            assert_string_equal(msg.text, "args: 7 values given, 6 taken");
    }
    assert_err(lq_abi_encode(data, sizeof(data), &(size_t){0}, NULL, &type, NULL, 0), LQ_ERR_INVAL);
}

/* Counts and sizes that no memory holds meet a buffer that is smaller, without overflow. */
static void refuses_immense_counts(void **state)
{
    (void)state;
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 31, SIZE_MAX - 63, SIZE_MAX / 32 + 1};
    for (size_t i = 0; i < LQ_ARRAY_CNT(sizes); i++) {
        lq_abi_type_t type = type_of("(bytes,bytes)");
        lq_abi_val_t v[2] = {{.bytes = {data, sizes[i]}}, {.bytes = {data, 1000}}};
        size_t sz;
        assert_err(lq_abi_encode(data, sizeof(data), &sz, NULL, &type, v, 2), LQ_ERR_FULL);
        type = type_of("(uint8[][])");
        lq_abi_val_t list = {.cnt = sizes[i]};
        assert_err(lq_abi_encode(data, sizeof(data), &sz, NULL, &type, &list, 1), LQ_ERR_INVAL);
    }
}

static void decodes_within_the_values_only(void **state)
{
    (void)state;
    uint8_t in[256];
    size_t sz = words(in, (uint64_t[]){32, 3, 1, 2, 3}, 5);
    lq_abi_type_t type = type_of("(uint8[])");
    for (size_t max = 0; max <= 5; max++) {
        lq_abi_val_t out[5];
        lq_abi_val_t before[5];
        memset(out, 0xa5, sizeof(out));
        memcpy(before, out, sizeof(out));
        size_t cnt = 77;
        lq_err_msg_t msg;
        lq_err_t err = lq_abi_decode(out, max, &cnt, &msg, &type, in, sz);
        assert_err(err, max >= 4 ? LQ_OK : LQ_ERR_FULL);
        assert_int_equal(cnt, max >= 4 ? 4 : 77);
        size_t written = max >= 4 ? 4 : 0;
        assert_memory_equal(out + written, before + written, (5 - written) * sizeof(out[0]));
        if (max == 2)
            assert_string_equal(msg.text, "args[0][1]: more than 2 values");
    }
}

/* LEVEL_CNT lists of CNT elements, each element the one list of the next level. Returns the size.
 */
static size_t share_tails(uint8_t *out, size_t level_cnt, size_t cnt)
{
    size_t sz = words(out, (uint64_t[]){32}, 1);
    for (size_t level = 0; level < level_cnt; level++) {
        sz += words(out + sz, (uint64_t[]){cnt}, 1);
        for (size_t i = 0; i < cnt; i++)
            sz += words(out + sz, (uint64_t[]){level + 1 < level_cnt ? 32 * cnt : 1}, 1);
    }
    return sz;
}

static void bounds_the_work_of_shared_tails(void **state)
{
    (void)state;
    lq_abi_type_t type = type_of("(uint8[][][][][][][][])");
    size_t sz = share_tails(data, 8, 2);
    size_t cnt;
    lq_err_msg_t msg;
    assert_ok(lq_abi_decode(vals, VAL_MAX, &cnt, NULL, &type, data, sz));
    assert_int_equal(cnt, 511); /* of 25 words */
    sz = share_tails(data, 8, 1000);
    assert_err(lq_abi_decode(vals, VAL_MAX, &cnt, &msg, &type, data, sz), LQ_ERR_FULL);
    assert_non_null(strstr(msg.text, ": more than 4096 values")); /* not of 10^24 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_ethereum_tests),
        cmocka_unit_test(agrees_with_viem),
        cmocka_unit_test(refuses_dirty_bits),
        cmocka_unit_test(refuses_cut_data),
        cmocka_unit_test(refuses_offsets_beyond),
        cmocka_unit_test(refuses_counts_beyond),
        cmocka_unit_test(names_the_part_that_fails),
        cmocka_unit_test(cuts_long_paths),
        cmocka_unit_test(accepts_what_solc_accepts),
        cmocka_unit_test(encodes_within_the_buffer_only),
        cmocka_unit_test(refuses_values_that_do_not_fit),
        cmocka_unit_test(refuses_too_few_and_too_many_values),
        cmocka_unit_test(refuses_immense_counts),
        cmocka_unit_test(decodes_within_the_values_only),
        cmocka_unit_test(bounds_the_work_of_shared_tails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
