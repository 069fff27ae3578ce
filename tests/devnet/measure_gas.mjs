// What a liquidation by an account of its own takes, on the real contracts: the figures that the floors
// of src/decide/gas.c stand on. It tries every pair of every liquidatable borrower, in a part and in whole,
// each on the same state, and prints the least and the most of each kind. What swaps take: measure_swaps.mjs.
//
//     tests/devnet/run-node tests/devnet/measure_gas.mjs [--borrowers N] [--seed S]
import { parseArgs } from 'node:util';
import { encodeFunctionData, parseAbi, toEventSelector } from 'viem';
import { setPrice } from './lib/actions.mjs';
import { startDevnet } from './lib/devnet.mjs';
import { sendSigned, waitMined } from './lib/send.mjs';

const WAD = 10n ** 18n;
const UINT_MAX = 2n ** 256n - 1n;
const GAS = 3_000_000n;
const PARTS = [10n, 2n, 1n]; // of the debt, as divisors
const PRICES = { WETH: ['2250', '1900', '1200'], LINK: ['13', '11', '6'], WBTC: ['54000', '46000', '30000'] };
const DEFICIT = toEventSelector('DeficitCreated(address,address,uint256)');
const ABI = parseAbi([
  'function getUserAccountData(address) view returns (uint256, uint256, uint256, uint256, uint256, uint256)',
  'function balanceOf(address) view returns (uint256)',
  'function liquidationCall(address, address, address, uint256, bool)',
  'function transfer(address, uint256)',
  'function approve(address, uint256)',
  'function aggregate3((address, bool, bytes)[])',
  'function position(bytes32, address) view returns (uint256, uint128, uint128)',
  'function liquidate((address, address, address, address, uint256), address, uint256, uint256, bytes)',
]);
const encode = (functionName, args = []) => encodeFunctionData({ abi: ABI, functionName, args });
const view = (to, functionName, args) => ['eth_call', [{ to, data: encode(functionName, args) }, 'latest']];
const words = (result) => Array.from({ length: (result.length - 2) / 64 }, (_, i) => BigInt(`0x${result.slice(2 + i * 64, 66 + i * 64)}`));

const { values: options } = parseArgs({ options: { borrowers: { type: 'string', default: '300' }, seed: { type: 'string', default: '1' } } });
const devnet = await startDevnet({ borrowers: Number(options.borrowers), seed: Number(options.seed) });
const { rpc, state } = devnet;
const { keeper, whale } = state.accounts;
const kinds = new Map();
const furthered = new Set(); // one of each kind is enough

function note(kind, gas) {
  const found = kinds.get(kind) ?? { count: 0, least: gas, most: gas };
  kinds.set(kind, { count: found.count + 1, least: Math.min(found.least, gas), most: Math.max(found.most, gas) });
}

/** Sends the calls in one block and takes it back; the receipts, or nothing where the first would fail. */
async function trial(calls) {
  const [{ error }] = await rpc.settle([['eth_call', [{ from: keeper.address, ...calls[0] }, 'latest']]]);
  if (error) return undefined;
  const snapshot = await rpc.call('evm_snapshot');
  await rpc.call('evm_setAutomine', [false]);
  const hashes = await sendSigned(rpc, keeper.key, calls.map((call) => ({ ...call, gas: GAS })));
  await rpc.call('evm_mine');
  const receipts = await waitMined(rpc, hashes);
  await rpc.call('evm_setAutomine', [true]);
  return { receipts, snapshot };
}

async function legsOf(reserves, owner) {
  const list = Object.values(reserves);
  const held = await rpc.batch(list.flatMap(({ aToken, variableDebtToken }) => [aToken, variableDebtToken].map((token) => view(token, 'balanceOf', [owner]))));
  return list.map((reserve, i) => ({ ...reserve, supplied: BigInt(held[2 * i]), owed: BigInt(held[2 * i + 1]) }));
}

const countOf = (legs) => legs.reduce((sum, { supplied, owed }) => sum + Number(supplied > 0n) + Number(owed > 0n), 0);

/** What the call did, as the shape of lq_gas_kind_t. */
function shapeOf({ owed, supplied, bad }) {
  const shape = [];
  if (owed === 0n) shape.push('closes');
  if (supplied === 0n) shape.push('all');
  if (bad) shape.push('bad');
  return shape.join('+') || 'part';
}

async function measureAave(name) {
  const { pool, reserves } = state.protocols[name];
  const call = (collateral, debt, owner, amount) => ({ to: pool, data: encode('liquidationCall', [collateral.asset, debt.asset, owner, amount, false]) });
  for (const { address: owner } of state.borrowers.filter(({ protocol }) => protocol === name)) {
    if (words(await rpc.call(...view(pool, 'getUserAccountData', [owner])))[5] >= WAD) continue;
    const legs = await legsOf(reserves, owner);
    for (const collateral of legs.filter(({ supplied }) => supplied > 0n)) {
      for (const debt of legs.filter(({ owed }) => owed > 0n)) {
        for (const part of PARTS) {
          const wanted = call(collateral, debt, owner, part === 1n ? UINT_MAX : debt.owed / part);
          const done = await trial([wanted]);
          if (!done) continue;
          const receipt = done.receipts.at(-1);
          const after = await legsOf(reserves, owner);
          await rpc.call('evm_revert', [done.snapshot]);
          if (receipt.status !== '0x1') continue;
          const pick = (asset) => after.find((leg) => leg.asset === asset);
          const bad = receipt.logs.some(({ topics }) => topics[0] === DEFICIT);
          const shape = shapeOf({ owed: pick(debt.asset).owed, supplied: pick(collateral.asset).supplied, bad });
          note(`${name} ${countOf(legs)} legs ${shape}`, Number(receipt.gasUsed));
          // the same pair once more behind itself: reserves that were touched in the block
          const twice = part === 10n && await trial([wanted, wanted]);
          if (!twice) continue;
          await rpc.call('evm_revert', [twice.snapshot]);
          if (twice.receipts[1].status === '0x1') note(`${name} ${countOf(legs)} legs ${shape}, second in its block`, Number(twice.receipts[1].gasUsed));
          if (!furthered.has(`${name} ${countOf(legs)}`)) await measureFurther(`${name} ${countOf(legs)} legs`, debt.asset, wanted);
          furthered.add(`${name} ${countOf(legs)}`);
        }
      }
    }
  }
}

