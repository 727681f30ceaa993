const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** What XAPI's HTTP server shows for a request it could not make sense of: its exception, written for people. */
export function internalErrorPage(exception: string): string {
  const shown = exception.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
  return `<html><body><h1>HTTP 500 internal server error</h1>An unexpected error occurred; please wait a while and try again. If the problem persists, please contact your support representative.<h1> Additional information </h1>${shown}</body></html>`;
}

/** What it shows for a path or a method it does not serve. */
export const FORBIDDEN_PAGE =
  '<html><body><h1>HTTP 403 forbidden</h1>Access to the requested resource is forbidden.</body></html>';

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
