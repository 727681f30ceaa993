import { setMaxListeners } from 'node:events';
import type { Json } from '@gdcloud/core';
import { originAt, originsOf } from './addresses.js';
import { readAnswer } from './answers.js';
import type { ApiVersion } from './api-version.js';
import { exchangeOver } from './exchange.js';
import { PoolDiffers } from './pool-differs.js';
import type { Secrets } from './secrets.js';
import { TransportError } from './transport-error.js';
import type { Connect, Wire } from './wire.js';
import { isXapiError, XapiError } from './xapi-error.js';

/** Who logs in, and where. */
export interface Credentials {
  /** Of members of the pool: one is enough, it names the others. */
  readonly url: string | readonly string[];
  readonly username: string;
  readonly password: string;
  /** Names the sessions' owner in the pool: session limits count by it. */
  readonly originator: string;
}

/** A login at the pool's master. */
export interface Session {
  readonly wire: Wire;
  readonly ref: string;
  /** Counts the logins of this client: references learnt in an earlier one may be void. */
  readonly login: number;
  /** What the master speaks; absent when it does not say. */
  readonly api?: ApiVersion | undefined;
}

/** How long each step of a search may take, in milliseconds. */
const STEP_TIMEOUT_MS = 10_000;
const LOGOUT_TIMEOUT_MS = 2_000;
/** Why the other attempts of a round end; made once, since every login ends a round. */
const OVER = new Error('this round of the search is over');
/** A slave names its master; one that names ever others is not followed further. */
const REDIRECTS = 2;

/**
 * Finds the pool's master among all addresses known and logs in there. Nobody tells when high availability has made
 * another host the master, so every member is asked: it is the master, or it names the master.
 */
export class MasterSearch {
  readonly #credentials: Credentials;
  readonly #connect: Connect;
  readonly #secrets: Secrets;
  readonly #configured: readonly string[];
  /** As the pool's host records had them last. Replaced as a whole: an ejected host must not stay among them. */
  #learned: readonly string[] = [];
  #pool: string | undefined;
  #logins = 0;

  constructor(credentials: Credentials, connect: Connect, secrets: Secrets) {
    this.#secrets = secrets;
    this.#credentials = credentials;
    this.#connect = connect;
    this.#configured = originsOf(credentials.url);
  }

  /**
   * Logs in at the master: at `likely` if that is it, else wherever it is. Throws what the host that said most said:
   * a refusal of the user before one of the pool before silence.
   */
  async find(likely: string | undefined): Promise<Session> {
    const tried = new Set<string>();
    const errors: unknown[] = [];
    // What a URL of the configuration leads to may have left the pool, so it comes after the pool's own word.
    const rounds = [[likely ?? this.#configured[0] ?? ''], this.#learned, this.#configured];
    for (const round of rounds) {
      const fresh = round.filter((origin) => !tried.has(origin));
      for (const origin of fresh) tried.add(origin);
      const over = new AbortController();
      setMaxListeners(0, over.signal);
      const attempts = fresh.map((origin) => this.#enter(origin, tried, over.signal));
      try {
        return await Promise.any(attempts);
      } catch (error) {
        errors.push(...(error instanceof AggregateError ? error.errors : [error]));
      } finally {
        // A slower one that logs in nevertheless leaves a session that ages away.
        over.abort(OVER);
      }
      if (errors.some(isRefused)) break;
    }
    throw errors.sort((left, right) => weight(right) - weight(left))[0];
  }

  async #enter(first: string, tried: Set<string>, over: AbortSignal): Promise<Session> {
    let origin = first;
    for (let redirects = 0; ; redirects += 1) {
      const wire = this.#connect(origin);
      try {
        const session = await this.#logIn(wire, over);
        if (!over.aborted) return session;
        await leave(session);
        throw new TransportError('unsent', 'read', 'another host is the master');
      } catch (error) {
        wire.close().catch(() => undefined);
        if (!isXapiError(error, 'HOST_IS_SLAVE') || redirects >= REDIRECTS) throw error;
        const master = originAt(error.parameters[0] ?? '', origin);
        if (tried.has(master)) throw error;
        tried.add(master);
        origin = master;
      }
    }
  }

  async #logIn(wire: Wire, over: AbortSignal): Promise<Session> {
    const { username, password, originator } = this.#credentials;
    const login = 'session.login_with_password';
    const ref = await step(wire, login, [username, password, '1.0', originator], over);
    if (typeof ref !== 'string') throw new SyntaxError('a login answered no session');
    this.#secrets.add(ref);
    try {
      const api = await this.#meet(wire, ref, over);
      this.#logins += 1;
      return { wire, ref, login: this.#logins, api };
    } catch (error) {
      if (error instanceof PoolDiffers) await leave({ wire, ref });
      throw error;
    }
  }

  /** Makes sure that it is the pool of before, and learns where its members are and what its master speaks. */
  async #meet(wire: Wire, session: string, over: AbortSignal): Promise<ApiVersion | undefined> {
    const pools = readAnswer(
      'pool.get_all_records',
      await step(wire, 'pool.get_all_records', [session], over),
    );
    const [pool] = Object.values(pools);
    const found = pool?.uuid;
    if (this.#pool !== undefined && found !== undefined && found !== this.#pool) {
      throw new PoolDiffers(wire.origin, this.#pool, found);
    }
    const hosts = readAnswer(
      'host.get_all_records',
      await step(wire, 'host.get_all_records', [session], over),
    );
    this.#pool ??= found;
    this.#learned = Object.values(hosts)
      .filter(({ address }) => address !== '')
      .map(({ address }) => originAt(address, wire.origin));
    const master = hosts[pool?.master ?? ''];
    return master && { major: master.API_version_major, minor: master.API_version_minor };
  }
}

/** A login counts as a read: a session that was made though its reply is lost ages away by itself. */
function step(
  wire: Wire,
  method: string,
  parameters: readonly Json[],
  signal: AbortSignal,
): Promise<Json> {
  const timeoutMs = STEP_TIMEOUT_MS;
  return exchangeOver(wire, { method, parameters, effect: 'read', headers: {}, signal, timeoutMs });
}

/** Logs out as well as it can, and closes the wire. Never rejects: a session that stays ages away. */
export async function leave({ wire, ref }: Pick<Session, 'wire' | 'ref'>): Promise<void> {
  try {
    await exchangeOver(wire, {
      method: 'session.logout',
      parameters: [ref],
      effect: 'read',
      headers: {},
      signal: new AbortController().signal,
      timeoutMs: LOGOUT_TIMEOUT_MS,
    });
  } catch {
    // Nobody waits for it.
  }
  await wire.close().catch(() => undefined);
}

/** XAPI punishes wrong passwords by a delay, and asking other members would only repeat it. */
export function isRefused(error: unknown): error is XapiError {
  return isXapiError(
    error,
    'SESSION_AUTHENTICATION_FAILED',
    'SESSION_AUTHORIZATION_FAILED',
    'RBAC_PERMISSION_DENIED',
  );
}

function weight(error: unknown): number {
  if (isRefused(error)) return 4;
  if (error instanceof PoolDiffers) return 3;
  if (error instanceof XapiError) return 2;
  return error instanceof TransportError ? 0 : 1;
}
