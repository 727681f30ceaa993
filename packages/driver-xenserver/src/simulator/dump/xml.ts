import { MalformedXml, XmlReader } from '../../xml-rpc/xml-reader.js';

/** An element: elements and attributes are all that a dump consists of. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
}

/**
 * Reads an XML document of elements and attributes. Throws a `SyntaxError` for anything else: text, document types,
 * unknown entities, elements that are not closed. Entities are never looked up outside.
 */
export function parseXml(text: string): XmlElement {
  try {
    const reader = new XmlReader(text);
    const root = readElement(reader);
    if (root === undefined) throw new MalformedXml('no element');
    reader.finish();
    return root;
  } catch (error) {
    if (!(error instanceof MalformedXml)) throw error;
    throw new SyntaxError(`not a pool dump: ${error.message}`, { cause: error });
  }
}

function readElement(reader: XmlReader): XmlElement | undefined {
  const name = reader.enter();
  if (name === undefined) return undefined;
  const attributes = reader.attributes();
  const children: XmlElement[] = [];
  for (let child = readElement(reader); child !== undefined; child = readElement(reader)) {
    children.push(child);
  }
  reader.leave();
  return { name, attributes, children };
}
