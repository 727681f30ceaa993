import { createHash } from 'node:crypto';
import type { JsonObject } from '@gdcloud/core';
import type { Document } from './document.js';

/** A document that changes only with the program, as it is sent. */
export interface TaggedDocument extends Document {
  /** Strong, of the text (RFC 9110 8.8.3). */
  readonly etag: string;
}

/** Writes a document out once. */
export function taggedDocument(body: JsonObject): TaggedDocument {
  const text = JSON.stringify(body);
  return {
    body,
    bytes: Buffer.from(text),
    etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`,
  };
}
