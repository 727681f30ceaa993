import type { SegmentDesired } from '@gdcloud/core';
import type { Specs } from '@gdcloud/core/testing';

/** Segments to try on any pool, with tags from `first` on. */
export function segmentSpecs(first: number): Specs<SegmentDesired> {
  const lan: SegmentDesired = {
    name: 'lan',
    segment: { kind: 'vlan', physicalNetwork: 'physnet1', id: first },
  };
  return {
    valid: [lan, { ...lan, name: 'Bürogebäude 7 · 内部' }],
    changes: [[lan, { ...lan, name: 'dmz' }]],
    invalid: [
      { ...lan, segment: { kind: 'vlan', physicalNetwork: 'physnet9', id: first } },
      { ...lan, segment: { kind: 'vlan', physicalNetwork: 'physnet1', id: 4095 } },
      { ...lan, segment: { kind: 'vlan', physicalNetwork: 'physnet1', id: 0 } },
      { ...lan, segment: { kind: 'vxlan', physicalNetwork: 'physnet1', id: first } },
      { ...lan, segment: { kind: 'qinq', physicalNetwork: 'physnet1', outerId: 7, id: first } },
    ],
    named: (name) => ({ ...lan, name }),
    // Two networks can't have one tag on a trunk.
    apart: (desired, nth) =>
      desired.segment.id === first
        ? { ...desired, segment: { ...desired.segment, id: first + nth } }
        : desired,
  };
}
