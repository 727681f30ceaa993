import {
  asExternalId,
  type Clock,
  type DiskDrivers,
  driversOfAnyShare,
  type Random,
  type StorageDriver,
  systemClock,
  systemRandom,
} from '@gdcloud/core';
import { contentOf } from './content/content.js';
import { arrivalsOf } from './copy/arrivals.js';
import { configDrivesOf } from './disks/config-drives.js';
import { imagesOf } from './disks/images.js';
import { snapshotsOf } from './disks/snapshots.js';
import { volumesOf } from './disks/volumes.js';
import type { FileSystem } from './files/file-system.js';
import { guarded } from './files/guarded.js';
import { systemFiles } from './files/system-files.js';
import { addressRule } from './import/address-rules.js';
import { httpRemote } from './import/http-remote.js';
import type { ImageImports } from './import/import-image.js';
import type { OpenRemote } from './import/remote.js';
import { LongJobs } from './jobs/long-jobs.js';
import type { Share } from './share/share.js';
import type { FirstUse } from './share/share-marker.js';
import { sharePaths } from './share/share-paths.js';
import { reportInTime, shareReport } from './share/share-pools.js';
import { unknownPool, upkeepOf } from './upkeep/upkeep.js';
import {
  type UpkeepOptions,
  type UpkeepSettings,
  upkeepSettings,
} from './upkeep/upkeep-settings.js';

/** Which shares, and under which name. */
export type NfsVhdOptions = OneShare | SeveralShares;

/** One share, which is all there is. */
export interface OneShare extends NfsVhdSettings {
  /** Where the share is mounted; disks are `<folder>/<uuid>.vhd`. Relative paths count from the working folder. */
  readonly folder: string;
  readonly shares?: undefined;
}

/** Several shares: the cloud chooses one for each disk. */
export interface SeveralShares extends NfsVhdSettings {
  /** One or more, with different names and folders. More may be added later, in any place. */
  readonly shares: readonly ShareOptions[];
  readonly folder?: undefined;
}

/** One of several shares. */
export interface ShareOptions {
  /** As in {@link OneShare}. A folder that was the only one keeps its disks when others join it. */
  readonly folder: string;
  /** The pool's name; another one than the driver's. */
  readonly name: string;
  /** How full it may get against the others: 2 gets twice as full as 1, the default. A whole number from 1 on. */
  readonly weight?: number | undefined;
}

/** What holds for all shares. */
export interface NfsVhdSettings {
  /** The driver's name, and of the pool where there is only one; `nfs-vhd` by default. */
  readonly name?: string | undefined;
  /**
   * Whether a folder that is empty and was never known as a share may become one at the first create (`prepare`, the
   * default). With `refuse` the operator makes `<folder>/.gdcloud/share` himself: safest where the folder is a mount
   * point and this machine is new.
   */
  readonly firstUse?: FirstUse | undefined;
  /** How the share is kept up: chains, removed files, temporary ones. */
  readonly upkeep?: UpkeepOptions | undefined;
  /** What may be imported, and from where. */
  readonly imports?: ImportOptions | undefined;
}

/** What images may be imported. */
export interface ImportOptions {
  /**
   * Networks that content may be fetched from although their addresses are not public: `10.0.0.0/8`, `fd00::/8`. Default:
   * none. Whoever may make images can have this process ask any server there.
   */
  readonly allowNetworks?: readonly string[] | undefined;
  /** How large the disk of an imported image may be, in bytes. Default 40 GiB. */
  readonly mostBytes?: number | undefined;
}

/** The doors to the world, for tests and simulators that crash at each of them; by default the system's own. */
export interface NfsVhdPorts {
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly random: Random;
  /** Fetches what images are imported from. */
  readonly openRemote: OpenRemote;
}

const LARGEST_IMPORT = 40 * 2 ** 30;

/**
 * Makes the driver of one share or of several. Does no I/O: shares need not be mounted yet, and whatever happens to them
 * later is told call by call. Throws TypeError for shares that can't be told apart, and for weights that are none.
 */
