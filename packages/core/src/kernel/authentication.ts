import type { ResourceUuid } from '../model/identity.js';
import type { Resource } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';
import type { Store } from '../ports/store.js';
import type { Credentials } from './credentials.js';
import type { Caller } from './resources.js';

/** What authentication works with. */
export interface AuthenticationOptions {
  readonly store: Pick<Store, 'findByNaturalKey' | 'findAll' | 'get'>;
  readonly credentials: Credentials;
  /** The type of keys: found by their public value, with `secretDigest` and `desiredState` among their fields. */
  readonly apikey: ResourceType;
}

/** How many keys' owners are remembered. */
const REMEMBERED = 1_000;

/** Finds out whose key a request carries. Reads the store every time, so that what is revoked is so at once. */
export class Authentication {
  readonly #options: AuthenticationOptions;
  /** Whose keys were seen last: only which row to read along with the key, never what it says. */
  readonly #owners = new Map<string, ResourceUuid>();

  constructor(options: AuthenticationOptions) {
    this.#options = options;
  }

  /** Undefined for an unknown key, a wrong secret, a key that is inactive or going, and an account that is going or gone. */
  async authenticate(publicValue: string, secretValue: string): Promise<Caller | undefined> {
    const { credentials } = this.#options;
    const { key, owner } = await this.#read(publicValue);
    const spec = key?.spec as
      | { readonly secretDigest?: string; readonly desiredState?: string }
      | undefined;
    if (!credentials.matches(secretValue, spec?.secretDigest)) return undefined;
    if (key === undefined || key.deleteRequestedAt !== null || spec?.desiredState !== 'active')
      return undefined;
    const account = owner ?? (await this.#options.store.get(key.account));
    this.#remember(publicValue, key.account);
    if (account === undefined || account.removed !== null || account.deleteRequestedAt !== null)
      return undefined;
    const { kind } = account.spec as { readonly kind?: string };
    return {
      account: account.uuid,
      accountId: account.id,
      accountName: account.name ?? '',
      kind: kind === 'admin' ? 'admin' : 'user',
    };
  }

  // A key and its account are two rows: read together where it is known whose key it was the last time.
  async #read(
    publicValue: string,
  ): Promise<{ readonly key: Resource | undefined; readonly owner?: Resource }> {
    const { store, apikey } = this.#options;
    const uuid = this.#owners.get(publicValue);
    if (uuid === undefined) return { key: await store.findByNaturalKey(apikey, publicValue) };
    const wanted = [{ type: apikey, id: publicValue }, { uuid }];
    const [key, owner] = await store.findAll({ kind: 'all' }, wanted);
    // What looks like a friendly id is found by that first.
    if (key?.naturalKey !== publicValue)
      return { key: await store.findByNaturalKey(apikey, publicValue) };
    return owner?.uuid === key.account ? { key, owner } : { key };
  }

  #remember(publicValue: string, account: ResourceUuid): void {
    this.#owners.delete(publicValue);
    this.#owners.set(publicValue, account);
    if (this.#owners.size <= REMEMBERED) return;
    for (const eldest of this.#owners.keys()) {
      this.#owners.delete(eldest);
      return;
    }
  }
}
