/** What the client takes from where it runs: a browser or Node. Tests put their own in its place. */
export interface Surroundings {
  readonly fetch: typeof globalThis.fetch;
  /** At least 0 and less than 1. */
  random(): number;
  /** A uuid that nobody has chosen yet. */
  uuid(): string;
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `call` after so many milliseconds, unless what is returned is called before. */
  after(ms: number, call: () => void): () => void;
}

/** What browsers and Node have. */
export const OF_THE_PLATFORM: Surroundings = {
  fetch: (...request) => globalThis.fetch(...request),
  random: () => Math.random(),
  uuid: randomUuid,
  now: () => Date.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

// crypto.randomUUID is missing from pages that came over plain HTTP.
function randomUuid(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  const digits = [...bytes].map((byte, index) => {
    const marked = index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte;
    return marked.toString(16).padStart(2, '0');
  });
  return digits.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Waits so long, or until the signal says to give up. Rejects with the signal's reason. */
export function pause(
  { after }: Pick<Surroundings, 'after'>,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const stop = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = after(ms, () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
    signal?.addEventListener('abort', stop, { once: true });
  });
}
