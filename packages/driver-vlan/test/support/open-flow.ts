import { type Conversation, until } from './network-sandbox.js';

/** Where flows are opened, and the firewall counts what it drops. */
export interface FlowPlace {
  start(namespace: string, script: string): Conversation;
  /** How many packets a counter of the firewall has counted. */
  counted(counter: string): Promise<number>;
}

/** A TCP connection to somebody who says back what is said. */
export class OpenFlow {
  readonly #place: FlowPlace;
  readonly #conversation: Conversation;

  private constructor(place: FlowPlace, conversation: Conversation) {
    this.#place = place;
    this.#conversation = conversation;
  }

  /** Opens one, once it carries. `from`: a namespace. `to`: `203.0.113.11:2222`, and options of socat. */
  static async open(place: FlowPlace, from: string, to: string): Promise<OpenFlow> {
    const flow = new OpenFlow(place, place.start(from, `socat -T60 - TCP:${to}`));
    flow.#conversation.say('one\n');
    await flow.#hears('one\n');
    return flow;
  }

  /** Ends when it has carried another line. */
  async carries(): Promise<void> {
    const before = this.#conversation.heard;
    this.#conversation.say('more\n');
    await this.#hears(`${before}more\n`);
  }

  /**
   * Ends when it is seen to be cut: a packet of it is counted among those that were dropped, so that its silence is no
   * accident. What was heard since is returned: nothing.
   */
  async isCut(counter: string): Promise<string> {
    const before = await this.#place.counted(counter);
    const { length } = this.#conversation.heard;
    this.#conversation.say('two\n');
    await until(
      () => this.#place.counted(counter),
      (count) => count > before,
    );
    this.end();
    return this.#conversation.heard.slice(length);
  }

  end(): void {
    this.#conversation.end();
  }

  async #hears(text: string): Promise<void> {
    await until(
      () => this.#conversation.heard,
      (heard) => heard === text,
    );
  }
}
