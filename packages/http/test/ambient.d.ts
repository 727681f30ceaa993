/** The client of ws, as far as tests use it. */
declare module 'ws' {
  import type { IncomingMessage } from 'node:http';

  export class WebSocket {
    constructor(
      url: string,
      protocols: string | readonly string[],
      options?: {
        readonly origin?: string;
        readonly rejectUnauthorized?: boolean;
        readonly headers?: Readonly<Record<string, string>>;
      },
    );
    readonly protocol: string;
    on(event: 'open', listener: () => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
    on(event: 'close', listener: (code: number, reason: Buffer) => void): this;
    on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): this;
    on(
      event: 'unexpected-response',
      listener: (request: unknown, response: IncomingMessage) => void,
    ): this;
    send(data: Uint8Array | string): void;
    pause(): void;
    resume(): void;
    close(): void;
    terminate(): void;
  }
}

/** The part of parse5 that we use; version 5 ships no types. */
declare module 'parse5' {
  export interface Parse5 {
    readonly parse: (html: string) => unknown;
  }
}
