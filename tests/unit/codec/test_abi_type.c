#include "abi_support.h"

static lq_err_t parse(lq_abi_type_t *type, lq_err_msg_t *msg, const char *text)
{
    /* no NUL behind it */
    size_t sz = strlen(text);
    uint8_t *copy = exact_copy((const uint8_t *)text, sz);
    lq_err_t err = lq_abi_type_parse(type, msg, (const char *)copy, sz);
    free(copy);
    return err;
}

static void reads_each_leaf(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        lq_abi_kind_t kind;
        uint16_t bits;
        uint32_t cnt;
        bool dynamic;
    } cases[] = {
        {"(uint8)", LQ_ABI_UINT, 8, 0, false},       {"(uint256)", LQ_ABI_UINT, 256, 0, false},
        {"(int24)", LQ_ABI_INT, 24, 0, false},       {"(ufixed128x18)", LQ_ABI_UINT, 128, 0, false},
        {"(fixed8x0)", LQ_ABI_INT, 8, 0, false},     {"(fixed256x80)", LQ_ABI_INT, 256, 0, false},
        {"(bool)", LQ_ABI_BOOL, 0, 0, false},        {"(address)", LQ_ABI_ADDRESS, 0, 0, false},
        {"(function)", LQ_ABI_BYTESN, 0, 24, false}, {"(bytes1)", LQ_ABI_BYTESN, 0, 1, false},
        {"(bytes32)", LQ_ABI_BYTESN, 0, 32, false},  {"(bytes)", LQ_ABI_BYTES, 0, 0, true},
        {"(string)", LQ_ABI_STRING, 0, 0, true},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        lq_abi_type_t t;
        assert_ok(parse(&t, NULL, cases[i].text));
        const lq_abi_node_t *n = t.nodes;
        assert_int_equal(n[0].kind, LQ_ABI_TUPLE);
        assert_int_equal(n[0].cnt, 1);
        assert_int_equal(n[0].node_cnt, 2);
        assert_int_equal(n[0].depth, 1);
        assert_int_equal(n[0].body_sz, 32);
        assert_int_equal(n[0].dynamic, cases[i].dynamic);
        assert_int_equal(n[1].kind, cases[i].kind);
        assert_int_equal(n[1].bits, cases[i].bits);
        assert_int_equal(n[1].cnt, cases[i].cnt);
        assert_int_equal(n[1].dynamic, cases[i].dynamic);
        assert_int_equal(n[1].depth, 0);
        assert_int_equal(n[1].node_cnt, 1);
    }
}

static void reads_every_width(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits <= 300; bits++) {
        bool exists = bits % 8 == 0 && bits >= 8 && bits <= 256;
        static const char *const names[] = {"uint", "int"};
        for (size_t k = 0; k < 2; k++) {
            char text[32];
            (void)snprintf(text, sizeof(text), "(%s%u)", names[k], bits);
            lq_abi_type_t t;
            assert_err(parse(&t, NULL, text), exists ? LQ_OK : LQ_ERR_RANGE);
        }
        char text[32];
        (void)snprintf(text, sizeof(text), "(bytes%u)", bits);
        lq_abi_type_t t;
        assert_err(parse(&t, NULL, text), bits >= 1 && bits <= 32 ? LQ_OK : LQ_ERR_RANGE);
    }
}

/* (uint256,address[],(bytes,string)[2][]) node by node */
static void lays_out_containers(void **state)
{
    (void)state;
    lq_abi_type_t t;
    assert_ok(parse(&t, NULL, "(uint256,address[],(bytes,string)[2][],(bool,int8[3])[2])"));
    static const struct {
        lq_abi_kind_t kind;
        unsigned cnt, node_cnt, depth, body_sz;
        bool dynamic;
    } want[] = {
        {LQ_ABI_TUPLE, 4, 14, 4, 32 + 32 + 32 + 256, true},
        {LQ_ABI_UINT, 0, 1, 0, 32, false},
        {LQ_ABI_LIST, 0, 2, 1, 32, true},
        {LQ_ABI_ADDRESS, 0, 1, 0, 32, false},
        {LQ_ABI_LIST, 0, 5, 3, 32, true},
        {LQ_ABI_ARRAY, 2, 4, 2, 64, true},
        {LQ_ABI_TUPLE, 2, 3, 1, 64, true},
        {LQ_ABI_BYTES, 0, 1, 0, 0, true},
        {LQ_ABI_STRING, 0, 1, 0, 0, true},
        {LQ_ABI_ARRAY, 2, 5, 3, 256, false},
        {LQ_ABI_TUPLE, 2, 4, 2, 128, false},
        {LQ_ABI_BOOL, 0, 1, 0, 32, false},
        {LQ_ABI_ARRAY, 3, 2, 1, 96, false},
        {LQ_ABI_INT, 0, 1, 0, 32, false},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(want); i++) {
        assert_int_equal(t.nodes[i].kind, want[i].kind);
        assert_int_equal(t.nodes[i].cnt, want[i].cnt);
        assert_int_equal(t.nodes[i].node_cnt, want[i].node_cnt);
        assert_int_equal(t.nodes[i].depth, want[i].depth);
        assert_int_equal(t.nodes[i].body_sz, want[i].body_sz);
        assert_int_equal(t.nodes[i].dynamic, want[i].dynamic);
    }
}

