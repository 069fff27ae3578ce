#ifndef FAKE_SYNC_H
#define FAKE_SYNC_H

/* A sync that is a place and its parts, in place of the real one: a real ledger, oracles and
   instances that are a table each, a book that counts. What includes this links it instead of
   them. */

#include <stdlib.h>
#include <string.h>

#include "ledger_check.h"
#include "liqd/base/digest.h"
#include "liqd/book/snapshot.h"

/* A table of odd numbers: others cannot be. An instance's has a pool for each market kept. */
typedef struct fake_table {
    lq_undo_t *undo;
    lq_ledger_t *ledger;
    size_t pool_cnt;
    uint64_t *cnt;
    uint64_t *rows;
    size_t max;
    uint64_t sum; /* derived */
} fake_table_t;

static inline void fake_table_init(fake_table_t *t, lq_undo_t *undo, size_t max)
{
    *t = (fake_table_t){.undo = undo, .max = max};
    t->cnt = lq_undo_alloc(undo, sizeof(*t->cnt));
    t->rows = lq_undo_alloc(undo, max * sizeof(*t->rows));
    LQ_ASSERT(t->cnt && t->rows);
}

static inline void fake_table_add_pools(fake_table_t *t)
{
    for (uint32_t i = 0; i < t->pool_cnt; i++)
        (void)!lq_ledger_add_pool(t->ledger, &(uint32_t){0}, (lq_ledger_pool_t){1, i});
}

static inline void fake_table_add(fake_table_t *t, uint64_t row)
{
    LQ_ASSERT(*t->cnt < t->max);
    t->rows[(*t->cnt)++] = row;
    t->sum += row;
}

static inline void fake_table_clear(fake_table_t *t)
{
    LQ_ASSERT(!lq_undo_depth(t->undo));
    memset(t->rows, 0, t->max * sizeof(*t->rows));
    *t->cnt = 0;
    t->sum = 0;
}

static inline size_t fake_table_pieces(fake_table_t *t, lq_undo_piece_t *out)
{
    out[0] = (lq_undo_piece_t){t->cnt, sizeof(*t->cnt), sizeof(*t->cnt)};
    out[1] = (lq_undo_piece_t){t->rows, *t->cnt * sizeof(*t->rows), t->max * sizeof(*t->rows)};
    return 2;
}

static inline lq_err_t fake_table_restored(fake_table_t *t)
{
    t->sum = 0;
    if (*t->cnt > t->max)
        return LQ_ERR_RANGE;
    for (size_t i = 0; i < *t->cnt; i++) {
        if (t->rows[i] % 2 == 0)
            return LQ_ERR_RANGE;
        t->sum += t->rows[i];
    }
    return LQ_OK;
}

struct lq_oracles {
    fake_table_t table;
};

/* Bound to a mark, which stands for the pools configured, in the first row. */
struct lq_venues {
    fake_table_t table;
    uint64_t mark;
};

struct lq_book {
    size_t rebuild_cnt;
};

enum {
    FAKE_SYNC_INSTANCES = 2
};

typedef struct fake_sync_config {
    lq_ledger_config_t ledger;
    size_t oracle_max;
    size_t row_max;
    size_t venue_max;
    uint64_t venue_mark;
    size_t instance_cnt;
    uint64_t chain_id;
    lq_sync_instance_t instances[FAKE_SYNC_INSTANCES + 1];
} fake_sync_config_t;

struct lq_sync {
    fake_sync_config_t config;
    ledger_rig_t rig; /* arena, journal, ledger */
    struct lq_oracles oracles;
    struct lq_venues venues;
    struct lq_book book;
    fake_table_t selves[FAKE_SYNC_INSTANCES + 1];
    lq_sync_place_t place;
    lq_err_t place_err;
    lq_err_t restored_err;
};

/* ---- the oracles, the book ---- */

size_t lq_oracles_pieces(lq_oracles_t *o, lq_undo_piece_t out[LQ_ORACLES_PIECE_MAX])
{
    return fake_table_pieces(&o->table, out);
}

lq_err_t lq_oracles_restored(lq_oracles_t *o)
{
    return fake_table_restored(&o->table);
}

void lq_oracles_clear(lq_oracles_t *o)
{
    fake_table_clear(&o->table);
}

size_t lq_venues_pieces(lq_venues_t *v, lq_undo_piece_t out[LQ_VENUES_PIECE_MAX])
{
    return fake_table_pieces(&v->table, out);
}

void lq_venues_clear(lq_venues_t *v)
{
    fake_table_clear(&v->table);
    fake_table_add(&v->table, v->mark);
}

lq_err_t lq_venues_restored(lq_venues_t *v)
{
    lq_err_t err = fake_table_restored(&v->table);
    return err || (*v->table.cnt && v->table.rows[0] == v->mark) ? err : LQ_ERR_RANGE;
}

void lq_book_rebuild(lq_book_t *book)
{
    book->rebuild_cnt++;
}

/* ---- the adapter ---- */

