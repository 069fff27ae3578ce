#include "liqd/book/snapshot.h"

#include "../../support/fake_sync.h"
#include "lq_test.h"

/* Offsets of snapshot.h. */
enum {
    AT_VERSION = 8,
    AT_ORDER = 12,
    AT_SZ = 16,
    AT_INSTANCE_CNT = 20,
    AT_SECTION_CNT = 24,
    AT_PHASE = 28,
    AT_TOTAL = 32,
    AT_ACCOUNTS = 96,
    AT_LEDGER_LAYOUT = 104,
    AT_ORACLES_LAYOUT = 108,
    AT_VENUES_LAYOUT = 112,
    AT_INSTANCES = 120,
    AT_SECTIONS = AT_INSTANCES + FAKE_SYNC_INSTANCES * 128,
    OWN_SECTION_CNT = 9 + 2 + 2 + 2,
    SECTION_CNT = OWN_SECTION_CNT + 2, /* the venues' */
    HEADER_SZ = AT_SECTIONS + SECTION_CNT * 24 + 8
};

typedef struct rig {
    lq_sync_t *from;
    fake_file_t file;
    lq_sync_t *to;
    uint64_t empty; /* digest of TO with nothing in it */
} rig_t;

static rig_t new_rig_of(const fake_sync_config_t *to)
{
    rig_t r;
    fake_sync_config_t config = fake_sync_config();
    r.from = fake_sync_new(&config);
    fake_sync_fill(r.from);
    r.file = fake_save(r.from);
    r.to = fake_sync_new(to);
    r.empty = lq_undo_digest(r.to->rig.undo);
    return r;
}

static rig_t new_rig(void)
{
    fake_sync_config_t config = fake_sync_config();
    return new_rig_of(&config);
}

static void free_rig(rig_t *r)
{
    free(r->file.data);
    fake_sync_free(r->from);
    fake_sync_free(r->to);
}

static void put32(rig_t *r, size_t at, uint32_t v)
{
    LQ_ASSERT(at + sizeof(v) <= r->file.sz);
    memcpy(r->file.data + at, &v, sizeof(v));
}

static void put64(rig_t *r, size_t at, uint64_t v)
{
    LQ_ASSERT(at + sizeof(v) <= r->file.sz);
    memcpy(r->file.data + at, &v, sizeof(v));
}

static uint64_t get64(const rig_t *r, size_t at)
{
    uint64_t v;
    memcpy(&v, r->file.data + at, sizeof(v));
    return v;
}

/* The SZ bytes at P are refused with WANT, and leave nothing; none behind their end is read. */
static void refuses_bytes(rig_t *r, const uint8_t *p, size_t sz, lq_err_t want, const char *saying)
{
    uint8_t *copy = malloc(sz ? sz : 1);
    assert_non_null(copy);
    if (sz)
        memcpy(copy, p, sz);
    lq_err_msg_t msg = {""};
    size_t rebuilt = r->to->book.rebuild_cnt;
    assert_err(lq_snapshot_load(r->to, &msg, copy, sz), want);
    if (!strstr(msg.text, saying))
        fail_msg("\"%s\" does not say \"%s\"", msg.text, saying);
    assert_int_equal(lq_undo_digest(r->to->rig.undo), r->empty);
    assert_int_equal(r->to->place.phase, LQ_SYNC_IDLE);
    assert_int_equal(r->to->book.rebuild_cnt, rebuilt + 1);
    free(copy);
}

static void refuses(rig_t *r, lq_err_t want, const char *saying)
{
    refuses_bytes(r, r->file.data, r->file.sz, want, saying);
}

static void refuses_signed(rig_t *r, lq_err_t want, const char *saying)
{
    fake_sign(r->file.data, r->file.sz);
    refuses(r, want, saying);
}

/* ---- there and back ---- */

static void expect_same_file(const rig_t *r)
{
    fake_file_t again = fake_save(r->to);
    assert_int_equal(again.sz, r->file.sz);
    assert_memory_equal(again.data, r->file.data, again.sz);
    free(again.data);
}

