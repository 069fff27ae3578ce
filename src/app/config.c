#include "liqd/app/config.h"

#include "config_internal.h"
#include "liqd/base/log.h"
#include "liqd/exec/exec.h"

#define AT(field)        .offset = offsetof(lq_config_t, field)
#define AT_NODE(field)   .offset = offsetof(lq_config_node_t, field)
#define AT_MARKET(field) .offset = offsetof(lq_config_market_t, field)
#define AT_FEED(field)   .offset = offsetof(lq_config_feed_t, field)
#define AT_TOKEN(field)  .offset = offsetof(lq_config_token_t, field)
#define AT_VENUE(field)  .offset = offsetof(lq_config_venue_t, field)
#define AT_LENDER(field) .offset = offsetof(lq_config_lender_t, field)
#define AT_OWN(field)    .offset = offsetof(lq_config_inventory_t, field)
#define AT_SENDER(field) .offset = offsetof(lq_config_sender_t, field)
#define AT_RELAY(field)  .offset = offsetof(lq_config_relay_t, field)

const char *const lq_finality_names[LQ_FINALITY_CNT] = {"finalized", "safe", "none"};
static const char *const mempools[] = {"none", "hashes", "full"};
static const char *const bools[] = {"false", "true"};
const char *const lq_config_protocols[LQ_CONFIG_PROTOCOL_CNT] = {"aave_v3", "morpho_blue"};
static const char *const fundings[] = {"inventory", "flash"};     /* lq_funding_t */
static const char *const venues[] = {"uniswap_v3", "uniswap_v2"}; /* lq_venue_kind_t */
static const char *const lenders[] = {"aave_v3", "morpho_blue",
                                      "uniswap_v3"};              /* lq_lender_kind_t */
static const char *const bids[] = {"fixed", "share"};             /* lq_bid_kind_t */
static const char *const relays[] = {"private", "bundle"};        /* lq_relay_kind_t */
static const char *const seizeds[] = {"hold", "swap", "sweep"};   /* lq_seized_action_t */
static const char *const roles[] = {"read", "subscribe", "send"}; /* bit i is lq_role_t 1 << i */

static const lq_schema_section_t sections[] = {
    {.path = "chain",
     .help = "The chain that this process works on. One process serves one chain; the files in "
             "chain/ hold these values for well-known ones."},
    {.path = "nodes.*",
     .help =
         "The nodes that are asked, each under a name of your own. The daemon uses all of "
         "them at once: it subscribes at each, asks the one that is best just now, and goes on with "
         "the others when one fails. Own nodes on this machine come first; the order breaks ties.",
     .offset = offsetof(lq_config_t, nodes),
     .cnt_offset = offsetof(lq_config_t, node_cnt),
     .elem_sz = sizeof(lq_config_node_t),
     .elem_max = LQ_POOL_ENDPOINT_MAX,
     .sample = "local"},
    {.path = "markets.*",
     .help =
         "The deployments of lending protocols that are kept, each under a name of your own; the "
         "files in market/ hold well-known ones.",
     .offset = offsetof(lq_config_t, markets),
     .cnt_offset = offsetof(lq_config_t, market_cnt),
     .elem_sz = sizeof(lq_config_market_t),
     .elem_max = LQ_CONFIG_MARKET_MAX,
     .sample = "aave"},
    {.path = "feeds.*",
     .help = "What is promised of price feeds, and the chain does not tell. A feed that is not "
             "named here works as well; only whether its answer is too old cannot be said.",
     .offset = offsetof(lq_config_t, feeds),
     .cnt_offset = offsetof(lq_config_t, feed_cnt),
     .elem_sz = sizeof(lq_config_feed_t),
     .elem_max = LQ_CONFIG_FEED_MAX,
     .sample = "eth_usd"},
    {.path = "tokens.*",
     .help = "What tells our own price of a token, beside the protocol's: that one decides who can "
             "be liquidated, ours what it is worth.",
     .offset = offsetof(lq_config_t, tokens),
     .cnt_offset = offsetof(lq_config_t, token_cnt),
     .elem_sz = sizeof(lq_config_token_t),
     .elem_max = LQ_CONFIG_TOKEN_MAX,
     .sample = "weth"},
    {.path = "venues.*",
     .help =
         "The pools that tokens are swapped in, each list of them under a name of your own; the "
         "files in venue/ hold well-known ones. What is seized is swapped along the best way "
         "through these and no others: one pool, two, or several ways at once.",
     .offset = offsetof(lq_config_t, venues),
     .cnt_offset = offsetof(lq_config_t, venue_cnt),
     .elem_sz = sizeof(lq_config_venue_t),
     .elem_max = LQ_CONFIG_VENUE_MAX,
     .sample = "uniswap_v3"},
    {.path = "lenders.*",
     .help = "Who makes flash loans, each under a name of your own. Of those that have enough of a "
             "token the cheapest lends it. Fees and balances are read from the chain.",
     .offset = offsetof(lq_config_t, lenders),
     .cnt_offset = offsetof(lq_config_t, lender_cnt),
     .elem_sz = sizeof(lq_config_lender_t),
     .elem_max = LQ_VENUES_LENDER_MAX,
     .sample = "morpho"},
    {.path = "executor",
     .help = "Our contract, through which all goes that needs more than one call: it borrows, "
             "liquidates, swaps and repays, or reverts."},
    {.path = "value", .help = "When our own price of a token counts."},
    {.path = "profit",
     .help = "What a liquidation must earn, in dollars at our own prices, net of gas, swap, flash "
             "loan and bid. Below it nothing is sent."},
    {.path = "gas",
     .help = "What is paid for gas beside the base fee. Amounts of the chain's coin are "
             "written with their unit: ETH stands for a whole coin, whatever the chain calls it."},
    {.path = "bid",
     .help = "What is offered to whoever builds the block, on top of base fee and tip."},
    {.path = "liquidation", .help = "How opportunities are taken."},
    {.path = "limits",
     .help = "What holds transactions back although they would earn. The defaults are those of an "
             "operator with own money who starts: they end a day that goes wrong early. What they "
             "have counted outlives a restart where memory.file is set."},
    {.path = "inventory.*",
     .help = "The own tokens that may be spent, each under a name of your own. In a dry run all of "
             "it is taken to be there.",
     .offset = offsetof(lq_config_t, inventory),
     .cnt_offset = offsetof(lq_config_t, inventory_cnt),
     .elem_sz = sizeof(lq_config_inventory_t),
     .elem_max = LQ_CONFIG_INVENTORY_MAX,
     .sample = "usdc"},
    {.path = "senders.*",
     .help =
         "The accounts that send transactions and pay for them, each under a name of your own. "
         "What does not touch the same goes through several at once, each at nonces of its own; "
         "more than one need an executor, which holds what all of them spend. A dry run needs "
         "none.",
     .offset = offsetof(lq_config_t, senders),
     .cnt_offset = offsetof(lq_config_t, sender_cnt),
     .elem_sz = sizeof(lq_config_sender_t),
     .elem_max = LQ_TXMAN_SENDER_MAX,
     .sample = "main"},
    {.path = "send",
     .help = "How transactions are sent, followed and replaced. Each goes all ways at once: to the "
             "nodes of role send, where send.public is true, and to all relays."},
    {.path = "relays.*",
     .help = "Who takes transactions that the public does not see, each under a name of your own.",
     .offset = offsetof(lq_config_t, relays),
     .cnt_offset = offsetof(lq_config_t, relay_cnt),
     .elem_sz = sizeof(lq_config_relay_t),
     .elem_max = LQ_CONFIG_RELAY_MAX,
     .sample = "flashbots"},
    {.path = "journal",
     .help = "What was ever sent, what came of it, and why what was not taken was not: see "
             "liqd-journal(5). A transaction is recorded before it leaves, first in memory that a "
             "killed process does not lose, then on disk. Where that fails nothing is sent."},
    {.path = "control", .help = "Where a running daemon is asked: liqd status, pause and resume."},
    {.path = "record",
     .help = "A folder that events are recorded to without end, in files that liqd replay plays "
             "again."},
    {.path = "seized", .help = "What is done with collateral that was seized and kept."},
    {.path = "cpu", .help = "What the daemon may take of the machine."},
    {.path = "book",
     .help = "How much is kept. All memory is reserved at the start and used as it fills; what is "
             "beyond is counted, reported and not kept."},
    {.path = "audit",
     .help = "At each block accounts are compared with what the contracts themselves say of them. "
             "A market is only watched until 1,000 such audits have matched."},
    {.path = "snapshot",
     .help = "A file that keeps the state, so that a restart costs only the blocks missed. It is "
             "written anew under another name and then renamed; nobody else can read it. One "
             "process uses it at a time."},
    {.path = "memory",
     .help = "A file that keeps what limits have counted and what was learned of gas, so that a "
             "restart forgives nothing. It is written like the snapshot. One that is damaged is "
             "refused, never passed over."},
    {.path = "log", .help = "What is logged, how and where."},
};

