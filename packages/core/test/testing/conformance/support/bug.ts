import type { Driver } from '@gdcloud/core';
import type { OpenDriver } from './documents.js';
import type { DocumentActual, DocumentDesired } from './file-driver.js';

/** A driver with one thing wrong with it. */
export interface Bug {
  /** What is wrong. */
  readonly name: string;
  /** The check that is to catch it, among others perhaps. */
  readonly caughtBy: string;
  readonly open: OpenDriver;
}

/** What the bugs are made of. */
export type Documents = Driver<DocumentDesired, DocumentActual>;
