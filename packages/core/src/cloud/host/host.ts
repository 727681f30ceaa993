import { boolean, int, string } from '../../model/field.js';
import { defineResourceType } from '../../model/resource-type.js';

/** A machine that runs servers. Found by taking stock, never asked for. */
export const host = defineResourceType({
  id: 'host',
  plural: 'hosts',
  description: 'A machine that runs servers.',
  spec: {
    external: string({ description: 'What its pool calls it.', required: true, write: 'internal' }),
    enabled: boolean({ description: 'Whether new servers may be placed on it.', default: true }),
  },
  status: {
    live: boolean({ description: 'Whether it can be reached and starts servers.' }),
    cpuCount: int({ description: 'Processors.' }),
    ramSizeMb: int({ description: 'Memory that servers may be given in all, in MiB.' }),
    ramUsedMb: int({ description: 'How much of it servers are given, in MiB.' }),
  },
  links: { virtualmachines: { kind: 'children', type: 'virtualmachine', field: 'hostId' } },
  actions: {
    enable: {
      description: 'Let servers be placed on it.',
      input: {},
      available: (machine) => !machine.spec.enabled,
      apply: () => ({ enabled: true }),
    },
    disable: {
      description: 'Keep new servers away from it; those on it stay.',
      input: {},
      available: (machine) => machine.spec.enabled,
      apply: () => ({ enabled: false }),
    },
  },
  lifecycle: {
    states: ['creating', 'updating', 'active', 'disabled', 'unreachable'],
    moving: (machine) => (machine.observedGeneration === 0 ? 'creating' : 'updating'),
    settled: (machine) => {
      if (machine.status.live !== true) return 'unreachable';
      return machine.spec.enabled ? 'active' : 'disabled';
    },
  },
  access: { visibleTo: 'own', users: [], administrators: ['read', 'update', 'delete', 'act'] },
  uniqueBy: 'external',
});
