// A page for each resource type, from its declaration alone.
import { BUILT_IN_ACTIONS, COMMON_FIELDS, COMMON_STATES, filterableFields } from '@gdcloud/core';
import { cell, code, codes, page, table } from './markdown.mjs';

/** The pages of resource types by file name, the list of all of them first. */
export function typePages(types) {
  return new Map([
    ['index.md', listPage(types)],
    ...types.map((type) => [`${type.id}.md`, typePage(type)]),
  ]);
}

function listPage(types) {
  return page(
    'Resource types',
    'What there is, from the declarations that the API, its schemas, its forms and the client are made of. A cloud with plug-ins has ' +
      'more: its `/v1/schemas` says which.',
    table(
      ['type', 'path', 'what it is'],
      types.map((type) => [typeLink(type.id), code(`/v1/${type.plural}`), cell(type.description)]),
    ),
    '## What all of them have',
    'Beside `id`, `uuid`, `type`, `rev`, `state`, `transitioning`, `transitioningMessage`, `transitioningProgress`, `accountId`, ' +
      '`created`, `removed`, `links` and `actions`, which are only read:',
    fieldTable(COMMON_FIELDS),
    `States of every type beside its own: ${codes(COMMON_STATES)}.`,
    'Actions of every type:',
    table(
      ['action', 'takes', 'does', 'for'],
      Object.entries(BUILT_IN_ACTIONS).map(([name, action]) => [
        code(name),
        inputOf(action.input),
        cell(action.description),
        action.by === 'reader' ? 'who may read it' : 'its account',
      ]),
    ),
  );
}

function typePage(type) {
  return page(
    type.id,
    type.description,
    accessOf(type),
    '## What is asked for',
    'Fields that callers send, and those that only actions set.',
    fieldTable(type.spec),
    Object.keys(type.status).length === 0 ? '' : '## What is observed',
    observedTable(type.status),
    Object.keys(type.links).length === 0 ? '' : '## Links',
    linkTable(type),
    Object.keys(type.actions).length === 0 ? '' : '## Actions',
    actionTable(type),
    Object.keys(type.questions).length === 0 ? '' : '## Questions',
    Object.keys(type.questions).length === 0
      ? ''
      : 'Asked for like actions; they change nothing and are answered at once.',
    questionTable(type),
    '## States',
    `${codes(type.lifecycle.states)}, and those of every type: ${codes(COMMON_STATES)}.`,
    driftOf(type),
    '## Filters',
    'What lists are filtered and sorted by, with the endings that names take.',
    filterTable(type),
  );
}

function accessOf({ access, plural, uniqueBy }) {
  const visible =
    access.visibleTo === 'everyone' ? 'every account reads all of them' : 'an account sees its own';
  const unique =
    uniqueBy === undefined ? '' : ` No two have the same ${code(uniqueBy)}, which serves as an id.`;
  return (
    `Path ${code(`/v1/${plural}`)}; ${visible}. Users: ${verbs(access.users)}. ` +
    `Administrators: ${verbs(access.administrators)}.${unique}`
  );
}

function verbs(able) {
  return able.length === 0 ? 'nothing' : able.join(', ');
}

function fieldTable(fields) {
  return table(
    ['field', 'kind', 'set', 'limits', 'meaning'],
    Object.entries(fields).map(([name, field]) => [
      code(name),
      kindOf(field),
      settingOf(field),
      limitsOf(field),
      cell(field.description),
    ]),
  );
}

// Nobody sends them, so nothing is said of how.
function observedTable(fields) {
  return table(
    ['field', 'kind', 'meaning'],
    Object.entries(fields).map(([name, field]) => [
      code(name),
      field.options === undefined ? kindOf(field) : `${kindOf(field)}: ${codes(field.options)}`,
      cell(field.description),
    ]),
  );
}

