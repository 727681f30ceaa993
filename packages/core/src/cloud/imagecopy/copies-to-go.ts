import type { Outcome, Pass } from '../../ports/reconciler.js';
import type { image } from '../image/image.js';
import { imagecopy } from './imagecopy.js';

/** How soon to look again for copies that go, in case their word is lost; milliseconds. */
const PAUSE = 2_000;

/** Asks the copies of an image that goes to go first; undefined once there are none. */
export async function copiesToGo(pass: Pass<typeof image>): Promise<Outcome | undefined> {
  const copies = await pass.children(imagecopy, 'imageId');
  if (copies.length === 0) return undefined;
  for (const { uuid } of copies) await pass.requestDelete(uuid);
  return {
    kind: 'wait',
    on: 'dependency',
    afterMs: PAUSE,
    message: 'waiting for its copies to go',
    blockers: copies.map(({ uuid }) => uuid),
  };
}
