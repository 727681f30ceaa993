import { type Tracer as OpentelemetryApiTracer, trace } from '@opentelemetry/api';
import type { Plugin } from '../../di.js';
import { TRACER } from '../../ports/tokens.js';
import { OpentelemetryTracer } from './opentelemetry-tracer.js';

/** How spans get to OpenTelemetry. */
export interface OpentelemetryOptions {
  /** The tracer to use. Default: the one of the provider that the host application has registered. */
  readonly tracer?: OpentelemetryApiTracer | undefined;
}

/**
 * A plug-in that records spans with OpenTelemetry. It uses the API only: which SDK collects, samples and exports them is
 * the host application's choice, and without one nothing is recorded.
 */
export function opentelemetry(options: OpentelemetryOptions = {}): Plugin {
  return (container) => {
    container.register(TRACER, {
      useValue: new OpentelemetryTracer(options.tracer ?? trace.getTracer('@gdcloud/core')),
    });
  };
}
