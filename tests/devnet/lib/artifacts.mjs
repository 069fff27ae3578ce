// Every contract by name: compiled here, or shipped with its bytecode by its package.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, compile } from './compile.mjs';
import { UNITS } from './units.mjs';

const AAVE30 = '@aave/core-v3/artifacts/contracts/';
const V3 = '@uniswap/v3-periphery/artifacts/contracts/';

// Names that two packages share carry the version of the one that is not compiled here.
const SHIPPED = {
  WETH9: `${AAVE30}dependencies/weth/WETH9.sol/WETH9.json`,
  PoolAddressesProvider30: `${AAVE30}protocol/configuration/PoolAddressesProvider.sol/PoolAddressesProvider.json`,
  ACLManager30: `${AAVE30}protocol/configuration/ACLManager.sol/ACLManager.json`,
  Pool30: `${AAVE30}protocol/pool/Pool.sol/Pool.json`,
  PoolConfigurator30: `${AAVE30}protocol/pool/PoolConfigurator.sol/PoolConfigurator.json`,
  RateStrategy30: `${AAVE30}protocol/pool/DefaultReserveInterestRateStrategy.sol/DefaultReserveInterestRateStrategy.json`,
  AToken30: `${AAVE30}protocol/tokenization/AToken.sol/AToken.json`,
  StableDebtToken30: `${AAVE30}protocol/tokenization/StableDebtToken.sol/StableDebtToken.json`,
  VariableDebtToken30: `${AAVE30}protocol/tokenization/VariableDebtToken.sol/VariableDebtToken.json`,
  AaveOracle30: `${AAVE30}misc/AaveOracle.sol/AaveOracle.json`,
  AaveProtocolDataProvider30: `${AAVE30}misc/AaveProtocolDataProvider.sol/AaveProtocolDataProvider.json`,
  UniswapV3Factory: '@uniswap/v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json',
  UniswapV3Pool: '@uniswap/v3-core/artifacts/contracts/UniswapV3Pool.sol/UniswapV3Pool.json',
  NonfungiblePositionManager: `${V3}NonfungiblePositionManager.sol/NonfungiblePositionManager.json`,
  SwapRouter: `${V3}SwapRouter.sol/SwapRouter.json`,
  QuoterV2: `${V3}lens/QuoterV2.sol/QuoterV2.json`,
  UniswapV2Factory: '@uniswap/v2-core/build/UniswapV2Factory.json',
  UniswapV2Pair: '@uniswap/v2-core/build/UniswapV2Pair.json',
  UniswapV2Router02: '@uniswap/v2-periphery/build/UniswapV2Router02.json',
};
for (const name of ['Borrow', 'Bridge', 'Configurator', 'EMode', 'FlashLoan', 'Liquidation', 'Pool', 'Supply']) {
  SHIPPED[`${name}Logic30`] = `${AAVE30}protocol/libraries/logic/${name}Logic.sol/${name}Logic.json`;
}

function readShipped(path) {
  const { abi, bytecode, linkReferences = {}, evm } = JSON.parse(readFileSync(join(ROOT, 'node_modules', path)));
  return { abi, bytecode: bytecode ?? `0x${evm.bytecode.object}`, linkReferences };
}

/** A function name => {abi, bytecode, linkReferences} over all contracts; compiles what is not cached. */
export async function loadArtifacts(say) {
  const known = await compile(Object.keys(UNITS), say);
  return (name) => (known[name] ??= readShipped(SHIPPED[name]));
}

/** The bytecode with the libraries {name: address} in their places. */
export function link({ bytecode, linkReferences }, libraries) {
  let code = bytecode;
  for (const ofFile of Object.values(linkReferences)) {
    for (const [name, places] of Object.entries(ofFile)) {
      for (const { start, length } of places) {
        const from = 2 + start * 2;
        code = code.slice(0, from) + libraries[name].slice(2).toLowerCase() + code.slice(from + length * 2);
      }
    }
  }
  return code;
}
