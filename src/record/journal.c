#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder_internal.h"
#include "journal_internal.h"

#define BUSY_MS 200 /* another process that checkpoints or writes */

#define DAMAGE_REMEDY "restore it from a copy, or move it away and start with --accept-used-nonce"

/* ---- SQLite's answers */

static lq_err_t err_of(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_NOMEM:
        return LQ_ERR_NOMEM;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_INTERRUPT:
    case SQLITE_TOOBIG:
        return LQ_ERR_IO;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return LQ_ERR_EXISTS;
    default: /* corrupt, no database, not the tables that were made */
        return LQ_ERR_SYNTAX;
    }
}

lq_err_t journal_fail(sqlite3 *db, lq_err_msg_t *msg, const char *path, int rc)
{
    lq_err_t err = err_of(rc);
    const char *text = db ? sqlite3_errmsg(db) : sqlite3_errstr(rc);
    int error = db && err == LQ_ERR_IO ? sqlite3_system_errno(db) : 0;
    if (err == LQ_ERR_SYNTAX)
        return lq_err_msg_set(msg, err, "journal %s: damaged (%s): " DAMAGE_REMEDY, path, text);
    if (err == LQ_ERR_EXISTS)
        return lq_err_msg_set(msg, err, "journal %s: another process writes it (%s)", path, text);
    return lq_err_msg_set(msg, err, "journal %s: %s%s%s", path, text, error ? ": " : "",
                          error ? strerror(error) : "");
}

lq_err_t journal_exec(sqlite3 *db, lq_err_msg_t *msg, const char *path, const char *sql)
{
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return rc ? journal_fail(db, msg, path, rc) : LQ_OK;
}

lq_err_t journal_get_i64(sqlite3 *db, lq_err_msg_t *msg, const char *path, const char *sql,
                         int64_t *out)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
    if (!rc)
        rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int64(stmt, 0);
    lq_err_t err = rc == SQLITE_ROW ? LQ_OK : journal_fail(db, msg, path, rc);
    (void)sqlite3_finalize(stmt);
    return err;
}

lq_err_t journal_prepare(const lq_journal_t *j, lq_err_msg_t *msg, sqlite3_stmt **stmt,
                         const char *sql)
{
    int rc = sqlite3_prepare_v2(j->db, sql, -1, stmt, NULL);
    return rc ? journal_fail(j->db, msg, j->path, rc) : LQ_OK;
}

/* ---- opening */

