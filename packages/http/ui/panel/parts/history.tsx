import { useState } from 'preact/hooks';
import { member, type Resource, textOf } from '../../hypermedia/documents.js';
import { usePanel } from '../context.js';
import { useAnswer } from '../live/use-answer.js';
import { ProblemBox } from './problem-box.js';

interface HistoryProps {
  readonly resource: Resource;
  /** Another number: look again. */
  readonly heard: number;
}

/** So much is on the page at first. */
const FEW = 10;

/** What happened to a resource, the newest first: when, what, why, with which result. */
export function History({ resource, heard }: HistoryProps) {
  const { api, say, amounts } = usePanel();
  const url = resource.links['events'];
  const [most, setMost] = useState(FEW);
  const { value, problem } = useAnswer(
    async (signal) => (url === undefined ? [] : (await api.page(url, signal)).data),
    [url, heard],
  );
  if (url === undefined) return null;
  return (
    <section>
      <h2>{say('history.title')}</h2>
      <ProblemBox problem={problem} />
      <ol class="history">
        {value?.slice(0, most).map((event, index) => (
          // Events have no names of their own, and are only ever added at the front.
          <li key={value.length - index}>
            <time dateTime={textOf(event['time'])}>{amounts.moment(textOf(event['time']))}</time>
            <strong>{textOf(member(event, 'what'))}</strong>
            <span>{textOf(member(event, 'result'))}</span>
            <span class="quiet">{textOf(member(event, 'why'))}</span>
          </li>
        ))}
      </ol>
      {value !== undefined && value.length > most && (
        <button type="button" onClick={() => setMost(value.length)}>
          {say('action.showMore')}
        </button>
      )}
    </section>
  );
}
