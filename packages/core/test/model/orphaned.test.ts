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

t.test('an object without a live row is an orphan', async (t) => {
  for (const identity of ['chosen', 'stamped'] as const) {
    t.ok(isOrphaned(object, undefined, identity));
    t.ok(isOrphaned(object, resource({ removed: 5 }), identity));
  }
});

t.test('a live row protects what is under its uuid, half-made or being removed', async (t) => {
  const intent: PartRecord = { state: 'intent', epoch: 1, external: null, step: 1 };
  const recorded: PartRecord = { ...intent, state: 'recorded', external: object.external };
  for (const parts of [{}, { thing: intent }, { thing: recorded }]) {
    for (const deleteRequestedAt of [null, 5]) {
      t.notOk(isOrphaned(object, resource({ parts, deleteRequestedAt }), 'stamped'));
      t.notOk(isOrphaned(object, resource({ parts, deleteRequestedAt }), 'chosen'));
    }
  }
});

t.test(
  'what was made anew leaves an orphan only when nothing could mean the old object',
  async (t) => {
    t.ok(isOrphaned(object, resource({ parts: { server: second } }), 'stamped'));
    t.notOk(isOrphaned(object, resource({ parts: { server: second } }), 'chosen'), 'the same name');
    const doubtful: readonly PartRecord[] = [
      { ...second, epoch: 1 },
      { ...second, state: 'intent', external: null },
      { ...second, external: object.external },
    ];
    for (const other of doubtful) {
      t.notOk(isOrphaned(object, resource({ parts: { server: second, other } }), 'stamped'));
    }
  },
);
