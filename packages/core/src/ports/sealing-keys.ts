/** A key that what is kept sealed is sealed under. */
export interface SealingKey {
  /**
   * Names it in what is sealed, so that a wrong one is recognised: letters, digits, `-` and `_`, at most 64; any other
   * name is refused. Tells nothing of the key.
   */
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Uint8Array;
}

/**
 * Where the keys come from that are never in the database: settings, a file, a key service. Asked for whenever something
 * is sealed or opened, so it answers from memory; it may answer with other keys from one time to the next.
 */
export interface SealingKeys {
  /** What is sealed from now on is sealed under this one. */
  readonly current: SealingKey;
  /** The current one too, and those before it; undefined for one that is not known, or not any more. */
  find(id: string): SealingKey | undefined;
}
