import type { Resource, Schema } from '../../hypermedia/documents.js';
import { usePanel } from '../context.js';
import { ValueText } from './value-text.js';

interface FieldTableProps {
  readonly schema: Schema;
  readonly resource: Resource;
  /** What is shown first; all that has a value, by default. */
  readonly first?: readonly string[] | undefined;
}

/** Shown elsewhere on the page, or for programs only. */
const ELSEWHERE: readonly string[] = [
  'name',
  'state',
  'type',
  'kind',
  'transitioning',
  'transitioningMessage',
  'rev',
];

/** The fields of a resource, those without a value folded away. */
export function FieldTable({ schema, resource, first }: FieldTableProps) {
  const { labels, say } = usePanel();
  const names = Object.keys(schema.resourceFields).filter(
    (name) => !ELSEWHERE.includes(name) && Object.hasOwn(resource, name),
  );
  const shown = (first ?? names).filter((name) => isFilled(resource[name]));
  const rest = names.filter((name) => !shown.includes(name));
  const list = (fields: readonly string[]) => (
    <dl class="values">
      {fields.map((name) => (
        <div key={name}>
          <dt title={schema.resourceFields[name]?.description}>{labels.field(schema.id, name)}</dt>
          <dd>
            <ValueText schema={schema} resource={resource} name={name} />
          </dd>
        </div>
      ))}
    </dl>
  );
  return (
    <section>
      <h2>{say('fields.title')}</h2>
      {list(shown)}
      {rest.length > 0 && (
        <details>
          <summary>{say('fields.more')}</summary>
          {list(rest)}
        </details>
      )}
    </section>
  );
}

function isFilled(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}
