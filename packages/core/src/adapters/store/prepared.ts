import type { Compilable, CompiledQuery } from 'kysely';

/**
 * A query whose SQL is compiled once, with named parameters filled in at each use: building a query anew costs more
 * than running it (reference/toolchain.md 1.2).
 */
export type Prepared<Parameters extends object, Row> = (
  parameters: Parameters,
) => CompiledQuery<Row>;

class Slot {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/**
 * Prepares the query that `build` makes. `build` runs once and gets a stand-in for each parameter; it may use each as
 * a value any number of times, and must not look at it.
 */
export function prepare<Parameters extends object, Row = unknown>(
  build: (parameters: Parameters) => Compilable<Row>,
): Prepared<Parameters, Row> {
  let compiled: CompiledQuery<Row> | undefined;
  return (parameters) => {
    // The stand-ins only have to reach the compiler's parameter list, which takes values of any type.
    compiled ??= build(
      new Proxy({}, { get: (_, name) => new Slot(String(name)) }) as unknown as Parameters,
    ).compile();
    const values = parameters as { readonly [name: string]: unknown };
    return {
      ...compiled,
      parameters: compiled.parameters.map((value) =>
        value instanceof Slot ? values[value.name] : value,
      ),
    };
  };
}
