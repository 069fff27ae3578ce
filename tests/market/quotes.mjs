// Quotes against QuoterV2 and v2's router on a development chain: random pools, positions, burns and swaps, some
// blocks of them undone; after each block what the program quotes, from what it read once and from logs since,
// must be what the contracts answer, to the unit, and where they refuse it must too.
//
//     quotes.mjs --program QUOTE [--comparisons N] [--seed S]
//
// A comparison is one quote.
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { decodeFunctionResult, encodeDeployData, encodeFunctionData, getContractAddress, parseAbi, zeroAddress } from '../devnet/viem.mjs';
import { compileFile } from '../decide/contract.mjs';
import { endSoon } from '../devnet/lib/closing.mjs';
import { startDevnet } from '../devnet/lib/devnet.mjs';
import { randomOf } from '../devnet/lib/random.mjs';
import { startQuoter } from './quoter.mjs';

const BEFORE = 30; // blocks whose outcome is read
const QUOTES = 40; // after a block
const STATES_MAX = 400;
const REORG_MAX = 8;
const GAS = '0x989680';
const BLOCK_MAX = 5; // transactions
const CALL_GAS = '0x2540be40000'; // of a call that nobody pays
const TICK_MAX = 887272;
const LIMITS = [4295128740n, 1461446703485210103287273052203988822378723970341n];
const RESERVE_MAX = 2n ** 112n - 1n;
const SPACINGS = { 100: 1, 500: 10, 3000: 60, 10000: 200 };
const FACTORIES = parseAbi([
  'function enableFeeAmount(uint24 fee, int24 tickSpacing)',
  'function getPool(address, address, uint24) view returns (address)',
  'function getPair(address, address) view returns (address)',
  'function getReserves() view returns (uint112, uint112, uint32)',
  'function slot0() view returns (uint160, int24, uint16, uint16, uint16, uint8, bool)',
]);
const hex = (n) => `0x${BigInt(n).toString(16)}`;

/** Each kind of pool: where its price is and how its positions lie around it, in ticks. */
const V3_KINDS = [
  { fee: 500, center: 0, reach: 3_000 },
  { fee: 3000, center: 200_311, reach: 30_000 },
  { fee: 10000, center: -276_324, reach: 80_000 },
  { fee: 100, center: 5, reach: 300 },
  { fee: 100, center: -276_324, reach: 4_000 },
  { fee: 10000, center: 861_000, reach: 40_000 },
  { fee: 10000, center: -886_000, reach: 1_200 },
  { fee: 3000, center: -40_000, reach: TICK_MAX },
  { fee: 10000, center: 77_777, reach: TICK_MAX, few: true },
  { fee: 500, center: 123_456, reach: 10, few: true },
  { fee: 3000, center: 1_000, reach: 0 }, // without liquidity
  { fee: 500, center: undefined, reach: 0 }, // without a price
];

class Quotes {
  #options;
  #random;
  #devnet;
  #trader;
  #program;
  #tokens = [];
  #pools = []; // {kind, address, tokens, fee, spacing, reach, few, positions: [{lower, upper, liquidity}]}
  #watched;
  #depth = 0; // blocks that can be undone
  counts = { comparisons: 0, quoted: 0, refused: 0, empty: 0, crossed: 0, blocks: 0, logs: 0, undone: 0, passed: 0, failed: 0, reads: 0 };

  constructor(options) {
    this.#options = options;
    this.#random = randomOf(options.seed);
  }

  get #rpc() { return this.#devnet.rpc; }

  get #state() { return this.#devnet.state; }

  get #whale() { return this.#state.accounts.whale.address; }

  // ---- the chain

  #encode(functionName, args) {
    return encodeFunctionData({ abi: this.#trader.abi, functionName, args });
  }

  /** Mines the transactions, BLOCK_MAX a block. */
  async #send(from, transactions) {
    const receipts = [];
    for (let i = 0; i < transactions.length || i === 0; i += BLOCK_MAX) {
      const calls = transactions.slice(i, i + BLOCK_MAX).map(({ to, data }) => ['eth_sendTransaction', [{ from, to, data, gas: GAS }]]);
      await this.#rpc.batch([...calls, ['evm_mine', []]]);
      const mined = await this.#rpc.call('eth_getBlockReceipts', ['latest']);
      assert.equal(mined.length, calls.length, 'all of it has its place in a block');
      receipts.push(...mined);
    }
    const passed = receipts.filter(({ status }) => status === '0x1').length;
    this.counts.passed += passed;
    this.counts.failed += receipts.length - passed;
    return receipts;
  }

