#include "journal_doc.h"

#include "liqd/app/doc.h"

/* clang-format off */
#define SEQ  {"seq", "the record's number, in the order of coming"}
#define TIME {"time_ns", "when it was recorded"}
#define LAST {0}
#define OF(...) (const lq_journal_column_t[]){__VA_ARGS__, LAST}

const lq_journal_table_t lq_journal_tables[] = {
    {"journal", "What the journal belongs to: one row.",
     OF({"chain_id", "the chain"}, {"genesis", "hash of its first block"},
        {"made_ns", "when the journal was made"})},
    {"records", "Every record as it came. What a restart reads is read from here, and checked.",
     OF(SEQ, TIME, {"kind", "the table that has its columns: run, intent, attempt, answer, state, "
                            "receipt, ended, halt or candidate"},
        {"bytes", "the record itself"}, {"digest", "a checksum of number and bytes"})},
    {"runs", "A process begins.",
     OF(SEQ, TIME, {"program", "liqd and its version"}, {"boot_id", "of the running system"},
        {"pid", "its number"})},
    {"intents", "What is wanted: one liquidation, or an approval, a deployment, a swap or a sweep.",
     OF(SEQ, TIME, {"id", "its number, from 1, never given twice"},
        {"engine_intent", "the engine's number of it, as the log has it; 0: not the engine's"},
        {"use", "liquidate, cancel, approve, deploy, swap or sweep"},
        {"market", "section of the configuration"}, {"instance", "the market's number in it"},
        {"borrower", "whose position it is"},
        {"target_blk", "the block that it is for"}, {"last_blk", "the last that it may be in"},
        {"tx_cnt", "transactions that it takes"},
        {"seized_usd_wad", "estimate: what comes in, at our own price"},
        {"repaid_usd_wad", "estimate: what goes out"},
        {"swap_usd_wad", "estimate: what the swap costs against our own prices"},
        {"flash_fee_usd_wad", "estimate: the lender's fee"},
        {"gas_usd_wad", "estimate: gas"}, {"bid_usd_wad", "estimate: the bid"},
        {"gas_wei", "estimate: gas, in coins"}, {"bid_wei", "estimate: the bid, in coins"},
        {"net_usd_wad", "estimate: what is left of it"},
        {"net_wei", "the same in coins"}, {"least_usd_wad", "what it had to earn"},
        {"coin_price_wad", "our price of the coin; 0: none"},
        {"coin_decimals", "decimals of the coin"})},
    {"steps", "The calls of an intent's plan.",
     OF({"seq", "of the row of intents"}, {"idx", "from 0"}, {"collateral", "token that is seized"},
        {"debt", "token that is repaid"}, {"repaid", "how much"}, {"seized", "how much"})},
    {"prices", "The prices that an intent was decided by.",
     OF({"seq", "of the row of intents"}, {"idx", "from 0"}, {"token", "its address"},
        {"price_wad", "our price of a whole one"}, {"decimals", "of the token"})},
    {"attempts", "Signed transactions, each recorded before any byte of it was sent. A replacement "
                 "and a cancellation are attempts of the same nonce.",
     OF(SEQ, TIME, {"intent", "what it is for, intents.id; of a cancellation, what it cancels"},
        {"tx_idx", "which of the intent's transactions, from 0"}, {"sender", "who signed"},
        {"nonce", "its nonce"}, {"number", "of the nonce's attempts, from 0"},
        {"use", "as of intents"}, {"is_private", "1: it went to relays and builders alone"},
        {"last_blk", "the last block that these have it for; 0: none"},
        {"gas_limit", "units"}, {"value_wei", "coins that it carries"},
        {"max_fee_wei", "most per gas"}, {"tip_wei", "most priority fee per gas"},
        {"hash", "its hash"}, {"raw", "its signed bytes, as eth_sendRawTransaction takes them"})},
    {"answers", "What a node, relay or builder said to an attempt.",
     OF(SEQ, TIME, {"hash", "of the attempt"}, {"way", "who said it: section of the configuration"},
        {"target_blk", "of a bundle: its block; 0: none"}, {"accepted", "1: it was taken"},
        {"class", "what its words come to"}, {"text", "its words; what a terminal would obey is "
                                                      "written as \\xNN"},
        {"latency_ns", "how long it took"})},
    {"states", "Where a nonce stands from then on; the last row of a nonce counts.",
     OF(SEQ, TIME, {"sender", "whose nonce"}, {"nonce", "the nonce"},
        {"state", "reserved, sent, cancelling, expired, mined, reverted, lost, final or released"},
        {"hash", "the transaction that it is by, a foreign one where it is lost; all zero: none"},
        {"why", "in words, where there is something to say"})},
    {"receipts", "Transactions that were mined. A reorg may have taken one back: see settled.",
     OF(SEQ, TIME, {"sender", "who signed"}, {"nonce", "its nonce"}, {"hash", "its hash"},
        {"block", "number of its block"}, {"block_hash", "hash of that"},
        {"tx_idx", "its place there"}, {"ok", "0: it reverted"}, {"gas", "units used"},
        {"gas_price_wei", "paid per gas"}, {"l1_fee_wei", "of a rollup's data, beside that"},
        {"paid_wei", "coins that left beside gas: the bid"},
        {"repaid", "of the debt token, as its logs tell"},
        {"seized", "of the collateral token, as its logs tell"},
        {"why", "what it reverted with, in words"})},
    {"gains", "What a mined transaction moved to and from senders and executor.",
     OF({"seq", "of the row of receipts"}, {"idx", "from 0"}, {"token", "its address"},
        {"amount", "how much more there is; below 0: less"})},
    {"ended", "An intent has its outcome; the last row of an intent counts.",
     OF(SEQ, TIME, {"intent", "intents.id"},
        {"outcome", "sent, refused, simulation_reverted, mined, reverted, unmined, expired, "
                    "cancelled or final"},
        {"net_usd_wad", "what it earned, at the prices of the decision, where it was mined"},
        {"why", "in words"})},
    {"halts", "A sender sends nothing more, or goes on.",
     OF(SEQ, TIME, {"sender", "which"}, {"halted", "0: it goes on"}, {"why", "in words"})},
    {"candidates", "Accounts that could be liquidated, when that ended, and why. While the "
                   "write-ahead log is half full these are left out.",
     OF(SEQ, TIME, {"market", "section of the configuration"}, {"borrower", "whose position"},
        {"reason", "as liqd-run(1) has them; taken: ours was mined"},
        {"began_blk", "first block that it could be"}, {"ended_blk", "last one"},
        {"net_usd_wad", "what the best plan would have earned; NULL: there was none"},
        {"net_wei", "the same in coins"}, {"liquidator", "who did it; NULL: nobody, or ours"},
        {"text", "the figures behind the reason"})},
    {"nonces", "View: where each nonce stands, its last row of states.",
     OF({"sender", "whose"}, {"nonce", "which"}, {"state", "as of states"},
        {"hash", "as of states"}, {"why", "as of states"}, {"time_ns", "since when"},
        {"seq", "of the row of states"})},
    {"settled", "View: the receipts that count, without what a reorg took back. What earnings are "
                "summed from.",
     OF({"seq", "this and all others as of receipts"}, {"time_ns", ""}, {"sender", ""},
        {"nonce", ""}, {"hash", ""}, {"block", ""}, {"block_hash", ""}, {"tx_idx", ""}, {"ok", ""},
        {"gas", ""}, {"gas_price_wei", ""}, {"l1_fee_wei", ""}, {"paid_wei", ""}, {"repaid", ""},
        {"seized", ""}, {"why", ""})},
    {"outcomes", "View: each intent with its last outcome; dollars as floating point.",
     OF({"id", "the intent"}, {"time_ns", "when it began"}, {"use", "as of intents"},
        {"market", "as of intents"}, {"borrower", "as of intents"},
        {"outcome", "as of ended; NULL: it has none yet"}, {"why", "as of ended"},
        {"estimated_usd", "what it was to earn"}, {"net_usd", "what it did"})},
    {"profit_per_day", "View: liquidations by the day, in UTC, that they began.",
     OF({"day", "year-month-day"}, {"intents", "how many"}, {"gained", "so many earned"},
        {"net_usd", "what those that were mined earned"},
        {"estimated_usd", "what the same were to earn"})},
    {"misses_by_reason", "View: candidates that were not taken.",
     OF({"reason", "why"}, {"candidates", "how many"},
        {"estimated_usd", "what their best plans would have earned"})},
    {0}};
