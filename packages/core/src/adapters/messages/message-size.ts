/** The most a message may take on any bus, in UTF-8: 8 MiB, in bytes. Brokers such as Redis hold several of them at once. */
export const MESSAGE_LIMIT = 8_388_608;

/** Whether `text` takes more than `limit` bytes in UTF-8. Looks into the text only where its length does not tell. */
export function exceeds(text: string, limit: number): boolean {
  if (text.length > limit) return true;
  // A UTF-16 unit takes three bytes at most.
  return text.length * 3 > limit && Buffer.byteLength(text) > limit;
}
