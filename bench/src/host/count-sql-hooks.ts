import type { ResolveHook } from 'node:module';

const COUNTING = new URL('./counting-sqlite.js', import.meta.url).href;

/** Puts the counting SQLite in the place of the bare one, for everybody but itself. */
export const resolve: ResolveHook = (specifier, context, next) =>
  specifier === '@photostructure/sqlite' && context.parentURL !== COUNTING
    ? { url: COUNTING, shortCircuit: true }
    : next(specifier, context);
