// Random days on the lending markets of a development chain: what borrowers, liquidators, oracles and
// governors send, drawn from a seed. Much of it the contracts refuse, as on a real chain.
import { encodeAbiParameters, encodeDeployData, encodeFunctionData, getCreate2Address, keccak256, parseAbi, stringToBytes, zeroAddress, zeroHash } from 'viem';
import { actRarely, governRarely, liquidateRarely } from './days_aave.mjs';
import { marketId } from './deploy_morpho.mjs';
import { EMODES, RESERVES, TOKENS, startPrice } from './world.mjs';

const UINT_MAX = 2n ** 256n - 1n;
const WAD = 10n ** 18n;
const DAY_SEC = 86_400;
const FRESH_MAX = 40; // borrowers that nobody knew at the start
const FOUNDED_MAX = 24; // markets of Morpho's, the same
const LLTVS = ['0', '0.385', '0.77', '0.915', '0.98'].map((text) => BigInt(Math.round(Number(text) * 1000)) * 10n ** 15n);
// Deploys by CREATE2, so that an address does not depend on what a reorg took back; anvil has it.
const FACTORY = '0x4e59b44847b379578588920cA78FbF26c0B4956C';
const REPORT = ['uint32', 'bytes32', 'int192[]', 'int192'].map((type) => ({ type }));

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
  'function enableIrm(address)',
  'function enableLltv(uint256)',
  'function setPrice(uint256)',
  'function setRate(uint256)',
  'function forward(address, bytes)',
  'function transmit(bytes32[3], bytes, bytes32[], bytes32[], bytes32)',
  'function proposeAggregator(address)',
  'function confirmAggregator(address)',
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

