/** What of a content is asked for. */
export type ByteRange =
  | { readonly kind: 'all' }
  /** `end` is excluded. */
  | { readonly kind: 'part'; readonly start: number; readonly end: number }
  | { readonly kind: 'unsatisfiable' };

/**
 * Reads a Range header (RFC 9110, 14.1.2) for content of `length` bytes. Several ranges, other units and what can't be
 * read count as none, as the RFC lets a server do.
 */
export function byteRangeOf(header: string | undefined, length: number): ByteRange {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === ''))
    return { kind: 'all' };
  if (first === '') {
    const count = Math.min(Number(last), length);
    return count === 0
      ? { kind: 'unsatisfiable' }
      : { kind: 'part', start: length - count, end: length };
  }
  const start = Number(first);
  const end = last === '' ? length : Math.min(Number(last) + 1, length);
  if (last !== '' && Number(last) < start) return { kind: 'all' };
  return start >= length ? { kind: 'unsatisfiable' } : { kind: 'part', start, end };
}