static void what_was_saved_comes_back_to_the_byte(void **state)
{
    (void)state;
    rig_t r = new_rig();
    lq_err_msg_t msg = {"untouched"};
    assert_ok(lq_snapshot_load(r.to, &msg, r.file.data, r.file.sz));
    assert_string_equal(msg.text, "untouched");
    assert_int_equal(lq_undo_digest(r.to->rig.undo), lq_undo_digest(r.from->rig.undo));
    assert_memory_equal(&r.to->place, &r.from->place, sizeof(r.to->place));
    assert_int_equal(r.to->oracles.table.sum, r.from->oracles.table.sum);
    assert_int_equal(r.to->selves[0].sum, r.from->selves[0].sum);
    ledger_check(r.to->rig.ledger);
    expect_same_file(&r);
    free_rig(&r);
}

static void does_not_depend_on_capacities_and_seeds(void **state)
{
    (void)state;
    fake_sync_config_t config = fake_sync_config();
    config.ledger = (lq_ledger_config_t){
        .account_max = 9, .leg_max = 30000, .pool_max = 2, .factor_max = 400, .seed = 99};
    config.oracle_max = 5;
    config.row_max = 7;
    rig_t r = new_rig_of(&config);
    assert_ok(lq_snapshot_load(r.to, NULL, r.file.data, r.file.sz));
    ledger_check(r.to->rig.ledger);
    expect_same_file(&r);
    free_rig(&r);
}

static void takes_the_place_of_what_was_there(void **state)
{
    (void)state;
    rig_t r = new_rig();
    lq_ledger_t *l = r.to->rig.ledger;
    uint32_t n;
    assert_ok(lq_ledger_add_pool(l, &n, (lq_ledger_pool_t){5, 5}));
    for (uint8_t i = 0; i < 15; i++) {
        lq_address_t owner = {{0x50, i}};
        assert_ok(lq_ledger_add(l, &n, 0, &owner));
    }
    fake_table_add(&r.to->oracles.table, 5);
    assert_ok(lq_snapshot_load(r.to, NULL, r.file.data, r.file.sz));
    assert_int_equal(lq_undo_digest(r.to->rig.undo), lq_undo_digest(r.from->rig.undo));
    r.to->place.phase = LQ_SYNC_IDLE;
    r.file.data[r.file.sz - 1] ^= 1;
    refuses(&r, LQ_ERR_SYNTAX, "checksum"); /* and what was there is gone */
    free_rig(&r);
}

static void info_reads_the_header_alone(void **state)
{
    (void)state;
    rig_t r = new_rig();
    uint8_t *header = malloc(HEADER_SZ);
    assert_non_null(header);
    memcpy(header, r.file.data, HEADER_SZ);
    lq_snapshot_info_t info;
    memset(&info, 0, sizeof(info));
    assert_ok(lq_snapshot_info(&info, NULL, header, HEADER_SZ));
    assert_int_equal(info.version, LQ_SNAPSHOT_VERSION);
    assert_int_equal(info.chain_id, 8453);
    assert_int_equal(info.block.number, 12345);
    assert_memory_equal(&info.block.hash, &r.from->place.block.hash, 32);
    assert_int_equal(info.block_sec, 1700000000);
    assert_int_equal(info.instance_cnt, 2);
    assert_int_equal(info.account_cnt, 9);
    lq_snapshot_info_t same;
    memcpy(&same, &info, sizeof(same));
    lq_err_msg_t msg;
    for (size_t sz = 0; sz < HEADER_SZ; sz++)
        assert_err(lq_snapshot_info(&info, &msg, header, sz), LQ_ERR_SYNTAX);
    for (size_t i = 0; i < HEADER_SZ; i++) {
        header[i] ^= 0x10;
        assert_int_not_equal(lq_snapshot_info(&info, &msg, header, HEADER_SZ), LQ_OK);
        header[i] ^= 0x10;
    }
    assert_memory_equal(&info, &same, sizeof(info));
    free(header);
    free_rig(&r);
}

/* ---- saving ---- */

static void saves_nothing_where_there_is_no_place(void **state)
{
    (void)state;
    rig_t r = new_rig();
    r.from->place_err = LQ_ERR_EMPTY;
    fake_file_t f = {.max = SIZE_MAX};
    assert_err(lq_snapshot_save(r.from, fake_write, &f), LQ_ERR_EMPTY);
    assert_int_equal(f.sz, 0);
    assert_int_equal(lq_snapshot_sz(r.from), 0);
    free_rig(&r);
}

