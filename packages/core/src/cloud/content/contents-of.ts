import { DriverFailure, RequestError } from '../../model/errors.js';
import type { Resource } from '../../model/resource.js';
import type { Cancel, Clock } from '../../ports/clock.js';
import type { StorageDriver } from '../../ports/drivers/storage.js';
import type { DiskContent } from '../../ports/drivers/storage-content.js';
import type { EventBus } from '../../ports/event-bus.js';
import type { Store } from '../../ports/store.js';
import { unownedCall } from '../unowned-call.js';
import { contentOnShare } from './content-on-share.js';
import type { Contents, OpenContent } from './contents.js';
import { brought, demandAwaiting, demandReceiving, readableDisk } from './standing.js';

/** How long a share may take to open a disk, or to say how far content is; milliseconds. */
const LIMIT_MS = 15_000;
/** How often it is looked whether a disk that is read has been given to a server; milliseconds. */
const LOOK_EVERY_MS = 5_000;

/** What contents are made with. */
export interface ContentsOptions {
  readonly storage: StorageDriver;
  readonly store: Pick<Store, 'get' | 'find'>;
  readonly events: EventBus;
  readonly clock: Clock;
}

/** Makes the contents of a cloud. */
export function contentsOf(options: ContentsOptions): Contents {
  const { storage, store, clock, events } = options;
  const ask = <Answer>(
    signal: AbortSignal,
    work: Parameters<typeof unownedCall<Answer>>[1],
  ): Promise<Answer> =>
    told(unownedCall({ clock, limitMs: LIMIT_MS, stop: signal, overdue }, work));
  return {
    async open(resource, format, { signal }) {
      const content = await contentOnShare(storage, store, resource);
      const disk = readableDisk(resource);
      const opened = await ask(signal, (call) => content.read(disk, format, call));
      return watched(options, resource, opened, format);
    },
    async received(resource, { signal }) {
      const content = await contentOnShare(storage, store, resource);
      const key = demandAwaiting(resource);
      return brought(resource, await ask(signal, (call) => content.received(key, call)));
    },
    async receive(resource, part, chunks, { signal }) {
      const content = await contentOnShare(storage, store, resource);
      const { format = 'raw', ...its } = part;
      const { key, volume } = demandReceiving(resource, format);
      const received = await told(content.receive(key, { ...its, volume }, chunks, { signal }));
      const { uuid, account } = resource;
      // A hint that is lost costs a minute: its pass looks from time to time.
      if (received.receivedBytes === received.totalBytes)
        events.publish({ uuid, account, reason: 'backend' });
      return brought(resource, received);
    },
  };
}

/**
 * Ends reading once the disk may no longer be read: hints tell soon, looks from time to time surely, and a last look
 * comes before the last bytes, so that nobody ever has all of a disk that was written to meanwhile.
 */
function watched(
  options: ContentsOptions,
  resource: Resource,
  content: DiskContent,
  format: string,
): OpenContent {
  const { store, clock, events } = options;
  const lost = new AbortController();
  const look = async (): Promise<void> => {
    const row = await store.get(resource.uuid);
    try {
      if (row === undefined || row.generation !== resource.generation) throw changed(resource);
      readableDisk(row);
    } catch (thrown) {
      lost.abort(thrown);
    }
  };
  // While the store is away nobody can be given the disk either.
  const soon = (): void => void look().catch(() => undefined);
  let cancel: Cancel = () => undefined;
  const again = (): void => {
    cancel = clock.schedule(LOOK_EVERY_MS, () => {
      soon();
      again();
    });
  };
  again();
  const subscribed = events.subscribe(({ uuid }) => {
    if (uuid === resource.uuid) soon();
  });
  subscribed.catch(() => undefined);
  return {
    sizeBytes: content.sizeBytes,
    tag: `${resource.uuid}-${resource.generation}-${format}-${content.version}`,
    async *stream(start, end, signal) {
      const stop = AbortSignal.any([signal, lost.signal]);
      let held: Uint8Array | undefined;
      for await (const chunk of content.stream(start, end, stop)) {
        stop.throwIfAborted();
        if (held !== undefined) yield held;
        held = chunk;
      }
      await look();
      stop.throwIfAborted();
      if (held !== undefined) yield held;
    },
    async close() {
      cancel();
      await subscribed.then((leave) => leave()).catch(() => undefined);
      await content.close();
    },
  };
}

async function told<Answer>(work: Promise<Answer>): Promise<Answer> {
  try {
    return await work;
  } catch (thrown) {
    if (!(thrown instanceof DriverFailure)) throw thrown;
    throw new RequestError(codeOf(thrown), thrown.message, {
      detail: thrown.remedy,
      cause: thrown,
    });
  }
}

function codeOf({ outcome, code }: DriverFailure): RequestError['code'] {
  if (code === 'LengthMissing') return 'LengthRequired';
  if (code === 'ContentTooLarge') return 'BodyTooLarge';
  if (outcome === 'invalid') return 'InvalidBodyContent';
  // Another has continued the content, or begun it anew.
  if (outcome === 'rejected' || code === 'Overtaken') return 'Conflict';
  return 'BackendUnavailable';
}

function changed({ type, id }: Resource): RequestError {
  return new RequestError('Conflict', `${type} ${id} has changed meanwhile`);
}

function overdue(): DriverFailure {
  return new DriverFailure('unavailable', 'ContentOverdue', 'the share did not answer in time', {
    remedy: 'Ask again in a moment.',
  });
}
