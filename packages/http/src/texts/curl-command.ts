/** A request as a form makes it. */
export interface CurlRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  /** Names and values of what is sent, in order; a name may come several times. */
  readonly sent?: readonly CurlValue[];
}

/** A name and a value; secrets are named by a variable of the shell, never written down. */
export type CurlValue =
  | readonly [name: string, value: string]
  | { readonly name: string; readonly secret: string };

/** What means the same in a shell, in a URL and to curl. */
const PLAIN = /^[A-Za-z0-9_.:/-]+$/;

/**
 * The command that asks the same of the API as a form does, for a POSIX shell in which `KEY` is `access:secret`. Every value
 * arrives as it was entered, whatever is in it.
 */
export function curlCommand({ method, url, sent = [] }: CurlRequest): string {
  const isPlainPost = method === 'POST' && sent.length > 0;
  const how = method === 'GET' || isPlainPost ? [] : [`-X ${method}`];
  return ['curl -u "$KEY"', ...how, ...sent.map(dataOf), quoted(url)].join(' ');
}

/** The variable of the shell that stands for a secret of this name: `rootPassword` is `ROOT_PASSWORD`. */
export function secretVariable(name: string): string {
  const words = name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').replace(/[^A-Za-z0-9_]/g, '_');
  return words.toUpperCase().replace(/^(?![A-Z_])/, '_');
}

/** A text as one word of a POSIX shell. */
export function quoted(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function dataOf(value: CurlValue): string {
  if ('secret' in value) return `--data-urlencode ${quoted(value.name)}="$${value.secret}"`;
  const [name, text] = value;
  // curl takes the text after the first `=` as it is and encodes it; names of fields need no encoding.
  return text === '' || PLAIN.test(text)
    ? `-d ${quoted(name)}=${text}`
    : `--data-urlencode ${quoted(`${name}=${text}`)}`;
}