static void a_write_that_fails_ends_it(void **state)
{
    (void)state;
    rig_t r = new_rig();
    assert_true(r.file.write_cnt > 10);
    for (size_t max = 0; max < r.file.sz; max += r.file.sz / 50) {
        fake_file_t f = {.max = max};
        assert_err(lq_snapshot_save(r.from, fake_write, &f), LQ_ERR_IO);
        assert_int_equal(f.refused_cnt, 1);
        free(f.data);
    }
    free_rig(&r);
}

/* ---- damage ---- */

static void every_changed_byte_is_noticed(void **state)
{
    (void)state;
    rig_t r = new_rig();
    lq_rng_t rng = lq_test_rng();
    size_t bits = lq_test_cnt(1, 8);
    for (size_t i = 0; i < r.file.sz; i++)
        for (size_t k = 0; k < bits; k++) {
            uint8_t bit = (uint8_t)(1u << (bits == 8 ? k : lq_rng_below(&rng, 8)));
            r.file.data[i] ^= bit;
            lq_err_msg_t msg = {""};
            assert_int_not_equal(lq_snapshot_load(r.to, &msg, r.file.data, r.file.sz), LQ_OK);
            assert_true(msg.text[0]);
            if (i < HEADER_SZ || i % 64 == 0)
                assert_int_equal(lq_undo_digest(r.to->rig.undo), r.empty);
            r.file.data[i] ^= bit;
        }
    assert_ok(lq_snapshot_load(r.to, NULL, r.file.data, r.file.sz));
    free_rig(&r);
}

static void every_byte_cut_off_or_added_is_noticed(void **state)
{
    (void)state;
    rig_t r = new_rig();
    for (size_t sz = 0; sz < r.file.sz; sz++) {
        uint8_t *copy = malloc(sz ? sz : 1); /* so that a read behind its end is seen */
        assert_non_null(copy);
        memcpy(copy, r.file.data, sz);
        lq_err_msg_t msg = {""};
        assert_err(lq_snapshot_load(r.to, &msg, copy, sz), LQ_ERR_SYNTAX);
        assert_non_null(strstr(msg.text, sz < 8 ? "no snapshot" : "is cut off"));
        free(copy);
    }
    assert_int_equal(lq_undo_digest(r.to->rig.undo), r.empty);
    assert_err(lq_snapshot_load(r.to, NULL, NULL, 0), LQ_ERR_SYNTAX);
    r.file.data = realloc(r.file.data, r.file.sz + 1);
    assert_non_null(r.file.data);
    r.file.data[r.file.sz++] = 0;
    refuses(&r, LQ_ERR_SYNTAX, "its sections end at");
    put64(&r, AT_TOTAL, r.file.sz);
    refuses_signed(&r, LQ_ERR_SYNTAX, "its sections end at");
    put64(&r, AT_TOTAL, r.file.sz + 1);
    refuses_signed(&r, LQ_ERR_SYNTAX, "is cut off after");
    free_rig(&r);
}

typedef struct lie {
    size_t at;
    uint64_t value;
    size_t sz;
    lq_err_t err;
    const char *saying;
} lie_t;

#define OF_SECTION(i, member) (AT_SECTIONS + (i)*24 + (member))

