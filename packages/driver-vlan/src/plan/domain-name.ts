import type { Branded } from '@gdcloud/core';
import { invalidField } from './invalid-document.js';

/** A DNS domain in lower case, without the final dot. */
export type DomainName = Branded<'DomainName'>;

/** A server's name in its domain: 1–63 of a-z, 0-9 and inner hyphens. */
export type Hostname = Branded<'Hostname'>;

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Reads a domain: labels of letters, digits and inner hyphens, 253 characters in all. Throws `invalid` for all else. */
export function parseDomainName(text: string, field: string): DomainName {
  const labels = text.split('.');
  if (text.length > 253 || !labels.every((label) => LABEL.test(label))) {
    throw invalidField(
      'InvalidDomain',
      field,
      'a domain is labels of a-z, 0-9 and inner hyphens, with dots between',
    );
  }
  return text as DomainName;
}

/** Reads a server's name. Throws `invalid`. */
export function parseHostname(text: string, field: string): Hostname {
  if (!LABEL.test(text)) {
    throw invalidField('InvalidHostname', field, 'a name is 1 to 63 of a-z, 0-9 and inner hyphens');
  }
  return text as Hostname;
}
