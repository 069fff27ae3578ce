// How the clients and providers word their refusals. One row a kind, one column a client; where a
// cell is null, that client takes the transaction without a word. Sources: geth core/txpool/errors.go,
// validation.go and core/error.go; reth rpc-eth-types/src/error/mod.rs; Nethermind AcceptTxResult.cs
// before its words became geth's; erigon txpoolcfg.go behind the import result's name; Besu
// RpcErrorType.java. Read in November 2026 and before: clients reword, so match on what is stable.
import { RpcError, toHex } from './wire.mjs';
import { DevnetError } from './errors.mjs';

/** A transaction that is refused: a kind of the table below and the figures for its words. */
export class Refusal extends Error {
  constructor(kind, figures) {
    super(`refused: ${kind}`);
    this.kind = kind;
    this.figures = figures;
  }
}

const ether = (wei) => (Number(wei / 10n ** 14n) / 10000).toFixed(2);
const INVALID = -32000; // geth's default for everything
const REJECTED = -32003; // reth: transaction rejected
const PARAMS = -32602;
const NETHERMIND = -32010; // transaction rejected

/* Columns: geth, reth, Nethermind, erigon, Besu. */
const CLIENTS = ['geth', 'reth', 'nethermind', 'erigon', 'besu'];
const KINDS = {
  known: [
    [INVALID, () => 'already known'],
    [INVALID, () => 'already known'],
    [NETHERMIND, () => 'AlreadyKnown'],
    [INVALID, () => 'ALREADY_EXISTS: existing txn with same hash'],
    [INVALID, () => 'Known transaction'],
  ],
  nonceLow: [
    [INVALID, ({ next, nonce }) => `nonce too low: next nonce ${next}, tx nonce ${nonce}`],
    [INVALID, ({ next, nonce }) => `nonce too low: next nonce ${next}, tx nonce ${nonce}`],
    [NETHERMIND, ({ next, nonce }) => `OldNonce, Current nonce: ${next}, nonce of rejected tx: ${nonce}`],
    [INVALID, () => 'INTERNAL_ERROR: nonce too low'],
    [-32001, () => 'Nonce too low'],
  ],
  nonceFar: [
    null,
    null,
    [NETHERMIND, () => 'nonce too far in future'],
    null,
    [INVALID, () => 'Transaction nonce is too distant from current sender nonce'],
  ],
  replacement: [
    [INVALID, () => 'replacement transaction underpriced'],
    [INVALID, () => 'replacement transaction underpriced'],
    [NETHERMIND, () => 'ReplacementNotAllowed'],
    [INVALID, () => 'INTERNAL_ERROR: could not replace existing tx'],
    [INVALID, () => 'Replacement transaction underpriced'],
  ],
  occupied: [ // not drawn by the pool: Nethermind's answer for its own account's transactions
    [INVALID, () => 'replacement transaction underpriced'],
    [INVALID, () => 'replacement transaction underpriced'],
    [NETHERMIND, () => 'OwnNonceAlreadyUsed'],
    [INVALID, () => 'INTERNAL_ERROR: could not replace existing tx'],
    [INVALID, () => 'Replacement transaction underpriced'],
  ],
  underpriced: [
    [INVALID, ({ tip, minTip }) => `transaction underpriced: gas tip cap ${tip}, minimum needed ${minTip}`],
    [REJECTED, ({ minTip }) => `transaction priority fee below minimum required priority fee ${minTip}`],
    [NETHERMIND, () => 'FeeTooLow'],
    [INVALID, () => 'FEE_TOO_LOW: underpriced'],
    [-32009, () => 'Gas price below configured minimum gas price'],
  ],
  outpriced: [ // the transaction does not pay more than the cheapest of a full pool
    [INVALID, () => 'transaction underpriced'],
    [REJECTED, () => 'txpool is full'],
    [NETHERMIND, () => 'FeeTooLowToCompete'],
    [INVALID, () => 'INTERNAL_ERROR: pending sub-pool is full'],
    [-32009, () => 'Gas price below configured minimum gas price'],
  ],
  poolFull: [ // not drawn by the pool: it can always drop its cheapest
    [INVALID, () => 'txpool is full'],
    [REJECTED, () => 'txpool is full'],
    [NETHERMIND, () => 'FeeTooLowToCompete'],
    [INVALID, () => 'INTERNAL_ERROR: pending sub-pool is full'],
    [-32009, () => 'Gas price below configured minimum gas price'],
  ],
  accountFull: [
    [INVALID, ({ pooled }) => `account limit exceeded: pooled ${pooled} txs`],
    [REJECTED, () => 'txpool is full'],
    [NETHERMIND, () => 'nonce too far in future'],
    [INVALID, () => 'INTERNAL_ERROR: queued sub-pool is full'],
    [INVALID, () => 'Transaction nonce is too distant from current sender nonce'],
  ],
  funds: [
    [INVALID, ({ balance, cost }) =>
      `insufficient funds for gas * price + value: balance ${balance}, tx cost ${cost}, overshot ${cost - balance}`],
    [REJECTED, ({ balance, cost }) => `insufficient funds for gas * price + value: have ${balance} want ${cost}`],
    [NETHERMIND, ({ balance, cost }) => `InsufficientFunds, Balance is ${balance} less than sending value + gas ${cost}`],
    [INVALID, () => 'INTERNAL_ERROR: insufficient funds'],
    [-32004, () => 'Upfront cost exceeds account balance'],
  ],
  feeCap: [
    [INVALID, ({ fee, cap }) => `tx fee (${ether(fee)} ether) exceeds the configured cap (${ether(cap)} ether)`],
    [INVALID, ({ fee, cap }) => `tx fee (${fee} wei) exceeds the configured cap (${cap} wei)`],
    null,
    [INVALID, ({ fee, cap }) => `tx fee (${ether(fee)} ether) exceeds the configured cap (${ether(cap)} ether)`],
    [INVALID, () => 'Transaction fee cap exceeded'],
  ],
  intrinsic: [
    [INVALID, ({ gas, least }) => `intrinsic gas too low: gas ${gas}, minimum needed ${least}`],
    [INVALID, () => 'intrinsic gas too low'],
    [NETHERMIND, () => 'Invalid, intrinsic gas too low'],
    [INVALID, () => 'INTERNAL_ERROR: IntrinsicGas'],
    [-32003, () => 'Intrinsic gas exceeds gas limit'],
  ],
  gasLimit: [
    [INVALID, () => 'exceeds block gas limit'],
    [INVALID, () => 'exceeds block gas limit'],
    [NETHERMIND, ({ gas, limit }) => `GasLimitExceeded, Gas limit: ${limit}, gas limit of rejected tx: ${gas}`],
    [INVALID, () => 'INTERNAL_ERROR: gas limit is too high'],
    [-32005, () => 'Transaction gas limit exceeds block gas limit'],
  ],
  tipAboveCap: [
    [INVALID, () => 'max priority fee per gas higher than max fee per gas'],
    [REJECTED, () => 'max priority fee per gas higher than max fee per gas'],
    [NETHERMIND, () => 'Invalid, InvalidMaxPriorityFeePerGas: Cannot be higher than maxFeePerGas'],
    [INVALID, () => 'INTERNAL_ERROR: underpriced'],
    [INVALID, () => 'Max priority fee per gas exceeds max fee per gas'],
  ],
  oversized: [
    [INVALID, ({ size, limit }) => `oversized data: transaction size ${size}, limit ${limit}`],
    [INVALID, ({ size, limit }) => `oversized data: transaction size ${size}, limit ${limit}`],
    [NETHERMIND, () => 'MaxTxSizeExceeded'],
    [INVALID, () => 'INTERNAL_ERROR: oversized data'],
    [PARAMS, () => 'Invalid transaction params (missing or incorrect)'],
  ],
  signature: [
    [INVALID, ({ detail }) => `invalid sender: ${detail}`],
    [PARAMS, () => 'invalid transaction signature'],
    [NETHERMIND, () => 'FailedToResolveSender'],
    [INVALID, () => 'INTERNAL_ERROR: invalid sender'],
    [-32002, () => 'Invalid signature'],
  ],
  chain: [
    [INVALID, ({ have, want }) => `invalid sender: invalid chain id for signer: have ${have} want ${want}`],
    [INVALID, () => 'invalid chain ID'],
    [NETHERMIND, ({ have, want }) => `Invalid, InvalidTxChainId: Expected ${want}, got ${have}`],
    [INVALID, () => 'INTERNAL_ERROR: invalid sender'],
    [INVALID, () => 'Wrong chainId'],
  ],
  unprotected: [
    [INVALID, () => 'only replay-protected (EIP-155) transactions allowed over RPC'],
    [INVALID, () => 'only replay-protected (EIP-155) transactions allowed over RPC'],
    [NETHERMIND, () => 'Invalid, InvalidTxSignature: Signature is invalid'],
    [INVALID, () => 'only replay-protected (EIP-155) transactions allowed over RPC'],
    [INVALID, () => 'ChainId is required'],
  ],
  type: [
    [INVALID, ({ type }) => `transaction type not supported: tx type ${type} not supported by this pool`],
    [REJECTED, () => 'transaction type not supported'],
    [NETHERMIND, () => 'NotSupportedTxType'],
    [INVALID, () => 'INTERNAL_ERROR: fork supporting this transaction type is not activated yet'],
    [PARAMS, () => 'Invalid transaction type'],
  ],
  malformed: [
    [INVALID, ({ detail }) => `rlp: ${detail}`],
    [PARAMS, () => 'failed to decode signed transaction'],
    [-32602, () => 'Invalid RLP.'],
    [INVALID, ({ detail }) => `rlp: ${detail}`],
    [PARAMS, () => 'Invalid transaction params (missing or incorrect)'],
  ],
  syncing: [ // not drawn by the pool
    [INVALID, () => 'node is syncing'],
    [INVALID, () => 'node is syncing'],
    [NETHERMIND, () => 'Syncing, node is syncing'],
    [INVALID, () => 'node is syncing'],
    [-32008, () => 'Initial sync is still in progress'],
  ],
};

