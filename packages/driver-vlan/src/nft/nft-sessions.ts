import type { CommandRunner } from '../commands/command-runner.js';
import type { NamespaceName } from '../plan/plan-names.js';
import { NftSession } from './nft-session.js';

/** One takes some 12 MB once it has had a large transaction. */
const MOST_SESSIONS = 32;

/** The sessions of the networks that were last worked on; the one that was idle longest makes room. */
export class NftSessions {
  readonly #runner: CommandRunner;
  readonly #most: number;
  /** In the order of their last use. */
  readonly #sessions = new Map<NamespaceName, NftSession>();

  constructor(runner: CommandRunner, most: number = MOST_SESSIONS) {
    this.#runner = runner;
    this.#most = most;
  }

  /** The session in a namespace that is there. */
  of(namespace: NamespaceName): NftSession {
    const known = this.#sessions.get(namespace);
    this.#sessions.delete(namespace);
    const session =
      known === undefined || known.ended ? new NftSession(this.#runner, namespace) : known;
    this.#sessions.set(namespace, session);
    for (const [other, { busy }] of this.#sessions) {
      if (this.#sessions.size <= this.#most) break;
      if (other !== namespace && !busy) this.end(other);
    }
    return session;
  }

  /** Ends the session of a namespace, which it would keep from going. */
  end(namespace: NamespaceName): void {
    this.#sessions.get(namespace)?.stop();
    this.#sessions.delete(namespace);
  }

  /** Ends them all. */
  endAll(): void {
    for (const namespace of this.#sessions.keys()) this.end(namespace);
  }
}
