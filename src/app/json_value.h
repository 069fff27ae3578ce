#ifndef LIQD_APP_JSON_VALUE_H
#define LIQD_APP_JSON_VALUE_H

/* Values as JSON for machines: numbers of 256 bits are decimal strings. Each returns a new
   reference, NULL where memory runs out. */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "liqd/codec/types.h"
#include "liqd/num/i256.h"

json_t *lq_json_address(const lq_address_t *address);
json_t *lq_json_hash(const lq_hash_t *hash);
json_t *lq_json_u256(const lq_u256_t *v);
json_t *lq_json_i256(const lq_i256_t *v);

/* Counts and times, all far below 2^63. */
json_t *lq_json_count(uint64_t v);

/* "" is not known: null. */
json_t *lq_json_text(const char *text);

/* lq_json_append appends ITEM; false, ITEM freed, where memory runs out. lq_json_keep_if returns
   LIST where OK, else frees it and returns NULL. */
bool lq_json_append(json_t *list, json_t *item);
json_t *lq_json_keep_if(json_t *list, bool ok);

/* lq_json_print writes ROOT as a line or more and frees it; false where ROOT is NULL or OUT cannot
   be written. */
bool lq_json_print(FILE *out, json_t *root);

#endif
