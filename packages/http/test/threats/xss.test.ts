import { createRequire } from 'node:module';
import type {
  Field,
  Fields,
  Json,
  JsonObject,
  Resource,
  Resources,
  ResourceType,
} from '@gdcloud/core';
import { ApiHandler } from '@gdcloud/http';
import type { Parse5 } from 'parse5';
import t from 'tap';
import { scene } from '../authorisation/scene.js';
import { basic } from '../served.js';
import { request } from '../socketless.js';
import { UNHURRIED } from '../unhurried.js';

// A reader of HTML as browsers have it, published for CommonJS.
const parse5 = createRequire(import.meta.url)('parse5') as Parse5;

/** Ways out of where a text may stand in a page. */
const WAYS_OUT = [
  '',
  '">',
  "'>",
  '</script>',
  '</style>',
  '</textarea>',
  '</title>',
  '-->',
  '</pre>',
  '</select></form>',
  '\u2028',
  '&quot;&gt;',
];
const PAYLOADS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg/onload=alert(1)>',
  '" onmouseover="alert(1)" x="',
  'javascript:alert(1)',
];
const VECTORS = WAYS_OUT.flatMap((way) => PAYLOADS.map((payload) => way + payload));
const BROWSER = { 'user-agent': 'Mozilla/5.0', accept: 'text/html,*/*' };

interface Node {
  readonly nodeName: string;
  readonly attrs?: readonly { readonly name: string; readonly value: string }[];
  readonly childNodes?: readonly Node[];
}

/** Elements and the names of their attributes, as a browser would make them of a page. */
function shapeOf(html: string): readonly string[] {
  const shape: string[] = [];
  const walk = (node: Node): void => {
    if (!node.nodeName.startsWith('#'))
      shape.push(`${node.nodeName} ${(node.attrs ?? []).map(({ name }) => name).join(' ')}`);
    for (const child of node.childNodes ?? []) walk(child);
  };
  walk(parse5.parse(html) as Node);
  return shape;
}

t.test('60 vectors in every text of every type make no element and no attribute', async (t) => {
  t.equal(VECTORS.length, 60);
  const { tenants, house, ada } = await scene(t);
  const { types, resources } = tenants.cloud;
  let vector = 'plain';
  const handler = new ApiHandler({
    types,
    resources: saying(resources, () => vector),
    traffic: UNHURRIED,
  });
  const page = async (target: string) => {
    const headers = { ...BROWSER, authorization: basic(tenants.root) };
    const answer = await handler.handle(request('GET', target, headers));
    t.match(answer, { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
    return answer.body;
  };
  for (const type of types.all()) {
    const row = ada.get(type.id) ?? house.get(type.id);
    for (const target of [`/v1/${type.plural}`, `/v1/${type.plural}/${row?.id ?? ''}`]) {
      vector = 'plain';
      const before = shapeOf(await page(target));
      // Lists show what resources show, in rows: each payload once.
      const isList = target.endsWith(type.plural);
      for (vector of isList ? VECTORS.slice(0, PAYLOADS.length) : VECTORS) {
        const html = await page(target);
        if (!html.includes('alert(1)')) t.fail(`${target} does not show it`);
        if (shapeOf(html).join('\n') !== before.join('\n')) t.fail(`${target}: ${vector}`);
      }
    }
  }
});

/** Resources whose every text says something, whatever would have been admitted. */
function saying(resources: Resources, vector: () => string): Resources {
  const said = <R extends Resource>(type: ResourceType, row: R): R => ({
    ...row,
    name: vector(),
    description: vector(),
    data: { [vector()]: vector() },
    spec: { ...row.spec, ...textsOf(type.spec, vector()) },
    status: { ...row.status, ...textsOf(type.status, vector()) },
  });
  return new Proxy(resources, {
    get(target, name) {
      if (name === 'get')
        return async (...args: Parameters<Resources['get']>) =>
          said(args[1], await target.get(...args));
      if (name === 'list')
        return async (...args: Parameters<Resources['list']>) => {
          const page = await target.list(...args);
          return { ...page, resources: page.resources.map((row) => said(args[1], row)) };
        };
      const method: unknown = Reflect.get(target, name);
      return typeof method === 'function' ? method.bind(target) : method;
    },
  });
}

function textsOf(fields: Fields, text: string): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, field]) => {
      const value = textIn(field, text);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function textIn(field: Field, text: string): Json | undefined {
  switch (field.kind) {
    case 'string':
    case 'password':
    case 'reference':
    case 'json':
      return text;
    case 'array':
      return [text];
    case 'map':
      return { [text]: text };
    default:
      return undefined;
  }
}
