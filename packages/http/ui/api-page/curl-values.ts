import { type CurlValue, secretVariable } from '#texts/curl-command.js';

/** What a form has in it: a name and a text for each input, in order. */
export type Entries = readonly (readonly [name: string, text: string])[];

/** A form at two moments. */
export interface FormContents {
  /** What stood in it at first. */
  readonly began: Entries;
  readonly entered: Entries;
  /** Names that are secrets. */
  readonly secrets: ReadonlySet<string>;
  /** Names that have to be sent, whatever they began with. */
  readonly required: ReadonlySet<string>;
}

/** What pages say to the API besides fields: see `isOfPage`. An edit by curl is based on nothing that was read. */
const OF_PAGES: ReadonlySet<string> = new Set(['_blank', 'rev']);

/**
 * What has to be sent so that the API is asked for what the form says: all that is other than it began, and what is required.
 * What was cleared is sent as nothing, and that this means nothing.
 */
export function curlValues({
  began,
  entered,
  secrets,
  required,
}: FormContents): readonly CurlValue[] {
  const before = byName(began);
  const changed = [...byName(entered)].filter(
    ([name, texts]) =>
      !OF_PAGES.has(name) &&
      (texts.join('\0') !== (before.get(name) ?? []).join('\0') ||
        (required.has(name) && texts.length > 0)),
  );
  const cleared = changed.some(([name, texts]) => texts.length === 0 && !secrets.has(name));
  const values = changed.flatMap(([name, texts]): readonly CurlValue[] => {
    if (secrets.has(name))
      return texts.length === 0 ? [] : [{ name, secret: secretVariable(name) }];
    return texts.length === 0 ? [[name, '']] : texts.map((text) => [name, text] as const);
  });
  return cleared ? [['_blank', 'null'], ...values] : values;
}

/** The entries of names that have others than they began with, and what pages say besides fields. */
export function changedOnly(began: Entries, entered: Entries): Entries {
  const [before, now] = [byName(began), byName(entered)];
  return entered.filter(
    ([name]) =>
      OF_PAGES.has(name) ||
      (before.get(name) ?? []).join('\0') !== (now.get(name) ?? []).join('\0'),
  );
}

/** The URL of a list that is narrowed as a filter form says; see `Query` of the server. */
export function filteredUrl(action: string, entered: Entries): string {
  const field = entered.find(([name]) => name === '_where')?.[1] ?? '';
  const value = entered.find(([name]) => name === '_value')?.[1] ?? '';
  const kept = entered.filter(
    ([name, text]) => !name.startsWith('_') && (name !== 'limit' || text !== ''),
  );
  const all = field === '' ? kept : [...kept, [field, value] as const];
  const query = all
    .map(([name, text]) => `${encodeURIComponent(name)}=${encodeURIComponent(text)}`)
    .join('&');
  return query === '' ? action : `${action}?${query}`;
}

// Blank items of a list are room for more, and a blank text is nothing.
function byName(entries: Entries): ReadonlyMap<string, readonly string[]> {
  const texts = new Map<string, readonly string[]>();
  for (const [name, text] of entries)
    texts.set(name, [...(texts.get(name) ?? []), ...(text === '' ? [] : [text])]);
  return texts;
}
