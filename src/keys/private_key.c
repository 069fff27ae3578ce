#include "liqd/keys/private_key.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "ecdsa_internal.h"
#include "liqd/codec/hex.h"
#include "secret_internal.h"

lq_err_t lq_random_bytes(uint8_t *out, size_t out_sz, lq_err_msg_t *msg)
{
    size_t sz = 0;
    while (sz < out_sz) {
        ssize_t n = getrandom(out + sz, out_sz - sz, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return lq_err_msg_set(msg, LQ_ERR_IO,
                                  "getrandom: %s: the kernel must give random bytes",
                                  strerror(errno));
        sz += (size_t)n;
    }
    return LQ_OK;
}

lq_err_t lq_private_key_new(lq_private_key_t **out, lq_err_msg_t *msg)
{
    void *p;
    lq_err_t err = lq_locked_new(&p, msg, sizeof(lq_private_key_t));
    if (!err)
        *out = p;
    return err;
}

lq_err_t lq_private_key_generate(lq_private_key_t **out, lq_err_msg_t *msg)
{
    lq_private_key_t *key;
    lq_err_t err = lq_private_key_new(&key, msg);
    if (err)
        return err;
    do {
        err = lq_random_bytes(key->b, sizeof(key->b), msg);
    } while (!err && !lq_private_key_is_valid(key));
    if (err)
        lq_private_key_free(key);
    else
        *out = key;
    return err;
}

static lq_err_t parse_digits(lq_private_key_t *key, lq_err_msg_t *msg, const lq_secret_t *text)
{
    const char *digits = (const char *)text->bytes;
    size_t digits_sz = text->sz;
    if (digits_sz >= 2 && memcmp(digits, "0x", 2) == 0) {
        digits += 2;
        digits_sz -= 2;
    }
    /* without its message, which may quote a digit */
    if (lq_hex_decode(key->b, sizeof(key->b), NULL, digits, digits_sz))
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                              "no private key: it is 64 hexadecimal digits, \"0x\" before them or "
                              "not, on one line");
    if (!lq_private_key_is_valid(key))
        return lq_err_msg_set(msg, LQ_ERR_RANGE,
                              "no private key: it is from 1 to the order of secp256k1 less 1");
    return LQ_OK;
}

lq_err_t lq_private_key_parse(lq_private_key_t **out, lq_err_msg_t *msg, const lq_secret_t *text)
{
    lq_private_key_t *key;
    lq_err_t err = lq_private_key_new(&key, msg);
    if (err)
        return err;
    err = parse_digits(key, msg, text);
    lq_stack_wipe();
    if (err)
        lq_private_key_free(key);
    else
        *out = key;
    return err;
}

void lq_private_key_free(lq_private_key_t *key)
{
    lq_locked_free(key);
}
