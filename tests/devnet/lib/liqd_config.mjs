// A configuration of liqd for a running chain.

/** What each protocol is called there, and its version. */
const MARKETS = {
  'aave-v3.6': { name: 'aave_v36', protocol: 'aave_v3', address: 'pool' },
  'aave-v3.0.2': { name: 'aave_v302', protocol: 'aave_v3', address: 'pool' },
  morpho: { name: 'morpho', protocol: 'morpho_blue', address: 'morpho' },
};

/** A name that a section may have, of "ETH / USD" and the like. */
const sectionName = (text) => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');

const marketText = ([key, { name, protocol, address }], { protocols, fromBlock = 0 }) =>
  [`  ${name}:`, `    protocol: ${protocol}`, `    address: "${protocols[key][address]}"`, `    from_block: ${fromBlock}`].join('\n');

const feedText = ({ description, proxy }) =>
  [`  ${sectionName(description)}:`, `    address: "${proxy}"`, '    heartbeat: 1 h'].join('\n');

const tokenText = ([symbol, { address, source }]) =>
  [`  ${sectionName(symbol)}:`, `    address: "${address}"`, `    sources: "${source}"`].join('\n');

/** The text of a liqd.yaml; options: url of a node (the chain's IPC by default), snapshot, a file to keep the state in. */
export function liqdConfig(state, { url = state.ipc, snapshot } = {}) {
  const markets = Object.entries(MARKETS).filter(([key]) => state.protocols[key]);
  const tokens = Object.entries(state.tokens).filter(([, { source }]) => source);
  const parts = [
    '# For the development chain of devnet up; made by devnet config.',
    `chain:\n  id: ${state.chainId}\n  name: devnet\n  block_time: 1 s\n  finality: none`,
    `nodes:\n  devnet:\n    url: "${url}"`,
    `markets:\n${markets.map((market) => marketText(market, state)).join('\n')}`,
    `feeds:\n${Object.values(state.feeds).map(feedText).join('\n')}`,
    `tokens:\n${tokens.map(tokenText).join('\n')}`,
    'book:\n  accounts: 20000',
  ];
  if (snapshot) parts.push(`snapshot:\n  file: "${snapshot}"\n  every: 1 s`);
  return `${parts.join('\n\n')}\n`;
}
