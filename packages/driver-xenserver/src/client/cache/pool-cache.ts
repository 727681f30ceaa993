import type { Json, JsonObject } from '@gdcloud/core';
import type { EventBatch, EventRecord } from '../../datamodel/event-batch.js';
import type {
  HostMetricsRecord,
  HostRecord,
  NetworkRecord,
  PIFRecord,
  PoolRecord,
  SRRecord,
  VBDRecord,
  VDIRecord,
  VIFRecord,
  VMGuestMetricsRecord,
  VMRecord,
} from '../../datamodel/records.generated.js';
import { SCHEMA } from '../../datamodel/schema.js';
import { ClassRows } from './class-rows.js';
import { classOf, effectOf, type Write } from './effects.js';
import { Moments } from './moments.js';

/** The classes that are kept, and what their records are. */
export interface CachedRecords {
  readonly pool: PoolRecord;
  readonly host: HostRecord;
  readonly host_metrics: HostMetricsRecord;
  readonly VM: VMRecord;
  readonly VM_guest_metrics: VMGuestMetricsRecord;
  readonly VBD: VBDRecord;
  readonly VIF: VIFRecord;
  readonly VDI: VDIRecord;
  readonly SR: SRRecord;
  readonly PBD: JsonObject;
  readonly network: NetworkRecord;
  readonly PIF: PIFRecord;
  readonly VLAN: JsonObject;
}

/** A class that is kept. */
export type CachedClass = keyof CachedRecords;

/** All classes that are kept, as `event.from` takes them. */
export const CACHED_CLASSES: readonly CachedClass[] = [
  'pool',
  'host',
  'host_metrics',
  'VM',
  'VM_guest_metrics',
  'VBD',
  'VIF',
  'VDI',
  'SR',
  'PBD',
  'network',
  'PIF',
  'VLAN',
];

/**
 * What the pool's events have told of its objects. It is a help that may be absent: while it is not in sync, and for
 * whatever it does not know for certain, the pool itself is asked. It is never behind a write of this process.
 */