static lq_err_t take_lock(lq_journal_t *j, lq_err_msg_t *msg, const char *path)
{
    char name[JOURNAL_PATH_SZ];
    int n = snprintf(name, sizeof(name), "%s.lock", path);
    if (n < 0 || (size_t)n >= sizeof(name))
        return lq_err_msg_set(msg, LQ_ERR_IO, "journal %s: the name is too long", j->path);
    j->lock_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (j->lock_fd < 0)
        return lq_err_msg_set(msg, LQ_ERR_IO, "journal %s: its lock: %s", j->path, strerror(errno));
    if (flock(j->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return LQ_OK;
    return lq_err_msg_set(msg, errno == EWOULDBLOCK ? LQ_ERR_EXISTS : LQ_ERR_IO,
                          "journal %s: another process writes it: end that one, or name another "
                          "file",
                          j->path);
}

/* SQLite would give it the mode that the umask leaves. */
static lq_err_t make_file(lq_journal_t *j, lq_err_msg_t *msg, const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    struct stat st;
    int error = fd < 0 ? errno : 0;
    if (!error && fstat(fd, &st) != 0)
        error = errno;
    if (fd >= 0)
        (void)close(fd);
    if (!error && !S_ISREG(st.st_mode))
        return lq_err_msg_set(msg, LQ_ERR_IO, "journal %s: no regular file", j->path);
    if (!error)
        error = lq_folder_sync(path);
    return error ? lq_err_msg_set(msg, LQ_ERR_IO, "journal %s: %s", j->path, strerror(error))
                 : LQ_OK;
}

/* What a file that somebody else wrote may not do to us. */
static lq_err_t open_database(lq_journal_t *j, lq_err_msg_t *msg, const char *path)
{
    int flags = j->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    int rc = sqlite3_open_v2(path, &j->db, flags | SQLITE_OPEN_EXRESCODE, NULL);
    if (!rc)
        rc = sqlite3_busy_timeout(j->db, BUSY_MS);
    if (!rc)
        rc = sqlite3_db_config(j->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (!rc)
        rc = sqlite3_db_config(j->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (rc)
        return journal_fail(j->db, msg, j->path, rc);
    return journal_exec(j->db, msg, j->path,
                        "PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON;"
                        "PRAGMA synchronous = FULL");
}

/* LQ_ERR_SYNTAX: it is somebody else's. *IS_NEW: nothing is in it yet. */
static lq_err_t check_whose(lq_journal_t *j, lq_err_msg_t *msg, bool *is_new)
{
    int64_t id = 0;
    int64_t tables = 0;
    lq_err_t err = journal_get_i64(j->db, msg, j->path, "PRAGMA application_id", &id);
    if (!err)
        err = journal_get_i64(j->db, msg, j->path, "SELECT COUNT(*) FROM sqlite_schema", &tables);
    if (err)
        return err;
    *is_new = !id && !tables;
    if (id == JOURNAL_APPLICATION_ID || *is_new)
        return LQ_OK;
    return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                          "journal %s: a database, but no journal of liqd: name "
                          "another file",
                          j->path);
}

/* All in one transaction with the first version: it is a journal, or there is nothing in it. */
static lq_err_t make_bound(lq_journal_t *j, lq_err_msg_t *msg, const lq_wal_bind_t *bind)
{
    char genesis[67];
    char sql[256];
    journal_hash_text(genesis, &bind->genesis);
    (void)snprintf(sql, sizeof(sql),
                   "INSERT INTO journal VALUES (%" PRId64 ", '%s', "
                   "CAST(strftime('%%s', 'now') AS INTEGER) * 1000000000)",
                   (int64_t)bind->chain_id, genesis);
    return journal_exec(j->db, msg, j->path, sql);
}

static lq_err_t check_bind(lq_journal_t *j, lq_err_msg_t *msg, const lq_wal_bind_t *bind)
{
    sqlite3_stmt *stmt = NULL;
    char genesis[67];
    journal_hash_text(genesis, &bind->genesis);
    lq_err_t err = journal_prepare(j, msg, &stmt, "SELECT chain_id, genesis FROM journal");
    if (err)
        return err;
    int rc = sqlite3_step(stmt);
    const char *text = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 1) : NULL;
    if (!text)
        err =
            rc == SQLITE_ROW || rc == SQLITE_DONE
                ? lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                                 "journal %s: damaged (it names no chain): " DAMAGE_REMEDY, j->path)
                : journal_fail(j->db, msg, j->path, rc);
    else if ((uint64_t)sqlite3_column_int64(stmt, 0) != bind->chain_id)
        err = lq_err_msg_set(msg, LQ_ERR_INVAL,
                             "journal %s: of chain %" PRIu64 ", not %" PRIu64
                             ": name another file for each chain",
                             j->path, (uint64_t)sqlite3_column_int64(stmt, 0), bind->chain_id);
    else if (!j->read_only && strcmp(text, genesis) != 0)
        err = lq_err_msg_set(msg, LQ_ERR_INVAL,
                             "journal %s: of a chain %" PRIu64
                             " that began with another block: was it reset? Name another file",
                             j->path, bind->chain_id);
    (void)sqlite3_finalize(stmt);
    return err;
}

/* Of each record there is a row in one of the tables of the kinds. */
static lq_err_t check_whole(lq_journal_t *j, lq_err_msg_t *msg)
{
    int64_t differ = 0;
    sqlite3_stmt *stmt = NULL;
    lq_err_t err = journal_prepare(j, msg, &stmt, "PRAGMA quick_check(1)");
    if (err)
        return err;
    int rc = sqlite3_step(stmt);
    const char *text = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
    if (!text)
        err = journal_fail(j->db, msg, j->path, rc);
    else if (strcmp(text, "ok") != 0)
        err = lq_err_msg_set(msg, LQ_ERR_SYNTAX, "journal %s: damaged (%.60s): " DAMAGE_REMEDY,
                             j->path, text);
    (void)sqlite3_finalize(stmt);
    if (!err)
        err = journal_get_i64(j->db, msg, j->path,
                              "SELECT (SELECT COUNT(*) FROM records) - (SELECT COUNT(*) FROM runs)"
                              " - (SELECT COUNT(*) FROM intents) - (SELECT COUNT(*) FROM attempts)"
                              " - (SELECT COUNT(*) FROM answers) - (SELECT COUNT(*) FROM states)"
                              " - (SELECT COUNT(*) FROM receipts) - (SELECT COUNT(*) FROM ended)"
                              " - (SELECT COUNT(*) FROM halts) - (SELECT COUNT(*) FROM candidates)",
                              &differ);
    if (!err && differ)
        err = lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                             "journal %s: damaged (rows are missing): " DAMAGE_REMEDY, j->path);
    return err;
}

