import type { JsonObject, ResourceType } from '@gdcloud/core';
import type { Answer } from './api-response.js';

/** What an answer says, made in the form that is sent and in no other. */
export interface Document {
  /** For pages, and for what is put together with more. */
  readonly body: JsonObject;
  /** The body as JSON, where it is short and at hand: Node sends a text together with the head, and bytes after it. */
  readonly text?: string | undefined;
  /** The body as JSON in UTF-8. */
  readonly bytes: Uint8Array;
}

/** What an answer is made of beside its document. */
export interface DocumentAnswer {
  readonly status: number;
  readonly about: ResourceType;
  readonly headers?: Readonly<Record<string, string>>;
}

const NO_HEADERS: Readonly<Record<string, string>> = {};

/** An answer that shows a document. */
export function documentAnswer(
  document: Document,
  { status, about, headers = NO_HEADERS }: DocumentAnswer,
): Answer {
  return new ShownDocument(document, status, about, headers);
}

// A class, as one is made for nearly every request: objects with getters of their own are slow to make.
class ShownDocument implements Answer {
  readonly status: number;
  readonly about: ResourceType;
  readonly headers: Readonly<Record<string, string>>;
  readonly #document: Document;

  constructor(
    document: Document,
    status: number,
    about: ResourceType,
    headers: Readonly<Record<string, string>>,
  ) {
    this.status = status;
    this.about = about;
    this.headers = headers;
    this.#document = document;
  }

  get body(): JsonObject {
    return this.#document.body;
  }

  get text(): string | undefined {
    return this.#document.text;
  }

  get bytes(): Uint8Array {
    return this.#document.bytes;
  }
}
