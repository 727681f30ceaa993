/** A two-way link: a reference field on one side, a set of references on the other. */
export interface Relation {
  readonly one: readonly [className: string, field: string];
  readonly many: readonly [className: string, field: string];
}

const LINKS = [
  'VBD.VM VM.VBDs',
  'VBD.VDI VDI.VBDs',
  'VIF.VM VM.VIFs',
  'VIF.network network.VIFs',
  'PIF.network network.PIFs',
  'PIF.host host.PIFs',
  'PIF.bond_slave_of Bond.slaves',
  'Bond.master PIF.bond_master_of',
  'PBD.SR SR.PBDs',
  'PBD.host host.PBDs',
  'VDI.SR SR.VDIs',
  'VDI.snapshot_of VDI.snapshots',
  'VDI.metadata_of_pool pool.metadata_VDIs',
  'VM.snapshot_of VM.snapshots',
  'VM.parent VM.children',
  'VM.resident_on host.resident_VMs',
  'console.VM VM.consoles',
  'VLAN.tagged_PIF PIF.VLAN_slave_of',
  'host_cpu.host host.host_CPUs',
  'task.subtask_of task.subtasks',
] as const;

function side(text: string): readonly [string, string] {
  const [className = '', field = ''] = text.split('.');
  return [className, field];
}

/** The links of the classes used; the datamodel file itself does not name them (reference/xenserver.md 8). */
export const RELATIONS: readonly Relation[] = LINKS.map((text) => {
  const [one = '', many = ''] = text.split(' ');
  return { one: side(one), many: side(many) };
});
