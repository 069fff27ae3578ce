#include "json_value.h"

#include "liqd/codec/hex.h"
#include "liqd/keys/address.h"
#include "liqd/num/decimal.h"

json_t *lq_json_address(const lq_address_t *address)
{
    char text[LQ_ADDRESS_TEXT_SZ + 1];
    lq_address_print(text, address);
    return json_string(text);
}

json_t *lq_json_hash(const lq_hash_t *hash)
{
    char text[2 + 2 * sizeof(hash->b) + 1] = "0x";
    lq_hex_encode(text + 2, hash->b, sizeof(hash->b));
    text[sizeof(text) - 1] = '\0';
    return json_string(text);
}

json_t *lq_json_u256(const lq_u256_t *v)
{
    char text[LQ_DECIMAL_SZ];
    if (lq_decimal_print(text, sizeof(text), v, 0))
        LQ_BUG("a number has no decimal digits");
    return json_string(text);
}

json_t *lq_json_i256(const lq_i256_t *v)
{
    char text[1 + LQ_DECIMAL_SZ] = "-";
    lq_u256_t abs = lq_i256_abs(v);
    if (lq_decimal_print(text + 1, LQ_DECIMAL_SZ, &abs, 0))
        LQ_BUG("a number has no decimal digits");
    return json_string(lq_i256_is_neg(v) ? text : text + 1);
}

json_t *lq_json_count(uint64_t v)
{
    return v <= INT64_MAX ? json_integer((json_int_t)v) : json_null();
}

json_t *lq_json_text(const char *text)
{
    return text[0] ? json_string(text) : json_null();
}

bool lq_json_append(json_t *list, json_t *item)
{
    return json_array_append_new(list, item) == 0;
}

json_t *lq_json_keep_if(json_t *list, bool ok)
{
    if (ok)
        return list;
    json_decref(list);
    return NULL;
}

bool lq_json_print(FILE *out, json_t *root)
{
    bool written = root && json_dumpf(root, out, JSON_INDENT(2)) == 0 && fputc('\n', out) != EOF;
    json_decref(root);
    return written;
}
