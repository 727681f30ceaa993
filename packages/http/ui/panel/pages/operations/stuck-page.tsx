import { useEffect, useState } from 'preact/hooks';
import { type Resource, resourceOf } from '../../../hypermedia/documents.js';
import { type Problem, problemOf } from '../../../hypermedia/problem.js';
import { pathTo, usePanel } from '../../context.js';
import { useResource } from '../../live/use-resource.js';
import { Explain } from '../../parts/explain.js';
import { ProblemBox } from '../../parts/problem-box.js';
import { StateBadge } from '../../parts/state-badge.js';
import { titleOf } from '../../titles.js';
import { findWaiting, type Waiting } from './waiting-resources.js';

const SHOWN = 25;

/** What is not as asked, why, and the action that frees it. */
export function StuckPage() {
  const { api, catalogue, live, say } = usePanel();
  const [waiting, setWaiting] = useState<Waiting | undefined>();
  const [problem, setProblem] = useState<Problem | undefined>();
  const [round, setRound] = useState(0);
  const [most, setMost] = useState(SHOWN);
  useEffect(() => {
    const end = new AbortController();
    findWaiting(api, catalogue, end.signal, setWaiting).then(
      () => setProblem(undefined),
      (thrown: unknown) => end.signal.aborted || setProblem(problemOf(thrown)),
    );
    return () => end.abort();
  }, [api, catalogue, round]);
  useEffect(
    () =>
      live.listen(undefined, {
        again: () => setRound((last) => last + 1),
        changed: ({ resourceUuid, transitioning, removed, resource }) =>
          setWaiting(
            (last) => last && turned(last, resourceUuid, transitioning, removed, resource),
          ),
      }),
    [live],
  );
  const resources = waiting?.resources ?? [];
  return (
    <>
      <header class="page-head">
        <h1>{say('stuck.title')}</h1>
        <button type="button" onClick={() => setRound((last) => last + 1)}>
          {say('stuck.look')}
        </button>
      </header>
      <ProblemBox problem={problem} />
      <p role="status" class="quiet">
        {waiting === undefined
          ? say('loading')
          : say('stuck.looked', { count: resources.length, looked: waiting.looked })}
        {waiting?.whole === 'no' && ` ${say('stuck.partly')}`}
      </p>
      {waiting !== undefined && resources.length === 0 && (
        <div class="empty">
          <p>{say('stuck.none')}</p>
        </div>
      )}
      {resources.slice(0, most).map((resource) => (
        <WaitingOne key={`${resource.type} ${resource.id}`} found={resource} />
      ))}
      {resources.length > most && (
        <button type="button" onClick={() => setMost(most + SHOWN)}>
          {say('action.showMore')}
        </button>
      )}
    </>
  );
}

function WaitingOne({ found }: { readonly found: Resource }) {
  const { catalogue, home, labels } = usePanel();
  const { resource = found, heard } = useResource(found.type, found.links['self']);
  const plural = catalogue.type(resource.type)?.pluralName ?? resource.type;
  return (
    <section>
      <h2>
        {labels.type(resource.type)}{' '}
        <a href={home + pathTo(plural, resource.id)}>
          <bdi>{titleOf(resource)}</bdi>
        </a>{' '}
        <StateBadge resource={resource} />
      </h2>
      <Explain resource={resource} heard={heard} />
    </section>
  );
}

function turned(
  last: Waiting,
  uuid: string,
  transitioning: string,
  removed: string | null,
  resource: { readonly [name: string]: unknown } | undefined,
): Waiting {
  const known = last.resources.some((one) => one['uuid'] === uuid);
  const waits = transitioning !== 'no' && removed === null;
  if (known && !waits)
    return { ...last, resources: last.resources.filter((one) => one['uuid'] !== uuid) };
  if (known || !waits || resource === undefined) return last;
  return { ...last, resources: [...last.resources, resourceOf(resource)] };
}
