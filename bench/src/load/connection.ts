import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** An answer, read to its end. */
export interface Reply {
  readonly status: number;
  readonly body: string;
}

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

/**
 * One keep-alive connection, one request at a time. As little of HTTP/1.1 as the measured servers need, so that the
 * client takes little of the processor that they share.
 */
export class Connection implements Disposable {
  readonly #socket: Socket;
  readonly #headers: string;
  #received = '';
  #waiting: Waiting | undefined;

  private constructor(socket: Socket, headers: string) {
    this.#socket = socket;
    this.#headers = headers;
    socket.setEncoding('latin1').on('data', (text: string) => this.#receive(text));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the server closed the connection')));
  }

  /** Connects to a port of the loopback; `headers` go with every request. */
  static async open(port: number, headers: Readonly<Record<string, string>>): Promise<Connection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    const lines = Object.entries({ host: `127.0.0.1:${port}`, ...headers });
    return new Connection(socket, lines.map(([name, value]) => `${name}: ${value}\r\n`).join(''));
  }

  /** Asks for a path. */
  get(path: string): Promise<Reply> {
    return this.#send(`GET ${path} HTTP/1.1\r\n${this.#headers}\r\n`);
  }

  /** Sends a form. */
  post(path: string, form: string): Promise<Reply> {
    return this.#submit('POST', path, form);
  }

  /** Sends a form that changes what is there. */
  put(path: string, form: string): Promise<Reply> {
    return this.#submit('PUT', path, form);
  }

  [Symbol.dispose](): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #submit(method: string, path: string, form: string): Promise<Reply> {
    return this.#send(
      `${method} ${path} HTTP/1.1\r\n${this.#headers}content-type: application/x-www-form-urlencoded\r\ncontent-length: ${Buffer.byteLength(form)}\r\n\r\n${form}`,
    );
  }

  #send(request: string): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
  }

  #receive(text: string): void {
    this.#received += text;
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#received.slice(0, end);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1]);
    if (Number.isNaN(length)) {
      this.#socket.destroy(new Error(`an answer without content-length: ${head}`));
      return;
    }
    if (this.#received.length < end + 4 + length) return;
    const body = this.#received.slice(end + 4, end + 4 + length);
    this.#received = this.#received.slice(end + 4 + length);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve({ status: Number(head.slice(9, 12)), body });
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }
}
