import { DriverFailure, driverBug, type FailureOutcome } from '../../model/errors.js';
import type { Json, JsonObject } from '../../model/json.js';
import { isObject, isText } from './json-reading.js';

const OUTCOMES: readonly FailureOutcome[] = ['rejected', 'ambiguous', 'unavailable', 'invalid'];
const LONGEST = 8_192;

/** A failure as it is sent: outcome, code, message, remedy. Its cause stays where it is. */
export function writeFailure(thrown: unknown): JsonObject {
  const { outcome, code, message, remedy } =
    thrown instanceof DriverFailure ? thrown : driverBug(thrown);
  return { outcome, code, message: message.slice(0, LONGEST), remedy: remedy.slice(0, LONGEST) };
}

/** Reads what {@link writeFailure} wrote; undefined when it is something else. */
export function parseFailure(json: Json | undefined): DriverFailure | undefined {
  if (!isObject(json)) return undefined;
  const { code, message, remedy } = json;
  const outcome = OUTCOMES.find((each) => each === json['outcome']);
  if (outcome === undefined || !isText(code, 256)) return undefined;
  if (typeof message !== 'string' || typeof remedy !== 'string') return undefined;
  return new DriverFailure(outcome, code, message, { remedy });
}
