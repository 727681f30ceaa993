import type { Speak } from '#texts/speak.js';
import type { Quantities } from '../format/quantities.js';
import type { CloudApi } from '../hypermedia/cloud-api.js';

/** What all that a script adds to a page may use. */
export interface PageTools {
  readonly api: CloudApi;
  readonly say: Speak;
  readonly amounts: Quantities;
  /** Tells of something that was done. */
  readonly notify: (text: string) => void;
}

/** Elements in a part of a page, the part itself included. */
export function found<E extends Element>(
  part: Element,
  selector: string,
  kind: abstract new () => E,
): readonly E[] {
  const all = [part, ...part.querySelectorAll(selector)];
  return all.filter((one): one is E => one instanceof kind && one.matches(selector));
}

/** Makes an element. */
export function made<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}
