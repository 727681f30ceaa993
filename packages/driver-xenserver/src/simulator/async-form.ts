import type { ClassSchema, MessageSchema } from '../datamodel/schema.js';

/** Messages that look like getters or setters and can be called asynchronously all the same. */
const ASYNCHRONOUS: ReadonlySet<string> = new Set(
  `VM.get_possible_hosts VM.get_SRs_required_for_recovery VM_appliance.get_SRs_required_for_recovery
VM.set_start_delay VM.set_shutdown_delay VM.set_order VM.set_suspend_VDI VM.set_appliance VM.set_has_vendor_device
VM.set_actions_after_crash VM.set_bios_strings pool.get_license_state pool.set_ha_host_failures_to_tolerate
pool.get_guest_secureboot_readiness host.get_log host.get_vms_which_prevent_evacuation
host.get_uncooperative_resident_VMs host.get_server_certificate host.get_management_interface SR.get_live_hosts
task.cancel`.split(/\s+/),
);
const PLUMBING: ReadonlySet<string> = new Set(['session', 'task', 'event']);
/** Their customised setters are synchronous; those of other classes have both forms. */
const SYNCHRONOUS_SETTERS: ReadonlySet<string> = new Set(['VM', 'pool']);

/**
 * Whether a message has an asynchronous form. The datamodel's public form does not say: accessors and queries have none,
 * nor has the plumbing (reference/xenserver.md 1.3; the generated SDKs have one method a form).
 */
export function hasAsyncForm(owner: ClassSchema, message: MessageSchema): boolean {
  if (ASYNCHRONOUS.has(`${owner.name}.${message.name}`)) return true;
  if (PLUMBING.has(owner.name)) return false;
  if (message.implicit) return message.name === 'create' || message.name === 'destroy';
  if (message.name.startsWith('get_')) return false;
  const [, field = ''] = /^(?:set|add_to|remove_from|add|remove)_(\w+)$/.exec(message.name) ?? [];
  return !(owner.fields.has(field) && SYNCHRONOUS_SETTERS.has(owner.name));
}
