import type { NetworkDriver } from '@gdcloud/core';
import { derivedMacAddress } from './plan/plan-names.js';

/** The address of a server's card for the n-th try: locally administered, unicast, the same for the same arguments. */
export const macAddress: NetworkDriver['macAddress'] = ({ server, device, attempt }) =>
  derivedMacAddress(`card/${server}/${device}/${attempt}`);
