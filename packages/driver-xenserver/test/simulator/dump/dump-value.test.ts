import t from 'tap';
import { parseType } from '../../../dist/datamodel/type-text.js';
import { dumpText, dumpValue } from '../../../dist/simulator/dump/dump-value.js';

const read = (type: string, text: string): unknown => dumpValue(parseType(type), text);

t.test('plain values have the type of their field', async (t) => {
  t.equal(read('int', '-1'), -1);
  t.equal(read('float', '0.'), 0);
  t.equal(read('bool', 'true'), true);
  t.equal(read('VM ref', 'OpaqueRef:NULL'), 'OpaqueRef:NULL');
  for (const [type, text] of [
    ['int', '1.5'],
    ['float', 'x'],
    ['bool', 'yes'],
    ['string set', 'a'],
    ['string set', "('a'"],
    ['string set', "('a'))"],
    ['string set', "('a' ('b'))"],
    ['(string -> string) map', "('a' 'b')"],
    ['(string -> string) map', "(('a' 'b' 'c'))"],
  ] as const) {
    t.throws(() => read(type, text), SyntaxError, `${type} ${text}`);
  }
});

t.test('sets and maps are taken apart, escapes and all', async (t) => {
  t.same(read('string set', '()'), []);
  t.same(read('string set', "('a' 'it\\'s' '\\\\')"), ['a', "it's", '\\']);
  t.same(read('(string -> string) map', "(('k' 'v') ('q' '\\\"'))"), { k: 'v', q: '"' });
  t.same(read('(int -> float) map', "(('0' '0.5'))"), { 0: 0.5 });
});

t.test('white space comes out of its hiding place', async (t) => {
  t.equal(dumpText('CPU%_%_ @%n100%%%t%r'), 'CPU     @\n100%\t\r');
  t.throws(() => dumpText('%x'), SyntaxError);
});