/* clang-format on */

const lq_journal_query_t lq_journal_queries[] = {
    {"What was earned on each day, and what had been estimated:", "SELECT * FROM profit_per_day"},
    {"Why candidates were missed:", "SELECT * FROM misses_by_reason"},
    {"Who takes what we miss:",
     "SELECT liquidator, COUNT(*) AS cnt FROM candidates WHERE liquidator IS NOT NULL "
     "GROUP BY liquidator ORDER BY cnt DESC LIMIT 10"},
    {"What reverted, and with what:",
     "SELECT datetime(time_ns / 1000000000, 'unixepoch') AS at, hash, why FROM settled "
     "WHERE ok = 0 ORDER BY seq DESC LIMIT 20"},
    {"The ten intents that fell furthest behind their estimate:",
     "SELECT id, market, borrower, estimated_usd, net_usd FROM outcomes "
     "WHERE net_usd IS NOT NULL ORDER BY net_usd - estimated_usd LIMIT 10"},
    {"How often each way took a transaction, and how fast:",
     "SELECT way, COUNT(*) AS asked, SUM(accepted) AS taken, AVG(latency_ns) / 1e6 AS ms "
     "FROM answers GROUP BY way ORDER BY way"},
    {"Nonces that are not done:",
     "SELECT * FROM nonces WHERE state NOT IN ('final', 'released') ORDER BY sender, nonce"},
    {"The signed bytes of the last attempt, to be sent by hand:",
     "SELECT '0x' || lower(hex(raw)) FROM attempts ORDER BY seq DESC LIMIT 1"},
    {0}};

