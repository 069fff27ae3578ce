// What the contracts themselves give for calls on an account, in a block of a time that is yet to come: by a
// contract that stands where the keeper is, in a call that leaves nothing behind.
import { decodeFunctionResult, encodeFunctionData, parseAbi } from '../devnet/viem.mjs';
import { searchContract } from './contract.mjs';

export const UINT_MAX = 2n ** 256n - 1n;
const WAD = 10n ** 18n;
const LEFTOVER_BASE = 1000n * 10n ** 8n;
const LEAVES = ['aave-v3.6']; // refuses a call that leaves too little
const CALL_GAS = '0x2540be40000'; // of a call that nobody pays
const FIRSTS_MAX = 8; // of one call: a node answers within its patience
const TINY = 64n;
const UNDERFLOW = /underflow or overflow/;
const NO_MARKET = [`0x${'0'.repeat(40)}`, `0x${'0'.repeat(40)}`, `0x${'0'.repeat(40)}`, `0x${'0'.repeat(40)}`, 0n];

const ABI = parseAbi([
  'function balanceOf(address) view returns (uint256)',
  'function getUserAccountData(address) view returns (uint256, uint256, uint256, uint256, uint256, uint256)',
  'function position(bytes32, address) view returns (uint256, uint128, uint128)',
  'function getLiquidationInfo(address, address, address, uint256) view returns (((uint256, uint256, uint256, uint256, uint256, uint256) user, (address, uint256, uint256, uint256, uint256) collateral, (address, uint256, uint256, uint256, uint256) debt, uint256 maxCollateral, uint256 maxDebt, uint256 fee, uint256 toPass))',
]);
const hex = (n) => `0x${BigInt(n).toString(16)}`;

export class Brute {
  #rpc;
  #state;
  #tokens;
  #contract;

  constructor({ rpc, state }, tokens) {
    this.#rpc = rpc;
    this.#state = state;
    this.#tokens = tokens;
  }

