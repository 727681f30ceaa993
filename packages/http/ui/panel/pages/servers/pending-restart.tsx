import { useState } from 'preact/hooks';
import { type Problem, problemOf } from '../../../hypermedia/problem.js';
import { usePanel } from '../../context.js';
import { ProblemBox } from '../../parts/problem-box.js';
import { titleOf } from '../../titles.js';
import type { SectionProps } from '../registry.js';

/** Says what of a change waits until a server is restarted, and restarts it. Nothing while nothing waits. */
export function PendingRestart({ schema, resource }: SectionProps) {
  const { api, labels, notify, say } = usePanel();
  const [problem, setProblem] = useState<Problem | undefined>();
  const waiting = resource['pendingRestart'];
  const restart = resource.actions['restart'];
  if (!Array.isArray(waiting) || waiting.length === 0) return null;
  // `disks.1`: which of them is told by the list of disks.
  const names = new Set(
    waiting.map((name: unknown) => labels.field(schema.id, String(name).split('.')[0] ?? '')),
  );
  return (
    <section class="explain busy">
      <h2>{say('restart.title')}</h2>
      <p>{say('restart.text', { what: [...names].join(', ') })}</p>
      <ProblemBox problem={problem} />
      {restart !== undefined && (
        <button
          type="button"
          onClick={() =>
            api.act(restart).then(
              () => notify(`${labels.action('restart')}: ${titleOf(resource)}`),
              (thrown: unknown) => setProblem(problemOf(thrown)),
            )
          }
        >
          {labels.action('restart')}
        </button>
      )}
    </section>
  );
}
