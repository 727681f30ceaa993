/** A name that one who asks may not be shown, and what is said in its place. */
export interface HiddenName {
  readonly name: string;
  /** `a host`. */
  readonly instead: string;
}

/**
 * The text without the names. Only whole words are names, the longest first; a bare number may be anything and is no
 * secret.
 */
export function withoutNames(text: string, hidden: readonly HiddenName[]): string {
  return hidden
    .filter(({ name }) => !/^\d*$/.test(name))
    .toSorted((left, right) => right.name.length - left.name.length)
    .reduce((rest, { name, instead }) => rest.replaceAll(wholeWord(name), () => instead), text);
}

function wholeWord(name: string): RegExp {
  const literal = name.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  return new RegExp(`(?<![\\w.-])${literal}(?![\\w-])`, 'g');
}
