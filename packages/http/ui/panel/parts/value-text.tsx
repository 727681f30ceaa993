import { bytesIn } from '../../format/byte-units.js';
import { referredType } from '../../hypermedia/catalogue.js';
import { type Resource, type Schema, textOf } from '../../hypermedia/documents.js';
import { usePanel } from '../context.js';
import { ReferenceLink } from './reference-link.js';
import { StateBadge } from './state-badge.js';

interface ValueProps {
  readonly schema: Schema;
  readonly resource: Resource;
  readonly name: string;
}

/** The value of a field as its kind is read: dates in the reader’s locale, sizes in their unit, references as links. */
export function ValueText({ schema, resource, name }: ValueProps) {
  const { amounts, labels } = usePanel();
  const value = resource[name];
  const type = schema.resourceFields[name]?.type ?? 'string';
  if (name === 'state') return <StateBadge resource={resource} />;
  if (value === null || value === undefined || value === '') return <span class="quiet">–</span>;
  if (type === 'date') return <>{amounts.moment(textOf(value))}</>;
  if (type === 'enum' || typeof value === 'boolean') return <>{labels.state(textOf(value))}</>;
  if (type === 'int' && typeof value === 'number') {
    const unit = bytesIn(name);
    return <>{unit === undefined ? amounts.number(value) : amounts.bytes(value * unit)}</>;
  }
  const refers = referredType(type);
  if (refers !== undefined && typeof value === 'string')
    return <ReferenceLink of={refers} id={value} />;
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object'))
    return value.length === 0 ? <span class="quiet">–</span> : <bdi>{value.join(', ')}</bdi>;
  if (typeof value === 'object') return <pre>{JSON.stringify(value, null, 2)}</pre>;
  return <bdi>{textOf(value)}</bdi>;
}
