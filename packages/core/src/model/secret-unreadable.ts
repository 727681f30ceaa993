/**
 * A text that is kept sealed and can't be read now: its key is not among those of this process, or what is kept is not
 * what this cloud has sealed for this very field. It is there, and says nothing.
 */
export class SecretUnreadable extends Error {
  override readonly name = 'SecretUnreadable';
  /** Stable, for conditions and metrics. */
  readonly code = 'SecretUnreadable';
  /** What an operator can do about it. */
  readonly remedy: string;
  /** The key that it is sealed under; undefined where that can't be told. */
  readonly keyId: string | undefined;

  /** `what` names the field and the resource, for people. */
  constructor(what: string, why: { readonly keyId: string | undefined; readonly known: boolean }) {
    super(
      why.known || why.keyId === undefined
        ? `${what} can't be read: what is kept is not what was sealed for it`
        : `${what} can't be read: it is sealed under key ${why.keyId}, which this process does not have`,
    );
    this.keyId = why.keyId;
    this.remedy =
      why.known || why.keyId === undefined
        ? 'Somebody else has changed the database: restore the row from a backup, or replace the resource.'
        : 'Give every process that key among its former ones (sealingKeys), and start it again.';
  }
}
