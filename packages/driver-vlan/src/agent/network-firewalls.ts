import type { CommandRunner } from '../commands/command-runner.js';
import { demandDone } from '../commands/demand-done.js';
import { namespaceNames } from '../links/link-state.js';
import { swapMarks } from '../nft/mark-swap.js';
import type { FirewallMarks, ProgramMarks } from '../nft/nft-session.js';
import { NftSessions } from '../nft/nft-sessions.js';
import type { NamespaceName } from '../plan/plan-names.js';
import type { NftCommands } from '../program/difference.js';
import type { NetworkProgram } from '../program/network-program.js';
import { type ObservedElements, observedElements } from '../program/observed-elements.js';
import { inside } from './plan-steps.js';

/**
 * The firewalls of one machine's networks. What this process has carried last is remembered; the marks in a firewall show
 * whether that still counts.
 */
export class NetworkFirewalls {
  readonly #runner: CommandRunner;
  readonly #sessions: NftSessions;
  readonly #carried = new Map<NamespaceName, NetworkProgram>();
  readonly #rules = new Map<NamespaceName, string>();

  constructor(runner: CommandRunner) {
    this.#runner = runner;
    this.#sessions = new NftSessions(runner);
  }

  /** What this process has carried last in a namespace. */
  lastCarried(namespace: NamespaceName): NetworkProgram | undefined {
    return this.#carried.get(namespace);
  }

  /** Remembers that a program is carried as a whole. */
  carries(program: NetworkProgram): void {
    this.#carried.set(program.namespace, program);
  }

  /** From here on it isn't known what a namespace carries. */
  doubts(namespace: NamespaceName): void {
    this.#carried.delete(namespace);
  }

  /** How the constant program's rules look where this process has loaded them; undefined where it hasn't. */
  rightRules(namespace: NamespaceName): string | undefined {
    return this.#rules.get(namespace);
  }

  /** Remembers how they look, right after they were loaded. */
  loadedRules(namespace: NamespaceName, digest: string): void {
    this.#rules.set(namespace, digest);
  }

  /** The marks; undefined where there are none. */
  async marks(namespace: NamespaceName, signal: AbortSignal): Promise<FirewallMarks | undefined> {
    const isKnown = this.#carried.has(namespace);
    return isKnown || (await this.#isThere(namespace))
      ? this.#sessions.marks(namespace, signal)
      : undefined;
  }

  /** What a firewall holds, listed as a whole: this takes long where it is much. Nothing where nothing is. */
  async elements(namespace: NamespaceName, signal: AbortSignal): Promise<ObservedElements> {
    if (!(await this.#isThere(namespace))) return { sets: new Map(), counts: new Map() };
    return observedElements(await this.listing(namespace, signal));
  }

  /** The ruleset of a namespace that is there, as nft's JSON. */
  async listing(namespace: NamespaceName, signal: AbortSignal): Promise<string> {
    const command = inside(namespace, ['nft', '-j', 'list', 'ruleset']);
    return demandDone('nft list', await this.#runner.run(command, signal));
  }

  /**
   * Makes `changes` and has the firewall bear the program's marks, in one transaction that is refused as a whole where the
   * marks are others than `from`, or an element is not as `changes` take it to be. Returns the marks afterwards.
   */
  async transact(
    program: NetworkProgram,
    from: FirewallMarks,
    changes: NftCommands,
    signal: AbortSignal,
  ): Promise<FirewallMarks | undefined> {
    const lines = [...changes, ...swapMarks(from, marksOf(program))];
    const after = await this.#sessions.of(program.namespace).transact(lines, signal);
    if (isMarked(after, program)) this.carries(program);
    return after;
  }

  /** Forgets a namespace, and ends the session that would keep it from going. */
  forget(namespace: NamespaceName): void {
    this.#carried.delete(namespace);
    this.#rules.delete(namespace);
    this.#sessions.end(namespace);
  }

  /** Ends the programs it talks to. Firewalls stay. */
  close(): void {
    this.#sessions.endAll();
  }

  async #isThere(namespace: NamespaceName): Promise<boolean> {
    return (await namespaceNames(this.#runner.files)).includes(namespace);
  }
}

/** The marks of a program that is carried as a whole. */
export function marksOf({ mark, documentMark }: NetworkProgram): ProgramMarks {
  return { loaded: mark, ready: documentMark };
}

/** Whether marks say that a program is carried as a whole. */
export function isMarked(
  marks: ProgramMarks | undefined,
  { mark, documentMark }: NetworkProgram,
): boolean {
  return marks?.loaded === mark && marks.ready === documentMark;
}
