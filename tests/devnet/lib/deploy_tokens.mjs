// Tokens, Chainlink's feeds over them, and the price source of each token.
import { zeroAddress } from 'viem';
import { ANSWER_MAX, FEED_DECIMALS, TOKENS, startPrice, toUnits } from './world.mjs';

const ROUND_TIMEOUT_SEC = 3600;
const WHALE_ETHER = 10n ** 27n;

/** How many base units of a token are worth so many USD at the start. */
export function worth(symbol, usd) {
  return (BigInt(usd) * 10n ** BigInt(TOKENS[symbol].decimals + FEED_DECIMALS)) / startPrice(symbol);
}

/** Deploys the tokens; the whale owns all of the ether that is wrapped. */
export function deployTokens({ builder, accounts }) {
  const tokens = {};
  for (const [symbol, { name, decimals, follows }] of Object.entries(TOKENS)) {
    const isEther = symbol === 'WETH';
    const { address } = isEther
      ? builder.deploy(accounts.deployer, 'WETH9')
      : builder.deploy(accounts.deployer, 'TestnetERC20', [name, symbol, decimals, accounts.deployer]);
    tokens[symbol] = { symbol, address, decimals, feed: follows ?? symbol };
  }
  return tokens;
}

/** Gives an account tokens worth so many USD each, and lets spenders take all of them. */
export async function fund({ builder, accounts, state }, account, symbols, usd, spenders) {
  await builder.rpc.call('anvil_setBalance', [account, `0x${WHALE_ETHER.toString(16)}`]);
  for (const symbol of symbols) {
    const { address } = state.tokens[symbol];
    const amount = worth(symbol, usd);
    const token = builder.at(address, symbol === 'WETH' ? 'WETH9' : 'TestnetERC20');
    if (symbol === 'WETH') token.send(account, 'deposit', [], { value: amount });
    else token.send(accounts.deployer, 'mint', [account, amount]);
    for (const spender of spenders) token.send(account, 'approve', [spender, 2n ** 256n - 1n]);
  }
}

function deployFeed({ builder, accounts }, forwarder, link, symbol) {
  const { deployer, oracle } = accounts;
  const description = TOKENS[symbol].feed;
  const flux = builder.deploy(deployer, 'FluxAggregator', [
    link, 0n, ROUND_TIMEOUT_SEC, zeroAddress, 1n, ANSWER_MAX, FEED_DECIMALS, description,
  ]);
  flux.send(deployer, 'changeOracles', [[], [oracle], [deployer], 1, 1, 0]);
  const ocr2 = builder.deploy(deployer, 'Ocr2AggregatorStub', [FEED_DECIMALS, description, forwarder.address]);
  const proxy = builder.deploy(deployer, 'EACAggregatorProxy', [flux.address, zeroAddress]);
  return { description, decimals: FEED_DECIMALS, proxy: proxy.address, fluxAggregator: flux.address, ocr2AggregatorStub: ocr2.address };
}

/** Deploys a feed for each token that has one, with a first answer, and the forwarder for transmit. */
export async function deployFeeds(context) {
  const { builder, accounts, state } = context;
  const link = state.tokens.LINK.address;
  const { deployer, oracle, transmitter } = accounts;
  const forwarder = builder.deploy(deployer, 'AuthorizedForwarder', [link, deployer, zeroAddress, '0x']);
  forwarder.send(deployer, 'setAuthorizedSenders', [[transmitter]]);
  state.forwarder = forwarder.address;
  state.feeds = {};
  for (const [symbol, { feed }] of Object.entries(TOKENS)) {
    if (feed) state.feeds[symbol] = deployFeed(context, forwarder, link, symbol);
  }
  await builder.flush();
  for (const [symbol, feed] of Object.entries(state.feeds)) {
    builder.at(feed.fluxAggregator, 'FluxAggregator').send(oracle, 'submit', [1n, startPrice(symbol)]);
  }
}

/** Names each token's price source, which for a wrapped one is an adapter over a rate provider. */
export function deploySources({ builder, accounts, state }) {
  for (const [symbol, { follows, ratio }] of Object.entries(TOKENS)) {
    const token = state.tokens[symbol];
    const { proxy, description } = state.feeds[token.feed];
    token.source = proxy;
    if (!follows) continue;
    const provider = builder.deploy(accounts.deployer, 'RateProviderStub', [toUnits(ratio, 18)]);
    const adapter = builder.deploy(accounts.deployer, 'RatioPriceAdapterStub', [
      proxy, provider.address, `${symbol} / ${description}`,
    ]);
    Object.assign(token, { source: adapter.address, rateProviderStub: provider.address });
  }
}
