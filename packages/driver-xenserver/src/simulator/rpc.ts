import type { Json, JsonObject } from '@gdcloud/core';
import { isNullRef } from '../datamodel/ref.js';
import type { ClassSchema, MessageSchema, Schema } from '../datamodel/schema.js';
import type { XapiType } from '../datamodel/type-text.js';
import { asText, textOf } from './arguments.js';
import { hasAsyncForm } from './async-form.js';
import { ACCOUNTS } from './behaviours/accounts.js';
import { BLOBS } from './behaviours/blobs.js';
import { DEVICES } from './behaviours/devices.js';
import { EVENTS } from './behaviours/events.js';
import { HARDWARE } from './behaviours/hardware.js';
import { HOST_ANSWERS } from './behaviours/host-answers.js';
import { HOST_EVACUATION } from './behaviours/host-evacuation.js';
import { HOST_SETTINGS } from './behaviours/host-settings.js';
import { HOSTS } from './behaviours/hosts.js';
import { MESSAGES, withAnnouncements } from './behaviours/messages.js';
import { NETWORKS } from './behaviours/networks.js';
import { POOL_SERVICES } from './behaviours/pool-services.js';
import { POOL_SETTINGS } from './behaviours/pool-settings.js';
import { SESSIONS } from './behaviours/sessions.js';
import { STORAGE } from './behaviours/storage.js';
import { TASKS } from './behaviours/tasks.js';
import { UPDATES } from './behaviours/updates.js';
import { VM_COPIES } from './behaviours/vm-copies.js';
import { VM_ELSEWHERE } from './behaviours/vm-elsewhere.js';
import { VM_GROUPS } from './behaviours/vm-groups.js';
import { VM_LIFE } from './behaviours/vm-life.js';
import { VM_MEMORY } from './behaviours/vm-memory.js';
import { VM_MIGRATE } from './behaviours/vm-migrate.js';
import { VM_POWER } from './behaviours/vm-power.js';
import { VM_PROCESSORS } from './behaviours/vm-processors.js';
import { VM_PROVISION } from './behaviours/vm-provision.js';
import { VM_QUERIES } from './behaviours/vm-queries.js';
import { VM_REVERT } from './behaviours/vm-revert.js';
import { VM_START } from './behaviours/vm-start.js';
import type { Behaviour, Behaviours, CallContext } from './context.js';
import { XapiFault } from './fault.js';
import { genericBehaviour } from './generic.js';
import { answerHidden, hiddenParameters } from './hidden-messages.js';
import type { Pool } from './pool.js';
import { unmarshal } from './unmarshal.js';

/** A call as it arrives. */
export interface Call {
  readonly method: string;
  readonly parameters: readonly Json[];
  /** From the request's `X-Http-other-config-<name>` headers: what a task made by this call carries. */
  readonly otherConfig: JsonObject;
}

interface Message {
  readonly owner: ClassSchema;
  readonly schema: MessageSchema;
  readonly behaviour: Behaviour;
}

const BEHAVIOURS: Behaviours = withAnnouncements({
  ...ACCOUNTS,
  ...BLOBS,
  ...DEVICES,
  ...EVENTS,
  ...HARDWARE,
  ...HOST_ANSWERS,
  ...HOST_SETTINGS,
  ...HOSTS,
  ...HOST_EVACUATION,
  ...MESSAGES,
  ...NETWORKS,
  ...POOL_SERVICES,
  ...POOL_SETTINGS,
  ...SESSIONS,
  ...STORAGE,
  ...TASKS,
  ...UPDATES,
  ...VM_COPIES,
  ...VM_ELSEWHERE,
  ...VM_GROUPS,
  ...VM_LIFE,
  ...VM_MEMORY,
  ...VM_MIGRATE,
  ...VM_POWER,
  ...VM_PROCESSORS,
  ...VM_PROVISION,
  ...VM_QUERIES,
  ...VM_REVERT,
  ...VM_START,
});

function behaviourOf(owner: ClassSchema, message: MessageSchema): Behaviour {
  const name = `${owner.name}.${message.name}`;
  const own = Object.hasOwn(BEHAVIOURS, name) ? BEHAVIOURS[name] : undefined;
  return own ?? genericBehaviour(owner, message) ?? unknownBehaviour(name, message);
}

