import type { Json } from '@gdcloud/core';

/** A value as people read it: texts and numbers as they are, null and nothing as nothing, structures as JSON. */
export function plainText(value: Json | undefined): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
