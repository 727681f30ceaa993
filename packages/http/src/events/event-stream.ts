import {
  type Caller,
  type FeedListener,
  type FeedNotice,
  type JsonObject,
  type Listening,
  RequestError,
  type ResourceChange,
} from '@gdcloud/core';
import type { LiveAnswer, LiveSink } from '../response/api-response.js';
import { renderOne } from '../routes/rendering.js';
import type { Site } from '../site.js';
import { byeFrame, readyFrame, resetFrame, stillFrame } from './frames.js';

/** Who is told of changes, and how. */
export interface StreamView {
  readonly site: Site;
  readonly caller: Caller;
  /** URL of the version, without a trailing slash. */
  readonly root: string;
  /** Whether each change comes with the resource as the caller sees it then. */
  readonly include: 'resource' | 'nothing';
}

/** One stream of server-sent events. Holds no frames: what the client does not take, the feed tells again. */
export class EventStream implements LiveAnswer, FeedListener {
  readonly #view: StreamView;
  readonly #listening: Listening;
  #sink: LiveSink | undefined;
  #over: 'yes' | 'no' = 'no';

  constructor(view: StreamView, listening: Listening) {
    this.#view = view;
    this.#listening = listening;
  }

  begin(sink: LiveSink): void {
    this.#sink = sink;
    this.#listening.begin(this);
  }

  drained(): void {
    this.#listening.ready();
  }

  close(): void {
    this.#over = 'yes';
    this.#listening.close();
  }

  hear(notice: FeedNotice): 'more' | 'full' {
    switch (notice.kind) {
      case 'ready':
        return this.#write(readyFrame(notice.position));
      case 'reset':
        return this.#write(resetFrame(notice));
      case 'still':
        return this.#write(stillFrame(notice.position));
      case 'bye':
        this.#over = 'yes';
        this.#sink?.end(byeFrame(notice.reason));
        return 'full';
      case 'change':
        if (this.#view.include === 'nothing')
          return this.#write(
            this.#view.site.changeFrames.of(notice.change, notice.position, this.#view.root),
          );
        this.#embed(notice.change, notice.position);
        return 'full';
    }
  }

  // Nothing else is told meanwhile, so that changes stay in order.
  #embed(change: ResourceChange, position: string): void {
    this.#resource(change).then(
      (resource) => {
        const { site, root } = this.#view;
        const frame = site.changeFrames.of(change, position, root, resource);
        if (this.#write(frame) === 'more') this.#listening.ready();
      },
      () => {
        // The change was not told; whoever connects again hears of it.
        if (this.#over === 'yes') return;
        this.close();
        this.#sink?.end(byeFrame('unavailable'));
      },
    );
  }

  async #resource({ type, id }: ResourceChange): Promise<JsonObject | null> {
    const { site, caller } = this.#view;
    try {
      const resource = await site.resources.get(caller, type, id);
      return (await renderOne(this.#view, type, resource)).body;
    } catch (thrown) {
      if (thrown instanceof RequestError) return null;
      throw thrown;
    }
  }

  #write(frame: string): 'more' | 'full' {
    return this.#over === 'yes' ? 'full' : (this.#sink?.write(frame) ?? 'full');
  }
}
