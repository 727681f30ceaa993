/** The parameters of scrypt (RFC 7914): one hash takes 128 · r · 2^log2N bytes, and p times as long. */
export interface PasswordCost {
  readonly log2N: number;
  readonly r: number;
  readonly p: number;
}

/** The slow part of checking a password: slow on purpose, so that a stolen digest is not guessed. */
export interface PasswordHasher {
  /** What new digests are made with. Those made with another cost are made anew at the next sign-in. */
  readonly cost: PasswordCost;

  /** 32 bytes that follow from password, salt and cost alone. Works beside the event loop, which goes on meanwhile. */
  derive(password: string, salt: Uint8Array, cost: PasswordCost): Promise<Uint8Array>;
}
