import type { LiveSession } from './live-session.js';
import { isCode, ZOOKEEPER_CODES } from './zookeeper-error.js';

/** Who may touch what is made: everybody, or only who has the credentials it was made with. */
export type Protection = 'everybody' | 'creator';

/** Where a cloud keeps its nodes when the connect string names no chroot. */
const DEFAULT_ROOT = '/gdcloud';

/** Splits `host:port,host:port/chroot`. */
export function parseConnect(connect: string): { readonly hosts: string; readonly root: string } {
  const slash = connect.indexOf('/');
  if (slash < 0) return { hosts: connect, root: DEFAULT_ROOT };
  const root = connect.slice(slash).replace(/\/+$/, '');
  return { hosts: connect.slice(0, slash), root: root === '' ? DEFAULT_ROOT : root };
}

/** The lasting nodes of a cloud, made where they are missing: the first process finds nothing, and so does one after a wipe. */
export class Nodes {
  readonly root: string;
  readonly protection: Protection;

  constructor(root: string, protection: Protection) {
    this.root = root;
    this.protection = protection;
  }

  /** The path of `names` under the root. */
  path(...names: readonly string[]): string {
    return [this.root, ...names].join('/');
  }

  /** Makes a lasting node and what is missing above it. Not top down: who owns a chroot may not own what is above. */
  async ensure(session: LiveSession, path: string): Promise<void> {
    if (path === '') return;
    for (;;) {
      try {
        await session.client.create(path, '', 'persistent');
        // Above the root others may have their own.
        if (path.startsWith(this.root)) await this.protect(session, path);
        return;
      } catch (thrown) {
        if (isCode(thrown, ZOOKEEPER_CODES.nodeExists)) return;
        if (!isCode(thrown, ZOOKEEPER_CODES.noNode)) throw thrown;
        await this.ensure(session, path.slice(0, path.lastIndexOf('/')));
      }
    }
  }

  /** Leaves a node just made to its creator, where that is asked for. */
  async protect(session: LiveSession, path: string): Promise<void> {
    if (this.protection === 'creator') await session.client.protect(path);
  }
}

/** How many folders the nodes of keys are spread over, so that none of them grows too long to list. */
export const SHARDS = 256;

/** The shard of a key: stable across processes and releases. */
export function shardOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let n = 0; n < key.length; n += 1)
    hash = Math.imul(hash ^ key.charCodeAt(n), 0x01000193) >>> 0;
  return ((hash ^ (hash >>> 16)) >>> 0) % SHARDS;
}

/** The name of a shard's node: `00` to `ff`. */
export function shardName(shard: number): string {
  return shard.toString(16).padStart(2, '0');
}

/** A key as the name of a node: no slash, no dots alone, never empty. */
export function nodeName(key: string): string {
  return key === '' ? '%' : encodeURIComponent(key).replaceAll('.', '%2E');
}