function kindOf({ kind, target, element }) {
  if (target !== undefined) return `reference to ${typeLink(target)}`;
  if (element !== undefined) return `${kind} of ${kindOf(element)}`;
  return kind;
}

function settingOf({ write, required, default: initial, suggested, show, rest }) {
  const words = [
    required === true ? '**required**' : '',
    suggested === true ? 'suggested' : '',
    write === 'create' ? 'on create' : '',
    write === 'internal' ? 'by actions' : '',
    initial === undefined ? '' : `default ${code(JSON.stringify(initial))}`,
    show === 'once' ? 'shown once' : '',
    show === 'never' ? 'never shown' : '',
    rest === 'sealed' ? 'kept sealed' : '',
  ];
  return words.filter((word) => word !== '').join(', ');
}

function limitsOf(field) {
  const words = [
    field.options === undefined ? '' : codes(field.options),
    field.format === undefined ? '' : `format ${field.format}`,
    rangeOf(field.min, field.max, ''),
    lengthOf(field),
    field.validChars === undefined ? '' : `of ${code(`[${field.validChars}]`)}`,
    field.atLeast === undefined ? '' : `at least ${code(field.atLeast)}`,
    field.satisfies === undefined ? '' : `of ${code(JSON.stringify(field.satisfies))}`,
  ];
  return words.filter((word) => word !== '').join('; ');
}

// Of references it is that of any id.
function lengthOf({ kind, minLength, maxLength }) {
  if (kind === 'reference') return '';
  const unit = kind === 'array' || kind === 'map' ? ' entries' : ' characters';
  return rangeOf(minLength, maxLength, unit);
}

function rangeOf(least, most, unit) {
  if (least === undefined && most === undefined) return '';
  if (most === undefined) return `${least}${unit} or more`;
  return least === undefined ? `${most}${unit} at most` : `${least} to ${most}${unit}`;
}

function linkTable(type) {
  return table(
    ['link', 'leads to'],
    Object.entries(type.links).map(([name, link]) => [code(name), endOf(type, link)]),
  );
}

function endOf(type, link) {
  switch (link.kind) {
    case 'reference': {
      const target = (type.spec[link.field] ?? type.status[link.field]).target;
      return `the ${typeLink(target)} that ${code(link.field)} names`;
    }
    case 'children':
      return `each ${typeLink(link.type)} whose ${code(link.field)} names it`;
    default:
      return link.direction === 'both'
        ? 'its bytes, to be taken out or brought'
        : 'its bytes, to be taken out';
  }
}

function actionTable(type) {
  return table(
    ['action', 'takes', 'does'],
    Object.entries(type.actions).map(([name, action]) => [
      code(name),
      inputOf(action.input),
      cell(action.description) +
        (action.by === 'administrators' ? ' For administrators.' : '') +
        (action.asksFor === undefined ? '' : ` Asks for a ${typeLink(action.asksFor.type)}.`),
    ]),
  );
}

function questionTable(type) {
  return table(
    ['question', 'takes', 'answers', 'meaning'],
    Object.entries(type.questions).map(([name, question]) => [
      code(name),
      inputOf(question.input),
      inputOf(question.output),
      cell(question.description),
    ]),
  );
}

function inputOf(input) {
  return Object.entries(input)
    .map(([name, field]) => `${code(name)}: ${cell(field.description)}`)
    .join(' ');
}

function driftOf({ drift = {} }) {
  const policies = Object.entries(drift);
  if (policies.length === 0) return '';
  return `## When somebody else changes it\n\n${table(
    ['field', 'policy'],
    policies.map(([field, policy]) => [code(field), policy]),
  )}\nEverything else is repaired.`;
}

function filterTable(type) {
  return table(
    ['field', 'endings'],
    Object.entries(filterableFields(type)).map(([name, { modifiers }]) => [
      code(name),
      codes(modifiers.map((modifier) => `_${modifier}`)),
    ]),
  );
}

function typeLink(id) {
  return `[${id}](./${id}.md)`;
}
