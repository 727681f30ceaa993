import { DriverFailure } from '../../model/errors.js';
import type { Json } from '../../model/json.js';
import { writeFailed } from './driver-answer.js';
import { isObject } from './json-reading.js';

/** In place of an answer that no message can carry. */
export function tooLarge(body: Json): Json {
  const isChange = isObject(body) && isObject(body['result']) && 'settled' in body['result'];
  return writeFailed(
    new DriverFailure(
      // What was changed stays changed, however long the answer about it.
      isChange ? 'ambiguous' : 'rejected',
      'AnswerTooLarge',
      'the driver’s answer is larger than a message may be',
      { remedy: 'Have the driver list smaller pages, or raise largestMessage on both sides.' },
    ),
  );
}

/** In place of an answer that there was no room to keep until it was asked for again. */
export function dropped(): Json {
  return writeFailed(
    new DriverFailure('ambiguous', 'AnswerDropped', 'it was answered, and the answer is gone', {
      remedy: 'It is looked at again by itself.',
    }),
  );
}

/** In answer to what is no request. */
export function notUnderstood(): Json {
  return writeFailed(
    new DriverFailure(
      'rejected',
      'RequestNotUnderstood',
      'the driver host can’t read the request',
      {
        remedy: 'Run the same version of gdcloud on both sides.',
      },
    ),
  );
}
