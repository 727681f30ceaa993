import type { VolumeDesired } from '@gdcloud/core';
import { MIB, uuid } from './fixtures.js';

const FIRST_BYTES = 4 * MIB;
const MOST_VOLUMES = 4;
const MOST_SNAPSHOTS = 6;

/** One thing that a process is told to do. */
export type StormDeed = VolumeWish | Removal;

/** What goes. */
export interface Removal {
  readonly what: 'remove volume' | 'remove snapshot';
  readonly n: number;
}

/** What a volume is to be. */
export type VolumeWish =
  | { readonly what: 'create'; readonly n: number; readonly sizeBytes: number }
  | {
      readonly what: 'copy';
      readonly n: number;
      readonly snapshot: number;
      readonly sizeBytes: number;
    }
  | {
      readonly what: 'snapshot';
      readonly n: number;
      readonly snapshot: number;
      readonly sizeBytes: number;
    }
  | {
      readonly what: 'restore';
      readonly n: number;
      readonly snapshot: number;
      readonly count: number;
      readonly sizeBytes: number;
    }
  | { readonly what: 'grow'; readonly n: number; readonly sizeBytes: number };

/** Whether a deed takes something away. */
export function isRemoval(deed: StormDeed): deed is Removal {
  return deed.what === 'remove volume' || deed.what === 'remove snapshot';
}

/** The volume that a deed asks for. */
export function wishOf(deed: VolumeWish): VolumeDesired {
  const wish = { name: 'v', sizeBytes: deed.sizeBytes, use: 'free' } as const;
  switch (deed.what) {
    case 'copy':
      return { ...wish, origin: { snapshot: uuid(deed.snapshot) } };
    case 'snapshot':
      return { ...wish, snapshots: [uuid(deed.snapshot)] };
    case 'restore':
      return { ...wish, restore: { snapshot: uuid(deed.snapshot), count: deed.count } };
    default:
      return wish;
  }
}

/** What a disk is to hold: by position, what was written there. */
interface Held {
  sizeBytes: number;
  texts: ReadonlyMap<number, string>;
}

interface HeldVolume extends Held {
  restores: number;
}

interface HeldSnapshot extends Held {
  readonly volume: number;
}

/** What is to be on the share once everything that was begun is done. */
export class StormModel {
  readonly volumes: Map<number, HeldVolume>;
  readonly snapshots: Map<number, HeldSnapshot>;
  #numbers: number;

  constructor(from?: StormModel) {
    const copies = <Kind extends Held>(held: ReadonlyMap<number, Kind> | undefined) =>
      new Map([...(held ?? [])].map(([n, one]) => [n, { ...one }]));
    this.volumes = copies(from?.volumes);
    this.snapshots = copies(from?.snapshots);
    this.#numbers = from === undefined ? 0 : from.#numbers;
  }

  /** Some deed that can be done now. `draw` gives a number below the one it is given. */
  draw(draw: (below: number) => number): StormDeed {
    const pick = <Item>(items: Iterable<Item>): Item | undefined => {
      const all = [...items];
      return all[draw(Math.max(1, all.length))];
    };
    this.#numbers += 1;
    const fresh = this.#numbers;
    const volume = pick(this.volumes);
    if (volume === undefined) return { what: 'create', n: fresh, sizeBytes: FIRST_BYTES };
    const [n, { sizeBytes, restores }] = volume;
    const own = pick([...this.snapshots].filter(([, one]) => one.volume === n));
    const any = pick(this.snapshots);
    const hasRoom = this.volumes.size < MOST_VOLUMES;
    switch (draw(8)) {
      case 0:
        if (hasRoom) return { what: 'create', n: fresh, sizeBytes: FIRST_BYTES };
        break;
      case 1:
        if (hasRoom && any !== undefined) {
          return { what: 'copy', n: fresh, snapshot: any[0], sizeBytes: any[1].sizeBytes };
        }
        break;
      case 2:
        if (own !== undefined) {
          return { what: 'restore', n, snapshot: own[0], count: restores + 1, sizeBytes };
        }
        break;
      case 3:
        if (sizeBytes < 4 * FIRST_BYTES) return { what: 'grow', n, sizeBytes: sizeBytes + 2 * MIB };
        break;
      case 4:
        if (this.volumes.size > 1) return { what: 'remove volume', n };
        break;
      case 5:
        if (any !== undefined) return { what: 'remove snapshot', n: any[0] };
        break;
      default:
    }
    if (this.snapshots.size < MOST_SNAPSHOTS) {
      return { what: 'snapshot', n, snapshot: fresh, sizeBytes };
    }
    return { what: 'remove snapshot', n: any === undefined ? 0 : any[0] };
  }

  /** A deed is done. */
  apply(deed: StormDeed): void {
    const volume = this.volumes.get(deed.n);
    this.#numbers = Math.max(this.#numbers, deed.n, deed.what === 'snapshot' ? deed.snapshot : 0);
    switch (deed.what) {
      case 'create':
        this.volumes.set(deed.n, { sizeBytes: deed.sizeBytes, texts: new Map(), restores: 0 });
        return;
      case 'copy': {
        const texts = this.snapshots.get(deed.snapshot)?.texts ?? new Map();
        this.volumes.set(deed.n, { sizeBytes: deed.sizeBytes, texts, restores: 0 });
        return;
      }
      case 'snapshot':
        if (volume === undefined) return;
        this.snapshots.set(deed.snapshot, {
          sizeBytes: volume.sizeBytes,
          texts: volume.texts,
          volume: deed.n,
        });
        return;
      case 'restore':
        if (volume === undefined) return;
        volume.texts = this.snapshots.get(deed.snapshot)?.texts ?? new Map();
        volume.restores = deed.count;
        return;
      case 'grow':
        if (volume !== undefined) volume.sizeBytes = deed.sizeBytes;
        return;
      case 'remove volume':
        this.volumes.delete(deed.n);
        return;
      case 'remove snapshot':
        this.snapshots.delete(deed.n);
    }
  }
}
