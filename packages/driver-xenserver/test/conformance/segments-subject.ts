import type { SegmentActual, SegmentDesired } from '@gdcloud/core';
import type { Subject } from '@gdcloud/core/testing';
import { DEPLOYMENT, poolBackend } from './backend.js';

const lan: SegmentDesired = {
  name: 'lan',
  segment: { kind: 'vlan', physicalNetwork: 'physnet1', id: 100 },
};

/** Segments of a simulated pool, as the conformance kit examines them. */
export const segments: Subject<SegmentDesired, SegmentActual> = {
  name: 'xenserver segments',
  specs: {
    valid: [lan, { ...lan, name: 'Bürogebäude 7 · 内部' }],
    changes: [[lan, { ...lan, name: 'dmz' }]],
    invalid: [
      { ...lan, segment: { kind: 'vlan', physicalNetwork: 'physnet9', id: 100 } },
      { ...lan, segment: { kind: 'vlan', physicalNetwork: 'physnet1', id: 4095 } },
      { ...lan, segment: { kind: 'vlan', physicalNetwork: 'physnet1', id: 0 } },
      { ...lan, segment: { kind: 'vxlan', physicalNetwork: 'physnet1', id: 100 } },
      { ...lan, segment: { kind: 'qinq', physicalNetwork: 'physnet1', outerId: 7, id: 100 } },
    ],
    named: (name) => ({ ...lan, name }),
    // Two networks can't have one tag on a trunk.
    apart: (desired, nth) =>
      desired.segment.id === lan.segment.id
        ? { ...desired, segment: { ...desired.segment, id: lan.segment.id + nth } }
        : desired,
  },
  backend: (env) =>
    poolBackend({
      env,
      className: 'network',
      driver: ({ segments }) => segments,
      foreign: (name) => ({
        name_label: name,
        name_description: `gdcloud:${name}:1`,
        other_config: { 'gdcloud:id': name, 'gdcloud:owner': `not ${DEPLOYMENT}` },
      }),
    }),
};