static inline fake_table_t *fake_self(lq_instance_t *self)
{
    return (fake_table_t *)(void *)self;
}

static inline void fake_self_clear(lq_instance_t *self)
{
    fake_table_clear(fake_self(self));
    fake_table_add_pools(fake_self(self));
}

static inline size_t fake_self_pieces(lq_instance_t *self, lq_undo_piece_t *out)
{
    return fake_table_pieces(fake_self(self), out);
}

static inline lq_err_t fake_self_restored(lq_instance_t *self)
{
    return fake_table_restored(fake_self(self));
}

static const char *const fake_self_versions[] = {"1.0", "1.5", "2.0", NULL};

#define FAKE_ADAPTER(its_name, its_layout)                                                   \
    {                                                                                        \
        .name = (its_name), .version_names = fake_self_versions, .layout = (its_layout),     \
        .clear = fake_self_clear, .pieces = fake_self_pieces, .restored = fake_self_restored \
    }

static const lq_adapter_t fake_adapter_a = FAKE_ADAPTER("fake_a", 3);
static const lq_adapter_t fake_adapter_a4 = FAKE_ADAPTER("fake_a", 4);
static const lq_adapter_t fake_adapter_b = FAKE_ADAPTER("fake_b", 3);

/* ---- the sync ---- */

static const lq_hash_t fake_ids[2] = {{{1}}, {{2}}};

static inline fake_sync_config_t fake_sync_config(void)
{
    return (fake_sync_config_t){
        .ledger = {.account_max = 20, .leg_max = 1, .pool_max = 3, .factor_max = 30, .seed = 1},
        .oracle_max = 10,
        .row_max = 20,
        .venue_max = 8,
        .venue_mark = 77,
        .instance_cnt = FAKE_SYNC_INSTANCES,
        .chain_id = 8453,
        .instances = {{.adapter = &fake_adapter_a,
                       .config = {.contract = {{0xaa}}, .version = LQ_ADAPTER_PROBE},
                       .name = "first",
                       .from_blk = 100},
                      {.adapter = &fake_adapter_b,
                       .config = {.contract = {{0xbb}}, .version = 1, .ids = fake_ids, .id_cnt = 2},
                       .name = "second",
                       .from_blk = 200}}};
}

static inline lq_sync_t *fake_sync_new(const fake_sync_config_t *config)
{
    lq_sync_t *s = calloc(1, sizeof(*s));
    LQ_ASSERT(s);
    s->config = *config;
    size_t extra = (config->oracle_max + config->venue_max + 3 * config->row_max) * 8 +
                   (size_t)40 * LQ_UNDO_LINE_SZ;
    const lq_undo_config_t u = {
        .state_sz = lq_ledger_state_sz(&config->ledger) + extra, .line_max = 16, .blk_max = 8};
    LQ_ASSERT(!lq_arena_init(&s->rig.arena, 2 * u.state_sz + (8u << 20)));
    LQ_ASSERT(!lq_undo_new(&s->rig.undo, &s->rig.arena, &u));
    LQ_ASSERT(!lq_ledger_new(&s->rig.ledger, &s->rig.arena, s->rig.undo, &config->ledger));
    fake_table_init(&s->oracles.table, s->rig.undo, config->oracle_max);
    fake_table_init(&s->venues.table, s->rig.undo, config->venue_max);
    s->venues.mark = config->venue_mark;
    fake_table_add(&s->venues.table, config->venue_mark);
    for (size_t i = 0; i < config->instance_cnt; i++) {
        fake_table_init(&s->selves[i], s->rig.undo, config->row_max);
        s->selves[i].ledger = s->rig.ledger;
        s->selves[i].pool_cnt = config->instances[i].config.id_cnt;
        fake_table_add_pools(&s->selves[i]);
    }
    return s;
}

static inline void fake_sync_free(lq_sync_t *s)
{
    lq_arena_fini(&s->rig.arena);
    free(s);
}

/* A few factors, nine accounts, and where the sync stands. */
static inline void fake_sync_fill(lq_sync_t *s)
{
    lq_ledger_t *l = s->rig.ledger;
    LQ_ASSERT(lq_ledger_pool_cnt(l) == 2);
    for (uint32_t i = 0; i < 12; i++) {
        uint16_t factor;
        const lq_factor_t about = {.pool = i % 2, .side = (uint8_t)(1 + i / 2 % 2)};
        LQ_ASSERT(!lq_ledger_add_factor(l, &factor, &about));
    }
    for (uint32_t i = 0; i < 9; i++) {
        uint32_t account;
        lq_address_t owner = {{(uint8_t)(i + 1)}};
        LQ_ASSERT(!lq_ledger_add(l, &account, i % 2, &owner));
        for (uint32_t k = 0; k < i % 3; k++)
            LQ_ASSERT(!lq_ledger_set_amount(l, account, (uint16_t)(2 * k + i % 2), 1000 + i));
        lq_ledger_set_state(l, account, (lq_account_state_t)(i % 4));
    }
    lq_ledger_settled(l);
    for (uint64_t i = 0; i < 5; i++)
        fake_table_add(&s->oracles.table, 2 * i + 1);
    for (uint64_t i = 0; i < 7; i++)
        fake_table_add(&s->selves[0], 2 * i + 101);
    fake_table_add(&s->selves[1], 9);
    fake_table_add(&s->venues.table, 11);
    fake_table_add(&s->venues.table, 13);
    s->place = (lq_sync_place_t){
        .block = {.number = 12345, .hash = {{0xcc, 1, 2, 3}}},
        .block_sec = 1700000000,
        .phase = LQ_SYNC_FOLLOWING,
        .instance_cnt = (uint32_t)s->config.instance_cnt,
        .instances = {{12346, 77, LQ_TRUST_AUDIT_ONLY, 2}, {12347, 1001, LQ_TRUST_FULL, 1}}};
}

