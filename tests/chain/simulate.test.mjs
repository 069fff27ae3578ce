// Simulations against anvil: what the program tells is what happens when it is really mined, slots are
// where tokens keep their numbers, and payments are what the fee recipient has got. Behind a proxy that
// lacks methods, too. $LIQD_TEST_SIMULATE names the program.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { encodeAbiParameters, keccak256 } from '../devnet/viem.mjs';
import { spawnGuarded } from '../devnet/lib/guard.mjs';
import { encodeProgram } from '../devnet/lib/program.mjs';
import { post } from '../devnet/lib/wire_client.mjs';
import { toHex } from '../devnet/lib/wire.mjs';
import { nextBlock } from '../devnet/lib/strict_simulate.mjs';
import { Bench, encode } from '../devnet/test/executor_support.mjs';
import { chain, latestSec, read } from '../devnet/test/support.mjs';

const CODE = `0x${readFileSync(new URL('../../abi/executor/runtime.hex', import.meta.url), 'utf8').replaceAll('\n', '')}`;
const PHANTOM = '0x00000000000000000000000000000000000e8ec0'; // where no contract is
const NOBODY = '0x0000000000000000000000000000000000000000';
const GAS = 3_000_000n;
const GWEI = 10n ** 9n;
const COIN = 10n ** 20n;

const devnet = await chain({ borrowers: 0 });
const { rpc, state } = devnet;
const bench = await Bench.on(devnet);
const word = (value) => `0x${BigInt(value).toString(16).padStart(64, '0')}`;

/** A node that lacks these methods; the URL. */
async function lacking(t, methods) {
  const missing = (id) => ({ jsonrpc: '2.0', id, error: { code: -32601, message: 'the method does not exist/is not available' } });
  const answer = async (request) => methods.includes(request.method)
    ? missing(request.id)
    : JSON.parse((await post(state.http, JSON.stringify(request))).text);
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const asked = JSON.parse(Buffer.concat(chunks).toString());
    const said = Array.isArray(asked) ? await Promise.all(asked.map(answer)) : await answer(asked);
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(said));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close() && server.closeAllConnections());
  return `http://127.0.0.1:${server.address().port}`;
}

