import { textOf } from '../arguments.js';
import type { Behaviour, Behaviours } from '../context.js';
import type { Row } from '../database.js';
import { XapiFault } from '../fault.js';
import { isLive } from '../placement.js';
import type { Pool } from '../pool.js';
import { textField } from '../record.js';
import { isTrue } from '../values.js';

function assertDead({ database }: Pool, host: Row): void {
  if (isLive(database, host)) throw new XapiFault('HOST_IS_LIVE', host.ref);
}

/** Ends a host's toolstack: as far as the pool knows, it is not there any more. */
const goDown: Behaviour = ({ pool }, [ref]) => {
  const { database } = pool;
  const host = database.get('host', textOf(ref));
  if (isTrue(host.fields.get('enabled'))) throw new XapiFault('HOST_NOT_DISABLED');
  const metrics = database.find('host_metrics', textField(host, 'metrics'));
  if (metrics !== undefined) database.set(metrics, 'live', false);
  return '';
};

const FORGOTTEN = [
  ['PBDs', 'PBD'],
  ['PIFs', 'PIF'],
  ['host_CPUs', 'host_cpu'],
] as const;

function destroy(pool: Pool, host: Row): void {
  const { database } = pool;
  assertDead(pool, host);
  if (pool.master === host) throw new XapiFault('HOST_CANNOT_DESTROY_SELF', host.ref);
  for (const [field, className] of FORGOTTEN) {
    for (const ref of host.links.get(field) ?? []) {
      const row = database.find(className, ref);
      if (row !== undefined) database.remove(row);
    }
  }
  for (const [className, ref] of [
    ['VM', textField(host, 'control_domain')],
    ['host_metrics', textField(host, 'metrics')],
  ] as const) {
    const row = database.find(className, ref);
    if (row !== undefined) database.remove(row);
  }
  database.remove(host);
}

/** Hosts coming, going and being counted on. */
export const HOSTS: Behaviours = {
  'host.disable': ({ pool }, [ref]) => {
    pool.database.set(pool.database.get('host', textOf(ref)), 'enabled', false);
    return '';
  },
  'host.enable': ({ pool }, [ref]) => {
    pool.database.set(pool.database.get('host', textOf(ref)), 'enabled', true);
    return '';
  },
  'host.shutdown': goDown,
  'host.reboot': goDown,
  'host.power_on': ({ pool }, [ref]) => {
    const host = pool.database.get('host', textOf(ref));
    assertDead(pool, host);
    if (textField(host, 'power_on_mode') === '') {
      throw new XapiFault('HOST_POWER_ON_NOT_CONFIGURED', host.ref);
    }
    const metrics = pool.database.find('host_metrics', textField(host, 'metrics'));
    if (metrics !== undefined) pool.database.set(metrics, 'live', true);
    return '';
  },
  'host.destroy': ({ pool }, [ref]) => {
    destroy(pool, pool.database.get('host', textOf(ref)));
    return '';
  },
};
