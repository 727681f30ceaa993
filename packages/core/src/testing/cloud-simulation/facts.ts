import type { Duplex } from 'node:stream';
import type { RequestError } from '../../model/errors.js';
import type { ResourceUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import type { OpenSealed } from '../../model/sealed-fields.js';
import type { ObjectKey } from '../../ports/driver.js';
import type { Hint } from '../../ports/event-bus.js';
import type { Process } from '../simulator/process.js';
import type { World } from '../simulator/world.js';
import type { Database, RowWrite } from './database.js';
import type { LockEvent, LockServer } from './lock-server.js';
import type { Outside } from './outside.js';
import type { OutsideEvent } from './outside-model.js';
import type { Wish, Wishes } from './wishes.js';

/** What an invariant may look at. It sees everything and changes nothing. */
export interface View {
  readonly world: World;
  readonly database: Database;
  /** Opens what is sealed in there, with the key that every simulated kernel has. */
  readonly open: OpenSealed;
  readonly outside: Outside;
  readonly locks: LockServer;
  readonly wishes: Wishes;
  /** Strings that must never be told. */
  readonly secrets: readonly string[];
  /** Whether faults may still happen. */
  readonly phase: 'faults' | 'healed' | 'rest';
  /** Whether nothing has gone wrong so far but hints that got lost: what is late then is late by our own fault. */
  readonly calm: 'yes' | 'no';
  /** Processes that have lost a lock session without having died, and so may act on what they no longer hold. */
  readonly outlived: ReadonlySet<Process>;
  /** Objects outside that strangers have taken away, changed or doubled, by resource. */
  readonly meddled: ReadonlySet<ResourceUuid>;
}

/** An answer to a question about a resource. */
export interface Told {
  readonly resource: Resource;
  /** Who was told. */
  readonly account: ResourceUuid;
  /** What of it nobody else may be told. */
  readonly secret?: string | undefined;
}

/** A ticket to a console, as its owner keeps it. */
export interface KeptTicket {
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** Somebody was let in to a console. */
export interface LetIn {
  readonly ticket: KeptTicket;
  readonly shownAt: number;
  readonly server: ResourceUuid;
  /** Who showed it. */
  readonly account: ResourceUuid;
  readonly stream: Duplex;
}

/** A broken rule, in words; undefined when it holds. */
export type Finding = string | undefined;

/** What one invariant hears while a run goes on. Each method answers what is wrong, if anything is. */
export interface Watcher {
  /** A row was written. */
  wrote?(write: RowWrite): Finding;
  /** A kernel sent a mutation to a backend. */
  sent?(process: Process, kind: string, key: ObjectKey, desired: unknown): Finding;
  /** Something happened to an object outside. */
  happened?(event: OutsideEvent): Finding;
  /** A user was answered. */
  answered?(wish: Wish, answer: Resource | RequestError): Finding;
  /** A user's question was answered. */
  told?(answer: Told): Finding;
  /** A user looks at a console. */
  letIn?(entry: LetIn): Finding;
  /** Something happened to the lock of a resource. */
  lockWas?(what: LockEvent, key: ResourceUuid, process: Process): Finding;
  /** A hint was published. */
  published?(hint: Hint): Finding;
  /** A kernel logged a line. */
  said?(line: string): Finding;
  /** Something happened. */
  stepped?(): Finding;
  /** All faults are healed and everything has come to rest. */
  rested?(): Finding;
}

/** A rule that must hold in every run, whatever happens. */
export interface Invariant {
  /** As in reference/kernel.md 2.3. */
  readonly id: string;
  readonly name: string;
  /** Why a cloud without it would not be worth having. */
  readonly reason: string;
  watch(view: View): Watcher;
}