/** A report of OCR2's oracles through the forwarder. */
function transmitted({ forwarder, accounts }, { ocr2AggregatorStub }, answer, round) {
  const report = encodeAbiParameters(REPORT, [1, zeroHash, [answer], 0n]);
  const epoch = `0x${(round << 8n).toString(16).padStart(64, '0')}`;
  const data = encode('transmit', [[zeroHash, epoch, zeroHash], report, [], [], zeroHash]);
  return { what: 'transmit', from: accounts.transmitter.address, to: forwarder, data: encode('forward', [ocr2AggregatorStub, data]) };
}

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
  #artifacts;
  #seen = new Map(); // what an account has, by address and market
  #founded = []; // markets of these days: {name, calls, borrower}
  /** Whose accounts there are: {protocol, address, market (of Morpho's)}. */
  accounts;

  /** `artifacts`: a contract's name => {abi, bytecode}. */
  constructor(random, state, protocols, artifacts) {
    this.#random = { ...random, weighted: (list) => weighted(random, list) };
    this.#artifacts = artifacts;
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

  /** What the contracts said of all accounts last. */
  saw(truth) {
    this.#seen = new Map(truth.map((one) => [`${one.address} ${one.market}`, one]));
  }

  /** The transactions of a block: [{what, from, to, data, gas?, balanceOf?}]; with a `balanceOf` {token, owner}
   *  the data are a function of that balance in this block. `liquidatable`: accounts known to be so;
   *  `rounds`: of each feed {flux, ocr2, isOcr2}. */
  block(liquidatable, rounds) {
    const { uint, float, pick } = this.#random;
    const calls = [];
    for (let i = uint(12); i > 0; i -= 1) calls.push(...this.#act(pick(this.accounts)));
    for (const account of liquidatable) if (float() < 0.1) calls.push(...this.#liquidate(account));
    if (float() < 0.3) calls.push(...this.#walk(rounds));
    if (float() < 0.3) calls.push(...this.#govern(pick(this.protocols)));
    if (this.protocols.includes('morpho') && float() < 0.15) calls.push(...this.#found());
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
      const { flux, ocr2, isOcr2 } = rounds[symbol];
      if (isOcr2) {
        const answer = float() < 0.1 ? pick([0n, -1n, -BigInt(next)]) : BigInt(next);
        return transmitted(this.#state, this.#state.feeds[symbol], answer, ocr2 + 1n);
      }
      const round = flux + 1n;
      return { what: 'price', from: oracle.address, to: this.#state.feeds[symbol].fluxAggregator, data: encode('submit', [round, BigInt(next)]) };
    });
  }

  /** Has a proxy read its other aggregator, which has answered before: no log tells of it. */
  repoint(rounds) {
    const { pick } = this.#random;
    const symbol = pick(Object.keys(this.#state.feeds));
    const feed = this.#state.feeds[symbol];
    const { flux, ocr2, isOcr2 } = rounds[symbol];
    const from = this.#state.accounts.deployer.address;
    const wanted = isOcr2 ? feed.fluxAggregator : feed.ocr2AggregatorStub;
    const answer = isOcr2
      ? { what: 'price', from: this.#state.accounts.oracle.address, to: feed.fluxAggregator, data: encode('submit', [flux + 1n, this.#prices[symbol]]) }
      : transmitted(this.#state, feed, this.#prices[symbol], ocr2 + 1n);
    return [
      answer,
      { what: 'proposeAggregator', from, to: feed.proxy, data: encode('proposeAggregator', [wanted]) },
      { what: 'confirmAggregator', from, to: feed.proxy, data: encode('confirmAggregator', [wanted]) },
    ];
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
    const seen = this.#seen.get(`${address} ${market}`);
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
      [1, () => send('repay all', whale, 'repay', [0n, seen?.shares ?? 1n, address, '0x'])],
      [1, () => send('withdraw all collateral', address, 'withdrawCollateral', [seen?.held ?? 1n, address, address])],
      [0.5, () => send('withdraw all', whale, 'withdraw', [0n, this.#seen.get(`${whale} ${market}`)?.supplied ?? 1n, whale, whale])],
    ])();
  }

  #liquidate({ protocol, address, market, held, shares }) {
    const { pick, float } = this.#random;
    const whale = this.#state.accounts.whale.address;
    const venue = this.#state.protocols[protocol];
    if (market) {
      const { collateral, params } = venue.markets[market];
      const seized = this.#someAmount(collateral);
      const repaid = this.#someAmount(venue.markets[market].loan) * 1_000_000n;
      const sums = weighted(this.#random, [[3, [seized, 0n]], [3, [0n, repaid]], [2, [held, 0n]], [1, [0n, shares]]]);
      const args = [Object.values(params), address, ...sums, '0x'];
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

  #deploy(name, args) {
    const { abi, bytecode } = this.#artifacts(name);
    const code = encodeDeployData({ abi, bytecode, args });
    const address = getCreate2Address({ from: FACTORY, salt: zeroHash, bytecode: code });
    return { address, call: { what: `deploy ${name}`, from: this.#state.accounts.deployer.address, to: FACTORY, data: `${zeroHash}${code.slice(2)}` } };
  }

  /** An oracle of a pair: over the feeds, opaque, or none. */
  #oracleOf(collateral, loan) {
    const { tokens, accounts } = this.#state;
    const scale = 10n ** BigInt(36 + TOKENS[loan].decimals - TOKENS[collateral].decimals);
    return weighted(this.#random, [
      [5, () => {
        const [base, quote] = [tokens[collateral], tokens[loan]];
        const extra = this.#random.float() < 0.3 ? tokens.DAI.source : zeroAddress;
        const { address, call } = this.#deploy('MorphoChainlinkOracleStub', [base.source, extra, base.decimals, quote.source, extra, quote.decimals]);
        return { address, calls: [call] };
      }],
      [2, () => {
        const { address, call } = this.#deploy('OracleMock', []);
        const price = (scale * startPrice(collateral)) / startPrice(loan);
        return { address, calls: [call, { what: 'setPrice', from: accounts.deployer.address, to: address, data: encode('setPrice', [price]) }] };
      }],
      [0.5, () => ({ address: zeroAddress, calls: [] })],
    ])();
  }

  /** A market that nobody knew at the start, with a supplier and a borrower; or one again that a reorg took back. */
  #found() {
    const { pick, shuffle, float } = this.#random;
    const { whale, deployer } = this.#state.accounts;
    const { morpho, irmMock, adaptiveCurveIrmStub, markets } = this.#state.protocols.morpho;
    if (this.#founded.length > 0 && (float() < 0.5 || this.#founded.length === FOUNDED_MAX)) return pick(this.#founded);
    const [collateral, loan] = shuffle(Object.keys(TOKENS));
    const irm = pick([irmMock, adaptiveCurveIrmStub, adaptiveCurveIrmStub, zeroAddress]);
    const oracle = this.#oracleOf(collateral, loan);
    const lltv = pick(LLTVS);
    const params = { loanToken: this.#state.tokens[loan].address, collateralToken: this.#state.tokens[collateral].address, oracle: oracle.address, irm, lltv };
    const name = `founded ${marketId(params)}`;
    if (markets[name]) return [];
    markets[name] = { id: marketId(params), collateral, loan, params: { ...params, lltv: String(lltv) } };
    const list = Object.values(params);
    const borrower = `0x${keccak256(stringToBytes(name)).slice(26)}`;
    this.accounts.push({ protocol: 'morpho', address: whale.address, market: name }, { protocol: 'morpho', address: borrower, market: name });
    const send = (what, from, data) => ({ what: `morpho ${what}`, from, to: morpho, data });
    const calls = [
      ...oracle.calls,
      send('enableIrm', deployer.address, encode('enableIrm', [irm])),
      send('enableLltv', deployer.address, encode('enableLltv', [lltv])),
      send('createMarket', whale.address, encode('createMarket', [list])),
      send('supply', whale.address, encode('supply', [list, this.#amount(loan, 2000), 0n, whale.address, '0x'], MORPHO)),
      send('supply collateral', whale.address, encode('supplyCollateral', [list, this.#amount(collateral, 1000), borrower, '0x'], MORPHO)),
      send('borrow', borrower, encode('borrow', [list, this.#amount(loan, 300), 0n, borrower, borrower], MORPHO)),
    ];
    this.#founded.push(calls);
    return calls;
  }

  #governMorpho() {
    const { pick, uint, float } = this.#random;
    const { morpho, markets } = this.#state.protocols.morpho;
    const from = this.#state.accounts.deployer.address;
    const { params } = pick(Object.values(markets));
    const send = (name, args) => [{ what: `morpho ${name}`, from, to: morpho, data: encode(name, args) }];
    return weighted(this.#random, [
      [3, () => send('setFee', [Object.values(params), BigInt(uint(26)) * (WAD / 100n)])],
      [1, () => send('setFeeRecipient', [pick(this.accounts).address])],
      [3, () => this.#moveOpaque()],
      [2, () => {
        const { wstETH } = this.#state.tokens;
        const rate = (1_180_000_000_000_000_000n * BigInt(970 + uint(60))) / 1000n;
        return [{ what: 'setRate', from, to: wstETH.rateProviderStub, data: encode('setRate', [float() < 0.05 ? 0n : rate]) }];
      }],
    ])();
  }

  /** Another price of an oracle that no formula describes, now and then none or one that overflows. */
  #moveOpaque() {
    const { pick, uint } = this.#random;
    const { address } = this.#deploy('OracleMock', []);
    const of = Object.values(this.#state.protocols.morpho.markets).filter(({ params }) => params.oracle === address);
    if (of.length === 0) return [];
    const { collateral, loan } = pick(of);
    const fair = (10n ** BigInt(36 + TOKENS[loan].decimals - TOKENS[collateral].decimals) * startPrice(collateral)) / startPrice(loan);
    const price = weighted(this.#random, [[8, (fair * BigInt(500 + uint(1000))) / 1000n], [1, 0n], [0.5, UINT_MAX], [0.5, 2n ** 255n]]);
    return [{ what: 'setPrice', from: this.#state.accounts.deployer.address, to: address, data: encode('setPrice', [price]) }];
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
