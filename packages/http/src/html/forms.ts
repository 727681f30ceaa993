import {
  exampleOf,
  type Field,
  type Fields,
  type JsonObject,
  type ResourceType,
  writableFields,
} from '@gdcloud/core';
import { isJsonObject } from '../request/strict-json.js';
import { actionInput, hasFields, isExplain } from '../schema/action-schema.js';
import { createFields, updateFields } from '../schema/resource-fields.js';
import { rightsOn } from '../schema/type-rights.js';
import {
  type CurlRequest,
  type CurlValue,
  curlCommand,
  secretVariable,
} from '../texts/curl-command.js';
import { type Filling, filledWith } from './filling.js';
import { formFields } from './form-fields.js';
import { html, type Markup, NOTHING } from './markup.js';
import { plainText } from './plain-text.js';
import { linkOf, type Reader, urlIn, urlsIn } from './reader.js';

/** A form that writes. */
export interface WriteForm {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  /** Sets its inputs apart from those of other forms. */
  readonly name: string;
  readonly button: string;
  readonly fields: Fields;
  readonly filling: Filling;
  readonly wrong?: ReadonlyMap<string, string>;
  /** The change of what is asked for that an edit is based on: who edits undoes nothing that others did since. */
  readonly rev?: string;
}

const NONE: ReadonlyMap<string, string> = new Map();

/** The form of a collection, for who may create in it. */
export function collectionForms(type: ResourceType, body: JsonObject, reader: Reader): Markup {
  const url = urlIn(body['createTypes'], type.id);
  if (url === undefined) return NOTHING;
  const defaults = body['createDefaults'];
  const filling = filledWith(isJsonObject(defaults) ? defaults : {});
  const title = reader.say('action.new', { type: reader.labels.type(type.id) });
  return html`<section id="create"><details class="folded"><summary><h2>${title}</h2></summary>
${writeForm(createForm(type, url, filling, reader), reader)}</details></section>
`;
}

/** The forms of a resource: its possible actions, and its removal. */
export function actionForms(type: ResourceType, body: JsonObject, reader: Reader): Markup {
  const { say, site, caller } = reader;
  const self = linkOf(body, 'self');
  const forms = urlsIn(body['actions']).map(([name, url]) => {
    // What changes nothing is a link.
    if (isExplain(type, name))
      return html`<div><a class="button" href="${url}">${name}</a></div>\n`;
    const form = actionForm(type, name, url, filledWith({}));
    return hasFields(form.fields)
      ? html`<details class="folded"><summary><span class="button">${name}…</span></summary>${writeForm(form, reader)}</details>\n`
      : html`<div>${writeForm(form, reader)}</div>\n`;
  });
  const mayRemove = caller !== undefined && site.resources.may(caller, type, 'delete');
  const removal =
    self === undefined || !mayRemove || body['removed'] !== null
      ? NOTHING
      : html`<details class="folded danger-room"><summary><span class="button danger">${say('action.delete')}…</span></summary>
<p>${say('confirm.delete', { name: plainText(body['name'] ?? body['id']) })}</p>
${writeForm({ method: 'DELETE', url: self, name: 'delete', button: say('action.delete'), fields: {}, filling: filledWith({}) }, reader)}</details>
`;
  // An empty one is where they appear when there are some.
  if (forms.length === 0 && removal === NOTHING) return html`<div id="actions" data-live></div>\n`;
  return html`<section id="actions" data-live aria-labelledby="actions-title"><h2 id="actions-title">${say('api.actions')}</h2>
<div class="action-forms">
${forms}${removal}</div></section>
`;
}

/** The form that changes a resource, for who may. */
export function editForms(type: ResourceType, body: JsonObject, reader: Reader): Markup {
  const { site, caller, say } = reader;
  const self = linkOf(body, 'self');
  if (self === undefined || caller === undefined || body['removed'] !== null) return NOTHING;
  if (!site.resources.may(caller, type, 'update')) return NOTHING;
  const form = editForm(type, self, filledWith(body), plainText(body['rev']), reader);
  if (!hasFields(form.fields)) return NOTHING;
  return html`<section id="edit" data-live><details class="folded"><summary><h2>${say('action.edit')}</h2></summary>
${writeForm(form, reader)}</details></section>
`;
}

/** What creates a resource of a type. */
export function createForm(
  type: ResourceType,
  url: string,
  filling: Filling,
  { site, caller, say }: Reader,
): WriteForm {
  const rights = caller === undefined ? new Set<never>() : rightsOn(site.resources, caller, type);
  const { uuid: _uuid, accountId, ...fields } = createFields(type, rights);
  const isOffered = accountId !== undefined && site.types.find('account') !== undefined;
  return {
    method: 'POST',
    url,
    name: 'create',
    button: say('action.create'),
    fields: writableFields(isOffered ? { ...fields, accountId } : fields, 'create'),
    filling,
  };
}

/** What changes a resource. */
export function editForm(
  type: ResourceType,
  url: string,
  filling: Filling,
  rev: string,
  { say }: Reader,
): WriteForm {
  const fields = writableFields(updateFields(type), 'update');
  return { method: 'PUT', url, name: 'edit', button: say('action.save'), fields, filling, rev };
}

/** What asks for an action. */
export function actionForm(
  type: ResourceType,
  name: string,
  url: string,
  filling: Filling,
): WriteForm {
  return {
    method: 'POST',
    url,
    name,
    button: name,
    fields: actionInput(type, name),
    filling,
  };
}

/** A form as HTML. It says that what it leaves blank means nothing (see bodyFor), and how to ask the same with curl. */
export function writeForm(form: WriteForm, reader: Reader): Markup {
  const { method, url, name, button, fields, filling, wrong = NONE } = form;
  const target = method === 'POST' ? url : `${url}?_method=${method}`;
  const rev =
    form.rev === undefined ? NOTHING : html`<input type="hidden" name="rev" value="${form.rev}">`;
  return html`<form method="post" action="${target}" data-write="${name}" data-method="${method}" data-url="${url}"><input type="hidden" name="_blank" value="null">${rev}
${formFields({ fields, prefix: name, filling, wrong }, reader)}<p class="form-end"><button${method === 'DELETE' ? html` class="danger"` : NOTHING}>${button}</button></p>
${curlView({ method, url, sent: exampleOfSent(fields, filling) }, reader)}</form>`;
}

/** A command that can be copied. */
export function curlView(request: CurlRequest, { say }: Reader): Markup {
  return html`<details class="curl"><summary>curl</summary><pre tabindex="0" aria-label="${say('api.curl.title')}"><code data-curl>${curlCommand(request)}</code></pre></details>
`;
}

// What has to be sent, and what is there already that is not the default.
function exampleOfSent(fields: Fields, filling: Filling): readonly CurlValue[] {
  return Object.entries(fields).flatMap(([name, field]): readonly CurlValue[] => {
    if (field.required !== true && field.suggested !== true) return [];
    if (field.kind === 'password') return [{ name, secret: secretVariable(name) }];
    const filled = filling(name, field);
    if (typeof filled !== 'string') return filled.map((item) => [name, item] as const);
    return [[name, filled === '' ? sampleOf(field) : filled]];
  });
}

function sampleOf(field: Field): string {
  const { kind, options, min } = field;
  const example = exampleOf(field);
  if (example !== undefined) return plainText(example);
  return options?.[0] ?? (kind === 'int' ? String(min ?? 1) : '…');
}