export function createNfsVhdDriver(
  options: NfsVhdOptions,
  ports: Partial<NfsVhdPorts> = {},
): StorageDriver {
  const name = options.name ?? 'nfs-vhd';
  const world = {
    firstUse: options.firstUse ?? 'prepare',
    clock: ports.clock ?? systemClock,
    random: ports.random ?? systemRandom,
  };
  const filesOfShare = (): FileSystem => ports.files ?? systemFiles(world.clock);
  const settings = upkeepSettings(options.upkeep);
  const { allowNetworks, mostBytes = LARGEST_IMPORT } = options.imports ?? {};
  const importing = {
    openRemote: ports.openRemote ?? httpRemote({ mayReach: addressRule(allowNetworks) }),
    mostBytes,
  };
  if (options.shares === undefined) {
    const share = { name, paths: sharePaths(options.folder), files: filesOfShare(), ...world };
    return {
      name,
      ...diskDriversOf(share, importing, settings),
      pools: ({ signal }) =>
        guarded(signal, 'read', share.paths.folder, async () => [await shareReport(share)]),
      upkeep: upkeepOf(share, options.upkeep),
    };
  }
  demandApart(name, options.shares);
  const shares = options.shares.map(({ folder, ...its }) => ({
    ...its,
    paths: sharePaths(folder),
    files: filesOfShare(),
    ...world,
  }));
  const shareOf = (external: string): Share | undefined =>
    shares.find(({ paths }) => paths.folder === external);
  const drivers = shares.map((share) => ({
    external: asExternalId(share.paths.folder),
    ...diskDriversOf(share, importing, settings, shareOf),
  }));
  return {
    name,
    ...driversOfAnyShare(name, drivers),
    shares: drivers,
    pools: ({ signal }) =>
      guarded(signal, 'read', name, () => Promise.all(shares.map(reportInTime))),
    upkeep: upkeepOfAny(shares, options.upkeep),
  };
}

// Each keeps its own pace.
function upkeepOfAny(
  shares: readonly Share[],
  options: UpkeepOptions | undefined,
): NonNullable<StorageDriver['upkeep']> {
  const steps = new Map(
    shares.map((share) => {
      const others = shares.filter((each) => each !== share);
      return [share.paths.folder, upkeepOf(share, options, others)] as const;
    }),
  );
  return async (request, call) => {
    const step = steps.get(request.pool);
    if (step === undefined) throw unknownPool(request.pool);
    return step(request, call);
  };
}

function diskDriversOf(
  share: Share,
  importing: Omit<ImageImports, 'jobs'>,
  settings: UpkeepSettings,
  several?: (external: string) => Share | undefined,
): DiskDrivers {
  const jobs = new LongJobs(share.clock);
  const imports = { ...importing, jobs };
  const copying = { jobs, shareOf: several ?? (() => undefined) };
  return {
    images: imagesOf(share, { jobs, imports, copying }),
    volumes: volumesOf(share, settings, jobs),
    snapshots: snapshotsOf(share),
    ...(several === undefined ? {} : { arrivals: arrivalsOf(share, copying) }),
    content: contentOf(share, imports),
    configDrives: configDrivesOf(share),
  };
}

function demandApart(name: string, shares: readonly ShareOptions[]): void {
  if (shares.length === 0) throw new TypeError(`${name} has no share`);
  const names = [name, ...shares.map((share) => share.name)];
  const folders = shares.map(({ folder }) => sharePaths(folder).folder);
  for (const [what, texts] of [
    ['name', names],
    ['folder', folders],
  ] as const) {
    const twice = texts.find((text, index) => texts.indexOf(text) !== index);
    if (twice !== undefined) throw new TypeError(`two shares have the ${what} ${twice}`);
  }
  for (const { name: its, weight = 1 } of shares) {
    if (!Number.isSafeInteger(weight) || weight < 1)
      throw new TypeError(`the weight of ${its} is no whole number from 1 on: ${weight}`);
  }
}
