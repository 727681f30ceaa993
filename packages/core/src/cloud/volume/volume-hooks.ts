import type { HookRegistration } from '../../ports/hooks.js';
import { volume } from './volume.js';

/** A disk in a server goes with its server, not before it. */
export const VOLUME_HOOKS: readonly HookRegistration[] = [
  {
    point: 'admit.validate',
    name: 'gdcloud/disk-stays-in-its-server',
    run: ({ operation, type, before }) => {
      if (operation !== 'delete' || type !== volume.id) return undefined;
      const server = (before?.spec as { readonly virtualmachineId?: string | null } | undefined)
        ?.virtualmachineId;
      return typeof server === 'string'
        ? { message: `it is in virtualmachine ${server}; remove that instead` }
        : undefined;
    },
  },
];
