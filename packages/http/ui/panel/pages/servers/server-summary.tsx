import type { ComponentChildren } from 'preact';
import { GB, MB } from '../../../format/byte-units.js';
import type { Resource } from '../../../hypermedia/documents.js';
import { usePanel } from '../../context.js';
import { diskGbOf, limitOf } from './new-server.js';

interface ServerSummaryProps {
  readonly offering: Resource | undefined;
  readonly image: Resource | undefined;
  /** What its network is called, and its range. */
  readonly network: string;
  /** How many servers there are already. */
  readonly count: number;
  readonly account: Resource | undefined;
  /** The button. */
  readonly children: ComponentChildren;
}

/** What a new server will have and take, as a bill says it; it follows every choice. */
export function ServerSummary(props: ServerSummaryProps) {
  const { offering, image, network, count, account, children } = props;
  const { amounts, say } = usePanel();
  const disk = diskGbOf(image);
  const limit = limitOf(account, 'virtualmachines');
  const lines: readonly (readonly [string, string])[] = [
    [
      say('server.processors'),
      offering === undefined ? '–' : amounts.number(Number(offering['cpuCount'])),
    ],
    [
      say('server.memory'),
      offering === undefined ? '–' : amounts.bytes(Number(offering['ramSizeMb']) * MB),
    ],
    [say('server.disk'), disk === undefined ? '–' : amounts.bytes(disk * GB)],
    [say('server.system'), image?.name ?? '–'],
    [say('server.address'), network],
  ];
  return (
    <aside class="summary" aria-label={say('server.summary')}>
      <h2>{say('server.summary')}</h2>
      <dl aria-live="polite">
        {lines.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
      <p class={limit !== undefined && count >= limit ? 'wrong' : 'quiet'}>
        {limit === undefined
          ? say('server.number', { number: count + 1 })
          : say('server.numberOf', { number: count + 1, limit })}
      </p>
      {children}
    </aside>
  );
}
