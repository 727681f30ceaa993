import type { InjectionToken } from '../di.js';
import {
  CLOCK,
  COMPUTE,
  EVENT_BUS,
  LOCK_SERVICE,
  NETWORK,
  PASSWORD_HASHER,
  RANDOM,
  STORAGE,
  STORE,
} from '../ports/tokens.js';

/** What of a cloud under test is its test's own, and what later plug-ins may wrap to break it or to listen. */
export const WRAPPABLE_PORTS: readonly InjectionToken<unknown>[] = [
  CLOCK,
  RANDOM,
  PASSWORD_HASHER,
  STORE,
  EVENT_BUS,
  LOCK_SERVICE,
  COMPUTE,
  STORAGE,
  NETWORK,
];
