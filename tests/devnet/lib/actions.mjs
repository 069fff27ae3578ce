// What can be done to a running chain: its prices, blocks, base fee and positions.
import { decodeErrorResult, encodeAbiParameters, encodeFunctionData, parseAbi } from 'viem';
import { loadArtifacts } from './artifacts.mjs';
import { DevnetError, UsageError } from './errors.mjs';
import { sendSigned, waitSuccess } from './send.mjs';
import { ANSWER_MAX, FEED_DECIMALS, toUnits } from './world.mjs';

const GAS = { submit: 400_000n, transmit: 600_000n, configure: 200_000n, position: 1_500_000n };
const OBSERVERS = 4;
const AMOUNT_MAX = String(10n ** 30n); // beyond any supply, and in 256 bits with any token's decimals
const PRICE_RANGE = { least: '0.00000001', most: String(ANSWER_MAX / 10n ** BigInt(FEED_DECIMALS)) };
// anvil dies of a base fee that does not fit 64 bits, and nobody could pay one near that
const GWEI_RANGE = { most: '1000000' };
const MINE_BATCH = 200;
const ZERO_WORD = `0x${'0'.repeat(64)}`;
const REPORT = ['uint32', 'bytes32', 'int192[]', 'int192'].map((type) => ({ type }));

const ABI = parseAbi([
  'function submit(uint256, int256)',
  'function latestRound() view returns (uint256)',
  'function latestAnswer() view returns (int256)',
  'function aggregator() view returns (address)',
  'function proposeAggregator(address)',
  'function confirmAggregator(address)',
  'function forward(address, bytes)',
  'function transmit(bytes32[3], bytes, bytes32[], bytes32[], bytes32)',
  'function borrow(address, uint256, uint256, uint16, address)',
  'function repay(address, uint256, uint256, address)',
  'function balanceOf(address) view returns (uint256)',
]);
const MARKET_PARAMS = '(address, address, address, address, uint256)';
const MORPHO_ABI = parseAbi([
  `function borrow(${MARKET_PARAMS}, uint256, uint256, address, address)`,
  `function repay(${MARKET_PARAMS}, uint256, uint256, address, bytes)`,
  'function position(bytes32, address) view returns (uint256, uint128, uint128)',
]);
const encode = (functionName, args = []) => encodeFunctionData({ abi: ABI, functionName, args });
const view = (rpc, to, functionName, args) => rpc.call('eth_call', [{ to, data: encode(functionName, args) }, 'latest']);

/** The entry of a table of the state; throws with the known names. */
export function lookUp(table, name, what) {
  if (!Object.hasOwn(table, name)) throw new UsageError(`unknown ${what} "${name}": known are ${Object.keys(table).join(', ')}`);
  return table[name];
}

/** Base units of a decimal string from least to most, decimal strings too. */
export function parseAmount(text, decimals, what, { least = '0', most = AMOUNT_MAX } = {}) {
  let units;
  try {
    units = toUnits(text, decimals);
  } catch (error) {
    throw new UsageError(`${what}: ${error.message}`);
  }
  if (units < toUnits(least, decimals) || units > toUnits(most, decimals)) {
    throw new UsageError(`${what}: "${text}" is not from ${least} to ${most}`);
  }
  return units;
}

/** Wei of a fee in gwei. */
export const parseGwei = (text, what) => parseAmount(text, 9, what, GWEI_RANGE);

function submitCall(feed, round, answer) {
  return { to: feed.fluxAggregator, data: encode('submit', [round, answer]), gas: GAS.submit };
}

/** A report as OCR2's oracles sign it: the sorted observations of all, which agree here. */
function transmitCall({ forwarder }, { ocr2AggregatorStub }, answer, round, timeSec) {
  const report = encodeAbiParameters(REPORT, [timeSec, ZERO_WORD, Array(OBSERVERS).fill(answer), 0n]);
  const epoch = `0x${(round << 8n).toString(16).padStart(64, '0')}`;
  const data = encode('transmit', [[ZERO_WORD, epoch, ZERO_WORD], report, [], [], ZERO_WORD]);
  return { to: forwarder, data: encode('forward', [ocr2AggregatorStub, data]), gas: GAS.transmit };
}

