import type { Branded } from '@gdcloud/core';
import { invalidDocument } from './invalid-document.js';

/** A DNS domain in lower case, without the final dot. */
export type DomainName = Branded<'DomainName'>;

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Reads a domain: labels of letters, digits and inner hyphens, 253 characters in all. Throws `invalid` for all else. */
export function parseDomainName(text: string): DomainName {
  const labels = text.split('.');
  if (text.length > 253 || !labels.every((label) => LABEL.test(label))) {
    throw invalidDocument(
      'InvalidDomain',
      'a domain is labels of a-z, 0-9 and inner hyphens, with dots between',
    );
  }
  return text as DomainName;
}
