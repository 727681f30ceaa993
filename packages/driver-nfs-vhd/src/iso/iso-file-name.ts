/** How many characters a name may have at most: Joliet's limit. */
export const LONGEST_NAME = 64;

const ALLOWED = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/** Whether a file may have this name: letters, digits, `.`, `_` and `-`, which mean the same to every reader. */
export function isFileName(name: string): boolean {
  return name.length <= LONGEST_NAME && ALLOWED.test(name);
}

/**
 * The names of files as plain ISO 9660 has them: eight and three characters, in capitals, each once. Readers that know
 * Joliet never show them. `names` are in the order of the files.
 */
export function plainNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const [stem = '', ...rest] = name
      .toUpperCase()
      .replaceAll(/[^A-Z0-9.]/g, '_')
      .split('.');
    const extension = (rest.at(-1) ?? '').slice(0, 3);
    for (let number = 0; ; number += 1) {
      const mark = number === 0 ? '' : String(number);
      const plain = `${stem.slice(0, 8 - mark.length)}${mark}.${extension};1`;
      if (taken.has(plain)) continue;
      taken.add(plain);
      return plain;
    }
  });
}
