// Random days on the lending markets of a development chain: what borrowers, liquidators, oracles and
// governors send, drawn from a seed. Much of it the contracts refuse, as on a real chain.
import { encodeFunctionData, keccak256, parseAbi, stringToBytes } from 'viem';
import { actRarely, governRarely, liquidateRarely } from './days_aave.mjs';
import { EMODES, RESERVES, TOKENS, startPrice } from './world.mjs';

const UINT_MAX = 2n ** 256n - 1n;
const WAD = 10n ** 18n;
const DAY_SEC = 86_400;
const FRESH_MAX = 40; // borrowers that nobody knew at the start

const MARKET = '(address, address, address, address, uint256)';
const ABI = parseAbi([
  'function supply(address, uint256, address, uint16)',
  'function withdraw(address, uint256, address)',
  'function borrow(address, uint256, uint256, uint16, address)',
  'function repay(address, uint256, uint256, address)',
  'function setUserEMode(uint8)',
  'function setUserUseReserveAsCollateral(address, bool)',
  'function liquidationCall(address, address, address, uint256, bool)',
  'function transfer(address, uint256)',
  'function submit(uint256, int256)',
  'function configureReserveAsCollateral(address, uint256, uint256, uint256)',
  'function setReservePause(address, bool)',
  'function setReserveFactor(address, uint256)',
  'function setAssetSources(address[], address[])',
  'function accrueInterest((address, address, address, address, uint256))',
  'function setFee((address, address, address, address, uint256), uint256)',
  'function setFeeRecipient(address)',
  'function createMarket((address, address, address, address, uint256))',
]);
const GRACE = parseAbi(['function setReservePause(address, bool, uint40)']);
const EMODE_36 = parseAbi([
  'function setEModeCategory(uint8, uint16, uint16, uint16, string)',
  'function setAssetCollateralInEMode(address, uint8, bool)',
]);
const EMODE_30 = parseAbi([
  'function setEModeCategory(uint8, uint16, uint16, uint16, address, string)',
  'function setAssetEModeCategory(address, uint8)',
]);
const MORPHO = parseAbi([
  `function supply(${MARKET}, uint256, uint256, address, bytes)`,
  `function withdraw(${MARKET}, uint256, uint256, address, address)`,
  `function borrow(${MARKET}, uint256, uint256, address, address)`,
  `function repay(${MARKET}, uint256, uint256, address, bytes)`,
  `function supplyCollateral(${MARKET}, uint256, address, bytes)`,
  `function withdrawCollateral(${MARKET}, uint256, address, address)`,
  `function liquidate(${MARKET}, address, uint256, uint256, bytes)`,
]);
const encode = (functionName, args, abi = ABI) => encodeFunctionData({ abi, functionName, args });

/** One of [[weight, value], ...]. */
function weighted({ float }, list) {
  let left = float() * list.reduce((sum, [weight]) => sum + weight, 0);
  return list.find(([weight]) => (left -= weight) < 0)?.[1] ?? list.at(-1)[1];
}

const logBetween = ({ float }, low, high) => low * (high / low) ** float();

export class Days {
  #random;
  #state;
  #prices;
  #fresh = 0;
  /** Whose accounts there are: {protocol, address, market (of Morpho's)}. */
  accounts;

  constructor(random, state, protocols) {
    this.#random = { ...random, weighted: (list) => weighted(random, list) };
    this.#state = state;
    this.protocols = protocols;
    this.#prices = Object.fromEntries(Object.keys(state.feeds).map((symbol) => [symbol, startPrice(symbol)]));
    this.accounts = state.borrowers.filter(({ protocol }) => protocols.includes(protocol))
      .map(({ protocol, address, market }) => ({ protocol, address, market }));
    const { whale } = state.accounts;
    for (const protocol of protocols) {
      const markets = state.protocols[protocol].markets;
      for (const market of markets ? Object.keys(markets) : [undefined]) {
        this.accounts.push({ protocol, address: whale.address, market });
      }
    }
  }

  /** Seconds to the next block: mostly one block, sometimes hours, seldom months. */
  nextSec() {
    return weighted(this.#random, [[6, 12], [3, 1], [1, 60], [1, 3600], [0.5, DAY_SEC], [0.1, 90 * DAY_SEC]]);
  }

  #amount(symbol, usd) {
    const price = startPrice(symbol);
    return (BigInt(Math.round(usd * 1e8)) * 10n ** BigInt(TOKENS[symbol].decimals)) / price;
  }

  #between = (symbol, low, high) => this.#amount(symbol, logBetween(this.#random, low, high));

