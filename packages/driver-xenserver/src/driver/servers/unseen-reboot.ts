import type { DriverCall } from '@gdcloud/core';
import { parseXapiTime } from '../../client/xapi-time.js';
import type { DriverContext } from '../context.js';
import { can } from '../features.js';
import { together } from '../together.js';
import type { ServerState } from './state.js';

/** Tasks are named after the call that began them. */
const REBOOT = /^(?:Async\.)?VM\.(?:clean|hard)_reboot$/;

/**
 * Whether some reboot has begun that no VM shows yet, so that it may be this one's: a process that died right after it
 * asked leaves a task, and XAPI marks the VM a moment later. Later releases tell by the key on the task whose it is; before
 * 6.1 there are none. One that is older than a guest's grace waits for another VM, for this one is idle.
 */
export async function hasUnseenReboot(
  context: DriverContext,
  { record }: ServerState,
  call: DriverCall,
): Promise<boolean> {
  if (await can(context, 'operation-keys', call)) return false;
  const { xapi, settings } = context;
  const [tasks, time] = await together([
    xapi.read('task.get_all_records', [], call),
    xapi.read('host.get_servertime', [record.resident_on], call),
  ]);
  const now = parseXapiTime(time);
  const young = Object.entries(tasks).filter(
    ([, { name_label: name, status, created }]) =>
      status === 'pending' &&
      REBOOT.test(name) &&
      now - parseXapiTime(created) < settings.shutdownGraceMs,
  );
  if (young.length === 0) return false;
  const machines = Object.values(await xapi.read('VM.get_all_records', [], call));
  const seen = new Set(machines.flatMap((vm) => Object.keys(vm.current_operations)));
  return young.some(([task]) => !seen.has(task));
}
