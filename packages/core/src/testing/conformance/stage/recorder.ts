/** What the kit saw while it ran a check, for the rules that hold always and everywhere. */
export interface Sighting {
  /** The check that ran. */
  readonly check: string;
  readonly verb: string;
  readonly kind: 'returned' | 'failed';
  /** What was returned or thrown. */
  readonly what: unknown;
}

/** Collects over all checks. */
export class Recorder {
  check = '';
  readonly sightings: Sighting[] = [];
  /** Checks after which a driver whose calls had all ended still had calls scheduled. */
  readonly timers: { readonly check: string; readonly scheduled: number }[] = [];
  readonly rejections: { readonly check: string; readonly error: unknown }[] = [];
  /** Checks after which a call's signal still had listeners. */
  readonly listeners: { readonly check: string; readonly verb: string }[] = [];
  /** Texts that must not be seen. */
  readonly secrets = new Set<string>();

  saw(verb: string, kind: Sighting['kind'], what: unknown): void {
    this.sightings.push({ check: this.check, verb, kind, what });
  }
}
