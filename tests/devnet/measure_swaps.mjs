// What pools add to a transaction of the executor: the figures of src/market/routes_quote.c. Each swap is done on the
// same state in a program that has moved both of its tokens before, as one that liquidates has, and compared with
// that program without it. The pools have been swapped through before, both ways, so that none of their slots is new.
//
//     tests/devnet/run-node tests/devnet/measure_swaps.mjs
import { encodeFunctionData, parseAbi } from 'viem';
import { deployExecutor } from './lib/deploy_executor.mjs';
import { startDevnet } from './lib/devnet.mjs';
import { encodeProgram } from './lib/program.mjs';
import { sendSigned, waitMined, waitSuccess } from './lib/send.mjs';
import { toUnits } from './lib/world.mjs';

const GAS = 3_000_000n;
const TICK_MAX = 4;
const SPACING = { 500: 10, 3000: 60 };
const ABI = parseAbi([
  'function transfer(address, uint256)',
  'function execute(bytes) payable',
  'function slot0() view returns (uint160 price, int24 tick)',
  'function mint((address, address, uint24, int24, int24, uint256, uint256, uint256, uint256, address, uint256))',
  'function quoteExactOutputSingle((address, address, uint256, uint24, uint160)) returns (uint256, uint160, uint32, uint256)',
]);
const encode = (functionName, args = []) => encodeFunctionData({ abi: ABI, functionName, args });
const words = (result) => Array.from({ length: (result.length - 2) / 64 }, (_, i) => BigInt(`0x${result.slice(2 + i * 64, 66 + i * 64)}`));

const devnet = await startDevnet({ borrowers: 0, seed: 1, protocols: ['morpho', 'uniswap-v3', 'uniswap-v2'] });
const { rpc, state } = devnet;
const { keeper, user, whale } = state.accounts;
const { 'uniswap-v3': v3, 'uniswap-v2': v2 } = state.protocols;
const executor = await deployExecutor(rpc, user, [keeper.address]);
const token = (symbol) => state.tokens[symbol].address;
const units = (symbol, text) => toUnits(text, state.tokens[symbol].decimals);
const same = (one, a, b) => [one.token0, one.token1].sort().join() === [a, b].sort().join();
const send = (calls) => sendSigned(rpc, whale.key, calls.map((call) => ({ ...call, gas: GAS }))).then((sent) => waitSuccess(rpc, sent, 'call'));
const view = async (to, name, args) => words(await rpc.call('eth_call', [{ to, data: encode(name, args) }, 'latest']));

function hop(venue, from, to, fee = 3000) {
  const found = venue === 'v3' ? v3.pools.find((one) => one.fee === fee && same(one, from, to)) : v2.pairs.find((one) => same(one, from, to));
  return { venue, from, to, fee, pool: found.address, zeroForOne: found.token0 === from };
}

/** An operation that gets so much by way of hops, the first of which is paid out of what is held. */
function swap(hops, value) {
  const { venue, from, fee, pool, zeroForOne } = hops.at(-1);
  const nested = hops.length > 1 ? [swap(hops.slice(0, -1), 0n)] : [];
  return { out: { venue, zeroForOne, pool, fee: venue === 'v2' ? fee : 0, value, token: token(from), most: 2n ** 127n, nested } };
}

/** The gas of a program that borrows `to`, has moved `from`, and does `swaps`; taken back unless `stays`. */
async function gasOf(from, to, swaps, stays = false) {
  const touch = { call: { contract: token(from), token: token(from), input: encode('transfer', [whale.address, 1n]) } };
  const nested = [touch, ...swaps];
  const operations = [{ flash: { kind: 'morpho', lender: state.protocols.morpho.morpho, token: token(to), value: units(to, '1'), nested } }];
  const snapshot = await rpc.call('evm_snapshot');
  const data = encode('execute', [encodeProgram({ operations })]);
  const [receipt] = await waitMined(rpc, await sendSigned(rpc, keeper.key, [{ to: executor.address, data, gas: GAS }]));
  if (!stays) await rpc.call('evm_revert', [snapshot]);
  if (receipt.status !== '0x1') throw new Error(`a program of ${swaps.length} swaps from ${from} to ${to} reverts`);
  return Number(receipt.gasUsed);
}

async function report(name, paths, value) {
  const { from } = paths[0][0];
  const { to } = paths[0].at(-1);
  const swaps = paths.map((hops) => swap(hops, value));
  const added = await gasOf(from, to, swaps) - await gasOf(from, to, []);
  console.log(`${name.padEnd(40)} ${added}`);
  return added;
}

