/** How far a long operation is. */
export interface Progress {
  /** Never falls, and is `totalBytes` at the end. */
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** What all long operations take. */
export interface LongOperation {
  /** Stops it between two calls on the files; what is under way is waited for. The reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each block. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** Counts what is done and tells. */
export function progressOf(
  totalBytes: number,
  { onProgress }: LongOperation,
): (bytes: number) => void {
  let doneBytes = 0;
  return (bytes) => {
    doneBytes += bytes;
    onProgress?.({ doneBytes, totalBytes });
  };
}
