import { COMMON_FIELDS, type JsonObject, type ResourceType, writableFields } from '@gdcloud/core';
import { isJsonObject } from '../request/strict-json.js';
import { actionInput } from '../schema/action-schema.js';
import { escapeHtml } from './escape.js';
import { formFields } from './form-fields.js';
import { plainText } from './plain-text.js';

/** What a form page needs to know of the caller's rights: which forms make sense. */
export interface Offered {
  readonly update: boolean;
  readonly remove: boolean;
}

/** The forms of a collection: one for each type that can be created through it. */
export function collectionForms(type: ResourceType, body: JsonObject): string {
  const createTypes = body['createTypes'];
  if (!isJsonObject(createTypes)) return '';
  const url = createTypes[type.id];
  const defaults = body['createDefaults'];
  return typeof url !== 'string'
    ? ''
    : section(
        `New ${type.id}`,
        form(
          url,
          'Create',
          formFields(
            writableFields({ ...COMMON_FIELDS, ...type.spec }, 'create'),
            isJsonObject(defaults) ? defaults : {},
            'create',
          ),
        ),
      );
}

/** The forms of a resource: its possible actions, editing, removal. */
export function resourceForms(type: ResourceType, body: JsonObject, offered: Offered): string {
  const links = body['links'];
  const self = isJsonObject(links) ? links['self'] : undefined;
  const actions = body['actions'];
  const parts = isJsonObject(actions)
    ? Object.entries(actions).map(([name, url]) =>
        form(plainText(url), name, formFields(actionInput(type, name), {}, name)),
      )
    : [];
  if (typeof self === 'string' && offered.remove) {
    parts.push(form(`${self}?_method=DELETE`, 'Delete', ''));
  }
  const edit =
    typeof self === 'string' && offered.update
      ? section(
          'Edit',
          form(
            `${self}?_method=PUT`,
            'Save',
            formFields(writableFields({ ...COMMON_FIELDS, ...type.spec }, 'update'), body, 'edit'),
          ),
        )
      : '';
  return section('Actions', parts.join('\n')) + edit;
}

function section(title: string, content: string): string {
  return `<section><h2>${escapeHtml(title)}</h2>\n${content}\n</section>\n`;
}

// Every form says that what it leaves blank means nothing: see bodyFor.
function form(url: string, button: string, content: string): string {
  return `<form method="post" action="${escapeHtml(url)}"><input type="hidden" name="_blank" value="null">
${content}
<button>${escapeHtml(button)}</button></form>`;
}
