import type { DriverCall } from '@gdcloud/core';
import { parseXapiTime } from '../../client/xapi-time.js';
import type { DriverContext } from '../context.js';
import { orGone } from '../ours.js';
import { together } from '../together.js';
import { isGuestOperation } from './power.js';
import type { ServerState } from './state.js';

/**
 * Whether the pool still works on the VM, so that nothing is to be added. Asking a guest whose grace is over does not
 * count: it is up to be forced. The age is taken from the pool's own clock, so it needs no memory of ours.
 */
export async function isBusy(
  context: DriverContext,
  state: ServerState,
  call: DriverCall,
): Promise<boolean> {
  const operations = Object.entries(state.operations);
  if (operations.length === 0) return false;
  const [asked] = operations;
  if (asked === undefined || operations.length > 1 || !isGuestOperation(asked[1])) return true;
  const { xapi, settings } = context;
  const host = state.record.resident_on;
  const [task, now] = await together([
    orGone(() => xapi.read('task.get_record', [asked[0]], call)),
    orGone(() => xapi.read('host.get_servertime', [host], call)),
  ]);
  if (task === undefined || now === undefined) return true;
  return parseXapiTime(now) - parseXapiTime(task.created) < settings.shutdownGraceMs;
}
