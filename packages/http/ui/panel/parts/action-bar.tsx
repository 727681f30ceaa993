import type { ComponentType } from 'preact';
import { useState } from 'preact/hooks';
import type { CloudApi } from '../../hypermedia/cloud-api.js';
import type { Document, Resource, Schema } from '../../hypermedia/documents.js';
import { type Problem, problemOf } from '../../hypermedia/problem.js';
import { type Undo, usePanel } from '../context.js';
import { titleOf } from '../titles.js';
import { AnswerView } from './answer-view.js';
import { Dialog } from './dialog.js';
import type { FormView } from './form-view.js';
import { OnceShown, type SecretsView, secretsOf } from './once-shown.js';
import { ProblemBox } from './problem-box.js';
import { SchemaForm } from './schema-form.js';

interface ActionBarProps {
  readonly schema: Schema;
  readonly resource: Resource;
  /** Actions that the page shows in a way of its own. */
  readonly without?: readonly string[];
  readonly form?: FormView | undefined;
  readonly secrets?: SecretsView | undefined;
  /** Forms that ask better than their schemas do. */
  readonly forms?: ActionForms;
}

/** What a form of an action’s own is given. */
export interface ActionFormProps {
  readonly schema: Schema;
  readonly resource: Resource;
  /** Takes the action. Throws what the API says. */
  readonly submit: (body: Document) => Promise<void>;
}

/** Forms by the names of actions. */
export type ActionForms = { readonly [action: string]: ComponentType<ActionFormProps> };

/** Asked for elsewhere on every page. */
const ELSEWHERE: readonly string[] = ['explain'];

/** Everything that can be done with a resource now, as its `actions` say; what needs to be told is asked for. */
export function ActionBar(props: ActionBarProps) {
  const { schema, resource, without = [], forms = {}, form, secrets } = props;
  const { api, catalogue, labels, say, notify } = usePanel();
  const [asked, setAsked] = useState<string | undefined>();
  const [answer, setAnswer] = useState<Resource | undefined>();
  const [made, setMade] = useState<Resource | undefined>();
  const [problem, setProblem] = useState<Problem | undefined>();
  const names = Object.keys(resource.actions).filter(
    (name) => !ELSEWHERE.includes(name) && !without.includes(name),
  );
  const act = async (name: string, input: Document): Promise<void> => {
    const url = resource.actions[name];
    if (url === undefined) return;
    const came = await api.act(url, input);
    setAsked(undefined);
    if (secretsOf(schema, came).length > 0) setMade(came);
    else if (came.type === resource.type)
      notify(`${labels.action(name)}: ${titleOf(resource)}`, wayBack(api, came, name));
    else setAnswer(came);
  };
  const press = (name: string): void => {
    setProblem(undefined);
    if (Object.keys(catalogue.inputOf(schema, name)).length > 0) setAsked(name);
    else act(name, {}).catch((thrown: unknown) => setProblem(problemOf(thrown)));
  };
  const Own = asked === undefined ? undefined : forms[asked];
  if (names.length === 0) return null;
  return (
    <>
      <div class="actions" role="group">
        {names.map((name) => (
          <button key={name} type="button" onClick={() => press(name)}>
            {labels.action(name)}
          </button>
        ))}
      </div>
      <ProblemBox problem={problem} />
      {made !== undefined && (
        <OnceShown
          schema={schema}
          resource={made}
          own={secrets}
          onDone={() => setMade(undefined)}
        />
      )}
      {asked !== undefined && (
        <Dialog
          title={`${labels.action(asked)}: ${titleOf(resource)}`}
          onClose={() => setAsked(undefined)}
        >
          {Own === undefined ? (
            <SchemaForm
              view={form === undefined ? undefined : { inputs: form.inputs ?? {} }}
              typeId={schema.id}
              fields={catalogue.inputOf(schema, asked)}
              values={resource}
              sends="what is filled in"
              button={labels.action(asked)}
              submit={(body) => act(asked, body)}
            />
          ) : (
            <Own schema={schema} resource={resource} submit={(body) => act(asked, body)} />
          )}
        </Dialog>
      )}
      {answer !== undefined && (
        <Dialog title={say('answer.title')} onClose={() => setAnswer(undefined)}>
          <AnswerView document={answer} />
        </Dialog>
      )}
    </>
  );
}

/** What takes an action back by another. */
const OPPOSITES: { readonly [action: string]: string } = {
  attach: 'detach',
  start: 'stop',
  stop: 'start',
};

// Only what was asked for a moment ago is taken back: the URL is of the answer, and so are the actions that it offers.
function wayBack(api: CloudApi, came: Resource, name: string): Undo | undefined {
  const url = came.actions[OPPOSITES[name] ?? ''];
  return url === undefined ? undefined : () => api.act(url);
}
