/** An exception with a text, as OCaml writes it. */
export function exceptionText(name: string, text: string): string {
  const bytes = Array.from(Buffer.from(text), (byte) => {
    if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
    if (byte === 0x0a) return '\\n';
    if (byte === 0x09) return '\\t';
    if (byte === 0x0d) return '\\r';
    return byte >= 0x20 && byte < 0x7f
      ? String.fromCharCode(byte)
      : `\\${String(byte).padStart(3, '0')}`;
  });
  return `${name}("${bytes.join('')}")`;
}
