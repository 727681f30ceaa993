import type { DriverCall, OperationKey } from '@gdcloud/core';
import type { TaskOutcome } from '../client/tasks.js';
import { TransportError } from '../client/transport-error.js';
import type { Calls } from '../datamodel/calls.generated.js';
import type { Ref } from '../datamodel/ref.js';
import type { DriverContext } from './context.js';

/** A call and the task that carries it out. */
interface KnownTask<Method extends keyof Calls> {
  readonly method: Method;
  readonly args: Calls[Method]['args'];
  /** Tells the call from others, also from those that say the same and mean something else. */
  readonly what: string;
  readonly task: Ref<'task'>;
}

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
  if (
    earlier !== undefined &&
    (await stillRuns(context, { method, args, what, task: earlier }, call))
  )
    return 'pending';
  const task = await context.xapi.begin(method, args, { signal, operation });
  return awaitTask(context, { method, args, what, task }, call);
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
  const what = `${method} ${JSON.stringify(args)} `;
  return awaitTask(context, { method, args, what, task: earlier }, call);
}

/**
 * Runs a slow call that must never be done twice, under a key of the object that it makes: a task with that key that
 * still runs, or that patience ran out on, is waited for in place of a new one. What such a task made, a look tells.
 */
export async function runTaskOnce<Method extends keyof Calls>(
  context: DriverContext,
  method: Method,
  args: Calls[Method]['args'],
  key: OperationKey,
  { signal }: DriverCall,
): Promise<TaskOutcome> {
  const task =
    context.unfinished.take(key) ??
    (await context.tasks.find(key, { signal })) ??
    (await context.xapi.begin(method, args, { signal, operation: key }));
  return awaitTask(context, { method, args, what: key, task }, { signal });
}

async function awaitTask<Method extends keyof Calls>(
  { cache, settings, tasks, unfinished }: DriverContext,
  { method, args: [object], what, task }: KnownTask<Method>,
  { signal }: Pick<DriverCall, 'signal'>,
): Promise<TaskOutcome> {
  try {
    const outcome = await tasks.wait(task, { signal, patienceMs: settings.patienceMs });
    if (outcome === 'pending') unfinished.keep(what, task);
    return outcome;
  } finally {
    // What it did came after its call was answered.
    const [className = ''] = method.split('.');
    if (typeof object === 'string') cache.doubt(className, object);
  }
}

// Throws what it failed of. One that succeeded, or that the pool has forgotten, says nothing of what there is now.
async function stillRuns<Method extends keyof Calls>(
  context: DriverContext,
  known: KnownTask<Method>,
  call: DriverCall,
): Promise<boolean> {
  try {
    return (await awaitTask(context, known, call)) === 'pending';
  } catch (error) {
    if (error instanceof TransportError) return false;
    throw error;
  }
}
