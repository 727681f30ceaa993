/** The origin of a pool member that XAPI names by its bare address, reached the way `like` is: same scheme, same port. */
export function originAt(address: string, like: string): string {
  const url = new URL(like);
  url.hostname = address.includes(':') && !address.startsWith('[') ? `[${address}]` : address;
  return url.origin;
}

/** The origin of each URL, each once, in order. Throws TypeError for what is no URL of HTTP. */
export function originsOf(urls: string | readonly string[]): readonly string[] {
  const origins = (typeof urls === 'string' ? [urls] : urls).map((text) => {
    const url = new URL(text);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      throw new TypeError(`the URL of a pool begins with https:// or http://, not ${url.protocol}`);
    }
    return url.origin;
  });
  if (origins.length === 0) throw new TypeError('a pool needs a URL');
  return [...new Set(origins)];
}