/* How many transactions an account may hold, and how far ahead of its next one a nonce may be,
 * before accountFull and nonceFar. reth and erigon: 16 slots; geth and Nethermind by their queues. */
const LIMITS = {
  geth: { accountMax: 64, aheadMax: Infinity, version: 'Geth/v1.16.4-stable/linux-amd64/go1.25.1' },
  reth: { accountMax: 16, aheadMax: Infinity, version: 'reth/v1.8.2/x86_64-unknown-linux-gnu' },
  nethermind: { accountMax: 1024, aheadMax: 1024, version: 'Nethermind/v1.34.0/linux-x64/dotnet9.0.9' },
  erigon: { accountMax: 16, aheadMax: Infinity, version: 'erigon/3.1.0/linux-amd64/go1.24.7' },
  besu: { accountMax: 200, aheadMax: 200, version: 'besu/v25.9.0/linux-x86_64/openjdk-java-21' },
};

/** The names of `--dialect`. */
export const dialects = CLIENTS;

/** The kinds of refusal, each with its words in every dialect. */
export const refusalKinds = Object.keys(KINDS);

/** A client's manners: {name, limits, error(refusal): RpcError, takes(kind)}. */
export function dialectOf(name) {
  const column = CLIENTS.indexOf(name);
  if (column < 0) throw new DevnetError(`no dialect ${name}: use one of ${CLIENTS.join(', ')}`);
  return {
    name,
    limits: LIMITS[name],
    takes: (kind) => KINDS[kind][column] === null,
    error({ kind, figures }) {
      // a refusal on demand of a kind that this client does not know takes geth's words
      const [code, words] = KINDS[kind][column] ?? KINDS[kind][0] ?? [INVALID, () => 'nonce too high'];
      return new RpcError(code, words(figures));
    },
  };
}

