// Liquidations through the executor: positions to liquidate, what routes cost, programs that do it all.
import { decodeFunctionResult, encodeFunctionData, parseAbi } from 'viem';
import { borrow, setPrice } from '../lib/actions.mjs';
import { deployExecutor } from '../lib/deploy_executor.mjs';
import { encodeProgram } from '../lib/program.mjs';
import { sendSigned, waitMined, waitSuccess } from '../lib/send.mjs';
import { toUnits } from '../lib/world.mjs';
import { expectedLiquidation, readAccount } from './aave_support.mjs';
import { aside, latestSec, readAt } from './support.mjs';

const GAS = 3_000_000n;
export const UINT_MAX = 2n ** 256n - 1n;
export const ABI = parseAbi([
  'function liquidationCall(address, address, address, uint256, bool)',
  'function liquidate((address, address, address, address, uint256), address, uint256, uint256, bytes) returns (uint256, uint256)',
  'function supply(address, uint256, address, uint16)',
  'function supplyCollateral((address, address, address, address, uint256), uint256, address, bytes)',
  'function scaledBalanceOf(address) view returns (uint256)',
  'function position(bytes32, address) view returns (uint256, uint128, uint128)',
  'function balanceOf(address) view returns (uint256)',
  'function execute(bytes) payable',
  'function quoteExactOutputSingle((address, address, uint256, uint24, uint160)) returns (uint256, uint160, uint32, uint256)',
  'function getReserves() view returns (uint112, uint112, uint32)',
]);
export const encode = (functionName, args = []) => encodeFunctionData({ abi: ABI, functionName, args });

// What a position holds and owes, so that it can be liquidated at these prices.
const PRICES = { WETH: '2380', WBTC: '54000' };
const POSITIONS = {
  aave: { WETH: ['10', '20000'], WBTC: ['0.5', '21500'] },
  morpho: { WETH: ['10', '21000'], WBTC: ['0.5', '25000'] },
};
const DEBT = 'USDC';
const REPAID = 5_000n * 10n ** 6n;

/** An executor of `user`, whose operator is `keeper`, and a position to liquidate for each protocol and collateral. */
export class Bench {
  static async on(devnet) {
    const bench = new Bench();
    Object.assign(bench, devnet);
    const { keeper, user } = bench.state.accounts;
    bench.executor = await deployExecutor(bench.rpc, user, [keeper.address]);
    await bench.openPositions();
    for (const [symbol, price] of Object.entries(PRICES)) await setPrice(bench.rpc, bench.state, symbol, price);
    return bench;
  }

  token(symbol) {
    return this.state.tokens[symbol].address;
  }

  async openPositions() {
    const { rpc, state } = this;
    const { whale } = state.accounts;
    this.positions = {};
    let number = 0;
    for (const protocol of ['aave-v3.6', 'aave-v3.0.2', 'morpho']) {
      this.positions[protocol] = {};
      for (const [symbol, [held, owed]] of Object.entries(POSITIONS[protocol === 'morpho' ? 'morpho' : 'aave'])) {
        number += 1;
        const owner = `0x${'b0'.repeat(19)}${number.toString(16).padStart(2, '0')}`;
        const units = toUnits(held, state.tokens[symbol].decimals);
        const market = `${symbol}/${DEBT}`;
        const { pool, morpho, markets } = state.protocols[protocol];
        const call = pool
          ? { to: pool, data: encode('supply', [this.token(symbol), units, owner, 0]), gas: GAS }
          : { to: morpho, data: encode('supplyCollateral', [Object.values(markets[market].params), units, owner, '0x']), gas: GAS };
        await waitSuccess(rpc, await sendSigned(rpc, whale.key, [call]), 'supply');
        await rpc.call('anvil_setBalance', [owner, '0xde0b6b3a7640000']);
        await borrow(rpc, state, owner, DEBT, owed, { protocol, market });
        this.positions[protocol][symbol] = owner;
      }
    }
  }

