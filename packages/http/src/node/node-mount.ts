import type { Logger } from '@gdcloud/core';
import { ApiHandler } from '../api-handler.js';
import type { ApiOptions } from '../options.js';
import { errorText } from '../response/error-text.js';
import { type NodeRequest, type Place, receivedRequest } from './incoming.js';
import { type NodeResponse, send } from './outgoing.js';
import { Turn } from './turn.js';

/** An API that answers requests of Node. What frameworks differ in is for those who mount it. */
export class NodeMount {
  /** The prefix that the options name, without a trailing slash. */
  readonly prefix: string | undefined;
  readonly #handler: ApiHandler;
  readonly #logger: Logger | undefined;
  readonly #turn = new Turn();

  constructor(options: ApiOptions, handler: ApiHandler = new ApiHandler(options)) {
    this.prefix = options.prefix?.replace(/(?<!\/)\/+$/, '');
    this.#handler = handler;
    this.#logger = options.logger;
  }

  /** Whether a request is for the API to answer; all others are the host application's. */
  owns({ target, prefix }: Place): boolean {
    return this.#handler.owns(target, prefix);
  }

  /** Answers a request. Never rejects and never throws. */
  async answer(request: NodeRequest, response: NodeResponse, place: Place): Promise<void> {
    // A client that goes away mid-answer is no failure of ours, and nothing is left to tell it.
    response.on('error', () => {});
    try {
      const answer = await this.#handler.handle(receivedRequest(request, place));
      await this.#turn.end();
      await send(response, answer);
    } catch (thrown) {
      this.#logger?.error({ error: errorText(thrown) }, 'a response could not be sent');
      response.destroy();
    }
  }
}
