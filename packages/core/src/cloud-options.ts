import type { AuditOptions } from './cloud/auditrecord/audit-settings.js';
import type { AddressOptions } from './cloud/ipaddress/address-settings.js';
import type { OrphanOptions } from './cloud/orphan/orphan-settings.js';
import type { KeyPair } from './cloud/seed.js';
import type { StorageOptions } from './cloud/storagepool/storage-settings.js';
import type { InjectionToken, Plugin } from './di.js';
import type { DriftRules } from './kernel/drift-rules.js';
import type { FeedLimits } from './kernel/feed/feed.js';
import type { Limits } from './model/limits.js';
import type { Logger } from './ports/logger.js';
import type { SealingKeys } from './ports/sealing-keys.js';

/** What a cloud is made of. */
export interface CloudOptions {
  /**
   * The store and the drivers, and whatever else adds types, hooks, reconcilers or tasks, or fills a port. `createCloud`
   * throws TypeError where two fill one port, and where one replaces `CLOCK`, `RANDOM`, `PASSWORD_HASHER` or `LOGGER`.
   */
  readonly plugins: readonly Plugin[];
  /**
   * Ports that a plug-in may register though there is one already, by token: `[STORE]` for a plug-in that wraps the store of
   * another. The last one wins. Default: none. `createCloud` throws TypeError for what is no port.
   */
  readonly replaceable?: readonly InjectionToken<unknown>[] | undefined;
  /** This cloud's own secret, at least 16 bytes, kept outside its database: without it stored digests of keys open nothing. */
  readonly pepper: Uint8Array;
  /**
   * The keys that secrets which have to be read again are sealed under in the database: user data of servers, private keys.
   * Default: one that is derived from the pepper. See `sealingKeysFrom`.
   */
  readonly sealingKeys?: SealingKeys | undefined;
  /** The administrator's key. Made known at each start; another secret for the same access key replaces the old one. */
  readonly administratorKey?: KeyPair | undefined;
  readonly logger?: Logger | undefined;
  /** What is done about objects outside that no resource owns. Default: they are looked for and reported. */
  readonly orphans?: OrphanOptions | undefined;
  /** When shares are told to be getting full. Default: from 80 and from 90 percent on. */
  readonly storage?: StorageOptions | undefined;
  /** How long the audit log is kept. Default: 400 days. */
  readonly audit?: AuditOptions | undefined;
  /** How addresses on the outside are treated. */
  readonly addresses?: AddressOptions | undefined;
  /** How much the change feed tells, and how many. */
  readonly feed?: Partial<FeedLimits> | undefined;
  /** How many resources are worked on at a time. Default 64. */
  readonly workers?: number | undefined;
  /**
   * How much an account may have at a time, by class, in place of the defaults: 100 `virtualmachines`, 20 `networks`,
   * 100 `volumes`, 1,200 `volumeGb`, 100 `snapshots`. Infinity lifts a limit. What `limits` of an account says goes before it;
   * administrators have no limits but those.
   */
  readonly limits?: Limits | undefined;
  /**
   * What to do when somebody else changes outside objects, by type and field:
   * `{ virtualmachine: { 'server.powerState': 'report' } }`. Goes before what the types say; `repair` where nobody says
   * anything. `createCloud` throws TypeError for a type that there is not.
   */
  readonly drift?: DriftRules | undefined;
  /**
   * What this process does. `api` takes requests, `kernel` makes the world as asked; both by default. Several processes
   * need a store, an event bus and locks that reach all of them.
   */
  readonly roles?: readonly CloudRole[] | undefined;
}

/** A part of the work that a process may take on. */
export type CloudRole = 'api' | 'kernel';
