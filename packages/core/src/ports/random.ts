/** Chance. Seeded in simulations, the system's own elsewhere. */
export interface Random {
  /** A number in [0, 1); for jitter and spreading. */
  fraction(): number;

  /** Bytes nobody can guess; for secrets and ids. */
  bytes(count: number): Uint8Array;
}
