import type { DriverCall, JsonObject, ObjectKey, ServerDesired } from '@gdcloud/core';
import { NULL_REF } from '../../datamodel/ref.js';
import type { Settings } from '../../options.js';
import { fenceFor } from '../fence.js';
import { descriptionOf, stampFor } from '../stamp.js';
import { RESTART, restartStampText } from './restart-stamp.js';

/** How a server boots, by its image (reference/xenserver.md 2.1). */
function bootFields(desired: ServerDesired, settings: Settings): JsonObject {
  const direct = {
    HVM_boot_policy: '',
    HVM_boot_params: {},
    PV_bootloader: '',
    PV_kernel: '',
    PV_args: '',
  };
  switch (desired.bootMode) {
    case 'pvgrub':
      return { ...direct, PV_kernel: settings.pvGrubKernel, PV_args: '(hd0,0)/boot/grub/menu.lst' };
    case 'pygrub':
      return { ...direct, PV_bootloader: 'pygrub' };
    case 'hvm':
      return { ...direct, HVM_boot_policy: 'BIOS order', HVM_boot_params: { order: 'dc' } };
  }
}

function platformOf(desired: ServerDesired): JsonObject {
  const hvm = desired.bootMode === 'hvm';
  const windows = desired.osType === 'windows';
  return {
    acpi: hvm ? '1' : 'true',
    apic: 'true',
    pae: 'true',
    nx: hvm ? 'true' : 'false',
    viridian: windows ? 'true' : 'false',
  };
}

/** Everything `VM.create` needs: the key is part of it, so the VM can be found from its first moment. */
export function vmRecord(
  key: ObjectKey,
  desired: ServerDesired,
  context: {
    readonly settings: Settings;
    readonly call: DriverCall;
    /** Whether the pool knows the field: what it does not know it takes from the boot policy. */
    readonly domainTypes: 'known' | 'unknown';
  },
): JsonObject {
  const { settings, call, domainTypes } = context;
  const memory = String(desired.ramSizeMb * 2 ** 20);
  return {
    name_label: desired.name,
    name_description: descriptionOf(key),
    user_version: '1',
    is_a_template: false,
    affinity: NULL_REF,
    memory_static_min: '0',
    memory_dynamic_min: memory,
    memory_dynamic_max: memory,
    memory_static_max: memory,
    // XenServer 6.1 and 6.2 ignore one without the other.
    VCPUs_params: { weight: '256', cap: '0' },
    VCPUs_max: String(desired.cpuCount),
    VCPUs_at_startup: String(desired.cpuCount),
    // These concern the domain, not the VM: no action of a guest removes its VM.
    actions_after_shutdown: 'destroy',
    actions_after_reboot: 'restart',
    actions_after_crash: 'restart',
    PV_ramdisk: '',
    PV_bootloader_args: '',
    PV_legacy_args: '',
    ...bootFields(desired, settings),
    ...(domainTypes === 'known' ? { domain_type: desired.bootMode === 'hvm' ? 'hvm' : 'pv' } : {}),
    platform: platformOf(desired),
    PCI_bus: '',
    recommendations: '',
    ha_always_run: false,
    ha_restart_priority: '',
    other_config: {
      ...stampFor(key, settings.deployment),
      ...fenceFor(call),
      [RESTART]: restartStampText({ count: desired.restarts, domain: -1 }),
    },
  };
}
