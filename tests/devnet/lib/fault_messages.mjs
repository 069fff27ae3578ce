// The faults of answers: takes a parsed answer on its way to the client, and gives what is sent.

const CHUNK = Buffer.alloc(1 << 16, 0x30); // zeros, of a result that never ends

async function* hugeAnswer(id, bytes) {
  yield Buffer.from(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":"0x`);
  for (let left = bytes; left > 0; left -= CHUNK.length) yield CHUNK.subarray(0, Math.min(left, CHUNK.length));
  yield Buffer.from('"}');
}

async function* repeated(byte, count) {
  const chunk = Buffer.alloc(Math.min(count, CHUNK.length), byte);
  for (let left = count; left > 0; left -= chunk.length) yield chunk.subarray(0, Math.min(left, chunk.length));
}

async function* nestedAnswer(id, depth) {
  yield Buffer.from(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":`);
  yield* repeated('[', depth);
  yield* repeated(']', depth);
  yield Buffer.from('}');
}

const page = (code) => `<html><head><title>${code}</title></head><body><h1>${code}</h1><hr>nginx</body></html>\n`;

function garbage(text, random) {
  const cut = text.slice(0, 1 + random.uint(text.length - 1));
  const letters = Array.from({ length: 40 }, () => String.fromCharCode(0x20 + random.uint(0x160))).join('');
  return random.pick([cut, letters, page(200), `${cut}${letters}`, '\u0000\u0000']);
}

function otherId(id, random) {
  return random.pick([null, `${id}`, typeof id === 'number' ? id + 1 : 1, -1, 1e18, {}]);
}

/** One of the answers, in place: a batch is hit in one element. */
const oneOf = (answer, random) => (Array.isArray(answer) ? random.pick(answer) : answer);

/** The running fault of a kind if it hits this answer, which is then counted. */
function struck(schedule, kind) {
  const fault = schedule.strikes(kind);
  if (fault) schedule.hit(kind);
  return fault;
}

/** Applies the running faults to an answer (an object, or a list for a batch). Returns what to send:
 *  [{body, reply}], body a text or an iterable of buffers; empty where it is swallowed. */
export function faultyAnswer(schedule, answer, transport) {
  if (struck(schedule, 'swallow') || struck(schedule, 'silent')) return [];
  const id = Array.isArray(answer) ? answer[0]?.id : answer.id;
  const status = transport === 'http' && struck(schedule, 'status');
  if (status) {
    const reply = { status: status.code, headers: { 'content-type': 'text/html' } };
    return [{ body: page(status.code), reply }];
  }
  const huge = struck(schedule, 'huge');
  if (huge) return [{ body: hugeAnswer(id, huge.bytes) }];
  const nest = struck(schedule, 'nest');
  if (nest) return [{ body: nestedAnswer(id, nest.depth) }];
  const wrong = struck(schedule, 'wrongId');
  if (wrong) {
    const one = oneOf(answer, wrong.random);
    one.id = otherId(one.id, wrong.random);
  }
  const reorder = Array.isArray(answer) && struck(schedule, 'reorder');
  if (reorder) answer.reverse();
  const twice = struck(schedule, 'duplicate');
  if (twice && Array.isArray(answer)) answer.push(oneOf(answer, twice.random));
  const text = JSON.stringify(answer);
  const broken = struck(schedule, 'garbage');
  const body = broken ? garbage(text, broken.random) : text;
  if (!twice || Array.isArray(answer)) return [{ body }];
  // over HTTP there is one answer only, so it holds the text twice
  return transport === 'http' ? [{ body: body + body }] : [{ body }, { body }];
}