static lq_err_t make(lq_journal_t *j, lq_err_msg_t *msg, const lq_wal_bind_t *bind)
{
    char first[64];
    (void)snprintf(first, sizeof(first), "PRAGMA application_id = %u", JOURNAL_APPLICATION_ID);
    lq_err_t err = journal_exec(j->db, msg, j->path, "BEGIN IMMEDIATE");
    if (err)
        return err;
    err = journal_exec(j->db, msg, j->path, first);
    if (!err)
        err = journal_apply(j->db, msg, j->path, &journal_migrations[0], 1);
    if (!err)
        err = make_bound(j, msg, bind);
    return journal_end(j->db, msg, j->path, err);
}

static lq_err_t open_for_writing(lq_journal_t *j, lq_err_msg_t *msg, bool *found, const char *path,
                                 const lq_wal_bind_t *bind)
{
    bool is_new = false;
    lq_err_t err = take_lock(j, msg, path);
    if (!err)
        err = make_file(j, msg, path);
    if (!err)
        err = open_database(j, msg, path);
    if (!err)
        err = check_whose(j, msg, &is_new);
    if (!err)
        err = journal_exec(j->db, msg, j->path, "PRAGMA journal_mode = WAL");
    if (err)
        return err;
    *found = !is_new;
    if (is_new)
        err = make(j, msg, bind);
    if (!err)
        err = journal_migrate(j->db, msg, j->path, journal_migrations, LQ_JOURNAL_SCHEMA);
    if (!err && !is_new)
        err = check_whole(j, msg);
    return err;
}

/* The schema is as it is: who reads migrates nothing. */
static lq_err_t open_for_reading(lq_journal_t *j, lq_err_msg_t *msg, bool *found, const char *path)
{
    bool is_new = false;
    int64_t version = 0;
    *found = access(path, F_OK) == 0;
    if (!*found)
        return lq_err_msg_set(msg, LQ_ERR_NOT_FOUND,
                              "journal %s: not there: liqd run makes it when it sends", j->path);
    lq_err_t err = open_database(j, msg, path);
    if (!err)
        err = check_whose(j, msg, &is_new);
    if (!err && is_new)
        return lq_err_msg_set(msg, LQ_ERR_NOT_FOUND, "journal %s: nothing is in it yet", j->path);
    if (!err)
        err = journal_get_i64(j->db, msg, j->path, "PRAGMA user_version", &version);
    if (!err && version != LQ_JOURNAL_SCHEMA)
        err = lq_err_msg_set(msg, LQ_ERR_INVAL,
                             "journal %s: of version %lld, this liqd reads %u: use the liqd that "
                             "writes it",
                             j->path, (long long)version, LQ_JOURNAL_SCHEMA);
    return err;
}

lq_err_t lq_journal_open(lq_journal_t **journal, lq_err_msg_t *msg, bool *found, const char *path,
                         const lq_wal_bind_t *bind, bool read_only)
{
    int64_t last_seq = 0;
    bool was_there = false;
    lq_journal_t *j = calloc(1, sizeof(*j));
    if (!j)
        return lq_err_msg_set(msg, LQ_ERR_NOMEM, "the journal does not fit into memory");
    (void)lq_text_quote(j->path, path);
    j->lock_fd = -1;
    journal_init_thread(j);
    j->read_only = read_only;
    lq_err_t err = read_only ? open_for_reading(j, msg, &was_there, path)
                             : open_for_writing(j, msg, &was_there, path, bind);
    if (!err)
        err = check_bind(j, msg, bind);
    if (!err)
        err = journal_get_i64(j->db, msg, j->path, "SELECT COALESCE(MAX(seq), 0) FROM records",
                              &last_seq);
    if (err) {
        lq_journal_close(j);
        return err;
    }
    atomic_store(&j->last_seq, (uint64_t)last_seq);
    *found = was_there;
    *journal = j;
    return LQ_OK;
}

void lq_journal_close(lq_journal_t *j)
{
    if (!j)
        return;
    journal_stop_thread(j);
    journal_drop_statements(j);
    (void)sqlite3_close(j->db);
    if (j->lock_fd >= 0)
        (void)close(j->lock_fd);
    free(j);
}

uint64_t lq_journal_last_seq(const lq_journal_t *j)
{
    return atomic_load(&j->last_seq);
}
