/** A name and addresses for one more network: the first 10.x.0.0/24 that lies in none of those that are there. */
export function freeNetwork(
  cidrs: readonly string[],
  names: readonly string[],
): { readonly name: string; readonly ipv4Cidr: string } {
  const taken = new Set(cidrs.flatMap(tensIn));
  const second = numbers(1, 255).find((number) => !taken.has(number)) ?? 0;
  const number = numbers(1, names.length + 1).find((one) => !names.includes(nameOf(one)));
  return { name: nameOf(number ?? names.length + 1), ipv4Cidr: `10.${second}.0.0/24` };
}

function nameOf(number: number): string {
  return `network-${number}`;
}

// The second parts of 10.x that a network has addresses of.
function tensIn(cidr: string): readonly number[] {
  const [, second, length] = /^10\.([0-9]+)\.[0-9]+\.[0-9]+\/([0-9]+)$/.exec(cidr) ?? [];
  if (second === undefined) return [];
  const wide = 2 ** Math.max(0, 16 - Number(length));
  return numbers(Number(second), Number(second) + wide - 1);
}

function numbers(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
