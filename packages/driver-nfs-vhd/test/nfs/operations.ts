import type { ResourceUuid, StorageDriver, VolumeDesired } from '@gdcloud/core';
import { converge, dissolve } from '../support/converge.js';
import { call, keyOf, MIB, uuid } from '../support/fixtures.js';

/** Something the driver does on a share, for which each run has numbers of disks of its own, from `n` up to `n` + 9. */
export interface Operation {
  readonly name: string;
  /** What must be there first; done quietly. */
  before?(driver: StorageDriver, n: number): Promise<unknown>;
  /** What is raced, cut off, and done again. */
  work(driver: StorageDriver, n: number): Promise<unknown>;
  /** What there is in the end: each disk's content, or that it is gone. */
  after(n: number): ReadonlyMap<ResourceUuid, DiskContent>;
}

/** What a disk holds: nothing, in its first size or once it has grown, or what the image does. */
export type DiskContent = 'zeros' | 'grown' | 'image' | 'gone';

export const SIZE_BYTES: number = 4 * MIB;
export const GROWN_BYTES: number = 8 * MIB;

const IMAGE = {
  name: 'debian',
  sizeBytes: SIZE_BYTES,
  source: { kind: 'generated', osType: 'linux' },
} as const;
const EMPTY = { name: 'data', sizeBytes: SIZE_BYTES };
const cloneOf = (
  n: number,
): typeof EMPTY & { readonly origin: { readonly image: ResourceUuid } } => ({
  ...EMPTY,
  origin: { image: uuid(n) },
});

/** A clone that no server has, with one snapshot. */
const snapshotWish = (n: number): VolumeDesired => ({
  ...cloneOf(n),
  use: 'free',
  snapshots: [uuid(n + 2)],
});

const takeSnapshot = ({ volumes }: StorageDriver, n: number): Promise<unknown> =>
  converge(volumes, keyOf(n + 1), snapshotWish(n), call(`snapshot-${n}`));

const makeClone = async (driver: StorageDriver, n: number): Promise<void> => {
  await makeImage(driver, n);
  await driver.volumes.create(keyOf(n + 1), cloneOf(n), call(`clone-${n}`));
};

const makeSnapshot = async (driver: StorageDriver, n: number): Promise<void> => {
  await makeClone(driver, n);
  await takeSnapshot(driver, n);
};

const threeImages = (n: number): ReadonlyMap<ResourceUuid, DiskContent> =>
  new Map([n, n + 1, n + 2].map((each) => [uuid(each), 'image']));

const makeImage = ({ images }: StorageDriver, n: number): Promise<unknown> =>
  images.create(keyOf(n), IMAGE, call(`image-${n}`));

/** A line each. */
export const OPERATIONS: readonly Operation[] = [
  {
    name: 'create an image',
    work: makeImage,
    after: (n) => new Map([[uuid(n), 'image']]),
  },
  {
    name: 'create a volume',
    work: ({ volumes }, n) => volumes.create(keyOf(n), EMPTY, call(`create-${n}`)),
    after: (n) => new Map([[uuid(n), 'zeros']]),
  },
  {
    name: 'clone an image',
    before: makeImage,
    work: ({ volumes }, n) => volumes.create(keyOf(n + 1), cloneOf(n), call(`clone-${n}`)),
    after: (n) =>
      new Map([
        [uuid(n), 'image'],
        [uuid(n + 1), 'image'],
      ]),
  },
  {
    name: 'delete a clone',
    before: makeClone,
    work: ({ volumes }, n) => volumes.delete(keyOf(n + 1), call(`delete-${n}`)),
    after: (n) =>
      new Map([
        [uuid(n), 'image'],
        [uuid(n + 1), 'gone'],
      ]),
  },
  {
    name: 'set a volume aside',
    before: ({ volumes }, n) => volumes.create(keyOf(n), EMPTY, call(`create-${n}`)),
    work: async ({ volumes }, n) => volumes.quarantine?.(keyOf(n), call(`quarantine-${n}`)),
    after: (n) => new Map([[uuid(n), 'gone']]),
  },
  {
    name: 'take a snapshot',
    before: makeClone,
    work: takeSnapshot,
    after: threeImages,
  },
  {
    name: 'go back to a snapshot',
    before: makeSnapshot,
    work: ({ volumes }, n) =>
      converge(
        volumes,
        keyOf(n + 1),
        { ...cloneOf(n), use: 'free', restore: { snapshot: uuid(n + 2), count: 1 } },
        call(`restore-${n}`),
      ),
    after: threeImages,
  },
  {
    name: 'grow a volume',
    before: ({ volumes }, n) => volumes.create(keyOf(n), EMPTY, call(`create-${n}`)),
    work: ({ volumes }, n) =>
      converge(
        volumes,
        keyOf(n),
        { ...EMPTY, sizeBytes: GROWN_BYTES, use: 'free' },
        call(`grow-${n}`),
      ),
    after: (n) => new Map([[uuid(n), 'grown']]),
  },
  {
    name: 'make a volume from a snapshot',
    before: makeSnapshot,
    work: ({ volumes }, n) =>
      volumes.create(
        keyOf(n + 3),
        { ...EMPTY, origin: { snapshot: uuid(n + 2) } },
        call(`copy-${n}`),
      ),
    after: (n) => new Map([...threeImages(n), [uuid(n + 3), 'image']]),
  },
  {
    name: 'remove a snapshot that a volume reads from',
    before: makeSnapshot,
    work: async ({ snapshots }, n) =>
      snapshots === undefined ? undefined : dissolve(snapshots, keyOf(n + 2), call(`remove-${n}`)),
    after: threeImages,
  },
];