async function measureMorpho() {
  const { morpho, markets } = state.protocols.morpho;
  for (const { address: owner, market: name } of state.borrowers.filter(({ protocol }) => protocol === 'morpho')) {
    const { id, params } = markets[name];
    const [, shares, collateral] = words(await rpc.call(...view(morpho, 'position', [id, owner])));
    for (const [seized, repaid] of [[0n, shares / 10n], [0n, shares / 2n], [0n, shares], [collateral, 0n]]) {
      const wanted = { to: morpho, data: encode('liquidate', [Object.values(params), owner, seized, repaid, '0x']) };
      for (const calls of [[wanted], [wanted, wanted]]) {
        const done = await trial(calls);
        if (!done) continue;
        const [, owed, left] = words(await rpc.call(...view(morpho, 'position', [id, owner])));
        await rpc.call('evm_revert', [done.snapshot]);
        const receipt = done.receipts.at(-1);
        if (receipt.status !== '0x1') continue;
        const shape = shapeOf({ owed, supplied: left, bad: seized > 0n && owed === 0n });
        if (repaid * 10n <= shares && !seized && !furthered.has(name)) {
          await measureFurther(`morpho ${name}`, params.loanToken, wanted);
          furthered.add(name);
        }
        note(`morpho ${name} ${shape}${calls.length > 1 ? ', second in its block' : ''}`, Number(receipt.gasUsed));
      }
    }
  }
}

/** One call and two in a transaction, by the multicall contract with the keeper's tokens: what the second adds. */
async function measureFurther(kind, token, wanted) {
  const snapshot = await rpc.call('evm_snapshot');
  const held = BigInt(await rpc.call(...view(token, 'balanceOf', [keeper.address])));
  const [hash] = await sendSigned(rpc, keeper.key, [{ to: token, data: encode('transfer', [state.multicall, held]), gas: 200_000n }]);
  await waitMined(rpc, [hash]);
  await rpc.call('anvil_setBalance', [state.multicall, '0xde0b6b3a7640000']);
  await rpc.call('anvil_impersonateAccount', [state.multicall]);
  const approval = await rpc.call('eth_sendTransaction', [{ from: state.multicall, to: token, data: encode('approve', [wanted.to, UINT_MAX]), gas: '0x30d40' }]);
  await waitMined(rpc, [approval]);
  const gas = [];
  for (const count of [1, 2, 3]) { // the first of all makes the slot of the seized token
    const done = await trial([{ to: state.multicall, data: encode('aggregate3', [Array(count).fill([wanted.to, false, wanted.data])]) }]);
    if (!done) break;
    await rpc.call('evm_revert', [done.snapshot]);
    if (done.receipts[0].status === '0x1') gas.push(Number(done.receipts[0].gasUsed));
  }
  await rpc.call('evm_revert', [snapshot]);
  for (let i = 1; i < gas.length; i++) note(`${kind} further call`, gas[i] - gas[i - 1]);
}

/** The keeper without the token that it seizes: a slot more. */
async function measureFirst(name) {
  const token = state.tokens.WETH.address;
  const held = BigInt(await rpc.call(...view(token, 'balanceOf', [keeper.address])));
  const [hash] = await sendSigned(rpc, keeper.key, [{ to: token, data: encode('transfer', [whale.address, held]), gas: 200_000n }]);
  await waitMined(rpc, [hash]);
  const { pool, reserves } = state.protocols[name];
  for (const { address: owner } of state.borrowers.filter(({ protocol }) => protocol === name)) {
    const legs = await legsOf(reserves, owner);
    const collateral = legs.find(({ asset, supplied }) => asset === token && supplied > 0n);
    const debt = legs.find(({ owed }) => owed > 0n);
    if (!collateral || !debt || countOf(legs) !== 2) continue;
    const done = await trial([{ to: pool, data: encode('liquidationCall', [token, debt.asset, owner, debt.owed / 10n, false]) }]);
    if (!done) continue;
    await rpc.call('evm_revert', [done.snapshot]);
    if (done.receipts[0].status === '0x1') note(`${name} 2 legs part, first of its token`, Number(done.receipts[0].gasUsed));
  }
}

for (const round of [0, 1, 2]) {
  for (const [symbol, prices] of Object.entries(PRICES)) await setPrice(rpc, state, symbol, prices[round]);
  await measureAave('aave-v3.6');
  await measureAave('aave-v3.0.2');
  await measureMorpho();
  if (round === 0) {
    const snapshot = await rpc.call('evm_snapshot');
    await measureFirst('aave-v3.6');
    await rpc.call('evm_revert', [snapshot]);
  }
  console.error(`prices ${round + 1} of 3: ${kinds.size} kinds`);
}
for (const [kind, { count, least, most }] of [...kinds].sort()) console.log(`${kind.padEnd(60)} ${String(count).padStart(5)} ${least} ${most}`);
await devnet.stop();
