import { useState } from 'preact/hooks';
import { textOf } from '../../../hypermedia/documents.js';
import { type Problem, problemOf } from '../../../hypermedia/problem.js';
import { usePanel } from '../../context.js';
import { useAll } from '../../live/use-all.js';
import type { ActionFormProps } from '../../parts/action-bar.js';
import { CardChoice } from '../../parts/card-choice.js';
import { ProblemBox } from '../../parts/problem-box.js';
import { sizeCards } from './size-cards.js';

/** Asks for another size of a server; the one it has is chosen and said. */
export function ResizeForm({ resource, submit }: ActionFormProps) {
  const { say, amounts, labels } = usePanel();
  const { rows } = useAll('offering');
  const now = textOf(resource['offering']);
  const [size, setSize] = useState(now);
  const [problem, setProblem] = useState<Problem | undefined>();
  const send = (event: Event): void => {
    event.preventDefault();
    submit({ offering: size }).catch((thrown: unknown) => setProblem(problemOf(thrown)));
  };
  const cards = sizeCards(rows, { say, amounts }).map((card) =>
    card.value === now ? { ...card, text: `${textOf(card.text)} · ${say('resize.now')}` } : card,
  );
  return (
    <form onSubmit={send}>
      <CardChoice
        legend={say('server.size')}
        name="offering"
        cards={cards}
        value={size}
        onChange={setSize}
        about={say('resize.about')}
        wrong={problem?.fields['offering']}
      />
      <ProblemBox problem={problem} beside={['offering']} />
      <button type="submit" class="main" disabled={size === now}>
        {labels.action('resize')}
      </button>
    </form>
  );
}
