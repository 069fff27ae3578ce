#include "journal_internal.h"

/* What each version has more than the one before. A version that went out stays as it is; what
   changes is a further one. Documented in liqd-journal(5). */

static const char *const version_1[] = {
    "CREATE TABLE journal (chain_id INTEGER NOT NULL, genesis TEXT NOT NULL,"
    " made_ns INTEGER NOT NULL) STRICT",

    /* Each record as it came, and what its bytes are checked by; the tables below tell the same. */
    "CREATE TABLE records (seq INTEGER PRIMARY KEY, time_ns INTEGER NOT NULL,"
    " kind TEXT NOT NULL CHECK (kind IN ('run', 'intent', 'attempt', 'answer', 'state', 'receipt',"
    " 'ended', 'halt', 'candidate')), bytes BLOB NOT NULL, digest INTEGER NOT NULL) STRICT",

    "CREATE TABLE runs (seq INTEGER PRIMARY KEY REFERENCES records (seq),"
    " time_ns INTEGER NOT NULL, program TEXT NOT NULL, boot_id TEXT NOT NULL,"
    " pid INTEGER NOT NULL) STRICT",

    "CREATE TABLE intents (seq INTEGER PRIMARY KEY REFERENCES records (seq),"
    " time_ns INTEGER NOT NULL, id INTEGER NOT NULL, engine_intent INTEGER NOT NULL,"
    " use TEXT NOT NULL, market TEXT NOT NULL, instance INTEGER NOT NULL, borrower TEXT NOT NULL,"
    " target_blk INTEGER NOT NULL, last_blk INTEGER NOT NULL, tx_cnt INTEGER NOT NULL,"
    " seized_usd_wad TEXT NOT NULL, repaid_usd_wad TEXT NOT NULL, swap_usd_wad TEXT NOT NULL,"
    " flash_fee_usd_wad TEXT NOT NULL, gas_usd_wad TEXT NOT NULL, bid_usd_wad TEXT NOT NULL,"
    " gas_wei TEXT NOT NULL, bid_wei TEXT NOT NULL, net_usd_wad TEXT NOT NULL,"
    " net_wei TEXT NOT NULL, least_usd_wad TEXT NOT NULL, coin_price_wad TEXT NOT NULL,"
    " coin_decimals INTEGER NOT NULL) STRICT",
    "CREATE INDEX intents_id ON intents (id)",
    "CREATE INDEX intents_time ON intents (time_ns)",

    "CREATE TABLE steps (seq INTEGER NOT NULL REFERENCES intents (seq), idx INTEGER NOT NULL,"
    " collateral TEXT NOT NULL, debt TEXT NOT NULL, repaid TEXT NOT NULL, seized TEXT NOT NULL,"
    " PRIMARY KEY (seq, idx)) STRICT, WITHOUT ROWID",
    "CREATE TABLE prices (seq INTEGER NOT NULL REFERENCES intents (seq), idx INTEGER NOT NULL,"
    " token TEXT NOT NULL, price_wad TEXT NOT NULL, decimals INTEGER NOT NULL,"
    " PRIMARY KEY (seq, idx)) STRICT, WITHOUT ROWID",

    "CREATE TABLE attempts (seq INTEGER PRIMARY KEY REFERENCES records (seq),"
    " time_ns INTEGER NOT NULL, intent INTEGER NOT NULL, tx_idx INTEGER NOT NULL,"
    " sender TEXT NOT NULL, nonce INTEGER NOT NULL, number INTEGER NOT NULL, use TEXT NOT NULL,"
    " is_private INTEGER NOT NULL, last_blk INTEGER NOT NULL, gas_limit INTEGER NOT NULL,"
    " value_wei TEXT NOT NULL, max_fee_wei TEXT NOT NULL, tip_wei TEXT NOT NULL,"
    " hash TEXT NOT NULL, raw BLOB NOT NULL) STRICT",
    "CREATE INDEX attempts_hash ON attempts (hash)",
    "CREATE INDEX attempts_intent ON attempts (intent)",
    "CREATE INDEX attempts_nonce ON attempts (sender, nonce)",

    "CREATE TABLE answers (seq INTEGER PRIMARY KEY REFERENCES records (seq),"
    " time_ns INTEGER NOT NULL, hash TEXT NOT NULL, way TEXT NOT NULL,"
    " target_blk INTEGER NOT NULL, accepted INTEGER NOT NULL, class TEXT NOT NULL,"
    " text TEXT NOT NULL, latency_ns INTEGER NOT NULL) STRICT",
    "CREATE INDEX answers_hash ON answers (hash)",

    "CREATE TABLE states (seq INTEGER PRIMARY KEY REFERENCES records (seq),"
    " time_ns INTEGER NOT NULL, sender TEXT NOT NULL, nonce INTEGER NOT NULL,"
    " state TEXT NOT NULL, hash TEXT NOT NULL, why TEXT NOT NULL) STRICT",
    "CREATE INDEX states_nonce ON states (sender, nonce, seq)",

    "CREATE TABLE receipts (seq INTEGER PRIMARY KEY REFERENCES records (seq),"
    " time_ns INTEGER NOT NULL, sender TEXT NOT NULL, nonce INTEGER NOT NULL, hash TEXT NOT NULL,"
    " block INTEGER NOT NULL, block_hash TEXT NOT NULL, tx_idx INTEGER NOT NULL,"
    " ok INTEGER NOT NULL, gas INTEGER NOT NULL, gas_price_wei TEXT NOT NULL,"
    " l1_fee_wei TEXT NOT NULL, paid_wei TEXT NOT NULL, repaid TEXT NOT NULL,"
    " seized TEXT NOT NULL, why TEXT NOT NULL) STRICT",
    "CREATE INDEX receipts_nonce ON receipts (sender, nonce, seq)",
    "CREATE INDEX receipts_hash ON receipts (hash)",
    "CREATE INDEX receipts_time ON receipts (time_ns)",
    "CREATE TABLE gains (seq INTEGER NOT NULL REFERENCES receipts (seq), idx INTEGER NOT NULL,"
    " token TEXT NOT NULL, amount TEXT NOT NULL, PRIMARY KEY (seq, idx)) STRICT, WITHOUT ROWID",

    "CREATE TABLE ended (seq INTEGER PRIMARY KEY REFERENCES records (seq),"
    " time_ns INTEGER NOT NULL, intent INTEGER NOT NULL, outcome TEXT NOT NULL,"
    " net_usd_wad TEXT NOT NULL, why TEXT NOT NULL) STRICT",
    "CREATE INDEX ended_intent ON ended (intent, seq)",

    "CREATE TABLE halts (seq INTEGER PRIMARY KEY REFERENCES records (seq),"
    " time_ns INTEGER NOT NULL, sender TEXT NOT NULL, halted INTEGER NOT NULL,"
    " why TEXT NOT NULL) STRICT",

    "CREATE TABLE candidates (seq INTEGER PRIMARY KEY REFERENCES records (seq),"
    " time_ns INTEGER NOT NULL, market TEXT NOT NULL, borrower TEXT NOT NULL,"
    " reason TEXT NOT NULL, began_blk INTEGER NOT NULL, ended_blk INTEGER NOT NULL,"
    " net_usd_wad TEXT, net_wei TEXT, liquidator TEXT, text TEXT NOT NULL) STRICT",
    "CREATE INDEX candidates_time ON candidates (time_ns)",

    /* Where each nonce stands: a later record stands in an earlier one's place. */
    "CREATE VIEW nonces AS SELECT sender, nonce, state, hash, why, time_ns, seq FROM states s"
    " WHERE seq = (SELECT MAX(seq) FROM states x WHERE x.sender = s.sender AND x.nonce = s.nonce)",

    /* Receipts that count: of what is on the chain by all that is known. A reorg may have taken one
       back, and a foreign transaction the nonce. */
    "CREATE VIEW settled AS SELECT r.* FROM receipts r"
    " JOIN states s ON s.seq = (SELECT MAX(seq) FROM states x"
    "  WHERE x.sender = r.sender AND x.nonce = r.nonce)"
    " WHERE r.seq = (SELECT MAX(seq) FROM receipts x"
    "  WHERE x.sender = r.sender AND x.nonce = r.nonce)"
    " AND s.state IN ('mined', 'reverted', 'final') AND s.hash = r.hash"
    " AND COALESCE((SELECT state FROM states x WHERE x.sender = r.sender AND x.nonce = r.nonce"
    "  AND x.state <> 'final' ORDER BY seq DESC LIMIT 1), '') <> 'lost'",

    /* The last word on each intent. */
    "CREATE VIEW outcomes AS SELECT i.id, i.time_ns, i.use, i.market, i.borrower, e.outcome,"
    " e.why, CAST(i.net_usd_wad AS REAL) / 1e18 AS estimated_usd,"
    " CAST(e.net_usd_wad AS REAL) / 1e18 AS net_usd"
    " FROM intents i LEFT JOIN ended e"
    " ON e.seq = (SELECT MAX(seq) FROM ended x WHERE x.intent = i.id)",

    "CREATE VIEW profit_per_day AS SELECT date(time_ns / 1000000000, 'unixepoch') AS day,"
    " COUNT(*) AS intents,"
    " SUM(outcome IN ('mined', 'final') AND net_usd >= 0) AS gained,"
    " ROUND(SUM(CASE WHEN outcome IN ('mined', 'reverted', 'final') THEN net_usd END), 2)"
    "  AS net_usd,"
    " ROUND(SUM(CASE WHEN outcome IN ('mined', 'reverted', 'final') THEN estimated_usd END), 2)"
    "  AS estimated_usd"
    " FROM outcomes WHERE use = 'liquidate' GROUP BY day ORDER BY day",

    "CREATE VIEW misses_by_reason AS SELECT reason, COUNT(*) AS candidates,"
    " ROUND(SUM(CAST(net_usd_wad AS REAL)) / 1e18, 2) AS estimated_usd"
    " FROM candidates WHERE reason <> 'taken' GROUP BY reason ORDER BY candidates DESC, reason",
};

