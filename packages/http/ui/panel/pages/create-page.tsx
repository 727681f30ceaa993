import { useState } from 'preact/hooks';
import { isMessage } from '#texts/speak.js';
import type { Document, Fields, Page, Resource, Schema } from '../../hypermedia/documents.js';
import { type Panel, pathTo, usePanel } from '../context.js';
import { useAnswer } from '../live/use-answer.js';
import { OnceShown, secretsOf } from '../parts/once-shown.js';
import { ProblemBox } from '../parts/problem-box.js';
import { SchemaForm } from '../parts/schema-form.js';
import { titleOf } from '../titles.js';
import { Needs } from './needs.js';
import { VIEWS } from './registry.js';

interface CreatePageHostProps {
  readonly schema: Schema;
  /** What is filled in already: `?networkId=1`. */
  readonly query: URLSearchParams;
}

/** The page that makes a resource: the type’s own, or a form of its schema. */
export function CreatePage({ schema, query }: CreatePageHostProps) {
  const panel = usePanel();
  const { catalogue, labels, say, home } = panel;
  const url = catalogue.collectionUrl(schema);
  const [made, setMade] = useState<Resource | undefined>();
  const { value: begun, problem } = useAnswer(
    async (signal) => (url === undefined ? undefined : begin(panel, schema, url, query, signal)),
    [url],
  );
  const view = VIEWS[schema.id];
  const Own = view?.create;
  const intro = `intro.${schema.id}`;
  return (
    <>
      <nav class="trail" aria-label={say('frame.trail')}>
        <a href={home + pathTo(schema.pluralName)}>{labels.plural(schema)}</a>
      </nav>
      <header class="page-head">
        <h1>{say('action.new', { type: labels.type(schema.id) })}</h1>
      </header>
      <ProblemBox problem={problem} />
      {made !== undefined ? (
        <OnceShown
          schema={schema}
          resource={made}
          own={view?.secrets}
          onDone={() => panel.go(pathTo(schema.pluralName, made.id))}
        />
      ) : (
        begun !== undefined && (
          <>
            {isMessage(intro) && <p class="intro">{say(intro)}</p>}
            <Needs types={view?.needs ?? []} />
            {Own !== undefined ? (
              <Own schema={schema} page={begun.page} given={Object.fromEntries(query)} />
            ) : (
              <NewForm schema={schema} begun={begun} onSecrets={setMade} />
            )}
          </>
        )
      )}
    </>
  );
}

interface Begun {
  readonly page: Page;
  readonly values: Document;
}

async function begin(
  panel: Panel,
  { id }: Schema,
  url: string,
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<Begun> {
  const given = Object.fromEntries(query);
  const [page, suggested] = await Promise.all([
    panel.api.page(`${url}?limit=1`, signal),
    VIEWS[id]?.form?.suggest?.(panel, given),
  ]);
  return { page, values: { ...page.createDefaults, ...suggested, ...given } };
}

interface NewFormProps {
  readonly schema: Schema;
  readonly begun: Begun;
  /** The answer has something that no other will have. */
  readonly onSecrets: (made: Resource) => void;
}

function NewForm({ schema, begun: { page, values }, onSecrets }: NewFormProps) {
  const { api, say, go, notify } = usePanel();
  const to = page.createTypes[schema.id];
  if (to === undefined) return <p>{say('create.refused')}</p>;
  return (
    <SchemaForm
      typeId={schema.id}
      fields={creatable(schema)}
      values={values}
      view={VIEWS[schema.id]?.form}
      sends="what is filled in"
      button={say('action.create')}
      submit={async (body) => {
        const made = await api.create(to, body);
        if (secretsOf(schema, made).length > 0) {
          onSecrets(made);
          return;
        }
        notify(say('toast.created', { name: titleOf(made) }));
        go(pathTo(schema.pluralName, made.id));
      }}
    />
  );
}

const NOT_ASKED: readonly string[] = ['data', 'kind', 'uuid'];

/** The fields that a form for a new resource asks for. */
export function creatable({ resourceFields }: Schema): Fields {
  return Object.fromEntries(
    Object.entries(resourceFields).filter(
      ([name, { create }]) => create && !NOT_ASKED.includes(name),
    ),
  );
}

/** The fields that a form for another state of a resource asks for. */
export function updatable({ resourceFields }: Schema): Fields {
  return Object.fromEntries(
    Object.entries(resourceFields).filter(
      ([name, { update }]) => update && !NOT_ASKED.includes(name),
    ),
  );
}
