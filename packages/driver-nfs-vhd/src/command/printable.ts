/** Text that a terminal shows as it is: what a file says could otherwise move the cursor, or write where others read. */
export function printable(text: string): string {
  return text.replaceAll(
    // Control characters, and those that turn the direction of writing around; not the ends of lines.
    /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`,
  );
}
