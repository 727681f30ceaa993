import { asUuid, type Json, type JsonObject, type ResourceUuid } from '@gdcloud/core';
import type { EventRecord } from '../datamodel/event-batch.js';
import { pause } from '../pause.js';
import type { DriverContext } from './context.js';
import { stampOf } from './stamp.js';

const CLASSES = ['VM', 'VBD', 'VIF', 'VM_guest_metrics'];
const LISTEN_SECONDS = 30;
const LISTEN_TIMEOUT_MS = 60_000;
const RETRY_PAUSE_MS = 1_000;

/**
 * Follows the pool's events and calls `changed` for the server that each is about, until `signal` aborts. After a
 * break everything counts as changed: what happened meanwhile can't be told.
 */
export async function watchServers(
  context: DriverContext,
  changed: (uuid: ResourceUuid) => void,
  signal: AbortSignal,
): Promise<void> {
  const servers = new Servers(context.settings.deployment);
  let token = '';
  let broken = false;
  while (!signal.aborted) {
    try {
      const batch = await context.xapi.read('event.from', [CLASSES, token, LISTEN_SECONDS], {
        signal,
        timeoutMs: LISTEN_TIMEOUT_MS,
      });
      const first = token === '';
      token = batch.token;
      const uuids = new Set(batch.events.flatMap((event) => servers.hear(event) ?? []));
      // The first answer only lists what there is.
      if (!first || broken) for (const uuid of uuids) changed(uuid);
      broken = false;
    } catch {
      // Session gone, events lost, pool away: all the same here. The kernel's resync bridges the gap.
      token = '';
      broken = true;
      await pause(context.clock, RETRY_PAUSE_MS, signal);
    }
  }
}

/** Which server an event is about: devices name their VM, and a removed object no longer says anything itself. */
class Servers {
  readonly #deployment: string;
  readonly #byObject = new Map<string, ResourceUuid>();

  constructor(deployment: string) {
    this.#deployment = deployment;
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
