/** Zeros shorter than this are written like data: a call costs more. */
const STEP_BYTES = 64 * 1024;
const ZEROS = Buffer.alloc(STEP_BYTES);

/** A part of a buffer, `end` excluded. */
export interface DataRun {
  readonly start: number;
  readonly end: number;
}

/** The parts of `bytes` that are not zeros, in order, cut at 64 KiB: what lies between them may stay a hole. */
export function dataRuns(bytes: Uint8Array): readonly DataRun[] {
  const runs: { start: number; end: number }[] = [];
  for (let start = 0; start < bytes.byteLength; start += STEP_BYTES) {
    const end = Math.min(start + STEP_BYTES, bytes.byteLength);
    if (isZero(bytes, start, end)) continue;
    const before = runs.at(-1);
    if (before?.end === start) before.end = end;
    else runs.push({ start, end });
  }
  return runs;
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  // The first bytes tell in nearly all cases; the rest is one memcmp.
  if (bytes[start] !== 0 || bytes[end - 1] !== 0) return false;
  return ZEROS.compare(bytes, start, end, 0, end - start) === 0;
}
