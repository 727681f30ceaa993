import { createRequire } from 'node:module';
import type { Parse5 } from 'parse5';

// A reader of HTML as browsers have it, published for CommonJS.
const parse5 = createRequire(import.meta.url)('parse5') as Parse5;

/** A node of a page. */
interface Node {
  readonly nodeName: string;
  readonly value?: string;
  readonly attrs?: readonly { readonly name: string; readonly value: string }[];
  readonly childNodes?: readonly Node[];
}

/** An element of a page. */
export interface PageElement {
  readonly tag: string;
  readonly attributes: { readonly [name: string]: string | undefined };
  /** All text in it. */
  readonly text: string;
  /** All elements in it, in the order of the page. */
  readonly inside: readonly PageElement[];
}

/** Reads a page as a browser does: its elements, in order. */
export function elementsOf(html: string): readonly PageElement[] {
  return insideOf(parse5.parse(html) as Node);
}

/** The elements of a tag that have these attributes. */
export function pick(
  elements: readonly PageElement[],
  tag: string,
  attributes: { readonly [name: string]: string } = {},
): readonly PageElement[] {
  const wanted = Object.entries(attributes);
  return elements.filter(
    (one) => one.tag === tag && wanted.every(([name, value]) => one.attributes[name] === value),
  );
}

function insideOf(node: Node): readonly PageElement[] {
  return (node.childNodes ?? []).flatMap((child) => {
    if (child.nodeName.startsWith('#')) return [];
    const inside = insideOf(child);
    const attributes = Object.fromEntries(
      (child.attrs ?? []).map(({ name, value }) => [name, value]),
    );
    return [{ tag: child.nodeName, attributes, text: textOf(child), inside }, ...inside];
  });
}

function textOf({ value = '', childNodes = [] }: Node): string {
  return value + childNodes.map(textOf).join('');
}
