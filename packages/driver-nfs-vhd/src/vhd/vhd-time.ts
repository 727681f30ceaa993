// VHD counts seconds from 2000-01-01T00:00:00Z.
const VHD_EPOCH_SECONDS = 946_684_800;

/** Milliseconds since 1970 as the format's 32-bit seconds since 2000; times before 2000 become 0. */
export function toVhdSeconds(milliseconds: number): number {
  const seconds = Math.floor(milliseconds / 1000) - VHD_EPOCH_SECONDS;
  return Math.min(Math.max(seconds, 0), 0xffff_ffff);
}

/** The format's seconds since 2000 as milliseconds since 1970. */
export function fromVhdSeconds(seconds: number): number {
  return (seconds + VHD_EPOCH_SECONDS) * 1000;
}
