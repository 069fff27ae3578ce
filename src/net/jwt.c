#include "liqd/net/url.h"

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

/* Writes the SZ bytes at IN in base64url without padding; returns the characters written.
   @src RFC 4648 section 5 */
static size_t base64url(char *out, const uint8_t *in, size_t sz)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t out_sz = 0;
    uint32_t bits = 0;
    unsigned bit_cnt = 0;
    for (size_t i = 0; i < sz; i++) {
        bits = bits << 8 | in[i];
        for (bit_cnt += 8; bit_cnt >= 6; bit_cnt -= 6)
            out[out_sz++] = digits[bits >> (bit_cnt - 6) & 63];
    }
    if (bit_cnt)
        out[out_sz++] = digits[bits << (6 - bit_cnt) & 63];
    return out_sz;
}

size_t lq_jwt_make(char out[LQ_JWT_SZ], const uint8_t secret[32], uint64_t iat_sec)
{
    static const char head[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
    char claims[32];
    int claims_sz = snprintf(claims, sizeof(claims), "{\"iat\":%llu}", (unsigned long long)iat_sec);
    size_t sz = base64url(out, (const uint8_t *)head, sizeof(head) - 1);
    out[sz++] = '.';
    sz += base64url(out + sz, (const uint8_t *)claims, (size_t)claims_sz);
    uint8_t mac[32];
    unsigned mac_sz = 0;
    LQ_ASSERT(HMAC(EVP_sha256(), secret, 32, (const uint8_t *)out, sz, mac, &mac_sz));
    LQ_ASSERT(mac_sz == sizeof(mac));
    out[sz++] = '.';
    sz += base64url(out + sz, mac, sizeof(mac));
    out[sz] = '\0';
    OPENSSL_cleanse(mac, sizeof(mac));
    return sz;
}
