import type { Resource, Schema } from '../../hypermedia/documents.js';
import { pathTo, usePanel } from '../context.js';
import { useList } from '../live/use-list.js';
import type { Column } from './columns.js';
import { ResourceTable } from './resource-table.js';

interface RelatedProps {
  readonly resource: Resource;
  /** Links that the page shows in a way of its own. */
  readonly without: readonly string[];
  /** The columns of a type’s lists. */
  readonly columns: (schema: Schema) => readonly Column[];
}

/** What belongs to a resource: a list for every link that leads to the collection of another type. */
export function Related({ resource, without, columns }: RelatedProps) {
  const { catalogue } = usePanel();
  const links = Object.entries(resource.links).flatMap(([name, url]) => {
    const other = catalogue.plural(name);
    return without.includes(name) ||
      other === undefined ||
      catalogue.collectionUrl(other) === undefined
      ? []
      : [{ other, url }];
  });
  return (
    <>
      {links.map(({ other, url }) => (
        <RelatedList
          key={other.id}
          other={other}
          url={url}
          of={resource}
          columns={columns(other)}
        />
      ))}
    </>
  );
}

interface RelatedListProps {
  readonly other: Schema;
  readonly url: string;
  readonly of: Resource;
  readonly columns: readonly Column[];
}

function RelatedList({ other, url, of, columns }: RelatedListProps) {
  const { labels, home, say } = usePanel();
  const field = fieldThatRefers(other, of.type);
  const { rows, page, state } = useList(
    other.id,
    url,
    (row) => field !== undefined && row[field] === of.id,
  );
  const mayCreate = page?.createTypes[other.id] !== undefined && field !== undefined;
  if (rows.length === 0 && !mayCreate) return null;
  return (
    <section>
      <div class="section-head">
        <h2>{labels.plural(other)}</h2>
        {mayCreate && (
          <a
            href={`${home}${pathTo(other.pluralName, 'new')}?${field}=${encodeURIComponent(of.id)}`}
          >
            {say('action.new', { type: labels.type(other.id) })}
          </a>
        )}
      </div>
      {rows.length > 0 ? (
        <ResourceTable
          schema={other}
          rows={rows}
          columns={columns.filter(({ name }) => name !== field)}
        />
      ) : (
        state === 'there' && <p class="quiet">{say('related.none')}</p>
      )}
    </section>
  );
}

function fieldThatRefers({ resourceFields }: Schema, type: string): string | undefined {
  return Object.keys(resourceFields).find(
    (name) => resourceFields[name]?.type === `reference[${type}]`,
  );
}
