/** What an error of the API says of fields. */
export interface FieldFault {
  readonly fieldName: string | null;
  readonly message: string;
  readonly detail: string | null;
}

/**
 * What is wrong with which field. Where several are, `detail` tells of each, its name first: `domain must be …; ipv4Cidr
 * must be …`. Empty for errors that blame no field.
 */
export function fieldFaults({
  fieldName,
  message,
  detail,
}: FieldFault): ReadonlyMap<string, string> {
  if (fieldName === null) return new Map();
  const parts = (detail ?? '').split('; ').flatMap((part) => {
    const name = /^([A-Za-z][A-Za-z0-9]*):? /.exec(part)?.[1];
    return name === undefined ? [] : [[name, part] as const];
  });
  return new Map([...parts, [fieldName, message]]);
}

/** What of an error’s sentences is not said of single fields already. */
export function saidBesides(
  said: readonly string[],
  ofFields: readonly string[],
): readonly string[] {
  return said.filter((text) => !text.split('; ').every((part) => ofFields.includes(part)));
}
