import { textOf } from '../arguments.js';
import type { Behaviours } from '../context.js';
import { freeMemory } from '../placement.js';
import { numberField, textField } from '../record.js';
import { xapiTime } from '../xapi-time.js';

/** Hosts and what they offer. */
export const HOSTS: Behaviours = {
  'host.disable': ({ pool }, [ref]) => {
    pool.database.set(pool.database.get('host', textOf(ref)), 'enabled', false);
    return '';
  },
  'host.enable': ({ pool }, [ref]) => {
    pool.database.set(pool.database.get('host', textOf(ref)), 'enabled', true);
    return '';
  },
  'host.get_servertime': ({ pool }, [ref]) => {
    pool.database.get('host', textOf(ref));
    return xapiTime(pool.clock.now());
  },
  'host.compute_free_memory': ({ pool }, [ref]) =>
    freeMemory(pool.database, pool.database.get('host', textOf(ref))),
  'host.compute_memory_overhead': ({ pool }, [ref]) => {
    pool.database.get('host', textOf(ref));
    return 0;
  },
  'VM.get_possible_hosts': ({ pool }, [ref]) => {
    const vm = pool.database.get('VM', textOf(ref));
    return [...pool.database.rows('host')]
      .filter((host) => freeMemory(pool.database, host) >= numberField(vm, 'memory_dynamic_max'))
      .map((host) => host.ref);
  },
  'pool.get_master': ({ pool }, [ref]) =>
    textField(pool.database.get('pool', textOf(ref)), 'master'),
};
