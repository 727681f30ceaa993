import { usePanel } from '../context.js';
import type { Outcome, Pass } from './pass-history.js';

interface PassMapProps {
  readonly passes: readonly Pass[];
  /** The types that have a lane, in this order. */
  readonly types: readonly string[];
  /** The moments at the left and at the right edge; milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
}

const WIDTH = 960;
const LANE = 30;
const NAMES = 150;
const FOOT = 24;

/** Every pass of the kernel as a mark: on the lane of its type, at its time, its shape and colour by how it ended. */
export function PassMap({ passes, types, from, to }: PassMapProps) {
  const { labels, say, amounts } = usePanel();
  const height = types.length * LANE + FOOT;
  const x = (at: number): number => NAMES + ((at - from) / (to - from)) * (WIDTH - NAMES - 10);
  const lane = new Map(types.map((type, place) => [type, place * LANE + LANE / 2]));
  const ticks = [0, 15, 30, 45, 60]
    .map((seconds) => to - seconds * 1_000)
    .filter((at) => at >= from);
  return (
    <svg
      class="pass-map"
      viewBox={`0 0 ${WIDTH} ${height}`}
      role="img"
      aria-label={say('passes.map')}
    >
      {types.map((type, place) => (
        <g key={type}>
          <text x={0} y={(lane.get(type) ?? 0) + 5}>
            {labels.type(type)}
          </text>
          <line
            class="lane"
            x1={NAMES}
            x2={WIDTH}
            y1={place * LANE + LANE / 2}
            y2={place * LANE + LANE / 2}
          />
        </g>
      ))}
      {ticks.map((at) => (
        <g key={at}>
          <line class="tick" x1={x(at)} x2={x(at)} y1={0} y2={height - FOOT} />
          <text
            class="tick-text"
            x={x(at)}
            y={height - 6}
            text-anchor={at === to ? 'end' : 'middle'}
          >
            {at === to ? say('passes.now') : `−${amounts.span(to - at)}`}
          </text>
        </g>
      ))}
      {passes.map((pass, index) => (
        <Mark
          key={`${pass.type} ${pass.resourceId} ${pass.at} ${index}`}
          pass={pass}
          x={x(pass.at)}
          y={lane.get(pass.type) ?? 0}
        />
      ))}
    </svg>
  );
}

interface MarkProps {
  readonly pass: Pass;
  readonly x: number;
  readonly y: number;
}

function Mark({ pass, x, y }: MarkProps) {
  return (
    <g class={`mark ${pass.outcome}`} transform={`translate(${x} ${y})`}>
      <title>{`${pass.type} ${pass.resourceId}: ${pass.result}`}</title>
      <path d={SHAPES[pass.outcome]} />
    </g>
  );
}

/** A shape an outcome, so that colour is not the only sign. */
export const SHAPES: { readonly [outcome in Outcome]: string } = {
  done: 'M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z',
  wait: 'M-4.5 -4.5h9v9h-9z',
  retry: 'M0 -6L6 5H-6z',
  stalled: 'M0 -7L7 0L0 7L-7 0z',
  gone: 'M-5 -3.5L-3.5 -5L0 -1.5L3.5 -5L5 -3.5L1.5 0L5 3.5L3.5 5L0 1.5L-3.5 5L-5 3.5L-1.5 0z',
};
