import { DriverFailure } from '@gdcloud/core';
import type { CommandRunner, RunningCommand } from '../commands/command-runner.js';
import type { NamespaceName } from '../plan/plan-names.js';

/** The marks that a network's firewall carries about itself, in the one element of its set `rev`; undefined: none is set. */
export interface FirewallMarks {
  /** Of the program whose elements are loaded. */
  readonly loaded: number | undefined;
  /** Of the document that is carried as a whole, links and services too, whoever of its servers is unwell. */
  readonly ready: number | undefined;
}

const LISTING = 'list set inet gd rev';
/** The whole listing of the set; its element, `loaded . ready`, may be missing. */
const SET = /set rev \{\s*type mark \. mark\s*(?:elements = \{ (\w+) \. (\w+)[^}]*\}\s*)?\}/;

/**
 * One `nft -i` in a network's namespace. A line is one transaction, about twenty times cheaper than a process of its own
 * (reference/vlan.md 4). What came of it is told by the marks that are listed after it, never by nft's errors.
 */
export class NftSession {
  readonly #running: RunningCommand;
  #output = '';
  #complaint = '';
  #last: Promise<unknown> = Promise.resolve();
  #answer: ((heard: 'marks' | 'noTable' | 'ended') => void) | undefined;
  #ended = false;

  constructor(runner: CommandRunner, namespace: NamespaceName) {
    this.#running = runner.start({
      program: 'nsenter',
      arguments: [`--net=/run/netns/${namespace}`, 'nft', '-i'],
    });
    this.#running.onOutput((text) => {
      this.#output += text;
      this.#listen();
    });
    this.#running.onComplaint((text) => {
      this.#complaint += text;
      this.#listen();
    });
    this.#running.onEnd(() => {
      this.#ended = true;
      this.#answer?.('ended');
    });
  }

  /** Whether it can't be used any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether a call is under way. */
  get busy(): boolean {
    return this.#answer !== undefined;
  }

  /** Reads the marks; undefined where there is no table to read. */
  async marks(signal: AbortSignal): Promise<FirewallMarks | undefined> {
    return this.#inTurn('', signal);
  }

  /**
   * Runs `lines` as one transaction and reads the marks. Whether it was committed is for the caller to see from them: a
   * transaction swaps a mark.
   */
  async transact(
    lines: readonly string[],
    signal: AbortSignal,
  ): Promise<FirewallMarks | undefined> {
    return this.#inTurn(`${lines.join('; ')}\n`, signal);
  }

  /** Ends it. What was under way is broken off. */
  stop(): void {
    this.#ended = true;
    this.#running.stop();
    this.#answer?.('ended');
  }

  #inTurn(line: string, signal: AbortSignal): Promise<FirewallMarks | undefined> {
    const turn = this.#last.then(() => this.#ask(line, signal));
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #ask(line: string, signal: AbortSignal): Promise<FirewallMarks | undefined> {
    signal.throwIfAborted();
    if (this.#ended) throw sessionEnded(line, '');
    this.#output = '';
    this.#complaint = '';
    const stop = (): void => this.stop();
    signal.addEventListener('abort', stop);
    const heard = await new Promise<'marks' | 'noTable' | 'ended'>((resolve) => {
      this.#answer = resolve;
      this.#running.write(`${line}${LISTING}\n`);
    });
    this.#answer = undefined;
    signal.removeEventListener('abort', stop);
    signal.throwIfAborted();
    if (heard === 'ended') throw sessionEnded(line, this.#complaint);
    return heard === 'noTable' ? undefined : marksIn(this.#output);
  }

  #listen(): void {
    if (this.#answer === undefined) return;
    if (SET.test(this.#output)) this.#answer('marks');
    else if (this.#complaint.includes(LISTING)) this.#answer('noTable');
  }
}

/** Reads the marks out of a listing of their set. */
export function marksIn(listing: string): FirewallMarks {
  const [, loaded, ready] = SET.exec(listing) ?? [];
  return { loaded: markIn(loaded), ready: markIn(ready) };
}

function markIn(text: string | undefined): number | undefined {
  return text === undefined || Number(text) === 0 ? undefined : Number(text);
}

function sessionEnded(line: string, complaint: string): DriverFailure {
  const outcome = line === '' ? 'unavailable' : 'ambiguous';
  return new DriverFailure(outcome, 'NftEnded', `nft has ended: ${complaint.slice(0, 500)}`, {
    remedy: 'None is needed: it is looked at again.',
  });
}
