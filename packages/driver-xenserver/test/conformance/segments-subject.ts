import type { SegmentActual, SegmentDesired } from '@gdcloud/core';
import type { Subject } from '@gdcloud/core/testing';
import { DEPLOYMENT, poolBackend } from './backend.js';
import type { Hear } from './line.js';
import { segmentSpecs } from './segment-specs.js';

/** Segments of a simulated pool as of a release, as the conformance kit examines them. */
export const segments = (
  release: string,
  begin: () => Hear,
): Subject<SegmentDesired, SegmentActual> => ({
  name: 'xenserver segments',
  specs: segmentSpecs(100),
  backend: (env) =>
    poolBackend({
      env,
      release,
      begin,
      className: 'network',
      driver: ({ segments }) => segments,
      foreign: (name) => ({
        name_label: name,
        name_description: `gdcloud:${name}:1`,
        other_config: { 'gdcloud:id': name, 'gdcloud:owner': `not ${DEPLOYMENT}` },
      }),
    }),
});
