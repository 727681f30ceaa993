import type { DriverCall, OperationKey } from '@gdcloud/core';
import type { TaskOutcome } from '../client/tasks.js';
import { TransportError } from '../client/transport-error.js';
import type { Calls } from '../datamodel/calls.generated.js';
import type { Ref } from '../datamodel/ref.js';
import type { DriverContext } from './context.js';
import { showsEnd } from './shows-end.js';

/** A call and the task that carries it out. */
interface KnownTask<Method extends keyof Calls> {
  readonly method: Method;
  readonly args: Calls[Method]['args'];
  /** Tells the call from others, also from those that say the same and mean something else. */
  readonly what: string;
  readonly task: Ref<'task'>;
  readonly beside: readonly string[];
}

/** What a slow call may be told besides its arguments. */
export interface About {
  /** Tells it from calls that say the same and mean something else. */
  readonly why?: string;
  /** The VM and its devices, as `event.from` takes them: what its end leaves them as is kept, and need not be asked for. */
  readonly beside?: readonly string[];
}

/**
 * Runs a slow call as a task that carries the operation's key, and waits for it as long as patience lasts. A task of the
 * same call that is still under way, or that failed after patience had run out, is asked first.
 */
export async function runTask<Method extends keyof Calls>(
  context: DriverContext,
  method: Method,
  args: Calls[Method]['args'],
  call: DriverCall,
  { why = '', beside = [] }: About = {},
): Promise<TaskOutcome> {
  const { signal, operation } = call;
  const what = `${method} ${JSON.stringify(args)} ${why}`;
  const earlier = context.unfinished.take(what);
  if (
    earlier !== undefined &&
    (await stillRuns(context, { method, args, what, beside, task: earlier }, call))
  )
    return 'pending';
  const task = await context.xapi.begin(method, args, { signal, operation });
  return awaitTask(context, { method, args, what, beside, task }, call);
}

/** As {@link runTask}, unless a task of the same operation still runs: then that one is waited for. */
export async function resumeTask<Method extends keyof Calls>(
  context: DriverContext,
  method: Method,
  args: Calls[Method]['args'],
  call: DriverCall,
  about: About = {},
): Promise<TaskOutcome> {
  const earlier = await context.tasks.find(call.operation, call);
  if (earlier === undefined) return runTask(context, method, args, call, about);
  const { why = '', beside = [] } = about;
  const what = `${method} ${JSON.stringify(args)} ${why}`;
  return awaitTask(context, { method, args, what, beside, task: earlier }, call);
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
  return awaitTask(context, { method, args, what: key, task, beside: [] }, { signal });
}

async function awaitTask<Method extends keyof Calls>(
  { cache, settings, tasks, unfinished }: DriverContext,
  { method, args: [object], what, task, beside: wanted }: KnownTask<Method>,
  { signal }: Pick<DriverCall, 'signal'>,
): Promise<TaskOutcome> {
  const [className = ''] = method.split('.');
  let known: 'all of it' | 'nothing' = 'nothing';
  try {
    const { patienceMs } = settings;
    const beside = cache.inSync ? wanted : [];
    const end = await tasks.wait(task, { signal, patienceMs, kind: method, beside });
    if (end.outcome === 'pending') unfinished.keep(what, task);
    else if (typeof object === 'string' && showsEnd(end.beside, object, task)) {
      cache.take(end.beside, end.asked);
      known = 'all of it';
    }
    return end.outcome;
  } finally {
    // What it did came after its call was answered.
    if (known === 'nothing' && typeof object === 'string') cache.doubt(className, object);
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
