/** A text that is no XML, or more of it than anybody means. */
export class MalformedXml extends SyntaxError {
  override readonly name = 'MalformedXml';
}

/** In characters; an answer with every record of a large pool takes a tenth of it. */
const LONGEST_TEXT = 2 ** 27;
/** Of elements in each other; the deepest type of the datamodel takes 20. */
const DEEPEST_NESTING = 128;

const NAMED: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
};

/** What XML 1.0 allows in a text. */
function isCharacter(code: number): boolean {
  return (
    code === 9 ||
    code === 10 ||
    code === 13 ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff)
  );
}

function resolved(reference: string): string {
  const body = reference.slice(1, -1);
  const named = Object.hasOwn(NAMED, body) ? NAMED[body] : undefined;
  if (named !== undefined) return named;
  const [, hexadecimal, decimal] = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(body) ?? [];
  const code =
    hexadecimal === undefined ? Number(decimal ?? Number.NaN) : Number.parseInt(hexadecimal, 16);
  // Only the five that XML itself defines: entities of a document's own are how small texts become huge ones.
  if (!isCharacter(code)) throw new MalformedXml('a reference to no character');
  return String.fromCodePoint(code);
}

function lines(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

function unescaped(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&[^;&]{0,16};?/g, (reference) => {
    if (!reference.endsWith(';')) throw new MalformedXml('an ampersand that begins no reference');
    return resolved(reference);
  });
}

const LESS = 60;
const SLASH = 47;
const GREATER = 62;
const EXCLAMATION = 33;

const TAG = /([A-Za-z_][\w.:-]*)((?:\s+[A-Za-z_][\w.:-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
const ATTRIBUTE = /([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const BLANK = /\s*/y;
const END_TAG = /([A-Za-z_][\w.:-]*)\s*>/y;

/**
 * Walks through an XML text from element to element. Document types, entities of the
 * document's own and processing instructions after the first are refused. Every method throws {@link MalformedXml}.
 * Tags without blanks and attributes, nearly all there are, are compared where they stand: patterns are for the others.
 */
export class XmlReader {
  readonly #text: string;
  readonly #open: string[] = [];
  #at = 0;
  #attributes = '';
  /** Whether the innermost element was written `<name/>`, so that its end is where we are. */
  #empty = false;

  constructor(text: string) {
    if (text.length > LONGEST_TEXT) throw new MalformedXml('the text is too long');
    this.#text = text;
    if (text.startsWith('\ufeff')) this.#at = 1;
    const declaration = /\s*<\?xml\s[^<>]*\?>/y;
    declaration.lastIndex = this.#at;
    if (declaration.test(text)) this.#at = declaration.lastIndex;
  }

  /** The text up to the next tag, references resolved. */
  text(): string {
    if (this.#empty) return '';
    const end = this.#text.indexOf('<', this.#at);
    if (end !== -1 && this.#text.charCodeAt(end + 1) !== EXCLAMATION) {
      const plain = this.#text.slice(this.#at, end);
      this.#at = end;
      return unescaped(lines(plain));
    }
    let read = '';
    for (;;) {
      const next = this.#text.indexOf('<', this.#at);
      if (next === -1) throw new MalformedXml('the text ends inside an element');
      if (next > this.#at) read += unescaped(lines(this.#text.slice(this.#at, next)));
      this.#at = next;
      if (this.#text.startsWith('<![CDATA[', next)) {
        read += lines(this.#upTo(']]>', 9));
      } else if (this.#text.startsWith('<!--', next)) {
        this.#upTo('-->', 4);
      } else return read;
    }
  }

  /** Enters the next element and says its name; undefined where the one we are in ends. Only blanks may come before. */
  enter(): string | undefined {
    if (this.#empty) return undefined;
    this.#blanks();
    if (this.#text.charCodeAt(this.#at + 1) === SLASH) return undefined;
    TAG.lastIndex = this.#at + 1;
    const [, name, attributes = '', slash] = TAG.exec(this.#text) ?? [];
    if (this.#text[this.#at] !== '<' || name === undefined) throw new MalformedXml('no element');
    this.#descend(name, TAG.lastIndex);
    this.#attributes = attributes;
    this.#empty = slash === '/';
    return name;
  }

  /** The attributes of the element that was entered last, references resolved. */
  attributes(): ReadonlyMap<string, string> {
    const read = new Map<string, string>();
    for (const [, name = '', double, single] of this.#attributes.matchAll(ATTRIBUTE)) {
      if (read.has(name)) throw new MalformedXml('an attribute comes twice');
      read.set(name, unescaped((double ?? single ?? '').replace(/[\t\n\r]/g, ' ')));
    }
    return read;
  }

  /** Enters the next element, which must have that name; false where the one we are in ends. */
  enters(name: string): boolean {
    if (!this.#empty && this.#isTag(name, 1)) {
      this.#descend(name, this.#at + name.length + 2);
      return true;
    }
    const entered = this.enter();
    if (entered !== undefined && entered !== name) {
      throw new MalformedXml(`<${name}> was expected`);
    }
    return entered !== undefined;
  }

  /** Enters the next element, which must be there and have that name. */
  expect(name: string): void {
    if (!this.enters(name)) throw new MalformedXml(`<${name}> was expected`);
  }

  /** Leaves the innermost element, which must end here. */
  leave(): void {
    const name = this.#open.pop();
    if (this.#empty) {
      this.#empty = false;
      return;
    }
    if (
      name !== undefined &&
      this.#text.charCodeAt(this.#at + 1) === SLASH &&
      this.#isTag(name, 2)
    ) {
      this.#at += name.length + 3;
      return;
    }
    this.#blanks();
    END_TAG.lastIndex = this.#at + 2;
    const [, ended] = this.#text.startsWith('</', this.#at) ? (END_TAG.exec(this.#text) ?? []) : [];
    if (ended === undefined || ended !== name) throw new MalformedXml(`</${name}> was expected`);
    this.#at = END_TAG.lastIndex;
  }

  /** Makes sure that nothing comes after the outermost element. */
  finish(): void {
    if (this.#open.length > 0) throw new MalformedXml('an element is open');
    this.#blanks();
    if (this.#at < this.#text.length) throw new MalformedXml('something comes after the end');
  }

  /** Whether a tag of that name and nothing more is where we are, its name `offset` characters on. */
  #isTag(name: string, offset: 1 | 2): boolean {
    const begin = this.#at + offset;
    return (
      this.#text.charCodeAt(this.#at) === LESS &&
      this.#text.charCodeAt(begin + name.length) === GREATER &&
      this.#text.startsWith(name, begin)
    );
  }

  #descend(name: string, at: number): void {
    if (this.#open.length >= DEEPEST_NESTING) throw new MalformedXml('the nesting is too deep');
    this.#at = at;
    this.#open.push(name);
    this.#attributes = '';
  }

  #blanks(): void {
    const isTag = this.#text.charCodeAt(this.#at) === LESS;
    if (isTag && this.#text.charCodeAt(this.#at + 1) !== EXCLAMATION) return;
    for (;;) {
      BLANK.lastIndex = this.#at;
      BLANK.test(this.#text);
      this.#at = BLANK.lastIndex;
      if (!this.#text.startsWith('<!--', this.#at)) return;
      this.#upTo('-->', 4);
    }
  }

  #upTo(end: string, skipped: number): string {
    const begin = this.#at + skipped;
    const found = this.#text.indexOf(end, begin);
    if (found === -1) throw new MalformedXml(`${end} is missing`);
    this.#at = found + end.length;
    return this.#text.slice(begin, found);
  }
}
