import { changedOnly, type Entries } from './curl-values.js';

/** What is in a form now. Inputs may be called like properties of forms, so nothing is read from those. */
export function entriesOf(form: HTMLFormElement): Entries {
  return [...new FormData(form)].flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  );
}

/** Whether a form is other than it began. */
export function isTouched(form: HTMLFormElement): boolean {
  const before = began.get(form);
  return before !== undefined && JSON.stringify(entriesOf(form)) !== JSON.stringify(before);
}

/** Remembers what is in a form as what it begins with. */
export function begin(form: HTMLFormElement): Entries {
  const entries = entriesOf(form);
  began.set(form, entries);
  return entries;
}

/** What is to be sent of a form: of an edit only what was changed, and what pages say besides fields. */
export function sentOf(form: HTMLFormElement): Entries {
  const entered = entriesOf(form);
  const before = began.get(form);
  return form.dataset['method'] === 'PUT' && before !== undefined
    ? changedOnly(before, entered)
    : entered;
}

/** Forgets a form: whatever is in it is not to be kept. */
export function forget(form: HTMLFormElement): void {
  began.delete(form);
}

const began = new WeakMap<HTMLFormElement, Entries>();
