import { createRequire } from 'node:module';
import { Registry } from 'prom-client';
import type { Plugin } from '../../di.js';
import { METER } from '../../ports/tokens.js';
import { processMetrics } from './process-metrics.js';
import { PrometheusMeter } from './prometheus-meter.js';

/** Where the metrics of a cloud are kept. */
export interface PrometheusOptions {
  /** A registry of prom-client that the host application has already. Default: one of the cloud's own. */
  readonly registry?: Registry | undefined;
}

/** A plug-in, and its metrics as text. */
export interface PrometheusPlugin extends Plugin {
  /** All metrics of the registry in Prometheus' text format; what `/metrics` answers. */
  text(): Promise<string>;
}

/** A plug-in that keeps numbers for Prometheus. For one cloud: the names are taken afterwards. */
export function prometheus(options: PrometheusOptions = {}): PrometheusPlugin {
  const registry = options.registry ?? new Registry();
  const meter = new PrometheusMeter(registry);
  processMetrics(meter, version());
  const plugin: Plugin = (container) => {
    container.register(METER, { useValue: meter });
  };
  return Object.assign(plugin, { text: () => registry.metrics() });
}

function version(): string {
  const described: unknown = createRequire(import.meta.url)('../../../package.json');
  return typeof described === 'object' &&
    described !== null &&
    'version' in described &&
    typeof described.version === 'string'
    ? described.version
    : 'unknown';
}