  /** Calls a function as an account in a block at timeSec; what it returns. */
  async callAt(timeSec, from, to, functionName, args) {
    const data = encode(functionName, args);
    const result = await this.rpc.call('eth_call', [{ from, to, data }, 'latest', {}, { time: `0x${timeSec.toString(16)}` }]);
    return decodeFunctionResult({ abi: ABI, functionName, data: result });
  }

  /** The protocol's call that repays a part of a position at timeSec, what it repays and seizes, and a guard for it. */
  async liquidation(protocol, symbol, timeSec) {
    const { state } = this;
    const owner = this.positions[protocol][symbol];
    const { pool, reserves, morpho, markets } = state.protocols[protocol];
    if (pool) {
      const account = await readAccount(this, protocol, owner, timeSec);
      const [collateral, debt] = [symbol, DEBT].map((name) => account.legs.find((leg) => leg.symbol === name));
      const outcome = expectedLiquidation(protocol, account, debt, collateral, REPAID);
      const { variableDebtToken } = reserves[DEBT];
      const minimum = await this.callAt(timeSec, owner, variableDebtToken, 'scaledBalanceOf', [owner]);
      return {
        ...outcome,
        contract: pool,
        input: encode('liquidationCall', [collateral.asset, debt.asset, owner, outcome.repaid, false]),
        guard: { contract: variableDebtToken, minimum, input: encode('scaledBalanceOf', [owner]) },
      };
    }
    const { id, params } = markets[`${symbol}/${DEBT}`];
    const [, shares] = await this.callAt(timeSec, owner, morpho, 'position', [id, owner]);
    const args = [Object.values(params), owner, 0n, shares / 4n, '0x'];
    const [seized, repaid] = await this.callAt(timeSec, state.accounts.keeper.address, morpho, 'liquidate', args);
    return {
      seized,
      repaid,
      contract: morpho,
      input: encode('liquidate', args),
      guard: { contract: morpho, word: 1, minimum: shares, input: encode('position', [id, owner]) },
    };
  }

  v3(a, b, fee) {
    const pool = this.state.protocols['uniswap-v3'].pools.find((one) => one.fee === fee && [one.token0, one.token1].sort().join() === [a, b].sort().join());
    return { venue: 'v3', pool: pool.address, fee, zeroForOne: pool.token0 === a, from: a, to: b };
  }

  v2(a, b) {
    const pair = this.state.protocols['uniswap-v2'].pairs.find((one) => [one.token0, one.token1].sort().join() === [a, b].sort().join());
    return { venue: 'v2', pool: pair.address, fee: 3000, zeroForOne: pair.token0 === a, from: a, to: b };
  }

  /** What a pool asks for an amount out. */
  async quoteOut({ venue, pool, fee, zeroForOne, from, to }, value) {
    if (venue === 'v3') {
      const { quoter } = this.state.protocols['uniswap-v3'];
      const [amountIn] = await this.callAt(await latestSec(this.rpc), quoter, quoter, 'quoteExactOutputSingle',
        [[this.token(from), this.token(to), value, fee, 0n]]);
      return amountIn;
    }
    const reserves = await this.callAt(await latestSec(this.rpc), pool, pool, 'getReserves');
    const [reserveIn, reserveOut] = zeroForOne ? reserves : [reserves[1], reserves[0]];
    return (reserveIn * value * 1000n) / ((reserveOut - value) * 997n) + 1n;
  }

  /** A path of one hop or two as an operation that gets exactly `value` (0: what is owed), and what it costs. */
  async path(hops, value, owed) {
    const [last, first] = [...hops].reverse();
    const asked = await this.quoteOut(last, value || owed);
    const swap = ({ venue, zeroForOne, pool, fee, from }, amount, most, nested = []) =>
      ({ out: { venue, zeroForOne, pool, fee: venue === 'v2' ? fee : 0, value: amount, token: this.token(from), most, nested } });
    if (!first) return { operation: swap(last, value, asked), cost: asked };
    const cost = await this.quoteOut(first, asked);
    return { operation: swap(last, value, asked, [swap(first, 0n, cost)]), cost };
  }

