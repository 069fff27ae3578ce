// Days on which prices wander and others liquidate, a block at a time and drawn from a seed: who competes comes in the
// block after an account fell, in a later one or never, sometimes in the very block of the price, and pays by tip or, through
// a contract of his own, directly.
import assert from 'node:assert/strict';
import { callsAgainst } from '../devnet/lib/rival.mjs';
import { deployExecutor } from '../devnet/lib/deploy_executor.mjs';
import { encodeProgram } from '../devnet/lib/program.mjs';
import { roundsOf } from '../devnet/lib/truth.mjs';
import { waitSuccess } from '../devnet/lib/send.mjs';
import { TOKENS, startPrice } from '../devnet/lib/world.mjs';
import { encodeFunctionData, keccak256, parseAbi, privateKeyToAccount, stringToBytes } from '../devnet/viem.mjs';
import { sendInTurn } from './in_turn.mjs';
import { KeptTruth } from './kept_truth.mjs';

const WAD = 10n ** 18n;
const GWEI = 10n ** 9n;
const NEAR = (WAD * 105n) / 100n; // a health factor that one price may take away
const GAS = { submit: 400_000n, liquidate: 1_200_000n, contract: 2_000_000n };
const ORACLE_TIP = GWEI;
const MOVING = ['WETH', 'WBTC', 'LINK'];
const STABLE = ['USDC', 'DAI'];
const MOST_DOWN = 0.62; // of the price at the start
const MOST_UP = 1.15;
const PAID_ETHER = 3;
const LEAST_FEE = 1e8;
const MOST_FEE = 5e10;
const ABI = parseAbi([
  'function submit(uint256, int256)',
  'function mint(address, uint256)',
  'function transfer(address, uint256)',
  'function execute(bytes) payable',
]);
const MARKET = '(address, address, address, address, uint256)';
const MORPHO = parseAbi([
  `function supplyCollateral(${MARKET}, uint256, address, bytes)`,
  `function borrow(${MARKET}, uint256, uint256, address, address)`,
]);
const DOUBLES = 4; // borrowers of two isolated markets each
const DOUBLE_MARKETS = ['WETH/USDC', 'LINK/DAI'];
const DOUBLE_USD = 30_000n;
const POCKET_MONEY = 10n ** 22n;
const encode = (functionName, args) => encodeFunctionData({ abi: ABI, functionName, args });
const hex = (n) => `0x${BigInt(n).toString(16)}`;
export const accountKey = ({ protocol, market, address }) => `${protocol} ${market ?? ''} ${address.toLowerCase()}`;
const logBetween = ({ float }, low, high) => BigInt(Math.round(low * (high / low) ** float()));

/** Sends transactions {from (an account with its key), to, data, gas, tip, value} in their order for a block of this base fee; their hashes. */
async function sendAll(rpc, chainId, baseFee, txs) {
  const keys = [...new Set(txs.map(({ from }) => from))];
  const counts = await rpc.batch(keys.map(({ address }) => ['eth_getTransactionCount', [address, 'latest']]));
  const nonces = new Map(keys.map((one, i) => [one, Number(counts[i])]));
  const raws = [];
  for (const { from, to, data, gas, tip, value } of txs) {
    const nonce = nonces.get(from);
    nonces.set(from, nonce + 1);
    raws.push(await privateKeyToAccount(from.key).signTransaction({
      type: 'eip1559', chainId, nonce, to, data, gas, value, maxPriorityFeePerGas: tip, maxFeePerGas: tip + baseFee,
    }));
  }
  return sendInTurn(rpc, raws.map((raw) => ['eth_sendRawTransaction', [raw]]));
}

export class MarketDays {
  #random;
  #rpc;
  #state;
  #ownTip;
  #mayLose;
  #leaps;
  #kept;
  #truth; // of the newest block that was asked for
  #plans = new Map(); // account -> {blk, tip, paid}
  #prices;
  #trend = -1;
  #contract;
  /** Of each block from the first that `mine` made: {number, sec, liquidatable: [account]}. */
  blocks = [];
  counts = { blocks: 0, prices: 0, liquidations: 0, contracts: 0, backruns: 0 };

  /** ownTip: what the keeper's transactions pay per gas, to be as near as a wei to. mayLose: others send, too, and the rival's
   *  may come behind theirs and revert. leaps: the base fee goes anywhere at once; else by an eighth a block, as EIP-1559 has it. */
  constructor(random, { rpc, state }, protocols, ownTip, { mayLose = false, leaps = true } = {}) {
    this.#random = random;
    this.#rpc = rpc;
    this.#state = state;
    this.#ownTip = ownTip;
    this.#mayLose = mayLose;
    this.#leaps = leaps;
    this.accounts = state.borrowers.filter(({ protocol }) => protocols.includes(protocol));
    this.#prices = Object.fromEntries(Object.keys(state.feeds).map((symbol) => [symbol, startPrice(symbol)]));
  }

