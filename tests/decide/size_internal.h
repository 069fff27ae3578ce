#ifndef LIQD_TESTS_DECIDE_SIZE_INTERNAL_H
#define LIQD_TESTS_DECIDE_SIZE_INTERNAL_H

/* What the files of liqd_test_size (size.c) share. */

#include "follow.h"
#include "liqd/decide/sizing.h"

#define TOKEN_MAX    64u
#define STEP_MAX     65536u
#define CALL_DATA_SZ 4096u

typedef struct token {
    lq_address_t address;
    lq_u256_t price_wad;
    lq_u256_t available;
} token_t;

typedef struct job {
    lq_config_t config;
    lq_nodes_t nodes;
    lq_follow_t *follow;
    lq_log_t log;
    lq_arena_t arena;
    lq_gas_t *gas;
    lq_gas_floor_t floor; /* .call is 0: the adapter's */
    lq_gas_price_t gas_price;
    lq_u256_t coin_wad;
    token_t tokens[TOKEN_MAX];
    size_t token_cnt;
    lq_gas_kind_t kinds[STEP_MAX]; /* of each step that was printed, a ring */
    size_t step_cnt;
    lq_trial_t trial;
    lq_sizing_room_t room;
    lq_plan_t plan;
    bool flash;
    uint32_t slippage_bps;
    lq_swaps_t swaps;
} job_t;

/* What one sizing is about. */
typedef struct ask {
    job_t *job;
    uint32_t account;
    uint32_t instance;
    const lq_sync_instance_t *about;
    const lq_adapter_t *adapter;
    const lq_instance_t *self;
    lq_address_t owner;
    uint16_t leg_cnt;
} ask_t;

/* size_print_hex and size_print_number write a word with a space before it. */
void size_print_hex(const uint8_t *bytes, size_t sz);
void size_print_number(const lq_u256_t *v);

/* size_add_call appends the contract's call of STEP. */
void size_add_call(const ask_t *ask, lq_calls_t *calls, const lq_plan_step_t *step);

/* size_set_flash has plans made by flash loans from now on. size_print_flash writes the W, G and X
   of such a plan. */
void size_set_flash(job_t *job, uint32_t slippage_bps);
void size_print_flash(const ask_t *ask);

#endif
