import type { Schema } from '../datamodel/schema.js';
import type { XapiType } from '../datamodel/type-text.js';

const PATTERNS = new WeakMap<Schema, RegExp>();

/** The fields that are floats wherever they occur. */
function floatFields(schema: Schema): ReadonlySet<string> {
  const kinds = new Map<string, Set<XapiType['kind']>>();
  for (const { fields } of schema.values()) {
    for (const { name, type } of fields.values()) {
      kinds.set(name, (kinds.get(name) ?? new Set()).add(type.kind));
    }
  }
  const names = [...kinds].filter(([, found]) => found.size === 1 && found.has('float'));
  return new Set(names.map(([name]) => name));
}

function patternOf(schema: Schema): RegExp {
  const known = PATTERNS.get(schema);
  if (known !== undefined) return known;
  // A quote inside a text is escaped, so only members of objects match.
  const pattern = new RegExp(`"(${[...floatFields(schema)].join('|')})":(-?\\d+)(?=[,}])`, 'g');
  PATTERNS.set(schema, pattern);
  return pattern;
}

/**
 * Puts the point into whole floats of an answer's JSON, as XAPI writes them: `"progress":1.0`. JavaScript has one kind of
 * number, so what is a float follows from the datamodel.
 */
export function withPoints(schema: Schema, text: string): string {
  return text.replace(patternOf(schema), '"$1":$2.0');
}