const hint = ({ from, to }) => `[${toHex(from)}, ${toHex(to)}]`;

/* eth_getLogs: `range` blocks and `rows` logs at most (null: no limit), the words for each, and
 * what a range that begins beyond the head gets. `good` is the range that would work. */
const LOG_SOURCES = {
  geth: {
    range: null, rows: null, beyond: 'empty',
    rangeError: ({ range }) => [INVALID, `exceed maximum block range: ${range}`],
    rowsError: () => [-32003, 'response too large'],
  },
  reth: {
    range: 100000, rows: 20000, beyond: 'error',
    rangeError: ({ range }) => [PARAMS, `query exceeds max block range ${range}`],
    rowsError: ({ rows, good }) =>
      [PARAMS, `query exceeds max results ${rows}, retry with the range ${good.from}-${good.to}`],
  },
  nethermind: {
    range: null, rows: 20000, beyond: 'empty',
    rangeError: ({ range }) => [-32005, `block range too large, max range: ${range}`],
    rowsError: ({ rows }) => [-32005, `Too many logs requested. Max logs per response is ${rows}.`],
  },
  erigon: {
    range: null, rows: 20000, beyond: 'empty',
    rangeError: ({ range }) => [INVALID, `query block range exceeds server limit, narrow your filter: ${range}`],
    rowsError: ({ rows }) => [INVALID, `query returns too many logs, narrow your filter: ${rows}`],
  },
  besu: {
    range: 5000, rows: null, beyond: 'empty',
    rangeError: () => [-32005, 'Requested range exceeds maximum RPC range limit'],
    rowsError: () => [-32005, 'Requested range exceeds maximum RPC range limit'],
  },
  infura: {
    range: 10000, rows: 10000, beyond: 'empty',
    rangeError: ({ range, asked }) => [-32005, `range ${asked} exceeds limit of ${range}`],
    rowsError: ({ rows, good }) =>
      [-32005, `query returned more than ${rows} results. Try with this block range ${hint(good)}.`],
  },
  alchemy: {
    range: null, rows: 10000, beyond: 'empty',
    rangeError: ({ range, good }) => [PARAMS, 'Log response size exceeded. You can make eth_getLogs requests with '
      + `up to a ${range} block range. Based on your parameters, this block range should work: ${hint(good)}`],
    rowsError: ({ good }) => [PARAMS, 'Log response size exceeded. Based on your parameters and the response '
      + `size limit, this block range should work: ${hint(good)}`],
  },
  quicknode: {
    range: 10000, rows: null, beyond: 'empty',
    rangeError: ({ range }) => [-32614, `eth_getLogs is limited to a ${range.toLocaleString('en')} range`],
    rowsError: ({ range }) => [-32614, `eth_getLogs is limited to a ${range.toLocaleString('en')} range`],
  },
  toowide: {
    range: 3000, rows: null, beyond: 'empty',
    rangeError: ({ range }) => [INVALID, `too wide blocks range, the limit is ${range}`],
    rowsError: () => [INVALID, 'request timed out'],
  },
  toolarge: {
    range: 5000, rows: null, beyond: 'empty',
    rangeError: ({ range }) => [INVALID, `block range too large, max range: ${range}`],
    rowsError: () => [INVALID, 'request timed out'],
  },
  truncating: { // one provider cuts the answer and says nothing
    range: null, rows: 100, beyond: 'empty', silent: true,
    rangeError: ({ range }) => [INVALID, `block range too large, max range: ${range}`],
  },
};

