import { GB, MB } from '../../../format/byte-units.js';
import type { Resource, Schema } from '../../../hypermedia/documents.js';
import { pathTo, usePanel } from '../../context.js';
import { useList } from '../../live/use-list.js';
import { ProblemBox } from '../../parts/problem-box.js';
import { StateBadge } from '../../parts/state-badge.js';
import { TakenShare } from '../../pictures/taken-share.js';
import { titleOf } from '../../titles.js';

/** What hosts and shares have and what of it is taken, all together and each. */
export function CapacityPage() {
  const { catalogue, say } = usePanel();
  const host = catalogue.type('host');
  const pool = catalogue.type('storagepool');
  return (
    <>
      <header class="page-head">
        <h1>{say('capacity.title')}</h1>
      </header>
      <p class="quiet">{say('capacity.about')}</p>
      {host !== undefined && (
        <Holders
          schema={host}
          title={say('capacity.memory')}
          unit={MB}
          used="ramUsedMb"
          whole="ramSizeMb"
        />
      )}
      {pool !== undefined && (
        <Holders
          schema={pool}
          title={say('capacity.storage')}
          unit={GB}
          used="usedGb"
          whole="capacityGb"
        />
      )}
    </>
  );
}

interface HoldersProps {
  readonly schema: Schema;
  readonly title: string;
  /** Bytes that the fields count in. */
  readonly unit: number;
  readonly used: string;
  readonly whole: string;
}

function Holders({ schema, title, unit, used, whole }: HoldersProps) {
  const { catalogue, home, say } = usePanel();
  const { rows, problem, again } = useList(schema.id, catalogue.collectionUrl(schema));
  const amount = (row: Resource, name: string): number => {
    const value = row[name];
    return typeof value === 'number' ? value * unit : 0;
  };
  const sum = (name: string): number => rows.reduce((all, row) => all + amount(row, name), 0);
  return (
    <section>
      <h2>{title}</h2>
      <ProblemBox problem={problem} again={again} />
      {rows.length > 1 && (
        <>
          <p>{say('capacity.together')}</p>
          <TakenShare name={say('capacity.together')} used={sum(used)} whole={sum(whole)} />
        </>
      )}
      <ul class="holders">
        {rows.map((row) => (
          <li key={row.id}>
            <span>
              <a href={home + pathTo(schema.pluralName, row.id)}>
                <bdi>{titleOf(row)}</bdi>
              </a>{' '}
              <StateBadge resource={row} />
            </span>
            <TakenShare name={titleOf(row)} used={amount(row, used)} whole={amount(row, whole)} />
          </li>
        ))}
      </ul>
    </section>
  );
}
