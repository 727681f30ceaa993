import { taken } from './ask-page.js';
import { openingsIn, reopen } from './folding.js';
import { isTouched } from './form-contents.js';

/**
 * The parts of a page that are kept as the server has them now. A part is replaced when the server writes it differently, unless
 * somebody is filling in a form in it.
 */
export class Regions {
  readonly #known = new Map<string, string>();
  readonly #enhance: (part: Element) => void;

  /** `enhance` adds to a part what scripts add. Begin before anything is added to the page. */
  constructor(page: ParentNode, enhance: (part: Element) => void) {
    this.#enhance = enhance;
    for (const region of regionsOf(page)) this.#known.set(region.id, region.outerHTML);
  }

  /** Replaces what is different on the page that came. */
  update(page: Document): void {
    for (const region of regionsOf(document)) {
      const fresh = page.getElementById(region.id);
      if (fresh === null || fresh.outerHTML === this.#known.get(region.id) || isInUse(region))
        continue;
      this.#known.set(region.id, fresh.outerHTML);
      replace(region, taken(fresh), this.#enhance);
    }
  }
}

function regionsOf(page: ParentNode): readonly Element[] {
  return [...page.querySelectorAll('[data-live]')];
}

function isInUse(region: Element): boolean {
  const forms = [...region.querySelectorAll('form')];
  return forms.some(
    (form) => isTouched(form) || (form.contains(document.activeElement) && isInput()),
  );
}

function isInput(): boolean {
  return document.activeElement?.matches('input, select, textarea') === true;
}

// Who goes by keyboard stays where they are.
function replace(region: Element, fresh: Element, enhance: (part: Element) => void): void {
  const openings = openingsIn(region);
  const active = document.activeElement;
  const at = active !== null && region.contains(active) ? reachable(region).indexOf(active) : -1;
  const scrolled = region.querySelector('.table-room, .json-room')?.scrollLeft ?? 0;
  region.replaceWith(fresh);
  enhance(fresh);
  reopen(fresh, openings);
  const room = fresh.querySelector('.table-room, .json-room');
  if (room !== null) room.scrollLeft = scrolled;
  const next = reachable(fresh)[at];
  if (next instanceof HTMLElement) next.focus({ preventScroll: true });
}

function reachable(region: Element): readonly Element[] {
  return [
    ...region.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]'),
  ];
}
