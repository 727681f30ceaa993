import type { HookRegistration } from '../../ports/hooks.js';
import { CD_DEVICE, isRootDisk } from './devices.js';
import { volume } from './volume.js';

/** A volume goes only when it is in no server: a root disk with its server, any other once it is detached. */
export const VOLUME_HOOKS: readonly HookRegistration[] = [
  {
    point: 'admit.validate',
    name: 'gdcloud/disk-stays-in-its-server',
    run: ({ operation, type, before }) => {
      if (operation !== 'delete' || type !== volume.id) return undefined;
      const { virtualmachineId, device } = (before?.spec ?? {}) as {
        readonly virtualmachineId?: string | null;
        readonly device?: number | null;
      };
      if (typeof virtualmachineId !== 'string') return undefined;
      const way = isRootDisk({ device: device ?? null })
        ? 'remove that instead'
        : 'detach it from there first';
      return { message: `it is in virtualmachine ${virtualmachineId}; ${way}` };
    },
  },
  {
    point: 'admit.validate',
    name: 'gdcloud/place-of-the-cd',
    run: ({ type, desired }) =>
      type === volume.id && desired['device'] === CD_DEVICE
        ? { message: `device ${CD_DEVICE} is kept for the CD`, fieldName: 'device' }
        : undefined,
  },
];
