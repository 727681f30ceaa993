import type { Logger, Meter, ResourceUuid } from '@gdcloud/core';
import type { RepairedPart } from './audit-network.js';

/** Counts what was repaired by its part, and tells operators in which network. */
export function auditReport(
  meter: Meter,
  logger: Logger | undefined,
): (network: ResourceUuid, repairs: readonly RepairedPart[]) => void {
  const counter = meter.counter({
    name: 'gdcloud_network_repairs_total',
    help: 'Parts of networks that strangers had changed and an audit has repaired.',
    labels: ['part'],
  });
  return (network, repairs) => {
    if (repairs.length === 0) return;
    for (const part of repairs) counter.add({ part });
    logger?.warn({ network, repairs }, 'what somebody else had changed in a network was repaired');
  };
}
