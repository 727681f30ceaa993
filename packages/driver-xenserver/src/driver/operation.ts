import type { DriverCall } from '@gdcloud/core';
import type { TaskOutcome } from '../client/tasks.js';
import { TransportError } from '../client/transport-error.js';
import type { Calls } from '../datamodel/calls.generated.js';
import type { Ref } from '../datamodel/ref.js';
import type { DriverContext } from './context.js';

/**
 * Runs a slow call as a task that carries the operation's key, and waits for it as long as patience lasts. A task of the
 * same call that is still under way, or that failed after patience had run out, is asked first. `why` tells calls apart
 * that say the same and mean something else.
 */
export async function runTask<Method extends keyof Calls>(
  context: DriverContext,
  method: Method,
  args: Calls[Method]['args'],
  call: DriverCall,
  why = '',
): Promise<TaskOutcome> {
  const { signal, operation } = call;
  const what = `${method} ${JSON.stringify(args)} ${why}`;
  const earlier = context.unfinished.take(what);
  if (earlier !== undefined && (await stillRuns(context, { what, task: earlier }, call)))
    return 'pending';
  const task = await context.xapi.begin(method, args, { signal, operation });
  return waitFor(context, { what, task }, call);
}

interface KnownTask {
  readonly what: string;
  readonly task: Ref<'task'>;
}

async function waitFor(
  context: DriverContext,
  { what, task }: KnownTask,
  { signal }: DriverCall,
): Promise<TaskOutcome> {
  const outcome = await context.tasks.wait(task, {
    signal,
    patienceMs: context.settings.patienceMs,
  });
  if (outcome === 'pending') context.unfinished.keep(what, task);
  return outcome;
}

// Throws what it failed of. One that succeeded, or that the pool has forgotten, says nothing of what there is now.
async function stillRuns(
  context: DriverContext,
  known: KnownTask,
  call: DriverCall,
): Promise<boolean> {
  try {
    return (await waitFor(context, known, call)) === 'pending';
  } catch (error) {
    if (error instanceof TransportError) return false;
    throw error;
  }
}

/** As {@link runTask}, unless a task of the same operation still runs: then that one is waited for. */
export async function resumeTask<Method extends keyof Calls>(
  context: DriverContext,
  method: Method,
  args: Calls[Method]['args'],
  call: DriverCall,
): Promise<TaskOutcome> {
  const earlier = await context.tasks.find(call.operation, call);
  if (earlier === undefined) return runTask(context, method, args, call);
  return context.tasks.wait(earlier, {
    signal: call.signal,
    patienceMs: context.settings.patienceMs,
  });
}
