import { WireFault } from '../response/wire-fault.js';
import type { ApiRequest } from './api-request.js';
import { isThisMachine } from './trusted-proxies.js';

/** What becomes of keys that come over plain http from elsewhere than this machine. */
export type CredentialsInClear = 'refused' | 'accepted';

/**
 * Refuses to take a key from a connection that others may read along (security.md T9), and to ask for one there.
 * `origin` is how the caller has reached us; a proxy that is believed and does not say is taken to know what it does.
 * Throws a WireFault.
 */
export function checkChannel(
  request: ApiRequest,
  origin: string,
  credentials: CredentialsInClear,
): void {
  if (credentials === 'accepted' || origin.startsWith('https:')) return;
  if (isThisMachine(request.clientAddress)) return;
  if (request.forwarded === 'believed' && request.header('x-forwarded-proto') === undefined) return;
  throw new WireFault('EncryptionRequired', 'keys are not taken over plain http');
}