/** The names of `--logs`. */
export const logSources = Object.keys(LOG_SOURCES);

/** The limits of eth_getLogs of a client or provider, `range` and `rows` replaced where given. */
export function logLimitsOf(name, { range, rows } = {}) {
  const source = LOG_SOURCES[name];
  if (!source) throw new DevnetError(`no log limits named ${name}: use one of ${logSources.join(', ')}`);
  return { ...source, range: range ?? source.range, rows: rows ?? source.rows };
}

/** Throws where a query of the blocks [from, to] is too wide. */
export function checkRange(limits, { from, to }) {
  const asked = to - from + 1;
  if (limits.range === null || asked <= limits.range) return;
  const good = { from, to: from + limits.range - 1 };
  throw new RpcError(...limits.rangeError({ range: limits.range, asked, good }));
}

/** The logs that the source answers with for the blocks [from, to], or its error if they are too many. */
export function limitRows(limits, { from, to }, logs) {
  if (limits.rows === null || logs.length <= limits.rows) return logs;
  if (limits.silent) return logs.slice(0, limits.rows);
  const last = Number(BigInt(logs[limits.rows].blockNumber)) - 1;
  const good = { from, to: Math.max(from, Math.min(last, to)) };
  throw new RpcError(...limits.rowsError({ rows: limits.rows, range: limits.range, good }));
}
