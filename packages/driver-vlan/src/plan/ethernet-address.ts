import { invalidField } from './invalid-document.js';
import type { MacAddress } from './plan-names.js';

/** Reads a card's own address: six pairs in lower case, unicast and not all zeros. Throws `invalid`. */
export function parseMacAddress(text: string, field: string): MacAddress {
  if (!/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/.test(text) || text === '00:00:00:00:00:00') {
    throw invalidField(
      'InvalidMacAddress',
      field,
      'a MAC address is six pairs of 0-9 and a-f with colons between, unicast',
    );
  }
  return text as MacAddress;
}
