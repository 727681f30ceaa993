import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { at } from './served.js';

/** One event as a browser would hand it out. */
export interface ServerEvent {
  readonly event: string;
  readonly id: string;
  readonly data: unknown;
}

/** A stream of events that is read as the standard says (HTML, 9.2.6), as long as it lasts. */
export class EventClient {
  readonly events: ServerEvent[] = [];
  /** All that came. */
  text = '';
  /** What a browser would send as Last-Event-ID. */
  lastId = '';
  ended: 'yes' | 'no' = 'no';
  readonly #request: ClientRequest;
  readonly #waiting = new Set<() => void>();
  #response: IncomingMessage | undefined;
  #rest = '';
  #block: { event: string; data: string[] } = { event: '', data: [] };

  /** Connects; nothing is known before {@link opened}. */
  constructor(url: string, headers: Readonly<Record<string, string>>) {
    this.#request = get(url, { headers, agent: false });
    this.#request.on('error', () => this.#end());
    this.#request.on('response', (response) => {
      this.#response = response;
      response.setEncoding('utf8');
      response.on('data', (text: string) => this.#read(text));
      response.on('error', () => this.#end());
      response.on('close', () => this.#end());
      this.#changed();
    });
  }

  /** The status and headers of the answer. */
  async opened(): Promise<IncomingMessage> {
    return this.until(() => this.#response, 'an answer');
  }

  /** The first event that is like this. */
  next(what: (event: ServerEvent) => boolean, words = 'an event'): Promise<ServerEvent> {
    return this.until(() => this.events.find(what), words);
  }

  /** Resolves with what `there` finds, as soon as it does. */
  async until<Found>(there: () => Found | undefined, words: string): Promise<Found> {
    for (;;) {
      const found = there();
      if (found !== undefined) return found;
      if (this.ended === 'yes') throw new Error(`it ended without ${words}: ${this.text}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Resolves when the server has ended it. */
  async end(): Promise<void> {
    while (this.ended === 'no') await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** Takes nothing, until it is to take more. */
  pause(): void {
    this.#response?.pause();
  }

  resume(): void {
    this.#response?.resume();
  }

  /** The connection is lost. */
  close(): void {
    this.#request.destroy();
  }

  /** `type id` of what changed, in order. */
  get changes(): readonly string[] {
    return this.events
      .filter(({ event }) => event === 'change')
      .map(({ data }) => `${String(at(data, 'resourceType'))} ${String(at(data, 'resourceId'))}`);
  }

  /** `what` of every event that was told, in order. */
  get whats(): readonly string[] {
    return this.whatsOf(Number.POSITIVE_INFINITY);
  }

  /** The same of the first so many changes. */
  whatsOf(count: number): readonly string[] {
    return this.events
      .filter(({ event }) => event === 'change')
      .slice(0, count)
      .flatMap(({ data }) => {
        const events = at(data, 'events');
        return Array.isArray(events) ? events.map((one: unknown) => String(at(one, 'what'))) : [];
      });
  }

  #read(text: string): void {
    this.text += text;
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
    this.#changed();
  }

  #line(line: string): void {
    const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (line === '') this.#dispatch();
    else if (field === 'event') this.#block.event = value;
    else if (field === 'data') this.#block.data.push(value);
    else if (field === 'id') this.lastId = value;
  }

  #dispatch(): void {
    const { event, data } = this.#block;
    this.#block = { event: '', data: [] };
    if (data.length === 0) return;
    this.events.push({ event, id: this.lastId, data: JSON.parse(data.join('\n')) });
  }

  #end(): void {
    this.ended = 'yes';
    this.#changed();
  }

  #changed(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
