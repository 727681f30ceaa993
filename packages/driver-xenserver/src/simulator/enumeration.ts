import { ENUMERATIONS } from '../datamodel/enumerations.js';
import { failure } from './arguments.js';

const CANONICAL: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(
  [...ENUMERATIONS].map(([name, values]) => [
    name,
    new Map(values.map((value) => [value.toLowerCase(), value])),
  ]),
);

/** The value of an enumeration that `text` spells, in any case; throws XAPI's fault when it spells none. */
export function enumerationValue(enumeration: string, text: string): string {
  const values = CANONICAL.get(enumeration);
  if (values === undefined) return text;
  const value = values.get(text.toLowerCase());
  if (value === undefined) throw failure('Unknown tag/contents');
  return value;
}
