// Every metric, from what registers them.
import { everyMetric } from '../../examples/server/dist-test/support/every-metric.js';
import { cell, code, codes, page, table } from './markdown.mjs';

/** The page of metrics. */
export async function metricPage() {
  const metrics = (await everyMetric()).toSorted((one, other) => (one.name < other.name ? -1 : 1));
  return page(
    'Metrics',
    'Everything that `/metrics` of `examples/server` can say, in the roles that there are. What labels mean, and what to alarm on: ' +
      '[Observability](../observability.md#metrics), [Alarms](../operations.md#alarms).',
    table(
      ['metric', 'kind', 'labels', 'what it says'],
      metrics.map(({ name, kind, labels, help }) => [code(name), kind, codes(labels), cell(help)]),
    ),
  );
}
