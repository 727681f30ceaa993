import { driversOfAnyShare } from '../adapters/shares/any-share.js';
import type { Plugin } from '../di.js';
import { DriverFailure } from '../model/errors.js';
import { asExternalId, type ExternalId, type ResourceUuid } from '../model/identity.js';
import type {
  ArrivalDesired,
  ConfigDriveDesired,
  DiskFileActual,
  ImageActual,
  ImageDesired,
  StorageDriver,
  StoragePoolReport,
  StorageShare,
  VolumeDesired,
} from '../ports/drivers/storage.js';
import { STORAGE } from '../ports/tokens.js';
import { configDriveFile, imageFileOf } from './memory-drivers.js';
import { MemoryObjects } from './memory-objects.js';
import {
  type MemoryArrival,
  type MemoryOrigins,
  type MemoryVolume,
  NO_ORIGINS,
  newVolume,
  volumeAfter,
  volumeChanges,
} from './memory-volume.js';

/** One of several shares in memory. */
export class MemoryShare implements StorageShare {
  readonly external: ExternalId;
  readonly images: MemoryObjects<ImageDesired, ImageActual>;
  readonly volumes: MemoryObjects<VolumeDesired, MemoryVolume>;
  readonly arrivals: MemoryObjects<ArrivalDesired, MemoryArrival>;
  readonly configDrives: MemoryObjects<ConfigDriveDesired, DiskFileActual>;
  /** What the next taking of stock hears of it. */
  report: StoragePoolReport;

  constructor(name: string, others: () => readonly MemoryShare[]) {
    this.external = asExternalId(`memory-${name}`);
    this.report = {
      external: this.external,
      name,
      live: true,
      totalBytes: 2 ** 40,
      usedBytes: 0,
    };
    this.images = this.#objects(`${name}.images`, name, (desired: ImageDesired) => {
      const { source } = desired;
      if (source.kind === 'copy') {
        const from = others().find(({ external }) => external === source.share);
        if (from?.images.down !== undefined) throw sourceAway(from.images.down);
        demandImage(from, source.image);
      }
      return imageFileOf(desired);
    });
    this.arrivals = this.#objects(`${name}.arrivals`, name, (desired: ArrivalDesired) => {
      const from = others().find(({ external }) => external === desired.share);
      if (from?.volumes.down !== undefined) throw sourceAway(from.volumes.down);
      const { virtualBytes, physicalBytes, content, leaving } = demandVolume(from, desired.volume);
      if (leaving !== desired.move) throw notLeaving(desired.volume);
      return { virtualBytes, physicalBytes, content, move: desired.move };
    });
    const origins: MemoryOrigins = {
      ...NO_ORIGINS,
      arrival: (uuid) => this.arrivals.objects.get(uuid)?.actual,
    };
    this.volumes = new MemoryObjects<VolumeDesired, MemoryVolume>({
      name: `memory.${name}.volumes`,
      backend: `memory ${name}`,
      dataBearing: 'yes',
      create: (desired) => {
        const { origin } = desired;
        if (origin !== undefined && 'image' in origin) demandImage(this, origin.image);
        return newVolume(desired, origins);
      },
      compare: (desired, actual) => volumeChanges(desired, actual, origins),
      change: (desired, actual, change) => volumeAfter(desired, actual, change, origins),
    });
    this.configDrives = this.#objects(`${name}.configdrives`, name, configDriveFile);
  }

  /** Takes it away, or brings it back: nothing of it can be reached meanwhile. */
  set away(why: string | undefined) {
    const down =
      why === undefined
        ? undefined
        : new DriverFailure('unavailable', 'ShareMissing', why, { remedy: 'Bring it back.' });
    for (const objects of [this.images, this.volumes, this.arrivals, this.configDrives])
      objects.down = down;
    this.report = { ...this.report, live: why === undefined, problem: why };
  }

  #objects<Desired, Actual extends DiskFileActual>(
    name: string,
    backend: string,
    create: (desired: Desired) => Actual,
  ): MemoryObjects<Desired, Actual> {
    return new MemoryObjects<Desired, Actual>({
      name: `memory.${name}`,
      backend: `memory ${backend}`,
      dataBearing: 'yes',
      create,
      compare: () => [],
      change: (_desired, actual) => actual,
    });
  }
}

/** Several shares in memory, and the plug-in that puts them in the place of other storage. */
export interface MemoryShares {
  readonly shares: readonly MemoryShare[];
  readonly plugin: Plugin;
}

/** Makes shares `share0`, `share1` and so on. They outlive the clouds that use them, as real ones do. */
export function memoryShares(count: number): MemoryShares {
  const shares: readonly MemoryShare[] = Array.from(
    { length: count },
    (_, index) => new MemoryShare(`share${index}`, () => shares),
  );
  const storage: StorageDriver = {
    name: 'memory',
    ...driversOfAnyShare('memory', shares),
    shares,
    pools: () => Promise.resolve(shares.map(({ report }) => report)),
  };
  return {
    shares,
    plugin: (container) => container.register(STORAGE, { useValue: storage }),
  };
}

function demandImage(share: MemoryShare | undefined, image: ResourceUuid): void {
  if (share?.images.objects.has(image) === true) return;
  throw new DriverFailure('rejected', 'OriginMissing', `${image} is not on the share`, {
    remedy: 'Nothing to do: it is looked at again.',
  });
}

function demandVolume(share: MemoryShare | undefined, volume: ResourceUuid): MemoryVolume {
  const kept = share?.volumes.objects.get(volume);
  if (kept !== undefined) return kept.actual;
  throw new DriverFailure('rejected', 'SourceAway', `${volume} is not on the share`, {
    remedy: 'Nothing to do: it is looked at again.',
  });
}

function notLeaving(volume: ResourceUuid): DriverFailure {
  return new DriverFailure('rejected', 'NotLeaving', `${volume} stays where it is`, {
    remedy: 'Nothing to do: it is looked at again.',
  });
}

function sourceAway(cause: DriverFailure): DriverFailure {
  return new DriverFailure('rejected', 'SourceAway', cause.message, {
    remedy: cause.remedy,
    cause,
  });
}
