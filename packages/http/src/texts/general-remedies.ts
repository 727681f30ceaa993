import { ERROR_CATALOGUE } from '@gdcloud/core';
import { WIRE_FAULTS } from '../response/wire-fault.js';

const REMEDIES: ReadonlyMap<string, string> = new Map(
  Object.entries({ ...ERROR_CATALOGUE, ...WIRE_FAULTS }).map(([code, { remedy }]) => [
    code,
    remedy,
  ]),
);

/** Whether an error says nothing in its `detail` but what the API says of every error with this code. */
export function isGeneral(code: string, detail: string): boolean {
  return REMEDIES.get(code) === detail;
}
