import type { Json, JsonObject, ResourceType } from '@gdcloud/core';
import { isJsonObject } from '../request/strict-json.js';
import { type Column, columnsOf, plainColumns } from './columns.js';
import { html, Markup, NOTHING } from './markup.js';
import { plainText } from './plain-text.js';
import { linkOf, type Reader, urlIn } from './reader.js';
import { fieldOf, kindsOf, stateView, valueView } from './value-view.js';

/** What a collection holds: a row each, with a link to it; sorted by a click on a column. */
export function rowTable(
  body: JsonObject,
  about: ResourceType | undefined,
  reader: Reader,
): Markup {
  const rows = rowsOf(body['data']);
  const columns = about === undefined ? plainColumns(rows) : columnsOf(about);
  const { say } = reader;
  const list =
    rows.length === 0 || columns.length === 0
      ? html`<p class="empty">${say(isFiltered(body) ? 'api.list.noneFit' : 'empty.default')}</p>`
      : table(rows, columns, about, body, reader);
  return html`<div id="rows" data-live>
${list}
${pagingView(body, rows.length, reader)}</div>
`;
}

function table(
  rows: readonly JsonObject[],
  columns: readonly Column[],
  about: ResourceType | undefined,
  body: JsonObject,
  reader: Reader,
): Markup {
  const kinds = kindsOf(about);
  const lines = rows.map((row) => {
    const cells = columns.map(
      (column, index) =>
        html`<td${hiddenIn(column)}>${index === 0 && linkOf(row, 'self') !== undefined ? linkedCell(row, column) : cell(row, column, kinds, reader)}</td>`,
    );
    return html`<tr>${cells}</tr>\n`;
  });
  const head = columns.map((column) => headCell(column, body));
  return html`<div class="table-room" role="region" tabindex="0" aria-label="${reader.say('api.list.table')}"><table data-columns="${about?.id ?? ''}"><thead><tr>${head}</tr></thead><tbody>
${lines}</tbody></table></div>`;
}

function headCell(column: Column, body: JsonObject): Markup {
  const { name } = column;
  const sort = body['sort'];
  const sorted = isJsonObject(sort) && sort['name'] === name ? sort : undefined;
  const url = sorted === undefined ? urlIn(body['sortLinks'], name) : urlIn(sorted, 'reverse');
  const content = url === undefined ? html`${name}` : html`<a href="${url}">${name}</a>`;
  const way =
    sorted === undefined
      ? NOTHING
      : html` aria-sort="${sorted['order'] === 'desc' ? 'descending' : 'ascending'}"`;
  return html`<th scope="col" data-column="${name}"${way}${hiddenIn(column)}>${content}</th>`;
}

function hiddenIn({ shown }: Column): Markup {
  return shown === 'at first' ? NOTHING : new Markup(' hidden');
}

function linkedCell(row: JsonObject, { name }: Column): Markup {
  const self = linkOf(row, 'self') ?? '';
  const text = plainText(row[name]) || plainText(row['id']);
  return html`<a href="${self}"><bdi>${text === '' ? self : text}</bdi></a>`;
}

function cell(
  row: JsonObject,
  { name }: Column,
  kinds: ReturnType<typeof kindsOf>,
  reader: Reader,
): Markup {
  return name === 'state'
    ? stateView(row)
    : valueView(name, fieldOf(kinds, row, name), row[name], reader);
}

function pagingView(body: JsonObject, count: number, { say }: Reader): Markup {
  const { pagination } = body;
  const links = (['first', 'previous', 'next'] as const).flatMap((name) => {
    const url = urlIn(pagination, name);
    return url === undefined
      ? []
      : [html`<a class="button" href="${url}">${say(`api.page.${name}`)}</a> `];
  });
  const total = isJsonObject(pagination) ? pagination['total'] : null;
  const counted =
    typeof total === 'number'
      ? say('api.list.countOf', { count, total })
      : say('list.count', { count });
  return html`<nav class="paging" aria-label="${say('api.page.title')}"><span class="quiet">${counted}</span> ${links}</nav>`;
}

function isFiltered(body: JsonObject): boolean {
  const { filters } = body;
  return isJsonObject(filters) && Object.values(filters).some((filter) => filter !== null);
}

function rowsOf(data: Json | undefined): readonly JsonObject[] {
  return Array.isArray(data) ? data.filter(isJsonObject) : [];
}
