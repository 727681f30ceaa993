/** A request that holds no call. Its message is what a real XAPI says went wrong inside it. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}
