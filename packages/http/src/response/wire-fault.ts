/** Stable codes for what is wrong with the HTTP message itself; those of everything else are core's ERROR_CATALOGUE. */
export type WireCode =
  | 'BadRequest'
  | 'MisdirectedRequest'
  | 'HeadersTooLarge'
  | 'HttpVersionNotSupported';

/** The status each {@link WireCode} is answered with, and what to do about it. */
export const WIRE_FAULTS: Readonly<
  Record<WireCode, { readonly status: number; readonly remedy: string }>
> = {
  BadRequest: { status: 400, remedy: 'Send a well-formed HTTP request.' },
  MisdirectedRequest: { status: 421, remedy: 'Use a host name that this API is known by.' },
  HeadersTooLarge: { status: 431, remedy: 'Send fewer headers.' },
  HttpVersionNotSupported: { status: 505, remedy: 'Use HTTP/1.1.' },
};

/** An HTTP message that can't be understood safely. It changed nothing. */
export class WireFault extends Error {
  override readonly name = 'WireFault';
  readonly code: WireCode;

  constructor(code: WireCode, message: string, options?: { readonly cause: unknown }) {
    super(message, options);
    this.code = code;
  }

  /** The HTTP status this fault is answered with. */
  get status(): number {
    return WIRE_FAULTS[this.code].status;
  }

  /** What the caller can do about it. */
  get remedy(): string {
    return WIRE_FAULTS[this.code].remedy;
  }
}
