import type { Resource } from '../../model/resource.js';
import type { HookRegistration } from '../../ports/hooks.js';
import { whyNotRunning } from './discarded.js';
import { virtualmachine } from './virtualmachine.js';

/** A server that is put aside stays off, whatever way it is asked to run; taking it back is asked for as that. */
export const DISCARDED_HOOK: HookRegistration = {
  point: 'admit.validate',
  name: 'gdcloud/discarded-stays-off',
  run: ({ type, before, desired }) => {
    if (type !== virtualmachine.id || before === undefined) return undefined;
    if (desired['desiredState'] !== 'running' || desired['removeAfter'] === null) return undefined;
    const message = whyNotRunning(before as Resource<typeof virtualmachine>);
    return message === undefined ? undefined : { message, fieldName: 'desiredState' };
  },
};
