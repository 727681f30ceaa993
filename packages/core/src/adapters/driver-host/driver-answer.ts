import { asExternalId, asUuid, parseUuid } from '../../model/identity.js';
import type { Json, JsonObject } from '../../model/json.js';
import type { Traffic } from '../../model/traffic.js';
import type {
  Accepted,
  DuplicateObject,
  Foreseen,
  Observation,
  OwnedObject,
  OwnedPage,
  WorkProgress,
} from '../../ports/driver.js';
import type { HostReport, UnmanagedServer } from '../../ports/drivers/compute.js';
import type { ElementMeter } from '../../ports/drivers/network.js';
import type { StoragePoolReport } from '../../ports/drivers/storage.js';
import { parseChange } from './driver-request.js';
import { asSent, isNumber, isObject, isText, listOf } from './json-reading.js';
import { parseFailure, writeFailure } from './wire-failure.js';

/** What a driver returned, as JSON. */
export function writeAnswer(answer: unknown): Json {
  return asSent({ result: answer });
}

/** What an observation says, as JSON: the failure in it does not survive on its own. */
export function writeObservation(seen: Observation<unknown>): Json {
  return writeAnswer(
    seen.presence === 'unknown' ? { ...seen, failure: writeFailure(seen.failure) } : seen,
  );
}

/** How a call failed, as JSON. */
export function writeFailed(thrown: unknown): Json {
  return { failure: writeFailure(thrown) };
}

/** Reads an observation. `actual` is the driver's own plain data and is taken as it comes. */
export function parseObservation<Actual>(json: Json): Observation<Actual> | undefined {
  if (!isObject(json)) return undefined;
  switch (json['presence']) {
    case 'absent':
      return { presence: 'absent' };
    case 'unknown': {
      const failure = parseFailure(json['failure']);
      return failure && { presence: 'unknown', failure };
    }
    case 'present':
      return parsePresent(json);
    default:
      return undefined;
  }
}

/** Reads what became of a change. */
export function parseAccepted(json: Json): Accepted | undefined {
  if (!isObject(json)) return undefined;
  const { external, settled, made, progress } = json;
  if (typeof settled !== 'boolean') return undefined;
  const told = parseProgress(progress);
  const accepted = {
    settled,
    ...(made === undefined ? {} : { made: textsOf(made) }),
    ...(told === undefined ? {} : { progress: told }),
  };
  if (external === undefined || external === null) return accepted;
  return isText(external, 4_096) ? { external: asExternalId(external), ...accepted } : undefined;
}

// Progress that can't be read is none: the change itself was taken on.
function parseProgress(json: Json | undefined): WorkProgress | undefined {
  if (json === undefined || !isObject(json)) return undefined;
  const { percent, message, afterMs } = json;
  return isNumber(percent) && isNumber(afterMs) && isText(message, 4_096)
    ? { percent, message, afterMs }
    : undefined;
}

/** Reads what an object would be. `actual` is taken as it comes. */
export function parseForeseen<Actual>(json: Json): Foreseen<Actual> | undefined {
  if (!isObject(json) || json['actual'] === undefined) return undefined;
  const changes = listOf(json['changes'], parseChange);
  return changes && { changes, actual: asActual(json['actual']) };
}

/** Reads a page of a listing. */
export function parsePage(json: Json): OwnedPage | undefined {
  if (!isObject(json)) return undefined;
  const objects = listOf(json['objects'], parseOwned);
  const { cursor } = json;
  if (objects === undefined || cursor === undefined) return objects && { objects };
  return isText(cursor, 4_096) ? { objects, cursor } : undefined;
}

/** What became of a question whose answer may be that there is none. */
export interface Carried {
  readonly generation: number | null;
}

/** Reads in which generation an element is carried. */
export function parseCarriedAnswer(json: Json): Carried | undefined {
  if (!isObject(json)) return undefined;
  const { generation } = json;
  return generation === null || isNumber(generation) ? { generation } : undefined;
}

/** Reads what elements of a network have carried; undefined where one can't be read, for a sum must not shrink. */
export function parseMeters(json: Json): readonly ElementMeter[] | undefined {
  return listOf(json, (each) => {
    if (!isObject(each)) return undefined;
    const element = isText(each['element']) ? parseUuid(each['element']) : undefined;
    const told = [each['in'], each['out'], each['both']].map(parseTraffic);
    if (element === undefined || told.includes('wrong')) return undefined;
    const [towards, from, both] = told.map((its) => (its === 'wrong' ? undefined : its));
    return {
      element,
      ...(towards === undefined ? {} : { in: towards }),
      ...(from === undefined ? {} : { out: from }),
      ...(both === undefined ? {} : { both }),
    };
  });
}

