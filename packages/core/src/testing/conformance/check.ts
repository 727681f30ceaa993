import { NotApplicable } from './finding.js';
import type { Stage } from './stage/stage.js';

/** 1: the contract. 2: faults at every I/O point of the driver. 3: the contract at a real endpoint. */
export type Level = 1 | 2 | 3;

/** One rule and the means to see whether a driver keeps it. */
export interface Check {
  /** Stable: reports and waivers refer to it. */
  readonly id: string;
  /** One sentence. */
  readonly rule: string;
  /** Where the rule is written. */
  readonly where: string;
  /** `anywhere`: needs nothing but the driver's own methods, so it also runs at a real endpoint. */
  readonly reach: 'anywhere' | 'fakes';
  /** Throws a Finding where the rule is broken, NotApplicable where it says nothing. */
  run(stage: Stage): Promise<void>;
}

/** Checks of one theme. */
export interface Theme {
  readonly name: string;
  readonly checks: readonly Check[];
}

/** Where the rules are written. */
export const WRITTEN = {
  rules: 'Driver: rules for every method (core/ports/driver.ts); kernel.md 1.3',
  observe: 'Driver.observe (core/ports/driver.ts)',
  create: 'Driver.create (core/ports/driver.ts); kernel.md 1.3',
  update: 'Driver.update (core/ports/driver.ts)',
  delete: 'Driver.delete (core/ports/driver.ts)',
  list: 'Driver.list (core/ports/driver.ts); kernel.md 1.3',
  traits: 'DriverTraits (core/ports/driver.ts); kernel.md 1.6',
  key: 'ObjectKey (core/ports/driver.ts)',
  call: 'DriverCall (core/ports/driver.ts)',
  accepted: 'Accepted (core/ports/driver.ts)',
  failures: 'FailureOutcome and DriverFailure (core/model/errors.ts)',
  kit: 'kernel.md 2.5',
  faults: 'kernel.md 2.1 and 2.3',
} as const;

/** Ends a check that says nothing about this driver. */
export function notApplicable(reason: string): never {
  throw new NotApplicable(reason);
}
