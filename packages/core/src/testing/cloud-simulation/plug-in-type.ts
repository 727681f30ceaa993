import type { Plugin } from '../../di.js';
import { array, int, reference } from '../../model/field.js';
import { defineResourceType } from '../../model/resource-type.js';
import { RESOURCE_TYPE } from '../../ports/tokens.js';

/** A type as a plug-in may bring it, with what none of the built-in ones has: a list of references, an action that takes one, and a cost that changes. */
const bundle = defineResourceType({
  id: 'bundle',
  plural: 'bundles',
  description: 'Networks that belong together.',
  spec: {
    networkIds: array(reference('network', { description: 'One of them.' }), {
      description: 'The networks.',
      default: [],
    }),
    weight: int({ description: 'What it costs.', default: 1, min: 1 }),
  },
  status: {},
  actions: {
    weigh: {
      description: 'Make it as heavy as can be, for a network’s sake.',
      input: { networkId: reference('network', { description: 'For which.', required: true }) },
      available: () => true,
      apply: () => ({ weight: 9 }),
    },
  },
  quota: ({ weight }) => [{ className: 'bundleWeight', amount: Number(weight) }],
  access: {
    visibleTo: 'own',
    users: ['read', 'create', 'update', 'delete', 'act'],
    administrators: ['read', 'create', 'update', 'delete', 'act'],
  },
});

/** Brings the type `bundle`. */
export const bundles: Plugin = (container) => {
  container.register(RESOURCE_TYPE, { useValue: bundle });
};
