import { useState } from 'preact/hooks';
import type { Schema } from '../../hypermedia/documents.js';
import { pathTo, usePanel } from '../context.js';
import { useResource } from '../live/use-resource.js';
import { ActionBar } from '../parts/action-bar.js';
import { columnsOf } from '../parts/columns.js';
import { Dialog } from '../parts/dialog.js';
import { Explain } from '../parts/explain.js';
import { FieldTable } from '../parts/field-table.js';
import { History } from '../parts/history.js';
import { ProblemBox } from '../parts/problem-box.js';
import { Related } from '../parts/related.js';
import { RemoveButton, removalsOf } from '../parts/remove-button.js';
import { SchemaForm } from '../parts/schema-form.js';
import { StateBadge } from '../parts/state-badge.js';
import { titleOf } from '../titles.js';
import { updatable } from './create-page.js';
import { VIEWS } from './registry.js';

/** One resource: where it stands, why, what can be done, what it is, what belongs to it, what happened. */
export function ResourcePage({ schema, id }: { readonly schema: Schema; readonly id: string }) {
  const { api, catalogue, labels, say, notify, home } = usePanel();
  const collection = catalogue.collectionUrl(schema);
  const url = collection && `${collection}/${encodeURIComponent(id)}`;
  const { resource, problem, heard, again } = useResource(schema.id, url);
  const [editing, setEditing] = useState<'no' | 'yes'>('no');
  if (resource === undefined)
    return problem === undefined ? (
      <p role="status">{say('loading')}</p>
    ) : (
      <>
        <h1>{say('notFound.title')}</h1>
        <ProblemBox problem={problem} again={again} />
      </>
    );
  const view = VIEWS[schema.id];
  const self = resource.links['self'];
  const isThere = resource['removed'] === null || resource['removed'] === undefined;
  const mayUpdate =
    isThere && schema.resourceMethods.includes('PUT') && Object.keys(updatable(schema)).length > 0;
  const mayRemove = isThere && schema.resourceMethods.includes('DELETE');
  return (
    <>
      <nav class="trail" aria-label={say('frame.trail')}>
        <a href={home + pathTo(schema.pluralName)}>{labels.plural(schema)}</a>
      </nav>
      <header class="page-head">
        <h1>
          <bdi>{titleOf(resource)}</bdi> <StateBadge resource={resource} />
        </h1>
        <div class="actions">
          {mayUpdate && (
            <button type="button" onClick={() => setEditing('yes')}>
              {say('action.edit')}
            </button>
          )}
          {mayRemove && <RemoveButton schema={schema} resource={resource} />}
        </div>
      </header>
      <ProblemBox problem={problem} again={again} />
      <Explain resource={resource} heard={heard} />
      <ActionBar
        schema={schema}
        resource={resource}
        without={[...(view?.ownActions ?? []), ...removalsOf(schema)]}
        forms={view?.forms ?? {}}
        form={view?.form}
        secrets={view?.secrets}
      />
      {view?.sections?.map((Section, place) => (
        <Section key={place} schema={schema} resource={resource} heard={heard} />
      ))}
      <FieldTable schema={schema} resource={resource} first={view?.fields} />
      <Related
        resource={resource}
        without={view?.ownLinks ?? []}
        columns={(other) => VIEWS[other.id]?.columns ?? columnsOf(other)}
      />
      <History resource={resource} heard={heard} />
      {editing === 'yes' && self !== undefined && (
        <Dialog
          title={`${say('action.edit')}: ${titleOf(resource)}`}
          onClose={() => setEditing('no')}
        >
          <SchemaForm
            typeId={schema.id}
            fields={updatable(schema)}
            values={resource}
            view={view?.form}
            sends="what was changed"
            button={say('action.save')}
            submit={async (body) => {
              await api.update(self, body);
              setEditing('no');
              notify(say('toast.saved'));
            }}
          />
        </Dialog>
      )}
    </>
  );
}
