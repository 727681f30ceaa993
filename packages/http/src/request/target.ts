import { RequestError } from '@gdcloud/core';
import { decodeSegment } from './url-text.js';

/** A request target taken apart, nothing decoded yet. */
export interface Target {
  /** The path with runs of slashes collapsed and without a trailing one: `/v1/networks`, or `''` for the root (rule 16). */
  readonly path: string;
  /** What follows the first `?`, without it. */
  readonly query: string;
}

/** Splits a target into path and query, in canonical form. */
export function splitTarget(target: string): Target {
  const mark = target.indexOf('?');
  const raw = mark === -1 ? target : target.slice(0, mark);
  const collapsed = raw.includes('//') ? raw.replace(/\/{2,}/g, '/') : raw;
  return {
    path: collapsed.endsWith('/') ? collapsed.slice(0, -1) : collapsed,
    query: mark === -1 ? '' : target.slice(mark + 1),
  };
}

/** What of `path` lies under `prefix`: `/v1`, `''` for the prefix itself; undefined for a path outside. */
export function pathUnder(prefix: string, path: string): string | undefined {
  if (!path.startsWith(prefix)) return undefined;
  const rest = path.slice(prefix.length);
  return rest === '' || rest.startsWith('/') ? rest : undefined;
}

/**
 * The decoded segments of a canonical path. Throws a WireFault for broken encodings, NotFound for segments that would
 * mean something else to a file system or another server (bad inputs B1–B3).
 */
export function segmentsOf(path: string): readonly string[] {
  const segments = path.split('/');
  segments.shift();
  for (let index = 0; index < segments.length; index += 1) {
    const segment = decodeSegment(segments[index] ?? '');
    if (segment === '.' || segment === '..' || segment.includes('/') || segment.includes('\\')) {
      throw new RequestError('NotFound', 'there is nothing at this path');
    }
    segments[index] = segment;
  }
  return segments;
}
