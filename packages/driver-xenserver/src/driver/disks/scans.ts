import { join } from '../../client/join.js';
import { TransportError } from '../../client/transport-error.js';
import type { Xapi } from '../../client/xapi.js';

const SCAN_TIMEOUT_MS = 300_000;

interface Line {
  /** The scan that runs now. */
  readonly running: Promise<void>;
  /** The one that starts when it ends; all requests meanwhile share it. */
  next?: Promise<void> | undefined;
}

/**
 * Scans storage repositories, one scan at a time each. A request is served by a scan that starts after it, so that one
 * scan serves all who asked while the one before it ran.
 */
export class Scans {
  readonly #xapi: Xapi;
  readonly #lines = new Map<string, Line>();

  constructor(xapi: Xapi) {
    this.#xapi = xapi;
  }

  /** Resolves when a scan that started after this call has ended. Giving up ends the wait, not the scan. */
  scan(repository: string, signal: AbortSignal): Promise<void> {
    return join(
      this.#enqueue(repository),
      signal,
      () => new TransportError('lost', 'write', 'the call was given up during a scan'),
    );
  }

  #enqueue(repository: string): Promise<void> {
    const line = this.#lines.get(repository);
    if (line === undefined) return this.#begin(repository);
    line.next ??= line.running.catch(() => undefined).then(() => this.#begin(repository));
    return line.next;
  }

  #begin(repository: string): Promise<void> {
    const running = this.#xapi
      .write('SR.scan', [repository], {
        // Shared by all who wait, so it ends with none of them.
        signal: new AbortController().signal,
        timeoutMs: SCAN_TIMEOUT_MS,
      })
      .then(() => undefined);
    const line: Line = { running };
    this.#lines.set(repository, line);
    const finish = (): void => {
      if (line.next === undefined) this.#lines.delete(repository);
    };
    running.then(finish, finish);
    return running;
  }
}
