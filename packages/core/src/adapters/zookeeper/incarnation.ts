import type { LiveSession } from './live-session.js';
import type { Nodes } from './nodes.js';
import { isCode, ZOOKEEPER_CODES } from './zookeeper-error.js';

/**
 * The number all tokens begin with, kept in a node and drawn from the database. ZooKeeper's own numbers begin anew when
 * its data are lost; this one only grows (reference/kernel.md 1.6).
 *
 * Each process raises it once to a number of its own, as meanwhile locks may have been held in memory, with a newer
 * number. Those that are at work see that in time: ZooKeeper tells of a change before it answers anything that was
 * decided after it. So no lock that was taken after the change gets a token with the number before it.
 */
export class Incarnation {
  readonly #nodes: Nodes;
  readonly #draw: (() => Promise<number>) | undefined;
  #drawn: number | undefined;
  #known: { readonly session: LiveSession; readonly number: number } | undefined;

  /**
   * `draw`: a number greater than all it gave before, from the database. A process without one takes the number that
   * others have drawn, and waits until they have.
   */
  constructor(nodes: Nodes, draw: (() => Promise<number>) | undefined) {
    this.#nodes = nodes;
    this.#draw = draw;
  }

  /** The number for a lock of which the node was made in `session`. */
  async of(session: LiveSession): Promise<number> {
    while (this.#known?.session !== session) await this.#read(session);
    return this.#known.number;
  }

  async #read(session: LiveSession): Promise<void> {
    const path = this.#nodes.path('incarnation');
    const mark = { changed: 'no' };
    const found = await session.client.get(path, () => {
      mark.changed = 'yes';
      if (this.#known?.session === session) this.#known = undefined;
    });
    if (found === undefined) {
      await this.#create(session, path);
      return;
    }
    const number = parse(found.data);
    this.#drawn ??= await this.#draw?.();
    if (this.#drawn !== undefined && this.#drawn > number) {
      await this.#raise(session, path, this.#drawn, found.stat.version);
      return;
    }
    if (mark.changed === 'no') this.#known = { session, number };
  }

  async #create(session: LiveSession, path: string): Promise<void> {
    if (this.#draw === undefined) throw new Error('no process with a database has been here yet');
    this.#drawn = await this.#draw();
    await this.#nodes.ensure(session, this.#nodes.root);
    try {
      await session.client.create(path, String(this.#drawn), 'persistent');
      await this.#nodes.protect(session, path);
    } catch (thrown) {
      // Another process was faster: its number is read then.
      if (!isCode(thrown, ZOOKEEPER_CODES.nodeExists)) throw thrown;
    }
  }

  async #raise(session: LiveSession, path: string, number: number, version: number): Promise<void> {
    try {
      await session.client.set(path, String(number), version);
    } catch (thrown) {
      if (isCode(thrown, ZOOKEEPER_CODES.badVersion)) return;
      if (!isCode(thrown, ZOOKEEPER_CODES.noNode)) throw thrown;
    }
  }
}

function parse(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new TypeError('the node of the incarnation holds no number');
  return number;
}
