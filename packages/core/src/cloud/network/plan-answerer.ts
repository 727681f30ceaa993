import { DriverFailure, RequestError } from '../../model/errors.js';
import type { OpenSealed } from '../../model/sealed-fields.js';
import { SecretUnreadable } from '../../model/secret-unreadable.js';
import type { Answerer } from '../../ports/answerer.js';
import type { Clock } from '../../ports/clock.js';
import type { NetworkDriver } from '../../ports/drivers/network.js';
import type { Store } from '../../ports/store.js';
import { unownedCall } from '../unowned-call.js';
import { gatherDocument } from './appliance-document.js';
import { IN_NETWORK, network } from './network.js';
import { networkChildren } from './network-children.js';
import { segmentOf } from './segment.js';

const CALL_LIMIT = 15_000;

/** Answers by which commands an appliance carries a network, as its document is now. */
export function planAnswerer(
  driver: NetworkDriver,
  store: Pick<Store, 'everyReferrer'>,
  clock: Clock,
  open: OpenSealed,
): Answerer<typeof network> {
  const say = driver.planText?.bind(driver);
  return {
    type: network,
    question: 'plan',
    async answer({ resource }) {
      const segment = segmentOf(resource, driver.physicalNetworks);
      if (say === undefined || segment === undefined) {
        throw new RequestError('ActionNotAvailable', 'nobody can say it in this process', {
          detail: 'Run a network driver that has texts in the processes that take requests.',
        });
      }
      const children = networkChildren(await store.everyReferrer(resource.uuid, IN_NETWORK));
      const { document } = readable(() => gatherDocument(resource, segment, children, open));
      const revision = resource.status.documentRevision ?? 0;
      const text = await unownedCall({ clock, limitMs: CALL_LIMIT, overdue }, (call) =>
        say(resource.uuid, { ...document, revision }, call),
      );
      return { fields: { revision, text } };
    },
  };
}

// Its network is stalled for the same reason, and says so; a question must not look like a fault of ours.
function readable<Result>(gather: () => Result): Result {
  try {
    return gather();
  } catch (thrown) {
    if (!(thrown instanceof SecretUnreadable)) throw thrown;
    throw new RequestError('ActionNotAvailable', thrown.message, { detail: thrown.remedy });
  }
}

function overdue(): DriverFailure {
  return new DriverFailure('unavailable', 'PlanOverdue', 'the driver did not tell in time', {
    remedy: 'Ask again in a moment.',
  });
}
