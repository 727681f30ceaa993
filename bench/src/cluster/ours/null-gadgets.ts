import { asExternalId, type Driver } from '@gdcloud/core';

interface Size {
  readonly size: number;
}

/** Gadgets that take no room anywhere: what is recorded is there, and as asked, for every process. */
export const nullGadgets: Driver<Size, Size> = {
  name: 'bench.null-gadgets',
  traits: { identity: 'chosen', fencing: 'none', dataBearing: false },
  observe: async ({ external }, desired) =>
    external === undefined || desired === undefined
      ? { presence: 'absent' }
      : { presence: 'present', external, actual: desired, changes: [] },
  create: async ({ uuid }) => ({ external: asExternalId(uuid), settled: true }),
  update: async () => ({ settled: true }),
  delete: async () => ({ settled: true }),
  list: async () => ({ objects: [] }),
};
