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
  'VLAN.tagged_PIF PIF.VLAN_slave_of',
  'tunnel.access_PIF PIF.tunnel_access_PIF_of',
  'tunnel.transport_PIF PIF.tunnel_transport_PIF_of',
  'network_sriov.physical_PIF PIF.sriov_physical_PIF_of',
  'network_sriov.logical_PIF PIF.sriov_logical_PIF_of',
  'PBD.SR SR.PBDs',
  'PBD.host host.PBDs',
  'SR.introduced_by DR_task.introduced_SRs',
  'VDI.SR SR.VDIs',
  'VDI.snapshot_of VDI.snapshots',
  'VDI.metadata_of_pool pool.metadata_VDIs',
  'crashdump.VDI VDI.crash_dumps',
  'crashdump.VM VM.crash_dumps',
  'VM.snapshot_of VM.snapshots',
  'VM.parent VM.children',
  'VM.resident_on host.resident_VMs',
  'VM.protection_policy VMPP.VMs',
  'VM.snapshot_schedule VMSS.VMs',
  'VM.appliance VM_appliance.VMs',
  'VTPM.VM VM.VTPMs',
  'VGPU.VM VM.VGPUs',
  'VUSB.VM VM.VUSBs',
  'console.VM VM.consoles',
  'host_cpu.host host.host_CPUs',
  'host_crashdump.host host.crashdumps',
  'host_patch.host host.patches',
  'host_patch.pool_patch pool_patch.host_patches',
  'PCI.host host.PCIs',
  'PGPU.host host.PGPUs',
  'PGPU.GPU_group GPU_group.PGPUs',
  'VGPU.GPU_group GPU_group.VGPUs',
  'VGPU.resident_on PGPU.resident_VGPUs',
  'PUSB.host host.PUSBs',
  'PUSB.USB_group USB_group.PUSBs',
  'VUSB.USB_group USB_group.VUSBs',
  'Feature.host host.features',
  'Cluster_host.cluster Cluster.cluster_hosts',
  'PVS_server.site PVS_site.servers',
  'PVS_proxy.site PVS_site.proxies',
  'PVS_cache_storage.site PVS_site.cache_storage',
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
