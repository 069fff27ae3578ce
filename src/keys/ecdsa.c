#include "ecdsa_internal.h"

#include <openssl/crypto.h>
#include <secp256k1_preallocated.h>
#include <secp256k1_recovery.h>
#include <string.h>

#include "liqd/codec/keccak.h"
#include "nonce_internal.h"
#include "secret_internal.h"

#define PUBLIC_KEY_SZ 65 /* 0x04, x, y */

/* A signer's context stands behind it, as aligned as malloc would have it. */
static size_t context_offset(void)
{
    return (sizeof(lq_ecdsa_signer_t) + 63) / 64 * 64;
}

static lq_address_t public_key_address(const secp256k1_pubkey *key)
{
    uint8_t bytes[PUBLIC_KEY_SZ];
    size_t sz = sizeof(bytes);
    uint8_t hash[LQ_KECCAK_SZ];
    lq_address_t out;
    (void)secp256k1_ec_pubkey_serialize(secp256k1_context_static, bytes, &sz, key,
                                        SECP256K1_EC_UNCOMPRESSED);
    lq_keccak256(hash, bytes + 1, sizeof(bytes) - 1);
    memcpy(out.b, hash + 12, sizeof(out.b));
    return out;
}

bool lq_private_key_is_valid(const lq_private_key_t *key)
{
    int valid = secp256k1_ec_seckey_verify(secp256k1_context_static, key->b);
    lq_stack_wipe();
    return valid == 1;
}

static lq_address_t address_of(const secp256k1_context *context, const lq_private_key_t *key)
{
    secp256k1_pubkey public_key;
    int made = secp256k1_ec_pubkey_create(context, &public_key, key->b);
    lq_stack_wipe();
    LQ_ASSERT(made == 1);
    return public_key_address(&public_key);
}

size_t lq_ecdsa_signer_sz(void)
{
    size_t sz = secp256k1_context_preallocated_size(SECP256K1_CONTEXT_NONE);
    return context_offset() + (sz + 63) / 64 * 64;
}

static lq_err_t blind(secp256k1_context *context, lq_err_msg_t *msg)
{
    uint8_t seed[32];
    lq_err_t err = lq_random_bytes(seed, sizeof(seed), msg);
    if (err)
        return err;
    LQ_ASSERT(secp256k1_context_randomize(context, seed) == 1);
    explicit_bzero(seed, sizeof(seed));
    lq_stack_wipe();
    return LQ_OK;
}

lq_address_t lq_private_key_address(const lq_private_key_t *key)
{
    secp256k1_context *context = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    /* Blinding is the second defence: where the system gives no random bytes, the first is left, a
       multiplication in constant time, and an address is no reason to fail. */
    (void)!blind(context, NULL);
    lq_address_t out = address_of(context, key);
    secp256k1_context_destroy(context);
    return out;
}

/* A wrong nonce gives the key away, so ours is not believed: it must agree with libsecp256k1's
   here, on this CPU, for this key. Not inlined, so that its nonces lie where its caller's
   lq_stack_wipe clears. */
LQ_NOINLINE static lq_err_t choose_nonce(lq_ecdsa_signer_t *s, lq_err_msg_t *msg)
{
    secp256k1_nonce_function ours = lq_nonce_function();
    for (int i = 0; ours && i < 4; i++) {
        uint8_t digest[32];
        uint8_t want[32];
        uint8_t got[32];
        lq_err_t err = lq_random_bytes(digest, sizeof(digest), msg);
        if (err)
            return err;
        LQ_ASSERT(secp256k1_nonce_function_rfc6979(want, digest, s->key.b, NULL, NULL, 0) == 1);
        LQ_ASSERT(ours(got, digest, s->key.b, NULL, NULL, 0) == 1);
        LQ_ASSERT(CRYPTO_memcmp(want, got, sizeof(want)) == 0);
    }
    s->nonce = ours;
    return LQ_OK;
}

lq_err_t lq_ecdsa_signer_init(lq_ecdsa_signer_t *s, lq_err_msg_t *msg, const lq_private_key_t *key)
{
    secp256k1_context *context = secp256k1_context_preallocated_create(
        (uint8_t *)s + context_offset(), SECP256K1_CONTEXT_NONE);
    lq_err_t err = blind(context, msg);
    if (err)
        return err;
    s->context = context;
    s->sign_cnt = 0;
    s->address = address_of(context, key);
    memcpy(s->key.b, key->b, sizeof(s->key.b));
    err = choose_nonce(s, msg);
    lq_stack_wipe();
    return err;
}

lq_err_t lq_ecdsa_signer_blind(lq_ecdsa_signer_t *s)
{
    if (s->sign_cnt % LQ_ECDSA_BLIND_PERIOD != LQ_ECDSA_BLIND_PERIOD - 1)
        return LQ_OK;
    return blind(s->context, NULL);
}

void lq_ecdsa_sign(lq_ecdsa_signer_t *s, lq_signature_t *out, const lq_hash_t *digest)
{
    secp256k1_ecdsa_recoverable_signature sig;
    uint8_t rs[64];
    int recid;
    int made =
        secp256k1_ecdsa_sign_recoverable(s->context, &sig, digest->b, s->key.b, s->nonce, NULL);
    lq_stack_wipe();
    s->sign_cnt++;
    LQ_ASSERT(made == 1);
    (void)secp256k1_ecdsa_recoverable_signature_serialize_compact(s->context, rs, &recid, &sig);
    /* above 1 the x of R is not below the order: one in 2^127, and no transaction can say it */
    LQ_ASSERT(recid <= 1);
    memcpy(out->r, rs, 32);
    memcpy(out->s, rs + 32, 32);
    out->y_parity = (uint8_t)recid;
}

static bool is_low(const secp256k1_ecdsa_recoverable_signature *sig)
{
    secp256k1_ecdsa_signature plain;
    (void)secp256k1_ecdsa_recoverable_signature_convert(secp256k1_context_static, &plain, sig);
    return secp256k1_ecdsa_signature_normalize(secp256k1_context_static, NULL, &plain) == 0;
}

lq_err_t lq_ecdsa_recover(lq_address_t *out, const lq_hash_t *digest, const lq_signature_t *sig)
{
    secp256k1_ecdsa_recoverable_signature parsed;
    secp256k1_pubkey key;
    uint8_t rs[64];
    memcpy(rs, sig->r, 32);
    memcpy(rs + 32, sig->s, 32);
    if (sig->y_parity > 1 ||
        !secp256k1_ecdsa_recoverable_signature_parse_compact(secp256k1_context_static, &parsed, rs,
                                                             sig->y_parity) ||
        !is_low(&parsed) ||
        !secp256k1_ecdsa_recover(secp256k1_context_static, &key, &parsed, digest->b))
        return LQ_ERR_SIGNATURE;
    *out = public_key_address(&key);
    return LQ_OK;
}
