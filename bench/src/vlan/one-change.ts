import { performance } from 'node:perf_hooks';
import { compileProgram } from '@gdcloud/driver-vlan';
import { median } from '../load/statistics.js';
import { figure } from '../report/figure.js';
import { agentIn, documentOf, documentRead, forwardOf, programOf } from './documents.js';
import { nft, signal, stillOurs } from './programs.js';
import { RawForwards } from './raw-forwards.js';
import type { VlanPart } from './vlan-part.js';

const FORWARDS = 10_000;
const NETWORK = 4;
const RAW = 'raw';

/** One forward among many. */
export const oneChange: VlanPart = {
  name: 'change',
  what: 'a change of one forward among 10,000, beside one nft -f -',
  async measure({ sandbox, rounds, tell }) {
    const document = documentOf(NETWORK, FORWARDS);
    const changed = {
      ...document,
      revision: 2,
      forwards: [
        ...document.forwards.slice(0, -1),
        { ...forwardOf(NETWORK, FORWARDS - 1), generation: 2, privateStartPort: 8081 },
      ],
    };
    const agent = agentIn(sandbox);
    const raw = new RawForwards(sandbox, RAW);
    tell(`${FORWARDS} forwards by nft`);
    const cold: { readonly ours: number[]; readonly raw: number[] } = { ours: [], raw: [] };
    for (let round = 0; round < rounds; round += 1) {
      await agent.dissolve(programOf(NETWORK, document).namespace, signal);
      await raw.forget();
      await raw.make();
      const begin = performance.now();
      await raw.load(document.forwards);
      cold.raw.push(performance.now() - begin);
      const middle = performance.now();
      await agent.follow(programOf(NETWORK, document), stillOurs, signal);
      cold.ours.push(performance.now() - middle);
    }
    tell('one of them changes');
    let read = documentRead(NETWORK, document);
    await agent.follow(compileProgram(read), stillOurs, signal);
    const one: { readonly ours: number[]; readonly raw: number[] } = { ours: [], raw: [] };
    for (let round = 0; round < rounds * 10; round += 1) {
      const next = round % 2 === 0 ? changed : document;
      const last = next.forwards.at(-1) ?? forwardOf(NETWORK, 0);
      const before = (round % 2 === 0 ? document : changed).forwards.at(-1) ?? last;
      // As it comes from the kernel: nothing of it is the same object.
      const sent = structuredClone(next);
      const begin = performance.now();
      await raw.replace(before, last);
      one.raw.push(performance.now() - begin);
      const middle = performance.now();
      read = documentRead(NETWORK, sent, read);
      const { by } = await agent.follow(compileProgram(read), stillOurs, signal);
      one.ours.push(performance.now() - middle);
      if (by !== 'elements') throw new Error(`it was followed by ${by}`);
    }
    const live = await nft(
      sandbox,
      programOf(NETWORK, document).namespace,
      'list set inet gd live_tcp',
    );
    if (!live.includes('8080')) throw new Error('the forwards are not there');
    agent.close();
    await raw.forget();
    return [
      figure(`${FORWARDS} forwards, cold: nft -f - of the same elements`, median(cold.raw), 'ms'),
      figure(`${FORWARDS} forwards, cold: ours`, median(cold.ours), 'ms'),
      figure(`${FORWARDS} forwards, cold: ours to nft`, median(cold.ours) / median(cold.raw), '×', {
        most: 1.5,
      }),
      figure(`one of ${FORWARDS} forwards: nft -f -`, median(one.raw), 'ms'),
      figure(`one of ${FORWARDS} forwards: ours, from the document on`, median(one.ours), 'ms'),
      figure(`one of ${FORWARDS} forwards: ours to nft`, median(one.ours) / median(one.raw), '×', {
        most: 1.2,
      }),
    ];
  },
};
