import type { CommandRunner } from '../commands/command-runner.js';
import type { NamespaceName } from '../plan/plan-names.js';
import { NftConversation } from './nft-conversation.js';

/** What a network's firewall says of what is loaded; undefined: nothing is. */
export interface ProgramMarks {
  /** Of the program whose elements are loaded. */
  readonly loaded: number | undefined;
  /** Of the document that is carried as a whole, links and services too, whoever of its servers is unwell. */
  readonly ready: number | undefined;
}

/** The marks that a network's firewall carries about itself, in the one element of its set `marks`. */
export interface FirewallMarks extends ProgramMarks {
  /** How many transactions they have seen: the same program twice bears other marks. */
  readonly turn: number;
}

/** The whole listing of the set; its element, `loaded . ready . turn`, may be missing. */
const SET =
  /set marks \{\s*type mark \. mark \. mark\s*(?:elements = \{ (\w+) \. (\w+) \. (\w+)[^}]*\}\s*)?\}/;

/** One `nft -i` in a network's namespace, which reads the marks after each transaction. */
export class NftSession {
  readonly #conversation: NftConversation;

  constructor(runner: CommandRunner, namespace: NamespaceName) {
    this.#conversation = new NftConversation(
      runner,
      { program: 'nsenter', arguments: [`--net=/run/netns/${namespace}`, 'nft', '-i'] },
      { text: 'list set inet gd marks', answer: SET },
    );
  }

  /** Whether it can't be used any more. */
  get ended(): boolean {
    return this.#conversation.ended;
  }

  /** Whether a call is under way. */
  get busy(): boolean {
    return this.#conversation.busy;
  }

  /** Reads the marks; undefined where there is no table to read. */
  marks(signal: AbortSignal): Promise<FirewallMarks | undefined> {
    return this.transact([], signal);
  }

  /**
   * Runs `lines` as one transaction and reads the marks. Whether it was committed is for the caller to see from them: a
   * transaction swaps a mark.
   */
  async transact(
    lines: readonly string[],
    signal: AbortSignal,
  ): Promise<FirewallMarks | undefined> {
    const listing = await this.#conversation.transact(() => lines, signal);
    return listing === undefined ? undefined : marksIn(listing);
  }

  /** Ends it. What was under way is broken off. */
  stop(): void {
    this.#conversation.stop();
  }
}

/** Reads the marks out of a listing of their set. */
export function marksIn(listing: string): FirewallMarks {
  const [, loaded, ready, turn] = SET.exec(listing) ?? [];
  return { loaded: markIn(loaded), ready: markIn(ready), turn: Number(turn ?? 0) };
}

function markIn(text: string | undefined): number | undefined {
  return text === undefined || Number(text) === 0 ? undefined : Number(text);
}
