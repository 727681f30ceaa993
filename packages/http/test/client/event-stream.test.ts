import fc from 'fast-check';
import t from 'tap';
import { EventStreamParser, type StreamPart } from '../../dist/client/event-stream.js';

const parse = (...pieces: string[]): readonly StreamPart[] => {
  const parser = new EventStreamParser();
  return pieces.flatMap((piece) => parser.push(piece));
};

t.test('events, comments and pauses are told as the standard says', async (t) => {
  t.same(
    parse('\uFEFF: hello\nretry: 2000\nevent: change\nid: 7\ndata: a\ndata: b\n\ndata:c\n\n'),
    [
      { kind: 'comment' },
      { kind: 'retry', ms: 2000 },
      { kind: 'event', event: 'change', data: 'a\nb', id: '7' },
      { kind: 'event', event: 'message', data: 'c', id: '7' },
    ],
  );
  t.same(parse('retry: soon\nid: with\0nul\nunknown: x\n\ndata\n\n'), [
    { kind: 'event', event: 'message', data: '', id: '' },
  ]);
  t.same(parse('data: whole\n\ndata: half\n'), [
    { kind: 'event', event: 'message', data: 'whole', id: '' },
  ]);
});

t.test('it does not matter where the pieces end, nor how lines do', async () => {
  const text = fc.array(fc.constantFrom('event: x', 'id: 1', 'data: ä', 'data: b', ': c', ''));
  fc.assert(
    fc.property(
      text,
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.array(fc.nat(200)),
      (lines, end, cuts) => {
        // A lone \r at the very end may be the first half of \r\n: a last line that is no \r settles it.
        const whole = `${[...lines, ''].join(end)}${end === '\r' ? '\n' : ''}`;
        const places = [...new Set(cuts.map((cut) => cut % (whole.length + 1)))].toSorted(
          (a, b) => a - b,
        );
        const pieces = [0, ...places].map((from, index) =>
          whole.slice(from, places[index] ?? whole.length),
        );
        t.same(parse(...pieces), parse([...lines, ''].join('\n')));
      },
    ),
    { numRuns: 300 },
  );
});
