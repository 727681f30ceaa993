import { AskedBefore, RequestError } from '../model/errors.js';
import { asUuid, type ResourceUuid } from '../model/identity.js';
import { canonicalJson, type Json } from '../model/json.js';
import type { WriteRecords } from '../ports/write-records.js';
import type { RequestKey } from './request-records.js';

/** A request that may have been sent before. */
export interface RepeatableRequest {
  readonly account: ResourceUuid;
  /** Absent: it is carried out each time. */
  readonly idempotencyKey: string | undefined;
  /** All that makes it this request: what is asked, of what, and with what. */
  readonly content: Json;
}

/**
 * Carries requests with an idempotency key out once. Which of several at the same moment is the one, the store decides in
 * the unit that carries it out; all others are answered with what came of that.
 */
export class AskedOnce {
  readonly #records: Pick<WriteRecords, 'carriedOut'>;
  readonly #digest: (text: string) => string;
  readonly #inFlight = new Set<string>();

  /**
   * `digest` is keyed: requests may have passwords in them, which whoever reads the database must not be able to guess by
   * what their digests are.
   */
  constructor(records: Pick<WriteRecords, 'carriedOut'>, digest: (text: string) => string) {
    this.#records = records;
    this.#digest = digest;
  }

  /**
   * Runs `work`, which puts its key on record with what it writes; or, where that has been done before, `again` with the
   * resource of then. Throws what they throw, IdempotencyKeyReused and IdempotencyKeyInUse.
   */
  async once<Result>(
    request: RepeatableRequest,
    work: (key: RequestKey | undefined) => Promise<Result>,
    again: (resource: ResourceUuid) => Promise<Result>,
  ): Promise<Result> {
    const { account, idempotencyKey, content } = request;
    if (idempotencyKey === undefined) return work(undefined);
    const key = {
      account,
      key: this.#digest(`idempotency key\n${idempotencyKey}`),
      digest: this.#digest(`request\n${canonicalJson(content)}`),
    };
    const name = `${account} ${key.key}`;
    if (this.#inFlight.has(name)) {
      throw new RequestError(
        'IdempotencyKeyInUse',
        'the first request with this Idempotency-Key is being carried out',
      );
    }
    this.#inFlight.add(name);
    try {
      const known = await this.#records.carriedOut(account, key.key);
      if (known !== undefined) return await again(same(known, key));
      return await this.#first(key, work, again);
    } finally {
      this.#inFlight.delete(name);
    }
  }

  async #first<Result>(
    key: RequestKey,
    work: (key: RequestKey) => Promise<Result>,
    again: (resource: ResourceUuid) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await work(key);
    } catch (thrown) {
      if (thrown instanceof AskedBefore) return again(same(thrown, key));
      if (!(thrown instanceof RequestError)) throw thrown;
      // What the other one of two at the same moment has made may be what this one was refused for.
      const known = await this.#records.carriedOut(key.account, key.key);
      if (known === undefined) throw thrown;
      return again(same(known, key));
    }
  }
}

function same(known: Pick<AskedBefore, 'digest' | 'resource'>, key: RequestKey): ResourceUuid {
  if (known.digest === key.digest) return asUuid(known.resource);
  throw new RequestError(
    'IdempotencyKeyReused',
    'another request was sent with this Idempotency-Key before',
  );
}
