import type { IoSite } from './io-sites.js';

/** A place that no story can reach. `text` is how the call begins. */
export interface UnreachedSite {
  readonly file: string;
  readonly within: string;
  readonly text: string;
  readonly why: string;
}

/** All of them, each with its reason. */
export const UNREACHED: readonly UnreachedSite[] = [];

/** Whether a site is one of these. */
export function isUnreached(site: IoSite): boolean {
  return UNREACHED.some((known) => isThat(known, site));
}

/** Whether a site is that one. */
export function isThat({ file, within, text }: UnreachedSite, site: IoSite): boolean {
  return site.file === file && site.within === within && site.text.startsWith(text);
}
