import {
  ERROR_CATALOGUE,
  type JsonObject,
  type Logger,
  PortUnavailable,
  RequestError,
} from '@gdcloud/core';
import { TransferRefusal } from '../content/transfer-refusal.js';
import { LimitRefusal } from '../limits/limit-refusal.js';
import type { Answer } from './api-response.js';
import { errorText } from './error-text.js';
import { MethodRefusal } from './method-refusal.js';
import { WireFault } from './wire-fault.js';

const RETRY_AFTER_SECONDS = '5';

/**
 * Turns whatever was thrown into the error body of the API family (rule 2). What the caller did wrong is told in full;
 * a port that can't answer is 503 with what the operator can do; anything else is 500 and is told to the log only. `ids`
 * is what the log says of the request.
 */
export function failureAnswer(
  thrown: unknown,
  errorId: string,
  logger: Logger | undefined,
  ids: object,
): Answer {
  if (thrown instanceof RequestError) {
    return {
      status: thrown.status,
      headers: {
        ...(thrown instanceof MethodRefusal ? { allow: thrown.allowed.join(', ') } : {}),
        // Part of the body may still be under way.
        ...(thrown.code === 'BodyTooLarge' ? { connection: 'close' } : {}),
        ...(thrown.status === 503 ? { 'retry-after': RETRY_AFTER_SECONDS } : {}),
        ...(thrown instanceof TransferRefusal || thrown instanceof LimitRefusal
          ? thrown.headers
          : {}),
      },
      body: errorBody(errorId, thrown.status, thrown.code, thrown.message, {
        detail: thrown.detail ?? thrown.remedy,
        fieldName: thrown.fieldName,
      }),
    };
  }
  if (thrown instanceof WireFault) {
    return {
      status: thrown.status,
      headers: { connection: 'close' },
      body: errorBody(errorId, thrown.status, thrown.code, thrown.message, {
        detail: thrown.remedy,
      }),
    };
  }
  if (thrown instanceof PortUnavailable) {
    logger?.warn(
      { ...ids, errorId, code: 'StoreUnavailable', port: thrown.port, error: errorText(thrown) },
      'a request found a port unavailable',
    );
    const { status } = ERROR_CATALOGUE.StoreUnavailable;
    return {
      status,
      headers: { 'retry-after': RETRY_AFTER_SECONDS },
      body: errorBody(errorId, status, 'StoreUnavailable', thrown.message, {
        detail: thrown.remedy,
      }),
    };
  }
  logger?.error(
    { ...ids, errorId, code: 'InternalError', error: errorText(thrown) },
    'a request failed',
  );
  const { status, remedy } = ERROR_CATALOGUE.InternalError;
  return {
    status,
    body: errorBody(errorId, status, 'InternalError', 'something unexpected happened', {
      detail: remedy,
    }),
  };
}

/** An error as all answers show it (rule 2). */
export function errorBody(
  id: string,
  status: number,
  code: string,
  message: string,
  more: { readonly detail?: string | undefined; readonly fieldName?: string | undefined },
): JsonObject {
  return {
    id,
    type: 'error',
    links: {},
    actions: {},
    status,
    code,
    message,
    detail: more.detail ?? null,
    fieldName: more.fieldName ?? null,
  };
}
