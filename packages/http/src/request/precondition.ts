import { WireFault } from '../response/wire-fault.js';

const TAG = /^(?:W\/)?"([0-9]{1,15})(?:-[0-9]{1,15})?"$/;

/**
 * The generation an If-Match header insists on: that of an ETag we gave, or a bare generation in quotes. Undefined when
 * there is no header or it is `*`. Throws BadRequest for anything else (bad input D30).
 */
export function expectedGeneration(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  const generation = TAG.exec(ifMatch.trim())?.[1];
  if (generation === undefined) {
    throw new WireFault('BadRequest', 'If-Match must be one ETag of this API');
  }
  return Number(generation);
}
