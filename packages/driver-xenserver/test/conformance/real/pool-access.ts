import { type Json, type JsonObject, systemClock } from '@gdcloud/core';
import { Connection } from '../../../dist/client/connection.js';
import { exchangeOver } from '../../../dist/client/exchange.js';
import type { RealPoolSettings } from './settings.js';

const CALL_MS = 120_000;

/** An object with its reference. */
export interface Row {
  readonly ref: string;
  readonly record: JsonObject;
}

/** A pool as its administrator has it, past the driver: in whichever format its release speaks. */
export class PoolAccess {
  readonly #wire: Connection;
  readonly #session: string;

  private constructor(wire: Connection, session: string) {
    this.#wire = wire;
    this.#session = session;
  }

  /** Logs in. */
  static async open({ url, tls, username, password }: RealPoolSettings): Promise<PoolAccess> {
    const wire = new Connection(url, tls, systemClock);
    try {
      const login = 'session.login_with_password';
      const parameters = [username, password, '1.0', 'gdcloud conformance'];
      return new PoolAccess(wire, String(await send(wire, login, parameters)));
    } catch (error) {
      await wire.close();
      throw error;
    }
  }

  /** Calls with the session put first. */
  call(method: string, ...args: readonly Json[]): Promise<Json> {
    return send(this.#wire, method, [this.#session, ...args]);
  }

  /** All objects of a class. */
  async rows(className: string): Promise<readonly Row[]> {
    const records = objectIn(await this.call(`${className}.get_all_records`));
    return Object.entries(records).map(([ref, record]) => ({ ref, record: objectIn(record) }));
  }

  /** Logs out. */
  async close(): Promise<void> {
    await this.call('session.logout');
    await this.#wire.close();
  }
}

function send(wire: Connection, method: string, parameters: readonly Json[]): Promise<Json> {
  const signal = AbortSignal.timeout(CALL_MS);
  const exchange = { effect: 'write', headers: {}, signal, timeoutMs: CALL_MS } as const;
  return exchangeOver(wire, { method, parameters, ...exchange });
}

/** What should be an object of JSON; throws TypeError for anything else. */
export function objectIn(value: Json | undefined): JsonObject {
  if (typeof value === 'object' && value !== null && !isList(value)) return value;
  throw new TypeError(`the pool did not answer an object: ${JSON.stringify(value)}`);
}

function isList(value: JsonObject | readonly Json[]): value is readonly Json[] {
  return Array.isArray(value);
}
