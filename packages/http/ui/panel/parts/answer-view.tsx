import { type Document, textOf } from '../../hypermedia/documents.js';
import { usePanel } from '../context.js';

const NOT_SHOWN: readonly string[] = ['links', 'actions', 'type', 'id'];

/** A document as names and values, for what no page knows better how to show. */
export function AnswerView({ document }: { readonly document: Document }) {
  const { labels } = usePanel();
  const entries = Object.entries(document).filter(([name]) => !NOT_SHOWN.includes(name));
  return (
    <dl class="values">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{labels.field(textOf(document['type'] ?? ''), name)}</dt>
          <dd>
            {typeof value === 'object' && value !== null ? (
              <pre>{JSON.stringify(value, null, 2)}</pre>
            ) : (
              <bdi>{textOf(value ?? '–')}</bdi>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
