// A node that lies about calls: what passes is its upstream's, but results of eth_call while it lies.
import { setTimeout as sleep } from 'node:timers/promises';
import { serveTexts } from '../devnet/lib/wire_server.mjs';
import { link } from '../devnet/lib/wire_client.mjs';

const HOLD_MS = 5000; // for calls that are never answered
const HIT = 0.5; // of the answers while it lies by chance
const LEAST = 1n << 64n; // amounts of tokens and shares; below are prices, times, lengths
const MOST = 1n << 120n; // above are addresses

/** One byte of the result is another: a count, a flag or a value. */
function lieOf({ uint }, text) {
  const at = 3 + 2 * uint((text.length - 2) / 2); // the low half of a byte
  const digit = (Number.parseInt(text[at], 16) ^ (1 + uint(15))).toString(16);
  return text.slice(0, at) + digit + text.slice(at + 1);
}

/** Each amount is one more: so often as it is asked. */
function oneMore(text) {
  const words = text.slice(2).match(/.{1,64}/g);
  return `0x${words.map((word) => {
    const value = word.length === 64 ? BigInt(`0x${word}`) : 0n;
    return value > LEAST && value < MOST ? (value + 1n).toString(16).padStart(64, '0') : word;
  }).join('')}`;
}

/** Serves what the node at `upstream` (ws://) says: {wsUrl, lies (a count), lying, close()}; `lying` may
 *  be set to 'by chance', where each lie is another, and to 'always', where each question has its own. hold() lets no call
 *  begin, waits for those under way and returns what ends that. */
export async function startLiar(upstream, random) {
  const ways = new WeakMap(); // session -> a promise of its link
  const under = { way: 0, held: null }; // calls under way; a promise while none may begin
  const hold = async () => {
    let release;
    under.held = new Promise((resolve) => { release = resolve; });
    for (const until = Date.now() + HOLD_MS; under.way > 0 && Date.now() < until;) await sleep(2);
    return () => {
      under.held = null;
      release();
    };
  };
  const liar = { lying: null, lies: 0 };
  const twist = (answer) => {
    if (!liar.lying || typeof answer.result !== 'string' || answer.result.length < 4) return answer;
    if (liar.lying === 'by chance' && random.float() > HIT) return answer;
    const result = liar.lying === 'always' ? oneMore(answer.result) : lieOf(random, answer.result);
    liar.lies += result !== answer.result;
    return { ...answer, result };
  };
  const open = async (session) => {
    const calls = new Set(); // ids of eth_call
    const way = await link(upstream);
    const show = (answer) => {
      if (!calls.delete(answer.id)) return answer;
      under.way -= 1;
      return twist(answer);
    };
    way.texts((text) => {
      const said = JSON.parse(text);
      session.send(JSON.stringify(Array.isArray(said) ? said.map(show) : show(said)));
    });
    way.ended(() => session.destroy());
    session.onClose(() => {
      under.way -= calls.size;
      calls.clear();
      way.close();
    });
    return { way, calls };
  };
  const server = await serveTexts({
    listen: 0,
    onSession: (session) => {
      const opening = open(session);
      opening.catch(() => session.destroy());
      ways.set(session, opening);
    },
    onText: async (session, text) => {
      try {
        const { way, calls } = await ways.get(session);
        const asked = [JSON.parse(text)].flat().filter(({ method }) => method === 'eth_call');
        while (asked.length && under.held) await under.held;
        for (const { id } of asked) calls.add(id);
        under.way += asked.length;
        way.send(text);
      } catch {
        session.destroy();
      }
    },
  });
  return Object.assign(liar, { wsUrl: server.wsUrl, url: server.url, hold, close: server.close });
}
