const REMOVED = 'a field of its release that later ones removed';

/**
 * Columns of real databases that the API does not show, with what they are for (reference/xenserver.md 4.5). Reading a
 * dump passes over these, and over no others.
 */
export const INTERNAL_COLUMNS: Readonly<Record<string, string>> = {
  'VBD.reserved': 'set while a plug or an unplug is under way',
  'VIF.reserved': 'set while a plug or an unplug is under way',
  'console.port': 'of the program that serves the console on its host',
  'host.boot_free_mem': 'memory a host had left right after it booted',
  'PIF.device_name': 'the name the kernel has for the interface',
  'PCI.attached_VMs': 'the other end of VM.attached_PCIs',
  'PCI.class_id': 'what the bus reports',
  'PCI.functions': 'what the bus reports',
  'PCI.vendor_id': 'what the bus reports',
  'PCI.device_id': 'what the bus reports',
  'SR.default_vdi_visibility': 'whether disks found by a scan are managed',
  'pool.wlb_password': 'a secret',
  'PIF_metrics.io_read_kbs': REMOVED,
  'PIF_metrics.io_write_kbs': REMOVED,
  'VBD.metrics': REMOVED,
  'VIF.metrics': REMOVED,
  'VM.is_snapshot_from_vmpp': REMOVED,
  'VM_guest_metrics.disks': REMOVED,
  'VM_guest_metrics.memory': REMOVED,
  'VM_metrics.VCPUs_utilisation': REMOVED,
  'host_metrics.memory_free': REMOVED,
};

/** Bookkeeping of the database itself, in every table. */
export const BOOKKEEPING_COLUMNS: ReadonlySet<string> = new Set([
  'ref',
  '_ref',
  '__ctime',
  '__mtime',
]);
