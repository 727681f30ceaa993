/**
 * The one form in which user names are kept and compared: Unicode normal form C, in lower case. `ADA`, `ada` and what
 * looks the same but is composed of other code points are one name.
 */
export function normalUsername(name: string): string {
  // Asked with every request, and most names and all keys are plain.
  if (/^[\x20-\x7e]*$/.test(name)) return name.toLowerCase();
  // Lower case may undo the normal form, as with a dotted capital I.
  return name.normalize('NFC').toLowerCase().normalize('NFC');
}

/** A password as it is hashed: what is typed on another keyboard must be the same password. */
export function normalPassword(password: string): string {
  return password.normalize('NFC');
}

/** The most that HTTP Basic carries of a user name, or of a password; bytes of UTF-8. More is never hashed. */
export const CREDENTIAL_BYTES = 256;

/** Whether a user name or a password is longer than any that opens something. */
export function isTooLong(text: string): boolean {
  return Buffer.byteLength(text) > CREDENTIAL_BYTES;
}
