#ifndef ABI_SUPPORT_H
#define ABI_SUPPORT_H

/* What the tests of the ABI share. */

#include <jansson.h>

#include "liqd/codec/abi.h"
#include "lq_test.h"

/* Writes the bytes of TEXT, hexadecimal with or without 0x, to OUT; returns their number. */
static inline size_t unhex(uint8_t *out, size_t out_max, const char *text)
{
    if (strncmp(text, "0x", 2) == 0)
        text += 2;
    size_t sz = strlen(text) / 2;
    assert_true(strlen(text) % 2 == 0 && sz <= out_max);
    for (size_t i = 0; i < sz; i++) {
        char digits[3] = {text[2 * i], text[2 * i + 1], '\0'};
        char *end;
        out[i] = (uint8_t)strtoul(digits, &end, 16);
        assert_true(*end == '\0');
    }
    return sz;
}

static inline json_t *load_json(const char *path)
{
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    if (!root)
        fail_msg("%s:%d: %s", path, error.line, error.text);
    return root;
}

/* viem's vectors; see tests/vectors/abi/README.md. */
static inline json_t *load_viem(void)
{
    return load_json(LIQD_SOURCE_DIR "/tests/vectors/abi/viem.json");
}

static inline lq_abi_type_t type_of(const char *text)
{
    lq_abi_type_t type;
    lq_err_msg_t msg = {""};
    if (lq_abi_type_parse(&type, &msg, text, strlen(text)) != LQ_OK)
        fail_msg("%s: %s", text, msg.text);
    return type;
}

/* A text put together, NUL-terminated. */
typedef struct text {
    char s[1024];
    size_t sz;
} text_t;

static inline void add(text_t *t, const char *piece)
{
    t->sz += (size_t)snprintf(t->s + t->sz, sizeof(t->s) - t->sz, "%s", piece);
    assert_true(t->sz < sizeof(t->s));
}

static inline lq_address_t address_of(uint8_t byte)
{
    lq_address_t a;
    memset(a.b, byte, sizeof(a.b));
    return a;
}

/* NOLINTBEGIN(misc-no-recursion): as deep as the type */

static inline bool same_val(const lq_abi_node_t *node, const lq_abi_val_t *a, const lq_abi_val_t *b)
{
    if (node->kind == LQ_ABI_BYTES || node->kind == LQ_ABI_STRING)
        return a->bytes.sz == b->bytes.sz &&
               (!a->bytes.sz || memcmp(a->bytes.data, b->bytes.data, a->bytes.sz) == 0);
    if (node->kind == LQ_ABI_LIST)
        return a->cnt == b->cnt;
    if (node->kind == LQ_ABI_ADDRESS)
        return memcmp(&a->address, &b->address, sizeof(a->address)) == 0;
    return memcmp(&a->num, &b->num, sizeof(a->num)) == 0;
}

/* Whether the values at *A and *B are the same; moves both behind them. */
static inline bool same_vals(const lq_abi_node_t *node, const lq_abi_val_t **a,
                             const lq_abi_val_t **b)
{
    size_t cnt = node->cnt;
    if (node->kind != LQ_ABI_ARRAY && node->kind != LQ_ABI_TUPLE) {
        if (!same_val(node, *a, *b))
            return false;
        cnt = node->kind == LQ_ABI_LIST ? (*a)->cnt : 0;
        (*a)++;
        (*b)++;
    }
    const lq_abi_node_t *part = node + 1;
    for (size_t i = 0; i < cnt; i++) {
        if (!same_vals(part, a, b))
            return false;
        if (node->kind == LQ_ABI_TUPLE)
            part += part->node_cnt;
    }
    return true;
}

/* NOLINTEND(misc-no-recursion) */

static inline void assert_same_vals(const lq_abi_type_t *type, const lq_abi_val_t *a,
                                    const lq_abi_val_t *b)
{
    assert_true(same_vals(type->nodes, &a, &b));
}

/* A copy in memory of exactly SZ bytes, so that the sanitizer sees one read beyond. */
static inline uint8_t *exact_copy(const uint8_t *data, size_t sz)
{
    uint8_t *copy = malloc(sz ? sz : 1);
    assert_non_null(copy);
    if (sz)
        memcpy(copy, data, sz);
    return copy;
}

#endif
