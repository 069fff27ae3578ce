#ifndef LIQD_BASE_MAP_H
#define LIQD_BASE_MAP_H

/* A hash map of fixed capacity from 20-byte keys (addresses) or 32-byte keys (hashes) to uint32_t.

   Strangers choose the keys, so the hash is seeded and every byte of the key counts: a sum of
   secret multipliers times the key's 32-bit words, under which any two keys chosen without
   knowledge of the seed agree in the upper 33 bits with probability 2^-33, then a bijection that
   breaks up the regular distances of regular keys.
   @src Lemire and Kaser, "Strongly universal string hashing is fast", 2014, MULTILINEAR
   The seed must be secret and random in a live daemon. The same seed and the same calls give the
   same results and the same cost on every machine.

   One thread at a time may write; several may read while none writes. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/compiler.h"
#include "liqd/base/err.h"

/* LQ_MAP_CAP_MAX in entries: more slots than it takes would outnumber the 31 bits of a hash. */
#define LQ_MAP_CAP_MAX ((size_t)1 << 30)

/* Opaque. KEY in the functions below points to as many bytes as the map's key_sz, of any content,
   without alignment. */
typedef struct lq_map lq_map_t;

/* lq_map_new makes *MAP an empty map from keys of KEY_SZ bytes (20 or 32; LQ_BUG otherwise) with
   room for CAP entries, seeded with SEED. Its memory is one allocation from ARENA, aligned to
   LQ_CACHE_LINE_SZ, and lives as long as that does: 128 bytes and CAP + ceil(CAP / 2) slots of 32
   bytes (20-byte keys) or 40 (32-byte keys), which is 48 or 60 bytes for each entry. A full map's
   find looks at 2 slots on average when it hits and 5 when it misses. All of the memory is written
   here, so that no page is touched first on the hot path.
   LQ_ERR_RANGE: CAP is 0 or above LQ_MAP_CAP_MAX. LQ_ERR_NOMEM: ARENA has no room, and counts it.
   *MAP is then unchanged. */
LQ_MUST_USE lq_err_t lq_map_new(lq_map_t **map, lq_arena_t *arena, size_t key_sz, size_t cap,
                                uint64_t seed);

/* lq_map_find sets *VALUE to the value of KEY.
   LQ_ERR_NOT_FOUND: there is none; *VALUE is unchanged. */
LQ_MUST_USE lq_err_t lq_map_find(const lq_map_t *map, uint32_t *value, const uint8_t *key);

/* lq_map_warm fetches what every search looks at. */
void lq_map_warm(const lq_map_t *map);

/* lq_map_insert adds KEY with VALUE.
   LQ_ERR_EXISTS: KEY is there already, with whatever value, full or not. LQ_ERR_FULL: as many
   entries as the capacity are there. The map is then unchanged. */
LQ_MUST_USE lq_err_t lq_map_insert(lq_map_t *map, const uint8_t *key, uint32_t value);

/* lq_map_upsert sets the value of KEY to VALUE, adding KEY where it is not there.
   LQ_ERR_FULL: KEY is not there and as many entries as the capacity are; the map is unchanged. */
LQ_MUST_USE lq_err_t lq_map_upsert(lq_map_t *map, const uint8_t *key, uint32_t value);

/* lq_map_remove takes KEY out. What finds cost afterwards does not depend on what was ever removed.
   LQ_ERR_NOT_FOUND: it is not there; the map is unchanged. */
LQ_MUST_USE lq_err_t lq_map_remove(lq_map_t *map, const uint8_t *key);

/* lq_map_cnt returns the number of entries. */
size_t lq_map_cnt(const lq_map_t *map);

/* lq_map_clear takes every entry out. Cost: writes all slots. */
void lq_map_clear(lq_map_t *map);

#endif
