#include <inttypes.h>

#include "explain_internal.h"

/* ---- whether anything is sent */

/* The nodes and relays that transactions go to. */
typedef struct ways {
    lq_explain_part_t nodes;
    lq_explain_part_t relays;
} ways_t;

static void find_ways(ways_t *out, const lq_config_t *config)
{
    out->nodes.text[0] = out->relays.text[0] = '\0';
    for (size_t i = 0; i < config->node_cnt && config->send_public; i++)
        if (config->nodes[i].roles & LQ_ROLE_SEND)
            lq_explain_append(&out->nodes, config->nodes[i].name);
    for (size_t i = 0; i < config->relay_cnt; i++)
        lq_explain_append(&out->relays, config->relays[i].name);
}

/* What lq_config_check_live refuses a live run for, beside that nobody sends. */
static const char *lacking(lq_explain_part_t *out, const lq_config_t *config)
{
    ways_t ways;
    out->text[0] = '\0';
    find_ways(&ways, config);
    if (!config->journal_file[0])
        lq_explain_append(out, "a journal");
    if (!lq_config_is_deployed(config) || (config->sender_cnt > 1 && !config->executor[0]))
        lq_explain_append(out, "an executor");
    if (config->send_public ? !ways.nodes.text[0] : !ways.relays.text[0])
        lq_explain_append(out, "a node or relay to send to");
    return out->text;
}

bool lq_explain_is_live(const lq_config_t *config)
{
    lq_explain_part_t lacks;
    return config->sender_cnt && !lacking(&lacks, config)[0];
}

/* ---- how it is sent */

static void explain_senders(const lq_explain_ear_t *ear)
{
    const lq_config_t *config = ear->config;
    lq_explain_part_t names = {""};
    lq_explain_part_t remote = {""};
    for (size_t i = 0; i < config->sender_cnt; i++) {
        lq_explain_append(&names, config->senders[i].name);
        if (config->senders[i].remote[0])
            lq_explain_append(&remote, config->senders[i].name);
    }
    lq_explain_say(ear, LQ_EXPLAIN_DO, "senders",
                   "liqd run " WOULD " sign for %s%s, which %s the gas, and send. With --dry-run "
                   "nothing is sent.",
                   names.text, config->sender_cnt > 1 ? ", each at nonces of its own" : "",
                   config->sender_cnt > 1 ? "pay" : "pays");
    if (remote.text[0])
        lq_explain_say(ear, LQ_EXPLAIN_DO, "senders.*.remote",
                       "The key of %s is with a signer elsewhere, whose answers are verified.",
                       remote.text);
}

static void explain_ways(const lq_explain_ear_t *ear)
{
    ways_t ways;
    find_ways(&ways, ear->config);
    if (!ways.relays.text[0])
        lq_explain_say(ear, LQ_EXPLAIN_DO, "send.public, relays",
                       "Each transaction " WOULD " go to %s, where the public sees it before it is "
                       "mined.",
                       ways.nodes.text);
    else if (!ways.nodes.text[0])
        lq_explain_say(ear, LQ_EXPLAIN_DO, "send.public, relays",
                       "Each transaction " WOULD " go to %s alone: no node shows it to the public.",
                       ways.relays.text);
    else
        lq_explain_say(ear, LQ_EXPLAIN_DO, "send.public, relays",
                       "Each transaction " WOULD " go to %s, where the public sees it before it is "
                       "mined, and to %s.",
                       ways.nodes.text, ways.relays.text);
}

static void explain_care(const lq_explain_ear_t *ear)
{
    const lq_config_t *config = ear->config;
    lq_explain_part_t a;
    lq_explain_part_t b;
    lq_explain_say(
        ear, LQ_EXPLAIN_DO, "send.simulate",
        config->send_simulate
            ? "Before that a node runs it on the newest state: what reverts there is not "
              "sent. It costs the time of one answer."
            : "No node runs it before that: one that reverts is paid for.");
    if (config->bump_blk)
        lq_explain_say(ear, LQ_EXPLAIN_DO, "send.bump_blocks, send.bump",
                       "One that is not mined %" PRIu64 " block%s after it was sent " WOULD
                       " be replaced, at fees higher by %s.",
                       config->bump_blk, lq_explain_plural(config->bump_blk),
                       lq_explain_percent(&a, config->bump_bps));
    else
        lq_explain_say(ear, LQ_EXPLAIN_DO, "send.bump_blocks",
                       "One that is not mined is never replaced at higher fees.");
    lq_explain_say(ear, LQ_EXPLAIN_DO, "journal.run_dir, journal.file",
                   "Each is recorded before it leaves, below %s and then in %s. Where that fails "
                   "nothing more is sent.",
                   lq_explain_value(&a, ear, "journal.run_dir"),
                   lq_explain_value(&b, ear, "journal.file"));
}