  /** A contract of the rival's with tokens of each kind, and who borrows in two markets; before blocks are mined by hand. */
  async prepare(fund) {
    const { rival } = this.#state.accounts;
    this.#contract = (await deployExecutor(this.#rpc, rival)).address;
    await fund(this.#contract);
    for (let i = 0; i < DOUBLES; i += 1) {
      const address = `0x${keccak256(stringToBytes(`borrower of two markets ${this.#random.uint(2 ** 32)} ${i}`)).slice(26)}`;
      await this.#rpc.call('anvil_setBalance', [address, hex(POCKET_MONEY)]);
      for (const market of DOUBLE_MARKETS) await this.#openMorpho(address, market);
    }
  }

  /** Borrows up to a few percent below what a market of Morpho's allows. */
  async #openMorpho(address, market) {
    const { morpho, markets } = this.#state.protocols.morpho;
    const { collateral, loan, params } = markets[market];
    const unitsOf = (symbol, usd) => (usd * 10n ** BigInt(TOKENS[symbol].decimals + 8)) / startPrice(symbol);
    const amount = unitsOf(collateral, DOUBLE_USD);
    const owed = (unitsOf(loan, DOUBLE_USD) * BigInt(params.lltv) * 100n) / WAD / BigInt(101 + this.#random.uint(5));
    const calls = [
      { from: this.#state.accounts.whale.address, data: encodeFunctionData({ abi: MORPHO, functionName: 'supplyCollateral', args: [Object.values(params), amount, address, '0x'] }) },
      { from: address, data: encodeFunctionData({ abi: MORPHO, functionName: 'borrow', args: [Object.values(params), owed, 0n, address, address] }) },
    ];
    for (const call of calls) await waitSuccess(this.#rpc, [await this.#rpc.call('eth_sendTransaction', [{ ...call, to: morpho, gas: hex(GAS.contract) }])], market);
    this.accounts.push({ protocol: 'morpho', market, address });
  }

  get contract() { return this.#contract; }

  async head() {
    const { number, hash, timestamp, baseFeePerGas, gasUsed, gasLimit } = await this.#rpc.call('eth_getBlockByNumber', ['latest', false]);
    return { number: Number(number), hash, sec: Number(timestamp), fee: BigInt(baseFeePerGas), used: BigInt(gasUsed), limit: BigInt(gasLimit) };
  }

  /** How the accounts stand behind the newest block. */
  async truth(head) {
    this.#kept ??= new KeptTruth(this.#rpc, this.#state, this.accounts);
    if (this.#truth?.hash !== head.hash) this.#truth = { hash: head.hash, accounts: await this.#kept.at(head, this.#prices) };
    return this.#truth.accounts;
  }

  #drawBaseFee({ fee }) {
    const { float } = this.#random;
    if (this.#leaps) return float() < 0.2 ? logBetween(this.#random, LEAST_FEE, MOST_FEE) : undefined;
    const next = fee + (fee * BigInt(Math.round(250 * (float() - 0.5)))) / 1_000n;
    if (next < LEAST_FEE) return BigInt(LEAST_FEE);
    return next > MOST_FEE ? BigInt(MOST_FEE) : next;
  }

  /** A new answer of each feed that moves; the trend turns where a price has gone far. */
  #drawPrices() {
    const { float } = this.#random;
    const eth = Number(this.#prices.WETH) / Number(startPrice('WETH'));
    if (eth < MOST_DOWN) this.#trend = 1;
    else if (eth > MOST_UP || float() < 0.05) this.#trend = -1;
    const moved = {};
    for (const symbol of MOVING) {
      if (float() > 0.5) continue;
      const step = this.#trend * 0.03 * float() + 0.02 * (float() - 0.5) + (float() < 0.04 ? -0.08 : 0);
      moved[symbol] = (this.#prices[symbol] * BigInt(Math.round((1 + step) * 1e6))) / 1_000_000n;
    }
    for (const symbol of STABLE) {
      if (float() < 0.1) moved[symbol] = (startPrice(symbol) * BigInt(996_000 + this.#random.uint(8_000))) / 1_000_000n;
    }
    return moved;
  }

  async #submits(moved) {
    const rounds = await roundsOf(this.#rpc, this.#state);
    return Object.entries(moved).map(([symbol, answer]) => ({
      from: this.#state.accounts.oracle, to: this.#state.feeds[symbol].fluxAggregator, gas: GAS.submit, tip: ORACLE_TIP,
      data: encode('submit', [rounds[symbol].flux + 1n, answer]),
    }));
  }

  #drawTip() {
    const { pick } = this.#random;
    const own = this.#ownTip;
    return pick([() => own, () => own, () => own - 1n, () => own + 1n, () => logBetween(this.#random, 1e8, 1e10), () => logBetween(this.#random, 1e9, 2e13)])();
  }

  /** What the rival does about an account that he has seen fall. */
  #planFor(account, number) {
    const key = accountKey(account);
    if (!this.#plans.has(key)) {
      const { float, pick } = this.#random;
      const late = pick([0, 0, 0, 0, 1, 3, Infinity]);
      const paid = float() < 0.25 ? logBetween(this.#random, 1e12, PAID_ETHER * 1e18) : 0n;
      this.#plans.set(key, { blk: number + 1 + late, tip: this.#drawTip(), paid });
    }
    return this.#plans.get(key);
  }

  /** The rival's transaction of a call, his own or through his contract. */
  #attack({ venue, asset }, data, { tip, paid }) {
    const { rival } = this.#state.accounts;
    if (!paid) return { from: rival, to: venue, data, gas: GAS.liquidate, tip };
    const operations = [{ call: { contract: venue, token: asset, allowance: 2n ** 255n, input: data } }, { pay: { value: paid } }];
    return { from: rival, to: this.#contract, data: encode('execute', [encodeProgram({ operations })]), gas: GAS.contract, tip, value: paid };
  }

  /** The debt token of a call's data: what the contract lets the pool take. */
  #assetOf(account, data) {
    if (account.market) return this.#state.protocols.morpho.markets[account.market].params.loanToken;
    return `0x${data.slice(10 + 64 + 24, 10 + 128)}`;
  }

  /** Which of these calls would pass behind others in the next block. */
  async #passes(before, txs, sec) {
    const asCall = ({ from, to, data, gas, value = 0n }) => ({ from: from.address, to, input: data, gas: hex(gas), value: hex(value) });
    const block = { blockOverrides: { time: hex(sec), baseFeePerGas: '0x0' }, calls: [...before, ...txs].map(asCall) };
    const [{ calls }] = await this.#rpc.call('eth_simulateV1', [{ blockStateCalls: [block] }, 'latest']);
    return calls.slice(before.length).map(({ status }) => status === '0x1');
  }

  async #attacks(truth, { number }, before, sec) {
    const { float } = this.#random;
    const due = [];
    for (const account of truth) {
      if (account.verdict === 'liquidatable') {
        const plan = this.#planFor(account, number);
        if (plan.blk <= number + 1) due.push({ account, plan });
      } else {
        this.#plans.delete(accountKey(account));
        const isNear = account.verdict === 'safe' && account.health < NEAR;
        if (before.length && isNear && float() < 0.3) due.push({ account, plan: { tip: this.#drawTip(), paid: 0n }, isBackrun: true });
      }
    }
    const sent = [];
    for (const { account, plan, isBackrun } of due) {
      const { pool, morpho, markets } = this.#state.protocols[account.protocol];
      const one = { venue: pool ?? morpho, owner: account.address, market: account.market && markets[account.market] };
      for (const data of await callsAgainst(this.#rpc, this.#state, one)) {
        const tx = this.#attack({ venue: one.venue, asset: this.#assetOf(account, data) }, data, plan);
        const [passes] = await this.#passes([...before, ...sent], [tx], sec);
        if (!passes) continue;
        sent.push(tx);
        this.counts.liquidations += 1;
        this.counts.contracts += plan.paid > 0n;
        this.counts.backruns += Boolean(isBackrun);
        break;
      }
      this.#plans.delete(accountKey(account));
    }
    return sent;
  }

  async #keep(head, truth) {
    this.blocks.push({ number: head.number, sec: head.sec, liquidatable: truth.filter(({ verdict }) => verdict === 'liquidatable') });
  }

  /** Mines the next block; quiet: in its own second one that has nothing but, as given, prices (`moved`, by symbol). */
  async mine({ quiet = false, moved: given } = {}) {
    const head = await this.head();
    const { float, uint } = this.#random;
    const sec = head.sec + (!quiet && float() < 0.15 ? 2 + uint(12) : 1);
    const baseFee = quiet ? undefined : this.#drawBaseFee(head);
    const fee = baseFee ?? head.fee * 2n;
    let txs = [];
    let own = 0; // the oracle's, which pass
    if (!quiet || given) {
      const truth = await this.truth(head);
      const moved = given ?? this.#drawPrices();
      const submits = await this.#submits(moved);
      const isFirst = quiet || float() < 0.5;
      const attacks = quiet ? [] : await this.#attacks(truth, head, isFirst ? submits : [], sec);
      txs = isFirst ? [...submits, ...attacks] : [...attacks, ...submits];
      Object.assign(this.#prices, moved);
      this.counts.prices += submits.length;
      own = submits.length;
    }
    if (baseFee) await this.#rpc.call('anvil_setNextBlockBaseFeePerGas', [hex(baseFee)]);
    const hashes = await sendAll(this.#rpc, this.#state.chainId, fee, txs);
    await this.#rpc.call('evm_setNextBlockTimestamp', [sec]);
    await this.#rpc.call('evm_mine');
    const after = await this.head();
    const receipts = await this.#rpc.batch(hashes.map((hash) => ['eth_getTransactionReceipt', [hash]]));
    const passed = receipts.filter((receipt) => receipt?.status === '0x1').length;
    assert.ok(receipts.every(Boolean), `a transaction is not in block ${after.number}`);
    assert.ok(passed >= (this.#mayLose ? own : txs.length), `a transaction of block ${after.number} did not pass`);
    await this.#keep(after, await this.truth(after));
    this.counts.blocks += 1;
    return after;
  }
}
