import { RequestError } from '../model/errors.js';
import type { JsonObject } from '../model/json.js';
import type { TypeRegistry } from '../model/registry.js';
import type { Resource } from '../model/resource.js';
import type { QuestionDeclaration, ResourceType } from '../model/resource-type.js';
import type { Answered, Answerer } from '../ports/answerer.js';
import { mayDo, owns, permit, permitOwn } from './access.js';
import type { Caller } from './resources.js';
import type { TypeValidators } from './type-validators.js';

const NONE: readonly never[] = [];

/** One question, and who answers it. */
interface Answerable {
  readonly name: string;
  readonly declared: QuestionDeclaration;
  readonly answerer: Answerer;
}

/** Answers what callers ask about resources. A question that nobody answers is not there. */
export class Questions {
  readonly #validators: TypeValidators;
  /** By the type's id, in the order in which it declares them. */
  readonly #answerable = new Map<string, readonly Answerable[]>();

  /** Throws on answerers of questions that no type declares, and where two answer one. */
  constructor(answerers: readonly Answerer[], types: TypeRegistry, validators: TypeValidators) {
    this.#validators = validators;
    for (const answerer of answerers) {
      const { type, question } = answerer;
      const declared = Object.hasOwn(type.questions, question)
        ? type.questions[question]
        : undefined;
      if (types.get(type.id) !== type || declared === undefined)
        throw new TypeError(`${type.id} has no question ${question}`);
      const known = this.#answerable.get(type.id) ?? [];
      if (known.some(({ name }) => name === question))
        throw new TypeError(`two answerers are registered for ${type.id}.${question}`);
      const all = [...known, { name: question, declared, answerer }];
      const order = Object.keys(type.questions);
      all.sort((left, right) => order.indexOf(left.name) - order.indexOf(right.name));
      this.#answerable.set(type.id, all);
    }
  }

  /** The questions that make sense now and that the caller may ask. */
  possible(caller: Caller, type: ResourceType, resource: Resource): readonly string[] {
    if (resource.removed !== null || resource.deleteRequestedAt !== null) return [];
    if (!owns(caller, resource)) return [];
    const possible: string[] = [];
    for (const { name, declared } of this.#answerable.get(type.id) ?? NONE)
      if (declared.available(resource) && mayDo(caller, type, declared.verb)) possible.push(name);
    return possible;
  }

  /** Throws InvalidAction, ActionNotAvailable, and what access and validation throw. */
  async ask(
    caller: Caller,
    type: ResourceType,
    question: string,
    about: { readonly resource: Resource; readonly input: JsonObject },
  ): Promise<Answered> {
    const known = this.#answerable.get(type.id)?.find(({ name }) => name === question);
    if (known === undefined) {
      throw new RequestError('InvalidAction', `${type.id} has no action ${question}`, {
        fieldName: 'action',
      });
    }
    const { resource, input } = about;
    permit(caller, type, known.declared.verb);
    permitOwn(caller, type, resource);
    const taken = this.#validators.of(type).actions.get(question)?.parse(input) ?? {};
    if (!this.possible(caller, type, resource).includes(question)) {
      throw new RequestError('ActionNotAvailable', `${question} is not possible now`, {
        fieldName: 'action',
      });
    }
    const { account, key } = caller;
    return known.answerer.answer({ resource, input: taken, account, key });
  }
}
