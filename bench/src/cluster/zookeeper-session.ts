import { once } from 'node:events';
import ZooKeeper from 'zookeeper';

/** As little of a ZooKeeper session as the floors need: znodes that live as long as it does. */
export class ZookeeperSession {
  readonly #client: ZooKeeper;

  private constructor(client: ZooKeeper) {
    this.#client = client;
  }

  /** Connects; `connect` may end with a chroot, which must exist. */
  static async open(connect: string, sessionMs: number): Promise<ZookeeperSession> {
    const client = new ZooKeeper({ connect, timeout: sessionMs, debug_level: 0 });
    client.setLogger(false);
    const connected = once(client, 'connect');
    client.init({});
    await connected;
    return new ZookeeperSession(client);
  }

  /** Runs `work` with a session of its own. */
  static async within(
    connect: string,
    work: (session: ZookeeperSession) => Promise<void>,
  ): Promise<void> {
    const session = await ZookeeperSession.open(connect, 6_000);
    try {
      await work(session);
    } finally {
      session.close();
    }
  }

  /** Makes a znode that stays; fine when it is there. */
  async make(path: string): Promise<void> {
    await this.#client.create(path, '', 0).catch(async () => {
      await this.#client.exists(path, false);
    });
  }

  /**
   * Takes a lock for as long as the session lasts, or until released. Resolves with its fence, which is greater than
   * those of all earlier holders. Both requests are under way at once: a session's requests are carried out in order.
   */
  async hold(path: string): Promise<bigint> {
    const [, stat] = await Promise.all([
      this.#client.create(path, '', ZooKeeper.constants.ZOO_EPHEMERAL),
      this.#client.exists(path, false),
    ]);
    return BigInt(stat.czxid);
  }

  /** Gives a lock back. */
  async release(path: string): Promise<void> {
    await this.#client.delete_(path, -1);
  }

  /** Ends the session and all that was held in it. */
  close(): void {
    this.#client.close();
  }
}
