import { DriverFailure } from '@gdcloud/core';
import type { CommandLine, CommandRunner, RunningCommand } from '../commands/command-runner.js';

/** What is listed after each transaction, and how its listing is known. */
export interface NftQuestion {
  /** `list set inet gd marks` */
  readonly text: string;
  /** The whole listing. */
  readonly answer: RegExp;
}

/**
 * One `nft -i`. A line is one transaction, about twenty times cheaper than a process of its own (reference/vlan.md 4). What
 * came of it is told by what is listed after it, never by nft's errors.
 */
export class NftConversation {
  readonly #running: RunningCommand;
  readonly #question: NftQuestion;
  #output = '';
  #complaint = '';
  #last: Promise<unknown> = Promise.resolve();
  #answer: ((heard: 'listing' | 'nothing' | 'ended') => void) | undefined;
  #ended = false;

  /** `command` starts `nft -i` where the tables are. */
  constructor(runner: CommandRunner, command: CommandLine, question: NftQuestion) {
    this.#question = question;
    this.#running = runner.start(command);
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

  /**
   * Runs lines as one transaction and lists; undefined where there is nothing to list. Whether it was committed is for the
   * caller to see from that. The lines are composed when their turn has come, just before they are sent.
   */
  transact(compose: () => readonly string[], signal: AbortSignal): Promise<string | undefined> {
    const turn = this.#last.then(() => {
      const lines = compose();
      return this.#ask(lines.length === 0 ? '' : `${lines.join('; ')}\n`, signal);
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** Ends it. What was under way is broken off. */
  stop(): void {
    this.#ended = true;
    this.#running.stop();
    this.#answer?.('ended');
  }

  async #ask(line: string, signal: AbortSignal): Promise<string | undefined> {
    signal.throwIfAborted();
    if (this.#ended) throw sessionEnded(line, '');
    this.#output = '';
    this.#complaint = '';
    const stop = (): void => this.stop();
    signal.addEventListener('abort', stop);
    const heard = await new Promise<'listing' | 'nothing' | 'ended'>((resolve) => {
      this.#answer = resolve;
      this.#running.write(`${line}${this.#question.text}\n`);
    });
    this.#answer = undefined;
    signal.removeEventListener('abort', stop);
    signal.throwIfAborted();
    if (heard === 'ended') throw sessionEnded(line, this.#complaint);
    return heard === 'nothing' ? undefined : this.#output;
  }

  #listen(): void {
    if (this.#answer === undefined) return;
    if (this.#question.answer.test(this.#output)) this.#answer('listing');
    else if (this.#complaint.includes(this.#question.text)) this.#answer('nothing');
  }
}

function sessionEnded(line: string, complaint: string): DriverFailure {
  const outcome = line === '' ? 'unavailable' : 'ambiguous';
  return new DriverFailure(outcome, 'NftEnded', `nft has ended: ${complaint.slice(0, 500)}`, {
    remedy: 'None is needed: it is looked at again.',
  });
}
