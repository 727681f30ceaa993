import { notApplicable, type Theme, WRITTEN } from '../check.js';
import { demand, demandSame, Finding, show } from '../finding.js';
import { describeEnding } from '../stage/ending.js';
import { demandOne, endsWell, onlyFailures } from './judging.js';

export const creating: Theme = {
  name: 'creating',
  checks: [
    {
      id: 'create-then-present',
      rule: 'What was created is present, under the external id that create told.',
      where: WRITTEN.create,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        const key = stage.key();
        const accepted = await actor.create(key, stage.spec);
        const seen = await actor.converge(key, stage.spec);
        if (accepted.external !== undefined) {
          demandSame(seen.external, accepted.external, 'observe to tell the external id of create');
        }
        await stage.holds(1, 'one object');
      },
    },
    {
      id: 'create-as-asked',
      rule: 'Whatever may be asked for comes about, and then nothing is left to change.',
      where: WRITTEN.observe,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        for (const spec of stage.specs.valid) await actor.converge(stage.key(), spec);
        await stage.holds(stage.specs.valid.length, 'one object for each desired state');
      },
    },
    {
      id: 'create-again',
      rule: 'Create with the same key again makes nothing more and tells the same external id.',
      where: WRITTEN.rules,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        const key = stage.key();
        const first = await actor.create(key, stage.spec, { operation: 'same' });
        const second = await actor.create(key, stage.spec, { operation: 'same' });
        if (first.external !== undefined && second.external !== undefined) {
          demandSame(second.external, first.external, 'the external id of the first create');
        }
        await actor.converge(key, stage.spec);
        await stage.holds(1, 'one object after two creates with one key');
      },
    },
    {
      id: 'create-again-in-a-new-process',
      rule: 'A create that a new process repeats makes nothing more.',
      where: WRITTEN.rules,
      reach: 'anywhere',
      async run(stage) {
        const key = stage.key();
        await stage.open().create(key, stage.spec, { operation: 'same' });
        const successor = stage.open();
        await successor.create(key, stage.spec, { operation: 'same' });
        await successor.converge(key, stage.spec);
        await stage.holds(1, 'one object after creates by two processes');
      },
    },
    {
      id: 'create-concurrently',
      rule: 'Sixteen creates with one key at once make one object.',
      where: WRITTEN.rules,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        const key = stage.key();
        const endings = await Promise.all(
          Array.from({ length: 16 }, () =>
            actor.attempts.create(key, stage.spec, { operation: 'same' }),
          ),
        );
        onlyFailures(endings);
        demand(
          endings.some(({ kind }) => kind === 'returned'),
          'one of the creates to succeed',
          endings.map(describeEnding),
        );
        await demandOne(stage, actor, key);
      },
    },
    {
      id: 'create-in-two-processes',
      rule: 'Two processes that create with one key at once make one object.',
      where: WRITTEN.rules,
      reach: 'anywhere',
      async run(stage) {
        const key = stage.key();
        const actors = [stage.open(), stage.open()];
        const endings = await Promise.all(
          actors.map(({ attempts }) => attempts.create(key, stage.spec, { operation: 'same' })),
        );
        onlyFailures(endings);
        await demandOne(stage, stage.open(), key);
      },
    },
    {
      id: 'create-many',
      rule: 'Objects of different resources, made at once, are different objects.',
      where: WRITTEN.key,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        const keys = Array.from({ length: 8 }, () => stage.key());
        const endings = await Promise.all(
          keys.map((key) => actor.attempts.create(key, stage.spec)),
        );
        for (const ending of endings) endsWell(ending, 'create to succeed beside others');
        const externals = new Set<string>();
        for (const key of keys) externals.add((await actor.converge(key, stage.spec)).external);
        demandSame(externals.size, keys.length, 'an external id for each resource');
        await stage.holds(keys.length, 'one object for each resource');
      },
    },
    {
      id: 'create-same-name',
      rule: 'Two resources that look alike, by name and all else, are two objects.',
      where: WRITTEN.kit,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        const spec = stage.specs.named?.('twin') ?? stage.spec;
        const [left, right] = [stage.key(), stage.key()];
        const one = await actor.converge(left, spec);
        const other = await actor.converge(right, spec);
        demand(one.external !== other.external, 'two external ids', one.external);
        await actor.dissolve(left);
        await actor.present(right, spec);
      },
    },
    {
      id: 'create-long-and-foreign-names',
      rule: 'Names of 255 characters, of any script, and with what other programs take for syntax, are only names.',
      where: WRITTEN.kit,
      reach: 'anywhere',
      async run(stage) {
        const named = stage.specs.named?.bind(stage.specs);
        if (named === undefined) notApplicable('the objects have no names');
        const actor = stage.open();
        for (const name of NAMES) {
          const key = stage.key();
          await actor.converge(key, named(name));
          await actor.dissolve(key);
        }
      },
    },
    {
      id: 'create-again-after-delete',
      rule: 'After an object has gone, the next one of the same resource can be made, under the next epoch.',
      where: WRITTEN.key,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        if (actor.driver.traits.dataBearing) notApplicable('what holds data is never made anew');
        const key = stage.key();
        await actor.converge(key, stage.spec);
        await actor.dissolve(key);
        await actor.converge({ ...key, epoch: 2 }, stage.spec);
        await stage.holds(1, 'one object, the second');
      },
    },
    {
      id: 'create-late',
      rule: 'A create that arrives late, after the object was changed, changes nothing.',
      where: WRITTEN.rules,
      reach: 'anywhere',
      async run(stage) {
        const [from, to] = stage.specs.changes[0] ?? notApplicable('no changes are given');
        const zombie = stage.open();
        const actor = stage.open();
        const key = stage.key();
        await zombie.create(key, from, { operation: 'create' });
        await actor.converge(key, from);
        const changed = await actor.converge(key, to);
        onlyFailures([await zombie.attempts.create(key, from, { operation: 'create' })]);
        const seen = await actor.present(key, to);
        if (seen.changes.length > 0 || seen.busy === true) {
          throw new Finding(`the object as it was: ${show(changed.actual)}`, show(seen));
        }
        await stage.holds(1, 'one object');
      },
    },
  ],
};

const NAMES = [
  'x'.repeat(255),
  'Ünïcödé 名前 🚀',
  '../../etc/passwd',
  "Robert'); DROP TABLE servers;--",
  '<script>&amp;"quoted"</script>',
  ' leading and trailing ',
] as const;
