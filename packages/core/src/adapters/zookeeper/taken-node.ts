import { ensureError } from '../../model/errors.js';
import type { LiveSession } from './live-session.js';
import type { Nodes } from './nodes.js';
import { isCode, ZOOKEEPER_CODES, ZookeeperError } from './zookeeper-error.js';

/** What came of asking for a node. */
export type Taken =
  | { readonly kind: 'ours'; readonly czxid: number }
  | { readonly kind: 'theirs' }
  /** The answer got lost: the node may be there, and ours. */
  | { readonly kind: 'doubtful'; readonly cause: Error };

/**
 * Makes an ephemeral node unless somebody has. Must not be asked for a node that is known to be ours: it would be found
 * and taken for one whose making was not told to us. Throws what ZooKeeper refuses for good.
 */
export async function takeNode(
  session: LiveSession,
  nodes: Nodes,
  path: string,
  data: string,
): Promise<Taken> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const taken = await ask(session, nodes, path, data);
    if (taken.kind !== 'homeless') return taken;
    await nodes.ensure(session, path.slice(0, path.lastIndexOf('/')));
  }
  throw new Error(`${path} can't be made: its folder is taken away as often as it is made`);
}

async function ask(
  session: LiveSession,
  nodes: Nodes,
  path: string,
  data: string,
): Promise<Taken | { readonly kind: 'homeless' }> {
  const { client, id } = session;
  // The package can't tell the transaction of a create, but a look sent right behind it can: the server keeps the order.
  const [made, seen] = await Promise.allSettled([
    client.create(path, data, 'ephemeral'),
    client.exists(path),
  ]);
  if (made.status === 'rejected') {
    const cause = ensureError(made.reason);
    if (isCode(cause, ZOOKEEPER_CODES.noNode)) return { kind: 'homeless' };
    if (!(cause instanceof ZookeeperError) || !cause.decided) return { kind: 'doubtful', cause };
    if (cause.code !== ZOOKEEPER_CODES.nodeExists) throw cause;
  } else {
    // Its folder's own protection keeps others from making and taking away nodes: nobody waits for this.
    nodes.protect(session, path).catch(() => undefined);
  }
  if (seen.status === 'rejected') {
    const cause = ensureError(seen.reason);
    if (made.status === 'fulfilled') return { kind: 'doubtful', cause };
    throw cause;
  }
  return seen.value?.ephemeralOwner === id
    ? { kind: 'ours', czxid: seen.value.czxid }
    : { kind: 'theirs' };
}
