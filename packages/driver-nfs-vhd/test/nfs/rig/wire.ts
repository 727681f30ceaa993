import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** What one side can do for the other, by the name of the call. */
export type Handlers = Readonly<
  Record<string, (...parameters: readonly never[]) => Promise<unknown>>
>;

/** Calls that go both ways over one connection: a line of JSON each, bytes as base64, errors with all that is on them. */
export interface Wire {
  call(name: string, ...parameters: readonly unknown[]): Promise<unknown>;
  /** Settles once the other side has gone; whatever was called and not answered is rejected then. */
  readonly ended: Promise<void>;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (thrown: unknown) => void;
}

type Message =
  | { readonly id: number; readonly name: string; readonly parameters: readonly unknown[] }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly message: string } };

export function wireOn(socket: Socket, handlers: Handlers = {}): Wire {
  const waiting = new Map<number, Waiting>();
  let last = 0;
  const send = (message: object): void => {
    if (!socket.destroyed) socket.write(`${JSON.stringify(message, encoded)}\n`);
  };
  const answer = async (
    id: number,
    name: string,
    parameters: readonly unknown[],
  ): Promise<void> => {
    try {
      const handler = handlers[name];
      if (handler === undefined) throw new Error(`nobody answers ${name}`);
      send({ id, result: await handler(...(parameters as readonly never[])) });
    } catch (thrown) {
      send({ id, error: portable(thrown) });
    }
  };
  createInterface({ input: socket }).on('line', (line) => {
    const message = JSON.parse(line, decoded) as Message;
    if ('name' in message) return void answer(message.id, message.name, message.parameters);
    const caller = waiting.get(message.id);
    waiting.delete(message.id);
    if ('error' in message)
      caller?.reject(Object.assign(new Error(message.error.message), message.error));
    else caller?.resolve(message.result);
  });
  socket.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => {
    socket.on('close', () => {
      for (const { reject } of waiting.values()) reject(new Error('the other side has gone'));
      waiting.clear();
      resolve();
    });
  });
  return {
    ended,
    call: (name, ...parameters) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) return reject(new Error('the other side has gone'));
        last += 1;
        waiting.set(last, { resolve, reject });
        send({ id: last, name, parameters });
      }),
  };
}

/** Connects from the guest to the host, says who it is, and serves. */
export function serveHost(port: number, name: string, handlers: Handlers): void {
  const socket = connect(port, '10.0.2.2', () => {
    socket.setNoDelay();
    socket.write(`${name}\n`);
    wireOn(socket, handlers);
  });
}

function portable(thrown: unknown): object {
  if (!(thrown instanceof Error)) return { message: String(thrown) };
  const more = Object.fromEntries(Object.entries(thrown));
  return { ...more, name: thrown.name, message: thrown.message };
}

// A Buffer has become { type: 'Buffer', data } by the time a replacer sees it; other views are seen as they are.
function encoded(this: unknown, key: string, value: unknown): unknown {
  const raw: unknown = (this as Readonly<Record<string, unknown>>)[key];
  return raw instanceof Uint8Array ? { base64: Buffer.from(raw).toString('base64') } : value;
}

function decoded(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('base64' in value)) return value;
  return Buffer.from(String(value.base64), 'base64');
}
