/** An event of a stream as the standard describes it (WHATWG HTML, server-sent events). */
export interface StreamEvent {
  readonly event: string;
  readonly data: string;
  /** The last id that the stream has given, in this event or before. */
  readonly id: string;
}

/** What may come out of a stream. */
export type StreamPart =
  | ({ readonly kind: 'event' } & StreamEvent)
  /** How long to wait before the stream is opened once more; milliseconds. */
  | { readonly kind: 'retry'; readonly ms: number }
  /** A sign of life. */
  | { readonly kind: 'comment' };

/** Reads text as it comes, in pieces of any length, and gives back the parts that are whole. */
export class EventStreamParser {
  #rest = '';
  #event = '';
  #data: string[] = [];
  #id = '';
  #begun = false;

  /** The parts that this piece completes. */
  push(piece: string): readonly StreamPart[] {
    this.#rest += this.#begun ? piece : piece.replace(/^\uFEFF/, '');
    this.#begun ||= piece !== '';
    const parts: StreamPart[] = [];
    for (;;) {
      const end = /\r\n|\n|\r(?!$)/.exec(this.#rest);
      if (end === null) return parts;
      const line = this.#rest.slice(0, end.index);
      this.#rest = this.#rest.slice(end.index + end[0].length);
      const part = this.#line(line);
      if (part !== undefined) parts.push(part);
    }
  }

  #line(line: string): StreamPart | undefined {
    if (line === '') return this.#dispatch();
    if (line.startsWith(':')) return { kind: 'comment' };
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') this.#event = value;
    else if (name === 'data') this.#data.push(value);
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
    else if (name === 'retry' && /^[0-9]{1,9}$/.test(value))
      return { kind: 'retry', ms: Number(value) };
    return undefined;
  }

  #dispatch(): StreamPart | undefined {
    const event = this.#event;
    const data = this.#data.join('\n');
    const isThere = event !== '' || this.#data.length > 0;
    this.#event = '';
    this.#data = [];
    if (!isThere) return undefined;
    return { kind: 'event', event: event === '' ? 'message' : event, data, id: this.#id };
  }
}