  /** Paths that get `owed` together: all but the last an even part, the last what is left. */
  async route(paths, owed) {
    const part = owed / BigInt(paths.length);
    let left = owed;
    const found = [];
    for (const [i, hops] of paths.entries()) {
      const isLast = i === paths.length - 1;
      const one = paths.length === 1 ? 0n : isLast ? left : part;
      found.push(await this.path(hops, one, owed));
      left -= part;
    }
    return { operations: found.map(({ operation }) => operation), cost: found.reduce((sum, { cost }) => sum + cost, 0n) };
  }

  async feeOf({ kind, lender, feePips }, value) {
    if (kind === 'morpho') return 0n;
    if (kind !== 'aave') return (value * feePips + 999_999n) / 1_000_000n;
    const bps = await readAt(this.rpc, await latestSec(this.rpc), lender, 'FLASHLOAN_PREMIUM_TOTAL() view returns (uint128)');
    return (value * bps + 5000n) / 10_000n;
  }

  /** The lender of each kind, for what is owed; the pool is on none of ROUTES. */
  loans() {
    const { 'aave-v3.6': aave, morpho, 'uniswap-v3': uniswap } = this.state.protocols;
    const pool = uniswap.pools.find(({ token0, token1 }) => [token0, token1].sort().join() === 'DAI,USDC');
    return {
      Aave: { kind: 'aave', lender: aave.pool },
      Morpho: { kind: 'morpho', lender: morpho.morpho },
      Uniswap: { kind: pool.token0 === DEBT ? 'token0' : 'token1', lender: pool.address, feePips: 500n },
    };
  }

  /** name: [collateral, paths to USDC]. */
  routes() {
    const [wide, narrow] = [500, 3000].map((fee) => this.v3('WETH', DEBT, fee));
    const [pair, btcPool, btcPair] = [this.v2('WETH', DEBT), this.v3('WBTC', 'WETH', 3000), this.v2('WBTC', 'WETH')];
    return {
      'one v3 pool': ['WETH', [[wide]]],
      'one v2 pair': ['WETH', [[pair]]],
      'v3 > v3': ['WBTC', [[btcPool, wide]]],
      'v3 > v2': ['WBTC', [[btcPool, pair]]],
      'v2 > v3': ['WBTC', [[btcPair, narrow]]],
      'v2 > v2': ['WBTC', [[btcPair, pair]]],
      'a split of two': ['WETH', [[wide], [pair]]],
    };
  }

  /** A program that borrows, liquidates, swaps and pays back, and the gain that it has to have to the unit. */
  async flashLiquidation({ protocol, symbol, loan, paths, timeSec }) {
    const call = await this.liquidation(protocol, symbol, timeSec);
    const fee = await this.feeOf(loan, call.repaid);
    const { operations, cost } = await this.route(paths, call.repaid + fee);
    const gain = call.seized - cost;
    const debt = this.token(DEBT);
    const program = {
      lastBlock: Number(await this.rpc.call('eth_blockNumber')) + 1,
      guards: [call.guard],
      gains: [{ token: this.token(symbol), minimum: gain }, { token: debt }],
      operations: [{
        flash: {
          kind: loan.kind,
          lender: loan.lender,
          token: debt,
          value: call.repaid,
          mostFee: fee,
          nested: [{ call: { contract: call.contract, token: debt, allowance: call.repaid, input: call.input } }, ...operations],
        },
      }],
    };
    return { program, gain, call, fee };
  }

  held(symbol, account = this.executor.address) {
    return this.balance(this.token(symbol), account);
  }

  async balance(token, account = this.executor.address) {
    return BigInt(await this.rpc.call('eth_call', [{ to: token, data: encode('balanceOf', [account]) }, 'latest']));
  }

  /** Mines execute(program) as the keeper at timeSec; the receipt. */
  async execute(program, { timeSec, from = this.state.accounts.keeper, value, gas = GAS } = {}) {
    if (timeSec) await this.rpc.call('evm_setNextBlockTimestamp', [timeSec]);
    const data = encode('execute', [typeof program === 'string' ? program : encodeProgram(program)]);
    const [receipt] = await waitMined(this.rpc, await sendSigned(this.rpc, from.key, [{ to: this.executor.address, data, gas, value }]));
    return receipt;
  }

  aside(work) {
    return aside(this.rpc, work);
  }
}