static const lie_t lies[] = {
    {AT_INSTANCE_CNT, UINT32_MAX, 4, LQ_ERR_SYNTAX, "counts more than there can be"},
    {AT_INSTANCE_CNT, 17, 4, LQ_ERR_SYNTAX, "counts more than there can be"},
    {AT_INSTANCE_CNT, 16, 4, LQ_ERR_SYNTAX, "not of the size"},
    {AT_SECTION_CNT, UINT32_MAX, 4, LQ_ERR_SYNTAX, "counts more than there can be"},
    {AT_SECTION_CNT, 0, 4, LQ_ERR_SYNTAX, "not of the size"},
    {AT_SZ, UINT32_MAX, 4, LQ_ERR_SYNTAX, "not of the size"},
    {AT_VERSION, 3, 4, LQ_ERR_INVAL, "is of version 3, and this program reads 2"},
    {AT_ORDER, 0x04030201, 4, LQ_ERR_INVAL, "the other byte order"},
    {AT_ORDER, 0, 4, LQ_ERR_SYNTAX, "byte order mark"},
    {AT_PHASE, LQ_SYNC_IDLE, 4, LQ_ERR_RANGE, "no place that one can go on from"},
    {AT_PHASE, 4, 4, LQ_ERR_RANGE, "no place that one can go on from"},
    {AT_ACCOUNTS, 10, 8, LQ_ERR_RANGE, "has 9 accounts, and its header says 10"},
    {AT_LEDGER_LAYOUT, 9, 4, LQ_ERR_INVAL, "is of layouts 9 and 2, and this program reads 1 and 2"},
    {AT_ORACLES_LAYOUT, 9, 4, LQ_ERR_INVAL, "of layouts 1 and 9, and this program reads 1 and 2"},
    {AT_INSTANCES + 4, 0xff, 1, LQ_ERR_INVAL, "is \"fake\\xffa\" at 0xaa"},
    {OF_SECTION(0, 0), 1, 4, LQ_ERR_RANGE, "has not the sections that belong to accounts"},
    {OF_SECTION(0, 4), 1, 4, LQ_ERR_RANGE, "has not the sections that belong to accounts"},
    {OF_SECTION(9, 0), UINT32_MAX, 4, LQ_ERR_RANGE, "belong to oracles"},
    {OF_SECTION(11, 0), 17, 4, LQ_ERR_RANGE, "belong to first"},
    {OF_SECTION(14, 4), 2, 4, LQ_ERR_RANGE, "belong to second"},
    {OF_SECTION(0, 8), UINT64_MAX, 8, LQ_ERR_SYNTAX, "section 0 is of 18446744073709551615"},
    {OF_SECTION(0, 8), 1u << 30, 8, LQ_ERR_SYNTAX, "section 0 is of 1073741824 bytes"},
    {OF_SECTION(16, 8), 0, 8, LQ_ERR_SYNTAX, "its sections end at"},
};

static void what_the_header_says_is_not_trusted(void **state)
{
    (void)state;
    rig_t r = new_rig();
    uint8_t *good = malloc(r.file.sz);
    assert_non_null(good);
    memcpy(good, r.file.data, r.file.sz);
    for (size_t i = 0; i < LQ_ARRAY_CNT(lies); i++) {
        memcpy(r.file.data, good, r.file.sz);
        memcpy(r.file.data + lies[i].at, &lies[i].value, lies[i].sz);
        refuses_signed(&r, lies[i].err, lies[i].saying);
    }
    memcpy(r.file.data, good, r.file.sz);
    memset(r.file.data + AT_INSTANCES, 'x', 32);
    refuses_signed(&r, LQ_ERR_SYNTAX, "the name of an adapter");
    memcpy(r.file.data, good, r.file.sz);
    r.file.data[AT_INSTANCES + 31] = 'x';
    refuses_signed(&r, LQ_ERR_SYNTAX, "the name of an adapter");
    free(good);
    free_rig(&r);
}

/* Moves the border between two sections by eight bytes, and signs. */
static void sections_of_other_sizes_than_they_count_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i + 1 < OWN_SECTION_CNT; i++)
        for (size_t up = 0; up < 2; up++) {
            rig_t r = new_rig();
            size_t grows = OF_SECTION(i + up, 8);
            size_t shrinks = OF_SECTION(i + 1 - up, 8);
            if (get64(&r, shrinks) >= 8) {
                put64(&r, grows, get64(&r, grows) + 8);
                put64(&r, shrinks, get64(&r, shrinks) - 8);
                fake_sign(r.file.data, r.file.sz);
                lq_err_msg_t msg = {""};
                lq_err_t err = lq_snapshot_load(r.to, &msg, r.file.data, r.file.sz);
                assert_true(err == LQ_ERR_RANGE || err == LQ_ERR_FULL);
                assert_int_equal(lq_undo_digest(r.to->rig.undo), r.empty);
            }
            free_rig(&r);
        }
}

static void a_section_behind_the_rows_that_count_is_refused(void **state)
{
    (void)state;
    rig_t r = new_rig();
    /* A row more of the last table than it counts. */
    r.file.data = realloc(r.file.data, r.file.sz + 8);
    assert_non_null(r.file.data);
    memset(r.file.data + r.file.sz, 1, 8);
    r.file.sz += 8;
    put64(&r, AT_TOTAL, r.file.sz);
    put64(&r, OF_SECTION(14, 8), 16);
    refuses_signed(&r, LQ_ERR_RANGE, "second: section 14 is not of the size that it counts");
    free_rig(&r);
}

