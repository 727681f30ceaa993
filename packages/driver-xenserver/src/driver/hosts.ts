import { asExternalId, type DriverCall, type HostReport } from '@gdcloud/core';
import { failing } from '../client/driver-failure.js';
import { isNullRef } from '../datamodel/ref.js';
import type { DriverContext } from './context.js';
import { readSurroundings, storageProblemOf, trunksOf, unmanagedOn } from './host-surroundings.js';
import { knownObjects, knownRecord } from './known.js';
import { orGone } from './ours.js';
import { together } from './together.js';

const MIB = 2 ** 20;
/** What the control domain gets where the pool does not say, in bytes. */
const CONTROL_DOMAIN_BYTES = 4096 * MIB;

/**
 * The pool's hosts. Their memory is what is left for servers beside the hypervisor and the control domain. They reach
 * what is plugged on them: the repository of the share, and the devices of the trunks.
 */
export function reportHosts(
  context: DriverContext,
  call: DriverCall,
): Promise<readonly HostReport[]> {
  const { xapi } = context;
  return failing(async () => {
    const [hosts, metricsOf, around] = await together([
      knownObjects(context, 'host', () => xapi.read('host.get_all_records', [], call), call),
      knownObjects(
        context,
        'host_metrics',
        () => xapi.read('host_metrics.get_all_records', [], call),
        call,
      ),
      readSurroundings(context, call),
    ]);
    const metrics = new Map(metricsOf);
    const reports = hosts.map(async ([ref, host]): Promise<HostReport> => {
      const { memory_total: total = 0, live = false } = metrics.get(host.metrics) ?? {};
      const control = isNullRef(host.control_domain)
        ? undefined
        : await orGone(() =>
            knownRecord(context, 'VM', host.control_domain, () =>
              xapi.read('VM.get_record', [host.control_domain], call),
            ),
          );
      const kept = (control?.memory_static_max ?? 0) || CONTROL_DOMAIN_BYTES;
      const storageProblem = storageProblemOf(ref, around);
      return {
        external: asExternalId(host.uuid),
        name: host.name_label,
        live,
        enabled: host.enabled,
        cpuCount: Number(host.cpu_info['cpu_count'] ?? 0),
        ramSizeMb: Math.max(0, Math.floor((total - kept - host.memory_overhead) / MIB)),
        physicalNetworks: trunksOf(context, ref, around),
        unmanaged: unmanagedOn(context, ref, around),
        ...(storageProblem === undefined ? {} : { storageProblem }),
      };
    });
    return together(reports);
  });
}
