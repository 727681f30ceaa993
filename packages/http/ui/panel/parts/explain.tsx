import { useEffect, useState } from 'preact/hooks';
import { isDocument, member, type Resource, textOf } from '../../hypermedia/documents.js';
import { problemLine, problemOf } from '../../hypermedia/problem.js';
import { usePanel } from '../context.js';
import { useAnswer } from '../live/use-answer.js';
import { ProblemBox } from './problem-box.js';

interface ExplainProps {
  readonly resource: Resource;
  readonly heard: number;
}

/** Why a resource is not as asked yet, and what frees it; nothing while it is as asked. */
export function Explain({ resource, heard }: ExplainProps) {
  const { api, say, language, labels, notify } = usePanel();
  const url = resource.actions['explain'];
  const isPatient = usePatience(resource);
  const isAsAsked =
    isPatient || resource.transitioning === 'no' || resource.transitioning === undefined;
  const { value, problem } = useAnswer(
    async (signal) => (url === undefined || isAsAsked ? undefined : api.read(url, signal)),
    [url, isAsAsked, heard],
  );
  if (isAsAsked || (value === undefined && problem === undefined)) return null;
  const suggestions = member(value, 'suggestions');
  const chain = member(value, 'chain');
  return (
    <section class={`explain ${resource.transitioning === 'error' ? 'bad' : 'busy'}`}>
      <h2>{say('explain.title')}</h2>
      <ProblemBox problem={problem} />
      <p>{textOf(member(value, 'verdict'))}</p>
      {Array.isArray(chain) && chain.length > 0 && (
        <ol class="chain">
          {chain.filter(isDocument).map((link, index) => (
            <li key={index}>
              <bdi>{textOf(link['name'])}</bdi>
            </li>
          ))}
        </ol>
      )}
      <Placement candidates={member(value, 'placement')} />
      {Array.isArray(suggestions) &&
        suggestions.filter(isDocument).map((suggestion, index) => {
          const { action, why, method, url: to } = suggestion;
          return (
            <p key={index}>
              {method === 'POST' && typeof to === 'string' && typeof action === 'string' ? (
                <button
                  type="button"
                  onClick={() =>
                    api.act(to).then(
                      () => notify(labels.action(action)),
                      (thrown: unknown) => notify(problemLine(problemOf(thrown), language)),
                    )
                  }
                >
                  {labels.action(action)}
                </button>
              ) : (
                <strong>{labels.action(textOf(action))}</strong>
              )}{' '}
              {textOf(why)}
            </p>
          );
        })}
    </section>
  );
}

/** What moves needs no explanation before it has taken longer than most. */
const PATIENCE_MS = 8_000;

function usePatience({ id, transitioning }: Resource): boolean {
  const [over, setOver] = useState<string | undefined>();
  const isMoving = transitioning === 'yes';
  useEffect(() => {
    if (!isMoving) return setOver(undefined);
    const timer = setTimeout(() => setOver(id), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [id, isMoving]);
  return isMoving && over !== id;
}

function Placement({ candidates }: { readonly candidates: unknown }) {
  const { say } = usePanel();
  if (!Array.isArray(candidates) || candidates.length === 0) return null;
  return (
    <details open>
      <summary>{say('explain.placement')}</summary>
      <ul>
        {candidates.filter(isDocument).map((candidate) => (
          <li key={textOf(candidate['candidate'])}>
            <bdi>{textOf(candidate['candidate'])}</bdi>: {textOf(candidate['why'])}{' '}
            <span class="quiet">{textOf(candidate['filter'])}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
