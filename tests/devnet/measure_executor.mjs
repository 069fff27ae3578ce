// What a liquidation through the executor takes on the real contracts, beside the protocol's own call by an account
// that has the tokens, and what a lost race costs: all but the last column of units of gas.
//
//     tests/devnet/run-node tests/devnet/measure_executor.mjs
import { startDevnet } from './lib/devnet.mjs';
import { encodeProgram } from './lib/program.mjs';
import { sendSigned, waitMined } from './lib/send.mjs';
import { Bench, encode } from './test/executor_support.mjs';
import { latestSec } from './test/support.mjs';

const GAS = 3_000_000n;
const PROTOCOLS = ['aave-v3.6', 'aave-v3.0.2', 'morpho'];

const devnet = await startDevnet({ borrowers: 0 });
const bench = await Bench.on(devnet);
const { rpc, state } = devnet;

/** Of a transaction's input, before anything is executed: what it costs, and the least of EIP-7623. */
function inputGas(hex) {
  const bytes = Buffer.from(hex.slice(2), 'hex');
  const zeros = bytes.filter((byte) => byte === 0).length;
  const words = 4 * (bytes.length - zeros) + zeros;
  return { bytes: bytes.length, cost: 21_000 + 4 * words, least: 21_000 + 10 * words };
}

async function gasOf(work, wanted) {
  const { status, gasUsed } = await bench.aside(work);
  if (status !== wanted) throw new Error(`a transaction ended with status ${status}`);
  return Number(gasUsed);
}

async function mine(timeSec, { contract: to, input: data }) {
  await rpc.call('evm_setNextBlockTimestamp', [timeSec]);
  const [receipt] = await waitMined(rpc, await sendSigned(rpc, state.accounts.keeper.key, [{ to, data, gas: GAS }]));
  return receipt;
}

async function measure(protocol, loan, [symbol, paths]) {
  const timeSec = (await latestSec(rpc)) + 12;
  const { program, call } = await bench.flashLiquidation({ protocol, symbol, loan, paths, timeSec });
  const own = await gasOf(() => mine(timeSec, call), '0x1');
  const whole = await gasOf(() => bench.execute(program, { timeSec }), '0x1');
  const swept = await gasOf(() => bench.execute({ ...program, sweep: true }, { timeSec }), '0x1');
  const [guard] = program.guards;
  const lost = await gasOf(() => bench.execute({ ...program, guards: [{ ...guard, minimum: guard.minimum + 1n }] }, { timeSec }), '0x0');
  const { bytes, cost, least } = inputGas(encode('execute', [encodeProgram(program)]));
  return [own, whole, swept, lost, cost, least, lost === least ? `${bytes}, the least` : String(bytes)];
}

const print = (cells) => console.log(cells.map((cell, i) => String(cell)[i < 3 ? 'padEnd' : 'padStart'](i < 3 ? 15 : 10)).join(' '));
print(['protocol', 'loan', 'route', 'own call', 'executor', 'and sweep', 'lost race', 'input', 'floor', 'bytes']);
for (const protocol of PROTOCOLS) {
  for (const [source, loan] of Object.entries(bench.loans())) {
    for (const [name, route] of Object.entries(bench.routes())) print([protocol, source, name, ...(await measure(protocol, loan, route))]);
  }
}
await devnet.stop();