  #someAmount(symbol) {
    return this.#amount(symbol, logBetween(this.#random, 0.001, 20_000));
  }

  /** The transactions of a block: [{what, from, to, data, gas?, balanceOf?}]; with a `balanceOf` {token, owner}
   *  the data are a function of that balance in this block. `liquidatable`: accounts known to be so. */
  block(liquidatable, rounds) {
    const { uint, float, pick } = this.#random;
    const calls = [];
    for (let i = uint(12); i > 0; i -= 1) calls.push(...this.#act(pick(this.accounts)));
    for (const account of liquidatable) if (float() < 0.1) calls.push(...this.#liquidate(account));
    if (float() < 0.3) calls.push(...this.#walk(rounds));
    if (float() < 0.3) calls.push(...this.#govern(pick(this.protocols)));
    if (float() < 0.1 && this.#fresh < FRESH_MAX) calls.push(...this.#arrive(pick(this.protocols)));
    return calls;
  }

  /** Prices walk around where they began, and now and then one falls hard. */
  #walk(rounds) {
    const { float, uint, pick, shuffle } = this.#random;
    const { oracle } = this.#state.accounts;
    const symbols = shuffle(Object.keys(this.#prices)).slice(0, 1 + uint(2));
    return symbols.map((symbol) => {
      const start = Number(startPrice(symbol));
      const now = Number(this.#prices[symbol]);
      const shock = float() < 0.08 ? pick([0.1, 0.5, 0.7, 1.5]) : 1 + (float() - 0.5) * 0.08;
      const next = Math.max(1, Math.round(now * shock * (start / now) ** 0.2));
      this.#prices[symbol] = BigInt(next);
      const round = rounds[symbol] + 1n;
      return { what: 'price', from: oracle.address, to: this.#state.feeds[symbol].fluxAggregator, data: encode('submit', [round, BigInt(next)]) };
    });
  }

  #act(account) {
    return account.protocol === 'morpho' ? this.#actMorpho(account) : this.#actAave(account);
  }

  #actAave({ protocol, address }) {
    const { pick, uint, float } = this.#random;
    const { pool, reserves } = this.#state.protocols[protocol];
    const whale = this.#state.accounts.whale.address;
    const symbol = pick(Object.keys(reserves));
    const { asset, aToken } = reserves[symbol];
    const amount = this.#someAmount(symbol);
    const send = (what, from, to, data) => [{ what: `${protocol} ${what}`, from, to, data }];
    const peers = this.accounts.filter((one) => one.protocol === protocol);
    if (float() < 0.3) return actRarely(this.#random, this.#state, { protocol, address }, pick(peers).address, this.#between);
    return weighted(this.#random, [
      [3, () => send('supply', whale, pool, encode('supply', [asset, amount, address, 0]))],
      [4, () => send('borrow', address, pool, encode('borrow', [asset, amount, 2n, 0, address]))],
      [3, () => send('repay', whale, pool, encode('repay', [asset, amount, 2n, address]))],
      [1, () => send('repay all', whale, pool, encode('repay', [asset, 10n ** 30n, 2n, address]))],
      [3, () => send('withdraw', address, pool, encode('withdraw', [asset, float() < 0.1 ? UINT_MAX : amount, address]))],
      [3, () => send('transfer', address, aToken, encode('transfer', [pick(peers).address, amount]))],
      [2, () => send('e-mode', address, pool, encode('setUserEMode', [uint(3)]))],
      [2, () => send('collateral flag', address, pool, encode('setUserUseReserveAsCollateral', [asset, float() < 0.5]))],
    ])();
  }

  #actMorpho({ address, market }) {
    const { float } = this.#random;
    const { morpho, markets } = this.#state.protocols.morpho;
    const whale = this.#state.accounts.whale.address;
    const { collateral, loan, params: named } = markets[market];
    const params = Object.values(named);
    const secured = this.#someAmount(collateral);
    const lent = this.#someAmount(loan);
    const send = (what, from, name, args, abi = MORPHO) => [{ what: `morpho ${what}`, from, to: morpho, data: encode(name, [params, ...args], abi) }];
    return weighted(this.#random, [
      [2, () => send('supply', whale, 'supply', [lent, 0n, whale, '0x'])],
      [2, () => send('withdraw', whale, 'withdraw', [lent, 0n, whale, whale])],
      [4, () => send('borrow', address, 'borrow', float() < 0.5 ? [lent, 0n, address, address] : [0n, lent * 1_000_000n, address, address])],
      [4, () => send('repay', whale, 'repay', [lent, 0n, address, '0x'])],
      [3, () => send('supply collateral', whale, 'supplyCollateral', [secured, address, '0x'])],
      [3, () => send('withdraw collateral', address, 'withdrawCollateral', [secured, address, address])],
      [1, () => send('accrue', whale, 'accrueInterest', [], ABI)],
    ])();
  }

  #liquidate({ protocol, address, market }) {
    const { pick, float } = this.#random;
    const whale = this.#state.accounts.whale.address;
    const venue = this.#state.protocols[protocol];
    if (market) {
      const { collateral, params } = venue.markets[market];
      const seized = this.#someAmount(collateral);
      const args = [Object.values(params), address, ...(float() < 0.5 ? [seized, 0n] : [0n, this.#someAmount(venue.markets[market].loan) * 1_000_000n]), '0x'];
      return [{ what: 'morpho liquidate', from: whale, to: venue.morpho, data: encode('liquidate', args, MORPHO) }];
    }
    if (float() < 0.3) {
      const peers = this.accounts.filter((one) => one.protocol === protocol);
      return liquidateRarely(this.#random, this.#state, { protocol, address }, pick(peers).address);
    }
    const [collateral, debt] = [pick(Object.values(venue.reserves)), pick(Object.keys(venue.reserves))];
    const amount = float() < 0.6 ? UINT_MAX : this.#someAmount(debt);
    const args = [collateral.asset, venue.reserves[debt].asset, address, amount, float() < 0.3];
    return [{ what: `${protocol} liquidate`, from: whale, to: venue.pool, data: encode('liquidationCall', args) }];
  }

  /** Someone new, whom only the chain's logs tell of. */
  #arrive(protocol) {
    const { pick } = this.#random;
    this.#fresh += 1;
    const address = `0x${keccak256(stringToBytes(`fresh borrower ${this.#fresh}`)).slice(26)}`;
    const whale = this.#state.accounts.whale.address;
    const venue = this.#state.protocols[protocol];
    if (venue.markets) {
      const market = pick(Object.keys(venue.markets));
      const { collateral, loan, params } = venue.markets[market];
      this.accounts.push({ protocol, address, market, isFresh: true });
      return [
        { what: 'morpho supply collateral', from: whale, to: venue.morpho, data: encode('supplyCollateral', [Object.values(params), this.#amount(collateral, 1000), address, '0x'], MORPHO) },
        { what: 'morpho borrow', from: address, to: venue.morpho, data: encode('borrow', [Object.values(params), this.#amount(loan, 300), 0n, address, address], MORPHO) },
      ];
    }
    const [supplied, owed] = this.#random.shuffle(Object.keys(venue.reserves));
    this.accounts.push({ protocol, address, isFresh: true });
    return [
      { what: `${protocol} supply`, from: whale, to: venue.pool, data: encode('supply', [venue.reserves[supplied].asset, this.#amount(supplied, 1000), address, 0]) },
      { what: `${protocol} borrow`, from: address, to: venue.pool, data: encode('borrow', [venue.reserves[owed].asset, this.#amount(owed, 300), 2n, 0, address]) },
    ];
  }

  #govern(protocol) {
    return protocol === 'morpho' ? this.#governMorpho() : this.#governAave(protocol);
  }

  #governMorpho() {
    const { pick, uint } = this.#random;
    const { morpho, markets } = this.#state.protocols.morpho;
    const from = this.#state.accounts.deployer.address;
    const { params } = pick(Object.values(markets));
    const send = (name, args) => [{ what: `morpho ${name}`, from, to: morpho, data: encode(name, args) }];
    return weighted(this.#random, [
      [3, () => send('setFee', [Object.values(params), BigInt(uint(26)) * (WAD / 100n)])],
      [1, () => send('setFeeRecipient', [pick(this.accounts).address])],
    ])();
  }

  #governAave(protocol) {
    const { pick, uint, float } = this.#random;
    const { poolConfigurator: to, oracle, reserves } = this.#state.protocols[protocol];
    const from = this.#state.accounts.deployer.address;
    if (float() < 0.5) return governRarely(this.#random, this.#state, protocol, this.#between);
    const symbol = pick(Object.keys(reserves));
    const { asset } = reserves[symbol];
    const { ltv, threshold, bonus, factor } = RESERVES[symbol];
    const is36 = protocol === 'aave-v3.6';
    const send = (name, args, abi = ABI, at = to) => [{ what: `${protocol} ${name}`, from, to: at, data: encode(name, args, abi) }];
    const id = 1 + uint(2);
    const eMode = EMODES[id];
    const shift = uint(400) - 200;
    const category = [id, eMode.ltv - 300, eMode.threshold + (shift >> 2), eMode.bonus];
    return weighted(this.#random, [
      [3, () => send('configureReserveAsCollateral', [asset, BigInt(ltv - 300), BigInt(threshold + shift), BigInt(bonus)])],
      [2, () => send('setReservePause', [asset, float() < 0.3])],
      [1, () => (is36 ? send('setReservePause', [asset, false, 3600], GRACE) : [])],
      [1, () => send('setReserveFactor', [asset, BigInt(factor + uint(100))])],
      [2, () => (is36 ? send('setEModeCategory', [...category, eMode.label], EMODE_36)
        : send('setEModeCategory', [...category, '0x0000000000000000000000000000000000000000', eMode.label], EMODE_30))],
      [1, () => (is36 ? send('setAssetCollateralInEMode', [asset, id, float() < 0.7], EMODE_36)
        : send('setAssetEModeCategory', [asset, uint(3)], EMODE_30))],
      [1, () => send('setAssetSources', [[asset], [this.#state.tokens[pick(Object.keys(reserves))].source]], ABI, oracle)],
      [3, () => send('setAssetSources', [[asset], [this.#state.tokens[symbol].source]], ABI, oracle)],
      [4, () => send('setReservePause', [asset, false])],
    ])();
  }
}
