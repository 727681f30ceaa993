import { driversOfAnyShare } from '../../adapters/shares/any-share.js';
import { DriverFailure } from '../../model/errors.js';
import { asExternalId, type ExternalId, type ResourceUuid } from '../../model/identity.js';
import type { Driver } from '../../ports/driver.js';
import type {
  DiskDrivers,
  StorageDriver,
  StoragePoolReport,
  StorageShare,
} from '../../ports/drivers/storage.js';
import { takenBy } from '../memory-volume.js';
import { refused } from './outside-failures.js';
import type { Backend } from './outside-model.js';

/** A share of a simulated cloud: what is away with it is what is on it. */
interface SimulatedShare {
  readonly external: ExternalId;
  readonly backend: Backend;
}

/**
 * Several shares in the place of one. The files themselves are kept together; this knows which is where. What was there
 * before is on the first share, as where others joined a share that had been the only one.
 */
export class OutsideShares {
  readonly #shares: readonly SimulatedShare[];
  readonly #places = new Map<string, ExternalId>();
  #isThere: (driver: string, uuid: ResourceUuid) => boolean = () => true;

  constructor(names: readonly string[]) {
    this.#shares = names.map((name) => ({
      external: asExternalId(name),
      backend: { name, mode: 'up', workMs: 0 },
    }));
  }

  get backends(): readonly Backend[] {
    return this.#shares.map(({ backend }) => backend);
  }

  get reports(): readonly StoragePoolReport[] {
    return this.#shares.map(({ external, backend: { name, mode } }) => ({
      external,
      name,
      live: mode === 'up',
      totalBytes: 2 ** 35,
      usedBytes: 0,
    }));
  }

  /**
   * The drivers of all shares together and of each by itself, over those of the files. `isThere`: whether an object of a
   * driver, by its name, is anywhere.
   */
  over(
    files: Pick<DiskDrivers, 'images' | 'volumes' | 'snapshots' | 'configDrives' | 'arrivals'>,
    isThere: (driver: string, uuid: ResourceUuid) => boolean,
  ): Pick<StorageDriver, 'shares'> & DiskDrivers {
    this.#isThere = isThere;
    const shares = this.#shares.map((share): StorageShare => {
      const { configDrives, arrivals, snapshots } = files;
      return {
        external: share.external,
        volumes: this.#taking(
          share,
          this.#on(share, files.volumes, ({ origin }) => {
            if (origin === undefined) return;
            if ('image' in origin) this.#demandImage(share.external, origin.image);
            if ('snapshot' in origin) this.#demandOn(share, 'volumeSnapshots', origin.snapshot);
            if ('volume' in origin) this.#demandOn(share, 'arrivals', origin.volume);
          }),
        ),
        ...(snapshots && { snapshots: this.#on(share, snapshots, () => undefined) }),
        ...(arrivals && {
          arrivals: this.#on(share, arrivals, (desired) =>
            this.#demandVolume(desired.share, desired.volume),
          ),
        }),
        images: this.#on(share, files.images, ({ source }) =>
          source.kind === 'copy' ? this.#demandImage(source.share, source.image) : undefined,
        ),
        ...(configDrives && { configDrives: this.#on(share, configDrives, () => undefined) }),
      };
    });
    return { ...driversOfAnyShare('simulated any', shares), shares };
  }

  #on<D, A>(
    { external, backend }: SimulatedShare,
    files: Driver<D, A>,
    demand: (desired: D) => void,
  ): Driver<D, A> {
    const up = (): void => {
      if (backend.mode !== 'up') throw away(backend.name);
    };
    const isHere = (uuid: ResourceUuid): boolean => this.#placeOf(files, uuid) === external;
    return {
      name: `${files.name} ${backend.name}`,
      backend: backend.name,
      traits: files.traits,
      observe: async (key, desired, call) => {
        up();
        const seen = await files.observe(key, desired, call);
        return seen.presence === 'present' && !isHere(key.uuid) ? { presence: 'absent' } : seen;
      },
      create: async (key, desired, call) => {
        up();
        demand(desired);
        // No two shares ever have the same disk: a hypervisor could not tell them apart.
        const place = this.#places.get(placeKey(files, key.uuid));
        if (place !== undefined && place !== external && this.#isThere(files.name, key.uuid))
          throw refused(files.name, 'Elsewhere', `it was put on ${place} before`);
        this.#places.set(placeKey(files, key.uuid), external);
        return files.create(key, desired, call);
      },
      update: async (key, desired, change, call) => {
        up();
        return files.update(key, desired, change, call);
      },
      delete: async (key, call) => {
        up();
        return isHere(key.uuid) ? files.delete(key, call) : { settled: true };
      },
      foresee: async (desired, call) => {
        up();
        if (files.foresee === undefined) throw new TypeError(`${files.name} foresees nothing`);
        return files.foresee(desired, call);
      },
      quarantine: async (key, call) => {
        up();
        if (files.quarantine === undefined) throw new TypeError(`${files.name} keeps none aside`);
        return isHere(key.uuid) ? files.quarantine(key, call) : { settled: true };
      },
      list: async (cursor, call) => {
        up();
        const page = await files.list(cursor, call);
        return { ...page, objects: page.objects.filter(({ uuid }) => isHere(uuid)) };
      },
    };
  }

  #placeOf<D, A>(files: Driver<D, A>, uuid: ResourceUuid): ExternalId | undefined {
    return this.#placeAt(files.name, uuid);
  }

  #placeAt(driver: string, uuid: ResourceUuid): ExternalId | undefined {
    return this.#places.get(`${driver}/${uuid}`) ?? this.#shares[0]?.external;
  }

  #demandVolume(share: ExternalId, volume: ResourceUuid): void {
    const place = this.#placeAt('simulated.volumes', volume);
    const from = this.#shares.find(({ external }) => external === share);
    if (place !== share || from?.backend.mode !== 'up')
      throw refused('arrivals', 'SourceAway', `${volume} can't be read on ${share}`);
  }

  #demandOn({ external }: SimulatedShare, kind: string, uuid: ResourceUuid): void {
    if (this.#placeAt(`simulated.${kind}`, uuid) !== external)
      throw refused('volumes', 'OriginMissing', `${uuid} is not on ${external}`);
  }

  // What a volume takes of itself is where that is.
  #taking({ external }: SimulatedShare, volumes: DiskDrivers['volumes']): DiskDrivers['volumes'] {
    return {
      ...volumes,
      update: (key, desired, change, call) => {
        const taken = takenBy(change);
        if (taken !== undefined) this.#places.set(`simulated.volumeSnapshots/${taken}`, external);
        return volumes.update(key, desired, change, call);
      },
    };
  }

  #demandImage(share: ExternalId, image: ResourceUuid): void {
    const place = this.#placeAt('simulated.images', image);
    if (place !== share)
      throw refused('images', 'OriginMissing', `${image} is on ${place}, not on ${share}`);
    const from = this.#shares.find(({ external }) => external === share);
    if (from?.backend.mode !== 'up') throw refused('images', 'SourceAway', `${share} is away`);
  }
}

function placeKey<D, A>({ name }: Driver<D, A>, uuid: ResourceUuid): string {
  return `${name}/${uuid}`;
}

function away(share: string): DriverFailure {
  return new DriverFailure('unavailable', 'Away', `${share} does not answer`, {
    remedy: 'Bring the share back.',
  });
}
