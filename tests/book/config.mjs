// A configuration of liqd for a development chain.

/** The sections' names, and what the program calls each market. */
export const NAMES = { 'aave-v3.6': 'aave36', 'aave-v3.0.2': 'aave30', morpho: 'morpho' };

const marketText = (state, protocol, version) => {
  const { pool, morpho } = state.protocols[protocol];
  return `  ${NAMES[protocol]}:
    protocol: ${pool ? 'aave_v3' : 'morpho_blue'}
    address: "${pool ?? morpho}"
    version: "${version}"
`;
};

const pools = (kind, factory, list) => `  ${kind}:
    kind: ${kind}
    factory: "${factory}"
    pools: [${list.map(({ address }) => `"${address}"`).join(', ')}]
`;

const lendersOf = (protocols) => Object.entries(protocols).filter(([protocol]) => NAMES[protocol])
  .map(([protocol, { pool, morpho }]) => ({ name: NAMES[protocol], kind: pool ? 'aave_v3' : 'morpho_blue', address: pool ?? morpho }));

const venuesText = ({ 'uniswap-v3': v3, 'uniswap-v2': v2, ...lending }, lenders = lendersOf(lending)) => (v3 && v2 ? `venues:
${pools('uniswap_v3', v3.factory, v3.pools)}${pools('uniswap_v2', v2.factory, v2.pairs)}lenders:
${lenders.map(({ name, kind, address }) => `  ${name}:
    kind: ${kind}
    address: "${address}"
`).join('')}` : '');

/** The text of a file for these markets; options: version (of all), url, snapshot ("" for none), extra lines, lenders
 *  [{name, kind, address}] (else all protocols). */
export function configText(state, protocols, { version = 'probe', url = state.ws, snapshot = '', audit = '', lenders } = {}) {
  return `chain:
  id: ${state.chainId}
  block_time: 1 s
  finality: none
  multicall: "${state.multicall}"
nodes:
  devnet:
    url: "${url}"
markets:
${protocols.map((protocol) => marketText(state, protocol, version)).join('')}book:
  accounts: 4096
${venuesText(state.protocols, lenders)}snapshot:
  file: "${snapshot}"
${audit}`;
}
