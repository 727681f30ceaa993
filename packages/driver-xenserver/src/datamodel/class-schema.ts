import type { Json } from '@gdcloud/core';
import type { XapiType } from './type-text.js';

/** A field of a class. */
export interface FieldSchema {
  readonly name: string;
  readonly type: XapiType;
  readonly qualifier: 'RW' | 'RO/constructor' | 'RO/runtime';
  /** Whether a constructor's record may leave it out. */
  readonly optional: boolean;
  /** What it is when nobody set it. */
  readonly initial: Json;
  /** Whether it means nothing any more. Records of a real XAPI go on having it. */
  readonly removed: boolean;
}

/** A parameter of a message, the session not counted. */
export interface ParameterSchema {
  readonly name: string;
  readonly type: XapiType;
  readonly required: boolean;
}

/** A message of a class. */
export interface MessageSchema {
  readonly name: string;
  /** False for the few calls that take no session. */
  readonly session: boolean;
  /** Whether its shape follows from the fields: getters, setters, queries. */
  readonly implicit: boolean;
  readonly parameters: readonly ParameterSchema[];
  readonly result: XapiType;
  /** Whether it is refused with `MESSAGE_REMOVED`. */
  readonly removed: boolean;
}

/** A class of the datamodel. */
export interface ClassSchema {
  readonly name: string;
  readonly fields: ReadonlyMap<string, FieldSchema>;
  readonly messages: ReadonlyMap<string, MessageSchema>;
}

/** The classes of a release by name. */
export type Schema = ReadonlyMap<string, ClassSchema>;
