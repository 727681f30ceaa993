import type { LiveSession } from './live-session.js';
import type { Nodes } from './nodes.js';

/** How locks are kept: a node for each, or a lease for each of 256 partitions. */
export type Strategy = 'resource' | 'partition';

/** A process of this cloud, as the others see it. */
export interface Member {
  readonly strategy: string;
  /** Of its session; one process has several when its own node's making got lost. */
  readonly session: string;
  /** Grows with every member that comes. */
  readonly order: number;
  readonly node: string;
}

const FOLDER = 'members';

/** Who else keeps locks in the same place. */
export class Members {
  readonly #nodes: Nodes;
  readonly #strategy: Strategy;
  readonly #note: () => string;

  constructor(nodes: Nodes, strategy: Strategy, note: () => string) {
    this.#nodes = nodes;
    this.#strategy = strategy;
    this.#note = note;
  }

  /**
   * Makes this session one of them. Throws when others that were there before keep locks in another way: two ways at a
   * time would not see each other's locks.
   */
  async join(session: LiveSession): Promise<void> {
    const folder = this.#nodes.path(FOLDER);
    await this.#nodes.ensure(session, folder);
    let own = earliest(await this.list(session), session.id);
    if (own === undefined) {
      const prefix = `${folder}/${this.#strategy}-${session.id}-`;
      const path = await session.client.create(prefix, this.#note(), 'ephemeral sequential');
      await this.#nodes.protect(session, path);
      own = parseMember(path.slice(path.lastIndexOf('/') + 1));
    }
    const order = own?.order ?? Number.POSITIVE_INFINITY;
    const stranger = (await this.list(session)).find(
      (member) => member.order < order && member.strategy !== this.#strategy,
    );
    if (stranger === undefined) return;
    if (own !== undefined) await session.client.remove(`${folder}/${own.node}`);
    throw new Error(
      `other processes of this cloud keep locks with the strategy ${stranger.strategy}, this one with ${this.#strategy}; it waits until the last of them has ended`,
    );
  }

  /** All of them now, in the order of their coming. `changed` is called once, when that is not so any more. */
  async list(session: LiveSession, changed?: () => void): Promise<readonly Member[]> {
    const names = await session.client.children(this.#nodes.path(FOLDER), changed);
    return (names ?? [])
      .map(parseMember)
      .filter((member) => member !== undefined)
      .toSorted((a, b) => a.order - b.order);
  }
}

function earliest(members: readonly Member[], session: string): Member | undefined {
  return members.find((member) => member.session === session);
}

function parseMember(node: string): Member | undefined {
  const [, strategy, session, order] = /^([a-z]+)-([0-9a-f]+)-(\d+)$/.exec(node) ?? [];
  if (strategy === undefined || session === undefined || order === undefined) return undefined;
  return { strategy, session, order: Number(order), node };
}
