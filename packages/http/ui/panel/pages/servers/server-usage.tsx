import { useEffect, useMemo, useState } from 'preact/hooks';
import type { MessageName } from '#texts/messages.js';
import { isDocument, type Resource } from '../../../hypermedia/documents.js';
import { usePanel } from '../../context.js';
import { useAnswer } from '../../live/use-answer.js';
import { ProblemBox } from '../../parts/problem-box.js';
import { type Line, LineGraph } from '../../pictures/line-graph.js';
import type { SectionProps } from '../registry.js';

/** A span that can be looked at. */
interface Span {
  readonly name: MessageName;
  readonly seconds: number;
  /** What the hypervisor keeps of a span that long. */
  readonly step: number;
}

const SPANS: readonly [Span, ...Span[]] = [
  { name: 'load.minutes', seconds: 600, step: 5 },
  { name: 'load.hour', seconds: 3_600, step: 60 },
  { name: 'load.day', seconds: 86_400, step: 3_600 },
  { name: 'load.month', seconds: 30 * 86_400, step: 86_400 },
];
/** Nothing newer is known sooner. */
const LEAST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;
/** A span that is longer by a moment comes in longer steps; and a question takes a moment. */
const SLACK_MS = 5_000;

/** What a server used, as the hypervisor counts: four graphs of one span, looked at again while they are shown. */
export function ServerUsage({ resource }: SectionProps) {
  const { api, say } = usePanel();
  const [span, setSpan] = useState(SPANS[0]);
  const [round, setRound] = useState(0);
  const url = resource.actions['usage'];
  const isThere = url !== undefined && typeof resource['powerState'] === 'string';
  useEffect(() => {
    if (!isThere) return;
    const pause = Math.min(LONGEST_PAUSE_MS, Math.max(LEAST_PAUSE_MS, span.step * 1_000));
    const timer = setInterval(() => {
      // Who looks elsewhere needs no new figures.
      if (document.visibilityState === 'visible') setRound((last) => last + 1);
    }, pause);
    return () => clearInterval(timer);
  }, [isThere, span]);
  const { value, problem } = useAnswer(async () => {
    if (url === undefined || !isThere) return undefined;
    const to = Date.now();
    const from = to - span.seconds * 1_000 + SLACK_MS;
    const input = { from: new Date(from).toISOString(), stepSeconds: span.step };
    return { from, to, span, answer: await api.act(url, input) };
  }, [url, isThere, span, round]);
  if (!isThere) return null;
  return (
    <section>
      <header class="section-head">
        <h2>{say('load.title')}</h2>
        <div class="actions" role="group" aria-label={say('load.span')}>
          {SPANS.map((each) => (
            <button
              key={each.name}
              type="button"
              class="small"
              aria-pressed={each === span}
              onClick={() => setSpan(each)}
            >
              {say(each.name)}
            </button>
          ))}
        </div>
      </header>
      <ProblemBox problem={problem} />
      {value === undefined && problem === undefined && <p role="status">{say('loading')}</p>}
      {value !== undefined && <Graphs {...value} />}
    </section>
  );
}

interface GraphsProps {
  readonly from: number;
  readonly to: number;
  readonly span: Span;
  readonly answer: Resource;
}

function Graphs({ from, to, answer }: GraphsProps) {
  const { say, amounts } = usePanel();
  const shown = useMemo(() => {
    const line = lineOf(answer['samples']);
    return {
      cpu: [line(say('load.cpu'), 'cpuPercent')],
      memory: [line(say('load.memory'), 'memoryBytes')],
      disk: [
        line(say('load.read'), 'diskReadBytesPerSecond'),
        line(say('load.written'), 'diskWriteBytesPerSecond'),
      ],
      network: [
        line(say('load.received'), 'networkReceiveBytesPerSecond'),
        line(say('load.sent'), 'networkSendBytesPerSecond'),
      ],
    };
  }, [answer, say]);
  const step = Number(answer['stepSeconds'] ?? 0) * 1_000;
  const shared = { from, to, gapMs: 2.5 * step };
  const rate = (value: number): string => say('load.perSecond', { amount: amounts.bytes(value) });
  const bytes = { ...shared, base: 'binary', atLeast: 1_024, told: rate } as const;
  if (shown.cpu[0]?.points.length === 0) return <p class="quiet">{say('graph.nothing')}</p>;
  return (
    <div class="graphs">
      <LineGraph
        {...shared}
        title={say('load.cpu')}
        lines={shown.cpu}
        base="decimal"
        atLeast={100}
        told={(value) => amounts.percent(value / 100)}
      />
      <LineGraph
        {...bytes}
        title={say('load.memory')}
        lines={shown.memory}
        told={(value) => amounts.bytes(value)}
      />
      <LineGraph {...bytes} title={say('load.disk')} lines={shown.disk} />
      <LineGraph {...bytes} title={say('load.network')} lines={shown.network} />
    </div>
  );
}

// Steps that nothing is known of are left out.
function lineOf(samples: unknown): (name: string, field: string) => Line {
  const known = Array.isArray(samples) ? samples.filter(isDocument) : [];
  return (name, field) => ({
    name,
    points: known.flatMap((sample) => {
      const { at } = sample;
      const value = sample[field];
      return typeof at === 'number' && typeof value === 'number' ? [{ at, value }] : [];
    }),
  });
}
