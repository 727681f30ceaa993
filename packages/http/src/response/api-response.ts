import type { JsonObject, ResourceType } from '@gdcloud/core';

/** A response as the handler makes it: no sockets, no framework. */
export interface ApiResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** UTF-8 text; empty for none. */
  readonly body: string;
  /** Bytes in place of the text. Whoever sends them closes them, sent or not. */
  readonly stream?: AnswerStream | undefined;
}

/** Bytes of an answer. */
export interface AnswerStream {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** How long the client may take none of them; milliseconds. */
  readonly idleMs: number;
  close(): Promise<void>;
}

/** What a route answers, before it is written as JSON or HTML. */
export interface Answer {
  readonly status: number;
  /** A document, or text already (JSON, unless headers say otherwise) that is sent as it is to browsers too. */
  readonly body: JsonObject | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The type that the body's resource or collection is of; lets the HTML page offer forms. */
  readonly about?: ResourceType;
  /** Bytes in place of the body. */
  readonly stream?: AnswerStream | undefined;
}
