import type { Problem } from '../../hypermedia/problem.js';
import { usePanel } from '../context.js';

interface ProblemBoxProps {
  readonly problem: Problem | undefined;
  readonly again?: (() => void) | undefined;
}

/** What went wrong in plain words, and what to do. Nothing where nothing did. */
export function ProblemBox({ problem, again }: ProblemBoxProps) {
  const { say } = usePanel();
  if (problem === undefined) return null;
  const isAway = problem.kind === 'unreachable';
  return (
    <div class="problem" role="alert">
      <strong>{isAway ? say('problem.connection') : say('problem.title')}</strong>
      <p>{isAway ? say('problem.connectionRemedy') : problem.message}</p>
      {!isAway && problem.remedy !== null && problem.remedy !== problem.message && (
        <p>{problem.remedy}</p>
      )}
      <p class="quiet">
        {problem.code}
        {problem.requestId !== null && ` · ${problem.requestId}`}
      </p>
      {again !== undefined && (
        <button type="button" onClick={again}>
          {say('action.retry')}
        </button>
      )}
    </div>
  );
}
