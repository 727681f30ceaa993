import { NULL_REF } from '../datamodel/ref.js';
import type { Database, Row } from './database.js';
import { XapiFault } from './fault.js';
import type { Pool } from './pool.js';
import { numberField, textField } from './record.js';
import { CONTROL_DOMAIN_MB } from './seed.js';
import { isTrue } from './values.js';

/** Memory that a host can still give to VMs, in bytes: those that run there and those about to are charged. */
export function freeMemory(database: Database, host: Row): number {
  const metrics = database.get('host_metrics', textField(host, 'metrics'));
  const installed = numberField(metrics, 'memory_total') - numberField(host, 'memory_overhead');
  let free = installed - CONTROL_DOMAIN_MB * 2 ** 20;
  for (const ref of host.links.get('resident_VMs') ?? []) {
    const vm = database.find('VM', ref);
    if (vm !== undefined && !isTrue(vm.fields.get('is_control_domain'))) {
      free -= numberField(vm, 'memory_dynamic_max');
    }
  }
  return free;
}

function assertUsable(pool: Pool, vm: Row, host: Row): void {
  const { database } = pool;
  if (!isTrue(host.fields.get('enabled'))) throw new XapiFault('HOST_DISABLED', host.ref);
  const metrics = database.get('host_metrics', textField(host, 'metrics'));
  if (!isTrue(metrics.fields.get('live'))) throw new XapiFault('HOST_NOT_LIVE');
  for (const ref of vm.links.get('VIFs') ?? []) {
    const network = database.find('network', textField(database.get('VIF', ref), 'network'));
    const interfaces = [...(network?.links.get('PIFs') ?? [])].map((pif) =>
      database.get('PIF', pif),
    );
    // A network without any interface is internal: it may be on every host.
    if (interfaces.length > 0 && !interfaces.some((pif) => textField(pif, 'host') === host.ref)) {
      throw new XapiFault('VM_REQUIRES_NETWORK', vm.ref, network?.ref ?? NULL_REF);
    }
  }
  const needed = numberField(vm, 'memory_dynamic_max');
  const available = freeMemory(database, host);
  if (needed > available) {
    throw new XapiFault('HOST_NOT_ENOUGH_FREE_MEMORY', String(needed), String(available));
  }
}

/** The host a VM may start on: `wanted`, or the one with most free memory; else the fault XAPI has for it. */
export function chooseHost(pool: Pool, vm: Row, wanted: string | undefined): Row {
  if (wanted !== undefined) {
    const host = pool.database.get('host', wanted);
    assertUsable(pool, vm, host);
    return host;
  }
  const usable = [...pool.database.rows('host')].filter((host) => {
    try {
      assertUsable(pool, vm, host);
      return true;
    } catch {
      return false;
    }
  });
  const [best] = usable.sort(
    (left, right) => freeMemory(pool.database, right) - freeMemory(pool.database, left),
  );
  if (best === undefined) throw new XapiFault('NO_HOSTS_AVAILABLE');
  return best;
}
