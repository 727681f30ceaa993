import t from 'tap';
import { placesFor } from '../../dist/cloud/volume/devices.js';

const any = (id: string) => ({ id, device: null });

t.test('volumes get the first places that are free, past the root disk and the CD', async (t) => {
  t.same(placesFor(['7', '8', '9'].map(any), {}), { '7': 1, '8': 2, '9': 4 });
});

t.test('a place that another has is not given, also when that one is leaving', async (t) => {
  t.same(placesFor([any('9')], { '7': 1, '8': 2 }), { '9': 4 });
});

t.test('who has a place already gets no other', async (t) => {
  t.same(placesFor([any('7'), { id: '8', device: 5 }], { '7': 1, '8': 2 }), {});
});

t.test('who wants a certain place gets it before those who take any', async (t) => {
  t.same(placesFor([any('7'), { id: '8', device: 1 }], {}), { '8': 1, '7': 2 });
});

t.test(
  'who wants a place that is taken gets none, and of two who want one the first',
  async (t) => {
    t.same(placesFor([{ id: '8', device: 1 }], { '7': 1 }), {});
    const both = ['8', '9'].map((id) => ({ id, device: 6 }));
    t.same(placesFor(both, {}), { '8': 6 });
  },
);

t.test('fourteen volumes and a root disk are all that a server takes', async (t) => {
  const given = placesFor(
    Array.from({ length: 20 }, (_, index) => any(String(index))),
    {},
  );
  t.equal(Object.keys(given).length, 14);
  t.equal(Math.max(...Object.values(given)), 15);
  t.notOk(Object.values(given).includes(3));
});
