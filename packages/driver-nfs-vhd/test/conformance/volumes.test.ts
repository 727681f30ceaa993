import type { VolumeDesired } from '@gdcloud/core';
import { conform, type Specs } from '@gdcloud/core/testing';
import t, { test } from 'tap';
import { GIB, MIB } from '../support/fixtures.js';
import { type ShareCase, shareSubject } from './share-subject.js';
import { BASE } from './share-world.js';

t.setTimeout(300_000);

const DATA: VolumeDesired = { name: 'data', sizeBytes: GIB };
const ROOT: VolumeDesired = { name: 'root', sizeBytes: 4 * GIB, origin: { image: BASE } };
const SMALL: VolumeDesired = { name: 'small', sizeBytes: 2 * MIB };

const blank: Specs<VolumeDesired> = {
  valid: [DATA, SMALL],
  changes: [],
  invalid: [0, -GIB, GIB - 1, MIB, 2042 * GIB, Number.NaN].map((sizeBytes) => ({
    ...DATA,
    sizeBytes,
  })),
  named: (name) => ({ ...DATA, name }),
  unforeseen: ['physicalBytes'],
};
const copies: Specs<VolumeDesired> = {
  ...blank,
  valid: [ROOT, DATA],
  invalid: [...blank.invalid, { ...ROOT, sizeBytes: GIB / 2 }],
  named: (name) => ({ ...ROOT, name }),
};

const CASES: readonly Omit<ShareCase<VolumeDesired>, 'disks' | 'visibility'>[] = [
  { specs: copies, before: 'known', away: 'unmounted', death: 'process' },
  { specs: copies, before: 'known', away: 'unreachable', death: 'powerToo' },
  { specs: copies, before: 'newMachine', away: 'unreachable', death: 'process' },
  { specs: blank, before: 'empty', away: 'unreachable', death: 'powerToo' },
];

for (const one of CASES) {
  const name = `volumes-${one.before}-${one.away}-${one.death}`;
  test(`volumes keep the contract: ${name}`, async (t) => {
    const subject = shareSubject(name, {
      ...one,
      disks: ({ volumes }) => volumes,
      visibility: 'visible',
    });
    const report = await conform(subject);
    t.comment(report.text);
    report.assert();
  });
}