async function update(rpc, state, feed, via, answer) {
  const aggregator = via === 'feed' ? feed.fluxAggregator : feed.ocr2AggregatorStub;
  const round = BigInt(await view(rpc, aggregator, 'latestRound')) + 1n;
  const { timestamp } = await rpc.call('eth_getBlockByNumber', ['latest', false]);
  const call = via === 'feed'
    ? submitCall(feed, round, answer)
    : transmitCall(state, feed, answer, round, Number(timestamp));
  const sender = via === 'feed' ? 'oracle' : 'transmitter';
  return sendSigned(rpc, state.accounts[sender].key, [call]);
}

/** Makes the proxy read the aggregator of this way, which starts with the answer that it has now. */
async function switchAggregator(rpc, state, feed, via) {
  const wanted = via === 'feed' ? feed.fluxAggregator : feed.ocr2AggregatorStub;
  const current = `0x${(await view(rpc, feed.proxy, 'aggregator')).slice(26)}`;
  if (BigInt(current) === BigInt(wanted)) return;
  const answer = BigInt(await view(rpc, feed.proxy, 'latestAnswer'));
  await waitSuccess(rpc, await update(rpc, state, feed, via, answer), 'price');
  const hashes = await sendSigned(rpc, state.accounts.deployer.key, [
    { to: feed.proxy, data: encode('proposeAggregator', [wanted]), gas: GAS.configure },
    { to: feed.proxy, data: encode('confirmAggregator', [wanted]), gas: GAS.configure },
  ]);
  await waitSuccess(rpc, hashes, 'price');
}

/** Sends a new answer of a token's feed, by FluxAggregator ("feed") or OCR2 ("transmit"); its hash. */
export async function sendPrice(rpc, state, symbol, price, via = 'feed') {
  if (!['feed', 'transmit'].includes(via)) throw new UsageError(`--via "${via}": known are feed, transmit`);
  const token = lookUp(state.tokens, symbol, 'token');
  if (token.feed !== symbol) throw new UsageError(`${symbol} has no feed of its own: it follows ${token.feed}`);
  const feed = state.feeds[symbol];
  const answer = parseAmount(price, FEED_DECIMALS, 'the price', PRICE_RANGE);
  await switchAggregator(rpc, state, feed, via);
  const [hash] = await update(rpc, state, feed, via, answer);
  return hash;
}

/** sendPrice, and the receipt once it is mined. */
export async function setPrice(rpc, state, symbol, price, via) {
  const [receipt] = await waitSuccess(rpc, [await sendPrice(rpc, state, symbol, price, via)], 'price');
  return receipt;
}

/** Mines so many blocks; returns the new head. */
export async function mine(rpc, count) {
  // in parts: anvil takes 10 ms for each block, and mines all of a request that nobody waits for any more
  for (let left = count; left > 0; left -= MINE_BATCH) {
    await rpc.call('anvil_mine', [`0x${Math.min(left, MINE_BATCH).toString(16)}`]);
  }
  return Number(await rpc.call('eth_blockNumber'));
}

/** Replaces the last blocks by empty ones; returns the head, whose number stays. */
export async function reorg(rpc, { startBlock }, depth) {
  const head = Number(await rpc.call('eth_blockNumber'));
  const most = head - startBlock; // anvil has no states of the blocks that it was loaded with
  if (depth > most) throw new DevnetError(`reorg ${depth}: ${most} blocks stand on the set-up: choose a smaller depth, or mine`);
  await rpc.call('anvil_reorg', [depth, []]);
  return head;
}

/** Sets the base fee of the next block, in gwei as a decimal string. */
export async function setBaseFee(rpc, gwei) {
  const wei = parseGwei(gwei, 'the base fee');
  await rpc.call('anvil_setNextBlockBaseFeePerGas', [`0x${wei.toString(16)}`]);
}

/** Whose position: a named account of the state, or any address. */
function accountOf(state, name) {
  if (/^0x[0-9a-fA-F]{40}$/.test(name)) return name;
  return lookUp(state.accounts, name, 'account').address;
}

/** Sends from an account without a key, as anvil lets anyone, but a real node or the strict proxy nobody. */
async function sendKeyless(rpc, state, call, what) {
  if (rpc.url !== state.http) throw new DevnetError(`${what}: ${call.from} has no key and only the chain itself sends for it: leave --endpoint out`);
  return rpc.call('eth_sendTransaction', [{ ...call, gas: `0x${GAS.position.toString(16)}` }]);
}

