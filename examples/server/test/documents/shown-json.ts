/** Words that mean the same every time: shown with another value, the document is wrong. */
const FIXED: ReadonlySet<string> = new Set([
  'type',
  'state',
  'transitioning',
  'desiredState',
  'asAsked',
  'status',
  'code',
  'fieldName',
  'complete',
]);

/**
 * What a shown document has that a real answer lacks, each as a path. Every name that is shown must be there with the
 * same kind of value; values may differ but for a few words. Of lists, each shown element must be like one that there is.
 */
export function notInAnswer(shown: unknown, real: unknown, path = ''): readonly string[] {
  if (Array.isArray(shown)) {
    if (!Array.isArray(real)) return [`${path}: is no list`];
    return shown.flatMap((element, index) =>
      real.some((one) => notInAnswer(element, one).length === 0)
        ? []
        : [`${path}[${index}]: nothing like it is in the list`],
    );
  }
  if (isObject(shown)) {
    if (!isObject(real)) return [`${path}: is ${kindOf(real)}`];
    return Object.entries(shown).flatMap(([name, value]) => {
      const here = path === '' ? name : `${path}.${name}`;
      if (!Object.hasOwn(real, name)) return [`${here}: is not there`];
      const there: unknown = Reflect.get(real, name);
      return FIXED.has(name) && value !== there && !isObject(value)
        ? [`${here}: is ${JSON.stringify(there)}, not ${JSON.stringify(value)}`]
        : notInAnswer(value, there, here);
    });
  }
  const nullable = shown === null || real === null;
  return nullable || kindOf(shown) === kindOf(real)
    ? []
    : [`${path}: is ${kindOf(real)}, not ${kindOf(shown)}`];
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value;
}
