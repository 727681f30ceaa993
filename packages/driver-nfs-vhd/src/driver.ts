import {
  type Clock,
  type Random,
  type StorageDriver,
  systemClock,
  systemRandom,
} from '@gdcloud/core';
import { contentOf } from './content/content.js';
import { configDrivesOf } from './disks/config-drives.js';
import { imagesOf } from './disks/images.js';
import { snapshotsOf } from './disks/snapshots.js';
import { volumesOf } from './disks/volumes.js';
import type { FileSystem } from './files/file-system.js';
import { guarded } from './files/guarded.js';
import { nodeFileSystem } from './files/node-file-system.js';
import { addressRule } from './import/address-rules.js';
import { httpRemote } from './import/http-remote.js';
import { ImportJobs } from './import/import-job.js';
import type { OpenRemote } from './import/remote.js';
import type { FirstUse } from './share/share-marker.js';
import { sharePaths } from './share/share-paths.js';
import { shareReport } from './share/share-pools.js';
import { upkeepOf } from './upkeep/upkeep.js';
import type { UpkeepOptions } from './upkeep/upkeep-settings.js';

/** Which share, and under which name. */
export interface NfsVhdOptions {
  /** Where the share is mounted; disks are `<folder>/<uuid>.vhd`. Relative paths count from the working folder. */
  readonly folder: string;
  /** The driver's and the pool's name; `nfs-vhd` by default. */
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
 * Makes the driver of one share. Does no I/O: the share need not be mounted yet, and whatever happens to it later is
 * told call by call.
 */
export function createNfsVhdDriver(
  options: NfsVhdOptions,
  ports: Partial<NfsVhdPorts> = {},
): StorageDriver {
  const share = {
    name: options.name ?? 'nfs-vhd',
    paths: sharePaths(options.folder),
    firstUse: options.firstUse ?? 'prepare',
    files: ports.files ?? nodeFileSystem,
    clock: ports.clock ?? systemClock,
    random: ports.random ?? systemRandom,
  };
  const { allowNetworks, mostBytes = LARGEST_IMPORT } = options.imports ?? {};
  const imports = {
    jobs: new ImportJobs(share.clock),
    openRemote: ports.openRemote ?? httpRemote({ mayReach: addressRule(allowNetworks) }),
    mostBytes,
  };
  return {
    name: share.name,
    images: imagesOf(share, imports),
    content: contentOf(share, imports),
    volumes: volumesOf(share),
    snapshots: snapshotsOf(share),
    configDrives: configDrivesOf(share),
    pools: ({ signal }) =>
      guarded(signal, 'read', share.paths.folder, async () => [await shareReport(share)]),
    upkeep: upkeepOf(share, options.upkeep),
  };
}
