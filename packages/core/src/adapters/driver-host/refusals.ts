import type { Logger } from '../../ports/logger.js';
import type { Unopened } from './envelope.js';

/** Why a message was not heeded. */
export type RefusalReason =
  | Unopened
  /** Sent more than a minute ago or ahead: late, replayed, or by a clock that is wrong. */
  | 'stale'
  /** Heard before, and of no kind that is sent again. */
  | 'replayed'
  /** For another driver host, another client, or of no kind that is said here. */
  | 'misdirected'
  /** For an earlier life of the driver host. */
  | 'another life'
  /** A request whose caller has given up by now. */
  | 'expired'
  /** More requests than can be remembered. */
  | 'overloaded';

const REASONS: readonly RefusalReason[] = [
  'too large',
  'malformed',
  'version',
  'forged',
  'stale',
  'replayed',
  'misdirected',
  'another life',
  'expired',
  'overloaded',
];

/** Counts messages that were not heeded, by reason, for metrics. Can be shared by all driver hosts of a process. */
export class Refusals {
  readonly #counts = new Map<RefusalReason, number>(REASONS.map((reason) => [reason, 0]));

  /** How many there were since the process began; every reason is in it. */
  get counts(): ReadonlyMap<RefusalReason, number> {
    return this.#counts;
  }

  /**
   * Counts one, and says so at the first, the second, the fourth and so on: whoever floods the bus shall not flood the
   * log. Nothing of the message is logged.
   */
  count(reason: RefusalReason, where: string, logger: Logger): void {
    const count = (this.#counts.get(reason) ?? 0) + 1;
    this.#counts.set(reason, count);
    if (!Number.isInteger(Math.log2(count))) return;
    logger.warn({ reason, count, where }, 'a message between kernel and driver host is refused');
  }
}
