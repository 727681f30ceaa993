import { type Field, type Fields, isNullable } from '@gdcloud/core';
import { limitsOf } from './field-limits.js';
import type { Filling } from './filling.js';
import { html, Markup, NOTHING } from './markup.js';
import { listOf, type Reader } from './reader.js';

/** Text that may be longer is written in several lines. */
const LONGEST_LINE = 4_096;
/** Up to so many fields all of them are in sight. */
const FEW = 5;

/** The fields of a form. */
export interface FormFields {
  readonly fields: Fields;
  /** Sets the ids of this form's inputs apart from those of others. */
  readonly prefix: string;
  readonly filling: Filling;
  /** What is wrong with which field. */
  readonly wrong: ReadonlyMap<string, string>;
}

/** The inputs of a form, each with what it is and takes; what few need is folded away. */
export function formFields(form: FormFields, reader: Reader): Markup {
  const all = Object.entries(form.fields);
  const isFirst = ([name, { required, suggested }]: readonly [string, Field]): boolean =>
    all.length <= FEW || name === 'name' || required === true || suggested === true;
  const views = (entries: typeof all): readonly Markup[] =>
    entries.map(([name, field]) => fieldView(name, field, form, reader));
  const rest = all.filter((entry) => !isFirst(entry));
  if (rest.length === 0) return html`${views(all)}`;
  const open = new Markup(rest.some(([name]) => form.wrong.has(name)) ? ' open' : '');
  return html`${views(all.filter(isFirst))}<details${open}><summary>${reader.say('api.form.more', { count: rest.length })}</summary>
${views(rest)}</details>
`;
}

function fieldView(name: string, field: Field, form: FormFields, reader: Reader): Markup {
  const { say } = reader;
  const id = `${form.prefix}-${name}`;
  const wrong = form.wrong.get(name);
  const must =
    field.required === true ? html` <span class="quiet">(${say('required')})</span>` : NOTHING;
  const fault =
    wrong === undefined ? NOTHING : html`<p class="wrong" id="${id}-wrong" lang="en">${wrong}</p>`;
  return html`<div class="field" data-field="${name}"><label for="${id}">${name}${must}</label>
${inputFor(name, id, field, form, reader)}${fault}<p class="quiet" id="${id}-about">${field.description} <small>${limitsOf(field, say).join(' · ')}</small></p></div>
`;
}

function inputFor(
  name: string,
  id: string,
  field: Field,
  form: FormFields,
  reader: Reader,
): Markup {
  const filled = form.filling(name, field);
  const text = typeof filled === 'string' ? filled : filled.join('\n');
  const wrong = form.wrong.has(name);
  const about = wrong ? `${id}-wrong ${id}-about` : `${id}-about`;
  const must = new Markup(
    field.required === true ? ` data-required${text === '' ? ' required' : ''}` : '',
  );
  const invalid = new Markup(wrong ? ' aria-invalid="true"' : '');
  const start = html`id="${id}" name="${name}"${must} aria-describedby="${about}"${invalid}`;
  if (isLong(field))
    return html`<textarea ${start}${new Markup(field.kind === 'password' ? ' data-secret' : '')} autocomplete="off" rows="3" cols="60">\n${text}</textarea>`;
  switch (field.kind) {
    case 'enum':
      return select(start, field, field.options ?? [], text);
    case 'boolean':
      return select(start, field, ['true', 'false'], text);
    case 'json':
    case 'map':
      return html`<textarea ${start} rows="3" cols="60">\n${text}</textarea>`;
    case 'array':
      return list(name, start, field, typeof filled === 'string' ? [] : filled, reader);
    case 'int':
      return html`<input type="number" ${start}${limit('min', field.min)}${limit('max', field.max)} value="${text}">`;
    case 'password':
      return html`<input type="password" autocomplete="off" ${start} value="">`;
    default:
      return html`<input type="text" autocomplete="off" ${start}${limit('maxlength', field.maxLength)}${choices(field, reader)} value="${text}">`;
  }
}

function isLong({ kind, maxLength = 0 }: Field): boolean {
  return (kind === 'string' || kind === 'password') && maxLength > LONGEST_LINE;
}

function select(start: Markup, field: Field, options: readonly string[], text: string): Markup {
  const offered = isNullable(field) || text === '' ? ['', ...options] : options;
  const items = offered.map((option) => {
    const selected = new Markup(option === text ? ' selected' : '');
    return html`<option value="${option}"${selected}>${option}</option>`;
  });
  return html`<select ${start}>${items}</select>`;
}

// Without scripts a form can't grow, so there is room for a few more than there are.
function list(
  name: string,
  start: Markup,
  { element, description }: Field,
  items: readonly string[],
  reader: Reader,
): Markup {
  const options = element === undefined ? NOTHING : choices(element, reader);
  const rows = [...items, '', ''].map((item, index) =>
    index === 0
      ? html`<input type="text" autocomplete="off" ${start}${options} value="${item}">`
      : html`<input type="text" autocomplete="off" name="${name}" aria-label="${`${name} ${index + 1}`}" title="${description}"${options} value="${item}">`,
  );
  return html`<div class="items">${rows}</div>`;
}

// Where the script looks for what can be referred to; without it an id is written.
function choices({ kind, target }: Field, reader: Reader): Markup {
  const url = kind === 'reference' ? listOf(reader, target) : undefined;
  return url === undefined ? NOTHING : html` data-choices="${url}"`;
}

function limit(attribute: string, value: number | undefined): Markup {
  return value === undefined ? NOTHING : html` ${new Markup(attribute)}="${value}"`;
}
