/** GiB in bytes. */
export function bytesOfGb(gb: number): number {
  return gb * 2 ** 30;
}

/** Bytes in whole MiB, rounded up. */
export function mbOfBytes(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}

/** Bytes in whole GiB, rounded down. */
export function gbOfBytes(bytes: number): number {
  return Math.floor(bytes / 2 ** 30);
}
