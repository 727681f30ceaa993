import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** What a process asks, a line each. */
export interface LockRequest {
  readonly id: number;
  /** Who asks: its locks go with it. */
  readonly session: string;
  readonly deed: 'beat' | 'take' | 'holder' | 'release';
  readonly key: string;
}

/** What it is answered: of `take` the token, of `holder` who it is. */
export interface LockAnswer {
  readonly id: number;
  readonly text: string | null;
}

interface Session {
  readonly name: string;
  ends: NodeJS.Timeout;
}

/** A lock service as ZooKeeper is one: locks of sessions, which end when nothing is heard of them for a time, and tokens that grow. */
export class LockServer {
  readonly path: string;
  readonly sessionMs: number;
  readonly #server: Server;
  readonly #sessions = new Map<string, Session>();
  readonly #held = new Map<string, string>();
  readonly #sockets = new Set<Socket>();
  #count = 0;
  /** Whether anybody is heard and answered. */
  reachable: 'yes' | 'no' = 'yes';

  private constructor(path: string, sessionMs: number) {
    this.path = path;
    this.sessionMs = sessionMs;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start(path: string, sessionMs: number): Promise<LockServer> {
    const server = new LockServer(path, sessionMs);
    await new Promise<void>((resolve) => server.#server.listen(path, resolve));
    return server;
  }

  close(): void {
    for (const { ends } of this.#sessions.values()) clearTimeout(ends);
    this.#sessions.clear();
    this.reachable = 'no';
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    // Who is killed hangs up rudely, and a reader of lines tells of that once more.
    socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
    const lines = createInterface({ input: socket }).on('error', () => {});
    lines.on('line', (line) => {
      if (this.reachable === 'no') return;
      const request: LockRequest = JSON.parse(line);
      this.#heard(request.session);
      const answer: LockAnswer = { id: request.id, text: this.#answer(request) };
      socket.write(`${JSON.stringify(answer)}\n`);
    });
  }

  #answer({ session, deed, key }: LockRequest): string | null {
    const holder = this.#held.get(key);
    switch (deed) {
      case 'beat':
        return null;
      case 'holder':
        return holder ?? null;
      case 'take':
        if (holder !== undefined) return null;
        this.#held.set(key, session);
        this.#count += 1;
        return `00000001.${this.#count.toString(16).padStart(16, '0')}`;
      case 'release':
        if (holder === session) this.#held.delete(key);
        return null;
    }
  }

  #heard(name: string): void {
    clearTimeout(this.#sessions.get(name)?.ends);
    const ends = setTimeout(() => this.#end(name), this.sessionMs);
    this.#sessions.set(name, { name, ends });
  }

  #end(name: string): void {
    this.#sessions.delete(name);
    for (const [key, holder] of this.#held) if (holder === name) this.#held.delete(key);
  }
}
