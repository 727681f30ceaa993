import { isServed, opens } from '../model/credential-standing.js';
import { PortUnavailable, RequestError } from '../model/errors.js';
import { asUuid, type ResourceUuid } from '../model/identity.js';
import type { JsonObject } from '../model/json.js';
import type { Resource } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';
import { normalUsername } from '../model/username.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus } from '../ports/event-bus.js';
import type { Store, Wanted } from '../ports/store.js';
import { callerOf } from './caller-of.js';
import type { Credentials } from './credentials.js';
import { KnownSignIns } from './known-sign-ins.js';
import { RecentMap } from './recent-map.js';
import type { Caller } from './resources.js';
import { UseNotes } from './use-notes.js';

/** What authentication works with. */
export interface AuthenticationOptions {
  readonly store: Pick<Store, 'findByNaturalKey' | 'findAll' | 'get' | 'change' | 'noteUse'>;
  readonly events: Pick<EventBus, 'publish'>;
  readonly clock: Clock;
  readonly credentials: Credentials;
  /** The type of keys: found by their public value. */
  readonly apikey: ResourceType;
  /** The type of people who sign in: found by their user name in its normal form. */
  readonly login: ResourceType;
}

/** How many names are remembered with their owners. */
const REMEMBERED = 1_000;

/** Whose account there is not. */
const NOBODY = { account: asUuid('00000000-0000-8000-a000-0000000000ff') };

/** What the secret of a key is checked against; fields may be missing in rows of earlier releases. */
interface KeyDigests {
  readonly secretDigest?: string | null;
  readonly previousDigest?: string | null;
  readonly previousUntil?: number | null;
}

/** Whose name it was the last time: only which rows to read together, never what they say. */
interface Remembered {
  readonly kind: 'key' | 'login';
  readonly account: ResourceUuid;
}

/** The rows that are called by a name. */
interface Found {
  readonly key?: Resource | undefined;
  readonly login?: Resource | undefined;
  /** The account of whose name it was the last time. */
  readonly account?: Resource | undefined;
}

/**
 * Finds out whose key or user name a request carries. Reads the store every time, so that what is revoked is so at once.
 * A key never waits for passwords: one is hashed only where no key is called by the name.
 *
 * What the time of an answer tells (security.md T8). Not whether a user name is somebody's, nor whether they signed in
 * lately: both cost the reads and the hash of a name that is nobody's. But whether a key is called by a name, and was
 * used lately: a wrong secret of a key is not worth a hash, which would let keys be tried at the cost of those who sign
 * in. Names of keys are public values; ours are 20 random letters, and one such as `admin` has to be reckoned known.
 */
export class Authentication {
  readonly #options: AuthenticationOptions;
  readonly #remembered = new RecentMap<string, Remembered>(REMEMBERED);
  readonly #signIns: KnownSignIns;
  readonly #uses: UseNotes;

  constructor(options: AuthenticationOptions) {
    this.#options = options;
    this.#signIns = new KnownSignIns(options.credentials, options.clock);
    this.#uses = new UseNotes(options);
  }

  /**
   * Undefined for an unknown name, a wrong secret, what is inactive, expired or going, and an account that is going or
   * gone. Throws TooManySignIns while more passwords wait to be checked than soon can be.
   */
  async authenticate(name: string, secret: string): Promise<Caller | undefined> {
    if (name === '' || secret === '') return undefined;
    const { store, login: type } = this.#options;
    const { key, login, account } = await this.#find(name);
    if (key !== undefined && this.#isOpenedBy(secret, key))
      return this.#admitted(name, 'key', key, await this.#accountOf(key, account));
    if (login !== undefined && account !== undefined && account.uuid === login.account) {
      const known = this.#knownSignIn(name, secret, login, account);
      if (known !== 'unknown') return known.caller;
    }
    // Read anew though it may be remembered: names that signed in lately would cost fewer reads than others.
    const person = await store.findByNaturalKey(type, normalUsername(name));
    if (person === undefined && key !== undefined) return undefined;
    return this.#signIn(name, secret, person);
  }

  #knownSignIn(
    name: string,
    password: string,
    login: Resource,
    owner: Resource,
  ): 'unknown' | { readonly caller: Caller | undefined } {
    if (!this.#signIns.has(password, login, owner)) return 'unknown';
    const isOpen = opens(login, this.#options.clock.now());
    return { caller: isOpen ? this.#admitted(name, 'login', login, owner) : undefined };
  }

  // A name and its account are two rows: read together where it is known whose name it was the last time.
  async #find(name: string): Promise<Found> {
    const { store, apikey, login: loginType } = this.#options;
    const remembered = this.#remembered.get(name);
    if (remembered === undefined) return { key: await store.findByNaturalKey(apikey, name) };
    const username = normalUsername(name);
    const wanted: readonly Wanted[] = [
      { type: apikey, id: name },
      { uuid: remembered.account },
      ...(remembered.kind === 'login' ? [{ type: loginType, id: username }] : []),
    ];
    const [key, account, login] = await store.findAll({ kind: 'all' }, wanted);
    // What looks like a friendly id was found by that first.
    return {
      account,
      key: key?.naturalKey === name ? key : await this.#keyOf(name, key),
      login: login?.naturalKey === username ? login : undefined,
    };
  }

  async #keyOf(name: string, other: Resource | undefined): Promise<Resource | undefined> {
    const { store, apikey } = this.#options;
    return other === undefined ? undefined : store.findByNaturalKey(apikey, name);
  }

  async #accountOf(
    { account }: Pick<Resource, 'account'>,
    known: Resource | undefined,
  ): Promise<Resource | undefined> {
    return known?.uuid === account ? known : this.#options.store.get(account);
  }