/** What is not simulated is refused, but not before what it is asked about is there. */
function unknownBehaviour(name: string, { parameters }: MessageSchema): Behaviour {
  return ({ pool }, args) => {
    for (const [index, { type }] of parameters.entries()) {
      const ref = asText(args[index]);
      if (type.kind === 'ref' && args[index] !== undefined && !isNullRef(ref)) {
        pool.database.get(type.class, ref);
      }
    }
    throw new XapiFault('NOT_IMPLEMENTED', name);
  };
}

interface Messages {
  /** Every message under both of its spellings: `VM.start`, `VM_start`. */
  readonly byName: ReadonlyMap<string, Message>;
  readonly names: readonly string[];
}

const KNOWN_MESSAGES = new WeakMap<Schema, Messages>();

function messagesOf({ schema }: Pool): Messages {
  const known = KNOWN_MESSAGES.get(schema);
  if (known !== undefined) return known;
  const names: string[] = [];
  const byName = new Map<string, Message>();
  for (const owner of schema.values()) {
    for (const message of owner.messages.values()) {
      const entry = { owner, schema: message, behaviour: behaviourOf(owner, message) };
      names.push(`${owner.name}.${message.name}`);
      byName.set(`${owner.name}.${message.name}`, entry);
      byName.set(`${owner.name}_${message.name}`, entry);
    }
  }
  const messages = { byName, names };
  KNOWN_MESSAGES.set(schema, messages);
  return messages;
}

/** The declared type of what a synchronous call leads to; undefined for messages that the datamodel does not name. */
export function resultType(pool: Pool, method: string): XapiType | undefined {
  return messagesOf(pool).byName.get(method)?.schema.result;
}

/** Answers what the datamodel does not name: most of it with a refusal. */
function carryOutHidden(pool: Pool, name: string, parameters: readonly Json[]): Json {
  const expected = hiddenParameters(name);
  if (expected === undefined) throw new XapiFault('MESSAGE_METHOD_UNKNOWN', name);
  if (parameters.length - 1 !== expected) throw arityFault(name, expected, parameters.length - 1);
  pool.requireSession(textOf(parameters[0]));
  return answerHidden(name);
}

function arityFault(name: string, expected: number, received: number): XapiFault {
  const counts = [String(expected), String(received)] as const;
  return new XapiFault('MESSAGE_PARAMETER_COUNT_MISMATCH', name, ...counts);
}

function assertArity(name: string, { schema }: Message, received: number): void {
  const expected = schema.parameters.filter((parameter) => parameter.required).length;
  // What follows the last optional parameter is never looked at.
  const most = schema.parameters.length > expected ? Number.POSITIVE_INFINITY : expected;
  if (received >= expected && received <= most) return;
  throw arityFault(name, expected, received);
}

/** The context of a call whose task has a reference and no row: nobody can ask for it. */
function synchronous(pool: Pool, session: string, name: string): CallContext {
  let task: string | undefined;
  return {
    pool,
    session,
    signal: pool.closing.signal,
    get task() {
      task ??= `DummyRef:|${pool.identifiers.uuid()}|${name}`;
      return task;
    },
  };
}

/** Carries out one call and commits what it wrote. Throws {@link XapiFault}. */
export async function carryOut(pool: Pool, call: Call): Promise<Json> {
  if (call.method === 'system.listMethods') return messagesOf(pool).names;
  const asynchronous = call.method.startsWith('Async.');
  const name = asynchronous ? call.method.slice('Async.'.length) : call.method;
  const message = messagesOf(pool).byName.get(name);
  if (message === undefined) return carryOutHidden(pool, name, call.parameters);
  const { owner, schema, behaviour } = message;
  assertArity(name, message, call.parameters.length - (schema.session ? 1 : 0));
  const session = schema.session ? textOf(call.parameters[0]) : '';
  const given = schema.session ? call.parameters.slice(1) : call.parameters;
  const args = unmarshal(pool.schema, owner, schema, given);
  if (schema.session) pool.requireSession(session);
  if (schema.removed) throw new XapiFault('MESSAGE_REMOVED');
  if (!asynchronous) {
    return settle(pool, () => behaviour(synchronous(pool, session, name), args));
  }
  if (!hasAsyncForm(owner, schema)) {
    throw new XapiFault('Fault', `No async mode for this operation (rpc: ${name})`);
  }
  const task = pool.createTask({ name_label: call.method, other_config: call.otherConfig });
  pool.tasks.start(task, schema.result, (signal) =>
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