/* Takes section I away: its bytes, its row in the table. Not signed. */
static void cut_section(rig_t *r, size_t i)
{
    uint32_t cnt;
    memcpy(&cnt, r->file.data + AT_SECTION_CNT, 4);
    size_t header_sz = AT_SECTIONS + cnt * 24 + 8;
    size_t at = header_sz;
    for (size_t k = 0; k < i; k++)
        at += (size_t)get64(r, OF_SECTION(k, 8));
    size_t sz = (size_t)get64(r, OF_SECTION(i, 8));
    memmove(r->file.data + at, r->file.data + at + sz, r->file.sz - at - sz);
    r->file.sz -= sz;
    memmove(r->file.data + OF_SECTION(i, 0), r->file.data + OF_SECTION(i + 1, 0),
            r->file.sz - OF_SECTION(i + 1, 0));
    r->file.sz -= 24;
    put32(r, AT_SZ, (uint32_t)header_sz - 24);
    put32(r, AT_SECTION_CNT, cnt - 1);
    put64(r, AT_TOTAL, r->file.sz);
}

static void a_section_missing_or_too_many_is_refused(void **state)
{
    (void)state;
    rig_t r = new_rig();
    cut_section(&r, 14);
    refuses_signed(&r, LQ_ERR_RANGE, "has not the sections that belong to second");
    free_rig(&r);

    fake_sync_config_t config = fake_sync_config();
    config.instance_cnt = 1;
    r = new_rig_of(&config);
    put32(&r, AT_INSTANCE_CNT, 1); /* the second's sections stay */
    memmove(r.file.data + AT_INSTANCES + 128, r.file.data + AT_SECTIONS, r.file.sz - AT_SECTIONS);
    r.file.sz -= 128;
    put32(&r, AT_SZ, HEADER_SZ - 128);
    put64(&r, AT_TOTAL, r.file.sz);
    refuses_signed(&r, LQ_ERR_RANGE, "has 15 sections instead of 13");
    free_rig(&r);
}

static void what_the_owners_refuse_is_refused(void **state)
{
    (void)state;
    static const char *const sayings[] = {"oracles: what it says cannot be",
                                          "first: what it says cannot be",
                                          "second: what it says cannot be"};
    size_t tail = 8 + 3 * 8;                     /* the venues' */
    for (size_t owner = 3; owner > 0; owner--) { /* the last of the file first */
        rig_t r = new_rig();
        tail += (size_t)get64(&r, OF_SECTION(9 + 2 * owner - 1, 8));
        r.file.data[r.file.sz - tail] ^= 1; /* an even number */
        refuses_signed(&r, LQ_ERR_RANGE, sayings[owner - 1]);
        tail += 8;
        free_rig(&r);
    }
    rig_t r = new_rig();
    r.file.data[HEADER_SZ + 8] ^= 1; /* number of accounts */
    refuses_signed(&r, LQ_ERR_RANGE, "accounts: what it says cannot be");
    free_rig(&r);
    r = new_rig();
    r.to->restored_err = LQ_ERR_RANGE;
    refuses(&r, LQ_ERR_RANGE, "no place that one can go on from");
    free_rig(&r);
}

/* ---- pools and lenders are no reason to lose the rest ---- */

static void expect_all_but_venues(rig_t *r)
{
    lq_err_msg_t msg = {""};
    assert_err(lq_snapshot_load(r->to, &msg, r->file.data, r->file.sz), LQ_OK);
    assert_int_equal(*r->to->venues.table.cnt, 1); /* as cleared */
    assert_int_equal(r->to->venues.table.sum, r->to->venues.mark);
    assert_int_equal(r->to->oracles.table.sum, r->from->oracles.table.sum);
    assert_int_equal(r->to->selves[0].sum, r->from->selves[0].sum);
    assert_int_equal(lq_ledger_cnt(r->to->rig.ledger), 9);
    assert_memory_equal(&r->to->place, &r->from->place, sizeof(r->to->place));
    ledger_check(r->to->rig.ledger);
    free_rig(r);
}

