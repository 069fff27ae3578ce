/* Keystores as text. Only what is no secret passes through jansson. */

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keystore_internal.h"
#include "liqd/codec/hex.h"

#define ID_TEXT_SZ 36 /* 8-4-4-4-12 digits. @src RFC 9562, section 4 */

/* The document under way. Paths name members from its root: "crypto.kdfparams.n". */
typedef struct doc {
    const char *name;
    lq_err_msg_t *msg;
} doc_t;

/* The error comes out of the macro, where the compiler sees that it is one. */
#define FAIL(doc, err, path, ...) (say((doc), (err), (path), __VA_ARGS__), (err))

LQ_PRINTF(4, 5)
static void say(const doc_t *doc, lq_err_t err, const char *path, const char *fmt, ...)
{
    char text[LQ_ERR_MSG_SZ];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    (void)!lq_err_msg_set(doc->msg, err, "%s: %s %s", doc->name, path, text);
}

/* The member that PATH ends in, of PARENT. */
static lq_err_t get(json_t **out, const doc_t *doc, const json_t *parent, const char *path,
                    json_type type)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "an object", [JSON_STRING] = "a string", [JSON_INTEGER] = "an integer"};
    const char *dot = strrchr(path, '.');
    json_t *member = json_object_get(parent, dot ? dot + 1 : path);
    if (!member)
        return FAIL(doc, LQ_ERR_SYNTAX, path, "is missing: a version 3 keystore has it");
    if (json_typeof(member) != type)
        return FAIL(doc, LQ_ERR_SYNTAX, path, "must be %s", names[type]);
    *out = member;
    return LQ_OK;
}

/* An integer from 1 to MAX. */
static lq_err_t get_number(uint32_t *out, const doc_t *doc, const json_t *parent, const char *path,
                           uint32_t max)
{
    json_t *member;
    lq_err_t err = get(&member, doc, parent, path, JSON_INTEGER);
    if (err)
        return err;
    json_int_t v = json_integer_value(member);
    if (v < 1 || v > (json_int_t)max)
        return FAIL(doc, v < 1 ? LQ_ERR_SYNTAX : LQ_ERR_RANGE, path,
                    "is %" JSON_INTEGER_FORMAT ": liqd accepts 1 to %" PRIu32, v, max);
    *out = (uint32_t)v;
    return LQ_OK;
}

/* A string that must be WANT. */
static lq_err_t get_constant(const doc_t *doc, const json_t *parent, const char *path,
                             const char *want)
{
    json_t *member;
    lq_err_t err = get(&member, doc, parent, path, JSON_STRING);
    if (err)
        return err;
    if (strcmp(json_string_value(member), want) != 0)
        return FAIL(doc, LQ_ERR_SYNTAX, path, "must be \"%s\"", want);
    return LQ_OK;
}

/* Digits of MIN_SZ to MAX_SZ bytes, without a prefix. */
static lq_err_t get_bytes(uint8_t *out, size_t *out_sz, const doc_t *doc, const json_t *parent,
                          const char *path, size_t min_sz, size_t max_sz)
{
    json_t *member;
    lq_err_t err = get(&member, doc, parent, path, JSON_STRING);
    if (err)
        return err;
    size_t digit_cnt = json_string_length(member);
    size_t sz = digit_cnt / 2;
    if (digit_cnt % 2 || sz < min_sz || sz > max_sz)
        return FAIL(doc, LQ_ERR_SYNTAX, path, "has %zu hexadecimal digits: it needs %zu%s%.0zu",
                    digit_cnt, 2 * min_sz, min_sz == max_sz ? "" : " to ",
                    min_sz == max_sz ? 0 : 2 * max_sz);
    if (lq_hex_decode(out, sz, NULL, json_string_value(member), digit_cnt))
        return FAIL(doc, LQ_ERR_SYNTAX, path, "is not hexadecimal");
    *out_sz = sz;
    return LQ_OK;
}

static lq_err_t get_array(uint8_t *out, size_t out_sz, const doc_t *doc, const json_t *parent,
                          const char *path)
{
    size_t sz;
    return get_bytes(out, &sz, doc, parent, path, out_sz, out_sz);
}

static lq_err_t get_scrypt(lq_keystore_t *out, const doc_t *doc, const json_t *params)
{
    lq_scrypt_cost_t *cost = &out->scrypt;
    lq_err_t err = get_number(&cost->n, doc, params, "crypto.kdfparams.n", LQ_SCRYPT_N_MAX);
    if (!err)
        err = get_number(&cost->r, doc, params, "crypto.kdfparams.r", LQ_SCRYPT_R_MAX);
    if (!err)
        err = get_number(&cost->p, doc, params, "crypto.kdfparams.p", LQ_SCRYPT_P_MAX);
    if (err)
        return err;
    char name[LQ_ERR_MSG_SZ];
    (void)snprintf(name, sizeof(name), "%s: crypto.kdfparams", doc->name);
    return lq_scrypt_cost_check(*cost, doc->msg, name);
}

