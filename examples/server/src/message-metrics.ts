import type { DriverHost, Refusals } from '@gdcloud/core/driver-host';
import { Counter, Gauge, type Registry } from 'prom-client';

/** Adds how many messages between kernels and driver hosts this process did not heed, by reason. */
export function countRefusals(registry: Registry, refusals: Refusals): void {
  const counter: Counter<'reason'> = new Counter({
    name: 'gdcloud_driver_messages_refused_total',
    help: 'Messages between kernels and driver hosts that were not heeded.',
    labelNames: ['reason'],
    registers: [registry],
    collect: () => {
      counter.reset();
      for (const [reason, count] of refusals.counts) counter.inc({ reason }, count);
    },
  });
}

/** Adds how many requests driver hosts of this process have before them. */
export function measureHosts(registry: Registry, hosts: () => readonly DriverHost[]): void {
  const gauge: Gauge<'host' | 'state'> = new Gauge({
    name: 'gdcloud_driver_host_requests',
    help: 'Requests of kernels that wait, and those that are being carried out.',
    labelNames: ['host', 'state'],
    registers: [registry],
    collect: () => {
      gauge.reset();
      for (const { name, load } of hosts()) {
        gauge.set({ host: name, state: 'queued' }, load.queued);
        gauge.set({ host: name, state: 'active' }, load.active);
      }
    },
  });
}
