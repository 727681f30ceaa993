import { asUuid, type ResourceUuid } from '../model/identity.js';
import type { JsonObject } from '../model/json.js';
import type { ResourceType } from '../model/resource-type.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus } from '../ports/event-bus.js';
import type { Store } from '../ports/store.js';
import { account } from './account/account.js';
import { apikey } from './apikey/apikey.js';
import { image } from './image/image.js';
import { offering } from './offering/offering.js';

/** The administrator that every cloud has from its first start. Fixed, so that two first starts make one. */
export const ADMINISTRATOR: ResourceUuid = asUuid('00000000-0000-8000-a000-000000000001');

/** What seeding works with. */
export interface SeedOptions {
  readonly store: Store;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly newUuid: () => ResourceUuid;
  readonly digest: (secret: string) => string;
}

/** A pair of keys. */
export interface KeyPair {
  readonly publicValue: string;
  readonly secretValue: string;
}

interface Seed {
  readonly uuid?: ResourceUuid;
  readonly type: ResourceType;
  readonly name: string;
  readonly naturalKey?: string;
  readonly spec: JsonObject;
}

const OFFERINGS: readonly Seed[] = [
  [1, 1],
  [1, 2],
  [2, 2],
  [2, 4],
  [4, 4],
  [4, 8],
  [8, 8],
  [16, 8],
].map(([gb = 1, cpuCount = 1]) => {
  const name = `${gb}gb-${cpuCount}cpu`;
  return { type: offering, name, naturalKey: name, spec: { ramSizeMb: gb * 1024, cpuCount } };
});

const IMAGES: readonly Seed[] = [
  {
    uuid: asUuid('00000000-0000-8000-a000-000000000101'),
    type: image,
    name: 'Linux',
    spec: { osType: 'linux', bootMode: 'pvgrub', sizeGb: 10, source: 'generated' },
  },
  {
    uuid: asUuid('00000000-0000-8000-a000-000000000102'),
    type: image,
    name: 'Windows',
    spec: { osType: 'windows', bootMode: 'hvm', sizeGb: 40, source: 'generated' },
  },
];

/**
 * Puts in what every cloud starts with: offerings, images and the administrator, and, at every start, the key that
 * its configuration names. What an operator has changed or removed since the first start is left alone.
 */
export async function seed(options: SeedOptions, key: KeyPair | undefined): Promise<void> {
  if ((await options.store.get(ADMINISTRATOR)) === undefined) {
    for (const each of [...OFFERINGS, ...IMAGES]) await insert(options, each);
    // Last: while it is missing the first start has not been finished.
    await insert(options, {
      uuid: ADMINISTRATOR,
      type: account,
      name: 'Administrator',
      spec: { kind: 'admin', limits: {} },
    });
  }
  if (key !== undefined) await ensureKey(options, key);
}

async function ensureKey(
  options: SeedOptions,
  { publicValue, secretValue }: KeyPair,
): Promise<void> {
  const secretDigest = options.digest(secretValue);
  const spec = {
    publicValue,
    secretValue: null,
    secretDigest,
    previousDigest: null,
    previousUntil: null,
    scopes: null,
    expires: null,
    desiredState: 'active',
  };
  const known = await options.store.findByNaturalKey(apikey, publicValue);
  if (known === undefined) {
    await insert(options, { type: apikey, name: 'Administrator', naturalKey: publicValue, spec });
  } else if ((known.spec as { readonly secretDigest?: string }).secretDigest !== secretDigest) {
    await options.store.change(known.uuid, known.generation, {
      spec,
      event: {
        at: options.clock.now(),
        what: 'secret replaced',
        why: 'the configuration names another',
        result: 'update',
      },
    });
  }
}

async function insert(
  options: SeedOptions,
  { uuid, type, name, naturalKey, spec }: Seed,
): Promise<void> {
  const { store, events, clock } = options;
  const known =
    naturalKey === undefined
      ? uuid === undefined
        ? undefined
        : await store.get(uuid)
      : await store.findByNaturalKey(type, naturalKey);
  if (known !== undefined) return;
  const { resource } = await store.insert({
    uuid: uuid ?? options.newUuid(),
    type: type.id,
    account: ADMINISTRATOR,
    name,
    description: null,
    data: {},
    spec,
    naturalKey: naturalKey ?? null,
    visibleToAll: type.access.visibleTo === 'everyone' ? 'yes' : 'no',
    references: [],
    created: clock.now(),
    event: {
      at: clock.now(),
      what: 'seeded',
      why: 'every cloud has it from its first start',
      result: 'create',
    },
  });
  events.publish({ uuid: resource.uuid, account: resource.account, reason: 'changed' });
}
