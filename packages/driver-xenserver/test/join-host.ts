import { randomUUID } from 'node:crypto';
import type { Laboratory } from './pool-in-process.js';

/** Adds a host to a pool as one that joins it: with its trunk, and without any VLAN. Returns its uuid. */
export function joinHost({ pool }: Pick<Laboratory, 'pool'>): string {
  const { rows } = pool;
  const [first] = rows.list('PIF').filter(({ record }) => record['physical'] === true);
  const uuid = randomUUID();
  const metrics = rows.insert('host_metrics', { live: true, memory_total: 2 ** 36 });
  const host = rows.insert('host', { uuid, name_label: 'joined', enabled: true, metrics });
  rows.insert('PIF', {
    device: String(first?.record['device']),
    host,
    network: String(first?.record['network']),
    MAC: '02:16:3e:00:00:77',
    MTU: 1500,
    VLAN: -1,
    physical: true,
    managed: true,
    currently_attached: true,
    metrics: rows.insert('PIF_metrics', { carrier: true }),
  });
  return uuid;
}
