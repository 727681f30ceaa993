/** A listing of firewalls without the turn of their marks: how many transactions there were is another each time. */
export function withoutTurn(listing: string): string {
  return listing.replaceAll(
    /(set marks \{[^}]*\{ \w+ \. \w+) \. \w+ \}/g,
    (_, before: string) => `${before} }`,
  );
}