/** Borders of ranges on both sides of the price, one at each tick that there may be. */
async function addTicks({ pool, fee }, [token0, token1]) {
  const [, word] = await view(pool, 'slot0');
  const spacing = SPACING[fee];
  const center = Math.floor(Number(BigInt.asIntN(24, word)) / spacing) * spacing;
  const mint = (reach) => [token(token0), token(token1), fee, center - reach, center + spacing + reach,
    units(token0, '1'), units(token1, '1000'), 0n, 0n, whale.address, 2n ** 64n];
  await send(Array.from({ length: TICK_MAX }, (_, i) => ({ to: v3.positionManager, data: encode('mint', [mint(spacing * (i + 1))]) })));
}

/** The least amount out, nearly, for which the quoter counts so many ticks. */
async function amountOver(one, ticks) {
  let [low, high] = [0n, units(one.to, '1000000')];
  while (high - low > units(one.to, '1') / 100n) {
    const mid = (low + high) / 2n;
    const quote = view(v3.quoter, 'quoteExactOutputSingle', [[token(one.from), token(one.to), mid, BigInt(one.fee), 0n]]);
    const crossed = await quote.then((result) => Number(result[2]), () => TICK_MAX + 1); // more than there is
    if (crossed < ticks) low = mid;
    else high = mid;
  }
  return high;
}

await send([['WETH', '2000'], ['wstETH', '10'], ['WBTC', '10'], ['LINK', '1000'], ['USDC', '4000000']].map(([symbol, text]) => (
  { to: token(symbol), data: encode('transfer', [executor.address, units(symbol, text)]) })));
const ALL = [['v3', 'WETH', 'USDC', 500], ['v3', 'WETH', 'USDC'], ['v2', 'WETH', 'USDC'], ['v3', 'wstETH', 'WETH', 500], ['v3', 'LINK', 'WETH'], ['v3', 'WBTC', 'WETH'], ['v2', 'WBTC', 'WETH']];
for (const [venue, a, b, fee] of [...ALL, ...ALL]) {
  for (const [from, to] of [[a, b], [b, a]]) await gasOf(from, to, [swap([hop(venue, from, to, fee)], units(to, '0.01'))], true);
}
for (const [from, to, value] of [['WETH', 'USDC', '1000'], ['USDC', 'WETH', '0.01']]) {
  const [narrow, wide, pair] = [hop('v3', from, to, 500), hop('v3', from, to), hop('v2', from, to)];
  const amount = units(to, value);
  await report(`${from} > ${to}: v3, 0.05 %`, [[narrow]], amount);
  await report(`${from} > ${to}: v3, 0.3 %`, [[wide]], amount);
  await report(`${from} > ${to}: v2`, [[pair]], amount);
  await report(`${from} > ${to}: v3 and v3`, [[narrow], [wide]], amount);
  await report(`${from} > ${to}: v3 and v2`, [[narrow], [pair]], amount);
}
for (const [a, fee, venue] of [['wstETH', 500, 'v3'], ['LINK', 3000, 'v3'], ['WBTC', 3000, 'v3'], ['WBTC', 3000, 'v2']]) {
  for (const last of ['v3', 'v2']) await report(`${a} ${venue} > WETH ${last} > USDC`, [[hop(venue, a, 'WETH', fee), hop(last, 'WETH', 'USDC')]], units('USDC', '100'));
}
const crossed = hop('v3', 'WETH', 'USDC', 500);
const { token0, token1 } = v3.pools.find(({ address }) => address === crossed.pool);
await addTicks(crossed, [token0, token1]);
const BOTH_WAYS = [['WETH', 'USDC'], ['USDC', 'WETH']];
for (const kind of ['new', 'crossed before']) {
  for (const [from, to] of BOTH_WAYS) {
    const one = hop('v3', from, to, 500);
    for (let ticks = 0; ticks < TICK_MAX; ticks += 1) {
      await report(`${from} > ${to}: v3, ${ticks} ticks, ${kind}`, [[one]], ticks ? await amountOver(one, ticks) : units(to, '0.001'));
    }
  }
  // over all of them there, and so far back
  for (const [from, to] of [...BOTH_WAYS, ...BOTH_WAYS]) {
    const one = hop('v3', from, to, 500);
    await gasOf(from, to, [swap([one], await amountOver(one, TICK_MAX))], true);
  }
}
await devnet.stop();
