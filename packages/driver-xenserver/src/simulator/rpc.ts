import type { Json, JsonObject } from '@gdcloud/core';
import type { ClassSchema, MessageSchema, Schema } from '../datamodel/schema.js';
import { textOf } from './arguments.js';
import { DEVICES } from './behaviours/devices.js';
import { EVENTS } from './behaviours/events.js';
import { HOSTS } from './behaviours/hosts.js';
import { NETWORKS } from './behaviours/networks.js';
import { SESSIONS } from './behaviours/sessions.js';
import { STORAGE } from './behaviours/storage.js';
import { TASKS } from './behaviours/tasks.js';
import { VM_LIFE } from './behaviours/vm-life.js';
import { VM_POWER } from './behaviours/vm-power.js';
import type { Behaviour, Behaviours } from './context.js';
import { XapiFault } from './fault.js';
import { genericBehaviour } from './generic.js';
import type { Pool } from './pool.js';

/** A call as it arrives. */
export interface Call {
  readonly method: string;
  readonly parameters: readonly Json[];
  /** From the request's `X-Http-other-config-<name>` headers: what a task made by this call carries. */
  readonly otherConfig: JsonObject;
}

interface Message {
  readonly schema: MessageSchema;
  readonly behaviour: Behaviour;
}

const BEHAVIOURS: Behaviours = {
  ...DEVICES,
  ...EVENTS,
  ...HOSTS,
  ...NETWORKS,
  ...SESSIONS,
  ...STORAGE,
  ...TASKS,
  ...VM_LIFE,
  ...VM_POWER,
};

function behaviourOf(owner: ClassSchema, message: MessageSchema): Behaviour {
  const name = `${owner.name}.${message.name}`;
  const own = Object.hasOwn(BEHAVIOURS, name) ? BEHAVIOURS[name] : undefined;
  return (
    own ??
    genericBehaviour(owner, message) ??
    (() => {
      throw new XapiFault('NOT_IMPLEMENTED', name);
    })
  );
}

const MESSAGES = new WeakMap<Schema, ReadonlyMap<string, Message>>();

function messagesOf({ schema }: Pool): ReadonlyMap<string, Message> {
  const known = MESSAGES.get(schema);
  if (known !== undefined) return known;
  const messages = new Map(
    [...schema.values()].flatMap((owner) =>
      [...owner.messages.values()].map((message) => [
        `${owner.name}.${message.name}`,
        { schema: message, behaviour: behaviourOf(owner, message) },
      ]),
    ),
  );
  MESSAGES.set(schema, messages);
  return messages;
}

/** Accessors and the plumbing have no asynchronous form (reference/xenserver.md 1.3). */
function isSynchronousOnly(name: string, { implicit }: MessageSchema): boolean {
  return implicit ? !/\.(create|destroy)$/.test(name) : /^(session|task|event)\./.test(name);
}

function lookUp(pool: Pool, name: string): Message {
  const message = messagesOf(pool).get(name);
  if (message === undefined) throw new XapiFault('MESSAGE_METHOD_UNKNOWN', name);
  return message;
}

function assertArity(name: string, schema: MessageSchema, received: number): void {
  const expected = schema.parameters.filter((parameter) => parameter.required).length;
  const open = schema.session ? schema.parameters.length : Number.POSITIVE_INFINITY;
  if (received >= expected && received <= open) return;
  throw new XapiFault('MESSAGE_PARAMETER_COUNT_MISMATCH', name, String(expected), String(received));
}

/** Carries out one call and commits what it wrote. Throws {@link XapiFault}. */
export async function carryOut(pool: Pool, call: Call): Promise<Json> {
  if (call.method === 'system.listMethods') return [...messagesOf(pool).keys()];
  const asynchronous = call.method.startsWith('Async.');
  const name = asynchronous ? call.method.slice('Async.'.length) : call.method;
  const { schema, behaviour } = lookUp(pool, name);
  assertArity(name, schema, call.parameters.length - (schema.session ? 1 : 0));
  const session = schema.session ? textOf(call.parameters[0]) : '';
  if (schema.session) pool.requireSession(session);
  if (schema.removed) throw new XapiFault('MESSAGE_REMOVED');
  const args = schema.session ? call.parameters.slice(1) : call.parameters;
  if (!asynchronous) {
    // Its task has a reference and no row: nobody can ask for it.
    const task = pool.identifiers.ref();
    return settle(pool, () =>
      behaviour({ pool, session, task, signal: pool.closing.signal }, args),
    );
  }
  if (isSynchronousOnly(name, schema))
    throw new XapiFault('Fault', `No async mode for this operation (rpc: ${name})`);
  const task = pool.createTask(call.method, call.otherConfig);
  pool.tasks.start(task.ref, (signal) =>
    settle(pool, () => behaviour({ pool, session, task: task.ref, signal }, args)),
  );
  pool.database.commit();
  return task.ref;
}

/** Commits in every case: a fault does not undo what was written before it, and reads write nothing. */
async function settle(pool: Pool, work: () => Json | Promise<Json>): Promise<Json> {
  try {
    return await work();
  } finally {
    pool.database.commit();
  }
}