  async #read(to, functionName, args) {
    const data = encodeFunctionData({ abi: FACTORIES, functionName, args });
    return decodeFunctionResult({ abi: FACTORIES, functionName, data: await this.#rpc.call('eth_call', [{ to, data }, 'latest']) });
  }

  async #deploy() {
    const { Token, Trader } = await compileFile(new URL('Trader.sol', import.meta.url), ['Token', 'Trader']);
    const nonce = BigInt(await this.#rpc.call('eth_getTransactionCount', [this.#whale, 'latest']));
    const at = (i) => getContractAddress({ from: this.#whale, nonce: nonce + BigInt(i) });
    this.#trader = { address: at(0), abi: Trader.abi };
    const made = [{ data: Trader.bytecode }];
    for (const decimals of [6, 8, 18, 18]) {
      made.push({ data: encodeDeployData({ abi: Token.abi, bytecode: Token.bytecode, args: [decimals, at(0)] }) });
      this.#tokens.push(at(made.length - 1));
    }
    for (const { status } of await this.#send(this.#whale, made)) assert.equal(status, '0x1');
    const { factory } = this.#state.protocols['uniswap-v3'];
    const data = encodeFunctionData({ abi: FACTORIES, functionName: 'enableFeeAmount', args: [100, 1] });
    await this.#send(this.#state.accounts.deployer.address, [{ to: factory, data }]);
  }

  /** Two tokens that have no pool of this fee yet. */
  #freePair(fee) {
    const pairs = this.#tokens.flatMap((a) => this.#tokens.filter((b) => BigInt(a) < BigInt(b)).map((b) => [a, b]));
    return this.#random.pick(pairs.filter(([a, b]) => !this.#pools.some((pool) => pool.fee === fee && pool.tokens[0] === a && pool.tokens[1] === b)));
  }

  async #create() {
    const v3 = this.#state.protocols['uniswap-v3'];
    const v2 = this.#state.protocols['uniswap-v2'];
    const calls = [];
    for (const { fee, center, reach, few } of V3_KINDS) {
      const tokens = this.#freePair(fee);
      // to some 15 digits, which is no tick's price
      const sqrtPrice = center === undefined ? 0n : BigInt(Math.round(1.0001 ** (center / 2) * 2 ** 52)) << 44n || BigInt(Math.round(1.0001 ** (center / 2) * 2 ** 96));
      calls.push(['create', [v3.factory, ...tokens, fee, sqrtPrice]]);
      this.#pools.push({ kind: 'v3', tokens, fee, spacing: SPACINGS[fee], reach, few, idle: reach === 0, positions: [] });
    }
    for (let i = 0; i < 3; i += 1) {
      const tokens = this.#freePair(0);
      calls.push(['createPair', [v2.factory, ...tokens]]);
      this.#pools.push({ kind: 'v2', tokens, fee: 0, idle: i === 2 });
    }
    const receipts = await this.#send(this.#whale, calls.map(([name, args]) => ({ to: this.#trader.address, data: this.#encode(name, args) })));
    receipts.forEach(({ status }, i) => assert.equal(status, '0x1', `${calls[i]}`));
    for (const pool of this.#pools) {
      pool.address = pool.kind === 'v2' ? await this.#read(v2.factory, 'getPair', pool.tokens) : await this.#read(v3.factory, 'getPool', [...pool.tokens, pool.fee]);
    }
  }

  // ---- what happens to pools

  #amount(bits) {
    const { uint } = this.#random;
    return (BigInt(uint(2 ** 30)) << 90n) >> BigInt(120 - bits) || 1n;
  }

  async #mintV3(pool) {
    const { uint, float } = this.#random;
    const [, tick] = await this.#read(pool.address, 'slot0', []);
    const most = Math.floor(TICK_MAX / pool.spacing);
    const clamp = (n) => Math.max(-most, Math.min(most, n));
    const around = () => clamp(Math.floor((tick + (2 * float() - 1) ** 3 * pool.reach) / pool.spacing));
    let lower = around();
    let upper = float() < 0.2 ? lower + 1 : around();
    if (pool.reach === TICK_MAX && float() < 0.5) [lower, upper] = [-most, most];
    if (lower > upper) [lower, upper] = [upper, lower];
    if (lower === upper) (upper < most ? (upper += 1) : (lower -= 1));
    if (pool.positions.length && float() < 0.3) { // beside one that is there
      const near = this.#random.pick(pool.positions);
      lower = near.upper / pool.spacing;
      upper = clamp(lower + 1 + uint(20));
      if (lower >= upper) return undefined;
    }
    const position = { lower: lower * pool.spacing, upper: upper * pool.spacing, liquidity: this.#amount(1 + uint(90)) };
    pool.positions.push(position);
    return ['mint', [pool.address, position.lower, position.upper, position.liquidity]];
  }

  #burnV3(pool) {
    const { pick, float } = this.#random;
    const position = pick(pool.positions);
    const liquidity = float() < 0.6 ? position.liquidity : (position.liquidity * BigInt(this.#random.uint(100))) / 100n;
    position.liquidity -= liquidity;
    if (position.liquidity === 0n) pool.positions.splice(pool.positions.indexOf(position), 1);
    return ['burn', [pool.address, position.lower, position.upper, liquidity]];
  }

  async #swapV3(pool) {
    const { uint, float } = this.#random;
    const zero = uint(2) === 0;
    const [sqrtPrice] = await this.#read(pool.address, 'slot0', []);
    // no further than this, so that the pool stays where its positions are
    const move = BigInt(Math.round(1.0001 ** ((float() * Math.min(pool.reach, 20_000)) / 2) * 2 ** 40));
    const limit = zero ? (sqrtPrice << 40n) / move : (sqrtPrice * move) >> 40n;
    const clamped = limit < LIMITS[0] ? LIMITS[0] : limit > LIMITS[1] ? LIMITS[1] : limit;
    return ['swap', [pool.address, zero, this.#amount(1 + uint(100)) * (uint(2) ? 1n : -1n), clamped]];
  }

  async #change(pool) {
    const { float, uint } = this.#random;
    const { router } = this.#state.protocols['uniswap-v2'];
    const turn = float();
    if (pool.idle) return undefined;
    if (pool.kind === 'v2') {
      if (!pool.filled || turn < 0.2) {
        pool.filled = true;
        return ['mintPair', [pool.address, this.#amount(30 + uint(70)), this.#amount(30 + uint(70))]];
      }
      if (turn < 0.3) return ['burnPair', [pool.address, BigInt(2 + uint(50))]];
      return ['swapPair', [pool.address, router, uint(2) === 0, this.#amount(1 + uint(90))]];
    }
    const many = pool.few ? 1 : 8;
    if (pool.positions.length < many || (turn < 0.25 && pool.positions.length < 3 * many)) return this.#mintV3(pool);
    return turn < 0.45 && !pool.few ? this.#burnV3(pool) : this.#swapV3(pool);
  }

  async #mine() {
    const { pick, uint } = this.#random;
    const calls = [];
    for (let i = 1 + uint(BLOCK_MAX); i > 0; i -= 1) {
      const call = await this.#change(pick(this.#pools));
      if (call) calls.push(call);
    }
    await this.#send(this.#whale, calls.map(([name, args]) => ({ to: this.#trader.address, data: this.#encode(name, args) })));
  }

  // ---- the program

  /** Tells it the block at the head. */
  async #follow() {
    const number = await this.#rpc.call('eth_blockNumber');
    const logs = await this.#rpc.call('eth_getLogs', [{ fromBlock: number, toBlock: number, address: this.#watched.addresses, topics: [this.#watched.topics] }]);
    const said = await this.#program.ask(`block ${BigInt(number)}`, ...logs.map(({ address, data, topics }) => `log ${address} ${data} ${topics.join(' ')}`));
    assert.ok(said.every((lines) => lines.length === 0), 'each log fits');
    this.#depth += 1;
    this.counts.blocks += 1;
    this.counts.logs += logs.length;
  }

  async #undo() {
    const { uint } = this.#random;
    const number = Number(await this.#rpc.call('eth_blockNumber'));
    const depth = 1 + uint(Math.min(REORG_MAX, this.#depth));
    await this.#rpc.call('anvil_rollback', [depth]);
    await this.#rpc.call('anvil_dropAllTransactions');
    await this.#program.ask(...Array.from({ length: depth }, (_, i) => `back ${number - i}`));
    for (const pool of this.#pools.filter(({ kind }) => kind === 'v2')) pool.filled = (await this.#read(pool.address, 'getReserves', []))[0] > 0n;
    this.counts.undone += depth;
    this.#depth -= depth;
  }

  /** Answers its reads at the head until there are none. */
  async #answer() {
    for (;;) {
      const [calls] = await this.#program.ask('next');
      if (calls.length === 0) return;
      const results = await this.#rpc.settle(calls.map(([, to, data]) => ['eth_call', [{ to, data }, 'latest']]));
      const [said] = await this.#program.ask(`answer ${results.map(({ result }) => (result === undefined ? '0:0x' : `1:${result}`)).join(' ')}`);
      this.counts.reads += 1;
      assert.ok(this.counts.reads < 1000, 'reads come to an end');
      void said; // that a pool is of no use is an answer too
    }
  }

  async #begin() {
    const v3 = this.#state.protocols['uniswap-v3'];
    const v2 = this.#state.protocols['uniswap-v2'];
    this.#program = startQuoter(this.#options.program);
    await this.#program.ask(...this.#pools.map(({ kind, address }) => `pool ${kind} ${address} ${kind === 'v2' ? v2.factory : v3.factory} ${kind === 'v2' ? 3000 : 0}`));
    const [, watch] = await this.#program.ask('begin', 'watch');
    const of = (letter) => watch.filter(([what]) => what === letter).map(([, value]) => value);
    this.#watched = { addresses: of('W'), topics: of('T') };
    await this.#answer();
  }

  // ---- quotes

  async #look() {
    for (const pool of this.#pools) {
      if (pool.kind === 'v2') pool.reserves = await this.#read(pool.address, 'getReserves', []);
      else [pool.sqrtPrice] = await this.#read(pool.address, 'slot0', []);
    }
  }

  /** About what is there of a token, which is token0 or token1, and that over a power of two. */
  #near(pool, isToken0) {
    const { pick, uint } = this.#random;
    if (pool.kind === 'v2') return uint(2) ? pool.reserves[isToken0 ? 0 : 1] + BigInt(uint(3)) - 1n : pool.reserves[isToken0 ? 0 : 1] >> BigInt(uint(20));
    if (pool.positions.length === 0) return 1n;
    const { liquidity } = pick(pool.positions);
    return (isToken0 ? (liquidity << 96n) / pool.sqrtPrice : (liquidity * pool.sqrtPrice) >> 96n) >> BigInt(uint(16));
  }

  #drawAsk() {
    const { pick, uint } = this.#random;
    const index = uint(this.#pools.length);
    const pool = this.#pools[index];
    const zero = uint(2) === 0;
    const exactOut = uint(2) === 0;
    const tokens = zero ? pool.tokens : pool.tokens.toReversed();
    let amount = uint(4) ? this.#near(pool, zero !== exactOut) : (BigInt(uint(2 ** 30)) << 226n) >> BigInt(uint(256));
    if (amount < 0n) amount = 0n;
    return { index, pool, zero, exactOut, tokens, amount };
  }

  /** What is wanted of the program: {amount} or {error}. */
  #wanted({ pool, zero, exactOut, amount }, { done, amount: quoted, sqrtPrice }) {
    if (!done) return { error: 'RANGE' };
    if (pool.kind === 'v3' && LIMITS.includes(sqrtPrice)) return { error: 'RANGE' }; // in part, of what is asked
    if (pool.kind === 'v2' && pool.reserves[zero ? 0 : 1] + (exactOut ? quoted : amount) > RESERVE_MAX) return { error: 'RANGE' }; // the pair would refuse
    if (quoted === 0n) return { error: 'EMPTY' };
    return exactOut ? { amountIn: quoted, amountOut: amount, sqrtPrice } : { amountIn: amount, amountOut: quoted, sqrtPrice };
  }

  #compare(ask, answer, [[what, ...words]]) {
    const wanted = this.#wanted(ask, answer);
    const { pool, zero, exactOut, amount } = ask;
    const where = `${pool.kind} ${pool.address} fee ${pool.fee} zero ${zero} exact out ${exactOut} amount ${amount}: ${words.join(' ')}`;
    if (wanted.error) {
      assert.equal(what, 'E', where);
      assert.equal(words[0], wanted.error, where);
      this.counts[wanted.error === 'EMPTY' ? 'empty' : 'refused'] += 1;
    } else {
      assert.equal(what, 'Q', where);
      assert.equal(BigInt(words[0]), wanted.amountIn, where);
      assert.equal(BigInt(words[1]), wanted.amountOut, where);
      if (pool.kind === 'v3') assert.equal(BigInt(words[2]), wanted.sqrtPrice, where);
      this.counts.quoted += 1;
      this.counts.crossed += pool.kind === 'v3' ? Number(words[3]) : 0;
    }
    this.counts.comparisons += 1;
  }

  async #quote() {
    await this.#look();
    const asks = Array.from({ length: QUOTES }, () => this.#drawAsk());
    const { quoter } = this.#state.protocols['uniswap-v3'];
    const { router } = this.#state.protocols['uniswap-v2'];
    const args = [quoter, router, asks.map(({ pool, tokens: [tokenIn, tokenOut], exactOut, amount }) => ({ tokenIn, tokenOut, fee: pool.fee, exactOut, amount }))];
    const call = { to: this.#trader.address, data: this.#encode('quotes', args), gas: CALL_GAS };
    const [data, ours] = await Promise.all([
      this.#rpc.call('eth_call', [call, 'latest']),
      this.#program.ask(...asks.map(({ index, zero, exactOut, amount }) => `${exactOut ? 'out' : 'in'} ${index} ${zero ? 1 : 0} ${amount}`)),
    ]);
    const answers = decodeFunctionResult({ abi: this.#trader.abi, functionName: 'quotes', data });
    asks.forEach((ask, i) => this.#compare(ask, answers[i], ours[i]));
  }

  async #statuses() {
    const [lines] = await this.#program.ask('pools');
    return lines.map(([, status]) => status);
  }

  async run() {
    this.#devnet = await startDevnet({ protocols: ['uniswap-v3', 'uniswap-v2'], statesMax: STATES_MAX });
    try {
      await this.#rpc.call('evm_setAutomine', [false]);
      await this.#deploy();
      await this.#create();
      for (let i = 0; i < BEFORE; i += 1) await this.#mine();
      await this.#begin();
      const { reads } = this.counts;
      while (this.counts.comparisons < this.#options.comparisons) {
        if (this.#depth > 0 && this.#random.float() < 0.05) await this.#undo();
        else {
          await this.#mine();
          await this.#follow();
        }
        await this.#quote();
      }
      assert.equal((await this.#program.ask('next'))[0].length, 0, 'logs alone kept the state');
      assert.equal(this.counts.reads, reads);
      console.log(JSON.stringify({ ...this.counts, statuses: await this.#statuses() }, null, 2));
      await this.#program.stop();
    } finally {
      this.#program?.kill();
      await this.#devnet.stop();
    }
  }
}

const { values } = parseArgs({ options: { program: { type: 'string' }, comparisons: { type: 'string' }, seed: { type: 'string' } } });
const seed = Number(values.seed ?? process.env.LIQD_TEST_SEED ?? 1);
const comparisons = Number(values.comparisons ?? (process.env.LIQD_TEST_LONG ? 100_000 : 1_200));
console.log(`seed ${seed}, ${comparisons} comparisons: repeat with LIQD_TEST_SEED=${seed}`);
await new Quotes({ ...values, seed, comparisons }).run();
endSoon();