/** Sends as any account, after a trial run for the reason of a failure. */
async function sendAs(rpc, state, from, { to, data }, what) {
  const call = { from, to, data };
  const [trial] = await rpc.settle([['eth_call', [call, 'latest']]]);
  if (trial.error) throw new DevnetError(`${what}: the contract refuses: ${await reasonOf(trial.error)}`);
  const owner = Object.values(state.accounts).find(({ address }) => address.toLowerCase() === from.toLowerCase());
  const [hash] = owner
    ? await sendSigned(rpc, owner.key, [{ to, data, gas: GAS.position }])
    : [await sendKeyless(rpc, state, call, what)];
  const [receipt] = await waitSuccess(rpc, [hash], what);
  return receipt;
}

async function reasonOf({ data, message }) {
  const artifacts = await loadArtifacts();
  try {
    const { errorName, args = [] } = decodeErrorResult({ abi: artifacts('Errors').abi, data });
    return errorName === 'Error' ? args[0] : errorName;
  } catch {
    return message;
  }
}

/** Which contract to call for a position {protocol, market} of the state, and with what. */
function venueOf(state, { protocol = 'aave-v3.6', market }, symbol) {
  const venue = lookUp(state.protocols, protocol, 'protocol');
  const token = lookUp(state.tokens, symbol, 'token');
  if (venue.pool) return { aave: venue, token };
  if (!venue.morpho) throw new UsageError(`${protocol} lends nothing: choose aave-v3.6, aave-v3.0.2 or morpho`);
  if (!market) throw new UsageError(`morpho: name a market with --market: ${Object.keys(venue.markets).join(', ')}`);
  const { id, loan, params } = lookUp(venue.markets, market, 'market');
  if (loan !== symbol) throw new UsageError(`morpho's market ${market} lends ${loan}, not ${symbol}`);
  return { morpho: venue.morpho, id, params: Object.values(params), token };
}

/** Borrows an amount (decimal) for an account from where = {protocol, market}; returns the receipt. */
export async function borrow(rpc, state, account, symbol, amount, where = {}) {
  const from = accountOf(state, account);
  const { aave, morpho, params, token } = venueOf(state, where, symbol);
  const units = parseAmount(amount, token.decimals, 'the amount');
  if (aave) return sendAs(rpc, state, from, { to: aave.pool, data: encode('borrow', [token.address, units, 2n, 0, from]) }, 'borrow');
  const data = encodeFunctionData({ abi: MORPHO_ABI, functionName: 'borrow', args: [params, units, 0n, from, from] });
  return sendAs(rpc, state, from, { to: morpho, data }, 'borrow');
}

async function repayAave(rpc, { aave, token }, owner, units) {
  const { variableDebtToken } = aave.reserves[token.symbol];
  // on behalf of another the pool wants a number, and takes of it what is owed
  const amount = units ?? 2n * BigInt(await view(rpc, variableDebtToken, 'balanceOf', [owner]));
  return { to: aave.pool, data: encode('repay', [token.address, amount, 2n, owner]) };
}

async function repayMorpho(rpc, { morpho, id, params }, owner, units) {
  const read = encodeFunctionData({ abi: MORPHO_ABI, functionName: 'position', args: [id, owner] });
  const position = await rpc.call('eth_call', [{ to: morpho, data: read }, 'latest']);
  const shares = units === undefined ? BigInt(`0x${position.slice(66, 130)}`) : 0n;
  return { to: morpho, data: encodeFunctionData({ abi: MORPHO_ABI, functionName: 'repay', args: [params, units ?? 0n, shares, owner, '0x'] }) };
}

/** Repays an amount (decimal, or "max") of an account's debt with the whale's tokens; returns the receipt. */
export async function repay(rpc, state, account, symbol, amount, where = {}) {
  const owner = accountOf(state, account);
  const venue = venueOf(state, where, symbol);
  const units = amount === 'max' ? undefined : parseAmount(amount, venue.token.decimals, 'the amount');
  const call = await (venue.aave ? repayAave : repayMorpho)(rpc, venue, owner, units);
  return sendAs(rpc, state, state.accounts.whale.address, call, 'repay');
}
