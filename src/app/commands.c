/* The table of liqd's commands. */

#include "commands.h"

#define OPTION_CONFIG                                                                   \
    {                                                                                   \
        "config", "FILE",                                                               \
            "configuration; else $LIQD_CONFIG, else ./liqd.yaml, else " LIQD_CONFIG_DIR \
            "/liqd.yaml"                                                                \
    }
#define OPTION_JSON                             \
    {                                           \
        "json", NULL, "print JSON for machines" \
    }

#define OPTION_OUT                                                        \
    {                                                                     \
        "out", "FILE", "the new keystore; nothing may have that name yet" \
    }
#define OPTIONS_PASSPHRASE                                               \
    {"passphrase-file", "FILE",                                          \
     "read the passphrase from this file, which nobody else "            \
     "may read"},                                                        \
    {                                                                    \
        "passphrase-fd", "N", "read the passphrase from this descriptor" \
    }
#define ABOUT_PASSPHRASE                                                                      \
    "The passphrase is one line of at most 1024 bytes, from a file, a descriptor, or, where " \
    "neither is given, the terminal, which does not show it. It is never taken from an "      \
    "argument or the environment, where others may read it."
#define ABOUT_WRITING                                                                             \
    "The keystore is of version 3, as other Ethereum programs have it: scrypt with n = 262144, "  \
    "r = 8, p = 1, and AES-128. It is written under a temporary name, read and decrypted again, " \
    "and only then given its own; its mode is 0400. An existing file is never overwritten. "      \
    "Without the passphrase the key is lost."
#define OPTION_USED                                                                               \
    {                                                                                             \
        "accept-used-nonce", NULL, "also where the sender has sent before and the journal is new" \
    }
#define ABOUT_SENDING                                                                            \
    "What is sent goes through the same log, journal and nonces as a live run's. A daemon that " \
    "runs with the same key has to be stopped first. Fees are those of the configuration: the "  \
    "tip, and send.max_fee at most."
#define EXIT_USAGE                   \
    {                                \
        LQ_EXIT_USAGE, "wrong usage" \
    }

#define EXITS_CONTROL                                                                          \
    {LQ_EXIT_DONE, "it is done"},                                                              \
        {LQ_EXIT_FAILED, "the daemon cannot do it, or does not answer this user"}, EXIT_USAGE, \
        {LQ_EXIT_NODE, "no daemon listens, or it does not answer"},                            \
    {                                                                                          \
        LQ_EXIT_CONFIG, "there is no configuration, or it has problems"                        \
    }

