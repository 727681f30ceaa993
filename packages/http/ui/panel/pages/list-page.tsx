import { useMemo, useState } from 'preact/hooks';
import type { Schema } from '../../hypermedia/documents.js';
import { pathTo, usePanel } from '../context.js';
import { MOST_ROWS, useList } from '../live/use-list.js';
import { columnsOf } from '../parts/columns.js';
import { ProblemBox } from '../parts/problem-box.js';
import { ResourceTable } from '../parts/resource-table.js';
import { titleOf } from '../titles.js';
import { Needs } from './needs.js';
import { VIEWS } from './registry.js';

/** The list of a type, live, with a search and a way to make one. */
export function ListPage({ schema }: { readonly schema: Schema }) {
  const { catalogue, labels, say, home } = usePanel();
  const url = catalogue.collectionUrl(schema);
  const { state, rows, page, partial, problem, again } = useList(
    schema.id,
    url && `${url}?limit=${MOST_ROWS}`,
  );
  const [search, setSearch] = useState('');
  const view = VIEWS[schema.id];
  const columns = useMemo(() => view?.columns ?? columnsOf(schema), [schema, view]);
  const found = useMemo(() => {
    const sought = search.toLowerCase();
    return sought === ''
      ? rows
      : rows.filter((row) => titleOf(row).toLowerCase().includes(sought) || row.id === search);
  }, [rows, search]);
  const mayCreate = page?.createTypes[schema.id] !== undefined;
  return (
    <>
      <header class="page-head">
        <h1>{labels.plural(schema)}</h1>
        {mayCreate && rows.length > 0 && (
          <a class="button main" href={home + pathTo(schema.pluralName, 'new')}>
            {say('action.new', { type: labels.type(schema.id) })}
          </a>
        )}
      </header>
      <ProblemBox problem={problem} again={again} />
      {state === 'loading' && <p role="status">{say('loading')}</p>}
      {state !== 'loading' && rows.length === 0 && problem === undefined && (
        <div class="empty">
          <p>{view?.empty === undefined ? schema.description : say(view.empty)}</p>
          <Needs types={view?.needs ?? []} />
          {mayCreate && (
            <a class="button main" href={home + pathTo(schema.pluralName, 'new')}>
              {say('action.new', { type: labels.type(schema.id) })}
            </a>
          )}
        </div>
      )}
      {rows.length > 0 && (
        <>
          <div class="list-tools">
            <input
              type="search"
              aria-label={say('filter.search')}
              placeholder={say('filter.search')}
              value={search}
              onInput={(event) => setSearch(event.currentTarget.value)}
            />
            <p class="quiet" role="status">
              {say('list.count', { count: found.length })}
              {partial === 'yes' && ` · ${say('list.partial')}`}
            </p>
          </div>
          {found.length === 0 ? (
            <p>{say('list.none', { search })}</p>
          ) : (
            <ResourceTable schema={schema} rows={found} columns={columns} />
          )}
        </>
      )}
    </>
  );
}
