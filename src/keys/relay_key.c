#include <string.h>

#include "liqd/codec/hex.h"
#include "liqd/codec/keccak.h"
#include "liqd/keys/address.h"
#include "relay_internal.h"
#include "secret_internal.h"

/* @src EIP-191, version 0x45: the length of the text in decimal digits, here always 66 */
#define PREFIX \
    "\x19"     \
    "Ethereum Signed Message:\n66"
#define TEXT_SZ (2 + 2 * LQ_KECCAK_SZ)

lq_hash_t lq_relay_digest(const void *body, size_t sz)
{
    uint8_t hash[LQ_KECCAK_SZ];
    char text[TEXT_SZ] = {'0', 'x'};
    lq_keccak_t keccak;
    lq_hash_t out;
    lq_keccak256(hash, body, sz);
    lq_hex_encode(text + 2, hash, sizeof(hash));
    lq_keccak_init(&keccak);
    lq_keccak_absorb(&keccak, PREFIX, sizeof(PREFIX) - 1);
    lq_keccak_absorb(&keccak, text, sizeof(text));
    lq_keccak_final(&keccak, out.b);
    return out;
}

lq_err_t lq_relay_key_open(lq_relay_key_t **out, lq_err_msg_t *msg, lq_private_key_t *take_key,
                           const lq_address_t *sender)
{
    void *p;
    lq_err_t err = lq_locked_new(&p, msg, lq_ecdsa_signer_sz());
    if (err)
        return err;
    lq_relay_key_t *key = p;
    err = lq_ecdsa_signer_init(&key->ecdsa, msg, take_key);
    if (!err && memcmp(&key->ecdsa.address, sender, sizeof(*sender)) == 0)
        err = lq_err_msg_set(msg, LQ_ERR_INVAL,
                             "the relay key is the key of the sending account: make one of its own "
                             "with liqd keys new, and do not fund it");
    if (err) {
        lq_locked_free(p);
        return err;
    }
    lq_private_key_free(take_key);
    *out = key;
    return LQ_OK;
}

void lq_relay_key_close(lq_relay_key_t *key)
{
    lq_locked_free(key);
}

lq_address_t lq_relay_key_address(const lq_relay_key_t *key)
{
    return key->ecdsa.address;
}

lq_err_t lq_relay_key_header(lq_relay_key_t *key, char out[LQ_RELAY_HEADER_SZ + 1],
                             const void *body, size_t sz)
{
    lq_hash_t digest = lq_relay_digest(body, sz);
    lq_signature_t sig;
    lq_address_t signer;
    lq_err_t err = lq_ecdsa_signer_blind(&key->ecdsa);
    if (err)
        return err;
    lq_ecdsa_sign(&key->ecdsa, &sig, &digest);
    if (lq_ecdsa_recover(&signer, &digest, &sig) ||
        memcmp(&signer, &key->ecdsa.address, sizeof(signer)) != 0)
        return LQ_ERR_SIGNATURE;
    uint8_t v = (uint8_t)(27 + sig.y_parity);
    char *at = out;
    lq_address_print(at, &signer);
    at += LQ_ADDRESS_TEXT_SZ;
    *at++ = ':';
    *at++ = '0';
    *at++ = 'x';
    lq_hex_encode(at, sig.r, sizeof(sig.r));
    lq_hex_encode(at + 64, sig.s, sizeof(sig.s));
    lq_hex_encode(at + 128, &v, 1);
    out[LQ_RELAY_HEADER_SZ] = '\0';
    return LQ_OK;
}
