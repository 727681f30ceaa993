import {
  type Accepted,
  type DriverCall,
  DriverFailure,
  type ObjectKey,
  type OwnedPage,
} from '@gdcloud/core';
import type { Bug, Documents } from './bug.js';
import { codeOf, FileDriver, type Intent, rejected } from './file-driver.js';
import { type Files, PASSWORD } from './folder.js';

/** Mistakes in how calls end. */
export const CALLING_BUGS: readonly Bug[] = [
  {
    name: 'a lost reply is called rejected',
    caughtBy: 'create-lost-reply',
    open: (files) =>
      new (class extends FileDriver {
        protected override failure(thrown: unknown, intent: Intent): DriverFailure {
          return codeOf(thrown) === 'ETIMEDOUT'
            ? rejected('TimedOut', 'the share did not answer in time')
            : super.failure(thrown, intent);
        }
      })(files),
  },
  {
    name: 'a lost reply of a delete is called rejected',
    caughtBy: 'delete-lost-reply',
    open: (files) =>
      new (class extends FileDriver {
        override async delete(key: ObjectKey, call: DriverCall): Promise<Accepted> {
          try {
            return await super.delete(key, call);
          } catch (thrown) {
            throw codeOf(thrown) === 'ETIMEDOUT' ? rejected('TimedOut', 'no answer') : thrown;
          }
        }
      })(files),
  },
  {
    name: 'ignores the signal',
    caughtBy: 'create-aborted',
    open: (files) =>
      new (class extends FileDriver {
        protected override guarded<Result>(
          intent: Intent,
          call: DriverCall,
          work: (files: Files) => Promise<Result>,
        ): Promise<Result> {
          const deaf = { ...call, signal: new AbortController().signal };
          return super.guarded(intent, deaf, work);
        }
      })(files),
  },
  {
    name: 'leaves a timer behind',
    caughtBy: 'no-timer-left',
    open: (files, { clock }) =>
      new (class extends FileDriver {
        override async create(...args: Parameters<Documents['create']>): Promise<Accepted> {
          clock.schedule(3_600_000, () => undefined);
          return super.create(...args);
        }
      })(files),
  },
  {
    name: 'leaves a listener on the signal',
    caughtBy: 'no-listener-left',
    open: (files) =>
      new (class extends FileDriver {
        override async list(...args: Parameters<Documents['list']>): Promise<OwnedPage> {
          args[1].signal.addEventListener('abort', () => undefined);
          return super.list(...args);
        }
      })(files),
  },
  {
    name: 'lets a promise be rejected with nobody to hear it',
    caughtBy: 'no-unhandled-rejection',
    open: (files) =>
      new (class extends FileDriver {
        override async delete(key: ObjectKey, call: DriverCall): Promise<Accepted> {
          // A copy in passing that nobody waits for.
          void Promise.reject(new Error('the copy failed'));
          return super.delete(key, call);
        }
      })(files),
  },
  {
    name: 'the password is in the message',
    caughtBy: 'secrets-stay-secret',
    open: (files) =>
      new (class extends FileDriver {
        protected override failure(thrown: unknown, intent: Intent): DriverFailure {
          const { outcome, code, remedy } = super.failure(thrown, intent);
          return new DriverFailure(outcome, code, `can not work with ${PASSWORD}: ${code}`, {
            remedy,
          });
        }
      })(files),
  },
  {
    name: 'the password is in the cause',
    caughtBy: 'secrets-stay-secret',
    open: (files) =>
      new (class extends FileDriver {
        protected override failure(thrown: unknown, intent: Intent): DriverFailure {
          const { outcome, code, message, remedy } = super.failure(thrown, intent);
          return new DriverFailure(outcome, code, message, { remedy, cause: thrown });
        }
      })(files),
  },
  {
    name: 'throws whatever the share throws',
    caughtBy: 'failures-are-driver-failures',
    open: (files) =>
      new (class extends FileDriver {
        protected override async guarded<Result>(
          _intent: Intent,
          { signal }: DriverCall,
          work: (files: Files) => Promise<Result>,
        ): Promise<Result> {
          signal.throwIfAborted();
          return work(this.files);
        }
      })(files),
  },
  {
    name: 'after an aborted call it refuses to work',
    caughtBy: 'abort-leaves-nothing-locked',
    open: (files) =>
      new (class extends FileDriver {
        #working: 'yes' | 'no' = 'no';
        override async create(...args: Parameters<Documents['create']>): Promise<Accepted> {
          if (this.#working === 'yes') throw rejected('Busy', 'another create is under way');
          this.#working = 'yes';
          const accepted = await super.create(...args);
          this.#working = 'no';
          return accepted;
        }
      })(files),
  },
];
