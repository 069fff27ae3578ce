#include <errno.h>
#include <fcntl.h>

#include "journal_internal.h"
#include "journal_world.h"

static world_kept_t kept;
static world_senders_t senders;

static int64_t number(const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    assert_int_equal(sqlite3_open(world_db, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    int64_t v = sqlite3_column_int64(stmt, 0);
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return v;
}

static void run_sql(const char *sql)
{
    sqlite3 *db = NULL;
    char *why = NULL;
    assert_int_equal(sqlite3_open(world_db, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void whatever_is_recorded_is_kept_as_it_is(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    static random_tx_record_t x;
    lq_wal_t *wal = world_open_wal(1);
    lq_journal_t *journal = world_open_journal(false);
    kept.cnt = 0;
    for (size_t i = 0; i < 300; i++) {
        random_tx_record(&rng, &x, (lq_tx_record_kind_t)(i % LQ_TX_RECORD_KIND_CNT), false);
        world_append(&kept, wal, &x.record);
    }
    world_copy(journal, wal);
    assert_int_equal(lq_journal_last_seq(journal), 300);
    assert_int_equal(lq_wal_stat(wal).used_sz, 0);
    lq_journal_close(journal);
    world_assert_records(&kept, 300);
    journal = world_open_journal(false);
    assert_int_equal(lq_journal_last_seq(journal), 300);
    lq_journal_close(journal);
    lq_wal_close(wal);
}

static void rows_say_what_the_records_do(void **state)
{
    (void)state;
    lq_wal_t *wal = world_open_wal(1);
    lq_journal_t *journal = world_open_journal(false);
    lq_tx_moved_t moved = {.sender = world_sender(7),
                           .nonce = 12,
                           .state = LQ_TX_LOST,
                           .hash = {{1}},
                           .why = "it's \x1b[31mgone\xff"};
    lq_tx_receipt_t receipt = {.sender = world_sender(7),
                               .nonce = 12,
                               .gas = 21000,
                               .gas_price_wei.raw = lq_u256_from_u64(30000000000),
                               .gain_cnt = 1,
                               .gains = {{{{2}}, lq_i256_from_i64(-5)}}};
    memset(&receipt.seized, 0xff, sizeof(receipt.seized));
    kept.cnt = 0;
    world_append(&kept, wal, &(lq_tx_record_t){LQ_TX_RECORD_STATE, 5, {.moved = &moved}});
    world_append(&kept, wal, &(lq_tx_record_t){LQ_TX_RECORD_RECEIPT, 6, {.receipt = &receipt}});
    world_copy(journal, wal);
    lq_journal_close(journal);
    lq_wal_close(wal);
    assert_int_equal(
        number("SELECT COUNT(*) FROM states WHERE time_ns = 5 AND nonce = 12 AND state = 'lost'"
               " AND sender = '0xaa07000000000000000000000000000000000000'"
               " AND hash LIKE '0x0100%' AND length(hash) = 66"
               " AND why = 'it''s \\x1b[31mgone\\xff'"),
        1);
    assert_int_equal(number("SELECT COUNT(*) FROM receipts JOIN gains USING (seq) WHERE"
                            " gas = 21000 AND gas_price_wei = '30000000000' AND amount = '-5'"
                            " AND seized = '11579208923731619542357098500868790785326998466564056"
                            "4039457584007913129639935'"),
                     1);
    assert_int_equal(number("PRAGMA application_id"), JOURNAL_APPLICATION_ID);
    assert_int_equal(number("PRAGMA user_version"), LQ_JOURNAL_SCHEMA);
    struct stat st;
    assert_int_equal(stat(world_db, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

/* The log is given as it was before the journal had it, as after a crash. */
static void what_it_has_is_not_taken_again(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    lq_wal_t *wal = world_open_wal(1);
    world_tell(&senders, &kept, &rng, 200);
    for (size_t i = 0; i < kept.cnt; i++) {
        size_t sz = 0;
        const uint8_t *p = world_kept_at(&kept, i, &sz);
        assert_ok(lq_wal_append(wal, NULL, p, sz, 0));
    }
    size_t sz = 0;
    char *before = lq_test_read(world_wal, &sz);
    lq_journal_t *journal = world_open_journal(false);
    world_copy(journal, wal);
    lq_wal_close(wal);
    FILE *f = fopen(world_wal, "w");
    assert_true(f && fwrite(before, 1, sz, f) == sz && fclose(f) == 0);
    free(before);
    wal = world_open_wal(1);
    assert_true(lq_wal_stat(wal).used_sz > 0);
    lq_tx_halt_t halt = {.why = "new"}; /* among what is not */
    world_append(&kept, wal, &(lq_tx_record_t){LQ_TX_RECORD_HALT, 5, {.halt = &halt}});
    world_copy(journal, wal);
    assert_int_equal(lq_wal_stat(wal).used_sz, 0);
    lq_journal_close(journal);
    lq_wal_close(wal);
    world_assert_records(&kept, kept.cnt);
}

static void an_old_copy_of_it_is_refused(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    lq_wal_t *wal = world_open_wal(1);
    lq_journal_t *journal = world_open_journal(false);
    world_tell(&senders, &kept, &rng, 50);
    world_give(&kept, 0, wal, journal);
    lq_journal_close(journal);
    run_sql("DELETE FROM states; DELETE FROM answers; DELETE FROM candidates;"
            "DELETE FROM records WHERE seq > 10 AND kind IN ('state', 'answer', 'candidate')");
    run_sql("DELETE FROM gains; DELETE FROM receipts; DELETE FROM attempts; DELETE FROM steps;"
            "DELETE FROM prices; DELETE FROM intents; DELETE FROM ended; DELETE FROM halts;"
            "DELETE FROM runs; DELETE FROM records WHERE seq > 1;"
            "INSERT INTO runs SELECT seq, 0, '', '', 0 FROM records");
    journal = world_open_journal(false);
    lq_err_msg_t msg = {""};
    assert_err(lq_journal_copy(journal, &msg, wal), LQ_ERR_INVAL);
    assert_non_null(strstr(msg.text, "old copy"));
    lq_journal_close(journal);
    lq_wal_close(wal);
}

static void the_boot_of_the_last_run_is_told(void **state)
{
    (void)state;
    char boot_id[LQ_TX_RECORD_NAME_SZ] = "x";
    lq_wal_t *wal = world_open_wal(1);
    lq_journal_t *journal = world_open_journal(false);
    lq_journal_boot_id(journal, boot_id);
    assert_string_equal(boot_id, "");
    kept.cnt = 0;
    for (unsigned i = 0; i < 3; i++) {
        lq_tx_run_t run = {.program = "liqd 0.1.0"};
        (void)snprintf(run.boot_id, sizeof(run.boot_id), "%032x", i);
        world_append(&kept, wal, &(lq_tx_record_t){LQ_TX_RECORD_RUN, 5, {.run = &run}});
    }
    world_copy(journal, wal);
    lq_journal_boot_id(journal, boot_id);
    assert_string_equal(boot_id, "00000000000000000000000000000002");
    lq_journal_close(journal);
    lq_wal_close(wal);
}

/* ---- restoring */

/* The same by going through all records, over and over. */
typedef struct looked {
    lq_tx_record_room_t rooms[WORLD_KEPT_MAX];
    bool wanted[WORLD_KEPT_MAX];
} looked_t;

static looked_t looked;

static bool of_nonce(const lq_tx_record_t *r, const lq_address_t *sender, uint64_t nonce)
{
    const lq_address_t *of = r->kind == LQ_TX_RECORD_ATTEMPT   ? &r->as.attempt->sender
                             : r->kind == LQ_TX_RECORD_STATE   ? &r->as.moved->sender
                             : r->kind == LQ_TX_RECORD_RECEIPT ? &r->as.receipt->sender
                                                               : NULL;
    uint64_t its = r->kind == LQ_TX_RECORD_ATTEMPT   ? r->as.attempt->nonce
                   : r->kind == LQ_TX_RECORD_STATE   ? r->as.moved->nonce
                   : r->kind == LQ_TX_RECORD_RECEIPT ? r->as.receipt->nonce
                                                     : 0;
    return of && its == nonce && memcmp(of, sender, sizeof(*of)) == 0;
}

static lq_tx_state_t state_of(const lq_address_t *sender, uint64_t nonce)
{
    lq_tx_state_t state = LQ_TX_STATE_CNT;
    for (size_t i = 0; i < kept.cnt; i++) {
        const lq_tx_record_t *r = &looked.rooms[i].record;
        if (!of_nonce(r, sender, nonce))
            continue;
        if (r->kind == LQ_TX_RECORD_STATE)
            state = r->as.moved->state;
        else if (r->kind == LQ_TX_RECORD_ATTEMPT &&
                 (state == LQ_TX_STATE_CNT || state == LQ_TX_RELEASED))
            state = LQ_TX_RESERVED;
    }
    return state;
}

static void look_at_nonce(const lq_address_t *sender, uint64_t nonce)
{
    for (size_t i = 0; i < kept.cnt; i++) {
        const lq_tx_record_t *r = &looked.rooms[i].record;
        if (!of_nonce(r, sender, nonce))
            continue;
        looked.wanted[i] = true;
        for (size_t k = 0; k < kept.cnt && r->kind == LQ_TX_RECORD_ATTEMPT; k++) {
            const lq_tx_record_t *other = &looked.rooms[k].record;
            if (other->kind == LQ_TX_RECORD_INTENT && other->as.intent->id == r->as.attempt->intent)
                looked.wanted[k] = true;
            if (other->kind == LQ_TX_RECORD_ANSWER &&
                memcmp(&other->as.answer->hash, &r->as.attempt->hash, sizeof(lq_hash_t)) == 0)
                looked.wanted[k] = true;
        }
    }
}

static void look_at_sender(const lq_address_t *sender, uint64_t next_nonce)
{
    size_t halt = SIZE_MAX;
    bool above = false; /* there is a higher one that counts */
    for (uint64_t nonce = next_nonce; nonce-- > 0;) {
        lq_tx_state_t state = state_of(sender, nonce);
        if (state == LQ_TX_STATE_CNT || state == LQ_TX_RELEASED)
            continue;
        if (!above || state != LQ_TX_FINAL)
            look_at_nonce(sender, nonce);
        above = true;
    }
    for (size_t i = 0; i < kept.cnt; i++)
        if (looked.rooms[i].record.kind == LQ_TX_RECORD_HALT &&
            memcmp(&looked.rooms[i].of.halt.sender, sender, sizeof(*sender)) == 0)
            halt = i;
    if (halt != SIZE_MAX && looked.rooms[halt].of.halt.halted)
        looked.wanted[halt] = true;
}

/* Whether the last word on INTENT is an end; what a reorg gave back has none. */
static bool has_end(uint64_t intent)
{
    bool ended = false;
    for (size_t i = 0; i < kept.cnt; i++) {
        const lq_tx_record_t *r = &looked.rooms[i].record;
        if (r->kind == LQ_TX_RECORD_ENDED && r->as.ended->intent == intent)
            ended = r->as.ended->kind != LQ_OUTCOME_UNMINED;
        else if (r->kind == LQ_TX_RECORD_INTENT && r->as.intent->id == intent)
            ended = false;
    }
    return ended;
}

/* An intent that has no end is wanted, and all nonces of what is wanted up to here. */
static void look_at_parts(void)
{
    static bool of_wanted[WORLD_KEPT_MAX];
    memset(of_wanted, 0, sizeof(of_wanted));
    for (size_t i = 0; i < kept.cnt; i++) {
        if (looked.rooms[i].record.kind != LQ_TX_RECORD_INTENT)
            continue;
        looked.wanted[i] |= !has_end(looked.rooms[i].of.intent.id);
        for (size_t k = 0; looked.wanted[i] && k < kept.cnt; k++)
            of_wanted[k] |= looked.rooms[k].record.kind == LQ_TX_RECORD_ATTEMPT &&
                            looked.rooms[k].of.attempt.intent == looked.rooms[i].of.intent.id;
    }
    for (size_t i = 0; i < kept.cnt; i++)
        if (of_wanted[i])
            look_at_nonce(&looked.rooms[i].of.attempt.sender, looked.rooms[i].of.attempt.nonce);
}

/* How what is wanted has ended. */
static void look_at_ends(void)
{
    for (size_t i = 0; i < kept.cnt; i++)
        for (size_t k = 0; k < kept.cnt && looked.wanted[i]; k++)
            if (looked.rooms[i].record.kind == LQ_TX_RECORD_INTENT &&
                looked.rooms[k].record.kind == LQ_TX_RECORD_ENDED &&
                looked.rooms[k].of.ended.intent == looked.rooms[i].of.intent.id)
                looked.wanted[k] = true;
}

static void look(void)
{
    size_t top = SIZE_MAX;
    memset(looked.wanted, 0, sizeof(looked.wanted));
    for (size_t i = 0; i < kept.cnt; i++) {
        size_t sz = 0;
        const uint8_t *p = world_kept_at(&kept, i, &sz);
        assert_ok(lq_tx_record_decode(&looked.rooms[i], p, sz));
        if (looked.rooms[i].record.kind == LQ_TX_RECORD_INTENT)
            top = i; /* their numbers rise */
    }
    for (uint32_t i = 0; i < WORLD_SENDER_CNT; i++) {
        lq_address_t sender = world_sender(i);
        look_at_sender(&sender, senders.next[i]);
    }
    look_at_parts();
    if (top != SIZE_MAX)
        looked.wanted[top] = true;
    look_at_ends();
}

static size_t next_wanted;

static lq_err_t compare(void *ctx, const lq_tx_record_t *record)
{
    static uint8_t bytes[LQ_TX_RECORD_SZ_MAX];
    size_t sz = 0;
    (void)ctx;
    while (next_wanted < kept.cnt && !looked.wanted[next_wanted])
        next_wanted++;
    assert_true(next_wanted < kept.cnt);
    const uint8_t *p = world_kept_at(&kept, next_wanted++, &sz);
    assert_int_equal(lq_tx_record_sz(record), sz);
    (void)lq_tx_record_encode(bytes, record);
    assert_memory_equal(bytes, p, sz);
    return LQ_OK;
}

static void what_is_unfinished_is_restored(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t round = 0; round < lq_test_cnt(8, 200); round++) {
        lq_wal_t *wal = world_open_wal(1);
        lq_journal_t *journal = world_open_journal(false);
        world_tell(&senders, &kept, &rng, 1 + (size_t)lq_rng_below(&rng, round % 2 ? 1200 : 100));
        if (round % 2 == 0)
            world_finish(&senders, &kept);
        world_give(&kept, 0, wal, journal);
        look();
        next_wanted = 0;
        lq_err_msg_t msg;
        assert_ok(lq_journal_restore(journal, &msg, compare, NULL));
        while (next_wanted < kept.cnt && !looked.wanted[next_wanted])
            next_wanted++;
        assert_int_equal(next_wanted, kept.cnt);
        lq_journal_close(journal);
        lq_wal_close(wal);
        assert_int_equal(world_end(NULL), 0);
        assert_int_equal(world_begin(NULL), 0);
    }
}

static lq_err_t refuse_all(void *ctx, const lq_tx_record_t *record)
{
    (void)record;
    ++*(size_t *)ctx;
    return LQ_ERR_FULL;
}

static void who_takes_no_more_ends_it(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t cnt = 0;
    lq_wal_t *wal = world_open_wal(1);
    lq_journal_t *journal = world_open_journal(false);
    assert_ok(lq_journal_restore(journal, NULL, refuse_all, &cnt)); /* nothing is in it */
    assert_int_equal(cnt, 0);
    world_tell(&senders, &kept, &rng, 100);
    world_give(&kept, 0, wal, journal);
    lq_err_msg_t msg = {""};
    assert_err(lq_journal_restore(journal, &msg, refuse_all, &cnt), LQ_ERR_FULL);
    assert_int_equal(cnt, 1);
    assert_non_null(strstr(msg.text, world_db));
    lq_journal_close(journal);
    lq_wal_close(wal);
}

/* ---- what is refused */

static void assert_refused(lq_err_t want, const lq_wal_bind_t *bind, bool read_only,
                           const char *says)
{
    lq_journal_t *journal = NULL;
    lq_err_msg_t msg = {""};
    bool found = false;
    assert_err(lq_journal_open(&journal, &msg, &found, world_db, bind, read_only), want);
    assert_null(journal);
    if (!strstr(msg.text, says) || !strstr(msg.text, world_db))
        fail_msg("\"%s\" does not say \"%s\"", msg.text, says);
}

static void one_process_writes_and_others_read(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    lq_wal_t *wal = world_open_wal(1);
    lq_journal_t *journal = world_open_journal(false);
    assert_refused(LQ_ERR_EXISTS, &world_bind, false, "another process writes it");
    lq_journal_t *reader = world_open_journal(true);
    world_tell(&senders, &kept, &rng, 60);
    world_give(&kept, 0, wal, journal);
    lq_journal_t *late = world_open_journal(true);
    assert_int_equal(lq_journal_last_seq(reader), 0);
    assert_int_equal(lq_journal_last_seq(late), kept.cnt);
    lq_journal_close(reader);
    lq_journal_close(late);
    lq_journal_close(journal);
    lq_wal_close(wal);
    lq_journal_close(world_open_journal(false));
}

static void a_journal_of_another_chain_is_refused(void **state)
{
    (void)state;
    lq_journal_close(world_open_journal(false));
    lq_wal_bind_t other = world_bind;
    other.chain_id = 10;
    assert_refused(LQ_ERR_INVAL, &other, false, "of chain 1, not 10");
    assert_refused(LQ_ERR_INVAL, &other, true, "of chain 1, not 10");
    other = world_bind;
    other.genesis.b[0]++;
    assert_refused(LQ_ERR_INVAL, &other, false, "another block");
}

static void what_is_no_journal_is_refused_and_left_alone(void **state)
{
    (void)state;
    assert_refused(LQ_ERR_NOT_FOUND, &world_bind, true, "not there");
    run_sql("CREATE TABLE notes (text)");
    assert_refused(LQ_ERR_SYNTAX, &world_bind, false, "no journal");
    assert_refused(LQ_ERR_SYNTAX, &world_bind, true, "no journal");
    assert_int_equal(number("SELECT COUNT(*) FROM sqlite_schema"), 1);
    assert_int_equal(unlink(world_db), 0);
    FILE *f = fopen(world_db, "w");
    assert_true(f &&
                fputs("my notes, which are longer than a header of SQLite: it takes one "
                      "hundred bytes to see that there is none",
                      f) >= 0 &&
                fclose(f) == 0);
    assert_refused(LQ_ERR_SYNTAX, &world_bind, false, "not a database");
    assert_int_equal(unlink(world_db), 0);
    assert_int_equal(mkdir(world_db, 0700), 0);
    assert_refused(LQ_ERR_IO, &world_bind, false, "directory");
    assert_int_equal(rmdir(world_db), 0);
    assert_int_equal(symlink("/dev/null", world_db), 0);
    assert_refused(LQ_ERR_IO, &world_bind, false, "symbolic links");
    assert_int_equal(unlink(world_db), 0);
}

static void a_newer_journal_is_refused(void **state)
{
    (void)state;
    lq_journal_close(world_open_journal(false));
    run_sql("PRAGMA user_version = 2");
    assert_refused(LQ_ERR_INVAL, &world_bind, false, "use a newer liqd");
    assert_refused(LQ_ERR_INVAL, &world_bind, true, "of version 2");
}

static void a_killed_making_leaves_nothing_or_a_journal(void **state)
{
    (void)state;
    bool found = true;
    int fd = open(world_db, O_RDWR | O_CREAT, 0600); /* the file alone */
    assert_true(fd >= 0 && close(fd) == 0);
    lq_journal_t *journal = NULL;
    assert_refused(LQ_ERR_NOT_FOUND, &world_bind, true, "nothing is in it");
    assert_ok(lq_journal_open(&journal, NULL, &found, world_db, &world_bind, false));
    assert_false(found);
    lq_journal_close(journal);
    assert_ok(lq_journal_open(&journal, NULL, &found, world_db, &world_bind, false));
    assert_true(found);
    lq_journal_close(journal);
    assert_int_equal(unlink(world_db), 0);
    run_sql("PRAGMA journal_mode = WAL"); /* or that it has this mode */
    assert_ok(lq_journal_open(&journal, NULL, &found, world_db, &world_bind, false));
    assert_false(found);
    lq_journal_close(journal);
}

static void versions_are_migrated_one_by_one_and_whole(void **state)
{
    (void)state;
    static const char *const one[] = {"CREATE TABLE a (x)", "INSERT INTO a VALUES (1)"};
    static const char *const two[] = {"ALTER TABLE a ADD COLUMN y DEFAULT 2"};
    static const char *const bad[] = {"INSERT INTO a VALUES (3, 3)", "INSERT INTO b VALUES (1)"};
    const journal_migration_t migrations[] = {{one, 2}, {two, 1}, {bad, 2}};
    sqlite3 *db = NULL;
    lq_err_msg_t msg = {""};
    assert_int_equal(sqlite3_open(world_db, &db), SQLITE_OK);
    assert_ok(journal_migrate(db, &msg, "j", migrations, 1));
    assert_int_equal(number("PRAGMA user_version"), 1);
    assert_ok(journal_migrate(db, &msg, "j", migrations, 2));
    assert_ok(journal_migrate(db, &msg, "j", migrations, 2)); /* nothing is left to do */
    assert_int_equal(number("SELECT x + y FROM a"), 3);
    assert_int_equal(number("PRAGMA user_version"), 2);
    assert_err(journal_migrate(db, &msg, "j", migrations, 3), LQ_ERR_SYNTAX);
    assert_int_equal(number("PRAGMA user_version"), 2);
    assert_int_equal(number("SELECT COUNT(*) FROM a"), 1);
    assert_err(journal_migrate(db, &msg, "j", migrations, 1), LQ_ERR_INVAL);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Whatever is damaged: it is said, or what is restored is what was recorded. */
static void damage_is_noticed_or_does_no_harm(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    lq_wal_t *wal = world_open_wal(1);
    lq_journal_t *journal = world_open_journal(false);
    world_tell(&senders, &kept, &rng, 150);
    world_give(&kept, 0, wal, journal);
    lq_journal_close(journal);
    lq_wal_close(wal);
    look();
    size_t sz = 0;
    uint8_t *was = (uint8_t *)lq_test_read(world_db, &sz);
    size_t noticed = 0;
    size_t rounds = lq_test_cnt(300, 20000);
    for (size_t i = 0; i < rounds; i++) {
        int fd = open(world_db, O_RDWR | O_TRUNC);
        assert_true(fd >= 0);
        size_t at = (size_t)lq_rng_below(&rng, sz);
        uint8_t byte = was[at];
        was[at] ^= (uint8_t)(1u << lq_rng_below(&rng, 8));
        assert_int_equal(write(fd, was, sz), sz);
        assert_int_equal(close(fd), 0);
        was[at] = byte;
        lq_err_msg_t msg = {""};
        bool found;
        lq_err_t err = lq_journal_open(&journal, &msg, &found, world_db, &world_bind, false);
        if (!err) {
            next_wanted = 0;
            err = lq_journal_restore(journal, &msg, compare, NULL);
            while (!err && next_wanted < kept.cnt && !looked.wanted[next_wanted])
                next_wanted++;
            if (!err && next_wanted != kept.cnt)
                fail_msg("byte %zu: restored less than was recorded", at);
            lq_journal_close(journal);
        }
        if (err) {
            noticed++;
            assert_true(err == LQ_ERR_SYNTAX || err == LQ_ERR_INVAL || err == LQ_ERR_IO);
            assert_non_null(strstr(msg.text, world_db));
        }
        char side[3 * WORLD_PATH_SZ];
        (void)snprintf(side, sizeof(side), "%s-wal", world_db);
        (void)unlink(side);
        (void)snprintf(side, sizeof(side), "%s-shm", world_db);
        (void)unlink(side);
    }
    print_message("%zu of %zu noticed\n", noticed, rounds);
    free(was);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(whatever_is_recorded_is_kept_as_it_is),
        TEST(rows_say_what_the_records_do),
        TEST(what_it_has_is_not_taken_again),
        TEST(an_old_copy_of_it_is_refused),
        TEST(the_boot_of_the_last_run_is_told),
        TEST(what_is_unfinished_is_restored),
        TEST(who_takes_no_more_ends_it),
        TEST(one_process_writes_and_others_read),
        TEST(a_journal_of_another_chain_is_refused),
        TEST(what_is_no_journal_is_refused_and_left_alone),
        TEST(a_newer_journal_is_refused),
        TEST(a_killed_making_leaves_nothing_or_a_journal),
        TEST(versions_are_migrated_one_by_one_and_whole),
        TEST(damage_is_noticed_or_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
