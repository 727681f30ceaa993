/** An element: elements and attributes are all that a dump consists of. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
}

const MARKUP =
  /\s*(?:<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<(\/?)([A-Za-z_][\w.:-]*)((?:\s+[A-Za-z_][\w.:-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>)/y;
const ATTRIBUTE = /([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
};

/**
 * Reads an XML document of elements and attributes. Throws a `SyntaxError` that says where for anything else: text,
 * document types, unknown entities, elements that are not closed. Entities are never looked up outside.
 */
export function parseXml(text: string): XmlElement {
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  MARKUP.lastIndex = 0;
  const end = text.trimEnd().length;
  while (MARKUP.lastIndex < end) {
    const at = MARKUP.lastIndex;
    const found = MARKUP.exec(text);
    if (found === null) throw malformed(at);
    const [, closing, name, attributes = '', empty] = found;
    if (name === undefined) continue;
    if (closing === '/') {
      const element = open.pop();
      if (element?.name !== name || attributes !== '' || empty === '/') throw malformed(at);
      continue;
    }
    const element: OpenElement = { name, attributes: readAttributes(attributes, at), children: [] };
    const parent = open.at(-1);
    if (parent !== undefined) parent.children.push(element);
    else if (root === undefined) root = element;
    else throw malformed(at);
    if (empty !== '/') open.push(element);
  }
  if (root === undefined || open.length > 0) throw malformed(end);
  return root;
}

function readAttributes(text: string, at: number): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = '', double, single] of text.matchAll(ATTRIBUTE)) {
    if (attributes.has(name)) throw malformed(at);
    attributes.set(name, withoutEntities(double ?? single ?? '', at));
  }
  return attributes;
}

function withoutEntities(text: string, at: number): string {
  return text.replace(/[\t\n\r]/g, ' ').replace(/&([^;]*);?/g, (whole, name: string) => {
    if (!whole.endsWith(';')) throw malformed(at);
    const code = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name);
    if (code !== null)
      return character(
        Number.parseInt(code[1] ?? code[2] ?? '', code[1] === undefined ? 10 : 16),
        at,
      );
    const known = Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
    if (known === undefined) throw malformed(at);
    return known;
  });
}

function character(code: number, at: number): string {
  if (code === 0 || code > 0x10ffff) throw malformed(at);
  return String.fromCodePoint(code);
}

function malformed(at: number): SyntaxError {
  return new SyntaxError(`not a pool dump: malformed XML at character ${at}`);
}
