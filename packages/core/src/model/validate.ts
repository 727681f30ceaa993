import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { ErrorCode } from './error-catalogue.js';
import { RequestError } from './errors.js';
import type { Field, Fields } from './field.js';
import { FORMAT_WORDS, FORMATS } from './format.js';
import type { Json, JsonObject } from './json.js';
import { bodySchema, type Direction, writableFields } from './json-schema.js';

/** A body whose values all fit their fields: only writable fields, with defaults filled in where it creates. */
export type Validated = JsonObject;

/** Checks bodies against one set of fields. Compiled once; checking allocates little and changes nothing. */
export class BodyValidator {
  readonly #fields: Fields;
  readonly #direction: Direction;
  readonly #check: ValidateFunction;

  constructor(fields: Fields, direction: Direction) {
    this.#fields = writableFields(fields, direction);
    this.#direction = direction;
    this.#check = compiler().compile(bodySchema(fields, direction));
  }

  /**
   * Takes the known fields of `body`. The rules that every old client needs apply here: unknown and read-only fields
   * are ignored, and `""` is null for all but text (reference/gdapi.md, rules 11 and 12).
   * Throws a {@link RequestError} that names the first wrong field, with all of them in `detail`.
   */
  parse(body: JsonObject): Validated {
    const taken: Record<string, Json> = {};
    for (const [name, field] of Object.entries(this.#fields)) {
      const value = Object.hasOwn(body, name) ? body[name] : undefined;
      if (value === undefined) {
        const missing = this.#direction === 'update' ? undefined : defaultOf(field);
        if (missing !== undefined) taken[name] = missing;
      } else {
        taken[name] = normalise(field, value);
      }
    }
    if (!this.#check(taken)) throw refusal(this.#fields, taken, this.#check.errors ?? []);
    for (const [name, field] of Object.entries(this.#fields))
      refuseBrokenText(name, field, taken[name]);
    return taken;
  }
}

let shared: Ajv2020 | undefined;

function compiler(): Ajv2020 {
  if (shared === undefined) {
    shared = new Ajv2020({
      allErrors: true,
      strict: true,
      strictTypes: false,
      ownProperties: true,
    });
    for (const [name, validate] of Object.entries(FORMATS))
      shared.addFormat(name, { type: 'string', validate });
  }
  return shared;
}

function defaultOf(field: Field): Json | undefined {
  if (field.default !== undefined) return field.default;
  return field.required === true ? undefined : null;
}

function normalise(field: Field, value: Json): Json {
  if (value === '' && field.kind !== 'string' && field.kind !== 'password') return null;
  // Ids are text on the wire, and people type them as the numbers they look like.
  if (
    field.kind === 'reference' &&
    typeof value === 'number' &&
    Number.isSafeInteger(value) &&
    value >= 0
  ) {
    return String(value);
  }
  if (field.kind === 'date' && typeof value === 'string') {
    const moment = Date.parse(value);
    return Number.isNaN(moment) ? value : moment;
  }
  return value;
}

function refuseBrokenText(name: string, field: Field, value: Json | undefined): void {
  // Databases end a text at a NUL, or refuse it.
  if (typeof value === 'string' && /\p{Surrogate}|\0/u.test(value)) {
    throw new RequestError('InvalidCharacters', `${name} is not well-formed Unicode without NUL`, {
      fieldName: name,
    });
  }
  if (Array.isArray(value) && field.element !== undefined) {
    for (const item of value) refuseBrokenText(name, field.element, item);
  }
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  required: 'MissingRequired',
  enum: 'InvalidOption',
  minimum: 'MinLimitExceeded',
  maximum: 'MaxLimitExceeded',
  minLength: 'MinLengthExceeded',
  maxLength: 'MaxLengthExceeded',
  minItems: 'MinLengthExceeded',
  maxItems: 'MaxLengthExceeded',
  pattern: 'InvalidCharacters',
};

interface Fault {
  readonly code: ErrorCode;
  readonly fieldName: string;
  readonly message: string;
}

function refusal(fields: Fields, body: JsonObject, errors: readonly ErrorObject[]): RequestError {
  const faults = new Map<string, Fault>();
  for (const error of errors) {
    const fault = faultOf(fields, body, error);
    // A nullable field that fails reports its null branch too, later: the first report is the telling one.
    if (fault !== undefined && !faults.has(fault.fieldName)) faults.set(fault.fieldName, fault);
  }
  const first = faults.values().next().value;
  if (first === undefined)
    return new RequestError('InvalidBodyContent', 'the body must be a JSON object');
  return new RequestError(first.code, first.message, {
    fieldName: first.fieldName,
    detail: [...faults.values()].map((fault) => fault.message).join('; '),
  });
}

function faultOf(fields: Fields, body: JsonObject, error: ErrorObject): Fault | undefined {
  if (error.keyword === 'required') {
    const fieldName = String(error.params['missingProperty']);
    return { code: 'MissingRequired', fieldName, message: `${fieldName} is required` };
  }
  const fieldName = error.instancePath.split('/')[1]?.replaceAll('~1', '/').replaceAll('~0', '~');
  if (fieldName === undefined || error.keyword === 'anyOf') return undefined;
  if (body[fieldName] === null) {
    return fields[fieldName]?.required === true && error.keyword === 'type'
      ? { code: 'NotNullable', fieldName, message: `${fieldName} must not be null` }
      : {
          code: 'NotNullable',
          fieldName,
          message: `${fieldName} must not be null; leave it out for its default`,
        };
  }
  const field = fields[fieldName];
  const options = field?.options === undefined ? '' : `: ${field.options.join(', ')}`;
  const rule =
    error.keyword === 'format'
      ? `must be ${field?.format === undefined ? 'well-formed' : FORMAT_WORDS[field.format]}`
      : `${error.message ?? 'is wrong'}${options}`;
  return {
    code: CODES[error.keyword] ?? 'InvalidFormat',
    fieldName,
    message: `${fieldName} ${rule}`,
  };
}
