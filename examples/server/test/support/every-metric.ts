import { createServer } from 'node:http';
import { createCloud } from '@gdcloud/core';
import { Refusals } from '@gdcloud/core/driver-host';
import { prometheus } from '@gdcloud/core/prometheus';
import { sqlite } from '@gdcloud/core/sqlite';
import { memoryDrivers } from '@gdcloud/core/testing';
import { createVlanDriver } from '@gdcloud/driver-vlan';
import { api, harden } from '@gdcloud/http';
import { Registry } from 'prom-client';
import { countRefusals, measureHosts } from '../../dist/message-metrics.js';

/** A metric as it is declared. */
export interface DeclaredMetric {
  readonly name: string;
  readonly kind: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** The metrics of all kinds of processes: what the server registers whatever its roles, and an appliance of a pair. */
export async function everyMetric(): Promise<readonly DeclaredMetric[]> {
  const registry = new Registry();
  const metrics = prometheus({ registry });
  const { plugin } = memoryDrivers();
  const cloud = createCloud({
    plugins: [sqlite({ file: ':memory:' }), plugin, metrics],
    pepper: new Uint8Array(16),
  });
  api({ types: cloud.types, resources: cloud.resources, meter: cloud.meter });
  harden(createServer()).measure(cloud.meter);
  countRefusals(registry, new Refusals());
  measureHosts(registry, () => []);
  createVlanDriver(
    {
      folder: 'unused',
      mode: 'full',
      machine: { trunks: [{ name: 'physnet1', by: 'kernel', device: 'eth1' }], uplinks: [] },
      highAvailability: {
        kind: 'vrrp',
        pair: 'edge',
        device: 'eth1',
        routerId: 1,
        rank: 'first',
      },
    },
    { meter: cloud.meter },
  );
  const declared = (await registry.getMetricsAsJSON()).map(({ name, help, type }) => ({
    name,
    kind: String(type),
    help,
    labels: labelsOf(registry.getSingleMetric(name)),
  }));
  await cloud.stop();
  return declared;
}

// prom-client keeps them, and its types do not say so.
function labelsOf(metric: unknown): readonly string[] {
  const names: unknown = Reflect.get(Object(metric), 'labelNames');
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
}
