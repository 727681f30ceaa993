import t from 'tap';
import { parseXml } from '../../../dist/simulator/dump/xml.js';

t.test('elements, attributes and entities are read', async (t) => {
  const root = parseXml(
    '<?xml version="1.0"?>\n<a x="1 &lt;&amp;&quot;&#65;&#x42;"><!-- no --><b y=\'"\'/>\n<b></b></a>\n',
  );
  t.equal(root.name, 'a');
  t.equal(root.attributes.get('x'), '1 <&"AB');
  t.same(
    root.children.map((child) => child.attributes.get('y')),
    ['"', undefined],
  );
});

t.test('anything else is refused', async (t) => {
  for (const text of [
    '',
    'text',
    '<a>text</a>',
    '<a>',
    '<a></b>',
    '<a/><b/>',
    '<a x="1" x="2"/>',
    '<a x="&nope;"/>',
    '<a x="&amp"/>',
    '<a x="&#0;"/>',
    '<!DOCTYPE a [<!ENTITY b "c">]><a/>',
  ]) {
    t.throws(() => parseXml(text), SyntaxError, text);
  }
});
