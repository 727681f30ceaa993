import { DriverFailure } from '@gdcloud/core';
import type { Refusal } from './content-record.js';
import type { BrokenOff } from './remote.js';

// None of these is `unavailable`: that would say that the share is away, and have everybody leave it alone.

/** The host of a URL. What else is in it may be a secret. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'an unreadable URL';
}

/** The server can't be reached, or breaks off before anything new comes. */
export function sourceUnreachable(url: string, cause: BrokenOff): DriverFailure {
  return new DriverFailure(
    'rejected',
    'SourceUnreachable',
    `${hostOf(url)} sends nothing more: ${cause.message}`,
    { remedy: 'None is needed: it goes on by itself where it broke off.', cause },
  );
}

/** The server is there and can't serve it now. */
export function sourceBusy(url: string, status: number): DriverFailure {
  return new DriverFailure('rejected', 'SourceBusy', `${hostOf(url)} answers ${status}`, {
    remedy: 'None is needed: it is tried again by itself.',
  });
}

/** The server has no such content, or none for us. */
export function sourceRefused(url: string, status: number): DriverFailure {
  const message = `${hostOf(url)} answers ${status}: there is no content at sourceUrl`;
  return new DriverFailure('invalid', 'SourceRefused', message, {
    remedy: 'Make an image with a URL that can be read without credentials.',
  });
}

/** The URL leads to where nothing may be fetched from. */
export function sourceForbidden(host: string, why: string): DriverFailure {
  return new DriverFailure(
    'invalid',
    'SourceForbidden',
    `${host} may not be fetched from: ${why}`,
    {
      remedy:
        'Use a URL on a public address, or have the operator allow the network (imports.allowNetworks).',
    },
  );
}

/** The content is larger than an image may be. */
export function contentTooLarge(message: string): DriverFailure {
  return new DriverFailure('invalid', 'ContentTooLarge', message, {
    remedy: 'Make a smaller image, or have the operator raise imports.mostBytes.',
  });
}

/** The content is not what it was said to be. */
export function checksumMismatch(expected: string, found: string): DriverFailure {
  return new DriverFailure(
    'invalid',
    'ChecksumMismatch',
    `the content has the SHA-256 ${found}, not ${expected}; nothing of it was kept`,
    { remedy: 'Correct the checksum or the content, and make the image anew.' },
  );
}

/** The content is no disk, or one of a kind that is not imported. */
export function contentInvalid(code: string, message: string, cause?: unknown): DriverFailure {
  return new DriverFailure('invalid', code, message, {
    remedy: 'Convert it: raw, a VHD without a parent, qcow2 and sparse VMDK are imported.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Content whose structure leads nowhere. */
export function contentDamaged(cause: Error): DriverFailure {
  return contentInvalid('ContentDamaged', `the content can’t be read: ${cause.message}`, cause);
}

/** What a client brought was refused, and nothing has been brought since. */
export function contentRefused({ code, message }: Refusal): DriverFailure {
  return new DriverFailure('invalid', code, message, {
    remedy: 'Bring other content to the link content, or delete the image.',
  });
}
