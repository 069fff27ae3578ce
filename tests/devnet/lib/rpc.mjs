// JSON-RPC over HTTP, with batches: a thousand calls cost one request.
import { DevnetError } from './errors.mjs';
import { RpcError } from './wire.mjs';

const refusal = (method, { message, code, data }) => new RpcError(code, `${method}: ${message}`, { data });

async function post(url, body) {
  let response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return await response.json();
  } catch (error) {
    // fetch says itself only that it failed; some ports it does not call at all
    const why = error.cause?.code ?? error.cause?.message ?? error.message;
    throw new DevnetError(`no node answers at ${url} (${why}): start one with devnet up`);
  }
}

/** Calls of a node at one HTTP endpoint. */
export class Rpc {
  constructor(url) {
    this.url = url;
  }

  /** The result of one call; throws an RpcError with the node's code and data. */
  async call(method, params = []) {
    const answer = await post(this.url, { jsonrpc: '2.0', id: 1, method, params });
    if (answer.error) throw refusal(method, answer.error);
    return answer.result;
  }

  /** The results of calls [method, params], in their order; throws the first error. */
  async batch(calls) {
    const answers = await this.settle(calls);
    return answers.map((answer, i) => {
      if (answer.error) throw refusal(calls[i][0], answer.error);
      return answer.result;
    });
  }

  /** Like batch, but each element is {result} or {error}. */
  async settle(calls) {
    if (calls.length === 0) return [];
    const body = calls.map(([method, params = []], id) => ({ jsonrpc: '2.0', id, method, params }));
    const answers = await post(this.url, body);
    return answers.sort((a, b) => a.id - b.id);
  }
}
