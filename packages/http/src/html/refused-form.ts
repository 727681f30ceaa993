import { type JsonObject, linkEnd, type ResourceType } from '@gdcloud/core';
import type { Form } from '../request/form.js';
import { enteredAs } from './filling.js';
import { actionForm, createForm, editForm, type WriteForm, writeForm } from './forms.js';
import { html, type Markup } from './markup.js';
import { plainText } from './plain-text.js';
import { wrongFields } from './problem-view.js';
import type { Reader } from './reader.js';

/** What came by one of our own pages' forms. */
export interface Entered {
  readonly method: string;
  /** The path under the API, decoded: `v1`, `networks`, `42`. */
  readonly segments: readonly string[];
  readonly action: string | undefined;
  readonly form: Form;
}

/** The form that was refused, as it was filled in, with what is wrong; undefined where it is none that pages have. */
export function refusedForm(
  entered: Entered | undefined,
  error: JsonObject,
  reader: Reader,
): WriteForm | undefined {
  if (entered === undefined) return undefined;
  const form = formAt(entered, reader);
  return form === undefined ? undefined : { ...form, wrong: wrongFields(error) };
}

/** The same as HTML. */
export function refusedFormView(form: WriteForm, reader: Reader): Markup {
  return html`<section id="again"><h2>${reader.say('api.problem.again')}</h2>
${writeForm(form, reader)}</section>
`;
}

function formAt(entered: Entered, reader: Reader): WriteForm | undefined {
  const { method, segments, action, form } = entered;
  const [, plural = '', id, link] = segments;
  const type = visible(plural, reader);
  if (type === undefined) return undefined;
  const url = `${reader.root}/${segments.slice(1).map(encodeURIComponent).join('/')}`;
  const filling = enteredAs(form);
  if (method === 'POST' && id === undefined) return createForm(type, url, filling, reader);
  if (method === 'POST' && link !== undefined) {
    const child = childOf(type, link, reader);
    return child && createForm(child, url, filling, reader);
  }
  if (method === 'PUT') return editForm(type, url, filling, plainText(textIn(form, 'rev')), reader);
  if (method === 'POST' && action !== undefined)
    return actionForm(type, action, `${url}/?action=${encodeURIComponent(action)}`, filling);
  return undefined;
}

function childOf(type: ResourceType, link: string, reader: Reader): ResourceType | undefined {
  const found = Object.entries(type.links).find(
    ([name]) => name.toLowerCase() === link.toLowerCase(),
  );
  const end = found && linkEnd(type, found[1]);
  return end === undefined ? undefined : visible(end, reader);
}

function visible(name: string, { site, caller }: Reader): ResourceType | undefined {
  const type = site.types.find(name);
  return type !== undefined && caller !== undefined && site.resources.may(caller, type, 'read')
    ? type
    : undefined;
}

function textIn(form: Form, name: string): string {
  const text = Object.hasOwn(form, name) ? form[name] : undefined;
  return typeof text === 'string' ? text : '';
}