lq_err_t lq_sync_place(const lq_sync_t *s, lq_sync_place_t *out)
{
    if (s->place_err)
        return s->place_err;
    *out = s->place;
    return LQ_OK;
}

lq_err_t lq_sync_place_restored(lq_sync_t *s, const lq_sync_place_t *place)
{
    if (s->restored_err)
        return s->restored_err;
    if (place->phase <= LQ_SYNC_IDLE || place->phase > LQ_SYNC_FOLLOWING)
        return LQ_ERR_RANGE;
    s->place = *place;
    return LQ_OK;
}

lq_sync_stat_t lq_sync_stat(const lq_sync_t *s)
{
    return (lq_sync_stat_t){.phase = (lq_sync_phase_t)s->place.phase};
}

uint64_t lq_sync_chain_id(const lq_sync_t *s)
{
    return s->config.chain_id;
}

size_t lq_sync_instance_cnt(const lq_sync_t *s)
{
    return s->config.instance_cnt;
}

const lq_sync_instance_t *lq_sync_instance(const lq_sync_t *s, uint32_t instance)
{
    return &s->config.instances[instance];
}

lq_instance_t *lq_sync_self(const lq_sync_t *s, uint32_t instance)
{
    return (lq_instance_t *)(void *)&s->selves[instance];
}

lq_ledger_t *lq_sync_ledger(const lq_sync_t *s)
{
    return s->rig.ledger;
}

lq_oracles_t *lq_sync_oracles(const lq_sync_t *s)
{
    return (lq_oracles_t *)&s->oracles;
}

lq_venues_t *lq_sync_venues(const lq_sync_t *s)
{
    return (lq_venues_t *)&s->venues;
}

lq_book_t *lq_sync_book(const lq_sync_t *s)
{
    return (lq_book_t *)&s->book;
}

lq_undo_t *lq_sync_undo(const lq_sync_t *s)
{
    return s->rig.undo;
}

/* ---- snapshots of it ---- */

typedef struct fake_file {
    uint8_t *data;
    size_t sz;
    size_t max; /* of bytes that it takes */
    size_t write_cnt;
    size_t refused_cnt;
} fake_file_t;

static inline lq_err_t fake_write(void *ctx, const void *p, size_t sz)
{
    fake_file_t *f = ctx;
    if (f->max - f->sz < sz) {
        f->refused_cnt++;
        return LQ_ERR_IO;
    }
    f->data = realloc(f->data, f->sz + sz);
    LQ_ASSERT(f->data && sz);
    memcpy(f->data + f->sz, p, sz);
    f->sz += sz;
    f->write_cnt++;
    return LQ_OK;
}

static inline fake_file_t fake_save(const lq_sync_t *s)
{
    fake_file_t f = {.max = SIZE_MAX};
    LQ_ASSERT(!lq_snapshot_save(s, fake_write, &f));
    LQ_ASSERT(f.sz == lq_snapshot_sz(s));
    return f;
}

/* Makes the checksums right again, as far as there are any, by what the header says. */
static inline void fake_sign(uint8_t *p, size_t sz)
{
    uint32_t header_sz, instance_cnt, section_cnt;
    uint32_t version;
    if (sz < 112)
        return;
    memcpy(&version, p + 8, 4);
    memcpy(&header_sz, p + 16, 4);
    memcpy(&instance_cnt, p + 20, 4);
    memcpy(&section_cnt, p + 24, 4);
    size_t table = (version == 1 ? 112 : 120) + (size_t)instance_cnt * 128;
    size_t end = table + (size_t)section_cnt * 24;
    if (end + 8 != header_sz || header_sz > sz)
        return;
    size_t at = header_sz;
    for (; table < end; table += 24) {
        uint64_t section_sz;
        memcpy(&section_sz, p + table + 8, 8);
        if (section_sz > sz - at)
            break;
        uint64_t digest = lq_digest(p + at, (size_t)section_sz);
        memcpy(p + table + 16, &digest, 8);
        at += (size_t)section_sz;
    }
    uint64_t digest = lq_digest(p, end);
    memcpy(p + end, &digest, 8);
}

#endif
