import { COMMON_FIELDS } from '../model/common-fields.js';
import type { ResourceType } from '../model/resource-type.js';
import { BodyValidator } from '../model/validate.js';

/** The validators of everything that can be asked of a type. */
export interface Validators {
  readonly create: BodyValidator;
  readonly update: BodyValidator;
  readonly actions: ReadonlyMap<string, BodyValidator>;
}

// Compiling takes milliseconds and its result depends on the declaration alone: several clouds in a process share it.
const compiled = new WeakMap<ResourceType, Validators>();

/** Compiles each type's validators once, when they are first needed. */
export class TypeValidators {
  of(type: ResourceType): Validators {
    const known = compiled.get(type);
    if (known !== undefined) return known;
    const fields = { ...COMMON_FIELDS, ...type.spec };
    const validators: Validators = {
      create: new BodyValidator(fields, 'create'),
      update: new BodyValidator(fields, 'update'),
      actions: new Map(
        Object.entries({ ...type.questions, ...type.actions }).map(([name, action]) => [
          name,
          new BodyValidator(action.input, 'action'),
        ]),
      ),
    };
    compiled.set(type, validators);
    return validators;
  }
}
