import type { ComponentType } from 'preact';
import type { Document, Field } from '../../hypermedia/documents.js';
import type { Panel } from '../context.js';
import type { Written } from './field-values.js';

/** What an input of a form is given. */
export interface InputProps {
  readonly id: string;
  readonly typeId: string;
  readonly name: string;
  readonly field: Field;
  readonly value: string;
  readonly wrong: string | undefined;
  readonly onChange: (value: string) => void;
  /** What all inputs of the form hold. */
  readonly written: Written;
  /** Writes into another input. */
  readonly write: (name: string, value: string) => void;
  /** What was known before the form was opened: `networkId` of `…/new?networkId=1`. */
  readonly given: Document;
}

/** What a form says before it is sent. */
export interface PreviewProps {
  readonly written: Written;
  readonly given: Document;
}

/** What is special about the forms of a type. All of it is optional. */
export interface FormView {
  /** What is asked for first, in this order; all else is folded away. */
  readonly first?: readonly string[];
  /** Inputs that know more of a field than its schema does. */
  readonly inputs?: { readonly [field: string]: ComponentType<InputProps> };
  /** Whether a field makes sense as things are written; one that does not is neither shown nor sent. */
  readonly isAsked?: (name: string, written: Written) => boolean;
  /** What a new one is to be like, as far as it can be guessed. */
  readonly suggest?: (panel: Panel, given: Document) => Promise<Document>;
  /** What was written, as a sentence. */
  readonly preview?: ComponentType<PreviewProps>;
}
