import {
  defineResourceType,
  int,
  type Outcome,
  type Plugin,
  RECONCILER,
  RESOURCE_TYPE,
  type Reconciler,
  type ResourceType,
} from '@gdcloud/core';
import { MemoryObjects } from '@gdcloud/core/testing';

/** A third party's type with one object outside: as cheap as a resource can be that still has one. */
export const gadget: ResourceType = defineResourceType({
  id: 'gadget',
  plural: 'gadgets',
  description: 'Something with one object outside.',
  spec: { size: int({ description: 'How large it is to be.', default: 1, min: 0 }) },
  status: {},
  access: {
    visibleTo: 'own',
    users: ['read', 'create', 'update', 'delete'],
    administrators: ['read', 'create', 'update', 'delete'],
  },
});

/** Where gadgets are. It outlives the clouds that use it. */
export type Gadgets = MemoryObjects<{ readonly size: number }, { readonly size: number }>;

/** Makes an outside without gadgets. */
export function noGadgets(): Gadgets {
  return new MemoryObjects({
    name: 'bench.gadgets',
    dataBearing: 'no',
    create: ({ size }) => ({ size }),
    compare: (desired, actual) =>
      desired.size === actual.size
        ? []
        : [{ field: 'size', desired: desired.size, actual: actual.size }],
    change: ({ size }) => ({ size }),
  });
}

/** Adds gadgets to a cloud. `work` is `held` where no pass is to end: what is asked for then stays undone. */
export function gadgetPlugin(gadgets: Gadgets, work: 'done' | 'held'): Plugin {
  const reconciler: Reconciler<typeof gadget> = {
    type: gadget,
    async reconcile(pass): Promise<Outcome> {
      if (work === 'held') await untilAborted(pass.signal);
      const { size } = pass.resource.spec;
      const object = await pass.converge('object', gadgets, { size });
      return object.kind === 'settled' ? { kind: 'done' } : object.outcome;
    },
  };
  return (container) => {
    container.register(RESOURCE_TYPE, { useValue: gadget });
    container.register(RECONCILER, { useValue: reconciler });
  };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