export class PoolCache {
  readonly moments: Moments = new Moments();
  readonly #classes: ReadonlyMap<string, ClassRows> = new Map(
    CACHED_CLASSES.map((name) => [name.toLowerCase(), new ClassRows()]),
  );
  /** Classes that lost deletions and have not been listed anew. */
  #miscounted: ReadonlySet<CachedClass> = new Set();
  #inSync = false;

  /** Whether events are being followed, so that changes by others are heard of within moments. */
  get inSync(): boolean {
    return this.#inSync;
  }

  /** The object's record as of `since` or later; undefined when the pool has to be asked. */
  get<Class extends CachedClass>(
    name: Class,
    ref: string,
    since = 0,
  ): CachedRecords[Class] | undefined {
    return this.#counts(name) ? typed(name, this.#rows(name).get(ref, since)) : undefined;
  }

  /** The references of all objects but snapshots with this description, whether more of them is certain or not. */
  refsDescribed(name: CachedClass, description: string): readonly string[] {
    return this.#rows(name).refsDescribed(description);
  }

  /** The object with this uuid as of `since` or later; undefined when the pool has to be asked. */
  find<Class extends CachedClass>(
    name: Class,
    uuid: string,
    since = 0,
  ): readonly [ref: string, record: CachedRecords[Class]] | undefined {
    const ref = this.#rows(name).refOf(uuid);
    const record = ref === undefined ? undefined : this.get(name, ref, since);
    return ref === undefined || record === undefined ? undefined : [ref, record];
  }

  /** All objects of a class; undefined when the pool has to be asked. */
  all<Class extends CachedClass>(
    name: Class,
  ): readonly (readonly [ref: string, record: CachedRecords[Class]])[] | undefined {
    const rows = this.#counts(name) ? this.#rows(name).all() : undefined;
    return rows?.flatMap(([ref, row]) => {
      const record = typed(name, row);
      return record === undefined ? [] : [[ref, record] as const];
    });
  }

  /** How many objects are kept. */
  get size(): number {
    return [...this.#classes.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Takes the first answer of a sequence, asked for at `asked`: it lists everything. */
  restart(batch: EventBatch, asked: number): void {
    for (const name of CACHED_CLASSES) this.relist(name, batch.events, asked);
    this.#inSync = true;
  }

  /** Takes what all objects of a class are, asked for at `asked`. */
  relist(name: CachedClass, events: readonly EventRecord[], asked: number): void {
    const lower = name.toLowerCase();
    const objects = events.flatMap(({ class: of, operation, ref, snapshot }) =>
      of.toLowerCase() === lower && operation !== 'del' && snapshot !== undefined
        ? [[ref, snapshot] as const]
        : [],
    );
    this.#rows(name).replaceAll(new Map(objects), asked);
    this.#miscounted = new Set([...this.#miscounted].filter((wrong) => wrong !== name));
  }

  /** Takes a further answer, asked for at `asked`. */
  hear(batch: EventBatch, asked: number): void {
    for (const event of batch.events)
      this.#classes.get(event.class.toLowerCase())?.hear(event, asked);
    for (const rows of this.#classes.values()) rows.heardAll(asked);
  }

  /**
   * Compares with the pool's own counts. Where they differ, deletions got lost (reference/xenserver.md 1.4), and nothing
   * of the class counts until it is listed anew.
   */
  recount(counts: EventBatch['valid_ref_counts'], asked: number): readonly CachedClass[] {
    const wrong = CACHED_CLASSES.filter((name) => {
      const count = counts[name.toLowerCase()] ?? counts[name];
      const rows = this.#rows(name);
      return count !== undefined && count !== rows.size && !rows.isWrittenAfter(asked);
    });
    this.#miscounted = new Set(wrong);
    return wrong;
  }

  /** Nobody follows the events any more: nothing that is known counts. */
  lose(): void {
    this.#inSync = false;
  }

  /** Keeps what the pool answered to a question put at `asked`. */
  put<Class extends CachedClass>(
    name: Class,
    ref: string,
    record: CachedRecords[Class],
    asked: number,
  ): void {
    if (this.#inSync) this.#rows(name).put(ref, untyped(record), asked);
  }

  /** Keeps what one answer, to a question put at `asked`, showed of several objects. */
  take(events: readonly EventRecord[], asked: number): void {
    if (!this.#inSync) return;
    for (const { class: name, ref, snapshot } of events) {
      if (snapshot !== undefined) this.#classes.get(name.toLowerCase())?.put(ref, snapshot, asked);
    }
  }

  /** Follows a write of this process, which has just ended. */
  wrote(write: Write): void {
    const className = classOf(write.method);
    const rows = this.#classes.get(className.toLowerCase());
    if (rows === undefined) return;
    if (!this.#inSync) {
      // A list may be under way that was made before it.
      const moment = this.moments.next();
      rows.doubtAll(moment);
      for (const dependent of [...DEVICES, ...(DEPENDENTS[className] ?? [])]) {
        this.#rows(dependent).doubtAll(moment);
      }
      return;
    }
    const effect = effectOf(write);
    const moment = this.moments.next();
    switch (effect.kind) {
      case 'created':
        // Of other objects the pool decides too much: they are heard of by their events.
        if (isDevice(className)) {
          rows.created(effect.ref, { ...initialRecord(className), ...effect.fields }, moment);
          this.#relate(className, effect.fields['VM'], (devices) => [...devices, effect.ref]);
        }
        break;
      case 'removed':
        this.#relate(className, rows.get(effect.ref)?.['VM'], (devices) =>
          devices.filter((device) => device !== effect.ref),
        );
        rows.removed(effect.ref, moment);
        break;
      case 'changed':
        rows.changed(effect, moment);
        break;
      case 'uncertain':
        if (effect.ref === undefined) rows.doubtAll(moment);
        else this.doubt(className, effect.ref);
    }
  }

  /** An operation on the object has ended, or its outcome is not known: neither it nor what hangs on it is certain. */
  doubt(className: string, ref: string): void {
    const moment = this.moments.next();
    this.#classes.get(className.toLowerCase())?.doubt(ref, moment);
    if (className === 'VM') {
      for (const device of DEVICES) this.#rows(device).doubtReferring('VM', ref, moment);
    }
    for (const dependent of DEPENDENTS[className] ?? []) this.#rows(dependent).doubtAll(moment);
  }

  /** A server's record names its devices. */
  #relate(
    className: string,
    server: Json | undefined,
    change: (devices: readonly Json[]) => readonly Json[],
  ): void {
    if (!isDevice(className) || typeof server !== 'string') return;
    const value = (devices: Json | undefined): Json =>
      change(Array.isArray(devices) ? devices : []);
    const effect = { kind: 'changed', ref: server, field: `${className}s`, value } as const;
    this.#rows('VM').changed(effect, this.moments.next());
  }

  #counts(name: CachedClass): boolean {
    return this.#inSync && !this.#miscounted.has(name);
  }

  #rows(name: CachedClass): ClassRows {
    return this.#classes.get(name.toLowerCase()) ?? new ClassRows();
  }
}

const DEVICES = ['VBD', 'VIF'] as const;

/** The classes whose objects an operation on an object of a class changes as well. */
const DEPENDENTS: Readonly<Record<string, readonly CachedClass[]>> = {
  SR: ['VDI', 'PBD'],
  VDI: ['VBD'],
  VLAN: ['PIF', 'network'],
  network: ['PIF'],
  PIF: ['VLAN', 'network'],
  PBD: ['SR'],
  host: ['PBD', 'host_metrics'],
};

function isDevice(className: string): className is (typeof DEVICES)[number] {
  return className === 'VBD' || className === 'VIF';
}

function initialRecord(className: string): JsonObject {
  const fields = [...(SCHEMA.get(className)?.fields ?? [])];
  return Object.fromEntries(fields.map(([name, { initial }]) => [name, initial]));
}

/** Snapshots have been checked against the datamodel where they were read, so they have the types of their class. */
function typed<Class extends CachedClass>(
  _name: Class,
  record: JsonObject | undefined,
): CachedRecords[Class] | undefined {
  return record as CachedRecords[Class] | undefined;
}

function untyped(record: CachedRecords[CachedClass]): JsonObject {
  return record as unknown as JsonObject;
}
