import type { HookRegistration } from '../../ports/hooks.js';
import { snapshot } from './snapshot.js';

/** A snapshot is of something. */
export const SNAPSHOT_HOOKS: readonly HookRegistration[] = [
  {
    point: 'admit.validate',
    name: 'gdcloud/snapshot-of-something',
    run: ({ operation, type, desired }) =>
      operation === 'create' &&
      type === snapshot.id &&
      typeof desired['virtualmachineId'] !== 'string'
        ? { message: 'say which server it is to be of', fieldName: 'virtualmachineId' }
        : undefined,
  },
];