  async #view(sec, to, functionName, args) {
    const data = encodeFunctionData({ abi: ABI, functionName, args });
    const result = await this.#rpc.call('eth_call', [{ to, data }, 'latest', {}, { time: hex(sec) }]);
    return decodeFunctionResult({ abi: ABI, functionName, data: result });
  }

  async #search(sec, functionName, args) {
    this.#contract ??= await searchContract();
    const { abi, code } = this.#contract;
    const to = this.#state.accounts.keeper.address;
    const data = encodeFunctionData({ abi, functionName, args });
    const result = await this.#rpc.call('eth_call', [{ to, data, gas: CALL_GAS }, 'latest', { [to]: { code } }, { time: hex(sec) }]);
    return decodeFunctionResult({ abi, functionName, data: result });
  }

  /** What an account holds and owes at that time: {owed: {symbol: units}, held: {symbol: units}, shares}. */
  async balances(account, sec) {
    const { protocol, address, market, collaterals, debts } = account;
    const read = async (symbols, which) => Object.fromEntries(await Promise.all(symbols.map(async (symbol) =>
      [symbol, await this.#view(sec, this.#tokens[symbol].receipts[protocol][which], 'balanceOf', [address])])));
    if (!market) {
      const [, debtBase] = await this.#view(sec, this.#state.protocols[protocol].pool, 'getUserAccountData', [address]);
      return { owed: await read(debts, 'debt'), held: await read(collaterals, 'aToken'), debtBase };
    }
    const { morpho, markets } = this.#state.protocols.morpho;
    const [, shares, held] = await this.#view(sec, morpho, 'position', [markets[market].id, address]);
    return { owed: { [debts[0]]: shares / 1_000_000n }, held: { [collaterals[0]]: held }, shares, debtBase: 0n };
  }

  #token(symbol, which, { protocol }, terms, debtBase, all) {
    const { address, decimals, price, receipts } = this.#tokens[symbol];
    const unit = 10n ** BigInt(decimals);
    const { priceWad, available } = terms.tokens[address];
    const receipt = receipts[protocol]?.[which] ?? address;
    // a 2^14th of the value that there is, rounded as plans have it
    const least = LEFTOVER_BASE + (all * price) / unit / 2n ** 14n + 2n;
    const leftover = LEAVES.includes(protocol) ? (least * unit + price - 1n) / price : 0n;
    return { token: address, receipt, priceWad, unit, available, leftover, half: ((debtBase / 2n) * unit) / price };
  }

  /** The task of an account under terms; fractions: of second calls, in wads. */
  task(account, terms, { owed, held, debtBase }, { callUsd = 0n, fractions = [], two = true }) {
    const { protocol, address, market, collaterals, debts } = account;
    const { pool, morpho, markets } = this.#state.protocols[protocol];
    const venue = market
      ? { target: morpho, borrower: address, isMorpho: true, id: markets[market].id, params: markets[market].params }
      : { target: pool, borrower: address, isMorpho: false, id: `0x${'0'.repeat(64)}`, params: Object.fromEntries(['loanToken', 'collateralToken', 'oracle', 'irm', 'lltv'].map((name, i) => [name, NO_MARKET[i]])) };
    return {
      venue, fractions, callUsd, two,
      collaterals: collaterals.map((symbol) => this.#token(symbol, 'aToken', account, terms, debtBase, held[symbol])),
      debts: debts.map((symbol) => this.#token(symbol, 'debt', account, terms, debtBase, owed[symbol])),
    };
  }

  /** First calls to try: each size of few units; else what rules and the given ranges have to do with, and some at random. */
  firsts(random, account, task, { owed, held, shares }, ranges, some) {
    const calls = [];
    const wadOf = () => BigInt(Math.floor(random.float() * 1e15)) * 1000n;
    for (const [c, collateral] of task.collaterals.entries()) {
      for (const [d, debt] of task.debts.entries()) {
        for (const bySeized of account.market ? [false, true] : [false]) {
          const amounts = new Set();
          const around = (n) => [n - 1n, n, n + 1n].forEach((one) => amounts.add(one));
          const whole = bySeized ? held[account.collaterals[c]] : shares ?? owed[account.debts[d]];
          for (const range of ranges) {
            if (range.collateral !== collateral.token.toLowerCase() || range.debt !== debt.token.toLowerCase() || range.bySeized !== bySeized) continue;
            [range.from, range.to].forEach(around);
          }
          if (whole <= TINY) for (let n = 1n; n <= whole + 1n; n += 1n) amounts.add(n);
          else {
            if (shares && !bySeized && whole / 1_000_000n <= TINY) for (let n = 1n; n <= whole / 1_000_000n; n += 1n) around(n * 1_000_000n);
            [whole, whole / 2n, whole - debt.leftover, debt.half].forEach(around);
            for (let i = 0; i < some; i += 1) amounts.add((whole * wadOf()) / WAD + 1n);
          }
          if (!account.market) amounts.add(UINT_MAX);
          for (const amount of amounts) if (amount > 0n && amount <= UINT_MAX) calls.push({ collateral: c, debt: d, bySeized, amount });
        }
      }
    }
    return calls;
  }

  /** What the steps of a plan do: [{seized, repaid}]. */
  async run(task, steps, sec) {
    const index = (list, address) => list.findIndex(({ token }) => token.toLowerCase() === address);
    const calls = steps.map(({ collateral, debt, bySeized, amount }) =>
      ({ collateral: index(task.collaterals, collateral), debt: index(task.debts, debt), bySeized, amount }));
    const [seized, repaid] = await this.#search(sec, 'run', [task, calls]);
    return steps.map((_, i) => ({ seized: seized[i], repaid: repaid[i] }));
  }

  /** The best of these first calls, alone or with a second one: {net, first, hasSecond, second, tried, passed}. */
  async best(task, firsts, sec) {
    let best;
    let [tried, passed] = [0n, 0n];
    for (let i = 0; i < firsts.length; i += FIRSTS_MAX) {
      const found = await this.#search(sec, 'search', [task, firsts.slice(i, i + FIRSTS_MAX)]);
      tried += found.tried;
      passed += found.passed;
      if (!best || found.net > best.net) best = found;
    }
    return { ...best, tried: Number(tried), passed: Number(passed) };
  }

  /** What Aave's LiquidationDataProvider says of a call: {seized, repaid, fee, toPass}; undefined where it says nothing,
   *  or underflows: where no amount leaves enough, it takes more off than there is. */
  async info({ protocol, address }, { collateral, debt, amount }, sec) {
    const { liquidationDataProvider } = this.#state.protocols[protocol];
    const said = await this.#view(sec, liquidationDataProvider, 'getLiquidationInfo', [address, collateral, debt, amount]).catch((error) => {
      if (!UNDERFLOW.test(error.message)) throw error;
    });
    return said?.toPass ? { seized: said.maxCollateral, repaid: said.maxDebt, fee: said.fee, toPass: said.toPass } : undefined;
  }
}
