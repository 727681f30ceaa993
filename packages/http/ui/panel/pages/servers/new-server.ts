import type { Resource } from '../../../hypermedia/documents.js';

/** A name that none of these have: `server-1`. */
export function freeName(stem: string, taken: readonly Resource[]): string {
  const names = new Set(taken.map(({ name }) => name));
  let number = 1;
  while (names.has(`${stem}-${number}`)) number += 1;
  return `${stem}-${number}`;
}

/** Sizes, the smallest first. */
export function bySize(offerings: readonly Resource[]): readonly Resource[] {
  return offerings.toSorted(
    (one, other) =>
      amount(one, 'ramSizeMb') - amount(other, 'ramSizeMb') || cpus(one) - cpus(other),
  );
}

/** Enough for a web server with its database. */
const USUAL_MB = 2_048;
const USUAL_CPUS = 2;

/** The size that is chosen until the reader chooses another: the smallest that is enough for most, else the smallest. */
export function usualOffering(offerings: readonly Resource[]): Resource | undefined {
  const sizes = bySize(offerings);
  return (
    sizes.find((size) => amount(size, 'ramSizeMb') >= USUAL_MB && cpus(size) >= USUAL_CPUS) ??
    sizes[0]
  );
}

/** The image that is chosen until the reader chooses another: one that is ready, and Linux before others. */
export function usualImage(images: readonly Resource[]): Resource | undefined {
  const ready = images.filter(isReady);
  return ready.find((image) => image['osType'] === 'linux') ?? ready[0] ?? images[0];
}

/** The network that is chosen until the reader chooses another: the newest that is ready. None: one is to be made. */
export function usualNetwork(networks: readonly Resource[]): Resource | undefined {
  const newest = networks.toSorted((one, other) => Number(other.id) - Number(one.id));
  return newest.find(isReady) ?? newest[0];
}

/** What an image’s root disk is large, in GiB, where that is known. */
export function diskGbOf(image: Resource | undefined): number | undefined {
  const size = image?.['sizeGb'] ?? image?.['virtualGb'];
  return typeof size === 'number' ? size : undefined;
}

/** What the caller’s account may have of a kind of things at a time; undefined where nothing is said of it. */
export function limitOf(account: Resource | undefined, kind: string): number | undefined {
  const limit: unknown = Object(account?.['limits'])[kind];
  return typeof limit === 'number' ? limit : undefined;
}

/** Public keys that servers were made with, those of the newest first, each once. */
export function keysOf(servers: readonly Resource[]): readonly string[] {
  const newest = servers.toSorted((one, other) => Number(other.id) - Number(one.id));
  return [...new Set(newest.flatMap(sshKeysOf))];
}

/** The keys of the server that was made last: the next one gets them too, unless the reader says otherwise. */
export function lastKeys(servers: readonly Resource[]): readonly string[] {
  const newest = servers.toSorted((one, other) => Number(other.id) - Number(one.id));
  return newest.map(sshKeysOf).find((keys) => keys.length > 0) ?? [];
}

/** What a public key is called: its comment, else its kind and its end. */
export function keyName(key: string): string {
  const [kind = '', data = '', ...comment] = key.trim().split(/\s+/);
  return comment.length > 0 ? comment.join(' ') : `${kind} …${data.slice(-8)}`;
}

function sshKeysOf(server: Resource): readonly string[] {
  const keys = server['sshKeys'];
  return Array.isArray(keys) ? keys.filter((key) => typeof key === 'string') : [];
}

function isReady({ transitioning }: Resource): boolean {
  return transitioning === 'no';
}

function cpus(offering: Resource): number {
  return amount(offering, 'cpuCount');
}

function amount(resource: Resource, field: string): number {
  const value = resource[field];
  return typeof value === 'number' ? value : 0;
}
