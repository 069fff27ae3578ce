/* Keystore files, and what a passphrase opens of the cheap ones among them. */

#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "liqd/base/err.h"
#include "liqd/keys/keystore.h"

/* That of the corpus. */
#define PASSPHRASE "testpassword"

static lq_secret_t *passphrase(void)
{
    lq_secret_t *secret;
    int fd = memfd_create("passphrase", MFD_CLOEXEC);
    LQ_ASSERT(fd >= 0 && write(fd, PASSPHRASE, strlen(PASSPHRASE)) == (ssize_t)strlen(PASSPHRASE));
    LQ_ASSERT(lseek(fd, 0, SEEK_SET) == 0);
    LQ_ASSERT(lq_secret_read_fd(&secret, NULL, fd) == LQ_OK);
    (void)close(fd);
    return secret;
}

/* Within the limits, whatever the file asked for. */
static void check_limits(const lq_keystore_t *s)
{
    LQ_ASSERT(s->salt_sz >= 1 && s->salt_sz <= LQ_KEYSTORE_SALT_MAX);
    if (s->kdf == LQ_KDF_PBKDF2) {
        LQ_ASSERT(s->pbkdf2_cnt >= 1 && s->pbkdf2_cnt <= LQ_PBKDF2_C_MAX);
        return;
    }
    uint64_t nr = (uint64_t)s->scrypt.n * s->scrypt.r;
    LQ_ASSERT(s->kdf == LQ_KDF_SCRYPT && s->scrypt.n >= 2 && s->scrypt.r >= 1 && s->scrypt.p >= 1);
    LQ_ASSERT(nr <= LQ_SCRYPT_NR_MAX && nr * s->scrypt.p <= LQ_SCRYPT_NRP_MAX);
}

static void check_decrypt(const lq_keystore_t *s)
{
    lq_private_key_t *key = NULL;
    lq_err_msg_t msg = {{0}};
    bool cheap = s->kdf == LQ_KDF_PBKDF2 ? s->pbkdf2_cnt <= 16
                                         : (uint64_t)s->scrypt.n * s->scrypt.r * s->scrypt.p <= 256;
    if (!cheap)
        return;
    lq_secret_t *pass = passphrase();
    lq_err_t err = lq_keystore_decrypt(&key, &msg, "fuzz", s, pass);
    if (err) {
        LQ_ASSERT((err == LQ_ERR_PASS || err == LQ_ERR_SYNTAX) && !key && msg.text[0]);
    } else {
        lq_address_t address = lq_private_key_address(key);
        LQ_ASSERT(!s->has_address || memcmp(&address, &s->address, sizeof(address)) == 0);
        lq_private_key_free(key);
    }
    lq_secret_free(pass);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    lq_keystore_t s;
    lq_keystore_t before;
    lq_err_msg_t msg = {{0}};
    memset(&s, 0xa5, sizeof(s));
    memcpy(&before, &s, sizeof(s));
    lq_err_t err = lq_keystore_parse(&s, &msg, "fuzz", (const char *)data, sz);
    if (err) {
        LQ_ASSERT(err == LQ_ERR_SYNTAX || err == LQ_ERR_RANGE || err == LQ_ERR_TOO_LONG);
        LQ_ASSERT(strncmp(msg.text, "fuzz", 4) == 0);
        LQ_ASSERT(memcmp(&s, &before, sizeof(s)) == 0);
    } else {
        check_limits(&s);
        check_decrypt(&s);
    }
    return 0;
}