static void other_pools_are_read_anew_alone(void **state)
{
    (void)state;
    fake_sync_config_t config = fake_sync_config();
    config.venue_mark = 79;
    rig_t r = new_rig_of(&config);
    expect_all_but_venues(&r);
    config = fake_sync_config();
    config.venue_max = 2; /* it has three */
    r = new_rig_of(&config);
    expect_all_but_venues(&r);
}

static void pools_of_another_layout_are_read_anew_alone(void **state)
{
    (void)state;
    rig_t r = new_rig();
    put32(&r, AT_VENUES_LAYOUT, LQ_VENUES_LAYOUT + 1);
    fake_sign(r.file.data, r.file.sz);
    expect_all_but_venues(&r);
    r = new_rig();
    cut_section(&r, 16);
    fake_sign(r.file.data, r.file.sz);
    expect_all_but_venues(&r);
    r = new_rig();
    r.file.data[r.file.sz - 8] ^= 1; /* an even number */
    fake_sign(r.file.data, r.file.sz);
    expect_all_but_venues(&r);
    r = new_rig();
    r.file.data[r.file.sz - 32] = 2; /* it counts fewer than there are */
    fake_sign(r.file.data, r.file.sz);
    expect_all_but_venues(&r);
}

static void one_of_version_1_is_good_without_pools(void **state)
{
    (void)state;
    rig_t r = new_rig();
    cut_section(&r, 16);
    cut_section(&r, 15);
    memmove(r.file.data + AT_VENUES_LAYOUT, r.file.data + AT_INSTANCES, r.file.sz - AT_INSTANCES);
    r.file.sz -= 8;
    uint32_t header_sz;
    memcpy(&header_sz, r.file.data + AT_SZ, 4);
    put32(&r, AT_SZ, header_sz - 8);
    put32(&r, AT_VERSION, 1);
    put64(&r, AT_TOTAL, r.file.sz);
    fake_sign(r.file.data, r.file.sz);
    lq_snapshot_info_t info;
    assert_ok(lq_snapshot_info(&info, NULL, r.file.data, r.file.sz));
    assert_int_equal(info.version, 1);
    expect_all_but_venues(&r);
}

/* ---- foreign ones ---- */

typedef void change_t(fake_sync_config_t *config);

static void other_chain(fake_sync_config_t *c)
{
    c->chain_id = 1;
}

static void fewer_instances(fake_sync_config_t *c)
{
    c->instance_cnt = 1;
}

static void more_instances(fake_sync_config_t *c)
{
    c->instances[2] = c->instances[1];
    c->instance_cnt = 3;
}

static void other_adapter(fake_sync_config_t *c)
{
    c->instances[0].adapter = &fake_adapter_b;
}

static void other_layout(fake_sync_config_t *c)
{
    c->instances[0].adapter = &fake_adapter_a4;
}

static void other_contract(fake_sync_config_t *c)
{
    c->instances[1].config.contract.b[19] = 1;
}

static void other_order(fake_sync_config_t *c)
{
    lq_sync_instance_t first = c->instances[0];
    c->instances[0] = c->instances[1];
    c->instances[1] = first;
}

static void one_market(fake_sync_config_t *c)
{
    c->instances[1].config.id_cnt = 1;
}

static void all_markets(fake_sync_config_t *c)
{
    c->instances[1].config.id_cnt = 0;
    c->instances[1].config.ids = NULL;
}

static void other_markets(fake_sync_config_t *c)
{
    static const lq_hash_t ids[2] = {{{1}}, {{3}}};
    c->instances[1].config.ids = ids;
}

static void earlier_begin(fake_sync_config_t *c)
{
    c->instances[0].from_blk = 99;
}

static void other_version(fake_sync_config_t *c)
{
    c->instances[0].config.version = 1;
}

static void fewer_accounts(fake_sync_config_t *c)
{
    c->ledger.account_max = 8;
}

static void fewer_pools(fake_sync_config_t *c)
{
    c->ledger.pool_max = 1;
}

static void fewer_oracles(fake_sync_config_t *c)
{
    c->oracle_max = 4;
}

static void fewer_rows(fake_sync_config_t *c)
{
    c->row_max = 6;
}

