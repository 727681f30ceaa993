/** A version of XAPI's interface, as hosts tell it. */
export interface ApiVersion {
  readonly major: number;
  readonly minor: number;
}

/** Whether `version` is `first` or a later one. */
export function isSince(version: ApiVersion, first: ApiVersion): boolean {
  return (
    version.major > first.major || (version.major === first.major && version.minor >= first.minor)
  );
}
