import { useEffect, useState } from 'preact/hooks';
import { type Resource, textOf } from '../../../hypermedia/documents.js';
import { pathTo, usePanel } from '../../context.js';
import { useList } from '../../live/use-list.js';
import { useName } from '../../live/use-name.js';

const MOST = 8;
const MINUTE_MS = 60_000;

/** What was asked for last, by whomever; out of the audit log. */
export function Latest() {
  const { catalogue, home, say, labels } = usePanel();
  const schema = catalogue.type('auditrecord');
  const url = schema && catalogue.collectionUrl(schema);
  const { rows, state } = useList('auditrecord', url && `${url}?sort=id&order=desc&limit=${MOST}`);
  const now = useNow();
  if (schema === undefined || url === undefined || state !== 'there') return null;
  // Their ids begin with their time.
  const latest = rows.toSorted((one, other) => (one.id < other.id ? 1 : -1)).slice(0, MOST);
  return (
    <section>
      <div class="section-head">
        <h2>{say('overview.latest')}</h2>
        <a href={home + pathTo(schema.pluralName)}>{labels.plural(schema)}</a>
      </div>
      {latest.length === 0 && <p class="quiet">{say('overview.latestNone')}</p>}
      <ul class="lines">
        {latest.map((record) => (
          <Line key={record.id} record={record} now={now} />
        ))}
      </ul>
    </section>
  );
}

function Line({ record, now }: { readonly record: Resource; readonly now: number }) {
  const { amounts, asking, catalogue, home, labels, say } = usePanel();
  const [type, id] = [textOf(record['resourceType']), textOf(record['resourceId'])];
  const schema = catalogue.type(type);
  const name = useName(type, id) ?? id;
  const actor = textOf(record['actorId']);
  const other = useName('account', asking.kind === 'user' ? undefined : actor);
  const time = textOf(record['time']);
  return (
    <li>
      <time dateTime={time} title={amounts.moment(time)} class="quiet">
        {amounts.since(time, Math.max(now, Date.parse(time)))}
      </time>
      <span>
        {labels.type(type)}{' '}
        {schema === undefined ? (
          <bdi>{name}</bdi>
        ) : (
          <a href={home + pathTo(schema.pluralName, id)}>
            <bdi>{name}</bdi>
          </a>
        )}
        {': '}
        {labels.action(textOf(record['action']).replace(/^act:/, ''))}
      </span>
      {actor !== asking.accountId && (
        <span class="quiet">{say('overview.by', { name: other ?? say('overview.operator') })}</span>
      )}
    </li>
  );
}

function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), MINUTE_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
