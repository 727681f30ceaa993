/** Stable codes for what is wrong with the HTTP message itself; those of everything else are core's ERROR_CATALOGUE. */
export type WireCode =
  | 'BadRequest'
  | 'EncryptionRequired'
  | 'RequestTimeout'
  | 'MisdirectedRequest'
  | 'HeadersTooLarge'
  | 'HttpVersionNotSupported';

/** The status each {@link WireCode} is answered with, what it means and what to do about it. */
export const WIRE_FAULTS: Readonly<
  Record<WireCode, { readonly status: number; readonly meaning: string; readonly remedy: string }>
> = {
  BadRequest: {
    status: 400,
    meaning: 'The message is no well-formed HTTP, or two readers could understand it differently.',
    remedy: 'Send a well-formed HTTP request.',
  },
  EncryptionRequired: {
    status: 403,
    meaning:
      'A key came over plain http from another machine, where anybody on the way could read it.',
    remedy:
      'Use https. Should a proxy in front have ended it, the API must be told to trust that proxy (trustForwarded).',
  },
  RequestTimeout: {
    status: 408,
    meaning: 'The head or the body of the request took too long to come.',
    remedy: 'Send a request at once, and its body without pauses.',
  },
  MisdirectedRequest: {
    status: 421,
    meaning: 'The request is for a host name that this API is not known by.',
    remedy: 'Use a host name that this API is known by.',
  },
  HeadersTooLarge: {
    status: 431,
    meaning: 'The head of the request is larger than is read.',
    remedy: 'Send fewer headers.',
  },
  HttpVersionNotSupported: {
    status: 505,
    meaning: 'The request is of a version of HTTP that is not spoken.',
    remedy: 'Use HTTP/1.1.',
  },
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