static lq_err_t get_kdf(lq_keystore_t *out, const doc_t *doc, const json_t *crypto)
{
    json_t *kdf;
    json_t *params;
    json_t *dk_sz;
    lq_err_t err = get(&kdf, doc, crypto, "crypto.kdf", JSON_STRING);
    if (!err)
        err = get(&params, doc, crypto, "crypto.kdfparams", JSON_OBJECT);
    if (!err)
        err = get(&dk_sz, doc, params, "crypto.kdfparams.dklen", JSON_INTEGER);
    if (!err && json_integer_value(dk_sz) != 32)
        err = FAIL(doc, LQ_ERR_SYNTAX, "crypto.kdfparams.dklen", "must be 32");
    if (!err)
        err = get_bytes(out->salt, &out->salt_sz, doc, params, "crypto.kdfparams.salt", 1,
                        LQ_KEYSTORE_SALT_MAX);
    if (err)
        return err;
    if (strcmp(json_string_value(kdf), "scrypt") == 0) {
        out->kdf = LQ_KDF_SCRYPT;
        return get_scrypt(out, doc, params);
    }
    if (strcmp(json_string_value(kdf), "pbkdf2") == 0) {
        out->kdf = LQ_KDF_PBKDF2;
        err = get_number(&out->pbkdf2_cnt, doc, params, "crypto.kdfparams.c", LQ_PBKDF2_C_MAX);
        return err ? err : get_constant(doc, params, "crypto.kdfparams.prf", "hmac-sha256");
    }
    return FAIL(doc, LQ_ERR_SYNTAX, "crypto.kdf", "must be \"scrypt\" or \"pbkdf2\"");
}

/* Older writers call it "Crypto". What is in it is named in lower case all the same. */
static lq_err_t get_crypto_object(json_t **out, const doc_t *doc, const json_t *root)
{
    const char *name = json_object_get(root, "Crypto") ? "Crypto" : "crypto";
    if (name[0] == 'C' && json_object_get(root, "crypto"))
        return FAIL(doc, LQ_ERR_SYNTAX, "crypto",
                    "is given twice, also as \"Crypto\": take another copy");
    return get(out, doc, root, name, JSON_OBJECT);
}

static lq_err_t get_crypto(lq_keystore_t *out, const doc_t *doc, const json_t *root)
{
    json_t *crypto;
    json_t *params;
    lq_err_t err = get_crypto_object(&crypto, doc, root);
    if (!err)
        err = get_constant(doc, crypto, "crypto.cipher", "aes-128-ctr");
    if (!err)
        err = get(&params, doc, crypto, "crypto.cipherparams", JSON_OBJECT);
    if (!err)
        err = get_array(out->iv, sizeof(out->iv), doc, params, "crypto.cipherparams.iv");
    if (!err)
        err = get_array(out->ciphertext, sizeof(out->ciphertext), doc, crypto, "crypto.ciphertext");
    if (!err)
        err = get_array(out->mac, sizeof(out->mac), doc, crypto, "crypto.mac");
    return err ? err : get_kdf(out, doc, crypto);
}

/* Both may be missing. An address has "0x" before it in some programs' files. */
static lq_err_t get_address_and_id(lq_keystore_t *out, const doc_t *doc, const json_t *root)
{
    json_t *member;
    lq_err_t err;
    if (json_object_get(root, "address")) {
        err = get(&member, doc, root, "address", JSON_STRING);
        if (err)
            return err;
        const char *text = json_string_value(member);
        text += strncmp(text, "0x", 2) == 0 ? 2 : 0;
        if (lq_hex_decode(out->address.b, sizeof(out->address.b), NULL, text, strlen(text)))
            return FAIL(doc, LQ_ERR_SYNTAX, "address", "must be 40 hexadecimal digits");
        out->has_address = true;
    }
    if (json_object_get(root, "id")) {
        char digits[32];
        size_t cnt = 0;
        err = get(&member, doc, root, "id", JSON_STRING);
        if (err)
            return err;
        const char *text = json_string_value(member);
        for (size_t i = 0; i < ID_TEXT_SZ && text[i]; i++) {
            bool dash = i == 8 || i == 13 || i == 18 || i == 23;
            if (dash && text[i] != '-')
                break;
            if (!dash)
                digits[cnt++] = text[i];
        }
        if (strlen(text) != ID_TEXT_SZ ||
            lq_hex_decode(out->id, sizeof(out->id), NULL, digits, cnt))
            return FAIL(doc, LQ_ERR_SYNTAX, "id", "must be a UUID");
        out->has_id = true;
    }
    return LQ_OK;
}