static const lq_cli_command_t commands[] = {
    {
        .name = "check",
        .summary = "check the configuration and show what it comes to",
        .description =
            (const char *const[]){
                "Reads the configuration with everything it includes. If it is valid, prints each "
                "key's value with the file and line that set it, then in words what it will watch and "
                "do, what it can spend at most, what stops it and what it will never do, each with "
                "the keys to change it by, and a log line as it will look. Otherwise prints "
                "every problem, each with its file, line and column and what to do about it.",
                "With --online it then asks each node what it is and can do: its client and chain id, "
                "how old its head is, how long an answer takes, which subscriptions it keeps, how "
                "many blocks it lets eth_getLogs span, whether the base fee moves as configured; "
                "then each market's contract: whether it is there, its version, how many of its "
                "assets have a price; whether each pool is what its factory made, who lends, and "
                "whether the executor is there. Where senders or an executor are configured it "
                "looks at these as liqd executor check does. Relays and builders are asked to "
                "withdraw what nobody ever sent, and what each says to that is shown: it tells that "
                "it is there, not that it would take what is sent. That takes two minutes at most.",
                "Nothing is changed, nothing is sent. Secrets are not printed.",
                NULL,
            },
        .options =
            (const lq_cli_option_t[]){
                OPTION_CONFIG, {"online", NULL, "ask nodes and relays too"}, OPTION_JSON, {0}},
        .examples =
            (const lq_cli_example_t[]){
                {"liqd check --config /etc/liqd/liqd.yaml", "checks the installed configuration"},
                {"liqd check --online", "asks the nodes as well"},
                {"liqd check --json | jq -r '.explained[].text'", "shows the sentences alone"},
                {"liqd check --json | jq .problems", "hands the problems to another program"},
                {0},
            },
        .exits =
            (const lq_cli_exit_t[]){
                {LQ_EXIT_DONE, "the configuration is valid"},
                {LQ_EXIT_FAILED, "the result could not be written, or memory ran out"},
                EXIT_USAGE,
                {LQ_EXIT_NODE, "a node or relay is not available, or did not answer everything"},
                {LQ_EXIT_CONFIG,
                 "there is no configuration, it has problems, a node is of another chain, a "
                 "market is none, or senders or executor are not fit for a live run"},
                {0},
            },
        .run = lq_cmd_check,
    },
    {
        .name = "positions",
        .summary = "list the riskiest accounts, exactly",
        .description =
            (const char *const[]){
                "Reads the markets of the configuration from the nodes and lists the accounts with "
                "debt by their health factor, lowest first: what each holds and owes, at which answer "
                "of which price feed it can be liquidated, and when by interest alone. Health "
                "factors are the contracts' own, to the last digit, at the block that is named.",
                "The first time every account is read, which takes a while; with snapshot.file in "
                "the configuration the next time costs only the blocks since. Interrupted, it goes on "
                "where it was. Nodes must keep the logs since each market's from_block; only the "
                "state of recent blocks is read.",
                "A market is audit-only until 1,000 comparisons with what its contracts say have "
                "matched. Accounts without a health factor are listed apart, with the reason.",
                "With --snapshot nothing is asked: the state is that of the file's block.",
                "The profit is what liquidating the account would earn in dollars, net of gas, swaps, "
                "the loan's fee and the bid, sized as liqd run does, with the funding and inventory of "
                "the configuration: now where the account can be liquidated, else then, at the nearest "
                "of the answers listed below it. It is - where nothing would be sent; --json has the "
                "reason and the figure. Gas is reckoned at the next block's base fee and the configured "
                "tip; a snapshot holds no base fee, so there it is the tip alone unless --gas-price "
                "says more. Which it was is told.",
                NULL,
            },
        .options =
            (const lq_cli_option_t[]){
                OPTION_CONFIG,
                {"below", "HF", "only accounts with a health factor below this, such as 1.05"},
                {"limit", "N", "at most so many accounts; 20 by default"},
                {"market", "NAME", "only this market of the configuration"},
                {"all", NULL, "every account with debt"},
                {"gas-price", "GWEI", "what a unit of gas costs in all, for the profit"},
                {"snapshot", "FILE", "from this file alone, without nodes"},
                {"save", "FILE", "write the state to this file as well"},
                OPTION_JSON,
                {0},
            },
        .examples =
            (const lq_cli_example_t[]){
                {"liqd positions --below 1.05", "lists who is within 5 % of being liquidated"},
                {"liqd positions --save monday.snapshot", "keeps the state for later"},
                {"liqd positions --snapshot monday.snapshot --market aave --limit 100",
                 "looks at it again, without a node"},
                {"liqd positions --all --json | jq '.positions[].health_factor_wad'",
                 "hands every health factor to another program"},
                {0},
            },
        .exits =
            (const lq_cli_exit_t[]){
                {LQ_EXIT_DONE, "the accounts are listed"},
                {LQ_EXIT_FAILED,
                 "it was interrupted, the snapshot cannot be read or written, or memory ran out"},
                EXIT_USAGE,
                {LQ_EXIT_NODE, "no node answers, none has caught up, or none has what is needed"},
                {LQ_EXIT_CONFIG,
                 "there is no configuration, it has problems, names no market or no node, or none of "
                 "its chain"},
                {0},
            },
        .run = lq_cmd_positions,
    },
    {
        .name = "analyze",
        .summary = "what liquidating would earn: now, under shocks, over a grid",
        .description =
            (const char *const[]){
                "Sizes every account that can be liquidated as liqd run does, and sums up what that "
                "would earn: per market and account, with the reason where it earns nothing. Then how "
                "that hangs on the price of gas, the protocols' bonus and close factor, and what swaps "
                "lose; the smallest debt worth repaying of each pair; and who owes the most. Each "
                "account is sized alone, with all of the funds and on pools that nobody else has "
                "moved. Dollars are by our own prices. Nothing is sent, and no key is needed.",
                "A shock moves the feeds that are an asset's own price, in all markets and in our own "
                "price alike. An asset is a token's symbol or address, or feeds.NAME of the "
                "configuration. Of a price that is a ratio to another token's it is the ratio: a shock "
                "of wstETH is a depeg, one of WETH moves wstETH as well. Assets apart by commas move "
                "together, each once. A price that cannot be moved stays, which is said.",
                "A grid goes from one change to another by steps; two of them make a product, of "
                "10,000 points at most. Shocks hold at each of its points.",
                "The state is read from the nodes, as liqd positions does, or, with --snapshot, from a "
                "file alone. That knows no base fee: without --gas-price gas then costs the tip.",
                NULL,
            },
        .options =
            (const lq_cli_option_t[]){
                OPTION_CONFIG,
                {"shock", "ASSET=CHANGE...",
                 "move a price, such as WETH=-10%; several at once where it is given again"},
                {"grid", "ASSET=RANGE...",
                 "a row for each change, such as WETH=-40%:0%:1%; given twice, for each pair"},
                {"gas-price", "GWEI",
                 "what gas costs in all; with more behind commas these are tried in place of "
                 "multiples"},
                {"together", NULL, "also what all earn that are taken one behind the other"},
                {"market", "NAME", "only this market of the configuration"},
                {"limit", "N", "at most so many accounts; 20 by default, CSV has all"},
                {"snapshot", "FILE", "from this file alone, without nodes"},
                {"old", NULL, "also where the snapshot is older than snapshot.max_age"},
                OPTION_JSON,
                {"csv", "FILE",
                 "write the grid, or the accounts, as CSV; - is standard output, with nothing else"},
                {"plot", "FILE", "draw the grid with gnuplot as SVG"},
                {0},
            },
        .examples =
            (const lq_cli_example_t[]){
                {"liqd analyze", "shows what can be liquidated now, and what it earns"},
                {"liqd analyze --shock WETH=-10% --shock USDC=-2%",
                 "the same where both prices have moved"},
                {"liqd analyze --grid WETH,wstETH=-40%:0%:1% --plot weth.svg",
                 "draws what falls, earns and is lost from today's price to 40 % below"},
                {"liqd analyze --snapshot monday.snapshot --old --gas-price 5,20,80 --csv all.csv",
                 "looks at an old day without a node"},
                {0},
            },
        .exits =
            (const lq_cli_exit_t[]){
                {LQ_EXIT_DONE, "the result is written"},
                {LQ_EXIT_FAILED,
                 "it was interrupted, the snapshot cannot be read or is too old, a file cannot be "
                 "written, gnuplot is missing or failed, or memory ran out"},
                {LQ_EXIT_USAGE, "wrong usage, or an asset that is not there or cannot be moved"},
                {LQ_EXIT_NODE, "no node answers, or none has what is needed"},
                {LQ_EXIT_CONFIG,
                 "there is no configuration, it has problems, or names no market or no node"},
                {0},
            },
        .run = lq_cmd_analyze,
    },
    {
        .name = "run",
        .summary = "follow the chain, decide, and liquidate, or book what it would have earned",
        .description =
            (const char *const[]){
                "Keeps the markets of the configuration exact, looks at every account that can be "
                "liquidated, sizes the most profitable plan for it, and decides. Each candidate has a "
                "reason at every moment, and ends in one.",
                "It signs with the keys of senders, records each transaction before it leaves, first in "
                "the write-ahead log in journal.run_dir, which a killed process does not lose, then in "
                "the journal, and sends it all ways at once: to the nodes of role send and to relays. "
                "It follows what it has sent, replaces it at higher fees, cancels what is not wanted any "
                "more, and goes on with what was under way when it starts again. What it may spend is "
                "what the executor, or the sender where there is none, has of the inventory's tokens, "
                "and never more than the configuration says.",
                "The start, each step said in a line: configuration, keys, a lock for each key, which "
                "no two processes have, the nodes, the journal with what the log still holds, the "
                "state with its audits, what sends. Where a step fails it ends and says what helps. A "
                "key that was used before and has no journal is refused without --accept-used-nonce: "
                "something of it may still be under way.",
                "SIGTERM or SIGINT end it in an orderly way: nothing more is taken, what can be is "
                "cancelled, for 20 seconds at most; a second one ends it at once. Nothing is lost by "
                "either. SIGHUP has it read the configuration again: what liqd.yaml(5) says takes "
                "effect so does, the rest is named; a file with a problem changes nothing. liqd status, "
                "pause and resume talk to it. Under systemd it says when it is ready, and keeps a "
                "watchdog that hears of it while both the loop and the journal's thread work.",
                "Nothing new is signed while what is sent could not be recorded: where the journal's "
                "disk is full, fails or stands still, the log is nearly full, or there is no memory for "
                "it. What is under way is followed meanwhile, and sending goes on by itself; liqd status "
                "says why it waits. Durations do not hang on the wall clock. One that is ahead by more "
                "than limits.stale_head makes each block look as old as that, and nothing is sent until "
                "it is right; one that is behind does no harm. A transaction that a reorg takes back is "
                "sent again, or cancelled where it is worth nothing any more.",
                "With --dry-run nothing is sent, and neither key, "
                "funds nor executor are needed: what a newcomer has not is put before the chain's state "
                "when a transaction is simulated. The inventory of the configuration is taken to be "
                "there; what was won changes it: debt tokens spent, collateral got unless "
                "executor.sweep takes it away, coins less gas and bid.",
                "Each intent's very transactions are simulated in their target block (eth_simulateV1; "
                "on nodes without it eth_call, which tells whether one reverts that is alone in "
                "its block, not its gas and tokens), and booked: won where nobody liquidated the account before, neither in an "
                "earlier block nor in the same at the same or a higher effective tip; lost, to whom, at "
                "what tip, how many blocks late; reverted, with the reason; unknown where no node could "
                "tell, or a node had shown the block before the transaction was asked for, with the "
                "reason. A block that is undone takes its bookings back.",
                "Won is not earned. Whether a builder had taken the transaction is not known, nor what "
                "others had done then. What was won has not changed the chain: the account stays as it "
                "is, nothing is asked for it again until it can no longer be liquidated, and rates and "
                "pools are in later blocks as if it had not been. What others paid to the fee recipient "
                "directly is known only where a node traces (debug_traceTransaction): else what somebody "
                "else liquidated in the target block is unknown, unless his priority fee alone was as "
                "high. Dollars are at the prices of the decision, without what a rollup takes for data "
                "on its parent chain.",
                "On standard output, which logs leave alone, each intent asked, booked or taken back is "
                "a line as it happens; at the end follows what it came to: candidates by reason, "
                "verdicts, what would have been earned in dollars and to the unit of each token, gas, "
                "bids, whom it was lost to, and how long each stage took. With --json nothing is said "
                "while it runs, and at the end one document has all of it: amounts as decimal strings "
                "in base units beside their decimals, every booked row, and each account that ever was "
                "a candidate, once. With --report the same is a page, written anew about once a minute "
                "and at the end: one file that loads nothing and runs no script. The newest 100,000 "
                "rows and the first 100,000 candidates are kept; others are in the sums alone, and that "
                "is said.",
                "A market is audit-only until 1,000 comparisons with what its contracts say have "
                "matched; until then its candidates are untrusted. With snapshot.file that is kept over "
                "restarts, with memory.file what limits have counted and what was learned of gas.",
                "With --record all that goes into the engine is written to a new file, from which "
                "liqd replay makes the same decisions again. It holds the configuration without nodes "
                "and secrets, and the snapshot. Where it cannot be written further, that is logged, "
                "and the run goes on. With record.dir the same is written to files in that folder, "
                "one behind the other as they grow large or old, unless --record names a file. Their "
                "names sort: chain, when the run began, part. What a kept part needs for its replay, "
                "all before it of the same run, is kept too: a restart begins anew.",
                "A node that is still syncing is waited for, since its state is old; with --once it is "
                "refused. Nodes over HTTP alone are polled.",
                "A dry run is ended by SIGINT, SIGTERM and SIGHUP: snapshot, memory and report are written, and what was "
                "booked is summed up. Intents that are still open then are booked as unknown.",
                NULL,
            },
        .options =
            (const lq_cli_option_t[]){
                OPTION_CONFIG,
                {"dry-run", NULL, "send nothing"},
                {"accept-used-nonce", NULL,
                 "begin a journal for keys that were used before; nothing of theirs may be under way"},
                {"record", "FILE",
                 "write all that the engine is told to this file, which must not "
                 "exist"},
                {"once", NULL, "end when everything has been read and looked at once"},
                {"report", "FILE",
                 "write the report to this page, once a minute; a report that is there is replaced"},
                {"json", NULL, "print JSON for machines, one document at the end"},
                {0},
            },
        .examples =
            (const lq_cli_example_t[]){
                {"liqd run", "liquidates"},
                {"liqd run --dry-run", "shows what would be earned, as it happens"},
                {"liqd run --dry-run --record today.events", "keeps the day for liqd replay"},
                {"liqd run --dry-run --report dry.html", "shows it in a browser, too"},
                {"liqd run --dry-run --json > dry.json", "keeps every row for another program"},
                {"liqd run --dry-run --once", "looks once, and ends"},
                {0},
            },
        .exits =
            (const lq_cli_exit_t[]){
                {LQ_EXIT_DONE, "it was ended by a signal, or --once has looked"},
                {LQ_EXIT_FAILED, "the memory is refused, a file cannot be written, another process "
                                 "uses snapshot or memory, or memory ran out"},
                EXIT_USAGE,
                {LQ_EXIT_NODE, "no node has what is needed"},
                {LQ_EXIT_AGAIN, "another process uses one of the keys"},
                {LQ_EXIT_KEY, "a keystore, its passphrase or its address is refused"},
                {LQ_EXIT_CONFIG,
                 "there is no configuration, it has problems, names no market or no node, or none of "
                 "its chain; the run folder cannot be used, or a key was used before and has no "
                 "journal"},
                {0},
            },
        .run = lq_cmd_run,
    },
    {
        .name = "replay",
        .summary = "feed a recording back and compare every decision",
        .description =
            (const char *const[]){
                "Makes an engine from the configuration, snapshot and memory that a recording of liqd "
                "run starts with, gives it the recorded events, and compares each of its actions with "
                "the recorded one. Prints the decisions as they were logged, with their times, then "
                "what they came to.",
                "It fails on the first action that differs, and shows both. Of a recording that was cut "
                "off or damaged it replays what stands before that, and says at which byte and behind "
                "which event that is.",
                "A recording in parts (record.dir) is given whole, from its first part on: each has "
                "only what came since the one before. Their names sort, so that a pattern of the "
                "shell gives them in order. A part that is missing or of another recording is refused.",
                "No node, clock or configuration is used: the same file gives the same output on every "
                "machine.",
                NULL,
            },
        .options = (const lq_cli_option_t[]){OPTION_JSON, {0}},
        .operand = "FILE",
        .several = true,
        .examples =
            (const lq_cli_example_t[]){
                {"liqd replay today.events", "shows every decision of the day again"},
                {"liqd replay /var/lib/liqd/events/1-20261122T034501.*",
                 "does so with one in parts"},
                {"liqd replay --json today.events | jq 'select(.msg == \"take\")'",
                 "hands what would have been taken to another program"},
                {0},
            },
        .exits =
            (const lq_cli_exit_t[]){
                {LQ_EXIT_DONE, "the recording is whole, and every action is the same"},
                {LQ_EXIT_FAILED, "an action differs, or the recording is cut off, damaged or none"},
                EXIT_USAGE,
                {LQ_EXIT_CONFIG, "the recording is of another version of liqd"},
                {0},
            },
        .run = lq_cmd_replay,
    },
    {
        .name = "status",
        .summary = "tell how a running daemon is",
        .description =
            (const char *const[]){
                "Asks the daemon of the configuration, over its control socket (control.socket), and "
                "shows how long it runs, where the chain and its nodes are, candidates by reason, the "
                "limits that hold, each sender with its balance, nonces and, where it is halted, why, "
                "the ways that transactions leave, the journal, what was earned since the start, and "
                "how long each stage took, from the bytes of the event to those of the transaction: "
                "parsed, applied to the state, decided, signed, recorded, written.",
                "Only the daemon's own user and root are answered.",
                NULL,
            },
        .options = (const lq_cli_option_t[]){OPTION_CONFIG, OPTION_JSON, {0}},
        .examples =
            (const lq_cli_example_t[]){
                {"liqd status", "shows it"},
                {"liqd status --json | jq .sending.senders", "hands it to another program"},
                {0},
            },
        .exits = (const lq_cli_exit_t[]){EXITS_CONTROL, {0}},
        .run = lq_cmd_status,
    },
    {
        .name = "pause",
        .summary = "have a running daemon send nothing new",
        .description =
            (const char *const[]){
                "The daemon goes on following what it has sent, and the chain; it takes nothing until "
                "liqd resume. With memory.file that outlives a restart.",
                NULL,
            },
        .options = (const lq_cli_option_t[]){OPTION_CONFIG, {0}},
        .examples = (const lq_cli_example_t[]){{"liqd pause", "pauses"}, {0}},
        .exits = (const lq_cli_exit_t[]){EXITS_CONTROL, {0}},
        .run = lq_cmd_pause,
    },
    {
        .name = "resume",
        .summary = "have a running daemon go on",
        .description =
            (const char *const[]){
                "Ends a pause, lets go what waits for an operator (limits.loss_day, "
                "limits.revert_ratio, limits.borrower_failures), and has senders go on that were halted "
                "by a transaction of somebody else's on their nonce.",
                "With --market it starts one that was stopped since audits did not match; find out why "
                "before.",
                NULL,
            },
        .options = (const lq_cli_option_t[]){OPTION_CONFIG,
                                             {"market", "NAME",
                                              "only this market, which audits have stopped"},
                                             {0}},
        .examples =
            (const lq_cli_example_t[]){
                {"liqd resume", "goes on"},
                {"liqd resume --market aave", "trusts the market anew"},
                {0},
            },
        .exits = (const lq_cli_exit_t[]){EXITS_CONTROL, {0}},
        .run = lq_cmd_resume,
    },
    {
        .name = "journal",
        .summary = "show what was sent, what came of it, and why the rest was missed",
        .description =
            (const char *const[]){
                "Reads the journal of the configuration, also while liqd run writes it, and shows the "
                "newest intents: what each was for, its outcome, what it earned net of gas and bid at "
                "the prices of the decision beside what was estimated, the gas, and how often it was "
                "sent. Then all since the time that is asked for: outcomes, net result, gas and bids "
                "to the wei, what came and went of each token, and the candidates that were missed, "
                "by reason.",
                "Sums are of transactions that are on the chain by all that the journal knows: what a "
                "reorg took back does not count, what reverted and what was cancelled does.",
                "With --misses each candidate that was missed is a line: since which block, until "
                "which, what it would have earned, why it was not taken, and who took it.",
                "The journal is an SQLite database; liqd-journal(5) describes its tables, with "
                "queries to begin with.",
                NULL,
            },
        .options =
            (const lq_cli_option_t[]){
                OPTION_CONFIG,
                {"since", "TIME",
                 "from then on: a span back such as 24h or 7d, a day such as 2026-11-22, or a time "
                 "such as 2026-11-22T06:30:00Z"},
                {"limit", "N", "show the newest N; 20 where it is not given"},
                {"misses", NULL, "show each miss, not their number alone"},
                OPTION_JSON,
                {0},
            },
        .examples =
            (const lq_cli_example_t[]){
                {"liqd journal --since 24h", "what the last day came to"},
                {"liqd journal --since 2026-11-01 --misses --limit 1000",
                 "why what was missed this month was"},
                {"liqd journal --json --limit 100000 | jq '.intents[] | select(.outcome == "
                 "\"reverted\")'",
                 "hands what reverted to another program"},
                {0},
            },
        .exits =
            (const lq_cli_exit_t[]){
                {LQ_EXIT_DONE, "it is shown"},
                {LQ_EXIT_FAILED,
                 "there is no journal yet, it cannot be read, is damaged, or is of another chain"},
                EXIT_USAGE,
                {LQ_EXIT_CONFIG, "there is no configuration, it has problems, or names no journal"},
                {0},
            },
        .run = lq_cmd_journal,
    },
    {
        .name = "executor deploy",
        .summary = "put our executor on the chain",
        .description =
            (const char *const[]){
                "Sends the creation of the executor that this program was built with, by the first of "
                "senders, waits until it is mined, compares the code that stands there with ours, and "
                "prints its address as the line for the configuration.",
                "Its owner may do anything with what it holds, so that key should be cold: name its "
                "address with --owner. All senders have to be operators, which the owner alone can "
                "allow: where the owner is the sender that deploys, that is done at once; else the calls "
                "that the owner has to make are printed, with their data. To hand it over later the "
                "owner calls transferOwnership, and the new one acceptOwnership.",
                ABOUT_SENDING,
                NULL,
            },
        .options =
            (const lq_cli_option_t[]){
                OPTION_CONFIG,
                {"owner", "ADDRESS", "whose it is; there is no default"},
                OPTION_USED,
                OPTION_JSON,
                {0},
            },
        .examples =
            (const lq_cli_example_t[]){
                {"liqd executor deploy --owner 0x53953BD999641dC6EC9FA155bC351c59ef7c4a4a",
                 "makes one that belongs to a cold key"},
                {0},
            },
        .exits =
            (const lq_cli_exit_t[]){
                {LQ_EXIT_DONE, "it is there"},
                {LQ_EXIT_FAILED, "it was not mined, or reverted, or the journal cannot be written"},
                {LQ_EXIT_AGAIN, "another process uses one of the keys"},
                EXIT_USAGE,
                {LQ_EXIT_NODE, "no node answers"},
                {LQ_EXIT_KEY, "a key or passphrase is refused"},
                {LQ_EXIT_CONFIG, "there is no configuration, it has problems, names no sender, or "
                                 "the sender has too few coins"},
                {0},
            },
        .run = lq_cmd_executor_deploy,
    },
    {
        .name = "executor check",
        .summary = "look whether senders and executor are fit for a live run",
        .description =
            (const char *const[]){
                "Asks the nodes for the executor of the configuration: whether its code is ours, whose "
                "it is, who is to become the owner, and whether each sender is an operator; what it, or "
                "without one the sender, holds of each token of the inventory, and how much of that each "
                "market's contract may take; the coins of each sender. Keystores are read, and "
                "decrypted where their passphrase is in a file. Then it names each problem with its "
                "remedy.",
                "Nothing is changed, nothing is sent.",
                NULL,
            },
        .options = (const lq_cli_option_t[]){OPTION_CONFIG, OPTION_JSON, {0}},
        .examples =
            (const lq_cli_example_t[]){
                {"liqd executor check", "says what is missing, if anything is"},
                {"liqd executor check --json | jq -r '.problems[]'", "lists the problems alone"},
                {0},
            },
        .exits =
            (const lq_cli_exit_t[]){
                {LQ_EXIT_DONE, "all is well"},
                {LQ_EXIT_FAILED, "the result could not be written, or memory ran out"},
                EXIT_USAGE,
                {LQ_EXIT_NODE, "no node answers"},
                {LQ_EXIT_CONFIG,
                 "there is no configuration, it has problems, names neither a sender "
                 "nor an executor, or one of these is not fit"},
                {0},
            },
        .run = lq_cmd_executor_check,
    },
    {
        .name = "executor approve",
        .summary = "let the markets take the inventory's tokens",
        .description =
            (const char *const[]){
                "Without an executor the only sender liquidates by itself, and each market's contract "
                "takes the debt token from it, as far as that is approved. This approves, for each token "
                "of the inventory and each market that is liquidated out of it, so much as the "
                "inventory's amount is, or --amount. What is approved already is left alone, so that it "
                "may be run again. With 0 the approval is taken back.",
                "With an executor nothing has to be approved, and nothing may be: each of its programs "
                "approves what it needs for its own length.",
                ABOUT_SENDING,
                NULL,
            },
        .options =
            (const lq_cli_option_t[]){
                OPTION_CONFIG,
                {"amount", "N", "so many whole tokens of each, instead of the inventory's amounts"},
                {"token", "NAME", "of this token of the inventory alone"},
                OPTION_USED,
                OPTION_JSON,
                {0},
            },
        .examples =
            (const lq_cli_example_t[]){
                {"liqd executor approve", "approves what the inventory says"},
                {"liqd executor approve --token usdc --amount 0", "takes an approval back"},
                {0},
            },
        .exits =
            (const lq_cli_exit_t[]){
                {LQ_EXIT_DONE, "all is approved"},
                {LQ_EXIT_FAILED,
                 "one was not mined, or reverted, or the journal cannot be written"},
                {LQ_EXIT_AGAIN, "another process uses one of the keys"},
                EXIT_USAGE,
                {LQ_EXIT_NODE, "no node answers"},
                {LQ_EXIT_KEY, "a key or passphrase is refused"},
                {LQ_EXIT_CONFIG, "there is no configuration, it has problems, names no sender, or "
                                 "has an executor, or the sender has too few coins"},
                {0},
            },
        .run = lq_cmd_executor_approve,
    },
    {
        .name = "keys new",
        .summary = "make a private key and keep it in a new keystore",
        .description =
            (const char *const[]){
                "Takes a private key from the system's random generator, encrypts it with a "
                "passphrase into a new keystore, and prints its address.",
                ABOUT_PASSPHRASE,
                ABOUT_WRITING,
                NULL,
            },
        .options = (const lq_cli_option_t[]){OPTION_OUT, OPTIONS_PASSPHRASE, OPTION_JSON, {0}},
        .examples =
            (const lq_cli_example_t[]){
                {"liqd keys new --out sender.json", "asks for a passphrase, twice"},
                {"liqd keys new --out relay.json --passphrase-file relay.pass",
                 "makes the key that names us to private relays, which stays unfunded"},
                {0},
            },
        .exits =
            (const lq_cli_exit_t[]){
                {LQ_EXIT_DONE, "the keystore is written"},
                {LQ_EXIT_FAILED, "it cannot be written, or memory cannot be locked"},
                EXIT_USAGE,
                {LQ_EXIT_KEY, "the passphrase is refused"},
                {0},
            },
        .run = lq_cmd_keys_new,
    },
    {
        .name = "keys import",
        .summary = "keep a private key in a new keystore",
        .description =
            (const char *const[]){
                "Reads a private key, 64 hexadecimal digits with 0x before them or not, encrypts "
                "it with a passphrase into a new keystore, and prints its address. The key comes "
                "from a file, a descriptor, or, where neither is given, the terminal, which does "
                "not show it.",
                ABOUT_PASSPHRASE,
                ABOUT_WRITING,
                NULL,
            },
        .options =
            (const lq_cli_option_t[]){
                OPTION_OUT,
                {"key-file", "FILE", "read the key from this file, which nobody else may read"},
                {"key-fd", "N", "read the key from this descriptor"},
                OPTIONS_PASSPHRASE,
                OPTION_JSON,
                {0},
            },
        .examples =
            (const lq_cli_example_t[]){
                {"liqd keys import --out sender.json", "asks for the key, then for a passphrase"},
                {"pass show sender | liqd keys import --key-fd 0 --out sender.json",
                 "takes the key from another program"},
                {0},
            },
        .exits =
            (const lq_cli_exit_t[]){
                {LQ_EXIT_DONE, "the keystore is written"},
                {LQ_EXIT_FAILED, "it cannot be written, or memory cannot be locked"},
                EXIT_USAGE,
                {LQ_EXIT_KEY, "the key or the passphrase is refused"},
                {0},
            },
        .run = lq_cmd_keys_import,
    },
    {
        .name = "keys address",
        .summary = "print the address that a keystore names",
        .description =
            (const char *const[]){
                "Prints the address in a keystore, with its checksum. No passphrase is needed, and "
                "so nothing shows that the key in it is that address's: liqd keys verify does.",
                NULL,
            },
        .options = (const lq_cli_option_t[]){OPTION_JSON, {0}},
        .operand = "FILE",
        .examples =
            (const lq_cli_example_t[]){
                {"liqd keys address sender.json", "prints the account to be funded"},
                {0},
            },
        .exits =
            (const lq_cli_exit_t[]){
                {LQ_EXIT_DONE, "the address is printed"},
                {LQ_EXIT_FAILED, "it could not be written"},
                EXIT_USAGE,
                {LQ_EXIT_KEY, "the keystore is refused, or names no address"},
                {0},
            },
        .run = lq_cmd_keys_address,
    },
    {
        .name = "keys verify",
        .summary = "decrypt a keystore and compare its address",
        .description =
            (const char *const[]){
                "Decrypts a keystore, derives the address of the key in it and compares it with the "
                "one that it names. Says so where both fit. The key is not shown.",
                ABOUT_PASSPHRASE,
                NULL,
            },
        .options = (const lq_cli_option_t[]){OPTIONS_PASSPHRASE, OPTION_JSON, {0}},
        .operand = "FILE",
        .examples =
            (const lq_cli_example_t[]){
                {"liqd keys verify sender.json", "asks for the passphrase"},
                {"liqd keys verify sender.json --passphrase-file sender.pass",
                 "checks what the daemon would be given"},
                {0},
            },
        .exits =
            (const lq_cli_exit_t[]){
                {LQ_EXIT_DONE, "passphrase and address fit"},
                {LQ_EXIT_FAILED,
                 "the result could not be written, or memory cannot be had or locked"},
                EXIT_USAGE,
                {LQ_EXIT_KEY, "the keystore or the passphrase is refused, or the address differs"},
                {0},
            },
        .run = lq_cmd_keys_verify,
    },
    {0},
};

const lq_cli_t lq_cli_liqd = {
    .name = "liqd",
    .version = LIQD_VERSION,
    .summary = "liquidation daemon for Ethereum lending markets",
    .description =
        (const char *const[]){
            "liqd runs beside an Ethereum node, keeps an exact copy of lending positions in "
            "memory, knows which of them can be liquidated the moment a price moves, and sends the "
            "transaction that earns the most, or shows in a dry run what it would have earned.",
            "A configuration file says what it may do; liqd.yaml(5) describes it. The program is "
            "young: what it can do yet are the commands below.",
            NULL,
        },
    .commands = commands,
};
