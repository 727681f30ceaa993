/** A document of the API: what is in it is for its schema to say. */
export interface Document {
  readonly [name: string]: unknown;
}

/** What a request was answered. */
export interface Answer {
  readonly status: number;
  readonly body: Document;
}

/** Sends requests to whatever the API says; knows of it no more than a URL and a key. */
export class Api {
  readonly #authorization: string;

  constructor(key: { readonly publicValue: string; readonly secretValue: string }) {
    const text = `${key.publicValue}:${key.secretValue}`;
    this.#authorization = `Basic ${Buffer.from(text).toString('base64')}`;
  }

  /** A request as it is; whatever it is answered. */
  async ask(method: string, url: string, body?: Document): Promise<Answer> {
    const response = await fetch(url, {
      method,
      headers: {
        authorization: this.#authorization,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : {} };
  }

  /** As {@link ask}, where anything but a success is a failure of the schema. Throws with all that was said. */
  async must(method: string, url: string, body?: Document): Promise<Document> {
    const answer = await this.ask(method, url, body);
    if (answer.status < 300) return answer.body;
    const { code, message, fieldName } = answer.body;
    throw new Error(
      `${method} ${url} ${JSON.stringify(body ?? {})}: ${answer.status} ${String(code)} ${String(fieldName)}: ${String(message)}`,
    );
  }
}

/** The text at a place of a document. Throws where there is none. */
export function textIn(document: Document, ...path: readonly string[]): string {
  let here: unknown = document;
  for (const name of path) here = Reflect.get(Object(here), name);
  if (typeof here !== 'string') throw new TypeError(`no text at ${path.join('.')}`);
  return here;
}
