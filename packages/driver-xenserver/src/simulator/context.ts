import type { Json } from '@gdcloud/core';
import type { Pool } from './pool.js';

/** What a message's behaviour gets to know of its call. */
export interface CallContext {
  readonly pool: Pool;
  /** The caller's session; empty for the calls that need none. */
  readonly session: string;
  /** The task that runs this call; made up for synchronous calls, when it is first asked for. */
  readonly task: string;
  /** Aborts when the task is cancelled or the simulator closes. */
  readonly signal: AbortSignal;
}

/** What a message does. Arguments come without the session, in the wire's form, as many as the message has. */
export type Behaviour = (context: CallContext, args: readonly Json[]) => Json | Promise<Json>;

/** Behaviours by full message name: `VM.start`. */
export type Behaviours = Readonly<Record<string, Behaviour>>;
