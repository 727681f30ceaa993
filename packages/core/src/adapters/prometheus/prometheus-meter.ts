import {
  Gauge,
  type Registry,
  Counter as TheirCounter,
  Histogram as TheirHistogram,
} from 'prom-client';
import type { Counter, Histogram, Labels, Meter, Metric, Reading } from '../../ports/meter.js';

/** Metrics in a registry of prom-client. Asked twice for the same name it throws: one cloud, one registry. */
export class PrometheusMeter implements Meter {
  readonly isActive = true;
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  counter<Label extends string>(metric: Metric<Label>): Counter<Label> {
    const counter = new TheirCounter({ ...described(metric), registers: [this.#registry] });
    return { add: (labels, amount = 1) => counter.inc(inOrder(labels), amount) };
  }

  histogram<Label extends string>(
    metric: Metric<Label> & { readonly buckets: readonly number[] },
  ): Histogram<Label> {
    const histogram = new TheirHistogram({
      ...described(metric),
      buckets: [...metric.buckets],
      registers: [this.#registry],
    });
    return { record: (labels, value) => histogram.observe(inOrder(labels), value) };
  }

  gauge<Label extends string>(
    metric: Metric<Label>,
    read: () => readonly Reading<Label>[] | Promise<readonly Reading<Label>[]>,
  ): void {
    const gauge = new Gauge({
      ...described(metric),
      registers: [this.#registry],
      async collect() {
        // What was true at the last reading says nothing about this one.
        gauge.reset();
        for (const { labels, value } of await orNone(read)) gauge.set(inOrder(labels), value);
      },
    });
  }
}

function described<Label extends string>({
  name,
  help,
  labels,
}: Metric<Label>): {
  name: string;
  help: string;
  labelNames: Label[];
} {
  return { name, help, labelNames: [...labels] };
}

function inOrder<Label extends string>(labels: Labels<Label>): Record<Label, string> {
  return { ...labels };
}

// A store that is away must not take all other numbers with it.
async function orNone<Label extends string>(
  read: () => readonly Reading<Label>[] | Promise<readonly Reading<Label>[]>,
): Promise<readonly Reading<Label>[]> {
  try {
    return await read();
  } catch {
    return [];
  }
}
