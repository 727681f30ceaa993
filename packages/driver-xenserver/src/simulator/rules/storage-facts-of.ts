import type { Database, Row } from '../database.js';
import { textField } from '../record.js';
import { isTrue, textList, textMap } from '../values.js';
import { runningOperations } from './device-facts-of.js';
import type { SrFacts } from './sr-rules.js';
import type { DiskUse, HomeFacts, VdiFacts } from './vdi-rules.js';

/** Of a repository whose storage manager the pool has no row for: those of VHD files on NFS. */
const USUAL_CAPABILITIES: readonly string[] = [
  'SR_PROBE',
  'SR_UPDATE',
  'VDI_CREATE',
  'VDI_DELETE',
  'VDI_ATTACH',
  'VDI_DETACH',
  'VDI_UPDATE',
  'VDI_CLONE',
  'VDI_SNAPSHOT',
  'VDI_RESIZE',
  'VDI_INTRODUCE',
  'VDI_GENERATE_CONFIG',
  'VDI_RESET_ON_BOOT',
];

/** What the storage manager of a repository can do. */
export function capabilitiesOf(database: Database, repository: Row): ReadonlySet<string> {
  const type = textField(repository, 'type');
  for (const manager of database.rows('SM')) {
    if (textField(manager, 'type') !== type) continue;
    const features = Object.keys(textMap(manager.fields.get('features')));
    return new Set([...features, ...textList(manager.fields.get('capabilities'))]);
  }
  return new Set(USUAL_CAPABILITIES);
}

function isToolsRepository(repository: Row): boolean {
  const { xenserver_tools_sr: marked } = textMap(repository.fields.get('other_config'));
  return isTrue(repository.fields.get('is_tools_sr')) || marked === 'true';
}

function pluggedHosts(database: Database, repository: Row): number {
  return [...(repository.links.get('PBDs') ?? [])].filter((ref) =>
    isTrue(database.get('PBD', ref).fields.get('currently_attached')),
  ).length;
}

/** What a repository's operations depend on. */
export function srFactsOf(database: Database, repository: Row, release: string): SrFacts {
  const disks = [...(repository.links.get('VDIs') ?? [])];
  return {
    release,
    ref: repository.ref,
    isToolsRepository: isToolsRepository(repository),
    capabilities: capabilitiesOf(database, repository),
    operations: runningOperations(repository),
    connections: repository.links.get('PBDs')?.size ?? 0,
    plugged: pluggedHosts(database, repository),
    managedDisks: disks.filter((ref) => isTrue(database.get('VDI', ref).fields.get('managed')))
      .length,
  };
}

function homeOf(database: Database, disk: Row): HomeFacts {
  const repository = database.get('SR', textField(disk, 'SR'));
  return {
    ref: repository.ref,
    type: textField(repository, 'type'),
    isToolsRepository: isToolsRepository(repository),
    capabilities: capabilitiesOf(database, repository),
    plugged: pluggedHosts(database, repository) > 0,
  };
}

function useOf(database: Database, vbd: Row): DiskUse {
  const vm = database.find('VM', textField(vbd, 'VM'));
  const ofSnapshot = vm !== undefined && isTrue(vm.fields.get('is_a_snapshot'));
  return {
    mode: textField(vbd, 'mode'),
    active: isTrue(vbd.fields.get('currently_attached')) && !ofSnapshot,
    operations: runningOperations(vbd),
  };
}

/** What a disk's operations depend on. Throws `HANDLE_INVALID` when its repository is gone. */
export function vdiFactsOf(database: Database, disk: Row, release: string): VdiFacts {
  const [pool] = database.rows('pool');
  return {
    release,
    ref: disk.ref,
    home: homeOf(database, disk),
    type: textField(disk, 'type'),
    sharable: isTrue(disk.fields.get('sharable')),
    resetsOnBoot: textField(disk, 'on_boot') === 'reset',
    highlyAvailablePool: isTrue(pool?.fields.get('ha_enabled')),
    operations: runningOperations(disk),
    uses: [...(disk.links.get('VBDs') ?? [])].map((ref) =>
      useOf(database, database.get('VBD', ref)),
    ),
  };
}
