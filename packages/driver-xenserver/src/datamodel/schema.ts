import type { ClassSchema, ParameterSchema, Schema } from './class-schema.js';
import { CLASSES, type DatedClass } from './class-table.js';
import { presenceAt } from './lifetime.js';
import { LATEST, notAfter, orderOf, type ReleaseOrder } from './releases.js';

export type {
  ClassSchema,
  FieldSchema,
  MessageSchema,
  ParameterSchema,
  Schema,
} from './class-schema.js';

function classAsOf(dated: DatedClass, release: ReleaseOrder): ClassSchema {
  const fields = dated.fields.flatMap(({ lifetime, ...field }) => {
    const presence = presenceAt(lifetime, release);
    if (presence === 'unborn') return [];
    return [[field.name, { ...field, removed: presence === 'removed' }] as const];
  });
  const messages = dated.messages.flatMap(({ lifetime, ...message }) => {
    const presence = presenceAt(lifetime, release);
    if (presence === 'unborn') return [];
    const parameters = parametersAsOf(`${dated.name}.${message.name}`, message.parameters, release);
    return [[message.name, { ...message, parameters, removed: presence === 'removed' }] as const];
  });
  return { name: dated.name, fields: new Map(fields), messages: new Map(messages) };
}

/** Since when messages take what they have not always taken; XAPI's `versioned_params`, which its JSON leaves out. */
const LATER_PARAMETERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'VM.snapshot': { ignore_vdis: '21.4.0' },
};

function parametersAsOf(
  message: string,
  parameters: readonly ParameterSchema[],
  release: ReleaseOrder,
): readonly ParameterSchema[] {
  const later = LATER_PARAMETERS[message];
  if (later === undefined) return parameters;
  return parameters.filter(({ name }) => {
    const since = later[name];
    return since === undefined || notAfter(orderOf(since), release);
  });
}

const SCHEMAS = new Map<string, Schema>();

/**
 * Every class, field and message that had appeared by a release: a name (`boston`), the version of a later XAPI
 * (`24.16.0`) or `latest`. What was removed by then is there too and says so. Parameters are those of the latest
 * release, for the datamodel does not date them, save those that are known to be younger. Throws RangeError for a text that names no release.
 */
export function schemaAsOf(release: string): Schema {
  const known = SCHEMAS.get(release);
  if (known !== undefined) return known;
  const order = orderOf(release);
  const classes = CLASSES.filter(({ lifetime }) => presenceAt(lifetime, order) !== 'unborn');
  const schema = new Map(classes.map((dated) => [dated.name, classAsOf(dated, order)]));
  SCHEMAS.set(release, schema);
  return schema;
}

/** All classes as of the latest release. */
export const SCHEMA: Schema = schemaAsOf(LATEST);