  #isOpenedBy(secret: string, key: Resource): boolean {
    const { credentials, clock } = this.#options;
    const { secretDigest, previousDigest, previousUntil } = key.spec as KeyDigests;
    const now = clock.now();
    const inGrace = typeof previousUntil === 'number' && now < previousUntil;
    const previous = inGrace ? previousDigest : undefined;
    const isOpened = credentials.matches(secret, secretDigest ?? undefined, previous ?? undefined);
    return isOpened && opens(key, now);
  }

  async #signIn(
    name: string,
    password: string,
    login: Resource | undefined,
  ): Promise<Caller | undefined> {
    const { credentials, store, clock } = this.#options;
    // Looked for where there is no login as well: a read more or less would tell.
    const owner = await store.get((login ?? NOBODY).account);
    if (login !== undefined && owner !== undefined) {
      const known = this.#knownSignIn(name, password, login, owner);
      if (known !== 'unknown') return known.caller;
    }
    const verdict = await credentials.checkPassword(password, digestOf(login));
    if (login === undefined || verdict === 'wrong') return undefined;
    // Hashing took its time: what was changed meanwhile holds.
    const [now, account] = await store.findAll({ kind: 'all' }, [
      { uuid: login.uuid },
      { uuid: login.account },
    ]);
    if (!opens(now, clock.now()) || digestOf(now) !== digestOf(login)) return undefined;
    const opened = verdict === 'outdated' ? await this.#digestedAnew(now, password) : now;
    const caller = this.#admitted(name, 'login', opened, account);
    if (caller !== undefined && account !== undefined)
      this.#signIns.remember(password, opened, account);
    return caller;
  }

  // Not worth failing for: the next sign-in tries again.
  async #digestedAnew(login: Resource, password: string): Promise<Resource> {
    const { credentials, store, clock, events } = this.#options;
    try {
      const passwordDigest = await credentials.passwordDigest(password);
      const renewed = await store.change(login.uuid, login.generation, {
        spec: { ...(login.spec as JsonObject), passwordDigest },
        event: {
          at: clock.now(),
          what: 'password digested anew',
          why: 'digests cost something else by now',
          result: 'update',
        },
      });
      if (renewed === undefined) return login;
      events.publish({ uuid: login.uuid, account: login.account, reason: 'changed' });
      return renewed;
    } catch (thrown) {
      if (thrown instanceof RequestError || thrown instanceof PortUnavailable) return login;
      throw thrown;
    }
  }

  #admitted(
    name: string,
    kind: Remembered['kind'],
    opened: Resource,
    account: Resource | undefined,
  ): Caller | undefined {
    const known = this.#remembered.get(name);
    if (known?.kind !== kind || known.account !== opened.account)
      this.#remembered.set(name, { kind, account: opened.account });
    if (!isServed(account)) return undefined;
    this.#uses.note(opened);
    return callerOf(account, opened);
  }
}

function digestOf(login: Resource | undefined): string | undefined {
  const spec = login?.spec as { readonly passwordDigest?: string | null } | undefined;
  return spec?.passwordDigest ?? undefined;
}
