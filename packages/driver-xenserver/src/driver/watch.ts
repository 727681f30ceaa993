import { asUuid, type Json, type JsonObject, type ResourceUuid } from '@gdcloud/core';
import type { EventRecord } from '../datamodel/event-batch.js';
import type { DriverContext } from './context.js';
import { stampOf } from './stamp.js';

/**
 * Follows the pool's events and calls `changed` for the server that each is about, until `signal` aborts. After a
 * break everything counts as changed: what happened meanwhile can't be told. As long as it runs, what the events tell
 * is kept and spares questions to the pool.
 */
export async function watchServers(
  context: DriverContext,
  changed: (uuid: ResourceUuid) => void,
  signal: AbortSignal,
): Promise<void> {
  const servers = new Servers(context.settings.deployment);
  let lists = 0;
  const tell = (events: readonly EventRecord[]): void => {
    for (const uuid of new Set(events.flatMap((event) => servers.hear(event) ?? []))) changed(uuid);
  };
  await context.feed.run(
    {
      listed: (events) => {
        lists += 1;
        // The first one only lists what there is.
        if (lists === 1) for (const event of events) servers.hear(event);
        else {
          for (const uuid of servers.forget()) changed(uuid);
          tell(events);
        }
      },
      changed: tell,
    },
    signal,
  );
}

/** Which server an event is about: devices name their VM, and a removed object no longer says anything itself. */
class Servers {
  readonly #deployment: string;
  readonly #byObject = new Map<string, ResourceUuid>();

  constructor(deployment: string) {
    this.#deployment = deployment;
  }

  /** Forgets all objects; returns the servers that they were of. */
  forget(): ReadonlySet<ResourceUuid> {
    const known = new Set(this.#byObject.values());
    this.#byObject.clear();
    return known;
  }

  hear(event: EventRecord): ResourceUuid | undefined {
    if (event.operation === 'del') {
      const known = this.#byObject.get(event.ref);
      this.#byObject.delete(event.ref);
      return known;
    }
    const uuid = this.#serverOf(event);
    if (uuid === undefined) return undefined;
    this.#byObject.set(event.ref, uuid);
    if (event.class === 'vm') this.#noteMetrics(event.snapshot, uuid);
    return uuid;
  }

  #serverOf({ class: className, ref, snapshot }: EventRecord): ResourceUuid | undefined {
    if (className === 'vm_guest_metrics') return this.#byObject.get(ref);
    const config = texts(snapshot?.['other_config']);
    if (className === 'vm') {
      const uuid = snapshot?.['uuid'];
      const marked = { uuid: typeof uuid === 'string' ? uuid : '', other_config: config };
      return stampOf(marked, this.#deployment)?.uuid;
    }
    const vm = snapshot?.['VM'];
    const { 'gdcloud:id': id } = config;
    return (
      this.#byObject.get(typeof vm === 'string' ? vm : '') ??
      (id === undefined ? undefined : asUuid(id))
    );
  }

  #noteMetrics(snapshot: JsonObject | undefined, uuid: ResourceUuid): void {
    const metrics = snapshot?.['guest_metrics'];
    if (typeof metrics === 'string') this.#byObject.set(metrics, uuid);
  }
}

function texts(value: Json | undefined): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}
