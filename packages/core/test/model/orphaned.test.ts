import { asExternalId, type PartRecord } from '@gdcloud/core';
import t from 'tap';
import { isOrphaned } from '../../dist/model/orphaned.js';
import { resource, uuid } from '../support/resources.js';

const object = { uuid: uuid(1), epoch: 1, external: asExternalId('first') };
const second: PartRecord = {
  state: 'recorded',
  epoch: 2,
  external: asExternalId('second'),
  step: 4,
};

const by = (identity: 'chosen' | 'stamped') => ({ name: 'pool.servers', identity });

t.test('an object without a live row is an orphan', async (t) => {
  for (const identity of ['chosen', 'stamped'] as const) {
    t.ok(isOrphaned(object, undefined, by(identity)));
    t.ok(isOrphaned(object, resource({ removed: 5 }), by(identity)));
  }
});

t.test('a live row protects what is under its uuid, half-made or being removed', async (t) => {
  const intent: PartRecord = { state: 'intent', epoch: 1, external: null, step: 1 };
  const recorded: PartRecord = { ...intent, state: 'recorded', external: object.external };
  for (const parts of [{}, { thing: intent }, { thing: recorded }]) {
    for (const deleteRequestedAt of [null, 5]) {
      t.notOk(isOrphaned(object, resource({ parts, deleteRequestedAt }), by('stamped')));
      t.notOk(isOrphaned(object, resource({ parts, deleteRequestedAt }), by('chosen')));
    }
  }
});

t.test(
  'what was made anew leaves an orphan only when nothing could mean the old object',
  async (t) => {
    t.ok(isOrphaned(object, resource({ parts: { server: second } }), by('stamped')));
    t.notOk(
      isOrphaned(object, resource({ parts: { server: second } }), by('chosen')),
      'the same name',
    );
    const doubtful: readonly PartRecord[] = [
      { ...second, epoch: 1 },
      { ...second, state: 'intent', external: null },
      { ...second, external: object.external },
    ];
    for (const other of doubtful) {
      t.notOk(isOrphaned(object, resource({ parts: { server: second, other } }), by('stamped')));
    }
  },
);

t.test('parts that are objects of other drivers do not protect what was made anew', async (t) => {
  const anew: PartRecord = { ...second, driver: 'pool.servers' };
  const other: PartRecord = { ...second, epoch: 1, driver: 'appliances' };
  t.ok(isOrphaned(object, resource({ parts: { server: anew, other } }), by('stamped')));
  t.notOk(
    isOrphaned(object, resource({ parts: { other } }), by('stamped')),
    'of this driver nothing is known',
  );
});
