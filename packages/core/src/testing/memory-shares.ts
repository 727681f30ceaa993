import { driversOfAnyShare } from '../adapters/shares/any-share.js';
import type { Plugin } from '../di.js';
import { DriverFailure } from '../model/errors.js';
import { asExternalId, type ExternalId, type ResourceUuid } from '../model/identity.js';
import type {
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
import { configDriveFile, fileOf, imageFileOf } from './memory-drivers.js';
import { MemoryObjects } from './memory-objects.js';

/** One of several shares in memory. */
export class MemoryShare implements StorageShare {
  readonly external: ExternalId;
  readonly images: MemoryObjects<ImageDesired, ImageActual>;
  readonly volumes: MemoryObjects<VolumeDesired, DiskFileActual>;
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
    this.volumes = this.#objects(`${name}.volumes`, name, (desired: VolumeDesired) => {
      const { origin } = desired;
      if (origin !== undefined && 'image' in origin) demandImage(this, origin.image);
      return fileOf(desired);
    });
    this.configDrives = this.#objects(`${name}.configdrives`, name, configDriveFile);
  }

  /** Takes it away, or brings it back: nothing of it can be reached meanwhile. */
  set away(why: string | undefined) {
    const down =
      why === undefined
        ? undefined
        : new DriverFailure('unavailable', 'ShareMissing', why, { remedy: 'Bring it back.' });
    for (const objects of [this.images, this.volumes, this.configDrives]) objects.down = down;
    this.report = { ...this.report, live: why === undefined, problem: why };
  }

  #objects<Desired>(
    name: string,
    backend: string,
    create: (desired: Desired) => DiskFileActual,
  ): MemoryObjects<Desired, DiskFileActual> {
    return new MemoryObjects<Desired, DiskFileActual>({
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

function sourceAway(cause: DriverFailure): DriverFailure {
  return new DriverFailure('rejected', 'SourceAway', cause.message, {
    remedy: cause.remedy,
    cause,
  });
}
