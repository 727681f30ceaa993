import type { MessageName } from '#texts/messages.js';
import type { Resource, Schema } from '../../../hypermedia/documents.js';
import { pathTo, usePanel } from '../../context.js';
import { StateBadge } from '../../parts/state-badge.js';
import { titleOf } from '../../titles.js';
import type { Everything } from '../overview-page.js';

interface AttentionProps {
  readonly schemas: readonly Schema[];
  readonly lists: Everything;
}

interface Found {
  readonly schema: Schema;
  readonly row: Resource;
}

const MOST = 10;
/** Who has none of these has only just begun. */
const OWN: readonly string[] = ['network', 'virtualmachine', 'volume'];

/** What is not as asked: what needs somebody first, then what is under way, each with why. */
export function Attention({ schemas, lists }: AttentionProps) {
  const { say } = usePanel();
  const found = (as: 'yes' | 'error'): readonly Found[] =>
    schemas.flatMap((schema) =>
      (lists[schema.id]?.rows ?? [])
        .filter(({ transitioning }) => transitioning === as)
        .map((row) => ({ schema, row })),
    );
  const failed = found('error');
  const moving = found('yes');
  const isEmpty = OWN.every((id) => (lists[id]?.rows.length ?? 0) === 0);
  if (failed.length + moving.length === 0)
    return isEmpty ? null : (
      <p class="all-well">
        <span aria-hidden="true">✓</span> {say('overview.allWell')}
      </p>
    );
  return (
    <>
      <Group title="overview.attention" found={failed} />
      <Group title="overview.moving" found={moving} />
    </>
  );
}

interface GroupProps {
  readonly title: MessageName;
  readonly found: readonly Found[];
}

function Group({ title, found }: GroupProps) {
  const { amounts, home, labels, say } = usePanel();
  if (found.length === 0) return null;
  return (
    <section>
      <h2>{say(title)}</h2>
      <ul class="lines">
        {found.slice(0, MOST).map(({ schema, row }) => (
          <li key={`${schema.id} ${row.id}`}>
            <span>
              {labels.type(schema.id)}{' '}
              <a href={home + pathTo(schema.pluralName, row.id)}>
                <bdi>{titleOf(row)}</bdi>
              </a>
            </span>
            <StateBadge resource={row} />
            <span class="quiet">{row.transitioningMessage}</span>
          </li>
        ))}
      </ul>
      {found.length > MOST && (
        <p class="quiet">{say('overview.more', { count: amounts.number(found.length - MOST) })}</p>
      )}
    </section>
  );
}
