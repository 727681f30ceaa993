/** A page of the API as it was answered: nothing in it runs. */
export interface AnsweredPage {
  readonly status: number;
  readonly page: Document;
}

/** Asks for a page as a browser does. Rejects where the API can't be reached. */
export async function askPage(url: string, init: RequestInit = {}): Promise<AnsweredPage> {
  const response = await fetch(url, {
    ...init,
    headers: { accept: 'text/html,*/*' },
    credentials: 'same-origin',
    cache: 'no-store',
  });
  const text = await response.text();
  return {
    status: response.status,
    page: new DOMParser().parseFromString(text, 'text/html'),
  };
}

/** Takes an element of another page into ours. */
export function taken(element: Element): Element {
  return document.importNode(element, true);
}
