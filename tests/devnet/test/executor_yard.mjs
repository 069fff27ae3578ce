// A chain with an executor, tokens and venues that misbehave as they are told.
import { decodeErrorResult, decodeFunctionResult, encodeDeployData, encodeFunctionData, parseAbi, toFunctionSelector } from 'viem';
import { compile } from '../lib/compile.mjs';
import { deployExecutor } from '../lib/deploy_executor.mjs';
import { encodeProgram } from '../lib/program.mjs';
import { sendSigned, waitMined, waitSuccess } from '../lib/send.mjs';
import { aside, chain } from './support.mjs';

const GAS = 5_000_000n;
const ACTS = ['HONEST', 'TWICE', 'NEVER', 'OTHER', 'OTHER_DATA', 'FRIEND', 'KEEPS', 'LEAVES', 'SAYS_LESS', 'REVERTS', 'SWALLOWS', 'WITHOUT_US'];
const ERRORS = parseAbi(['error Error(string)', 'error Panic(uint256)', 'error Mine(uint256)']);
export const NOBODY = '0x0000000000000000000000000000000000000000';
export const TRUE = `0x${'1'.padStart(64, '0')}`;
export const FALSE = `0x${'0'.repeat(64)}`;

/** Two tokens, `tokenIn` and `tokenOut`, of which the executor holds 1000 each; a venue that holds 1000000 of both. */
export class Yard {
  static async start() {
    const yard = new Yard();
    Object.assign(yard, await chain({ protocols: [], borrowers: 0 }));
    const { keeper, user, whale } = yard.state.accounts;
    Object.assign(yard, { keeper, owner: user, stranger: whale });
    yard.artifacts = await compile(['hostile', 'executor']);
    yard.executor = (await deployExecutor(yard.rpc, user, [keeper.address])).address;
    yard.tokenIn = await yard.deploy('HostileToken');
    yard.tokenOut = await yard.deploy('HostileToken');
    yard.venue = await yard.deploy('HostileVenue');
    yard.friend = await yard.deploy('HostileVenue');
    yard.builder = await yard.deploy('BuilderStub');
    for (const token of [yard.tokenIn, yard.tokenOut]) {
      await yard.send('HostileToken', token, 'mint', [yard.executor, 1000n]);
      await yard.send('HostileToken', token, 'mint', [yard.venue, 1_000_000n]);
    }
    await yard.act('HONEST');
    return yard;
  }

  async deploy(name) {
    const { abi, bytecode } = this.artifacts[name];
    const data = encodeDeployData({ abi, bytecode });
    const [{ contractAddress }] = await waitSuccess(this.rpc, await sendSigned(this.rpc, this.keeper.key, [{ data, gas: GAS }]), name);
    return contractAddress;
  }

  encode(contract, functionName, args = []) {
    return encodeFunctionData({ abi: this.artifacts[contract].abi, functionName, args });
  }

  /** A successful transaction of an account; its receipt. */
  async send(contract, to, functionName, args = [], { from = this.keeper, value } = {}) {
    const call = { to, data: this.encode(contract, functionName, args), gas: GAS, value };
    const [receipt] = await waitSuccess(this.rpc, await sendSigned(this.rpc, from.key, [call]), functionName);
    return receipt;
  }

  async read(contract, to, functionName, args = []) {
    const { abi } = this.artifacts[contract];
    const data = encodeFunctionData({ abi, functionName, args });
    return decodeFunctionResult({ abi, functionName, data: await this.rpc.call('eth_call', [{ to, data }, 'latest']) });
  }

  /** How the venue behaves from now on. */
  act(name, fee = 0n) {
    return this.send('HostileVenue', this.venue, 'set', [ACTS.indexOf(name), fee, this.tokenIn, this.tokenOut, this.friend]);
  }

  /** How a token behaves from now on. */
  behave(token, { feeBps = 0n, answer = TRUE, wantsZero = false, burnsGas = false, refuses = false }) {
    return this.send('HostileToken', token, 'set', [feeBps, answer, wantsZero, burnsGas, refuses]);
  }

  held(token, account = this.executor) {
    return this.read('HostileToken', token, 'balanceOf', [account]);
  }

  allowance(token, spender = this.venue) {
    return this.read('HostileToken', token, 'allowance', [this.executor, spender]);
  }

  executeData(program) {
    return this.encode('Executor', 'execute', [typeof program === 'string' ? program : encodeProgram(program)]);
  }

  /** Mines a program that succeeds; its receipt. */
  execute(program, { from, value } = {}) {
    const hex = typeof program === 'string' ? program : encodeProgram(program);
    return this.send('Executor', this.executor, 'execute', [hex], { from, value });
  }

  /** Mines a program that may revert; its receipt. */
  async attempt(program, { from = this.keeper, value } = {}) {
    const call = { to: this.executor, data: this.executeData(program), gas: GAS, value };
    const [receipt] = await waitMined(this.rpc, await sendSigned(this.rpc, from.key, [call]));
    return receipt;
  }

  /** What a call of the executor reverts with, as a text "TooDear(0x..., 3, 2)"; nothing where it succeeds. */
  async failure(data, { from = this.keeper, value = 0n } = {}) {
    const call = { from: from.address, to: this.executor, data, value: `0x${value.toString(16)}`, gas: `0x${GAS.toString(16)}` };
    const [{ error }] = await this.rpc.settle([['eth_call', [call, 'latest']]]);
    return error && this.describe(error.data);
  }

  failureOf(program, options) {
    return this.failure(this.executeData(program), options);
  }

  /** An error as a text; one within another is described too. */
  describe(data) {
    if (!data || data === '0x') return 'nothing';
    try {
      const { errorName, args = [] } = decodeErrorResult({ abi: [...this.artifacts.Executor.abi, ...ERRORS], data });
      const inner = ['CallFailed', 'TokenFailed', 'GuardFailed'].includes(errorName);
      return `${errorName}(${args.map((arg, i) => (inner && i === 1 ? this.describe(arg) : this.nameOf(arg))).join(', ')})`;
    } catch {
      return data; // what a token answered
    }
  }

  nameOf(value) {
    const found = ['executor', 'tokenIn', 'tokenOut', 'venue', 'friend', 'builder'].find((name) => String(this[name]).toLowerCase() === String(value).toLowerCase());
    return found ?? String(value);
  }

  aside(work) {
    return aside(this.rpc, work);
  }

  /** Operations: a loan of `tokenIn`, and swaps of it for `tokenOut`. */
  flash(kind, { value = 500n, mostFee = 0n, nested = [], lender = this.venue, token = this.tokenIn } = {}) {
    return { flash: { kind, lender, token, value, mostFee, nested } };
  }

  swap(direction, venue, { value = 100n, most = 100n, nested = [], pool = this.venue, fee = 0 } = {}) {
    return { [direction]: { venue, zeroForOne: true, pool, fee, value, token: this.tokenIn, most, nested } };
  }

  /** A call of the executor's that is no more than a view. */
  guard(minimum, fields = {}) {
    return { contract: this.tokenIn, minimum, input: this.encode('HostileToken', 'balanceOf', [this.executor]), ...fields };
  }
}

export const selectorOf = (signature) => toFunctionSelector(`function ${signature}`);
