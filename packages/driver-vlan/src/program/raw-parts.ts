/**
 * Bits at a place of a packet that nft has no name for, as it writes them in rules: here of a message of neighbour
 * discovery (RFC 4861, 4.3): whose address is meant, its first option, the card in that.
 */
export const ND_TARGET = '@th,64,128';
export const ND_OPTION = '@th,192,16';
export const ND_CARD = '@th,208,48';

/** One of them. In elements they are as many hexadecimal digits as it has. */
export type RawPart = typeof ND_TARGET | typeof ND_OPTION | typeof ND_CARD;

/** Whether the type of a part of a key is bits without a name. */
export function isRaw<Type extends string>(type: Type | RawPart): type is RawPart {
  return type.startsWith('@');
}

/** Bits as elements have them. */
export function rawText(value: bigint, part: RawPart): string {
  return `0x${value.toString(16).padStart(bitsOf(part) / 4, '0')}`;
}

function bitsOf(part: RawPart): number {
  return Number(part.split(',')[2]);
}
