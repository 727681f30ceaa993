/**
 * A XAPI handle of an object of `Class`. Dies with the pool's database or toolstack, so it is never kept: only the
 * object's uuid is. The brand is optional, as keys of an answer's map are plain strings.
 */
export type Ref<Class extends string> = string & { readonly __xapi?: Class };

/** The handle that names nothing. */
export const NULL_REF = 'OpaqueRef:NULL';

/** Whether `ref` names nothing; releases differ in how they spell that. */
export function isNullRef(ref: string): boolean {
  return ref === NULL_REF || ref === '' || ref === 'Ref:NULL';
}