static const char page_head[] =
    ".Dd $Mdocdate$\n"
    ".Dt LIQD-JOURNAL 5\n"
    ".Os liqd\n"
    ".Sh NAME\n"
    ".Nm liqd-journal\n"
    ".Nd the journal of the liquidation daemon liqd\n"
    ".Sh DESCRIPTION\n"
    "The journal is an SQLite database, named by\n"
    ".Cm journal.file\n"
    "of\n"
    ".Xr liqd.yaml 5 .\n"
    "It holds what was ever sent, what came of it, and why what was not taken was not.\n"
    "Nothing is ever deleted from it.\n"
    "It belongs to one chain.\n"
    ".Pp\n"
    "It may be read at any time, also while\n"
    ".Ic liqd run\n"
    "writes it, with\n"
    ".Ic liqd journal\n"
    "or with queries of your own:\n"
    ".Dl $ sqlite3 -readonly -box /var/lib/liqd/journal.db \\(dqSELECT * FROM profit_per_day\\(dq\n"
    "Change nothing in it: a restart reads from it which transactions are under way.\n"
    "Copy it while it is written with the command\n"
    ".Ql .backup\n"
    "of sqlite3, not with\n"
    ".Xr cp 1 ;\n"
    "never start from an old copy.\n"
    ".Pp\n"
    "Transactions are recorded in a write-ahead log first, and a moment later here.\n"
    "Where the journal cannot be written, since the disk is full or fails, nothing new is sent\n"
    "until it can.\n"
    ".Ss Values\n"
    "Amounts are decimal text in base units, since they have up to 256 bits: wei, units of a\n"
    "token.\n"
    "Names with _wad are dollars or prices times 10^18.\n"
    ".Ql CAST(x AS REAL) / 1e18\n"
    "is near enough for a table.\n"
    "Addresses and hashes are lower-case text with 0x.\n"
    "Times are nanoseconds since 1970:\n"
    ".Ql datetime(time_ns / 1000000000, 'unixepoch') .\n"
    ".Ss Versions\n"
    ".Ql PRAGMA user_version\n"
    "tells the version of the tables, now 1.\n"
    "A newer liqd brings an older journal up to its own when it starts; an older one refuses a\n"
    "newer journal.\n"
    ".Sh TABLES\n";

static void write_table(FILE *out, const lq_journal_table_t *table)
{
    (void)fprintf(out, ".Ss %s\n", table->name);
    lq_doc_wrap_mdoc(out, table->help);
    (void)fprintf(out, ".Bl -tag -width Ds -compact\n");
    for (const lq_journal_column_t *c = table->columns; c->name; c++) {
        (void)fprintf(out, ".It Va %s\n", c->name);
        if (c->help[0])
            lq_doc_wrap_mdoc(out, c->help);
    }
    (void)fprintf(out, ".El\n");
}

void lq_journal_write_mdoc(FILE *out)
{
    (void)fputs(page_head, out);
    for (const lq_journal_table_t *t = lq_journal_tables; t->name; t++)
        write_table(out, t);
    (void)fputs(".Sh EXAMPLES\n", out);
    for (const lq_journal_query_t *q = lq_journal_queries; q->text; q++) {
        lq_doc_wrap_mdoc(out, q->text);
        (void)fputs(".Bd -literal -offset indent\n", out);
        lq_doc_wrap(out, "", 0, 72, q->sql);
        (void)fputs(".Ed\n", out);
        if (q[1].text)
            (void)fputs(".Pp\n", out);
    }
    (void)fputs(".Sh SEE ALSO\n.Xr liqd-journal 1 ,\n.Xr liqd-run 1 ,\n.Xr liqd.yaml 5\n", out);
}
