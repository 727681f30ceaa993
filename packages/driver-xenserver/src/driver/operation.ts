import type { DriverCall } from '@gdcloud/core';
import type { TaskOutcome } from '../client/tasks.js';
import type { Calls } from '../datamodel/calls.generated.js';
import type { DriverContext } from './context.js';

/** Runs a slow call as a task that carries the operation's key, and waits for it as long as patience lasts. */
export async function runTask<Method extends keyof Calls>(
  context: DriverContext,
  method: Method,
  args: Calls[Method]['args'],
  call: DriverCall,
): Promise<TaskOutcome> {
  const { signal, operation } = call;
  const task = await context.xapi.begin(method, args, { signal, operation });
  return awaitTask(context, method, args, { task, signal });
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
  return awaitTask(context, method, args, { task: earlier, signal: call.signal });
}

async function awaitTask<Method extends keyof Calls>(
  { cache, settings, tasks }: DriverContext,
  method: Method,
  [object]: Calls[Method]['args'],
  { task, signal }: { readonly task: string; readonly signal: AbortSignal },
): Promise<TaskOutcome> {
  try {
    return await tasks.wait(task, { signal, patienceMs: settings.patienceMs });
  } finally {
    // What it did came after its call was answered.
    const [className = ''] = method.split('.');
    if (typeof object === 'string') cache.doubt(className, object);
  }
}
