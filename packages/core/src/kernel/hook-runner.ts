import { DriverFailure, ensureError } from '../model/errors.js';
import type { Clock } from '../ports/clock.js';
import type { Hook, HookPoint, HookPoints, HookRegistration } from '../ports/hooks.js';
import type { Logger } from '../ports/logger.js';
import type { LogSubject } from './telemetry/pass-watch.js';

const DEFAULT_TIMEOUT = 2_000;

/** A hook that threw or took too long. Says which, so that nobody has to guess among plug-ins. */
export class HookFailure extends Error {
  override readonly name = 'HookFailure';
  readonly hook: string;

  constructor(hook: string, point: HookPoint, problem: string, cause: unknown) {
    super(`hook ${hook} at ${point} ${problem}`, { cause });
    this.hook = hook;
  }

  /** The same as a failure of a pass: it may work next time. */
  asDriverFailure(): DriverFailure {
    return new DriverFailure('rejected', 'HookFailed', this.message, {
      remedy: 'Repair or remove the plug-in that registered the hook.',
      cause: this,
    });
  }
}

/** One hook's answer. */
export interface HookAnswer<P extends HookPoint> {
  readonly hook: string;
  readonly output: HookPoints[P]['output'];
}

/** Runs the hooks of a point, one after the other, each with a time limit. The set is fixed once the kernel starts. */
export class HookRunner {
  readonly #hooks = new Map<HookPoint, readonly HookRegistration[]>();
  readonly #clock: Clock;
  readonly #logger: Logger;

  /** Throws when two hooks of a point have the same name. */
  constructor(hooks: readonly HookRegistration[], clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
    for (const hook of hooks.toSorted(inOrder)) {
      const others = this.#hooks.get(hook.point) ?? [];
      if (others.some((other) => other.name === hook.name)) {
        throw new TypeError(`two hooks at ${hook.point} are called ${hook.name}`);
      }
      this.#hooks.set(hook.point, [...others, hook]);
    }
  }

  /** The names of a point's hooks, in the order they run. */
  names(point: HookPoint): readonly string[] {
    return (this.#hooks.get(point) ?? []).map((hook) => hook.name);
  }

  /**
   * Asks the hooks of a point in order, and stops asking when `enough` says so. Throws {@link HookFailure}. `about` says
   * for what, to the log.
   */
  async run<P extends HookPoint>(
    point: P,
    input: HookPoints[P]['input'],
    enough: (output: HookPoints[P]['output']) => boolean = () => false,
    about?: LogSubject,
  ): Promise<readonly HookAnswer<P>[]> {
    const hooks = this.#hooks.get(point);
    if (hooks === undefined) return [];
    deepFreeze(input);
    const answers: HookAnswer<P>[] = [];
    // Registered under this very point: the map's key is the hook's own.
    for (const hook of hooks as unknown as readonly Hook<P>[]) {
      try {
        const output = await this.#limited(hook, input);
        answers.push({ hook: hook.name, output });
        if (enough(output)) break;
      } catch (thrown) {
        const failure =
          thrown instanceof HookFailure
            ? thrown
            : new HookFailure(hook.name, point, 'failed', thrown);
        if (hook.onFailure !== 'ignore') throw failure;
        this.#logger.warn(
          {
            ...about?.ids,
            hook: hook.name,
            point,
            code: 'HookFailed',
            error: ensureError(thrown).message,
          },
          'hook failed, ignored',
        );
      }
    }
    return answers;
  }

  async #limited<P extends HookPoint>(
    hook: Hook<P>,
    input: HookPoints[P]['input'],
  ): Promise<HookPoints[P]['output']> {
    const answer = hook.run(input);
    if (!(answer instanceof Promise)) return answer;
    const limit = hook.timeoutMs ?? DEFAULT_TIMEOUT;
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.schedule(limit, () =>
        reject(
          new HookFailure(hook.name, hook.point, `did not answer within ${limit} ms`, undefined),
        ),
      );
      answer.then(resolve, reject).finally(cancel);
    });
  }
}

function inOrder(left: HookRegistration, right: HookRegistration): number {
  return (right.priority ?? 0) - (left.priority ?? 0) || (left.name < right.name ? -1 : 1);
}

// A plug-in that changed what it was shown would change what others see. What is frozen already is so all the way down.
function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
}
