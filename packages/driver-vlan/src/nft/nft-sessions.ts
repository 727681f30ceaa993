import type { CommandRunner } from '../commands/command-runner.js';
import { demandDone } from '../commands/demand-done.js';
import type { NamespaceName } from '../plan/plan-names.js';
import { type FirewallMarks, marksIn, NftSession } from './nft-session.js';

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

  /**
   * Reads a network's marks; undefined where there is none to read. By its session if it has one: to start one only for
   * this takes longer than a program that ends by itself, and would drive out those that are worked on.
   */
  async marks(namespace: NamespaceName, signal: AbortSignal): Promise<FirewallMarks | undefined> {
    const known = this.#sessions.get(namespace);
    if (known !== undefined && !known.ended) return this.of(namespace).marks(signal);
    const listed = await this.#runner.run(
      {
        program: 'nsenter',
        arguments: [`--net=/run/netns/${namespace}`, 'nft', 'list', 'set', 'inet', 'gd', 'marks'],
      },
      signal,
    );
    // Neither the namespace nor the table need be there.
    const isNothing = listed.exitCode === 1 && /No such file|Invalid argument/.test(listed.stderr);
    return isNothing ? undefined : marksIn(demandDone('nft list set', listed));
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
