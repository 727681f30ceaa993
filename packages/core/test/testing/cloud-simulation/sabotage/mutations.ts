import {
  dataIsNothingSpecial,
  deletionIsBelieved,
  noAdoption,
  noIdempotencyKey,
  unknownIsAbsent,
} from './drivers.js';
import { noCharge, noCondition, nothingReleased, noUniqueKey } from './ledger.js';
import { lockGivenTwice, mindsDoNotChange, noLookAfterRelease } from './locks.js';
import type { Mutation } from './mutation.js';
import {
  droppedChanges,
  noCompareAndSet,
  noFenceCheck,
  noIntentRecord,
  noPause,
  noReservation,
  noRoutineLook,
  noScan,
  noScope,
  readyTooEarly,
} from './rows.js';

/** Each safety mechanism once; the first seven are those that issue 3 names. */
export const MUTATIONS: readonly Mutation[] = [
  noFenceCheck,
  noCompareAndSet,
  noIntentRecord,
  noLookAfterRelease,
  unknownIsAbsent,
  noUniqueKey,
  noIdempotencyKey,
  noAdoption,
  noCondition,
  noCharge,
  nothingReleased,
  lockGivenTwice,
  dataIsNothingSpecial,
  deletionIsBelieved,
  mindsDoNotChange,
  droppedChanges,
  noPause,
  noRoutineLook,
  noScan,
  noScope,
  readyTooEarly,
  noReservation,
];
