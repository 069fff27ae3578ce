#ifndef LIQD_KEYS_SIGNATURE_H
#define LIQD_KEYS_SIGNATURE_H

#include <stdint.h>

/* A signature that can be recovered from: of R's two candidates y_parity names the one. */
typedef struct lq_signature {
    uint8_t r[32]; /* big endian */
    uint8_t s[32];
    uint8_t y_parity; /* 0 or 1 */
} lq_signature_t;

#endif
