import { useId, useState } from 'preact/hooks';
import { usePanel } from '../context.js';
import { niceTicks } from './line-scale.js';
import { NumbersTable } from './numbers-table.js';
import type { Bar, Mark, Waterfall, WaterfallRow } from './waterfall-layout.js';

interface WaterfallPictureProps {
  readonly title: string;
  readonly waterfall: Waterfall;
}

const WIDTH = 1_000;
const ROW = 34;
const TOP = 22;
const LEAST = 3;
const TICKS = 6;

/** Who did what when: a row for each, a bar for what took a while, a mark for a moment. The table says the same in words. */
export function WaterfallPicture({ title, waterfall }: WaterfallPictureProps) {
  const { say, amounts } = usePanel();
  const id = useId();
  const [told, setTold] = useState<string | undefined>();
  const { rows, length } = waterfall;
  const ticks = niceTicks(length, 'decimal', TICKS).filter((tick) => tick <= length);
  const x = (at: number): number => (Math.min(at, length) / length) * WIDTH;
  const height = ROW * rows.length;
  return (
    <figure class="waterfall">
      <div class="waterfall-rows">
        <ul aria-hidden="true">
          {rows.map(({ key, name }) => (
            <li key={key}>
              <bdi>{name}</bdi>
            </li>
          ))}
        </ul>
        <svg
          viewBox={`0 0 ${WIDTH} ${height}`}
          preserveAspectRatio="none"
          height={height}
          role="img"
          aria-labelledby={`${id}-title ${id}-desc`}
        >
          <title id={`${id}-title`}>{title}</title>
          <desc id={`${id}-desc`}>{say('waterfall.desc', { span: amounts.span(length) })}</desc>
          {ticks.map((tick) => (
            <line key={tick} class="grid" x1={x(tick)} x2={x(tick)} y1={0} y2={height} />
          ))}
          {rows.map((row, place) => (
            <g key={row.key} transform={`translate(0 ${place * ROW})`}>
              {row.bars.map((bar, index) => (
                <rect
                  key={index}
                  class={`bar ${bar.kind}`}
                  x={x(bar.from)}
                  y={bar.kind === 'wait' ? ROW / 2 - 3 : 7}
                  width={Math.max(LEAST, x(bar.to) - x(bar.from))}
                  height={bar.kind === 'wait' ? 6 : ROW - 14}
                  onPointerEnter={() => setTold(barTold(row, bar))}
                  onPointerLeave={() => setTold(undefined)}
                />
              ))}
              {row.marks.map((mark, index) => (
                <rect
                  key={index}
                  class={`mark ${mark.kind}`}
                  x={Math.min(WIDTH - LEAST, x(mark.at))}
                  y={3}
                  width={LEAST}
                  height={ROW - 6}
                  onPointerEnter={() => setTold(markTold(row, mark))}
                  onPointerLeave={() => setTold(undefined)}
                />
              ))}
            </g>
          ))}
        </svg>
        <div class="waterfall-scale" aria-hidden="true" style={{ height: `${TOP}px` }}>
          {ticks.map((tick) => (
            <span key={tick} style={{ insetInlineStart: `${(tick / length) * 100}%` }}>
              {amounts.span(tick)}
            </span>
          ))}
        </div>
      </div>
      <p class="graph-readout" aria-live="polite">
        {told ?? say('waterfall.legend')}
      </p>
      <details>
        <summary>{say('graph.table')}</summary>
        <Words waterfall={waterfall} title={title} />
      </details>
    </figure>
  );

  function barTold({ name }: WaterfallRow, { what, from, to, kind }: Bar): string {
    const span = amounts.span(to - from);
    return kind === 'wait' ? `${name}: ${what} (${span})` : `${name}: ${what}, ${span}`;
  }
  function markTold({ name }: WaterfallRow, { what, at }: Mark): string {
    return `${name}: ${what}, + ${amounts.span(at)}`;
  }
}

function Words({ waterfall, title }: WaterfallPictureProps) {
  const { say, amounts } = usePanel();
  const lines = waterfall.rows
    .flatMap(({ key, name, bars, marks }) => [
      ...bars.map(({ what, from, to }) => ({ key, name, what, at: from, span: to - from })),
      ...marks.map(({ what, at }) => ({ key, name, what, at, span: undefined })),
    ])
    .toSorted((one, other) => one.at - other.at);
  const heads = [
    say('graph.when'),
    say('waterfall.who'),
    say('waterfall.what'),
    say('waterfall.span'),
  ];
  return (
    <NumbersTable title={title} heads={heads}>
      {lines.map(({ key, name, what, at, span }, index) => (
        <tr key={`${key} ${index}`}>
          <td>+ {amounts.span(at)}</td>
          <td>
            <bdi>{name}</bdi>
          </td>
          <td>
            <bdi>{what}</bdi>
          </td>
          <td>{span === undefined ? '–' : amounts.span(span)}</td>
        </tr>
      ))}
    </NumbersTable>
  );
}
