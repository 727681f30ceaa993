import { DriverFailure, ensureError } from '../../model/errors.js';
import type { ExternalId } from '../../model/identity.js';
import type { Driver, DriverCall, ObjectKey, Observation } from '../../ports/driver.js';
import type { DiskDrivers, DiskFileActual, StorageShare } from '../../ports/drivers/storage.js';

/**
 * The drivers of a storage driver that has several shares: they find an object wherever it is, for disks of which nobody
 * has noted down where they are, and make none. While a share is away, what is on none of the others is `unknown`.
 */
export function driversOfAnyShare(name: string, shares: readonly StorageShare[]): DiskDrivers {
  const [first] = shares;
  if (first === undefined) throw new TypeError(`${name} has no share`);
  const snapshots = allOrNone(shares, ({ snapshots: its }) => its);
  const configDrives = allOrNone(shares, ({ configDrives: its }) => its);
  const named = <D, A extends DiskFileActual>(
    what: string,
    drivers: readonly OnShare<D, A>[],
  ): Driver<D, A> => anyOf(`${name}.${what}`, name, drivers);
  return {
    images: named(
      'images',
      shares.map(({ external, images }) => ({ external, driver: images })),
    ),
    volumes: named(
      'volumes',
      shares.map(({ external, volumes }) => ({ external, driver: volumes })),
    ),
    ...(snapshots && { snapshots: named('snapshots', snapshots) }),
    ...(configDrives && { configDrives: named('configdrives', configDrives) }),
  };
}

interface OnShare<D, A> {
  readonly external: ExternalId;
  readonly driver: Driver<D, A>;
}

function allOrNone<D, A>(
  shares: readonly StorageShare[],
  pick: (share: StorageShare) => Driver<D, A> | undefined,
): readonly OnShare<D, A>[] | undefined {
  const found = shares.flatMap((share) => {
    const driver = pick(share);
    return driver === undefined ? [] : [{ external: share.external, driver }];
  });
  return found.length === shares.length ? found : undefined;
}

function anyOf<D, A extends DiskFileActual>(
  name: string,
  backend: string,
  drivers: readonly OnShare<D, A>[],
): Driver<D, A> {
  const [first] = drivers;
  if (first === undefined) throw new TypeError(`${name} has no share`);
  const { traits } = first.driver;
  return {
    name,
    backend,
    traits,
    observe: async (key, desired, call) => {
      const look = await lookEverywhere(drivers, key, desired, call);
      if (look.kind === 'nowhere') return { presence: 'absent' };
      if (look.kind === 'unseen') return { presence: 'unknown', failure: look.failure };
      const { observation, share } = look;
      return { ...observation, actual: { ...observation.actual, share } };
    },
    create: async () => {
      throw new DriverFailure('rejected', 'ShareUnnamed', 'nobody has said on which share', {
        remedy: 'Nothing to do: a share is chosen when it is looked at again.',
      });
    },
    update: async (key, desired, change, call) => {
      const { driver } = await demand(drivers, key, call);
      return driver.update(key, desired, change, call);
    },
    delete: async (key, call) => {
      const look = await lookEverywhere(drivers, key, undefined, call);
      if (look.kind === 'nowhere') return { settled: true };
      if (look.kind === 'unseen') throw look.failure;
      return look.driver.delete(key, call);
    },
    list: async (cursor, call) => {
      const { index, rest } = placeIn(cursor);
      const { objects, cursor: more } = (await drivers[index]?.driver.list(rest, call)) ?? {
        objects: [],
      };
      const next = more === undefined ? index + 1 : index;
      return next < drivers.length ? { objects, cursor: `${next}:${more ?? ''}` } : { objects };
    },
  };
}

type Look<D, A> =
  | {
      readonly kind: 'found';
      readonly observation: Observation<A> & { readonly presence: 'present' };
      readonly driver: Driver<D, A>;
      readonly share: ExternalId;
    }
  | { readonly kind: 'nowhere' }
  /** Not on those shares that can be looked at. */
  | { readonly kind: 'unseen'; readonly failure: DriverFailure };

async function lookEverywhere<D, A>(
  drivers: readonly OnShare<D, A>[],
  key: ObjectKey,
  desired: D | undefined,
  call: DriverCall,
): Promise<Look<D, A>> {
  const seen = await Promise.all(
    drivers.map(async ({ driver, external }): Promise<Look<D, A>> => {
      try {
        const observation = await driver.observe(key, desired, call);
        if (observation.presence === 'absent') return { kind: 'nowhere' };
        return observation.presence === 'present'
          ? { kind: 'found', observation, driver, share: external }
          : { kind: 'unseen', failure: observation.failure };
      } catch (thrown) {
        if (thrown instanceof DriverFailure) return { kind: 'unseen', failure: thrown };
        throw ensureError(thrown);
      }
    }),
  );
  return (
    seen.find(({ kind }) => kind === 'found') ??
    seen.find(({ kind }) => kind === 'unseen') ?? { kind: 'nowhere' }
  );
}

async function demand<D, A>(
  drivers: readonly OnShare<D, A>[],
  key: ObjectKey,
  call: DriverCall,
): Promise<Look<D, A> & { readonly kind: 'found' }> {
  const look = await lookEverywhere(drivers, key, undefined, call);
  if (look.kind === 'found') return look;
  if (look.kind === 'unseen') throw look.failure;
  throw new DriverFailure('rejected', 'NotThere', `no share has ${key.uuid} any more`, {
    remedy: 'Nothing to do: it is looked at again.',
  });
}

function placeIn(cursor: string | undefined): {
  readonly index: number;
  readonly rest: string | undefined;
} {
  const [index = '0', ...rest] = (cursor ?? '0:').split(':');
  const text = rest.join(':');
  return { index: Number(index), rest: text === '' ? undefined : text };
}
