// Ends what was begun: all of it, each part within a time, and in the end the process.

const CLOSE_MS = 10_000; // a part closes within milliseconds, on a busy machine within a second
const LEFT_MS = 10_000; // longer than any timer that a test leaves

/** What the promise `work` becomes; throws when it is nothing yet after CLOSE_MS, saying that `what` is still open. */
export async function within(what, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: still open after ${CLOSE_MS / 1000} s`)), CLOSE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Calls each of the functions in turn, awaiting it, whatever became of those before; throws what they threw. */
export async function closeInTurn(...closes) {
  const errors = [];
  for (const close of closes) {
    try {
      await close();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 1) throw new Error(errors.map(({ message }) => message).join('\n'), { cause: errors[0] });
  if (errors.length) throw errors[0];
}

/** For the last line of a program: what still holds the process LEFT_MS later is named, and the exit code is 1. */
export function endSoon() {
  setTimeout(() => {
    console.error(`still open ${LEFT_MS / 1000} s after the end: ${process.getActiveResourcesInfo().join(', ')}`);
    process.exit(1);
  }, LEFT_MS).unref();
}
