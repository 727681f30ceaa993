/** The record that a server of the benchmark is made from, by the bare call. */
export function vmRecord(name: string): object {
  const memory = String(512 * 2 ** 20);
  return {
    name_label: name,
    name_description: '',
    user_version: '1',
    is_a_template: false,
    affinity: 'OpaqueRef:NULL',
    memory_static_max: memory,
    memory_dynamic_max: memory,
    memory_dynamic_min: memory,
    memory_static_min: '0',
    VCPUs_params: { weight: '256', cap: '0' },
    VCPUs_max: '1',
    VCPUs_at_startup: '1',
    actions_after_shutdown: 'destroy',
    actions_after_reboot: 'restart',
    actions_after_crash: 'restart',
    PV_bootloader: '',
    PV_kernel: '',
    PV_ramdisk: '',
    PV_args: '',
    PV_bootloader_args: '',
    PV_legacy_args: '',
    HVM_boot_policy: 'BIOS order',
    HVM_boot_params: { order: 'dc' },
    platform: { acpi: '1', apic: 'true', pae: 'true', nx: 'true' },
    PCI_bus: '',
    other_config: {},
    recommendations: '',
  };
}

/** A disk's place in a server. */
export function vbdRecord(vm: string, vdi: string): object {
  return {
    VM: vm,
    VDI: vdi,
    userdevice: '0',
    bootable: true,
    mode: 'RW',
    type: 'Disk',
    unpluggable: false,
    empty: false,
    other_config: {},
    qos_algorithm_type: '',
    qos_algorithm_params: {},
  };
}

/** A server's card. */
export function vifRecord(vm: string, network: string, macAddress: string): object {
  return {
    device: '0',
    network,
    VM: vm,
    MAC: macAddress,
    MTU: '1500',
    other_config: {},
    qos_algorithm_type: '',
    qos_algorithm_params: {},
  };
}

/** An empty disk. */
export function vdiRecord(name: string, repository: string): object {
  return {
    name_label: name,
    name_description: '',
    SR: repository,
    virtual_size: String(2 ** 30),
    type: 'user',
    sharable: false,
    read_only: false,
    other_config: {},
    xenstore_data: {},
    sm_config: {},
    tags: [],
  };
}

/** The n-th address of the benchmark's cards. */
export function macAddress(n: number): string {
  const [high, low] = [n >> 8, n & 255].map((value) => value.toString(16).padStart(2, '0'));
  return `02:00:00:00:${high}:${low}`;
}