static void takes_no_parameters(void **state)
{
    (void)state;
    lq_abi_type_t t;
    assert_ok(parse(&t, NULL, "()"));
    assert_int_equal(t.nodes[0].kind, LQ_ABI_TUPLE);
    assert_int_equal(t.nodes[0].cnt, 0);
    assert_int_equal(t.nodes[0].node_cnt, 1);
    assert_int_equal(t.nodes[0].body_sz, 0);
    assert_false(t.nodes[0].dynamic);
}

static void refuses_what_is_no_type(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        lq_err_t err;
        const char *msg;
    } cases[] = {
        {"", LQ_ERR_SYNTAX, "ABI type, column 1: a parameter list begins with \"(\""},
        {"uint256", LQ_ERR_SYNTAX, "ABI type, column 1: a parameter list begins with \"(\""},
        {"(", LQ_ERR_SYNTAX, "ABI type, column 2: a type is missing"},
        {"(uint256", LQ_ERR_SYNTAX, "ABI type, column 9: \",\" or \")\" must follow a type"},
        {"(uint256,)", LQ_ERR_SYNTAX, "ABI type, column 10: a type is missing"},
        {"(,bool)", LQ_ERR_SYNTAX, "ABI type, column 2: a type is missing"},
        {"(())", LQ_ERR_SYNTAX, "ABI type, column 3: a type is missing"},
        {"(bool,())", LQ_ERR_SYNTAX, "ABI type, column 8: a type is missing"},
        {"(bool)x", LQ_ERR_SYNTAX, "ABI type, column 7: the parameter list has ended before"},
        {"(bool)[]", LQ_ERR_SYNTAX, "ABI type, column 7: the parameter list has ended before"},
        {"()()", LQ_ERR_SYNTAX, "ABI type, column 3: the parameter list has ended before"},
        {"(bool))", LQ_ERR_SYNTAX, "ABI type, column 7: the parameter list has ended before"},
        {"(bool, bool)", LQ_ERR_SYNTAX, "ABI type, column 7: a type is missing"},
        {"(bool x)", LQ_ERR_SYNTAX, "ABI type, column 6: \",\" or \")\" must follow a type"},
        {"(uint)", LQ_ERR_SYNTAX,
         "ABI type, column 6: the width is missing: write uint256 for uint"},
        {"(uint08)", LQ_ERR_SYNTAX, "ABI type, column 6: drop the leading zero"},
        {"(uint12)", LQ_ERR_RANGE, "ABI type, column 6: a width is 8, 16, and so on to 256"},
        {"(uint264)", LQ_ERR_RANGE, "ABI type, column 6: a width is 8, 16, and so on to 256"},
        {"(uint4294967296)", LQ_ERR_RANGE, "ABI type, column 6: the number is above 4294967295"},
        {"(uint99999999999999999999999)", LQ_ERR_RANGE,
         "ABI type, column 6: the number is above 4294967295"},
        {"(bytes33)", LQ_ERR_RANGE, "ABI type, column 7: fixed bytes are bytes1 to bytes32"},
        {"(bytes0)", LQ_ERR_RANGE, "ABI type, column 7: fixed bytes are bytes1 to bytes32"},
        {"(bytes01)", LQ_ERR_SYNTAX, "ABI type, column 7: drop the leading zero"},
        {"(bool8)", LQ_ERR_SYNTAX, "ABI type, column 6: \",\" or \")\" must follow a type"},
        {"(byte)", LQ_ERR_SYNTAX,
         "ABI type, column 2: no such type; names are canonical (uint256, bytes32, address, "
         "(T,T)[])"},
        {"(fixed)", LQ_ERR_SYNTAX,
         "ABI type, column 7: the width is missing: write uint256 for uint"},
        {"(fixed128)", LQ_ERR_SYNTAX,
         "ABI type, column 10: decimals are missing: write fixed128x18"},
        {"(fixed128x)", LQ_ERR_SYNTAX,
         "ABI type, column 11: decimals are missing: write fixed128x18"},
        {"(fixed128x81)", LQ_ERR_RANGE, "ABI type, column 11: at most 80 decimals"},
        {"(bool[)", LQ_ERR_SYNTAX, "ABI type, column 7: write [] or a number of elements"},
        {"(bool[", LQ_ERR_SYNTAX, "ABI type, column 7: write [] or a number of elements"},
        {"(bool[2)", LQ_ERR_SYNTAX, "ABI type, column 8: ] is missing"},
        {"(bool[0])", LQ_ERR_SYNTAX, "ABI type, column 6: an array has at least one element"},
        {"(bool[-1])", LQ_ERR_SYNTAX, "ABI type, column 7: write [] or a number of elements"},
        {"(bool[4294967296])", LQ_ERR_RANGE, "ABI type, column 7: the number is above 4294967295"},
        {"(bool[134217728])", LQ_ERR_FULL, "ABI type, column 6: the array takes more than 4 GiB"},
        {"(bool[65536][65536])", LQ_ERR_FULL,
         "ABI type, column 13: the array takes more than 4 GiB"},
        {"(bool[100000000],bool[100000000])", LQ_ERR_FULL,
         "ABI type, column 33: the tuple takes more than 4 GiB"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        lq_abi_type_t t;
        lq_abi_type_t before;
        memset(&t, 0xa5, sizeof(t));
        memcpy(&before, &t, sizeof(t));
        lq_err_msg_t msg;
        assert_err(parse(&t, &msg, cases[i].text), cases[i].err);
        assert_string_equal(msg.text, cases[i].msg);
        assert_memory_equal(&t, &before, sizeof(t));
    }
    lq_abi_type_t t;
    assert_err(lq_abi_type_parse(&t, NULL, "(bool\0)", 7), LQ_ERR_SYNTAX);
    assert_ok(parse(&t, NULL, "(bool[134217727])")); /* 4 GiB less a word */
}

