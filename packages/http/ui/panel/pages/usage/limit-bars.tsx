import { spoken } from '#texts/labels.js';
import { GB } from '../../../format/byte-units.js';
import type { Document } from '../../../hypermedia/documents.js';
import { usePanel } from '../../context.js';
import { ShareBar } from '../../pictures/share-bar.js';

interface LimitBarsProps {
  /** By kind of thing: `networks`, `volumeGb`. */
  readonly used: Document;
  readonly limits: Document;
}

/** From this share on it is said that little is left. */
const NEARLY = 0.8;

/** Kinds that people look for first; all others follow. */
const ORDER: readonly string[] = [
  'virtualmachines',
  'volumes',
  'volumeGb',
  'snapshots',
  'networks',
];

/** How much there is of each kind of thing, of how much there may be: as bars, and in words. */
export function LimitBars({ used, limits }: LimitBarsProps) {
  const { say } = usePanel();
  const names = new Set([
    ...ORDER.filter((name) => Object.hasOwn({ ...used, ...limits }, name)),
    ...Object.keys(limits),
    ...Object.keys(used),
  ]);
  if (names.size === 0) return <p class="quiet">{say('usage.none')}</p>;
  return (
    <ul class="usage">
      {[...names].map((name) => (
        <LimitBar key={name} name={name} used={Number(used[name] ?? 0)} limit={limits[name]} />
      ))}
    </ul>
  );
}

interface LimitBarProps {
  readonly name: string;
  readonly used: number;
  readonly limit: unknown;
}

function LimitBar({ name, used, limit }: LimitBarProps) {
  const { amounts, catalogue, labels, say } = usePanel();
  const schema = catalogue.plural(name);
  const isSize = name.endsWith('Gb');
  const label =
    schema !== undefined
      ? labels.plural(schema)
      : name === 'volumeGb'
        ? say('usage.volumeGb')
        : spoken(name);
  const told = (value: number): string =>
    isSize ? amounts.bytes(value * GB) : amounts.number(value);
  const level = typeof limit === 'number' ? levelOf(used, limit) : 'plenty';
  return (
    <li>
      <div class="usage-head">
        <strong>{label}</strong>
        {typeof limit !== 'number' && <span>{say('usage.unlimited', { used: told(used) })}</span>}
      </div>
      {typeof limit === 'number' && (
        <ShareBar
          name={label}
          used={used}
          whole={limit}
          text={say('usage.of', { used: told(used), limit: told(limit) })}
        />
      )}
      {level === 'full' && <p class="wrong">{say('usage.full')}</p>}
      {level === 'nearly' && <p class="quiet">{say('usage.nearlyFull')}</p>}
    </li>
  );
}

/** How much is left, in a word. */
export function levelOf(used: number, limit: number): 'plenty' | 'nearly' | 'full' {
  if (used >= limit) return 'full';
  return used / limit >= NEARLY ? 'nearly' : 'plenty';
}
