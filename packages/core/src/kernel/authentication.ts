import type { ResourceType } from '../model/resource-type.js';
import type { Store } from '../ports/store.js';
import type { Credentials } from './credentials.js';
import type { Caller } from './resources.js';

/** What authentication works with. */
export interface AuthenticationOptions {
  readonly store: Pick<Store, 'findByNaturalKey' | 'get'>;
  readonly credentials: Credentials;
  /** The type of keys: found by their public value, with `secretDigest` and `desiredState` among their fields. */
  readonly apikey: ResourceType;
}

/** Finds out whose key a request carries. Reads the store every time, so that what is revoked is so at once. */
export class Authentication {
  readonly #options: AuthenticationOptions;

  constructor(options: AuthenticationOptions) {
    this.#options = options;
  }

  /** Undefined for an unknown key, a wrong secret, a key that is inactive or going, and an account that is going or gone. */
  async authenticate(publicValue: string, secretValue: string): Promise<Caller | undefined> {
    const { store, apikey, credentials } = this.#options;
    const key = await store.findByNaturalKey(apikey, publicValue);
    const spec = key?.spec as
      | { readonly secretDigest?: string; readonly desiredState?: string }
      | undefined;
    if (!credentials.matches(secretValue, spec?.secretDigest)) return undefined;
    if (key === undefined || key.deleteRequestedAt !== null || spec?.desiredState !== 'active')
      return undefined;
    const account = await store.get(key.account);
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
}
