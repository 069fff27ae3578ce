// A stub of a private relay: takes signed requests over HTTP, simulates bundles, and hands them to the
// strict proxy, whose block building lands them. It keeps no reputation and shares no hints.
import { keccak256, recoverMessageAddress, toBytes } from 'viem';
import { RpcError, toNumber } from './wire.mjs';
import { connectDuplex } from './wire_client.mjs';
import { rpcTexts, serveTexts } from './wire_server.mjs';
import { decodeTx } from './strict_tx.mjs';
import { dialectOf, Refusal } from './strict_dialects.mjs';
import { nextBlock, simulate } from './strict_simulate.mjs';
import { DevnetError } from './errors.mjs';

const PRIVATE_BLOCKS = 25; // how long a private transaction is tried where it does not say
const MEV_VERSIONS = ['v0.1', 'beta-1'];

/** The address that signed the body, from X-Flashbots-Signature: `address:signature` over EIP-191 of the
 *  text "0x" + hex(keccak256(body)). The words of refusal are those of flashbots/go-utils signature.go. */
export async function verifySignature(header, body) {
  if (!header) throw new RpcError(-32600, 'no signature provided');
  const invalid = (why) => new RpcError(-32600, `invalid signature provided: ${why}`);
  const [address, signature, ...more] = header.split(':');
  if (!signature || more.length) throw invalid('missing separator');
  let signer;
  try {
    signer = await recoverMessageAddress({ message: keccak256(toBytes(body)), signature });
  } catch (error) {
    throw invalid(error.message.split('\n')[0]);
  }
  if (signer.toLowerCase() !== address.toLowerCase()) throw invalid('signing address mismatch');
  return signer;
}

const bundleHashOf = (hashes) => keccak256(`0x${hashes.map((hash) => hash.slice(2)).join('')}`);

/** Throws for the first field of `given` that this stub does not know: it must not pretend. */
function requireKnown(what, given, known) {
  const strange = Object.keys(given ?? {}).find((name) => !known.includes(name));
  if (strange) throw new RpcError(-32602, `${what}: the relay stub does not know ${strange}`);
}

function blockOf(what, value) {
  if (!/^0x[0-9a-f]+$/i.test(value ?? '')) throw new RpcError(-32602, `${what}: ${value} is no block number in hex`);
  return toNumber(value);
}

class RelayStub {
  #node;
  #chainId;

  constructor(node, chainId) {
    this.#node = node;
    this.#chainId = chainId;
  }

  async #decode(raw) {
    try {
      return await decodeTx(raw, this.#chainId);
    } catch (error) {
      if (error instanceof Refusal) throw dialectOf('geth').error(error);
      throw error;
    }
  }

  async #decodeAll(raws) {
    if (!Array.isArray(raws) || !raws.length) throw new RpcError(-32602, 'txs: a list of raw transactions is missing');
    const txs = [];
    for (const raw of raws) txs.push(await this.#decode(raw));
    return txs;
  }