function parseTraffic(json: Json | undefined): Traffic | undefined | 'wrong' {
  if (json === undefined) return undefined;
  if (!isObject(json)) return 'wrong';
  const { packets, bytes } = json;
  return isNumber(packets) && isNumber(bytes) ? { packets, bytes } : 'wrong';
}

/** Reads reports of hosts. */
export function parseHosts(json: Json): readonly HostReport[] | undefined {
  return listOf(json, (each) => {
    if (!isObject(each)) return undefined;
    const { external, name, live, cpuCount, ramSizeMb, enabled } = each;
    if (!isText(external, 4_096) || typeof name !== 'string') return undefined;
    if (typeof live !== 'boolean' || typeof enabled !== 'boolean') return undefined;
    if (!isNumber(cpuCount) || !isNumber(ramSizeMb)) return undefined;
    const { storageProblem, physicalNetworks, unmanaged } = each;
    return {
      external: asExternalId(external),
      name,
      live,
      cpuCount,
      ramSizeMb,
      enabled,
      ...(typeof storageProblem === 'string' ? { storageProblem } : {}),
      ...(physicalNetworks === undefined ? {} : { physicalNetworks: textsOf(physicalNetworks) }),
      ...(unmanaged === undefined ? {} : { unmanaged: listOf(unmanaged, parseUnmanaged) ?? [] }),
    };
  });
}

function textsOf(json: Json): readonly string[] {
  return listOf(json, (each) => (isText(each) ? each : undefined)) ?? [];
}

function parseUnmanaged(json: Json): UnmanagedServer | undefined {
  if (!isObject(json)) return undefined;
  const { external, name } = json;
  if (!isText(external, 4_096) || typeof name !== 'string') return undefined;
  return { external: asExternalId(external), name };
}

/** Reads reports of shares. */
export function parsePools(json: Json): readonly StoragePoolReport[] | undefined {
  return listOf(json, (each) => {
    if (!isObject(each)) return undefined;
    const { external, name, live, problem, totalBytes, usedBytes, weight } = each;
    if (!isText(external, 4_096) || typeof name !== 'string') return undefined;
    if (typeof live !== 'boolean' || !isNumber(totalBytes) || !isNumber(usedBytes)) {
      return undefined;
    }
    return {
      external: asExternalId(external),
      name,
      live,
      totalBytes,
      usedBytes,
      ...(typeof problem === 'string' ? { problem } : {}),
      ...(isNumber(weight) ? { weight } : {}),
    };
  });
}

function parsePresent<Actual>(json: JsonObject): Observation<Actual> | undefined {
  const { external, actual, busy } = json;
  const changes = listOf(json['changes'], parseChange);
  if (!isText(external, 4_096) || actual === undefined || changes === undefined) return undefined;
  const duplicates =
    json['duplicates'] === undefined ? [] : listOf(json['duplicates'], parseDuplicate);
  if (duplicates === undefined) return undefined;
  return {
    presence: 'present',
    external: asExternalId(external),
    actual: asActual(actual),
    changes,
    ...(typeof busy === 'boolean' ? { busy } : {}),
    ...(duplicates.length > 0 ? { duplicates } : {}),
  };
}

function parseDuplicate(json: Json): DuplicateObject | undefined {
  if (!isObject(json)) return undefined;
  const { external, used } = json;
  if (!isText(external, 4_096) || (used !== 'never' && used !== 'maybe')) return undefined;
  return { external: asExternalId(external), used };
}

function parseOwned(json: Json): OwnedObject | undefined {
  if (!isObject(json)) return undefined;
  const { external, uuid, epoch } = json;
  if (!isText(external, 4_096) || !isText(uuid) || parseUuid(uuid) === undefined) return undefined;
  return isNumber(epoch)
    ? { external: asExternalId(external), uuid: asUuid(uuid), epoch }
    : undefined;
}

// What an object is like only its driver knows, and it is the same driver on both sides of the wire.
function asActual<Actual>(json: Json): Actual {
  return json as Actual;
}
