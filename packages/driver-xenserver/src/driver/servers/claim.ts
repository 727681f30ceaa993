import type { DriverCall } from '@gdcloud/core';
import { isXapiError } from '../../client/xapi-error.js';
import type { DriverContext } from '../context.js';
import { SELF } from '../stamp.js';

/** Writes a VM's own name on it: copies of it carry that of another. */
export async function claim(
  { xapi }: DriverContext,
  { ref, uuid }: { readonly ref: string; readonly uuid: string },
  call: DriverCall,
): Promise<void> {
  try {
    await xapi.write('VM.add_to_other_config', [ref, SELF, uuid], call);
  } catch (error) {
    // By the first of two calls. Only ours carry the mark, so that it can't be another's.
    if (!isXapiError(error, 'MAP_DUPLICATE_KEY')) throw error;
  }
}
