import { useState } from 'preact/hooks';
import type { Schema } from '../../hypermedia/documents.js';
import { usePanel } from '../context.js';
import type { LiveList } from '../live/use-list.js';
import { Attention } from './overview/attention.js';
import { Gathered } from './overview/gathered.js';
import { Latest } from './overview/latest.js';
import { StartHere } from './overview/start-here.js';
import { Tiles } from './overview/tiles.js';
import { ADMINISTRATION, MENU } from './registry.js';

/** What there is of each type, by its id. */
export type Everything = { readonly [typeId: string]: LiveList };

/** Kept by the cloud about others, and not to be looked after. */
const NOT_GATHERED: readonly string[] = ['auditrecord'];

/** Where everything begins: what to do first, what needs somebody, what there is, what has happened. */
export function OverviewPage() {
  const { asking, catalogue, say } = usePanel();
  const [lists, setLists] = useState<Everything>({});
  const typesOf = (ids: readonly string[]): readonly Schema[] =>
    ids.flatMap((id) =>
      NOT_GATHERED.includes(id) ? [] : (catalogue.listed.find((schema) => schema.id === id) ?? []),
    );
  const isAdministrator = asking.kind !== 'user';
  const own = typesOf(MENU.flatMap(({ types }) => types));
  const administered = isAdministrator ? typesOf(ADMINISTRATION) : [];
  const all = [...own, ...administered];
  const isKnown = all.every(({ id }) => (lists[id]?.state ?? 'loading') !== 'loading');
  return (
    <>
      <header class="page-head">
        <h1>{say('frame.overview')}</h1>
      </header>
      {all.map((schema) => (
        <Gathered
          key={schema.id}
          schema={schema}
          tell={(list) => setLists((last) => ({ ...last, [schema.id]: list }))}
        />
      ))}
      {isKnown ? (
        <>
          <StartHere lists={lists} who={isAdministrator ? 'administrator' : 'customer'} />
          <Attention schemas={all} lists={lists} />
        </>
      ) : (
        <p role="status">{say('loading')}</p>
      )}
      <Tiles title={say('overview.have')} schemas={own} lists={lists} />
      {administered.length > 0 && (
        <Tiles title={say('frame.admin')} schemas={administered} lists={lists} />
      )}
      <Latest />
    </>
  );
}
