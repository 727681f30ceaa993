import type { ResourceUuid, StorageDriver } from '@gdcloud/core';
import { call, keyOf, MIB, uuid } from '../support/fixtures.js';

/** Something the driver does on a share, for which each run has numbers of disks of its own, from `n` up to `n` + 9. */
export interface Operation {
  readonly name: string;
  /** What must be there first; done quietly. */
  before?(driver: StorageDriver, n: number): Promise<unknown>;
  /** What is raced, cut off, and done again. */
  work(driver: StorageDriver, n: number): Promise<unknown>;
  /** What there is in the end: each disk's content, or that it is gone. */
  after(n: number): ReadonlyMap<ResourceUuid, 'zeros' | 'image' | 'gone'>;
}

export const SIZE_BYTES: number = 4 * MIB;

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
    async before(driver, n) {
      await makeImage(driver, n);
      await driver.volumes.create(keyOf(n + 1), cloneOf(n), call(`clone-${n}`));
    },
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
];