/** What the program prints to these lines, as lists of words. */
async function run(endpoint, lines) {
  const roles = /^http/.test(endpoint) ? 'r' : 'rs';
  const child = spawnGuarded(process.env.LIQD_TEST_SIMULATE,
    ['--endpoint', `node,${roles},${endpoint}`, '--chain-id', String(state.chainId)], { stdio: ['pipe', 'pipe', 'pipe'] });
  const said = [];
  const errors = [];
  const output = createInterface({ input: child.stdout }).on('line', (line) => said.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  const ended = Promise.all([once(child, 'close'), once(output, 'close')]);
  child.stdin.end(`${lines.join('\n')}\n`);
  const [[code, signal]] = await ended;
  assert.equal(code, 0, `${signal}: ${errors.join('\n')}`);
  return said.filter((line) => !line.startsWith('{')).map((line) => line.split(' '));
}

async function parentLine(block = 'latest') {
  const { number, hash } = await rpc.call('eth_getBlockByNumber', [block, false]);
  return `parent ${number} ${hash}`;
}

/** The block that comes next, at timeSec. */
async function blockLine(timeSec) {
  const upstream = { call: (method, ...params) => rpc.call(method, params) };
  const { number, baseFee, gasLimit, coinbase } = await nextBlock(upstream);
  return `block ${toHex(number)} ${toHex(timeSec)} ${toHex(gasLimit)} ${toHex(baseFee)} ${coinbase}`;
}

const txLine = (from, to, data, { gas = GAS, value = 0n } = {}) =>
  `tx ${from} ${to} ${toHex(value)} ${toHex(gas)} ${toHex(100n * GWEI)} ${toHex(GWEI)} ${data}`;

const operatorSlot = (address) => keccak256(encodeAbiParameters([{ type: 'address' }, { type: 'uint256' }], [address, 2n]));

/** Our executor where none is, of `user`, whose operator is `keeper`, who has coin. */
function phantomLines() {
  const { keeper, user } = state.accounts;
  return [
    `code ${PHANTOM} ${CODE}`,
    `slot ${PHANTOM} ${word(0)} ${word(user.address)}`,
    `slot ${PHANTOM} ${operatorSlot(keeper.address)} ${word(1)}`,
    `balance ${keeper.address} ${toHex(COIN)}`,
  ];
}

/** The log as the program prints it, its block and transaction left out. */
const logWords = ({ address, topics, data }) => [address, topics.join() || '-', data];

/** A liquidation's program, and the lines that simulate it and what then is held. */
async function liquidation(name = 'one v3 pool') {
  const { keeper } = state.accounts;
  const [symbol, paths] = bench.routes()[name];
  const timeSec = (await latestSec(rpc)) + 12;
  const loan = bench.loans().Morpho;
  const { program, gain } = await bench.flashLiquidation({ protocol: 'aave-v3.6', symbol, loan, paths, timeSec });
  const lines = [
    await parentLine(), await blockLine(timeSec), ...phantomLines(),
    txLine(keeper.address, PHANTOM, encode('execute', [encodeProgram(program)])),
    txLine(keeper.address, bench.token(symbol), encode('balanceOf', [PHANTOM])),
    'ask',
  ];
  return { program, gain, symbol, timeSec, lines };
}

for (const wire of ['http', 'ws', 'ipc']) {
  for (const name of ['one v3 pool', 'v3 > v2']) {
    test(`a liquidation by ${name} comes to what it does when it is mined, over ${wire}`, () => bench.aside(async () => {
      const { program, gain, symbol, timeSec, lines } = await liquidation(name);
      const [head, first, ...rest] = await run(state[wire], lines);
      assert.deepEqual(head.slice(0, 4), ['SIMULATED', 'OK', '0', '0']);
      const receipt = await bench.execute(program, { timeSec });
      assert.equal(receipt.status, '0x1');
      assert.deepEqual(first.slice(0, 3), ['RESULT', '0', '1']);
      assert.equal(BigInt(first[3]), BigInt(receipt.gasUsed));
      const logs = rest.filter(([kind]) => kind === 'LOG').map((line) => line.slice(-3));
      const there = bench.executor.address.slice(2).toLowerCase();
      const mined = receipt.logs.map(logWords).map((words) => words.map((text) => text.toLowerCase().replaceAll(there, PHANTOM.slice(2))));
      assert.ok(mined.length > 5);
      assert.deepEqual(logs, mined);
      const held = rest.find(([kind, i]) => kind === 'RESULT' && i === '1');
      assert.equal(BigInt(held[4]), gain);
      assert.equal(await bench.held(symbol), gain);
    }));
  }
}

test('a liquidation that no longer can be reverts, in the words of the executor', () => bench.aside(async () => {
  const { program, timeSec, lines } = await liquidation();
  await bench.execute(program, { timeSec });
  const late = [await parentLine(), await blockLine(timeSec + 12), ...lines.slice(2)];
  const [head, first] = await run(state.ws, late);
  assert.deepEqual(head.slice(0, 4), ['SIMULATED', 'OK', '0', '0']);
  assert.deepEqual(first.slice(0, 3), ['RESULT', '0', '0']);
  assert.match(first[4], /^0xaa2fd925/); // Expired
}));

test('without eth_simulateV1 eth_call tells whether it reverts', (t) => bench.aside(async () => {
  const url = await lacking(t, ['eth_simulateV1']);
  const { program, timeSec, lines } = await liquidation();
  const said = await run(url, [...lines, ...lines]);
  assert.equal(said.length, 4);
  for (const i of [0, 2]) {
    assert.deepEqual(said[i].slice(0, 4), ['SIMULATED', 'OK', '1', '0']);
    assert.deepEqual(said[i + 1].slice(0, 4), ['RESULT', '0', '1', '0']);
  }
  await bench.execute(program, { timeSec });
  const [, late] = await run(url, [await parentLine(), await blockLine(timeSec + 12), ...lines.slice(2)]);
  assert.deepEqual(late.slice(0, 4), ['RESULT', '0', '0', '0']);
  assert.match(late[4], /^0xaa2fd925/);
}));

test('a parent that a reorg took away has no answer', async (t) => {
  const { lines } = await liquidation();
  await rpc.call('evm_mine');
  const gone = await parentLine();
  await rpc.call('anvil_rollback', [1]);
  await rpc.call('evm_mine');
  for (const url of [state.ws, await lacking(t, ['eth_simulateV1'])]) {
    const [head] = await run(url, [gone, lines[1].replace(/^block \S+/, `block ${toHex(Number(gone.split(' ')[1]) + 1)}`), ...lines.slice(2)]);
    assert.deepEqual(head.slice(0, 2), ['SIMULATED', 'NOT_FOUND']);
  }
});

// ---- slots

const TOKENS = ['USDC', 'WETH', 'WBTC', 'wstETH', 'DAI'].filter((symbol) => state.tokens[symbol]);
const VALUE = 123_456_789n;

/** What the token says where the slot has VALUE, asked of anvil. */
async function saysOf({ contract, slot }, token, holder, spender) {
  const data = spender === NOBODY
    ? encode('balanceOf', [holder])
    : `0xdd62ed3e${word(holder).slice(2)}${word(spender).slice(2)}`;
  return BigInt(await rpc.call('eth_call', [{ to: token, data }, 'latest', { [contract]: { stateDiff: { [slot]: word(VALUE) } } }]));
}

for (const methods of [[], ['eth_createAccessList']]) {
  test(`slots are where tokens keep their numbers${methods.length ? ', by common layouts' : ''}`, async (t) => {
    const url = await lacking(t, methods);
    const { user, keeper } = state.accounts;
    const { reserves } = state.protocols['aave-v3.6'];
    const places = [
      ...TOKENS.flatMap((symbol) => [NOBODY, keeper.address].map((spender) => [bench.token(symbol), spender])),
      ...TOKENS.filter((symbol) => reserves[symbol]).map((symbol) => [reserves[symbol].aToken, keeper.address]),
    ];
    assert.ok(places.length >= 10);
    const lines = places.map(([token, spender]) => `place ${token} ${user.address} ${spender}`);
    const said = await run(url, [await parentLine(), ...lines]);
    for (const [i, [token, spender]] of places.entries()) {
      const [, err, contract, slot] = said[i];
      assert.equal(err, 'OK', lines[i]);
      assert.equal(await saysOf({ contract, slot }, token, user.address, spender), VALUE, lines[i]);
    }
  });

  test(`a balance that earns interest has no slot${methods.length ? ', by common layouts' : ''}`, (t) => bench.aside(async () => {
    const url = await lacking(t, methods);
    const { aToken } = state.protocols['aave-v3.6'].reserves.USDC;
    await rpc.call('evm_increaseTime', [86_400]);
    await rpc.call('evm_mine');
    const whale = state.accounts.whale.address;
    const scaled = await read(rpc, aToken, 'scaledBalanceOf(address) view returns (uint256)', [whale]);
    assert.ok(await bench.balance(aToken, whale) > scaled && scaled > 0n);
    const [[, err]] = await run(url, [await parentLine(), `place ${aToken} ${whale} ${NOBODY}`]);
    assert.equal(err, 'EMPTY');
  }));
}

// ---- payments

const PAYER = '0x00000000000000000000000000000000000ea4e5';
const INNER = '0x00000000000000000000000000000000000ea4e6';
const MINER = '0x00000000000000000000000000000000000a1ce5';
const payCoinbase = (wei) => `5f5f5f5f60${wei.toString(16).padStart(2, '0')}415af150`;

for (const methods of [[], ['debug_traceTransaction']]) {
  test(`what is paid is what the fee recipient gets${methods.length ? ', but without traces the tip alone' : ''}`, (t) => bench.aside(async () => {
    const url = await lacking(t, methods);
    await rpc.call('anvil_setCoinbase', [MINER]);
    await rpc.call('anvil_setBalance', [PAYER, toHex(COIN)]);
    await rpc.call('anvil_setBalance', [INNER, toHex(COIN)]);
    // pays 5, has another pay 9 who then reverts, pays 3
    await rpc.call('anvil_setCode', [PAYER, `0x${payCoinbase(5)}5f5f5f5f5f73${INNER.slice(2)}5af150${payCoinbase(3)}00`]);
    await rpc.call('anvil_setCode', [INNER, `0x${payCoinbase(9)}5f5ffd`]);
    const hash = await rpc.call('eth_sendTransaction', [{
      from: state.accounts.user.address, to: PAYER, gas: toHex(GAS), maxFeePerGas: toHex(100n * GWEI), maxPriorityFeePerGas: toHex(2n * GWEI),
    }]);
    await rpc.call('evm_mine');
    const receipt = await rpc.call('eth_getTransactionReceipt', [hash]);
    const mined = await rpc.call('eth_getBlockByHash', [receipt.blockHash, false]);
    const got = BigInt(await rpc.call('eth_getBalance', [MINER, receipt.blockNumber]));
    const [[, err, tip, gas, has, payment]] = await run(url, [
      `parent ${mined.number} ${mined.hash}`,
      `block ${mined.number} ${mined.timestamp} ${mined.gasLimit} ${mined.baseFeePerGas} ${mined.miner}`,
      `paid ${hash}`,
    ]);
    assert.equal(err, 'OK');
    assert.equal(BigInt(tip), 2n * GWEI);
    assert.equal(BigInt(gas), BigInt(receipt.gasUsed));
    assert.equal(has, methods.length ? '0' : '1');
    assert.equal(BigInt(payment), methods.length ? 0n : 8n);
    assert.equal(got, BigInt(tip) * BigInt(gas) + 8n);
  }));
}
