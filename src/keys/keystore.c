#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "ecdsa_internal.h"
#include "keystore_internal.h"
#include "liqd/codec/keccak.h"
#include "liqd/keys/address.h"
#include "scrypt_internal.h"
#include "secret_internal.h"

/* What a passphrase derives: 16 bytes for the cipher, 16 for the MAC. Kept in locked memory, the
   hash too, which sees the latter. */
typedef struct derived {
    uint8_t cipher_key[16];
    uint8_t mac_key[16];
    lq_keccak_t keccak;
} derived_t;

lq_err_t lq_scrypt_cost_check(lq_scrypt_cost_t cost, lq_err_msg_t *msg, const char *name)
{
    if (cost.n < 2 || (cost.n & (cost.n - 1)) || !cost.r || !cost.p)
        return lq_err_msg_set(
            msg, LQ_ERR_SYNTAX,
            "%s: n = %u, r = %u, p = %u: n must be a power of two from 2, r and p "
            "from 1",
            name, cost.n, cost.r, cost.p);
    uint64_t nr = (uint64_t)cost.n * cost.r;
    if (cost.n > LQ_SCRYPT_N_MAX || cost.r > LQ_SCRYPT_R_MAX || cost.p > LQ_SCRYPT_P_MAX ||
        nr > LQ_SCRYPT_NR_MAX || nr * cost.p > LQ_SCRYPT_NRP_MAX)
        return lq_err_msg_set(msg, LQ_ERR_RANGE,
                              "%s: scrypt with n = %u, r = %u, p = %u costs too much: n <= %u, "
                              "r <= %u, p <= %u, n r <= %u and n r p <= %u: encrypt the key again "
                              "with less",
                              name, cost.n, cost.r, cost.p, LQ_SCRYPT_N_MAX, LQ_SCRYPT_R_MAX,
                              LQ_SCRYPT_P_MAX, LQ_SCRYPT_NR_MAX, LQ_SCRYPT_NRP_MAX);
    return LQ_OK;
}

static lq_err_t derive(derived_t *out, lq_err_msg_t *msg, const lq_keystore_t *store,
                       const lq_secret_t *pass)
{
    lq_err_t err = LQ_ERR_INVAL;
    uint8_t *key = out->cipher_key; /* and mac_key behind it */
    size_t key_sz = sizeof(out->cipher_key) + sizeof(out->mac_key);
    switch (store->kdf) {
    case LQ_KDF_SCRYPT:
        err = lq_scrypt(key, key_sz, msg, pass->bytes, pass->sz, store->salt, store->salt_sz,
                        store->scrypt);
        break;
    case LQ_KDF_PBKDF2:
        err = lq_pbkdf2(key, key_sz, msg, pass->bytes, pass->sz, store->salt, store->salt_sz,
                        store->pbkdf2_cnt);
        break;
    }
    return err;
}

static void mac(uint8_t out[LQ_KECCAK_SZ], derived_t *derived, const lq_keystore_t *store)
{
    lq_keccak_init(&derived->keccak);
    lq_keccak_absorb(&derived->keccak, derived->mac_key, sizeof(derived->mac_key));
    lq_keccak_absorb(&derived->keccak, store->ciphertext, sizeof(store->ciphertext));
    lq_keccak_final(&derived->keccak, out);
}

/* AES-128-CTR, its own inverse, of 32 bytes. */
static lq_err_t crypt(uint8_t out[32], lq_err_msg_t *msg, const derived_t *derived,
                      const uint8_t iv[16], const uint8_t in[32])
{
    int sz = 0;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool done = ctx &&
                EVP_EncryptInit_ex(ctx, EVP_aes_128_ctr(), NULL, derived->cipher_key, iv) == 1 &&
                EVP_EncryptUpdate(ctx, out, &sz, in, 32) == 1 && sz == 32;
    EVP_CIPHER_CTX_free(ctx);
    if (done)
        return LQ_OK;
    return lq_err_msg_set(msg, LQ_ERR_NOMEM,
                          "libcrypto's AES-128-CTR failed: is it there, and memory?");
}

