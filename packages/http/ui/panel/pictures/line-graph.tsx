import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import { usePanel } from '../context.js';
import {
  nearest,
  niceMoments,
  niceTicks,
  type Point,
  pathThrough,
  type StepBase,
} from './line-scale.js';
import { NumbersTable } from './numbers-table.js';

/** A line of a graph. */
export interface Line {
  readonly name: string;
  /** In the order of time. */
  readonly points: readonly Point[];
}

interface LineGraphProps {
  readonly title: string;
  /** At most two; the second is dashed, so that colour is not the only sign. */
  readonly lines: readonly Line[];
  readonly from: number;
  readonly to: number;
  /** The longest pause between points that are joined. */
  readonly gapMs: number;
  /** The least that the scale reaches to: 100 for a share. */
  readonly atLeast: number;
  readonly base: StepBase;
  /** Says a value with its unit. */
  readonly told: (value: number) => string;
}

const HEIGHT = 180;
const LEFT = 72;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 24;
const DAY_MS = 86_400_000;
/** A table of more rows is no alternative to anything. */
const ROWS = 60;

/**
 * Values over time as lines, drawn here as SVG. Pointing, or the arrow keys, read a moment out; a table says the same to
 * those who can’t see it.
 */
export function LineGraph(props: LineGraphProps) {
  const { title, lines, from, to, gapMs, atLeast, base, told } = props;
  const { say, amounts } = usePanel();
  const id = useId();
  const { room, width } = useWidth();
  const [at, setAt] = useState<number | undefined>();
  const first = lines[0]?.points ?? [];
  const most = useMemo(
    () => Math.max(atLeast, ...lines.flatMap(({ points }) => points.map(({ value }) => value))),
    [lines, atLeast],
  );
  const ticks = niceTicks(most, base);
  const top = ticks.at(-1) ?? 1;
  const x = (moment: number): number =>
    LEFT + ((moment - from) / Math.max(1, to - from)) * (width - LEFT - RIGHT);
  const y = (value: number): number => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const zone = -new Date(to).getTimezoneOffset() * 60_000;
  const moments = niceMoments(from, to, Math.max(2, Math.floor(width / 110)), zone);
  const short = (moment: number): string =>
    to - from > 2 * DAY_MS ? amounts.day(moment) : amounts.clock(moment);
  const chosen = at === undefined ? -1 : nearest(first, at);
  const point = first[chosen];
  const look = (event: PointerEvent & { readonly currentTarget: SVGSVGElement }): void => {
    const { left, width: shown } = event.currentTarget.getBoundingClientRect();
    const share = ((event.clientX - left) / shown) * width;
    setAt(from + ((share - LEFT) / (width - LEFT - RIGHT)) * (to - from));
  };
  const pressed = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (event.key === 'Escape') setAt(undefined);
    if (step === undefined || first.length === 0) return;
    event.preventDefault();
    const begin = chosen < 0 ? first.length : chosen;
    const next = Math.min(first.length - 1, Math.max(0, begin + step));
    setAt(first[next]?.at);
  };
  const valuesAt = (moment: number): string =>
    lines.map(({ name, points }) => `${name}: ${toldAt(points, moment, told)}`).join(', ');
  const last = first.at(-1);
  const newest = last === undefined ? say('graph.nothing') : valuesAt(last.at);
  return (
    <figure class="graph" ref={room}>
      <figcaption>
        <strong>{title}</strong>
        {lines.map(({ name, points }, place) => (
          <span key={name} class={`graph-key line-${place}`}>
            {lines.length > 1 && name} <b>{toldLast(points, told)}</b>
          </span>
        ))}
      </figcaption>
      <svg
        viewBox={`0 0 ${width} ${HEIGHT}`}
        height={HEIGHT}
        role="img"
        aria-labelledby={`${id}-title ${id}-desc`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys read values out
        tabIndex={0}
        onPointerMove={look}
        onPointerDown={look}
        onPointerLeave={() => setAt(undefined)}
        onKeyDown={pressed}
        onBlur={() => setAt(undefined)}
      >
        <title id={`${id}-title`}>{title}</title>
        <desc id={`${id}-desc`}>{say('graph.desc', { newest })}</desc>
        {ticks.map((tick) => (
          <g key={tick}>
            <line class="grid" x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} />
            <text class="tick" x={LEFT - 8} y={y(tick) + 4} text-anchor="end">
              {told(tick)}
            </text>
          </g>
        ))}
        {moments.map((moment) => (
          <g key={moment}>
            <line class="grid" x1={x(moment)} x2={x(moment)} y1={TOP} y2={HEIGHT - BOTTOM} />
            <text class="tick" x={x(moment)} y={HEIGHT - 6} text-anchor="middle">
              {short(moment)}
            </text>
          </g>
        ))}
        {lines.map(({ name, points }, place) => (
          <path key={name} class={`line line-${place}`} d={pathThrough(points, { x, y }, gapMs)} />
        ))}
        {point !== undefined && (
          <g>
            <line class="pointer" x1={x(point.at)} x2={x(point.at)} y1={TOP} y2={HEIGHT - BOTTOM} />
            {lines.map(({ name, points }, place) => (
              <circle
                key={name}
                class={`dot line-${place}`}
                cx={x(point.at)}
                cy={y(points[nearest(points, point.at)]?.value ?? 0)}
                r="4"
              />
            ))}
          </g>
        )}
      </svg>
      <p class="graph-readout" aria-live="polite">
        {point === undefined ? '\u00a0' : `${amounts.moment(point.at)} – ${valuesAt(point.at)}`}
      </p>
      <details>
        <summary>{say('graph.table')}</summary>
        <Numbers lines={lines} told={told} title={title} />
      </details>
    </figure>
  );
}

function toldAt(points: readonly Point[], at: number, told: (value: number) => string): string {
  const point = points[nearest(points, at)];
  return point?.at === at ? told(point.value) : '–';
}

function toldLast(points: readonly Point[], told: (value: number) => string): string {
  const last = points.at(-1);
  return last === undefined ? '–' : told(last.value);
}

function Numbers({ lines, told, title }: Pick<LineGraphProps, 'lines' | 'told' | 'title'>) {
  const { say, amounts } = usePanel();
  const first = lines[0]?.points ?? [];
  const begin = Math.max(0, first.length - ROWS);
  return (
    <NumbersTable title={title} heads={[say('graph.when'), ...lines.map(({ name }) => name)]}>
      {first
        .slice(begin)
        .map(({ at }) => (
          <tr key={at}>
            <td>{amounts.moment(at)}</td>
            {lines.map(({ name, points }) => (
              <td key={name}>{toldAt(points, at, told)}</td>
            ))}
          </tr>
        ))
        .reverse()}
    </NumbersTable>
  );
}

// The picture is as wide as there is room, so that its letters are as large as all others.
function useWidth() {
  const room = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(480);
  useEffect(() => {
    const element = room.current;
    if (element === null) return;
    const watcher = new ResizeObserver(([entry]) => {
      const { inlineSize = 0 } = entry?.contentBoxSize[0] ?? {};
      if (inlineSize > 0) setWidth(Math.max(240, Math.round(inlineSize)));
    });
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);
  return { room, width };
}
