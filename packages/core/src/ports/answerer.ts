import type { JsonObject } from '../model/json.js';
import type { Resource } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';

/** Answers one question of a type: see QuestionDeclaration. */
export interface Answerer<T extends ResourceType = ResourceType> {
  readonly type: T;
  /** Its name in the declaration. */
  readonly question: string;
  /** Throws RequestError for what the caller can mend, DriverFailure where a backend does not answer. */
  answer(asked: Asked<T>): Promise<Answered>;
}

/** A question of a caller who may ask it, about a resource for which it makes sense now. */
export interface Asked<T extends ResourceType = ResourceType> {
  readonly resource: Resource<T>;
  /** Checked against the declaration. */
  readonly input: { readonly [name: string]: unknown };
  /** The account of who asks, which need not be the resource's. */
  readonly account: Resource['account'];
  /** The key or the login that opened the API to them; absent where the embedding program vouches for them. */
  readonly key?: Resource['uuid'] | undefined;
}

/** What is answered. */
export interface Answered {
  /** As the declaration's `output` says. */
  readonly fields: JsonObject;
  /** Fields that are WebSocket URLs of this cloud, as paths under the version of the API: `consoles/…`. */
  readonly sockets?: { readonly [field: string]: string };
}
