import type { ResourceUuid } from '../model/identity.js';
import type { Resource } from '../model/resource.js';
import type { Clock } from '../ports/clock.js';
import type { Credentials } from './credentials.js';
import { RecentMap } from './recent-map.js';

/** How long a password that was right need not be hashed again; milliseconds. */
const KNOWN_MS = 60_000;
const MOST_KNOWN = 1_000;

interface Known {
  readonly login: ResourceUuid;
  readonly generations: string;
  readonly until: number;
}

/**
 * Remembers for a minute which passwords were right, so that a browser's every request does not cost a hash. What is
 * kept is a keyed digest of user name and password, and it holds for the login and the account exactly as they were: any
 * change of either, by whatever process, ends it.
 */
export class KnownSignIns {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #credentials: Pick<Credentials, 'digest'>;
  readonly #known = new RecentMap<string, Known>(MOST_KNOWN);

  constructor(credentials: Pick<Credentials, 'digest'>, clock: Pick<Clock, 'monotonic'>) {
    this.#credentials = credentials;
    this.#clock = clock;
  }

  has(password: string, login: Resource, account: Resource): boolean {
    const key = this.#keyOf(password, login);
    const known = this.#known.get(key);
    if (known === undefined) return false;
    const holds =
      known.login === login.uuid &&
      known.generations === generationsOf(login, account) &&
      known.until > this.#clock.monotonic();
    if (!holds) this.#known.delete(key);
    return holds;
  }

  remember(password: string, login: Resource, account: Resource): void {
    this.#known.set(this.#keyOf(password, login), {
      login: login.uuid,
      generations: generationsOf(login, account),
      until: this.#clock.monotonic() + KNOWN_MS,
    });
  }

  #keyOf(password: string, login: Resource): string {
    return this.#credentials.digest(`sign-in ${login.uuid} ${password}`);
  }
}

function generationsOf(login: Resource, account: Resource): string {
  return `${login.generation} ${account.generation}`;
}