/* clang-format off */
static const lq_schema_key_t keys[] = {
    {.path = "chain.id", .type = LQ_SCHEMA_U64,
     .min = 1, .max = 0x7fffffffffffffdb, /* EIP-2294 */
     AT(chain_id),
     .help = "EIP-155 chain id. A node that reports another one is refused."},
    {.path = "chain.name", .type = LQ_SCHEMA_STRING, .min = 1, .max = 32, .fallback = "unnamed",
     AT(chain_name),
     .help = "What messages and reports call the chain."},
    {.path = "chain.block_time", .type = LQ_SCHEMA_TIME,
     .min = 50000000, .max = 600000000000, .fallback = "12 s",
     AT(block_ns),
     .help = "Time between blocks. A node whose head is older than two of them, and than five "
             "seconds, while another has a newer one, is left alone until it has caught up."},
    {.path = "chain.finality", .type = LQ_SCHEMA_ENUM,
     .choices = lq_finality_names, .choice_cnt = LQ_FINALITY_CNT, .fallback = "finalized",
     AT(finality),
     .help = "The tag by which nodes name the highest block that stays. none: the chain has no such "
             "tag, and a block stays once 64 others are on top of it."},
    {.path = "chain.mempool", .type = LQ_SCHEMA_ENUM,
     .choices = mempools, .choice_cnt = LQ_ARRAY_CNT(mempools), .fallback = "full",
     AT(mempool),
     .help = "How pending transactions are watched: full asks nodes for them whole, and for hashes "
             "where they refuse that; hashes asks for hashes, and fetches; none: the chain shows "
             "none, or they are not wanted."},
    {.path = "chain.logs_bloom", .type = LQ_SCHEMA_ENUM,
     .choices = bools, .choice_cnt = LQ_ARRAY_CNT(bools), .fallback = "true",
     AT(logs_bloom),
     .help = "Whether headers carry a bloom of their logs, as Ethereum's do. With it an answer "
             "without logs is checked, not believed."},
    {.path = "chain.elasticity", .type = LQ_SCHEMA_U64, .max = 1000, .fallback = "2",
     AT(elasticity),
     .help = "EIP-1559's elasticity multiplier: how many times its gas target a block may use. 0, "
             "as for chain.base_fee_denominator: the chain sets its base fee in another way."},
    {.path = "chain.base_fee_denominator", .type = LQ_SCHEMA_U64, .max = 1000000, .fallback = "8",
     AT(base_fee_denominator),
     .help = "EIP-1559's base fee change denominator. liqd check --online compares what follows "
             "from both with the blocks of the chain."},
    {.path = "chain.multicall", .type = LQ_SCHEMA_STRING, .max = 42,
     .fallback = "0xcA11bde05977b3631167028862bE2a173976CA11",
     AT(multicall),
     .help = "Address of Multicall3, which answers many reads at once. Empty: there is none, and "
             "reads go out as a batch."},
    {.path = "chain.coin_token", .type = LQ_SCHEMA_STRING, .max = 42, .fallback = "",
     AT(coin_token),
     .help = "Address of the token that wraps the chain's coin, such as WETH: its price is what gas "
             "costs in dollars. Empty: not known, and nothing can be liquidated."},

    {.path = "nodes.*.url", .type = LQ_SCHEMA_URL, .secret = true,
     AT_NODE(url),
     .help = "Where the node listens. A Unix socket is the fastest, then a WebSocket; over HTTP there "
             "are no subscriptions, and heads are polled."},
    {.path = "nodes.*.roles", .type = LQ_SCHEMA_SET,
     .choices = roles, .choice_cnt = LQ_ARRAY_CNT(roles), .fallback = "read subscribe send",
     AT_NODE(roles),
     .help = "What it is used for."},
    {.path = "nodes.*.header", .type = LQ_SCHEMA_STRING, .max = 4000, .fallback = "",
     .secret = true,
     AT_NODE(header),
     .help = "A header for each connection, such as \"Authorization: Bearer TOKEN\". A user and a "
             "password in the URL make one of their own."},
    {.path = "nodes.*.jwt_secret", .type = LQ_SCHEMA_STRING, .max = 66, .fallback = "",
     .secret = true,
     AT_NODE(jwt_secret),
     .help = "32 bytes in hex, as in a node's jwt.hex: each connection then carries a token made "
             "from them."},
    {.path = "nodes.*.ca_file", .type = LQ_SCHEMA_PATH, .max = 4000, .fallback = "",
     AT_NODE(ca_file),
     .help = "Certificates (PEM) that are trusted instead of the system's."},
    {.path = "nodes.*.timeout", .type = LQ_SCHEMA_TIME,
     .min = 10000000, .max = 600000000000, .fallback = "5 s",
     AT_NODE(timeout_ns),
     .help = "How long an answer may take before another node is asked."},
    {.path = "nodes.*.answer_max", .type = LQ_SCHEMA_SIZE,
     .min = 65536, .max = (uint64_t)255 << 20, .fallback = "64 MiB",
     AT_NODE(answer_max_sz),
     .help = "The largest answer. A longer one counts as a fault of the node."},
    {.path = "nodes.*.rate", .type = LQ_SCHEMA_U64, .unit = "requests per second",
     .max = 1000000, .fallback = "0",
     AT_NODE(rate),
     .help = "How many requests the node may be sent. 0: no limit."},
    {.path = "nodes.*.send_reserve", .type = LQ_SCHEMA_U64, .unit = "requests per second",
     .max = 1000000, .fallback = "0",
     AT_NODE(send_reserve),
     .help = "How many of these are kept for transactions."},

    {.path = "markets.*.protocol", .type = LQ_SCHEMA_ENUM,
     .choices = lq_config_protocols, .choice_cnt = LQ_CONFIG_PROTOCOL_CNT,
     AT_MARKET(protocol),
     .help = "The protocol, or the one that it is a fork of."},
    {.path = "markets.*.address", .type = LQ_SCHEMA_STRING, .min = 42, .max = 42,
     AT_MARKET(address),
     .help = "Address of the contract that accounts borrow from: Aave's pool (the proxy), or Morpho."},
    {.path = "markets.*.version", .type = LQ_SCHEMA_STRING, .min = 1, .max = 16,
     .fallback = "probe",
     AT_MARKET(version),
     .help = "The protocol's version, such as \"3.5\" in quotes. probe: it is found out by how the "
             "contracts behave, never by a revision number, which forks choose as they like."},
    {.path = "markets.*.from_block", .type = LQ_SCHEMA_U64, .unit = "blocks",
     .max = UINT32_MAX, .fallback = "0",
     AT_MARKET(from_blk),
     .help = "The block that the contract was created in. The logs from there on name the borrowers; "
             "too low a number costs time, too high a one leaves borrowers out."},
    {.path = "markets.*.ids", .type = LQ_SCHEMA_LIST, .max = 4096, .fallback = "",
     AT_MARKET(ids),
     .help = "Of morpho_blue: the ids of the isolated markets to keep, each 32 bytes in hex. Empty: "
             "all that there are."},
    {.path = "markets.*.assets", .type = LQ_SCHEMA_U64, .unit = "assets",
     .max = 16384, .fallback = "0",
     AT_MARKET(assets),
     .help = "How many reserves, or isolated markets, there is room for. 0: 128 for aave_v3; for "
             "morpho_blue as many as ids names, else 4096."},
    {.path = "markets.*.liquidate", .type = LQ_SCHEMA_ENUM,
     .choices = bools, .choice_cnt = LQ_ARRAY_CNT(bools), .fallback = "true",
     AT_MARKET(liquidate),
     .help = "Whether its accounts are liquidated. false: they are watched only."},
    {.path = "markets.*.funding", .type = LQ_SCHEMA_ENUM,
     .choices = fundings, .choice_cnt = LQ_ARRAY_CNT(fundings), .fallback = "flash",
     AT_MARKET(funding),
     .help = "What debt is repaid with. flash: a flash loan, for which a part of what is seized is "
             "swapped; see lenders, venues and executor. inventory: own tokens, see inventory; what "
             "is seized is kept."},

    {.path = "feeds.*.address", .type = LQ_SCHEMA_STRING, .min = 42, .max = 42,
     AT_FEED(address),
     .help = "Address of the feed's proxy, which protocols ask; its aggregator is found by itself."},
    {.path = "feeds.*.heartbeat", .type = LQ_SCHEMA_TIME, .max = 2592000000000000,
     .fallback = "0 s",
     AT_FEED(heartbeat_ns),
     .help = "An answer comes at least so often. 0 s: not known; what is older than value.grace then "
             "counts as stale for our own price."},
    {.path = "feeds.*.deviation", .type = LQ_SCHEMA_U64, .unit = "bps", .max = 10000,
     .fallback = "0",
     AT_FEED(deviation_bps),
     .help = "And when the value has moved by so many hundredths of a percent. 0: not known."},

    {.path = "tokens.*.address", .type = LQ_SCHEMA_STRING, .min = 42, .max = 42,
     AT_TOKEN(address),
     .help = "Address of the token."},
    {.path = "tokens.*.sources", .type = LQ_SCHEMA_LIST, .min = 42, .max = 4096,
     AT_TOKEN(sources),
     .help = "Addresses of up to 16 contracts that answer latestAnswer() with the price of one token "
             "in the market's unit of account: feeds, or oracles such as Aave's."},

    {.path = "venues.*.kind", .type = LQ_SCHEMA_ENUM,
     .choices = venues, .choice_cnt = LQ_ARRAY_CNT(venues),
     AT_VENUE(kind),
     .help = "The protocol of the pools, or the one that they are a fork of."},
    {.path = "venues.*.factory", .type = LQ_SCHEMA_STRING, .max = 42, .fallback = "",
     AT_VENUE(factory),
     .help = "Address of the contract that made the pools. Each pool is used only if its factory "
             "knows it with its tokens and its fee. Empty: it is not asked, and what the pools say "
             "of themselves is believed."},
    {.path = "venues.*.pools", .type = LQ_SCHEMA_LIST, .min = 42, .max = 65536,
     AT_VENUE(pools),
     .help = "Addresses of the pools; 1024 of all venues together."},
    {.path = "venues.*.fee", .type = LQ_SCHEMA_U64, .unit = "bps", .max = 1000, .fallback = "30",
     AT_VENUE(fee_bps),
     .help = "Of uniswap_v2: what the pools take of each swap, in hundredths of a percent. A pool "
             "of uniswap_v3 tells its own."},

    {.path = "lenders.*.kind", .type = LQ_SCHEMA_ENUM,
     .choices = lenders, .choice_cnt = LQ_ARRAY_CNT(lenders),
     AT_LENDER(kind),
     .help = "aave_v3: its pool lends what it has. morpho_blue: lends what it has, for nothing. "
             "uniswap_v3: a pool lends its own two tokens, at its fee, and nobody can swap in it "
             "meanwhile."},
    {.path = "lenders.*.address", .type = LQ_SCHEMA_STRING, .min = 42, .max = 42,
     AT_LENDER(address),
     .help = "Address of the contract that lends."},

    {.path = "executor.address", .type = LQ_SCHEMA_STRING, .max = 42, .fallback = "",
     AT(executor),
     .help = "Where it is deployed. Empty: nowhere. Then a dry run does as if it were, and where "
             "all is funded from the inventory each call is a transaction of its own."},
    {.path = "executor.slippage", .type = LQ_SCHEMA_U64, .unit = "bps", .max = 5000,
     .fallback = "30",
     .reloadable = true,
     AT(slippage_bps),
     .help = "How many hundredths of a percent more than quoted a swap may cost when the "
             "transaction is mined. A liquidation may gain less than planned by so many of what it "
             "gains and swaps together, as long as profit.min is left; beyond that it reverts. "
             "Beside that, where all of a debt or of a collateral goes, interest may take up to "
             "0.012 % of what is repaid."},
    {.path = "executor.sweep", .type = LQ_SCHEMA_ENUM,
     .choices = bools, .choice_cnt = LQ_ARRAY_CNT(bools), .fallback = "true",
     AT(sweep),
     .help = "Whether what is gained goes to the executor's owner at once. false: it stays there, "
             "where whoever holds an operator's key could spend it."},

    {.path = "value.grace", .type = LQ_SCHEMA_TIME, .max = 86400000000000, .fallback = "1 min",
     .reloadable = true,
     AT(value_grace_ns),
     .help = "How long beyond its heartbeat a source is still fresh, and how far ahead its clock may "
             "run."},
    {.path = "value.deviation", .type = LQ_SCHEMA_U64, .unit = "bps", .min = 1, .max = 10000,
     .fallback = "200",
     .reloadable = true,
     AT(value_deviation_bps),
     .help = "Sources farther than this from the median are outliers. Where no majority is left, the "
             "token has no price of ours."},
    {.path = "value.protocol_prices", .type = LQ_SCHEMA_ENUM,
     .choices = bools, .choice_cnt = LQ_ARRAY_CNT(bools), .fallback = "true",
     AT(protocol_prices),
     .help = "Whether a protocol's own oracle, where it answers in dollars, is one of a token's "
             "sources. false: only those of tokens count, and a token that is not named there has no "
             "price of ours."},

    {.path = "profit.min", .type = LQ_SCHEMA_USD, .max = 1000000000, .fallback = "5",
     .reloadable = true,
     AT(profit_min_usd),
     .help = "At least so many dollars. 5 keeps dust and rounding away."},
    {.path = "profit.min_return", .type = LQ_SCHEMA_U64, .unit = "bps", .max = 10000,
     .fallback = "0",
     .reloadable = true,
     AT(profit_min_bps),
     .help = "And at least so many hundredths of a percent of what is repaid."},

    {.path = "gas.tip", .type = LQ_SCHEMA_WEI, .max = 1000000, .fallback = "0.1 gwei",
     .reloadable = true,
     AT(tip_wei),
     .help = "Priority fee per gas. Enough for blocks that are not full; what outbids others is the "
             "bid."},

    {.path = "bid.kind", .type = LQ_SCHEMA_ENUM,
     .choices = bids, .choice_cnt = LQ_ARRAY_CNT(bids), .fallback = "share",
     .reloadable = true,
     AT(bid_kind),
     .help = "fixed: bid.amount a transaction. share: bid.share of the profit."},
    {.path = "bid.amount", .type = LQ_SCHEMA_WEI, .max = 1000000000000, .fallback = "0 ETH",
     .reloadable = true,
     AT(bid_fixed_wei),
     .help = "What is offered where bid.kind is fixed."},
    {.path = "bid.share", .type = LQ_SCHEMA_U64, .unit = "bps", .max = 10000, .fallback = "5000",
     .reloadable = true,
     AT(bid_share_bps),
     .help = "How many hundredths of a percent of the profit before the bid are offered where "
             "bid.kind is share; at most 100 coins, which is the most that a key signs."},
    {.path = "bid.cap", .type = LQ_SCHEMA_U64, .unit = "bps", .max = 10000, .fallback = "9000",
     .reloadable = true,
     AT(bid_cap_bps),
     .help = "Never more of that profit is bid, whatever the kind, so that a tenth stays for a price "
             "that moves meanwhile."},

    {.path = "liquidation.atomic", .type = LQ_SCHEMA_ENUM,
     .choices = bools, .choice_cnt = LQ_ARRAY_CNT(bools), .fallback = "true",
     AT(atomic),
     .help = "Whether several calls for one account go in one transaction. false: each in its own, "
             "at a nonce of its own, where the first may be mined without the second."},
    {.path = "liquidation.blocks", .type = LQ_SCHEMA_U64, .unit = "blocks", .min = 1, .max = 16,
     .fallback = "3",
     AT(target_blk),
     .help = "For how many blocks a transaction is good."},
    {.path = "liquidation.candidates", .type = LQ_SCHEMA_U64, .unit = "accounts", .min = 16,
     .max = 1048576, .fallback = "16384",
     AT(candidates),
     .help = "How many accounts that can be liquidated there is room for at once. Beyond them the "
             "poorest are not looked at."},
    {.path = "liquidation.in_flight", .type = LQ_SCHEMA_U64, .unit = "transactions", .min = 1,
     .max = 1024, .fallback = "32",
     AT(in_flight),
     .help = "How many transactions may be without an outcome at once."},
    {.path = "liquidation.gas_kinds", .type = LQ_SCHEMA_U64, .unit = "kinds", .min = 16,
     .max = 65536, .fallback = "4096",
     AT(gas_kinds),
     .help = "Of how many kinds of transactions it is remembered what gas they took; the least used "
             "are forgotten first."},

    {.path = "limits.gas_hour", .type = LQ_SCHEMA_WEI, .max = 1000000000000000,
     .fallback = "0.1 ETH",
     .reloadable = true,
     AT(gas_hour_wei),
     .help = "At most so much is spent on gas in an hour. A dozen liquidations on a busy Ethereum: "
             "whoever loses every race must notice before much is gone. 0 ETH: no limit."},
    {.path = "limits.gas_day", .type = LQ_SCHEMA_WEI, .max = 1000000000000000,
     .fallback = "0.5 ETH",
     .reloadable = true,
     AT(gas_day_wei),
     .help = "And in a day. 0 ETH: no limit."},
    {.path = "limits.loss_day", .type = LQ_SCHEMA_USD, .max = 1000000000, .fallback = "250",
     .reloadable = true,
     AT(loss_day_usd),
     .help = "When so many dollars were lost in a day, as the chain tells at finality, nothing is "
             "sent until the day has passed or an operator says so: what loses that often is "
             "misjudged, not unlucky. 0: no limit."},
    {.path = "limits.revert_ratio", .type = LQ_SCHEMA_U64, .unit = "bps", .min = 1, .max = 10000,
     .fallback = "5000",
     .reloadable = true,
     AT(revert_ratio_bps),
     .help = "When more hundredths of a percent of the newest transactions reverted, nothing is "
             "sent for limits.revert_hold. Half: a lost race reverts, but not every second one. "
             "10000: no limit."},
    {.path = "limits.revert_window", .type = LQ_SCHEMA_U64, .unit = "transactions", .min = 1,
     .max = LQ_LIMITS_WINDOW_MAX, .fallback = "10",
     .reloadable = true,
     AT(revert_window),
     .help = "How many are the newest transactions. Before so many have ended it does not count."},
    {.path = "limits.revert_hold", .type = LQ_SCHEMA_TIME, .min = 1000000000,
     .max = 604800000000000, .fallback = "10 min",
     .reloadable = true,
     AT(revert_hold_ns),
     .help = "How long it holds; after that it counts anew."},
    {.path = "limits.exposure", .type = LQ_SCHEMA_USD, .max = 1000000000000,
     .fallback = "100000",
     .reloadable = true,
     AT(exposure_usd),
     .help = "Dollars that may be in flight at once: what a wrong price could cost before anybody "
             "has looked. 0: no limit."},
    {.path = "limits.borrower_failures", .type = LQ_SCHEMA_U64, .unit = "transactions",
     .max = LQ_LIMITS_FAILURE_MAX, .fallback = "3",
     .reloadable = true,
     AT(borrower_failures),
     .help = "When so many for one account failed within limits.borrower_window, it is left alone: "
             "some accounts are made to cost liquidators gas. 0: no limit."},
    {.path = "limits.borrower_window", .type = LQ_SCHEMA_TIME, .min = 1000000000,
     .max = 604800000000000, .fallback = "1 h",
     .reloadable = true,
     AT(borrower_window_ns),
     .help = "How long a failure counts."},
    {.path = "limits.base_fee", .type = LQ_SCHEMA_WEI, .max = 1000000000, .fallback = "1000 gwei",
     .reloadable = true,
     AT(base_fee_max_wei),
     .help = "Above this base fee nothing is sent. High, since fees are highest when most can be "
             "liquidated, and profit is net of them; beyond it estimates are no good. 0 ETH: no "
             "limit."},
    {.path = "limits.gas_balance", .type = LQ_SCHEMA_WEI, .max = 1000000000000000,
     .fallback = "0.02 ETH",
     .reloadable = true,
     AT(gas_balance_min_wei),
     .help = "Below this balance of the senders nothing is sent: a transaction that cannot be paid "
             "blocks those behind it. 0 ETH: no limit."},
    {.path = "limits.stale_head", .type = LQ_SCHEMA_TIME, .max = 86400000000000,
     .fallback = "60 s",
     .reloadable = true,
     AT(stale_head_ns),
     .help = "When the newest block is older, nothing is sent: what we know is old, or the chain "
             "stands still. 0 s: no limit."},
    {.path = "limits.gap", .type = LQ_SCHEMA_U64, .unit = "bps", .max = 10000, .fallback = "300",
     .reloadable = true,
     AT(gap_bps),
     .help = "When our own price of a token is farther than this from the protocol's, nothing of it "
             "is repaid or seized: one of both is wrong, and bonuses are hardly larger. 0: no "
             "limit."},

    {.path = "inventory.*.token", .type = LQ_SCHEMA_STRING, .min = 4, .max = 42,
     AT_OWN(token),
     .help = "Address of the token; or coin: the chain's own, which gas is paid with. In a dry run "
             "that does not name it there is always enough of the coin."},
    {.path = "inventory.*.amount", .type = LQ_SCHEMA_STRING, .min = 1, .max = 80,
     AT_OWN(amount),
     .help = "How many whole tokens may be spent at most, such as \"12.5\"."},

    {.path = "senders.*.keystore", .type = LQ_SCHEMA_PATH, .max = 4000, .fallback = "",
     AT_SENDER(keystore),
     .help = "File with the account's private key, encrypted: see liqd keys. Empty: remote signs."},
    {.path = "senders.*.passphrase_file", .type = LQ_SCHEMA_PATH, .max = 4000, .fallback = "",
     AT_SENDER(passphrase_file),
     .help = "File with its passphrase, which nobody else may read. Empty: systemd's credential "
             "liqd-NAME, of the section's name; where there is none, the environment variable "
             "LIQD_PASSPHRASE, with a warning, since others may come to see it there."},
    {.path = "senders.*.address", .type = LQ_SCHEMA_STRING, .max = 42, .fallback = "",
     AT_SENDER(address),
     .help = "Address of the account. A key of another one is refused. Empty: that of the key."},
    {.path = "senders.*.remote", .type = LQ_SCHEMA_URL, .fallback = "", .secret = true,
     AT_SENDER(remote),
     .help = "URL of a Web3Signer that holds the key and signs, https:// where it is not on this "
             "machine. What it answers is verified."},
    {.path = "senders.*.client_cert", .type = LQ_SCHEMA_PATH, .max = 4000, .fallback = "",
     AT_SENDER(client_cert),
     .help = "Certificate (PEM) by which that signer knows us."},
    {.path = "senders.*.client_key", .type = LQ_SCHEMA_PATH, .max = 4000, .fallback = "",
     AT_SENDER(client_key),
     .help = "Its private key (PEM)."},
    {.path = "senders.*.ca_file", .type = LQ_SCHEMA_PATH, .max = 4000, .fallback = "",
     AT_SENDER(ca_file),
     .help = "Certificates (PEM) that are trusted instead of the system's."},

    {.path = "send.public", .type = LQ_SCHEMA_ENUM,
     .choices = bools, .choice_cnt = LQ_ARRAY_CNT(bools), .fallback = "true",
     AT(send_public),
     .help = "Whether nodes of role send are given transactions, which the public then sees before "
             "they are mined. false: relays alone are."},
    {.path = "send.simulate", .type = LQ_SCHEMA_ENUM,
     .choices = bools, .choice_cnt = LQ_ARRAY_CNT(bools), .fallback = "true",
     AT(send_simulate),
     .help = "Whether a node runs each transaction on the newest state before it is sent. What "
             "would revert is not sent; it costs the time of one answer."},
    {.path = "send.max_fee", .type = LQ_SCHEMA_WEI, .min = 1, .max = 1000000000,
     .fallback = "500 gwei",
     AT(max_fee_wei),
     .help = "Never more is paid per gas, whatever for."},
    {.path = "send.bump", .type = LQ_SCHEMA_U64, .unit = "bps", .min = 1250, .max = 10000,
     .fallback = "2000",
     AT(bump_bps),
     .help = "A transaction that was not mined is replaced at fees higher by so many hundredths of a "
             "percent. Nodes refuse less than 1250."},
    {.path = "send.bump_blocks", .type = LQ_SCHEMA_U64, .unit = "blocks", .max = 64,
     .fallback = "1",
     AT(bump_blk),
     .help = "So many blocks after it was sent. 0: never."},
    {.path = "send.resend", .type = LQ_SCHEMA_TIME, .min = 1000000000, .max = 3600000000000,
     .fallback = "48 s",
     AT(resend_ns),
     .help = "How often what was not mined is sent again as it is, to nodes that may have lost it."},
    {.path = "send.in_flight", .type = LQ_SCHEMA_U64, .unit = "transactions", .min = 1,
     .max = LQ_TXMAN_SLOT_MAX, .fallback = "16",
     AT(send_in_flight),
     .help = "How many of one sender may be sent and not mined. Nodes keep 16 of an account; more "
             "may be dropped."},
    {.path = "send.confirmations", .type = LQ_SCHEMA_U64, .unit = "blocks", .min = 1, .max = 64,
     .fallback = "64",
     AT(confirmations_blk),
     .help = "Where chain.finality is none: how many blocks on top of its own make a transaction "
             "final."},
    {.path = "send.relay_key", .type = LQ_SCHEMA_PATH, .max = 4000, .fallback = "",
     AT(relay_key),
     .help = "Keystore of the key by which relays know us. It signs nothing else, and its account "
             "should hold nothing. Empty: none."},
    {.path = "send.relay_passphrase_file", .type = LQ_SCHEMA_PATH, .max = 4000, .fallback = "",
     AT(relay_passphrase_file),
     .help = "File with its passphrase. Empty: systemd's credential liqd-relay, or LIQD_PASSPHRASE, "
             "as for senders."},
    {.path = "send.bundle_blocks", .type = LQ_SCHEMA_U64, .unit = "blocks", .min = 1, .max = 16,
     .fallback = "3",
     AT(bundle_blk),
     .help = "For how many blocks at once relays of kind bundle are given it."},
    {.path = "send.gas_margin", .type = LQ_SCHEMA_U64, .unit = "bps", .max = 100000,
     .fallback = "3000",
     AT(gas_margin_bps),
     .help = "A gas limit is the estimate and so many hundredths of a percent more: what is not used "
             "is not paid."},
    {.path = "send.quorum", .type = LQ_SCHEMA_U64, .unit = "nodes", .min = 1,
     .max = LQ_EXEC_QUORUM_MAX, .fallback = "2",
     AT(count_quorum),
     .help = "How many nodes are asked, where there are so many, how many transactions of ours were "
             "mined and which are unknown. Where they differ we wait: the same bytes go again, but "
             "none that pay more, and nothing is cancelled."},

    {.path = "relays.*.kind", .type = LQ_SCHEMA_ENUM,
     .choices = relays, .choice_cnt = LQ_ARRAY_CNT(relays),
     AT_RELAY(kind),
     .help = "private: it takes eth_sendPrivateTransaction. bundle: a builder, or who passes on to "
             "builders, that takes eth_sendBundle."},
    {.path = "relays.*.url", .type = LQ_SCHEMA_URL, .secret = true,
     AT_RELAY(url),
     .help = "Where it listens, https:// where it is not on this machine."},
    {.path = "relays.*.header", .type = LQ_SCHEMA_STRING, .max = 4000, .fallback = "",
     .secret = true,
     AT_RELAY(header),
     .help = "A header for each request, such as \"Authorization: Bearer TOKEN\"."},
    {.path = "relays.*.sign", .type = LQ_SCHEMA_ENUM,
     .choices = bools, .choice_cnt = LQ_ARRAY_CNT(bools), .fallback = "true",
     AT_RELAY(sign),
     .help = "Whether requests carry X-Flashbots-Signature, made with send.relay_key."},
    {.path = "relays.*.timeout", .type = LQ_SCHEMA_TIME, .min = 10000000, .max = 600000000000,
     .fallback = "5 s",
     AT_RELAY(timeout_ns),
     .help = "How long an answer may take."},

    {.path = "journal.file", .type = LQ_SCHEMA_PATH, .max = 4000, .fallback = "",
     AT(journal_file),
     .help = "The journal, an SQLite database on a disk that stays. A live run needs one; it "
             "belongs to one chain and its senders."},
    {.path = "journal.run_dir", .type = LQ_SCHEMA_PATH, .min = 1, .max = 4000,
     .fallback = "/run/liqd",
     AT(run_dir),
     .help = "Folder on a tmpfs for the write-ahead log and for the lock of each sender, by which "
             "two processes never use one key. All processes of this machine must name the same."},
    {.path = "journal.wal_size", .type = LQ_SCHEMA_SIZE, .min = LQ_WAL_SZ_MIN,
     .max = LQ_WAL_SZ_MAX, .fallback = "64 MiB",
     AT(wal_sz),
     .help = "Size of the write-ahead log, a power of two: what may wait for a disk that is slow. "
             "It is taken from memory at the start."},

    {.path = "control.socket", .type = LQ_SCHEMA_PATH, .max = LQ_CONFIG_SOCKET_MAX, .fallback = "",
     AT(control_socket),
     .help = "A Unix socket that only the daemon's own user and root may use. Empty: in "
             "journal.run_dir, named by chain.id and the first of senders."},

    {.path = "record.dir", .type = LQ_SCHEMA_PATH, .max = 3900, .fallback = "",
     AT(record_dir),
     .help = "The folder, which is made where only it is missing. Empty: nothing is recorded but "
             "what --record names. With --record it is not used."},
    {.path = "record.max_size", .type = LQ_SCHEMA_SIZE, .min = 1048576,
     .max = (uint64_t)1 << 40, .fallback = "1 GiB",
     AT(record_max_sz),
     .help = "A file that has grown so large is ended at the next block, and another begun: the "
             "next part of the recording, which liqd replay takes together."},
    {.path = "record.max_age", .type = LQ_SCHEMA_TIME, .min = 60000000000,
     .max = 31536000000000000, .fallback = "24 h",
     AT(record_max_age_ns),
     .help = "One that is so old too."},
    {.path = "record.keep", .type = LQ_SCHEMA_U64, .unit = "files", .min = 1, .max = 100000,
     .fallback = "7",
     AT(record_keep),
     .help = "How many files of this chain are kept: the oldest are deleted, but none that a kept "
             "one needs: the replay of a part needs all before it since the run began. So a run "
             "keeps all its files until a later one has as many."},

    {.path = "seized.action", .type = LQ_SCHEMA_ENUM,
     .choices = seizeds, .choice_cnt = LQ_ARRAY_CNT(seizeds), .fallback = "hold",
     AT(seized_action),
     .help = "What is held of the tokens under tokens beyond the inventory. hold: it stays where it "
             "is. swap: the executor swaps it along the venues into the first of the inventory's "
             "tokens, for no less than our own price gives after executor.slippage. sweep: it is "
             "sent to seized.cold."},
    {.path = "seized.cold", .type = LQ_SCHEMA_STRING, .max = 42, .fallback = "",
     AT(seized_cold),
     .help = "Address that it is sent to, whose key is not on this machine."},
    {.path = "seized.min", .type = LQ_SCHEMA_USD, .max = 1000000000, .fallback = "50",
     AT(seized_min_usd),
     .help = "What is worth less stays where it is, as does what is worth less than 20 times the "
             "gas."},

    {.path = "cpu.spin", .type = LQ_SCHEMA_ENUM,
     .choices = bools, .choice_cnt = LQ_ARRAY_CNT(bools), .fallback = "false",
     AT(cpu_spin),
     .help = "Whether the daemon never sleeps: it then reacts some 20 us earlier, and takes all of "
             "one core."},
    {.path = "cpu.pin", .type = LQ_SCHEMA_STRING, .min = 1, .max = 4, .fallback = "-1",
     AT(cpu_pin),
     .help = "Number of the core that it is bound to. -1: any."},
    {.path = "cpu.warm", .type = LQ_SCHEMA_ENUM,
     .choices = bools, .choice_cnt = LQ_ARRAY_CNT(bools), .fallback = "true",
     AT(cpu_warm),
     .help = "Whether a live run rehearses, while nothing happens, what comes between a price and "
             "its transaction, which then is sent a third sooner. A rehearsal has a key of its "
             "own, leaves the book as it was, and nothing of it is recorded or sent. It takes some 5 % "
             "of a core that sleeps else; with cpu.spin the core is busy anyway. Without cpu.spin, where others "
             "keep all cores busy, it costs what it should save: who sleeps less is woken later."},

    {.path = "book.accounts", .type = LQ_SCHEMA_U64, .unit = "accounts",
     .min = 16, .max = 67108864, .fallback = "250000",
     AT(book_accounts),
     .help = "How many borrowers there is room for, over all markets. Each takes about 300 bytes with "
             "its four legs: 250000 take 75 MB, a million 300 MB. Accounts that have repaid all keep "
             "their place."},
    {.path = "book.legs", .type = LQ_SCHEMA_U64, .unit = "legs", .max = 268435456,
     .fallback = "0",
     AT(book_legs),
     .help = "How many amounts there is room for, over all accounts: one for each asset that an "
             "account holds or owes. 0: four for each account."},
    {.path = "book.ticks", .type = LQ_SCHEMA_U64, .unit = "ticks", .min = 16, .max = LQ_VENUES_TICK_MAX,
     .fallback = "65536",
     AT(book_ticks),
     .help = "How many initialized ticks of pools there is room for. The largest pools have some "
             "thousands; one that finds no room is on no route."},
    {.path = "book.margin", .type = LQ_SCHEMA_U64, .unit = "bps", .max = 10000,
     .fallback = "200",
     AT(book_margin_bps),
     .help = "Accounts whose health factor is within so many hundredths of a percent above 1 are "
             "armed: watched at each block, and prepared for."},
    {.path = "book.groups", .type = LQ_SCHEMA_U64, .unit = "groups", .min = 16,
     .max = 1048576, .fallback = "16384",
     AT(book_groups),
     .help = "How many groups of accounts of the same assets there is room for. With too few nothing "
             "is missed, but each price costs more."},
    {.path = "book.oracles", .type = LQ_SCHEMA_U64, .unit = "oracles", .min = 16, .max = 65536,
     .fallback = "4096",
     AT(book_oracles),
     .help = "How many oracles there is room for."},
    {.path = "book.feeds", .type = LQ_SCHEMA_U64, .unit = "feeds", .min = 16, .max = 65536,
     .fallback = "4096",
     AT(book_feeds),
     .help = "How many price feeds and ratios there is room for."},
    {.path = "book.undo", .type = LQ_SCHEMA_SIZE, .min = 1048576,
     .max = (uint64_t)4 << 30, .fallback = "64 MiB",
     AT(book_undo_sz),
     .help = "Memory for taking back the newest 64 blocks. Where it does not hold as many, a reorg "
             "deeper than what it holds costs reading all accounts anew."},
    {.path = "book.replay", .type = LQ_SCHEMA_SIZE, .min = 1048576,
     .max = (uint64_t)4 << 30, .fallback = "64 MiB",
     AT(book_replay_sz),
     .help = "Memory for the logs of the newest 64 blocks, which are given again behind an answer "
             "that is older than they are."},

    {.path = "audit.accounts", .type = LQ_SCHEMA_U64, .unit = "accounts", .max = 256,
     .fallback = "8",
     AT(audit_accounts),
     .help = "How many accounts drawn at random are audited at each block."},
    {.path = "audit.riskiest", .type = LQ_SCHEMA_U64, .unit = "accounts", .max = 256,
     .fallback = "8",
     AT(audit_riskiest),
     .help = "And how many of those with the lowest health factors."},
    {.path = "audit.mismatch_max", .type = LQ_SCHEMA_U64, .unit = "audits",
     .max = 1000000, .fallback = "3",
     AT(audit_mismatch_max),
     .help = "After more audits than these that did not match a market is stopped: nothing of it is "
             "liquidated until an operator starts it again."},
    {.path = "audit.recheck", .type = LQ_SCHEMA_U64, .unit = "blocks", .min = 1,
     .max = 100000, .fallback = "50",
     AT(audit_recheck_blk),
     .help = "How often feeds are asked whether another aggregator stands behind them, which no log "
             "tells."},

    {.path = "snapshot.file", .type = LQ_SCHEMA_PATH, .max = 4000, .fallback = "",
     AT(snapshot_file),
     .help = "The file. Empty: none, and each start reads everything from the nodes."},
    {.path = "snapshot.every", .type = LQ_SCHEMA_TIME, .min = 1000000000,
     .max = 86400000000000, .fallback = "5 min",
     AT(snapshot_every_ns),
     .help = "How often it is written while the program works; at its end it is written too."},
    {.path = "snapshot.max_age", .type = LQ_SCHEMA_TIME, .min = 60000000000,
     .max = 31536000000000000, .fallback = "168 h",
     AT(snapshot_max_age_ns),
     .help = "An older one is not used: reading all accounts anew is then faster than the logs of "
             "all blocks since."},

    {.path = "memory.file", .type = LQ_SCHEMA_PATH, .max = 4000, .fallback = "",
     AT(memory_file),
     .help = "The file. Empty: none, and each start counts from nothing. A dry run keeps what it "
             "makes up in another, of this name with .dry behind it."},

    {.path = "log.level", .type = LQ_SCHEMA_ENUM,
     .choices = lq_log_level_names, .choice_cnt = LQ_LOG_LEVEL_CNT,
     .fallback = "info", .reloadable = true,
     AT(log_level),
     .help = "The least severe level that is logged."},
    {.path = "log.format", .type = LQ_SCHEMA_ENUM,
     .choices = lq_log_format_names, .choice_cnt = LQ_LOG_FORMAT_CNT,
     .fallback = "logfmt",
     AT(log_format),
     .help = "logfmt (key=value) for people, json (one object a line) for machines."},
    {.path = "log.file", .type = LQ_SCHEMA_PATH, .min = 0, .max = 4000, .fallback = "",
     AT(log_file),
     .help = "File that lines are appended to. Empty: standard error."},
    {.path = "log.rate", .type = LQ_SCHEMA_U64, .unit = "lines per second",
     .min = 0, .max = LQ_LOG_RATE_MAX, .fallback = "10", .reloadable = true,
     AT(log_rate),
     .help = "How many lines one place in the program may log per second, in the long run. What is "
             "held back is counted, and the place's next line says how many. 0 lifts the limit."},
    {.path = "log.burst", .type = LQ_SCHEMA_U64, .unit = "lines",
     .min = 1, .max = LQ_LOG_BURST_MAX, .fallback = "50", .reloadable = true,
     AT(log_burst),
     .help = "How many lines one place may log at once before log.rate holds it back."},
    {.path = "log.line_max", .type = LQ_SCHEMA_SIZE,
     .min = LQ_LOG_LINE_MIN, .max = LQ_LOG_LINE_MAX, .fallback = "4 KiB",
     AT(log_line_max_sz),
     .help = "The longest line. Fields that no longer fit are left out, and the line says so."},
    {.path = "log.value_max", .type = LQ_SCHEMA_SIZE,
     .min = LQ_LOG_VALUE_MIN, .max = LQ_LOG_LINE_MAX / 2, .fallback = "512 B",
     AT(log_value_max_sz),
     .help = "The longest value in a line: what strangers wrote, such as the name of a token or "
             "the reason of a revert, is cut there."},
};
/* clang-format on */

