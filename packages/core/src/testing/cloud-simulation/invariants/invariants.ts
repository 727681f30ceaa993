import type { Invariant } from '../facts.js';
import { consolesAreClosed } from './consoles.js';
import { changesAreOnRecord, secretsStay } from './disclosure.js';
import { nothingGoneIsCarried, oneNetworkEach, portsLeadToOnePlace } from './documents.js';
import { toldAtFirstBoot } from './first-boot.js';
import { oneHolder } from './holders.js';
import { noLeaks } from './leaks.js';
import { nothingTwice } from './ledger.js';
import {
  countedActs,
  dataIsSafe,
  exactlyOne,
  goneMeansGone,
  oneServerEach,
  unknownIsNotAbsent,
} from './outside.js';
import { oneHost } from './places.js';
import { changesAreTakenUp, noHotLoop, readyIsTrue } from './rest.js';
import { acknowledgedWritesStay, countersGrow, fencedWrites, oneRecordedObject } from './rows.js';
import { tenantsApart } from './tenants.js';
import { trafficIsCountedOnce } from './traffic.js';
import { contentStays, leftAloneInUse, moveKeepsContent } from './volumes.js';
import { freshWishes } from './wishes.js';

/**
 * What is checked after every step and at rest. I1 (everything converges), I16 (explain is never empty) and I19 (the end
 * is that of a run without faults) are judged by the run itself, which knows when it is over.
 */
export const INVARIANTS: readonly Invariant[] = [
  oneRecordedObject,
  exactlyOne,
  noLeaks,
  acknowledgedWritesStay,
  countersGrow,
  readyIsTrue,
  fencedWrites,
  oneHolder,
  nothingTwice,
  tenantsApart,
  goneMeansGone,
  dataIsSafe,
  unknownIsNotAbsent,
  noHotLoop,
  changesAreTakenUp,
  changesAreOnRecord,
  secretsStay,
  countedActs,
  oneHost,
  freshWishes,
  oneServerEach,
  consolesAreClosed,
  toldAtFirstBoot,
  leftAloneInUse,
  contentStays,
  moveKeepsContent,
  oneNetworkEach,
  nothingGoneIsCarried,
  portsLeadToOnePlace,
  trafficIsCountedOnce,
];