static lq_err_t get_all(lq_keystore_t *out, const doc_t *doc, const json_t *root)
{
    json_t *version;
    if (!json_is_object(root))
        return lq_err_msg_set(doc->msg, LQ_ERR_SYNTAX, "%s: must be a JSON object", doc->name);
    lq_err_t err = get(&version, doc, root, "version", JSON_INTEGER);
    if (!err && json_integer_value(version) != 3)
        err = FAIL(doc, LQ_ERR_SYNTAX, "version",
                   "is %" JSON_INTEGER_FORMAT ": liqd reads 3: convert it with the program that "
                   "wrote it",
                   json_integer_value(version));
    if (!err)
        err = get_crypto(out, doc, root);
    return err ? err : get_address_and_id(out, doc, root);
}

/* Not jansson's own text, which quotes the file: what a stranger wrote there may steer a terminal.
 */
static const char *why_no_json(const json_error_t *error)
{
    if (json_error_code(error) == json_error_duplicate_key)
        return "a member is given twice";
    return "is no JSON";
}

/* jansson takes a lack of memory for bad syntax: whether it may be that. */
static bool lacks_memory(void)
{
    void *volatile p = malloc(LQ_KEYSTORE_FILE_MAX); /* what is not used may be left out */
    bool lacks = !p;
    free(p);
    return lacks;
}

lq_err_t lq_keystore_parse(lq_keystore_t *out, lq_err_msg_t *msg, const char *name,
                           const char *text, size_t sz)
{
    if (sz > LQ_KEYSTORE_FILE_MAX)
        return lq_err_msg_set(msg, LQ_ERR_TOO_LONG, "%s: is longer than %d bytes: no keystore is",
                              name, LQ_KEYSTORE_FILE_MAX);
    json_error_t error;
    json_t *root = json_loadb(text, sz, JSON_REJECT_DUPLICATES, &error);
    if (!root && lacks_memory())
        return lq_err_msg_set(msg, LQ_ERR_NOMEM, "%s: out of memory", name);
    if (!root && json_error_code(&error) == json_error_numeric_overflow)
        return lq_err_msg_set(msg, LQ_ERR_RANGE,
                              "%s:%d:%d: a number is beyond what liqd accepts as a cost", name,
                              error.line, error.column);
    if (!root)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "%s:%d:%d: %s: take another copy", name,
                              error.line, error.column, why_no_json(&error));
    lq_keystore_t store = {0};
    lq_err_t err = get_all(&store, &(doc_t){name, msg}, root);
    json_decref(root);
    if (!err)
        *out = store;
    return err;
}

/* Text under way; it has room for any keystore of ours. */
typedef struct text {
    char *out;
    size_t sz;
} text_t;

LQ_PRINTF(2, 3) static void put(text_t *text, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int sz = vsnprintf(text->out + text->sz, LQ_KEYSTORE_TEXT_MAX - text->sz, fmt, args);
    va_end(args);
    LQ_ASSERT(sz >= 0 && (size_t)sz < LQ_KEYSTORE_TEXT_MAX - text->sz);
    text->sz += (size_t)sz;
}

static void put_hex(text_t *text, const uint8_t *in, size_t in_sz)
{
    LQ_ASSERT(2 * in_sz < LQ_KEYSTORE_TEXT_MAX - text->sz);
    lq_hex_encode(text->out + text->sz, in, in_sz);
    text->sz += 2 * in_sz;
}

static void put_id(text_t *text, const uint8_t id[16])
{
    static const size_t group_sz[] = {4, 2, 2, 2, 6};
    for (size_t i = 0; i < LQ_ARRAY_CNT(group_sz); i++) {
        put(text, "%s", i ? "-" : "");
        put_hex(text, id, group_sz[i]);
        id += group_sz[i];
    }
}

size_t lq_keystore_print(char out[LQ_KEYSTORE_TEXT_MAX], const lq_keystore_t *store)
{
    text_t text = {.out = out};
    put(&text, "{\"address\":\"");
    put_hex(&text, store->address.b, sizeof(store->address.b));
    put(&text, "\",\"crypto\":{\"cipher\":\"aes-128-ctr\",\"ciphertext\":\"");
    put_hex(&text, store->ciphertext, sizeof(store->ciphertext));
    put(&text, "\",\"cipherparams\":{\"iv\":\"");
    put_hex(&text, store->iv, sizeof(store->iv));
    put(&text,
        "\"},\"kdf\":\"scrypt\",\"kdfparams\":{\"dklen\":32,\"n\":%" PRIu32 ",\"p\":%" PRIu32
        ",\"r\":%" PRIu32 ",\"salt\":\"",
        store->scrypt.n, store->scrypt.p, store->scrypt.r);
    put_hex(&text, store->salt, store->salt_sz);
    put(&text, "\"},\"mac\":\"");
    put_hex(&text, store->mac, sizeof(store->mac));
    put(&text, "\"},\"id\":\"");
    put_id(&text, store->id);
    put(&text, "\",\"version\":3}\n");
    return text.sz;
}
