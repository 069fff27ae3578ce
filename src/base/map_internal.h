#ifndef LIQD_BASE_MAP_INTERNAL_H
#define LIQD_BASE_MAP_INTERNAL_H

/* How the map lies, for its tests. */

#include "liqd/base/map.h"

/* lq_map_home_idx returns the slot, in [0, capacity + ceil(capacity / 2)), at which the search for
 * KEY starts. */
size_t lq_map_home_idx(const lq_map_t *map, const uint8_t *key);

/* lq_map_probe_cnt returns at how many slots a find of KEY looks, the one that ends it included. */
size_t lq_map_probe_cnt(const lq_map_t *map, const uint8_t *key);

#endif
