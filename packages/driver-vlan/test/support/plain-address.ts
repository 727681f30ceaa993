/** What socat calls the other end, in its canonical form: it writes all digits of IPv6, and IPv4 in it where it listens for both. */
export function plainAddress(answer: string): string {
  const written = /^\[([0-9a-f:]+)\]$/.exec(answer)?.[1];
  if (written === undefined) return answer;
  const { hostname } = new URL(`http://[${written}]`);
  const mapped = /^0000:0000:0000:0000:0000:ffff:(..)(..):(..)(..)$/.exec(written);
  return mapped === null
    ? hostname.slice(1, -1)
    : mapped
        .slice(1)
        .map((byte) => Number.parseInt(byte, 16))
        .join('.');
}
