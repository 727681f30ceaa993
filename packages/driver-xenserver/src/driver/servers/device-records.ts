import type { JsonObject, ObjectKey, ServerDisk, ServerNic } from '@gdcloud/core';
import { NULL_REF } from '../../datamodel/ref.js';
import type { Settings } from '../../options.js';
import { ID } from '../stamp.js';
import { UNFILTERED } from './source-filter.js';
import { NETWORK, VOLUME } from './state.js';

/** What joins a device to its server. */
export interface DeviceOwner {
  readonly key: ObjectKey;
  /** Reference of the VM. */
  readonly vm: string;
}

/** Everything `VBD.create` needs. XenCenter's `owner` mark stays off: it would remove the disk along with the VM. */
export function vbdRecord(owner: DeviceOwner, disk: ServerDisk, vdi: string): JsonObject {
  const root = disk.device === 0;
  return {
    VM: owner.vm,
    VDI: vdi,
    userdevice: String(disk.device),
    bootable: root,
    mode: 'RW',
    type: 'Disk',
    unpluggable: !root,
    empty: false,
    other_config: { [ID]: owner.key.uuid, [VOLUME]: disk.volume },
    qos_algorithm_type: '',
    qos_algorithm_params: {},
  };
}

/** The place of the CD drive, by the convention of hypervisors and guests. */
const CD_DEVICE = '3';

/** Everything `VBD.create` needs for an empty CD drive. */
export function cdRecord(owner: DeviceOwner): JsonObject {
  return {
    VM: owner.vm,
    VDI: NULL_REF,
    userdevice: CD_DEVICE,
    bootable: false,
    mode: 'RO',
    type: 'CD',
    unpluggable: false,
    empty: true,
    other_config: { [ID]: owner.key.uuid },
    qos_algorithm_type: '',
    qos_algorithm_params: {},
  };
}

/** Everything `VIF.create` needs. */
export function vifRecord(
  owner: DeviceOwner,
  nic: ServerNic,
  place: {
    readonly network: string;
    readonly settings: Settings;
    /** The note on a card that the pool lets be made only without a filter. */
    readonly unfiltered?: string;
  },
): JsonObject {
  const { unfiltered } = place;
  const note = unfiltered === undefined ? {} : { [UNFILTERED]: unfiltered };
  const filter =
    place.settings.sourceFilter === 'vif' && unfiltered === undefined
      ? {
          locking_mode: 'locked',
          ipv4_allowed: [nic.ipv4Address],
          ...(nic.ipv6Addresses === undefined ? {} : { ipv6_allowed: nic.ipv6Addresses }),
        }
      : {};
  return {
    VM: owner.vm,
    network: place.network,
    device: String(nic.device),
    MAC: nic.macAddress,
    MTU: '1500',
    other_config: { [ID]: owner.key.uuid, [NETWORK]: nic.network, ...note },
    qos_algorithm_type: '',
    qos_algorithm_params: {},
    ...filter,
  };
}
