import type { Schema } from '../../../hypermedia/documents.js';
import { pathTo, usePanel } from '../../context.js';
import type { Everything } from '../overview-page.js';

interface TilesProps {
  readonly title: string;
  readonly schemas: readonly Schema[];
  readonly lists: Everything;
}

/** How many there are of each type, leading to their lists. */
export function Tiles({ title, schemas, lists }: TilesProps) {
  const { amounts, home, labels } = usePanel();
  return (
    <>
      <h2 class="tiles-title">{title}</h2>
      <ul class="tiles">
        {schemas.map((schema) => {
          const { rows = [], partial = 'no', state = 'loading' } = lists[schema.id] ?? {};
          const needy = rows.filter(({ transitioning }) => transitioning === 'error').length;
          return (
            <li key={schema.id}>
              <a class="tile" href={home + pathTo(schema.pluralName)}>
                <span>{labels.plural(schema)}</span>
                <strong>
                  {state === 'loading'
                    ? '…'
                    : `${amounts.number(rows.length)}${partial === 'yes' ? '+' : ''}`}
                </strong>
                {needy > 0 && <span class="badge bad">⚠ {amounts.number(needy)}</span>}
              </a>
            </li>
          );
        })}
      </ul>
    </>
  );
}
