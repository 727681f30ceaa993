import { asUuid, type Random, type ResourceUuid } from '@gdcloud/core';

/** A uuid made of chance alone: version 4 of RFC 9562. */
export function randomUuid(random: Random): ResourceUuid {
  const bytes = Buffer.from(random.bytes(16));
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const digits = bytes.toString('hex');
  return asUuid(
    [
      digits.slice(0, 8),
      digits.slice(8, 12),
      digits.slice(12, 16),
      digits.slice(16, 20),
      digits.slice(20),
    ].join('-'),
  );
}
