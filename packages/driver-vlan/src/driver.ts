import { type NetworkDriver, type PhysicalNetwork, type Random, systemRandom } from '@gdcloud/core';
import { appliancesOf } from './appliances.js';
import { macAddress } from './mac-address.js';
import { carriedIn } from './record/carried.js';
import { nodeRecordFiles, type RecordFiles } from './record/record-files.js';

/** Which trunks there are, and where plans are kept. */
export interface VlanOptions {
  /** Where the plan of each network is kept: a local folder, made at the first network. */
  readonly folder: string;
  /** The trunks and the tags on them that are ours; by default VLANs 100 to 3999 of `physnet1`. */
  readonly physicalNetworks?: readonly PhysicalNetwork[] | undefined;
  /** `record`: plans are rendered and kept, nothing is applied. The strongest mode this release has. */
  readonly mode?: 'record' | undefined;
}

/** The doors to the world, for tests and simulators that crash at each of them; by default the system's own. */
export interface VlanPorts {
  readonly files: RecordFiles;
  readonly random: Random;
}

/** The tags that are ours unless configured otherwise: below and above are commonly the operator's own. */
export const DEFAULT_PHYSICAL_NETWORKS: readonly PhysicalNetwork[] = [
  { name: 'physnet1', kind: 'vlan', firstId: 100, lastId: 3999 },
];

/** Makes the driver. Does no I/O. */
export function createVlanDriver(
  options: VlanOptions,
  ports: Partial<VlanPorts> = {},
): NetworkDriver {
  const physicalNetworks = options.physicalNetworks ?? DEFAULT_PHYSICAL_NETWORKS;
  const kept = {
    folder: options.folder,
    files: ports.files ?? nodeRecordFiles,
    random: ports.random ?? systemRandom,
  };
  return {
    name: 'vlan',
    appliances: appliancesOf(kept, physicalNetworks),
    carried: carriedIn(kept),
    physicalNetworks,
    macAddress,
  };
}
