import type { Resource } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';
import type { Admission } from './admission.js';
import type { Deletions } from './deletions.js';
import type { Caller } from './resources.js';

/**
 * What everybody's removal has to pass, whoever asks for it. Throws InUse, naming what still needs the resource, and
 * AdmissionRefused with a hook's words. What is on its way out already has passed.
 */
export async function admitRemoval(
  by: { readonly deletions: Deletions; readonly admission: Admission },
  caller: Caller,
  type: ResourceType,
  before: Resource,
): Promise<void> {
  if (before.deleteRequestedAt !== null || before.removed !== null) return;
  await by.deletions.refuseWhileInUse(before);
  await by.admission.validate({ operation: 'delete', caller, type, before, desired: {} });
}
