import {
  compileProgram,
  DEFAULT_PHYSICAL_NETWORKS,
  elementChanges,
  elementRepairs,
  elementSets,
  firewallLoad,
  type NetworkProgram,
  observedElements,
  parseAppliance,
} from '@gdcloud/driver-vlan';
import fc from 'fast-check';
import { test } from 'tap';
import { documents } from '../support/documents.js';
import { DESIRED, uuid } from '../support/fixtures.js';
import { NetworkSandbox, skipWithoutSandbox } from '../support/network-sandbox.js';

type Desired = typeof DESIRED;

function programOf(desired: Desired): NetworkProgram {
  return compileProgram(parseAppliance(uuid(1), desired, DEFAULT_PHYSICAL_NETWORKS));
}

/** What nft would make of commands, for those that there are. */
function applied(
  commands: readonly string[],
  before: ReadonlyMap<string, ReadonlyMap<string, string>>,
): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const sets = new Map([...before].map(([name, elements]) => [name, new Map(elements)]));
  for (const command of commands) {
    const [, verb, name = '', list = ''] =
      /^(add|delete) element (?:inet|arp) gd (\w+) \{ (.*) \}$/.exec(command) ?? [];
    const elements = sets.get(name) ?? new Map<string, string>();
    sets.set(name, elements);
    for (const text of list.split(', ')) {
      const [key = '', value = ''] = text.split(' : ');
      if (elements.has(key) === (verb === 'add')) throw new Error(`${verb} ${name} ${key}`);
      if (verb === 'add') elements.set(key, value);
      else elements.delete(key);
    }
    if (elements.size === 0) sets.delete(name);
  }
  return sets;
}

test('the difference of two documents turns the one into the other, whichever they are', async (t) => {
  fc.assert(
    fc.property(documents, documents, (one, other) => {
      const from = programOf(one);
      const to = programOf(other);
      const changes = elementChanges(from.elements, to.elements);
      t.same(applied(changes, elementSets(from.elements)), elementSets(to.elements));
      const repairs = elementRepairs(elementSets(from.elements), to.elements);
      t.same(applied(repairs, elementSets(from.elements)), elementSets(to.elements));
    }),
    { numRuns: 60 },
  );
});

test('a document compiles to the same whatever was compiled before, in whatever order its lists come', async (t) => {
  fc.assert(
    fc.property(documents, documents, (one, other) => {
      const before = parseAppliance(uuid(1), one, DEFAULT_PHYSICAL_NETWORKS);
      compileProgram(before);
      const after = compileProgram(
        parseAppliance(uuid(1), other, DEFAULT_PHYSICAL_NETWORKS, before),
      );
      t.same(after, programOf(other));
      const turned = {
        ...other,
        forwards: other.forwards.toReversed(),
        rules: other.rules.toReversed(),
        leases: other.leases.toReversed(),
      };
      t.equal(programOf(turned).mark, after.mark);
    }),
    { numRuns: 40 },
  );
});

test('what changes nothing else of a document leaves the other elements the same objects', async (t) => {
  const forward = (nth: number, port: number) => ({
    uuid: uuid(nth),
    generation: 1,
    protocol: 'tcp' as const,
    publicAddress: '203.0.113.11',
    publicStartPort: nth,
    publicEndPort: nth,
    privateAddress: '192.168.0.9',
    privateStartPort: port,
  });
  const outside = {
    ...DESIRED,
    publicAddresses: [
      {
        uuid: uuid(1),
        generation: 1,
        address: '203.0.113.11',
        prefixLength: 24,
        gateway: '203.0.113.1',
        uplink: 'ext',
      },
    ],
  };
  const one = parseAppliance(
    uuid(1),
    { ...outside, forwards: [forward(1, 80), forward(2, 80)] },
    DEFAULT_PHYSICAL_NETWORKS,
  );
  const other = parseAppliance(
    uuid(1),
    { ...outside, forwards: [forward(1, 80), forward(2, 81)] },
    DEFAULT_PHYSICAL_NETWORKS,
    one,
  );
  const from = compileProgram(one);
  const to = compileProgram(other);
  t.not(from.mark, to.mark);
  t.equal(from.elements[1], to.elements[1], 'the forward that stays');
  t.same(elementChanges(from.elements, to.elements), [
    'delete element inet gd forwards { 203.0.113.11 . tcp . 2 }',
    'delete element inet gd live_tcp { 203.0.113.11 . 2 . 192.168.0.9 . 80 }',
    'add element inet gd forwards { 203.0.113.11 . tcp . 2 : 192.168.0.9 . 81 }',
    'add element inet gd live_tcp { 203.0.113.11 . 2 . 192.168.0.9 . 81 }',
  ]);
});

const skip = skipWithoutSandbox();

test('nft loads every program and every difference, and lists what was meant', {
  skip,
}, async (t) => {
  t.setTimeout(120_000);
  const sandbox = await NetworkSandbox.start();
  t.teardown(() => sandbox.close());
  const nft = (commands: readonly string[]): Promise<string> =>
    sandbox.run('nft -f - && nft -j list ruleset', { input: `${commands.join('\n')}\n` });
  let before: NetworkProgram | undefined;
  await fc.assert(
    fc.asyncProperty(documents, async (desired) => {
      const program = programOf(desired);
      const listing = await nft(
        before === undefined
          ? firewallLoad(program.elements, 'nothing')
          : elementChanges(before.elements, program.elements),
      );
      before = program;
      t.same(observedElements(listing).sets, elementSets(program.elements));
    }),
    // Shrinking would apply a difference to another state.
    { numRuns: 25, endOnFailure: true },
  );
  await t.rejects(
    nft(firewallLoad(before?.elements ?? [], 'nothing')),
    /File exists/,
    'who takes the namespace for empty is refused where somebody was faster',
  );
  const again = await nft(firewallLoad(before?.elements ?? [], 'anything'));
  t.same(observedElements(again).sets, elementSets(before?.elements ?? []), 'loaded again');
});
