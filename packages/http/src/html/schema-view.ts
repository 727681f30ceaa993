import type { Json, JsonObject } from '@gdcloud/core';
import { isJsonObject } from '../request/strict-json.js';
import { html, type Markup, NOTHING } from './markup.js';
import { plainText } from './plain-text.js';
import { linkOf, listOf, type Reader, urlIn } from './reader.js';

/** All types, with a link to each; those that have lists first. */
export function schemaList(body: JsonObject, reader: Reader): Markup {
  const { say } = reader;
  const { data } = body;
  const schemas = Array.isArray(data) ? data.filter(isJsonObject) : [];
  const isListed = (schema: JsonObject): boolean => linkOf(schema, 'collection') !== undefined;
  const rows = (some: readonly JsonObject[]): readonly Markup[] =>
    some.map(
      (schema) =>
        html`<tr><th scope="row"><a href="${linkOf(schema, 'self') ?? ''}">${plainText(schema['id'])}</a></th><td class="wide">${plainText(schema['description'])}</td><td>${fieldCount(schema)}</td></tr>\n`,
    );
  const table = (title: string, some: readonly JsonObject[]): Markup =>
    html`<section><h2>${title}</h2>
<div class="table-room" role="region" tabindex="0" aria-label="${title}"><table><thead><tr><th scope="col">${say('api.schema')}</th><th scope="col">${say('api.types.about')}</th><th scope="col">${say('api.schema.fields')}</th></tr></thead><tbody>
${rows(some)}</tbody></table></div></section>
`;
  return html`${table(say('api.types'), schemas.filter(isListed))}${table(
    say('api.schema.documents'),
    schemas.filter((schema) => !isListed(schema)),
  )}`;
}

/** A type: its fields with what they take, what can be asked of it, what its lists can be narrowed by. */
export function schemaView(body: JsonObject, reader: Reader): Markup {
  const { say } = reader;
  const collection = linkOf(body, 'collection');
  const methods = [
    ...methodsOf(body['collectionMethods'], collection ?? ''),
    ...methodsOf(body['resourceMethods'], `${collection ?? ''}/<id>`),
  ];
  return html`<p>${plainText(body['description'])}</p>
${collection === undefined ? NOTHING : html`<p><a class="button" href="${collection}">${say('api.schema.list', { type: plainText(body['pluralName']) })}</a></p>\n`}${
  methods.length === 0 ? NOTHING : html`<ul class="methods">${methods}</ul>\n`
}${fieldTable(body['resourceFields'], reader)}${actionTable(body['resourceActions'], reader)}${filterTable(body['collectionFilters'], reader)}`;
}

function fieldTable(fields: Json | undefined, reader: Reader): Markup {
  const { say } = reader;
  const rows = entriesOf(fields).map(
    ([name, field]) =>
      html`<tr id="field-${name}"><th scope="row">${name}</th><td>${typeView(plainText(field['type']), reader)}</td><td>${flagsOf(field, reader).join(', ')}</td><td>${limitsOf(field, reader).join(' · ')}</td><td class="wide">${plainText(field['description'])}</td></tr>\n`,
  );
  return tableOf(
    say('api.schema.fields'),
    ['name', 'type', 'flags', 'limits', 'about'].map((column) =>
      say(`api.column.${column}` as 'api.column.name'),
    ),
    rows,
  );
}

function actionTable(actions: Json | undefined, reader: Reader): Markup {
  const { say } = reader;
  const rows = entriesOf(actions).map(
    ([name, action]) =>
      html`<tr><th scope="row">${name}</th><td>${schemaLink(urlIn(action, 'input'), reader)}</td><td>${schemaLink(urlIn(action, 'output'), reader)}</td></tr>\n`,
  );
  const columns = [say('api.column.name'), say('api.column.input'), say('api.column.output')];
  return tableOf(say('api.actions'), columns, rows);
}

function filterTable(filters: Json | undefined, reader: Reader): Markup {
  const { say } = reader;
  const rows = entriesOf(filters).map(([name, { modifiers, options }]) => {
    const names = Array.isArray(modifiers)
      ? modifiers.map((one) => `${name}_${plainText(one)}`)
      : [];
    const values = Array.isArray(options) ? options.map(plainText).join(', ') : '';
    return html`<tr><th scope="row">${name}</th><td class="wide">${names.join(', ')}</td><td class="wide">${values}</td></tr>\n`;
  });
  const columns = [say('api.column.name'), say('api.column.filters'), say('api.column.values')];
  return tableOf(say('api.filter.title'), columns, rows);
}

function tableOf(title: string, columns: readonly string[], rows: readonly Markup[]): Markup {
  if (rows.length === 0) return NOTHING;
  const head = columns.map((column) => html`<th scope="col">${column}</th>`);
  return html`<section><h2>${title}</h2>
<div class="table-room" role="region" tabindex="0" aria-label="${title}"><table><thead><tr>${head}</tr></thead><tbody>
${rows}</tbody></table></div></section>
`;
}

// `array[reference[network]]`: the type that is referred to leads to its schema.
function typeView(type: string, reader: Reader): Markup {
  const [whole, before = '', target = '', after = ''] =
    /^(.*reference\[)([^\]]+)(\].*)$/.exec(type) ?? [];
  return whole === undefined || listOf(reader, target) === undefined
    ? html`<code>${type}</code>`
    : html`<code>${before}<a href="${reader.root}/schemas/${target}">${target}</a>${after}</code>`;
}

function schemaLink(id: string | undefined, { root }: Reader): Markup {
  return id === undefined ? html`–` : html`<a href="${root}/schemas/${id}">${id}</a>`;
}

function flagsOf(field: JsonObject, { say }: Reader): readonly string[] {
  const flags = ['create', 'update', 'required', 'suggested', 'nullable', 'unique'] as const;
  return [
    ...flags.filter((flag) => field[flag] === true).map((flag) => say(`api.flag.${flag}`)),
    ...(field['readOnCreateOnly'] === true ? [say('api.flag.once')] : []),
  ];
}

function limitsOf(field: JsonObject, { say }: Reader): readonly string[] {
  const { options } = field;
  const limits = [
    'min',
    'max',
    'minLength',
    'maxLength',
    'format',
    'validChars',
    'atLeast',
  ] as const;
  const told = [...limits, 'default', 'example']
    .filter((name) => field[name] !== null && field[name] !== undefined)
    .map((name) => `${name} ${plainText(field[name])}`);
  const values = Array.isArray(options)
    ? [say('api.limit.options', { options: options.map(plainText).join(', ') })]
    : [];
  return [...values, ...told];
}

function methodsOf(methods: Json | undefined, url: string): readonly Markup[] {
  return Array.isArray(methods)
    ? methods.map((method) => html`<li><code>${plainText(method)} ${url}</code></li>`)
    : [];
}

function fieldCount(schema: JsonObject): number {
  return entriesOf(schema['resourceFields']).length;
}

function entriesOf(value: Json | undefined): readonly (readonly [string, JsonObject])[] {
  return Object.entries(isJsonObject(value) ? value : {}).flatMap(([name, item]) =>
    isJsonObject(item) ? [[name, item] as const] : [],
  );
}