  async #hand(items, terms) {
    await this.#node.call('strict_addBundle', { items, ...terms });
  }

  async #sendBundle([bundle]) {
    requireKnown('eth_sendBundle', bundle, ['txs', 'blockNumber', 'minTimestamp', 'maxTimestamp', 'revertingTxHashes', 'replacementUuid']);
    const txs = await this.#decodeAll(bundle.txs);
    const block = blockOf('blockNumber', bundle.blockNumber);
    const mayRevert = new Set(bundle.revertingTxHashes ?? []);
    const items = txs.map(({ raw, hash }) => ({ raw, canRevert: mayRevert.has(hash) }));
    await this.#hand(items, {
      firstBlock: block, lastBlock: block, name: bundle.replacementUuid,
      minTime: bundle.minTimestamp || undefined, maxTime: bundle.maxTimestamp || undefined,
    });
    return { bundleHash: bundleHashOf(txs.map(({ hash }) => hash)) };
  }

  /** The items of a mev_sendBundle body, bundles inside it flattened. */
  async #itemsOf(body) {
    if (!Array.isArray(body) || !body.length) throw new RpcError(-32602, 'body: a list is missing');
    const items = [];
    for (const part of body) {
      requireKnown('body', part, ['tx', 'hash', 'bundle', 'canRevert']);
      const canRevert = part.canRevert === true;
      if (part.bundle) items.push(...await this.#itemsOf(part.bundle.body));
      else if (part.hash) items.push({ hash: part.hash, canRevert });
      else items.push({ raw: part.tx, hash: (await this.#decode(part.tx)).hash, canRevert });
    }
    return items;
  }

  async #sendMevBundle([bundle]) {
    requireKnown('mev_sendBundle', bundle, ['version', 'inclusion', 'body', 'privacy']);
    if (!MEV_VERSIONS.includes(bundle.version)) throw new RpcError(-32602, `version: ${bundle.version} is not ${MEV_VERSIONS[0]}`);
    const firstBlock = blockOf('inclusion.block', bundle.inclusion?.block);
    const { maxBlock } = bundle.inclusion;
    const lastBlock = maxBlock === undefined ? firstBlock : blockOf('inclusion.maxBlock', maxBlock);
    const items = await this.#itemsOf(bundle.body);
    await this.#hand(items, { firstBlock, lastBlock });
    return { bundleHash: bundleHashOf(items.map(({ hash }) => hash)) };
  }

  async #sendPrivate([{ tx: raw, maxBlockNumber }]) {
    const { hash } = await this.#decode(raw);
    const head = toNumber(await this.#node.call('eth_blockNumber'));
    const lastBlock = maxBlockNumber ? blockOf('maxBlockNumber', maxBlockNumber) : head + PRIVATE_BLOCKS;
    await this.#hand([{ raw, canRevert: false }], { firstBlock: 0, lastBlock, name: hash });
    return hash;
  }

  async #cancel(what, name) {
    if (typeof name !== 'string') throw new RpcError(-32602, `${what} is missing`);
    await this.#node.call('strict_dropBundle', { name });
  }

  async #checkNonces(txs, state) {
    const nonces = new Map();
    for (const tx of txs) {
      const expected = nonces.get(tx.from)
        ?? toNumber(await this.#node.call('eth_getTransactionCount', tx.from, state));
      if (tx.nonce !== expected) {
        const which = tx.nonce < expected ? 'low' : 'high';
        throw new RpcError(-32000, `err: nonce too ${which}: address ${tx.from}, tx: ${tx.nonce} state: ${expected}; txhash ${tx.hash}`);
      }
      nonces.set(tx.from, expected + 1);
    }
  }

  async #callBundle([call]) {
    requireKnown('eth_callBundle', call, ['txs', 'blockNumber', 'stateBlockNumber', 'timestamp', 'baseFee']);
    const txs = await this.#decodeAll(call.txs);
    const state = call.stateBlockNumber ?? 'latest';
    await this.#checkNonces(txs, state);
    const next = await nextBlock(this.#node);
    const block = {
      ...next, number: blockOf('blockNumber', call.blockNumber), time: call.timestamp ?? next.time,
      baseFee: call.baseFee === undefined ? next.baseFee : BigInt(call.baseFee),
    };
    const stateBlock = await this.#node.call('eth_getBlockByNumber', state, false);
    return bundleJson(txs, await simulate(this.#node, txs, block, state), block, stateBlock.number);
  }

  #methods = {
    eth_sendBundle: (params) => this.#sendBundle(params),
    eth_callBundle: (params) => this.#callBundle(params),
    eth_sendPrivateTransaction: (params) => this.#sendPrivate(params),
    eth_cancelBundle: ([{ replacementUuid }]) => this.#cancel('replacementUuid', replacementUuid).then(() => 200),
    eth_cancelPrivateTransaction: ([{ txHash }]) => this.#cancel('txHash', txHash).then(() => true),
    mev_sendBundle: (params) => this.#sendMevBundle(params),
  };

  dispatch(method, params) {
    if (!Object.hasOwn(this.#methods, method)) throw new RpcError(-32601, 'method not found');
    if (params[0] === null || typeof params[0] !== 'object') throw new RpcError(-32602, `${method}: an object is missing`);
    return this.#methods[method](params);
  }
}

/** The answer of eth_callBundle; all sums of wei are decimal strings. */
function bundleJson(txs, results, block, stateNumber) {
  const rows = txs.map((tx, i) => {
    const { ok, gasUsed, output, paid } = results[i];
    const price = tx.feeCap < block.baseFee + tx.tip ? tx.feeCap : block.baseFee + tx.tip;
    const gasFees = gasUsed * (price - block.baseFee);
    return {
      paid, gasUsed, gasFees,
      json: {
        txHash: tx.hash, fromAddress: tx.from, toAddress: tx.to ?? '0x', gasUsed: Number(gasUsed),
        gasPrice: String(gasUsed ? paid / gasUsed : 0n), gasFees: String(gasFees),
        coinbaseDiff: String(paid), ethSentToCoinbase: String(paid - gasFees),
        ...(ok ? { value: output } : { error: 'execution reverted', revert: output }),
      },
    };
  });
  const sum = (field) => rows.reduce((total, row) => total + row[field], 0n);
  return {
    bundleHash: bundleHashOf(txs.map(({ hash }) => hash)),
    bundleGasPrice: String(sum('paid') / sum('gasUsed')), coinbaseDiff: String(sum('paid')),
    ethSentToCoinbase: String(sum('paid') - sum('gasFees')), gasFees: String(sum('gasFees')),
    results: rows.map(({ json }) => json), stateBlockNumber: toNumber(stateNumber), totalGasUsed: Number(sum('gasUsed')),
  };
}

/** Starts the relay stub before the strict proxy at `upstream`, at the port `listen` (0 for a free one).
 *  A bundle is taken without a word even where it can never land, as relays do.
 *  onEnd() is called when the strict proxy is gone. Returns {port, url, close()}. */
export async function startRelay({ upstream, listen = 0, onEnd = () => {} }) {
  const node = await connectDuplex(upstream);
  try {
    const status = await node.call('strict_status').catch((error) => {
      throw new DevnetError(`${upstream} is no strict proxy (${error.code ?? error.message}): start one with devnet strict`);
    });
    const relay = new RelayStub(node, status.chainId);
    const answer = rpcTexts((method, params) => relay.dispatch(method, params));
    const onText = async (session, text) => {
      try {
        await verifySignature(session.headers['x-flashbots-signature'], text);
      } catch (error) {
        session.send(JSON.stringify({ jsonrpc: '2.0', id: null, error }));
        return;
      }
      answer(session, text);
    };
    const server = await serveTexts({ listen, onText });
    const close = async () => {
      node.onEnd(() => {});
      await server.close();
      await node.close();
    };
    node.onEnd(() => close().then(onEnd));
    return { port: server.port, url: server.url, close };
  } catch (error) {
    await node.close();
    throw error;
  }
}
