#include "liqd/keys/address.h"

#include <stdbool.h>
#include <string.h>

#include "liqd/codec/hex.h"
#include "liqd/codec/keccak.h"
#include "liqd/codec/rlp.h"

/* A digit's half byte of the hash says whether a letter is upper case. */
void lq_address_print(char out[LQ_ADDRESS_TEXT_SZ + 1], const lq_address_t *a)
{
    uint8_t hash[LQ_KECCAK_SZ];
    char *digits = out + 2;
    memcpy(out, "0x", 2);
    lq_hex_encode(digits, a->b, sizeof(a->b));
    lq_keccak256(hash, digits, 2 * sizeof(a->b));
    for (size_t i = 0; i < 2 * sizeof(a->b); i++) {
        unsigned half = i % 2 ? hash[i / 2] & 15u : hash[i / 2] >> 4;
        if (digits[i] >= 'a' && half >= 8)
            digits[i] = (char)(digits[i] - 'a' + 'A');
    }
    out[LQ_ADDRESS_TEXT_SZ] = '\0';
}

lq_err_t lq_address_parse(lq_address_t *out, lq_err_msg_t *msg, const char *in, size_t in_sz)
{
    lq_address_t a;
    lq_err_t err = lq_hex_decode_data(a.b, sizeof(a.b), msg, in, in_sz);
    if (err)
        return err;
    bool lower = false;
    bool upper = false;
    for (size_t i = 2; i < in_sz; i++) {
        lower |= in[i] >= 'a';
        upper |= in[i] >= 'A' && in[i] <= 'F';
    }
    char text[LQ_ADDRESS_TEXT_SZ + 1];
    lq_address_print(text, &a);
    if (lower && upper && memcmp(text, in, LQ_ADDRESS_TEXT_SZ) != 0)
        return lq_err_msg_set(
            msg, LQ_ERR_SYNTAX,
            "the checksum of %.42s is wrong: check each digit; for these the case "
            "would be %s",
            in, text);
    *out = a;
    return LQ_OK;
}

lq_address_t lq_address_create(const lq_address_t *sender, uint64_t nonce)
{
    uint8_t rlp[1 + 21 + 9];
    uint8_t hash[LQ_KECCAK_SZ];
    size_t sz;
    lq_rlp_writer_t w;
    lq_rlp_writer_init(&w, rlp, sizeof(rlp));
    size_t list = lq_rlp_put_list(&w);
    lq_rlp_put_bytes(&w, sender->b, sizeof(sender->b));
    lq_rlp_put_u64(&w, nonce);
    lq_rlp_put_list_end(&w, list);
    LQ_ASSERT(lq_rlp_writer_final(&w, &sz, NULL) == LQ_OK);
    lq_keccak256(hash, rlp, sz);
    lq_address_t out;
    memcpy(out.b, hash + 12, sizeof(out.b));
    return out;
}
