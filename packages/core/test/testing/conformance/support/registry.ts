import {
  type Accepted,
  asExternalId,
  type Driver,
  DriverFailure,
  type DuplicateObject,
  type ObjectKey,
  type OwnedPage,
  parseUuid,
} from '@gdcloud/core';
import type { Backend, DriverProcess, Subject } from '@gdcloud/core/testing';

/** A label as it should be, and as it is. */
export interface Label {
  readonly text: string;
}

interface Entry {
  readonly id: string;
  readonly tag: string;
  readonly text: string;
}

/** A backend that names its objects itself, and would make any number with the same tag. */
export class Registry {
  readonly entries = new Map<string, Entry>();
  #made = 0;

  async search(tag: string): Promise<readonly Entry[]> {
    return [...this.entries.values()].filter((entry) => entry.tag === tag);
  }

  async all(): Promise<readonly Entry[]> {
    return [...this.entries.values()];
  }

  async add(tag: string, text: string): Promise<string> {
    this.#made += 1;
    const id = `entry-${this.#made}`;
    this.entries.set(id, { id, tag, text });
    return id;
  }

  async set(id: string, text: string): Promise<void> {
    const entry = this.entries.get(id);
    if (entry !== undefined) this.entries.set(id, { ...entry, text });
  }

  async remove(id: string): Promise<void> {
    this.entries.delete(id);
  }
}

/** Keeps labels in a registry: found by the tag that the create call carries. */
export function labels(registry: Registry): Driver<Label, Label> {
  return {
    name: 'registry.labels',
    traits: { identity: 'stamped', fencing: 'none', dataBearing: false },
    observe: (key, desired, { signal }) =>
      guarded(signal, async () => {
        const [first, ...others] = await registry.search(tagOf(key));
        if (first === undefined) return { presence: 'absent' };
        const { text } = first;
        return {
          presence: 'present',
          external: asExternalId(first.id),
          actual: { text },
          changes:
            desired === undefined || desired.text === text
              ? []
              : [{ field: 'text', desired: desired.text, actual: text }],
          ...(others.length > 0 ? { duplicates: others.map(unused) } : {}),
        };
      }),
    create: (key, desired, { signal }) =>
      guarded(signal, async (): Promise<Accepted> => {
        if (desired.text === '') throw empty();
        const [found] = await registry.search(tagOf(key));
        const id = found?.id ?? (await registry.add(tagOf(key), desired.text));
        return { external: asExternalId(id), settled: true };
      }),
    update: (key, desired, _change, { signal }) =>
      guarded(signal, async (): Promise<Accepted> => {
        if (desired.text === '') throw empty();
        for (const { id } of await registry.search(tagOf(key)))
          await registry.set(id, desired.text);
        return { settled: true };
      }),
    delete: (key, { signal }) =>
      guarded(signal, async (): Promise<Accepted> => {
        const found = await registry.search(tagOf(key));
        // A recorded id names the one to go: others under the key are for the kernel to decide about.
        const isDoomed = ({ id }: Entry): boolean =>
          key.external === undefined || id === key.external;
        for (const { id } of found.filter(isDoomed)) await registry.remove(id);
        return { settled: true };
      }),
    list: (_cursor, { signal }) =>
      guarded(signal, async (): Promise<OwnedPage> => {
        const objects = (await registry.all()).flatMap(({ id, tag }) => {
          const [text = '', epoch] = tag.split('/');
          const uuid = parseUuid(text);
          return uuid === undefined
            ? []
            : [{ external: asExternalId(id), uuid, epoch: Number(epoch) }];
        });
        return { objects };
      }),
  };
}

/** The registry as a subject of the kit. `live`, if given, is the registry of level 3. */
export function registrySubject(
  live?: Registry,
  open: (registry: Registry) => Driver<Label, Label> = labels,
): Subject<Label, Label> {
  const backendOf = (registry: Registry): Backend<Label, Label> => ({
    open: (process: DriverProcess) => open(process.io('registry', registry)),
    objects: () => [...registry.entries.keys()],
    destroy: (external) => registry.remove(external),
    makeForeign: (name) => registry.add('', name),
  });
  return {
    name: 'registry',
    specs: {
      valid: [{ text: 'hello' }],
      changes: [[{ text: 'hello' }, { text: 'good bye' }]],
      invalid: [{ text: '' }],
      named: (text) => ({ text }),
    },
    backend: () => backendOf(new Registry()),
    ...(live === undefined ? {} : { live: () => backendOf(live) }),
  };
}

function unused({ id }: Entry): DuplicateObject {
  return { external: asExternalId(id), used: 'maybe' };
}

function tagOf(key: ObjectKey): string {
  return `${key.uuid}/${key.epoch}`;
}

function empty(): DriverFailure {
  return new DriverFailure('invalid', 'Empty', 'a label has a text', { remedy: 'Send a text.' });
}

function guarded<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  return new Promise<Result>((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', stop));
  }).catch((thrown: unknown) => {
    if (thrown instanceof DriverFailure) throw thrown;
    throw new DriverFailure('ambiguous', 'NoAnswer', 'the registry did not answer as it should', {
      remedy: 'None is needed: it is looked at again.',
    });
  });
}
