#ifndef LIQD_KEYS_KEYSTORE_H
#define LIQD_KEYS_KEYSTORE_H

/* Keystore files, version 3: a private key encrypted with a passphrase, as geth and others keep it.
   AES-128-CTR, a MAC by keccak-256, the key derived by scrypt or PBKDF2-HMAC-SHA256.
   @src https://github.com/ethereum/wiki/wiki/Web3-Secret-Storage-Definition

   MSG (may be NULL) says which member of which file is wrong and what would be right; it never
   contains anything secret. NAME is what it calls the file. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/codec/types.h"
#include "liqd/keys/private_key.h"
#include "liqd/keys/secret.h"

/* Limits, checked before anything is derived: a file from a stranger may ask for any cost. An
   honest one costs 2^21 blocks (scrypt's N r p), about a second. */
#define LQ_KEYSTORE_FILE_MAX 16384      /* bytes; usual ones have 500 */
#define LQ_KEYSTORE_SALT_MAX 64         /* bytes; usual ones have 32 */
#define LQ_SCRYPT_N_MAX      (1u << 20) /* N: a power of two from 2 */
#define LQ_SCRYPT_R_MAX      32         /* r: from 1 */
#define LQ_SCRYPT_P_MAX      16         /* p: from 1 */
#define LQ_SCRYPT_NR_MAX     (1u << 23) /* N r: 128 N r bytes of memory, so 1 GiB */
#define LQ_SCRYPT_NRP_MAX    (1u << 24) /* N r p: eight times the usual time */
#define LQ_PBKDF2_C_MAX      10000000u  /* rounds, from 1; usual ones have 262144 */

/* What scrypt costs: 128 n r bytes and a time that grows with n r p. */
typedef struct lq_scrypt_cost {
    uint32_t n;
    uint32_t r;
    uint32_t p;
} lq_scrypt_cost_t;

/* LQ_SCRYPT_COST_DEFAULT: 256 MiB and about a second, geth's "standard" cost. */
#define LQ_SCRYPT_COST_DEFAULT ((lq_scrypt_cost_t){.n = 1u << 18, .r = 8, .p = 1})

typedef enum lq_kdf {
    LQ_KDF_SCRYPT,
    LQ_KDF_PBKDF2,
} lq_kdf_t;

/* A keystore file's content. Nothing in it is secret. */
typedef struct lq_keystore {
    lq_kdf_t kdf;
    lq_scrypt_cost_t scrypt; /* LQ_KDF_SCRYPT */
    uint32_t pbkdf2_cnt;     /* LQ_KDF_PBKDF2: rounds */
    uint8_t salt[LQ_KEYSTORE_SALT_MAX];
    size_t salt_sz; /* 1 to LQ_KEYSTORE_SALT_MAX */
    uint8_t iv[16];
    uint8_t ciphertext[32];
    uint8_t mac[32];
    bool has_address; /* the file may leave it out */
    lq_address_t address;
    bool has_id; /* likewise */
    uint8_t id[16];
} lq_keystore_t;

/* lq_keystore_parse reads the SZ bytes of JSON at TEXT. Members that version 3 does not know are
   ignored; a member given twice is refused. LQ_ERR_SYNTAX: no JSON, no version 3, a member is
   missing or wrong. LQ_ERR_RANGE: a cost above the limits. LQ_ERR_TOO_LONG: more than
   LQ_KEYSTORE_FILE_MAX. LQ_ERR_NOMEM. Allocates for the time of the call. */
LQ_MUST_USE lq_err_t lq_keystore_parse(lq_keystore_t *out, lq_err_msg_t *msg, const char *name,
                                       const char *text, size_t sz);

/* lq_keystore_read reads the file PATH and parses it. It refuses what lq_secret_read_file
   (secret.h) refuses, with the same errors, and what lq_keystore_parse refuses. */
LQ_MUST_USE lq_err_t lq_keystore_read(lq_keystore_t *out, lq_err_msg_t *msg, const char *path);

/* lq_keystore_decrypt sets *OUT to the key that STORE holds; the caller frees it. LQ_ERR_PASS: the
   MAC does not fit. LQ_ERR_SYNTAX: it fits, but what it covers is no private key, or the key of
   another address than STORE's. The MAC covers the key alone: where STORE has no address, whoever
   can write the file can make it the key of another account, and the caller has to compare the
   address with one that it knows. LQ_ERR_NOMEM: no memory for the derivation, or none that can be
   locked. Costs what STORE says. */
LQ_MUST_USE lq_err_t lq_keystore_decrypt(lq_private_key_t **out, lq_err_msg_t *msg,
                                         const char *name, const lq_keystore_t *store,
                                         const lq_secret_t *passphrase);

/* lq_keystore_create encrypts KEY with PASSPHRASE and COST into the new file PATH, mode 0400. It
   writes a temporary file beside it, syncs it, reads and decrypts it again, compares the key, gives
   it its name, which nothing may have yet, and syncs the folder. On failure nothing remains; a
   process killed on the way leaves at most the temporary file, which is as good as the keystore.
   LQ_ERR_EXISTS: PATH is there. LQ_ERR_INVAL: PASSPHRASE is empty. LQ_ERR_RANGE: COST is above the
   limits. LQ_ERR_IO, LQ_ERR_NOMEM: as MSG says. Derives twice. */
LQ_MUST_USE lq_err_t lq_keystore_create(lq_err_msg_t *msg, const char *path,
                                        const lq_private_key_t *key, const lq_secret_t *passphrase,
                                        lq_scrypt_cost_t cost);

#endif
