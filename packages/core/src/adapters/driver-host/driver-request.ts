import {
  asExternalId,
  asFence,
  asOperationKey,
  type Fence,
  type OperationKey,
  parseUuid,
  type ResourceUuid,
} from '../../model/identity.js';
import type { Json, JsonObject } from '../../model/json.js';
import type { Change, ObjectKey } from '../../ports/driver.js';
import { asSent, isNumber, isObject, isText } from './json-reading.js';
import { type NetworkQuestion, parseQuestion } from './network-questions.js';
import { type PairRequest, parsePair } from './pair-message.js';
import { parseUpkeep, type UpkeepMessage } from './upkeep-message.js';

/** A call of a driver. */
export type DriverRequest =
  | {
      readonly verb: 'observe';
      readonly driver: string;
      readonly key: ObjectKey;
      readonly desired?: unknown;
    }
  | {
      readonly verb: 'create';
      readonly driver: string;
      readonly key: ObjectKey;
      readonly desired: unknown;
    }
  | {
      readonly verb: 'update';
      readonly driver: string;
      readonly key: ObjectKey;
      readonly desired: unknown;
      readonly change: Change;
    }
  | {
      readonly verb: 'delete' | 'quarantine';
      readonly driver: string;
      readonly key: ObjectKey;
    }
  | { readonly verb: 'foresee'; readonly driver: string; readonly desired: unknown }
  | { readonly verb: 'list'; readonly driver: string; readonly cursor?: string | undefined }
  | {
      readonly verb: 'carried';
      readonly network: ResourceUuid;
      readonly element: ResourceUuid;
    }
  | { readonly verb: 'meters'; readonly network: ResourceUuid }
  | NetworkQuestion
  | PairRequest
  | UpkeepMessage
  | { readonly verb: 'hosts' }
  | { readonly verb: 'pools' };

/** A request with what belongs to its {@link DriverCall}; deadline and id are the envelope's. */
export interface RequestBody {
  readonly request: DriverRequest;
  readonly fence: Fence;
  readonly operation: OperationKey;
  readonly trace?: string | undefined;
}

const LOOKS: ReadonlySet<DriverRequest['verb']> = new Set([
  'observe',
  'foresee',
  'list',
  'hosts',
  'pools',
  'carried',
  'meters',
  'isolation',
  'plantext',
  'standing',
  'holdings',
  // It does nothing outside, and where it is lost, another follows.
  'permit',
]);

/** Whether a request may change something. */
export function isMutation({ verb }: DriverRequest): boolean {
  return !LOOKS.has(verb);
}

/** A request as JSON. */
export function writeRequest({ request, fence, operation, trace }: RequestBody): Json {
  return asSent({ request, fence, operation, trace });
}

/** Reads what {@link writeRequest} wrote; undefined when it is something else. What is desired is the driver's to judge. */
export function parseRequest(json: Json): RequestBody | undefined {
  if (!isObject(json)) return undefined;
  const { fence, operation, trace } = json;
  const request = isObject(json['request']) ? parseCall(json['request']) : undefined;
  if (request === undefined || typeof fence !== 'string' || typeof operation !== 'string') {
    return undefined;
  }
  if (fence.length > 256 || operation.length > 4_096) return undefined;
  const call = { request, fence: asFence(fence), operation: asOperationKey(operation) };
  if (trace === undefined) return call;
  return isText(trace, 256) ? { ...call, trace } : undefined;
}

function parseCall(json: JsonObject): DriverRequest | undefined {
  const { verb, driver, desired, cursor } = json;
  if (verb === 'hosts' || verb === 'pools') return { verb };
  if (verb === 'upkeep') return parseUpkeep(json);
  if (verb === 'carried') return parseCarried(json);
  if (verb === 'meters') return parseMeters(json);
  if (verb === 'isolation' || verb === 'plantext') return parseQuestion(json);
  if (verb === 'standing' || verb === 'holdings' || verb === 'permit') return parsePair(json);
  if (!isText(driver, 256)) return undefined;
  switch (verb) {
    case 'foresee':
      return desired === undefined ? undefined : { verb, driver, desired };
    case 'list':
      if (cursor === undefined) return { verb, driver };
      return isText(cursor, 4_096) ? { verb, driver, cursor } : undefined;
    default:
      return parseKeyed(json, driver);
  }
}

function parseCarried(json: JsonObject): DriverRequest | undefined {
  const network = uuidOf(json['network']);
  const element = uuidOf(json['element']);
  return network && element && { verb: 'carried', network, element };
}

function parseMeters(json: JsonObject): DriverRequest | undefined {
  const network = uuidOf(json['network']);
  return network && { verb: 'meters', network };
}

function uuidOf(json: Json | undefined): ResourceUuid | undefined {
  return isText(json) ? parseUuid(json) : undefined;
}

function parseKeyed(json: JsonObject, driver: string): DriverRequest | undefined {
  const { verb, desired } = json;
  const key = parseKey(json['key']);
  if (key === undefined) return undefined;
  switch (verb) {
    case 'observe':
      return desired === undefined ? { verb, driver, key } : { verb, driver, key, desired };
    case 'create':
      return desired === undefined ? undefined : { verb, driver, key, desired };
    case 'update': {
      const change = parseChange(json['change']);
      return change === undefined || desired === undefined
        ? undefined
        : { verb, driver, key, desired, change };
    }
    case 'delete':
    case 'quarantine':
      return { verb, driver, key };
    default:
      return undefined;
  }
}

function parseKey(json: Json | undefined): ObjectKey | undefined {
  if (!isObject(json)) return undefined;
  const { epoch, external } = json;
  const uuid = uuidOf(json['uuid']);
  if (uuid === undefined || !isNumber(epoch) || !Number.isInteger(epoch)) return undefined;
  if (external === undefined) return { uuid, epoch };
  return isText(external, 4_096) ? { uuid, epoch, external: asExternalId(external) } : undefined;
}

/** Reads one difference. */
export function parseChange(json: Json | undefined): Change | undefined {
  if (!isObject(json)) return undefined;
  const { field, desired, actual } = json;
  if (!isText(field) || desired === undefined || actual === undefined) return undefined;
  return { field, desired, actual };
}
