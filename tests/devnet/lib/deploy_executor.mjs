// Deploys the executor on a running chain.
import { encodeDeployData, encodeFunctionData } from 'viem';
import { compile } from './compile.mjs';
import { sendSigned, waitSuccess } from './send.mjs';

const GAS = 3_000_000n;

/** Deploys the executor of an account {address, key}, with the operators' addresses allowed; {address, abi}. */
export async function deployExecutor(rpc, owner, operators = []) {
  const { Executor: { abi, bytecode } } = await compile(['executor']);
  const creation = encodeDeployData({ abi, bytecode, args: [owner.address] });
  const [{ contractAddress }] = await waitSuccess(rpc, await sendSigned(rpc, owner.key, [{ data: creation, gas: GAS }]), 'deploy');
  const calls = operators.map((operator) => ({
    to: contractAddress,
    data: encodeFunctionData({ abi, functionName: 'setOperator', args: [operator, true] }),
    gas: GAS,
  }));
  await waitSuccess(rpc, await sendSigned(rpc, owner.key, calls), 'setOperator');
  return { address: contractAddress, abi };
}
