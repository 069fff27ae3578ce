#ifndef LIQD_RECORD_JOURNAL_INTERNAL_H
#define LIQD_RECORD_JOURNAL_INTERNAL_H

/* The journal's parts: its schema, how a record becomes rows, the thread, what is read back. */

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>

#include "liqd/base/text.h"
#include "liqd/record/journal.h"

#define JOURNAL_APPLICATION_ID 0x6c697164u /* "liqd" */
#define JOURNAL_PATH_SZ        4200u
#define JOURNAL_BATCH_MAX      256u /* records of one transaction */
#define JOURNAL_STMT_MAX       16u

/* A record that waits to be written; its bytes stand in the log until it is released. */
typedef struct journal_item {
    uint64_t seq;
    const uint8_t *p;
    size_t sz;
} journal_item_t;

struct lq_journal {
    sqlite3 *db;
    sqlite3_stmt *stmts[JOURNAL_STMT_MAX]; /* journal_write.c's; NULL where there is none yet */
    char path[LQ_TEXT_QUOTE_SZ];           /* for messages */
    int lock_fd;
    bool read_only;
    lq_wal_t *wal;
    journal_item_t batch[JOURNAL_BATCH_MAX]; /* taken, not committed */
    size_t batch_cnt;
    lq_tx_record_room_t room;
    _Atomic uint64_t last_seq; /* committed */
    _Atomic uint64_t commit_cnt;
    _Atomic uint64_t beat_mono_ns;

    lq_log_t *log;
    bool started;
    pthread_t thread;
    pthread_mutex_t *lock; /* of what follows; behind a pointer, for who only asks */
    pthread_mutex_t lock_itself;
    pthread_cond_t wake;
    bool closing;
    bool failing;
    char why[LQ_TX_RECORD_TEXT_SZ];
};

/* ---- SQLite's answers */

/* journal_fail returns the error that SQLite's RC on DB is, and says it. */
LQ_MUST_USE lq_err_t journal_fail(sqlite3 *db, lq_err_msg_t *msg, const char *path, int rc);
LQ_MUST_USE lq_err_t journal_exec(sqlite3 *db, lq_err_msg_t *msg, const char *path,
                                  const char *sql);

/* journal_get_i64 sets *OUT to the one number that SQL gives. */
LQ_MUST_USE lq_err_t journal_get_i64(sqlite3 *db, lq_err_msg_t *msg, const char *path,
                                     const char *sql, int64_t *out);
LQ_MUST_USE lq_err_t journal_prepare(const lq_journal_t *j, lq_err_msg_t *msg, sqlite3_stmt **stmt,
                                     const char *sql);

/* ---- the schema */

typedef struct journal_migration {
    const char *const *statements;
    size_t cnt;
} journal_migration_t;

extern const journal_migration_t journal_migrations[LQ_JOURNAL_SCHEMA];

/* journal_apply makes one step to VERSION, within a transaction; journal_end commits one that has
   gone well, takes back one that has not, and returns what it came to. */
LQ_MUST_USE lq_err_t journal_apply(sqlite3 *db, lq_err_msg_t *msg, const char *path,
                                   const journal_migration_t *migration, uint32_t version);
LQ_MUST_USE lq_err_t journal_end(sqlite3 *db, lq_err_msg_t *msg, const char *path, lq_err_t err);

/* journal_migrate brings DB from its version to CNT, one version at a time, each whole or not at
   all. LQ_ERR_INVAL: it is newer. */
LQ_MUST_USE lq_err_t journal_migrate(sqlite3 *db, lq_err_msg_t *msg, const char *path,
                                     const journal_migration_t *migrations, uint32_t cnt);

/* ---- writing */

/* journal_digest is what the bytes of record SEQ are checked by. */
uint64_t journal_digest(uint64_t seq, const void *p, size_t sz);

/* journal_insert adds the rows of one record within a transaction. LQ_ERR_SYNTAX: it is none. */
LQ_MUST_USE lq_err_t journal_insert(lq_journal_t *j, lq_err_msg_t *msg, const journal_item_t *item);
void journal_drop_statements(lq_journal_t *j);

/* journal_init_thread makes what it waits by; journal_stop_thread ends it behind what it has. */
void journal_init_thread(lq_journal_t *j);
void journal_stop_thread(lq_journal_t *j);

/* ---- reading */

/* Records of some kinds: SQL gives number, bytes and digest, and may have one parameter. */
typedef struct journal_query {
    const char *sql;
    unsigned kinds; /* bits, by lq_tx_record_kind_t */
    uint64_t param;
} journal_query_t;

/* journal_read_record decodes the record of STMT's row into ROOM, checked. LQ_ERR_SYNTAX. */
LQ_MUST_USE lq_err_t journal_read_record(const lq_journal_t *j, lq_err_msg_t *msg,
                                         lq_tx_record_room_t *room, sqlite3_stmt *stmt,
                                         unsigned kinds);

/* journal_for_each gives FN each record of QUERY until it fails. */
typedef lq_err_t journal_each_fn_t(void *ctx, uint64_t seq, const lq_tx_record_t *record);
LQ_MUST_USE lq_err_t journal_for_each(lq_journal_t *j, lq_err_msg_t *msg,
                                      const journal_query_t *query, journal_each_fn_t *fn,
                                      void *ctx);

void journal_address_text(char out[43], const lq_address_t *address);
void journal_hash_text(char out[67], const lq_hash_t *hash);

#endif
