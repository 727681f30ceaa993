import { asExternalId, type DriverCall, type HostReport } from '@gdcloud/core';
import { failing } from '../client/driver-failure.js';
import { isNullRef } from '../datamodel/ref.js';
import type { DriverContext } from './context.js';
import { orGone } from './ours.js';
import { together } from './together.js';

const MIB = 2 ** 20;
/** What the control domain gets where the pool does not say, in bytes. */
const CONTROL_DOMAIN_BYTES = 4096 * MIB;

/** The pool's hosts. Their memory is what is left for servers beside the hypervisor and the control domain. */
export function reportHosts(
  { xapi }: DriverContext,
  call: DriverCall,
): Promise<readonly HostReport[]> {
  return failing(async () => {
    const [hosts, metrics] = await together([
      xapi.read('host.get_all_records', [], call),
      xapi.read('host_metrics.get_all_records', [], call),
    ]);
    const reports = Object.values(hosts).map(async (host): Promise<HostReport> => {
      const { memory_total: total = 0, live = false } = metrics[host.metrics] ?? {};
      const control = isNullRef(host.control_domain)
        ? undefined
        : await orGone(() => xapi.read('VM.get_record', [host.control_domain], call));
      const kept = (control?.memory_static_max ?? 0) || CONTROL_DOMAIN_BYTES;
      return {
        external: asExternalId(host.uuid),
        name: host.name_label,
        live,
        enabled: host.enabled,
        cpuCount: Number(host.cpu_info['cpu_count'] ?? 0),
        ramSizeMb: Math.max(0, Math.floor((total - kept - host.memory_overhead) / MIB)),
      };
    });
    return together(reports);
  });
}
