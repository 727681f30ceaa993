import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Labels } from '#texts/labels.js';
import type { Language, Speak } from '#texts/speak.js';
import type { Quantities } from '../format/quantities.js';
import type { Catalogue } from '../hypermedia/catalogue.js';
import type { Asking, CloudApi } from '../hypermedia/cloud-api.js';
import type { Live } from '../hypermedia/live.js';

/** What every part of the panel may use. */
export interface Panel {
  readonly api: CloudApi;
  readonly catalogue: Catalogue;
  readonly live: Live;
  readonly asking: Asking;
  readonly language: Language;
  readonly say: Speak;
  readonly labels: Labels;
  readonly amounts: Quantities;
  /** Where the panel is, without a trailing slash: `/panel`. */
  readonly home: string;
  /** Shows another page: `/virtualmachines/42`. */
  readonly go: (path: string) => void;
  /** Tells of something that was done, with the way back where there is one. */
  readonly notify: (text: string, undo?: Undo) => void;
}

/** Takes back what was just done. */
export type Undo = () => Promise<unknown>;

/** What was just done. */
export interface Notice {
  readonly text: string;
  readonly undo?: Undo | undefined;
}

/** The panel that is on the page. */
export const PanelContext = createContext<Panel | undefined>(undefined);

/** The panel, for the parts in it. */
export function usePanel(): Panel {
  const panel = useContext(PanelContext);
  if (panel === undefined) throw new TypeError('outside of a panel');
  return panel;
}

/** The path of a resource’s page, or of its type’s list. */
export function pathTo(plural: string, id?: string): string {
  return id === undefined ? `/${plural}` : `/${plural}/${encodeURIComponent(id)}`;
}
