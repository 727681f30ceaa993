import { connect, type Socket } from 'node:net';

/** What came back on one connection. */
export interface Exchanged {
  /** The first answer, head and body; empty where the connection ended without one. */
  readonly answer: string;
  /** Whether the connection took another request after that. */
  readonly after: 'open' | 'closed';
}

const NEXT = 'GET /healthz HTTP/1.1\r\nHost: cloud.example\r\nConnection: close\r\n\r\n';
/** A listener that has said nothing for so long hangs. Milliseconds. */
const PATIENCE = 20_000;

/**
 * Sends bytes, reads one answer, and finds out what became of the connection by asking for something else on it. A
 * `sender` who `leaves` ends its side right behind the bytes. Rejects where the other side neither answers nor ends.
 */
export async function exchange(
  port: number,
  bytes: string | Uint8Array,
  sender: 'stays' | 'leaves' = 'stays',
): Promise<Exchanged> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  // Who is refused in the middle of a long body is reset sooner or later; what was said before counts.
  socket.on('error', () => {});
  const reader = new AnswerReader(socket);
  if (sender === 'leaves') socket.end(bytes);
  else socket.write(bytes);
  const answer = await reader.next();
  if (answer !== '') socket.write(NEXT);
  const second = answer === '' ? '' : await reader.next();
  socket.destroy();
  return { answer, after: second === '' ? 'closed' : 'open' };
}

/** The status of an answer; NaN where there is none. */
export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 ([0-9]{3})/.exec(answer)?.[1] ?? Number.NaN);
}

/** The body of an answer. */
export function bodyOf(answer: string): string {
  return answer.slice(answer.indexOf('\r\n\r\n') + 4);
}

class AnswerReader {
  readonly #socket: Socket;
  #bytes = Buffer.alloc(0);
  #ended: 'no' | 'yes' = 'no';
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#wake();
    });
    for (const event of ['end', 'close'] as const) {
      socket.on(event, () => {
        this.#ended = 'yes';
        this.#wake();
      });
    }
  }

  /** The next whole answer; what there is of it where the connection ends. */
  async next(): Promise<string> {
    for (;;) {
      const text = this.#bytes.toString('latin1');
      const end = endOfAnswer(text);
      if (end !== undefined || this.#ended === 'yes') {
        this.#bytes = this.#bytes.subarray(end ?? this.#bytes.length);
        return this.#bytes.length === 0 && end === undefined ? text : text.slice(0, end);
      }
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => {
          this.#socket.destroy();
          reject(new Error(`no answer in ${PATIENCE} ms; so far: ${text.slice(0, 200)}`));
        }, PATIENCE);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

// Answers of the API say how long they are; those that Node gives by itself have no body and end the connection.
function endOfAnswer(text: string): number | undefined {
  const head = text.indexOf('\r\n\r\n');
  if (head === -1) return undefined;
  const length = /\r\ncontent-length: ([0-9]+)/i.exec(text.slice(0, head))?.[1];
  if (length !== undefined) {
    const end = head + 4 + Number(length);
    return text.length >= end ? end : undefined;
  }
  return /\r\nconnection: close/i.test(text.slice(0, head)) ? undefined : head + 4;
}