static void explain_seized(const lq_explain_ear_t *ear)
{
    const lq_config_t *config = ear->config;
    lq_explain_part_t tokens = {""};
    lq_explain_part_t least;
    const char *holder = config->executor[0] ? "executor" : "sender";
    if (config->seized_action == LQ_SEIZED_HOLD) {
        lq_explain_say(ear, LQ_EXPLAIN_DO, "seized.action", "What the %s holds stays there.",
                       holder);
        return;
    }
    for (size_t i = 0; i < config->token_cnt; i++)
        lq_explain_append(&tokens, config->tokens[i].name);
    (void)lq_explain_value(&least, ear, "seized.min");
    if (config->seized_action == LQ_SEIZED_SWAP)
        lq_explain_say(ear, LQ_EXPLAIN_DO, "seized.action, seized.min, executor.slippage",
                       "What the %s holds of %s beyond the inventory " WOULD " be swapped into %s, "
                       "where it is worth at least %s and 20 times the gas, for no less than our "
                       "own price gives after executor.slippage.",
                       holder, tokens.text, lq_config_swapped_into(config)->name, least.text);
    else
        lq_explain_say(ear, LQ_EXPLAIN_DO, "seized.action, seized.cold, seized.min",
                       "What the %s holds of %s beyond the inventory " WOULD
                       " be sent to %s, where "
                       "it is worth at least %s and 20 times the gas.",
                       holder, tokens.text, config->seized_cold, least.text);
}

void lq_explain_sending(const lq_explain_ear_t *ear)
{
    lq_explain_part_t lacks;
    if (!ear->config->sender_cnt)
        return;
    explain_senders(ear);
    if (lacking(&lacks, ear->config)[0])
        return; /* it is said below what is never done */
    explain_ways(ear);
    explain_care(ear);
    explain_seized(ear);
}

/* ---- what is never sent */

/* What lq_senders_policy lets signers sign. */
static void explain_signers(const lq_explain_ear_t *ear)
{
    const lq_config_t *config = ear->config;
    lq_explain_part_t most;
    if (config->executor[0])
        lq_explain_say(ear, LQ_EXPLAIN_NEVER, "executor.address",
                       "Sign anything but calls of the executor, and a sender's cancellations, "
                       "which send nothing to itself.");
    else
        lq_explain_say(ear, LQ_EXPLAIN_NEVER, "markets, inventory, seized.cold",
                       "Sign anything but liquidations by the markets' own contracts, approvals of "
                       "the inventory's tokens for these%s, and a sender's cancellations, which "
                       "send nothing to itself.",
                       config->seized_action == LQ_SEIZED_SWEEP ? ", transfers to seized.cold"
                                                                : "");
    lq_explain_say(ear, LQ_EXPLAIN_NEVER, "send.max_fee",
                   "Pay more than %s for a unit of gas, whatever for.",
                   lq_explain_value(&most, ear, "send.max_fee"));
}

void lq_explain_never_sent(const lq_explain_ear_t *ear)
{
    lq_explain_part_t lacks;
    if (!ear->config->sender_cnt) {
        lq_explain_say(ear, LQ_EXPLAIN_NEVER, "senders",
                       "Send a transaction: no sender is named, so that liqd run works with "
                       "--dry-run alone, which sends nothing.");
        lq_explain_say(ear, LQ_EXPLAIN_NEVER, "senders",
                       "Hold a key: a dry run opens no keystore.");
    } else if (lacking(&lacks, ear->config)[0]) {
        lq_explain_say(ear, LQ_EXPLAIN_NEVER, "journal.file, executor.address, send.public",
                       "Send a transaction, as it stands: a live run lacks %s. With --dry-run it "
                       "works.",
                       lacks.text);
    } else {
        explain_signers(ear);
    }
}
