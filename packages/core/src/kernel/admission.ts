import { RequestError } from '../model/errors.js';
import type { ResourceUuid } from '../model/identity.js';
import type { JsonObject } from '../model/json.js';
import type { Resource } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';
import type { AdmissionInput } from '../ports/hooks.js';
import { HookFailure, type HookRunner } from './hook-runner.js';
import type { Caller } from './resources.js';
import type { LogSubject } from './telemetry/pass-watch.js';

/** A request that asks to be admitted. */
export interface AdmissionRequest {
  readonly operation: AdmissionInput['operation'];
  readonly caller: Caller;
  readonly type: ResourceType;
  readonly before: Resource | undefined;
  readonly desired: JsonObject;
  /** Of a new one, where its caller chose it. */
  readonly uuid?: ResourceUuid | undefined;
}

/** The plug-ins' say in what may be asked for: first all that change, then all that refuse. */
export class Admission {
  readonly #hooks: HookRunner;

  constructor(hooks: HookRunner) {
    this.#hooks = hooks;
  }

  /** The desired fields with what hooks set on top; validated only afterwards. */
  async mutate(request: AdmissionRequest): Promise<JsonObject> {
    const answers = await guarded(() =>
      this.#hooks.run('admit.mutate', inputOf(request), undefined, subjectOf(request)),
    );
    return Object.assign({ ...request.desired }, ...answers.map(({ output }) => output ?? {}));
  }

  /** Throws AdmissionRefused with the first hook's words. */
  async validate(request: AdmissionRequest): Promise<void> {
    const answers = await guarded(() =>
      this.#hooks.run(
        'admit.validate',
        inputOf(request),
        (output) => output !== undefined,
        subjectOf(request),
      ),
    );
    for (const { hook, output } of answers) {
      if (output === undefined) continue;
      throw new RequestError('AdmissionRefused', output.message, {
        fieldName: output.fieldName,
        detail: `refused by ${hook}`,
      });
    }
  }
}

function inputOf(request: AdmissionRequest): AdmissionInput {
  const { operation, caller, type, before, desired, uuid } = request;
  return {
    operation,
    type: type.id,
    account: caller.account,
    accountKind: caller.kind,
    before,
    desired,
    ...(uuid === undefined ? {} : { uuid }),
  };
}

function subjectOf({ caller }: AdmissionRequest): LogSubject {
  return { ids: { request: caller.requestId, account: caller.account } };
}

async function guarded<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (thrown) {
    if (!(thrown instanceof HookFailure)) throw thrown;
    throw new RequestError('AdmissionRefused', thrown.message, { cause: thrown });
  }
}
