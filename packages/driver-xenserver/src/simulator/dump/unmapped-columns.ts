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
  'PCI.functions': 'what the bus reports',
  'SR.default_vdi_visibility': 'whether disks found by a scan are managed',
  'pool.wlb_password': 'a secret',
};

/** Fields that the datamodel dates to a release whose databases did not have them. */
export const FIELDS_TO_COME: Readonly<Record<string, string>> = {
  'VM.VUSBs': 'dated to the first release, came with 7.3',
  'host.guest_VCPUs_params': 'dated to 6.1, came with an update of it',
  'pool.allowed_operations': 'dated to the first release, came with 7.3',
  'pool.current_operations': 'dated to the first release, came with 7.3',
};

/** Bookkeeping of the database itself, in every table. */
export const BOOKKEEPING_COLUMNS: ReadonlySet<string> = new Set([
  'ref',
  '_ref',
  '__ctime',
  '__mtime',
]);