const journal_migration_t journal_migrations[LQ_JOURNAL_SCHEMA] = {
    {version_1, LQ_ARRAY_CNT(version_1)}};

lq_err_t journal_apply(sqlite3 *db, lq_err_msg_t *msg, const char *path,
                       const journal_migration_t *migration, uint32_t version)
{
    char set[64];
    lq_err_t err = LQ_OK;
    for (size_t i = 0; i < migration->cnt && !err; i++)
        err = journal_exec(db, msg, path, migration->statements[i]);
    (void)snprintf(set, sizeof(set), "PRAGMA user_version = %u", version);
    return err ? err : journal_exec(db, msg, path, set);
}

lq_err_t journal_end(sqlite3 *db, lq_err_msg_t *msg, const char *path, lq_err_t err)
{
    if (!err)
        err = journal_exec(db, msg, path, "COMMIT");
    if (err && !sqlite3_get_autocommit(db))
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return err;
}

lq_err_t journal_migrate(sqlite3 *db, lq_err_msg_t *msg, const char *path,
                         const journal_migration_t *migrations, uint32_t cnt)
{
    int64_t at = 0;
    lq_err_t err = journal_get_i64(db, msg, path, "PRAGMA user_version", &at);
    if (!err && (at < 0 || at > cnt))
        return lq_err_msg_set(msg, LQ_ERR_INVAL,
                              "journal %s: of version %lld, this liqd knows up to %u: use a newer "
                              "liqd",
                              path, (long long)at, cnt);
    for (uint32_t i = (uint32_t)at; i < cnt && !err; i++) {
        err = journal_exec(db, msg, path, "BEGIN IMMEDIATE");
        if (!err)
            err = journal_end(db, msg, path, journal_apply(db, msg, path, &migrations[i], i + 1));
    }
    return err;
}
