/** What a host application may say of the room on shares. */
export interface StorageOptions {
  /** From how many percent taken on a share is told to be getting full. Default 80. */
  readonly spaceWarningPercent?: number | undefined;
  /** From how many percent on it is told to be nearly full. Default 90. */
  readonly spaceCriticalPercent?: number | undefined;
}

/** {@link StorageOptions}, complete. */
export interface StorageSettings {
  readonly spaceWarningPercent: number;
  readonly spaceCriticalPercent: number;
}

/** Completes the options. Throws TypeError on percentages that are none, and on a warning that comes after the alarm. */
export function storageSettings(options: StorageOptions = {}): StorageSettings {
  const { spaceWarningPercent = 80, spaceCriticalPercent = 90 } = options;
  const isOrdered = spaceWarningPercent > 0 && spaceWarningPercent <= spaceCriticalPercent;
  if (!isOrdered || !(spaceCriticalPercent <= 100)) {
    throw new TypeError(
      'storage: 0 < spaceWarningPercent ≤ spaceCriticalPercent ≤ 100 is what is needed',
    );
  }
  return { spaceWarningPercent, spaceCriticalPercent };
}
