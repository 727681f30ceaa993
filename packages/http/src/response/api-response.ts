import type { JsonObject, ResourceType } from '@gdcloud/core';

/** A response as the handler makes it: no sockets, no framework. */
export interface ApiResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** UTF-8 text; empty for none. */
  readonly body: string;
  /** The same text as it is sent, where it is at hand: encoding it once more would cost. */
  readonly bytes?: Uint8Array | undefined;
  /** Bytes in place of the text. Whoever sends them closes them, sent or not. */
  readonly stream?: AnswerStream | undefined;
  /** In place of the text, what comes bit by bit. Whoever sends it begins or closes it. */
  readonly live?: LiveAnswer | undefined;
}

/** An answer without an end, of which little comes and seldom: made to cost next to nothing while nothing comes. */
export interface LiveAnswer {
  /** The head is sent: from now on texts are given to `sink`. */
  begin(sink: LiveSink): void;
  /** A sink that was full takes more. */
  drained(): void;
  /** The client is gone, or was never there. */
  close(): void;
}

/** Where the texts of a {@link LiveAnswer} go. */
export interface LiveSink {
  /** Sends a text. `full`: it was taken, but the client has not taken all of what came before. */
  write(text: string): 'more' | 'full';
  /** Sends the last text, and ends the answer. */
  end(text: string): void;
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
  /** The document as JSON, where it is short and has been written out before. */
  readonly text?: string | undefined;
  /** The document as JSON in UTF-8, where it has been written out before. */
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** A file that is sent as it is, to browsers too, in place of the body. */
  readonly file?: Uint8Array;
  /** The type that the body's resource or collection is of; lets the HTML page offer forms. */
  readonly about?: ResourceType;
  /** Bytes in place of the body. */
  readonly stream?: AnswerStream | undefined;
  /** In place of the body, what comes bit by bit. */
  readonly live?: LiveAnswer | undefined;
}
