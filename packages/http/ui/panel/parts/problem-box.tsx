import { saidBesides } from '#texts/field-faults.js';
import { type Problem, problemWords } from '../../hypermedia/problem.js';
import { usePanel } from '../context.js';

interface ProblemBoxProps {
  readonly problem: Problem | undefined;
  readonly again?: (() => void) | undefined;
  /** The fields beside which is said already what is wrong with them. */
  readonly beside?: readonly string[];
}

/** What went wrong in plain words, what the API says of it, and what to do. Nothing where nothing did. */
export function ProblemBox({ problem, again, beside = [] }: ProblemBoxProps) {
  const { say, language } = usePanel();
  if (problem === undefined) return null;
  const { title, said, remedy } = problemWords(problem, language);
  const { status, code, requestId, fields } = problem;
  const ofFields = beside.flatMap((field) => fields[field] ?? []);
  return (
    <div class="problem" role="alert">
      <strong>{title}</strong>
      {saidBesides(said, ofFields).map((text) => (
        <p key={text} lang="en">
          {text}
        </p>
      ))}
      {remedy !== undefined && <p>{remedy}</p>}
      <p class="quiet">
        {status === null ? code : `${status} ${code}`}
        {requestId !== null && ` · ${requestId}`}
      </p>
      {again !== undefined && (
        <button type="button" onClick={again}>
          {say('action.retry')}
        </button>
      )}
    </div>
  );
}
