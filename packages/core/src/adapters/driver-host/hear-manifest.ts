import type { Clock } from '../../ports/clock.js';
import type { MessageBus } from '../../ports/message-bus.js';
import type { Random } from '../../ports/random.js';
import { systemClock } from '../system/system-clock.js';
import { systemRandom } from '../system/system-random.js';
import { newId } from './chance.js';
import { demandKeys, isTimely, LARGEST_MESSAGE, opened, sealed } from './envelope.js';
import type { DriverManifest } from './manifest.js';
import { parseAnnouncement } from './presence.js';
import { demandHostName, newsOf, requestsOf } from './topics.js';

/** Whom to ask for a manifest, and how. */
export interface HearManifestOptions {
  readonly host: string;
  readonly keys: readonly Uint8Array[];
  readonly bus: MessageBus;
  /** How long to wait; milliseconds. Default 15 s. */
  readonly limitMs?: number | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Default: the system's. */
  readonly random?: Random | undefined;
}

/**
 * Asks a driver host what drivers it runs; undefined when it is not heard of in time. To be kept where the kernel finds
 * it again: one that starts while its driver host is away must know it all the same.
 */
export async function hearManifest(
  options: HearManifestOptions,
): Promise<DriverManifest | undefined> {
  const { host, keys, bus, limitMs = 15_000, clock = systemClock, random = systemRandom } = options;
  demandKeys(keys);
  demandHostName(host);
  const seal = { keys, largestMessage: LARGEST_MESSAGE };
  const found: { manifest?: DriverManifest; end: () => void } = { end: () => undefined };
  const unsubscribe = await bus.subscribe(newsOf(host), (text) => {
    const read = opened(text, seal);
    if (read.kind === 'refused' || read.envelope.kind !== 'announce') return;
    if (read.envelope.from !== host || !isTimely(read.envelope, clock.now())) return;
    const announcement = parseAnnouncement(read.envelope.body);
    if (announcement === undefined) return;
    found.manifest = announcement.manifest;
    found.end();
  });
  const endsAt = clock.monotonic() + limitMs;
  while (found.manifest === undefined && clock.monotonic() < endsAt) {
    const at = clock.now();
    const [id, from] = [newId(random), newId(random)];
    const seek = { kind: 'seek', id, from, to: host, life: '-', at, until: at, body: {} } as const;
    const text = sealed(seek, seal);
    if (text !== undefined) bus.publish(requestsOf(host), text);
    await new Promise<void>((resolve) => {
      const cancel = clock.schedule(1_000, resolve);
      found.end = () => {
        cancel();
        resolve();
      };
    });
  }
  await unsubscribe();
  return found.manifest;
}
