import { DriverFailure } from '@gdcloud/core';
import { MalformedAnswer } from './answers.js';
import { classify } from './failures/classify.js';
import { PoolDiffers } from './pool-differs.js';
import { TransportError } from './transport-error.js';
import { XapiError } from './xapi-error.js';

/** What any error of the client says about the world: the only place where that is decided. */
export function toDriverFailure(thrown: unknown): DriverFailure {
  if (thrown instanceof DriverFailure) return thrown;
  if (thrown instanceof XapiError) return ofXapi(thrown);
  if (thrown instanceof TransportError) return ofTransport(thrown);
  if (thrown instanceof PoolDiffers) {
    return new DriverFailure('unavailable', 'PoolDiffers', thrown.message, {
      remedy:
        'Set the URL of the XenServer driver to hosts that are members of the pool. After a deliberate change of pools, restart the process.',
      cause: thrown,
    });
  }
  if (thrown instanceof MalformedAnswer || thrown instanceof SyntaxError) {
    return new DriverFailure(
      'ambiguous',
      'MalformedAnswer',
      'the pool answered something else than XAPI does',
      {
        remedy:
          'Check that the URL is that of a XenServer or XCP-ng pool master of a supported release.',
        cause: thrown,
      },
    );
  }
  return new DriverFailure('ambiguous', 'Unexpected', 'the XenServer driver failed inside', {
    remedy: 'Report it with the cause.',
    cause: thrown,
  });
}

function ofXapi(error: XapiError): DriverFailure {
  // A code is a name. What is none may be anything, so it is not told.
  const code = /^([A-Z][A-Z0-9_]{0,79}|Fault)$/.test(error.code) ? error.code : 'UNKNOWN';
  const { kind } = classify(code);
  const detail = kind.detail === undefined ? '' : shown(error.parameters[kind.detail] ?? '');
  const more = detail === '' ? '' : `: ${detail}`;
  return new DriverFailure(kind.outcome, code, `the pool ${kind.reason}${more}`, {
    remedy: kind.remedy,
    // Not the error itself: parameters of some codes are session references.
    cause: new Error(code),
  });
}

const LONGEST_DETAIL = 300;

/** A parameter as people get to see it: one line without references, which mean nothing to them. */
function shown(parameter: string): string {
  const line = parameter
    .slice(0, 10 * LONGEST_DETAIL)
    .replaceAll(/OpaqueRef:[\w-]*/g, 'OpaqueRef:…')
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return line.length > LONGEST_DETAIL ? `${line.slice(0, LONGEST_DETAIL)}…` : line;
}

function ofTransport(error: TransportError): DriverFailure {
  if (error.phase === 'lost' && error.effect === 'write') {
    return new DriverFailure('ambiguous', 'ReplyLost', `the reply was lost: ${error.message}`, {
      remedy: 'Nothing to do: it is looked at again.',
      cause: error,
    });
  }
  return new DriverFailure(
    'unavailable',
    'PoolUnreachable',
    `the pool does not answer: ${error.message}`,
    {
      remedy: 'Check the network to the pool master, and that its toolstack runs.',
      cause: error,
    },
  );
}

/** Runs `work`; whatever it throws comes out as a DriverFailure. */
export async function failing<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw toDriverFailure(error);
  }
}