static lq_err_t check_key(lq_err_msg_t *msg, const char *name, const lq_keystore_t *store,
                          const lq_private_key_t *key)
{
    if (!lq_private_key_is_valid(key))
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                              "%s: what it encrypts is no private key: take another copy", name);
    if (!store->has_address)
        return LQ_OK;
    lq_address_t address = lq_private_key_address(key);
    if (memcmp(&address, &store->address, sizeof(address)) == 0)
        return LQ_OK;
    char want[LQ_ADDRESS_TEXT_SZ + 1];
    char got[LQ_ADDRESS_TEXT_SZ + 1];
    lq_address_print(want, &store->address);
    lq_address_print(got, &address);
    return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                          "%s: says address %s, but holds the key of %s: it was altered: take "
                          "another copy",
                          name, want, got);
}

static lq_err_t decrypt(lq_private_key_t *key, derived_t *derived, lq_err_msg_t *msg,
                        const char *name, const lq_keystore_t *store, const lq_secret_t *pass)
{
    uint8_t got[LQ_KECCAK_SZ];
    lq_err_t err = derive(derived, msg, store, pass);
    if (err)
        return err;
    mac(got, derived, store);
    if (CRYPTO_memcmp(got, store->mac, sizeof(got)) != 0)
        return lq_err_msg_set(msg, LQ_ERR_PASS,
                              "%s: the passphrase is wrong, or the file damaged: check the "
                              "passphrase, then take another copy",
                              name);
    err = crypt(key->b, msg, derived, store->iv, store->ciphertext);
    return err ? err : check_key(msg, name, store, key);
}

lq_err_t lq_keystore_decrypt(lq_private_key_t **out, lq_err_msg_t *msg, const char *name,
                             const lq_keystore_t *store, const lq_secret_t *passphrase)
{
    lq_private_key_t *key = NULL;
    void *derived = NULL;
    lq_err_t err = lq_private_key_new(&key, msg);
    if (!err)
        err = lq_locked_new(&derived, msg, sizeof(derived_t));
    if (!err)
        err = decrypt(key, derived, msg, name, store, passphrase);
    lq_stack_wipe();
    lq_locked_free(derived);
    if (err)
        lq_private_key_free(key);
    else
        *out = key;
    return err;
}

static lq_err_t encrypt(lq_keystore_t *out, derived_t *derived, lq_err_msg_t *msg,
                        const lq_private_key_t *key, const lq_secret_t *pass)
{
    lq_err_t err = lq_random_bytes(out->salt, out->salt_sz, msg);
    if (!err)
        err = lq_random_bytes(out->iv, sizeof(out->iv), msg);
    if (!err)
        err = lq_random_bytes(out->id, sizeof(out->id), msg);
    if (!err)
        err = derive(derived, msg, out, pass);
    if (!err)
        err = crypt(out->ciphertext, msg, derived, out->iv, key->b);
    if (err)
        return err;
    mac(out->mac, derived, out);
    /* a random UUID. @src RFC 9562, section 5.4 */
    out->id[6] = (uint8_t)((out->id[6] & 0x0fu) | 0x40u);
    out->id[8] = (uint8_t)((out->id[8] & 0x3fu) | 0x80u);
    return LQ_OK;
}

lq_err_t lq_keystore_encrypt(lq_keystore_t *out, lq_err_msg_t *msg, const lq_private_key_t *key,
                             const lq_secret_t *passphrase, lq_scrypt_cost_t cost)
{
    lq_keystore_t store = {.kdf = LQ_KDF_SCRYPT,
                           .scrypt = cost,
                           .salt_sz = 32,
                           .has_address = true,
                           .address = lq_private_key_address(key),
                           .has_id = true};
    void *derived;
    if (lq_secret_is_empty(passphrase))
        return lq_err_msg_set(msg, LQ_ERR_INVAL,
                              "the passphrase is empty: it would protect nothing");
    lq_err_t err = lq_scrypt_cost_check(cost, msg, "the keystore");
    if (!err)
        err = lq_locked_new(&derived, msg, sizeof(derived_t));
    if (err)
        return err;
    err = encrypt(&store, derived, msg, key, passphrase);
    lq_stack_wipe();
    lq_locked_free(derived);
    if (!err)
        *out = store;
    return err;
}
