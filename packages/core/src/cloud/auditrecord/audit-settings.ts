/** How the audit log is kept. */
export interface AuditOptions {
  /** How long its records are kept; days. Default 400; Infinity for ever. */
  readonly retentionDays?: number | undefined;
}

/** {@link AuditOptions} with everything filled in. */
export interface AuditSettings {
  /** Milliseconds. */
  readonly retentionMs: number;
}

const DAY = 24 * 60 * 60_000;

/** Fills in what is not said. Throws TypeError for less than a day. */
export function auditSettings({ retentionDays = 400 }: AuditOptions = {}): AuditSettings {
  if (!(retentionDays >= 1)) throw new TypeError('audit.retentionDays: at least 1');
  return { retentionMs: retentionDays * DAY };
}
