import { RequestError } from '@gdcloud/core';

/** A method that a URL does not offer; answered with 405 and the ones it does in `Allow`. */
export class MethodRefusal extends RequestError {
  readonly allowed: readonly string[];

  constructor(method: string, allowed: readonly string[]) {
    super('MethodNotAllowed', `${method} is not possible here`, {
      detail: `possible are ${allowed.join(', ')}`,
    });
    this.allowed = allowed;
  }
}
