import { WireFault } from '../response/wire-fault.js';

/** Decodes a percent-encoded path segment. Throws {@link WireFault} for what is no UTF-8 (rule 16, bad inputs B1 and B2). */
export function decodeSegment(text: string): string {
  if (!text.includes('%')) return text;
  const decoded = decode(text);
  if (decoded.includes('\u0000')) throw new WireFault('BadRequest', 'the path contains NUL');
  return decoded;
}

/** Decodes a name or a value of a query or an urlencoded form, `+` being a space. Throws {@link WireFault}. */
export function decodeFormText(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text;
  return decode(text.replaceAll('+', ' '));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new WireFault('BadRequest', 'a percent-encoding is broken or is not UTF-8', { cause });
  }
}
