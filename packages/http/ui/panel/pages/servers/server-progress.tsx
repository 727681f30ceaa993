import type { MessageName } from '#texts/messages.js';
import { usePanel } from '../../context.js';
import { useHistory } from '../../live/use-history.js';
import { useName } from '../../live/use-name.js';
import type { SectionProps } from '../registry.js';
import {
  firstReadyAt,
  type StartStep,
  type StepName,
  startSteps,
  type Waiting,
} from './start-steps.js';

const TITLES: { readonly [name in StepName]: MessageName } = {
  asked: 'step.asked',
  placed: 'step.placed',
  ingredients: 'step.ingredients',
  made: 'step.made',
  started: 'step.started',
  address: 'step.address',
  ready: 'step.ready',
};
const MARKS = { done: '✓', now: '…', failed: '!', 'to come': '' } as const;
const SAID = {
  done: 'step.isDone',
  now: 'step.isNow',
  failed: 'step.isFailed',
  'to come': 'step.isToCome',
} as const;

/** How far a new server is, step by step. Gone once it is as asked: what next is said then. */
export function ServerProgress({ resource, heard }: SectionProps) {
  const { say, amounts } = usePanel();
  const { value: history } = useHistory(resource, heard);
  const isMoving = resource.transitioning !== 'no' && resource['removed'] == null;
  // What was ready once has been started; what happens later is told by its state.
  if (!isMoving || history === undefined || firstReadyAt(history) !== undefined) return null;
  if (resource.state === 'removing') return null;
  const steps = startSteps(resource, history);
  const began = steps[0]?.at;
  return (
    <section>
      <h2>{say('step.title')}</h2>
      <ol class="steps" aria-live="polite">
        {steps.map((step) => (
          <li key={step.name} class={`step ${step.state.replace(' ', '-')}`}>
            <span class="step-mark" aria-hidden="true">
              {MARKS[step.state]}
            </span>
            <span>
              <strong>{say(TITLES[step.name])}</strong>{' '}
              <span class="hidden">{say(SAID[step.state])}</span>
              <StepMessage step={step} />
            </span>
            <span class="quiet">
              {step.at !== undefined && began !== undefined && step.at > began
                ? `+ ${amounts.span(step.at - began)}`
                : ''}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function StepMessage({ step: { state, message, waitsFor } }: { readonly step: StartStep }) {
  const { say } = usePanel();
  if (waitsFor !== undefined) return <WaitingFor {...waitsFor} />;
  if (message !== undefined)
    return <bdi class={state === 'failed' ? 'wrong' : 'quiet'}>{message}</bdi>;
  return state === 'now' ? <span class="quiet">{say('step.working')}</span> : null;
}

function WaitingFor({ type, id }: Waiting) {
  const { say, labels } = usePanel();
  const name = useName(type, id) ?? id;
  return (
    <span class="quiet">{say('step.waitsFor', { what: `${labels.type(type)} ${name}` })}</span>
  );
}
