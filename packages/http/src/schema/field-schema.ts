import { exampleOf, type Field, isNullable, type JsonObject } from '@gdcloud/core';

/** What a caller may do with a field. */
export interface FieldRights {
  readonly create: boolean;
  readonly update: boolean;
}

/** The GDAPI name of a field's type: `string`, `reference[network]`, `array[int]`, `map[json]`. */
export function fieldTypeName(field: Field): string {
  switch (field.kind) {
    case 'reference':
      return field.target === undefined ? 'string' : `reference[${field.target}]`;
    case 'array':
    case 'map':
      return `${field.kind}[${field.element === undefined ? 'json' : fieldTypeName(field.element)}]`;
    default:
      return field.kind;
  }
}

/** A field as `resourceFields` of a schema describes it, every flag explicit (rule 5). */
export function fieldSchema(
  field: Field,
  rights: FieldRights,
  unique: 'unique' | 'not unique' = 'not unique',
): JsonObject {
  const isList = field.kind === 'array' || field.kind === 'map';
  return {
    type: fieldTypeName(field),
    description: field.description,
    create: rights.create,
    update: rights.update,
    required: rights.create && field.required === true,
    suggested: rights.create && field.suggested === true,
    nullable: isNullable(field),
    unique: unique === 'unique',
    default: field.default ?? null,
    min: field.min ?? null,
    max: field.max ?? null,
    minLength: field.minLength ?? null,
    maxLength: field.maxLength ?? null,
    options: (isList ? field.element?.options : field.options) ?? null,
    validChars: field.validChars ?? null,
    format: (isList ? field.element?.format : field.format) ?? null,
    example: exampleOf(field) ?? null,
    atLeast: field.atLeast ?? null,
    satisfies: field.satisfies ?? null,
    invalidChars: null,
    readOnCreateOnly: field.show === 'once',
  };
}
