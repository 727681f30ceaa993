import t from 'tap';
import { differences, errorDifferences } from './compare.js';
import { plain, read, type Value, written } from './scenario.js';
import { Symbols } from './symbols.js';

const A = 'OpaqueRef:00000000-0000-4000-8000-00000000000a';
const B = 'OpaqueRef:00000000-0000-4000-8000-00000000000b';
const C = 'OpaqueRef:00000000-0000-4000-8000-00000000000c';

function agrees(
  recorded: Value,
  answered: Value,
  symbols: Symbols = new Symbols(),
  unstable: readonly string[] = [],
): boolean {
  const comparison = { symbols, unstable, ordered: false };
  return differences(recorded, answered, comparison, '/result').length === 0;
}

t.test('values of another type, missing and surplus fields are told', async (t) => {
  t.ok(agrees({ a: 1, b: [true] }, { b: [true], a: 1 }));
  t.notOk(agrees({ a: 1 }, { a: '1' }));
  t.notOk(agrees({ a: 1 }, { a: 1, b: 2 }));
  t.notOk(agrees({ a: 1, b: 2 }, { a: 1 }));
  t.notOk(agrees('', []));
  t.notOk(agrees({ a: null }, {}));
});

t.test('lists are sets whose items count', async (t) => {
  t.ok(agrees(['a', 'b'], ['b', 'a']));
  t.notOk(agrees(['a', 'a'], ['a', 'b']));
  t.notOk(agrees(['a'], ['a', 'a']));
});

t.test('a symbol means one value, and a value has one symbol', async (t) => {
  t.ok(agrees({ x: '$vm_1', y: '$vm_1' }, { x: A, y: A }));
  t.notOk(agrees({ x: '$vm_1', y: '$vm_1' }, { x: A, y: B }));
  t.notOk(agrees({ x: '$vm_1', y: '$vm_2' }, { x: A, y: A }));
  t.notOk(agrees('$vm_1', 'OpaqueRef:NULL'), 'a null reference is no object');
  t.notOk(agrees('$vm_1', 'text'));
});

t.test('symbols in a list are told apart by a later answer', async (t) => {
  const symbols = new Symbols();
  t.ok(agrees(['$cpu_1', '$cpu_2', '$cpu_3'], [A, B, C], symbols));
  t.ok(agrees({ $cpu_2: { n: 1 }, $cpu_1: { n: 0 } }, { [C]: { n: 1 }, [B]: { n: 0 } }, symbols));
  t.notOk(agrees('$cpu_3', B, symbols.clone()));
  t.ok(agrees('$cpu_3', A, symbols));
});

t.test('a name that is bound again also keeps what it meant', async (t) => {
  const symbols = new Symbols();
  symbols.bind('t', A);
  symbols.bind('t', B);
  t.equal(symbols.valueOf('t'), B);
  t.ok(agrees(['$t', '$t'], [B, A], symbols));
  t.notOk(agrees('$t', C, symbols));
});

t.test('symbols inside texts are read', async (t) => {
  const symbols = new Symbols();
  symbols.bind('sr_type', 'local');
  t.ok(agrees('/opt/$sr_typeSR', '/opt/localSR', symbols));
  t.ok(agrees('<value>$vdi_1</value>', `<value>${A}</value>`, symbols));
  t.notOk(agrees('$vdi_1', B, symbols));
});

t.test('errors are compared in order, internal ones by their code', async (t) => {
  const found = (recorded: readonly Value[], answered: Value): number =>
    errorDifferences(
      recorded,
      answered,
      { symbols: new Symbols(), unstable: [], ordered: false },
      '/error',
    ).length;
  t.equal(found(['VM_BAD_POWER_STATE', 'a', 'b'], ['VM_BAD_POWER_STATE', 'a', 'b']), 0);
  t.not(found(['VM_BAD_POWER_STATE', 'a', 'b'], ['VM_BAD_POWER_STATE', 'b', 'a']), 0);
  t.not(found(['UUID_INVALID', 'VM'], ['UUID_INVALID', 'VM', 'x']), 0);
  t.equal(found(['INTERNAL_ERROR', 'one'], ['INTERNAL_ERROR', 'another']), 0);
  t.not(found(['INTERNAL_ERROR', 'one'], ['UUID_INVALID', 'one']), 0);
  t.not(found(['UUID_INVALID'], { result: '' }), 0);
});

t.test('what changes from run to run is compared by its shape', async (t) => {
  t.ok(agrees('$time', '20240101T00:00:00Z'));
  t.notOk(agrees('$time', '2024-01-01T00:00:00Z'));
  t.notOk(agrees('19700101T00:00:00Z', '20240101T00:00:00Z'));
  t.ok(agrees({ domid: '>=0' }, { domid: 7 }));
  t.notOk(agrees({ domid: '>=0' }, { domid: -1 }));
  t.notOk(agrees('$generation_id', '0:0'));
  t.ok(agrees({ a: { b: 1 } }, { a: { b: 2 } }, new Symbols(), ['/result/a/b']));
  t.notOk(agrees({ a: { b: 1 } }, { a: { b: 2 } }, new Symbols(), ['/result/a/c']));
});

t.test('numbers are sent as they were recorded', async (t) => {
  const step = read('{"params":[4.0,4,1.5,"4.0"],"result":1.0}') as Record<string, Value>;
  t.equal(written(step['params']), '[4.0,4,1.5,"4.0"]');
  t.equal(plain(step['result'] ?? null), 1);
});
