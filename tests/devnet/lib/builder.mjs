// Sends set-up transactions by the hundred: queued with their nonces and addresses known beforehand, then
// mined together in blocks of deterministic time.
import { decodeErrorResult, decodeFunctionResult, encodeDeployData, encodeFunctionData, getContractAddress } from 'viem';
import { link } from './artifacts.mjs';
import { DevnetError } from './errors.mjs';

const BATCH = 500;
const GAS_MAX = 16_000_000n;
const BASE_FEE = 1_000_000_000n;
const GAS_PRICE = 2n * BASE_FEE; // a full block raises the base fee that anvil asks for by an eighth
const hex = (value) => `0x${BigInt(value).toString(16)}`;

/** A contract at an address; what Builder.deploy and Builder.at return. */
class Contract {
  constructor(builder, address, abi) {
    Object.assign(this, { builder, address, abi });
  }

  /** Queues a call of a function from an account. */
  send(from, functionName, args = [], options = {}) {
    const data = encodeFunctionData({ abi: this.abi, functionName, args });
    this.builder.queue({ from, to: this.address, data, ...options }, functionName, this.abi);
  }

  /** What a view function returns now; queued transactions are not seen. */
  async read(functionName, args = []) {
    const data = encodeFunctionData({ abi: this.abi, functionName, args });
    const result = await this.builder.rpc.call('eth_call', [{ to: this.address, data }, 'latest']);
    return decodeFunctionResult({ abi: this.abi, functionName, data: result });
  }
}

function reasonOf({ error, output }, abi) {
  try {
    const { errorName, args = [] } = decodeErrorResult({ abi, data: output });
    return `${errorName}(${args.join(', ')})`;
  } catch {
    return `${error} ${output ?? ''}`.trimEnd(); // not one of this contract's errors
  }
}

/** Builds on an anvil that was started without mining; nowSec is the timestamp of the first block mined. */
export class Builder {
  constructor(rpc, artifacts, nowSec) {
    Object.assign(this, { rpc, artifacts, nowSec, queued: [], nonces: new Map() });
  }

  /** Queues a transaction {from, to, data, gas, value}; label and abi serve its error message. */
  queue(transaction, label, abi = []) {
    const nonce = this.nonces.get(transaction.from) ?? 0;
    this.nonces.set(transaction.from, nonce + 1);
    const { value = 0n, gas = GAS_MAX, ...rest } = transaction;
    const call = { ...rest, nonce: hex(nonce), gas: hex(gas), value: hex(value), gasPrice: hex(GAS_PRICE) };
    this.queued.push({ call, label, abi });
    return nonce;
  }

  /** Queues the deployment of a named contract; its address is known at once. */
  deploy(from, name, args = [], libraries = {}) {
    const artifact = this.artifacts(name);
    const data = encodeDeployData({ abi: artifact.abi, bytecode: link(artifact, libraries), args });
    const nonce = this.queue({ from, data }, `deploy ${name}`);
    return new Contract(this, getContractAddress({ from, nonce: BigInt(nonce) }), artifact.abi);
  }

  /** A contract that stands already, by the name of its ABI. */
  at(address, name) {
    return new Contract(this, address, this.artifacts(name).abi);
  }

  /** Mines all that is queued, in order per account; throws at the first that failed, with its reason. */
  async flush() {
    while (this.queued.length > 0) await this.flushBatch(this.queued.splice(0, BATCH));
  }

  async flushBatch(entries) {
    const hashes = await this.rpc.batch(entries.map(({ call }) => ['eth_sendTransaction', [call]]));
    const mined = new Map();
    while (mined.size < hashes.length) {
      const receipts = await this.mineBlock();
      if (receipts.length === 0) throw new DevnetError('anvil mines no more of the set-up: a nonce has a gap');
      for (const receipt of receipts) mined.set(receipt.transactionHash, receipt);
    }
    const failed = hashes.findIndex((hash) => mined.get(hash).status !== '0x1');
    if (failed >= 0) await this.explain(entries[failed], mined.get(hashes[failed]));
  }

  async mineBlock() {
    this.nowSec += 1;
    await this.rpc.batch([
      ['anvil_setNextBlockBaseFeePerGas', [hex(BASE_FEE)]],
      ['evm_setNextBlockTimestamp', [this.nowSec]],
      ['evm_mine', []],
    ]);
    return this.rpc.call('eth_getBlockReceipts', ['latest']);
  }

  /** Throws with the reason of a failed transaction, from its trace. */
  async explain({ call, label, abi }, { transactionHash }) {
    const trace = await this.rpc.call('debug_traceTransaction', [transactionHash, { tracer: 'callTracer' }]);
    const why = reasonOf(trace, [...abi, ...this.artifacts('Errors').abi]);
    throw new DevnetError(`set-up: ${label} at ${call.to ?? 'creation'} failed: ${why}`);
  }
}
