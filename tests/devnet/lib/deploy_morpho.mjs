// Morpho Blue, its markets, and the oracle and rate model of each.
import { encodeAbiParameters, keccak256, zeroAddress } from 'viem';
import { MORPHO_MARKETS, toUnits } from './world.mjs';

const MARKET_PARAMS = ['address', 'address', 'address', 'address', 'uint256'].map((type) => ({ type }));

/** The market's id: the hash of its parameters. */
export function marketId({ loanToken, collateralToken, oracle, irm, lltv }) {
  return keccak256(encodeAbiParameters(MARKET_PARAMS, [loanToken, collateralToken, oracle, irm, BigInt(lltv)]));
}

function deployOracle({ builder, accounts, state }, { collateral, loan }) {
  const base = state.tokens[collateral];
  const quote = state.tokens[loan];
  const feeds = [base.source, zeroAddress, base.decimals, quote.source, zeroAddress, quote.decimals];
  return builder.deploy(accounts.deployer, 'MorphoChainlinkOracleStub', feeds).address;
}

/** Deploys Morpho with all markets. */
export function deployMorpho(context) {
  const { builder, accounts, state } = context;
  const { deployer } = accounts;
  const morpho = builder.deploy(deployer, 'Morpho', [deployer]);
  const irms = {
    mock: builder.deploy(deployer, 'IrmMock').address,
    adaptive: builder.deploy(deployer, 'AdaptiveCurveIrmStub', [morpho.address]).address,
  };
  Object.values(irms).forEach((irm) => morpho.send(deployer, 'enableIrm', [irm]));
  const lltvs = new Set(Object.values(MORPHO_MARKETS).map(({ lltv }) => toUnits(lltv, 18)));
  lltvs.forEach((lltv) => morpho.send(deployer, 'enableLltv', [lltv]));
  const markets = {};
  for (const [name, market] of Object.entries(MORPHO_MARKETS)) {
    const params = {
      loanToken: state.tokens[market.loan].address,
      collateralToken: state.tokens[market.collateral].address,
      oracle: deployOracle(context, market),
      irm: irms[market.irm],
      lltv: toUnits(market.lltv, 18),
    };
    morpho.send(deployer, 'createMarket', [params]);
    markets[name] = { id: marketId(params), collateral: market.collateral, loan: market.loan, params: { ...params, lltv: String(params.lltv) } };
  }
  return { morpho: morpho.address, irmMock: irms.mock, adaptiveCurveIrmStub: irms.adaptive, markets };
}
