import type { Socket } from 'node:net';

/** What came of a program in a guest, as it comes. */
export interface Listener {
  readonly output: (text: string) => void;
  readonly complaint: (text: string) => void;
  /** The exit code; null where a signal ended it. `missing`: there is no such program. */
  readonly ended: (how: number | null | 'missing') => void;
}

/** What is done with a file in a guest. */
export type FileVerb = 'read' | 'write' | 'remove' | 'list';

const HEAD = /^(\w+) (\w+) (\d+)\n/;

/**
 * The serial line to a guest's first process, `scripts/network-guest/serve.pl`, which tells what the frames are. All calls
 * may overlap.
 */
export class SerialLine {
  readonly #socket: Socket;
  readonly #listeners = new Map<string, Listener>();
  readonly #answers = new Map<string, (answer: string) => void>();
  readonly #ready: Promise<void>;
  #isReady: () => void = () => {};
  #heard: Buffer = Buffer.alloc(0);
  #asked = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#ready = new Promise((resolve) => {
      this.#isReady = resolve;
    });
    socket.on('data', (bytes: Buffer) => {
      this.#heard = Buffer.concat([this.#heard, bytes]);
      this.#listen();
    });
    // It ends with its machine.
    socket.on('error', () => {});
  }

  /** When the guest has booted. One that goes on from a snapshot has said so before. */
  ready(): Promise<void> {
    return this.#ready;
  }

  /** Starts a program; its id, for {@link write}, {@link close} and {@link kill}. */
  start(words: readonly string[], listener: Listener): string {
    const id = this.#next();
    this.#listeners.set(id, listener);
    this.#say('run', id, words.map((word) => `${word}\0`).join(''));
    return id;
  }

  /** Writes to a program. */
  write(id: string, bytes: string | Uint8Array): void {
    this.#say('input', id, bytes);
  }

  /** Ends what a program reads. */
  close(id: string): void {
    this.#say('close', id, '');
  }

  kill(id: string): void {
    this.#say('kill', id, '');
  }

  /** Does something with a file; undefined where reading finds none. */
  async file(verb: FileVerb, path: string, text = ''): Promise<string | undefined> {
    const id = this.#next();
    const answer = await new Promise<string>((resolve) => {
      this.#answers.set(id, resolve);
      this.#say(verb, id, `${path}\0${text}`);
    });
    if (answer.startsWith('!')) throw new Error(`${verb} in the guest: ${answer.slice(1)}`);
    return answer === '' ? undefined : answer.slice(1);
  }

  #next(): string {
    this.#asked += 1;
    return String(this.#asked);
  }

  #say(verb: string, id: string, payload: string | Uint8Array): void {
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    this.#socket.write(Buffer.concat([Buffer.from(`${verb} ${id} ${bytes.length}\n`), bytes]));
  }

  #listen(): void {
    for (;;) {
      const head = HEAD.exec(this.#heard.subarray(0, 60).toString('latin1'));
      if (head === null) return;
      const [{ length }, verb = '', id = '', size = ''] = head;
      const end = length + Number(size);
      if (this.#heard.length < end) return;
      const text = this.#heard.subarray(length, end).toString();
      this.#heard = this.#heard.subarray(end);
      this.#hear(verb, id, text);
    }
  }

  #hear(verb: string, id: string, text: string): void {
    const listener = this.#listeners.get(id);
    switch (verb) {
      case 'ready':
        this.#isReady();
        return;
      case 'answer':
        this.#answers.get(id)?.(text);
        this.#answers.delete(id);
        return;
      case 'output':
        listener?.output(text);
        return;
      case 'complaint':
        listener?.complaint(text);
        return;
      case 'ended':
      case 'missing':
        this.#listeners.delete(id);
        listener?.ended(verb === 'missing' ? verb : text === '' ? null : Number(text));
        return;
      default:
        throw new Error(`the guest says ${verb}`);
    }
  }
}
