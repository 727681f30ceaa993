/** The parts of qs and negotiator that we use; neither ships types. */
declare module 'qs' {
  interface ParseOptions {
    readonly depth: number;
    readonly strictDepth: boolean;
    readonly parameterLimit: number;
    readonly arrayLimit: number;
    readonly plainObjects: boolean;
    readonly throwOnLimitExceeded: boolean;
    readonly decoder: (text: string) => string;
  }
  export function parse(text: string, options: ParseOptions): unknown;
}

declare module 'negotiator' {
  export default class Negotiator {
    constructor(request: {
      readonly headers: { readonly accept?: string; readonly 'accept-language'?: string };
    });
    mediaTypes(available: readonly string[]): string[];
    languages(): string[];
  }
}

/** The part of ws that we use; its types come from elsewhere. */
declare module 'ws' {
  import type { IncomingMessage } from 'node:http';
  import type { Duplex } from 'node:stream';

  export interface WebSocket {
    on(event: 'pong', listener: () => void): this;
    once(event: 'close', listener: () => void): this;
    ping(): void;
    close(code: number, reason: string): void;
    terminate(): void;
  }
  export class WebSocketServer {
    constructor(options: {
      readonly noServer: true;
      readonly clientTracking: false;
      readonly perMessageDeflate: false;
      readonly maxPayload: number;
      readonly handleProtocols: (offered: Set<string>) => string | false;
    });
    handleUpgrade(
      request: IncomingMessage,
      socket: Duplex,
      head: Buffer,
      upgraded: (socket: WebSocket) => void,
    ): void;
  }
  export function createWebSocketStream(
    socket: WebSocket,
    options: { readonly highWaterMark: number },
  ): Duplex;
}