static void a_foreign_one_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        change_t *change;
        const char *saying;
    } rows[] = {
        {other_chain, "is of chain 8453, and this is chain 1"},
        {fewer_instances, "is of 2 instances, and 1 are configured"},
        {more_instances, "is of 2 instances, and 3 are configured"},
        {other_adapter, "instance 0 is \"fake_a\" at 0xaa00000000000000000000000000000000000000, "
                        "and here (first) fake_b at 0xaa"},
        {other_layout, "instance 0 (first): fake_a is of layout 3, and this program reads 4"},
        {other_contract, "and here (second) fake_b at 0xbb00000000000000000000000000000000000001"},
        {other_order, "instance 0 is \"fake_a\""},
        {one_market, "instance 1 (second): keeps 2 markets, and here 1"},
        {all_markets, "instance 1 (second): keeps 2 markets, and here 0"},
        {other_markets, "instance 1 (second): keeps 2 markets, and here 2, or others"},
        {earlier_begin, "instance 0 (first): begins at block 100, and here at 99"},
        {other_version, "instance 0 (first): is of 2.0, and the configuration says 1.5"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        fake_sync_config_t config = fake_sync_config();
        rows[i].change(&config);
        rig_t r = new_rig_of(&config);
        refuses(&r, LQ_ERR_INVAL, rows[i].saying);
        refuses(&r, LQ_ERR_INVAL, "everything is read from the chain anew");
        free_rig(&r);
    }
}

static void a_later_begin_and_the_version_found_out_are_taken(void **state)
{
    (void)state;
    fake_sync_config_t config = fake_sync_config();
    config.instances[0].from_blk = 101;
    config.instances[0].config.version = 2;
    config.instances[1].config.version = LQ_ADAPTER_PROBE;
    rig_t r = new_rig_of(&config);
    assert_ok(lq_snapshot_load(r.to, NULL, r.file.data, r.file.sz));
    free_rig(&r);
}

static void one_too_large_is_refused_and_says_what_for(void **state)
{
    (void)state;
    static const struct {
        change_t *change;
        const char *saying;
    } rows[] = {
        {fewer_accounts, "accounts: section 4 is of 288 bytes, and there is room for 256: raise "
                         "the limits (it has 9 accounts)"},
        {fewer_pools, "accounts: section 1 is of 16 bytes, and there is room for 8"},
        {fewer_oracles, "oracles: section 10 is of 40 bytes, and there is room for 32"},
        {fewer_rows, "first: section 12 is of 56 bytes, and there is room for 48"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        fake_sync_config_t config = fake_sync_config();
        rows[i].change(&config);
        rig_t r = new_rig_of(&config);
        refuses(&r, LQ_ERR_FULL, rows[i].saying);
        free_rig(&r);
    }
}

static void load_while_it_works(void)
{
    rig_t r = new_rig();
    (void)!lq_snapshot_load(r.from, NULL, r.file.data, r.file.sz);
}

static void loading_into_one_that_works_is_a_bug(void **state)
{
    (void)state;
    assert_dies(load_while_it_works, "does not hold");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_saved_comes_back_to_the_byte),
        cmocka_unit_test(does_not_depend_on_capacities_and_seeds),
        cmocka_unit_test(takes_the_place_of_what_was_there),
        cmocka_unit_test(info_reads_the_header_alone),
        cmocka_unit_test(saves_nothing_where_there_is_no_place),
        cmocka_unit_test(a_write_that_fails_ends_it),
        cmocka_unit_test(every_changed_byte_is_noticed),
        cmocka_unit_test(every_byte_cut_off_or_added_is_noticed),
        cmocka_unit_test(what_the_header_says_is_not_trusted),
        cmocka_unit_test(sections_of_other_sizes_than_they_count_are_refused),
        cmocka_unit_test(a_section_behind_the_rows_that_count_is_refused),
        cmocka_unit_test(a_section_missing_or_too_many_is_refused),
        cmocka_unit_test(what_the_owners_refuse_is_refused),
        cmocka_unit_test(other_pools_are_read_anew_alone),
        cmocka_unit_test(pools_of_another_layout_are_read_anew_alone),
        cmocka_unit_test(one_of_version_1_is_good_without_pools),
        cmocka_unit_test(a_foreign_one_is_refused_by_name),
        cmocka_unit_test(a_later_begin_and_the_version_found_out_are_taken),
        cmocka_unit_test(one_too_large_is_refused_and_says_what_for),
        cmocka_unit_test(loading_into_one_that_works_is_a_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