/* LEVELS containers of one kind around a bool, the outermost tuple included */
static lq_err_t parse_nested(const char *open, const char *close, size_t levels, lq_err_msg_t *msg)
{
    text_t text = {.sz = 0};
    add(&text, "(");
    for (size_t i = 1; i < levels; i++)
        add(&text, open);
    add(&text, "bool");
    for (size_t i = 1; i < levels; i++)
        add(&text, close);
    add(&text, ")");
    lq_abi_type_t t;
    return parse(&t, msg, text.s);
}

static void bounds_depth(void **state)
{
    (void)state;
    static const char *const shapes[][2] = {{"(", ")"}, {"", "[]"}, {"", "[1]"}, {"(", ")[]"}};
    for (size_t i = 0; i < LQ_ARRAY_CNT(shapes); i++) {
        /* the last shape adds two levels at a time to the one there is */
        size_t most = i == 3 ? (LQ_ABI_DEPTH_MAX - 1) / 2 + 1 : LQ_ABI_DEPTH_MAX;
        lq_err_msg_t msg;
        assert_ok(parse_nested(shapes[i][0], shapes[i][1], most, &msg));
        for (size_t beyond = 1; beyond < 40; beyond++) {
            assert_err(parse_nested(shapes[i][0], shapes[i][1], most + beyond, &msg), LQ_ERR_FULL);
            assert_non_null(strstr(msg.text, "the type nests too deep"));
        }
    }
}

static void bounds_nodes(void **state)
{
    (void)state;
    for (size_t suffix = 0; suffix <= 1; suffix++) {
        for (size_t leaf_cnt = 120; leaf_cnt <= 140; leaf_cnt++) {
            text_t text = {.sz = 0};
            add(&text, "(");
            for (size_t i = 0; i < leaf_cnt; i++)
                add(&text, i ? ",bool" : "bool");
            add(&text, suffix ? "[])" : ")");
            size_t node_cnt = 1 + leaf_cnt + suffix;
            lq_abi_type_t t;
            assert_err(parse(&t, NULL, text.s), node_cnt <= LQ_ABI_NODE_MAX ? LQ_OK : LQ_ERR_FULL);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_each_leaf),
        cmocka_unit_test(reads_every_width),
        cmocka_unit_test(lays_out_containers),
        cmocka_unit_test(takes_no_parameters),
        cmocka_unit_test(refuses_what_is_no_type),
        cmocka_unit_test(bounds_depth),
        cmocka_unit_test(bounds_nodes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