static const lq_schema_rule_t rules[] = {
    {{"chain.elasticity", "chain.base_fee_denominator"}, lq_config_check_base_fee},
    {{"chain.multicall"}, lq_config_check_multicall},
    {{"chain.coin_token"}, lq_config_check_coin},
    {{"nodes.*.header"}, lq_config_check_headers},
    {{"nodes.*.jwt_secret"}, lq_config_check_jwt_secrets},
    {{"nodes.*.roles"}, lq_config_check_roles},
    {{"nodes.*.rate", "nodes.*.send_reserve"}, lq_config_check_rates},
    {{"markets.*.address", "markets.*.protocol"}, lq_config_check_market_addresses},
    {{"markets.*.version", "markets.*.protocol"}, lq_config_check_versions},
    {{"markets.*.ids", "markets.*.protocol", "markets.*.assets"}, lq_config_check_ids},
    {{"feeds.*.address"}, lq_config_check_feeds},
    {{"tokens.*.address", "tokens.*.sources"}, lq_config_check_tokens},
    {{"venues.*.pools", "venues.*.factory", "venues.*.kind"}, lq_config_check_venues},
    {{"lenders.*.address", "lenders.*.kind"}, lq_config_check_lenders},
    {{"executor.address"}, lq_config_check_executor},
    {{"bid.kind", "bid.share", "bid.cap"}, lq_config_check_bid},
    {{"limits.gas_hour", "limits.gas_day"}, lq_config_check_gas},
    {{"limits.*"}, lq_config_check_limits},
    {{"inventory.*.token"}, lq_config_check_inventory_tokens},
    {{"inventory.*.amount", "inventory.*.token"}, lq_config_check_inventory_amounts},
    {{"markets.*.funding", "markets.*.liquidate", "inventory.*.token"}, lq_config_check_funding},
    {{"senders.*.*"}, lq_config_check_senders},
    {{"relays.*.url", "relays.*.header", "relays.*.sign", "send.relay_key"},
     lq_config_check_relays},
    {{"send.relay_key", "send.relay_passphrase_file"}, lq_config_check_relay_key},
    {{"journal.wal_size"}, lq_config_check_wal},
    {{"seized.action", "seized.cold", "executor.address"}, lq_config_check_seized},
    {{"cpu.pin"}, lq_config_check_pin},
    {{"book.accounts", "book.legs"}, lq_config_check_legs},
    {{"audit.accounts", "audit.riskiest"}, lq_config_check_audits},
    {{"log.line_max", "log.value_max"}, lq_config_check_log_sizes},
    {{"log.rate", "log.burst"}, lq_config_check_log_burst},
};

const lq_schema_t lq_config_schema = {
    .keys = keys,
    .key_cnt = LQ_ARRAY_CNT(keys),
    .sections = sections,
    .section_cnt = LQ_ARRAY_CNT(sections),
    .rules = rules,
    .rule_cnt = LQ_ARRAY_CNT(rules),
    .values_sz = sizeof(lq_config_t),
    .include = "chain/ethereum.yaml",
};
