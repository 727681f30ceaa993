/** How much an account may have at a time, by class; a class that is not named, or Infinity, is not limited. */
export interface Limits {
  readonly [className: string]: number;
}

/**
 * The limits of an account: its own, then those of the cloud. Administrators have what they want, unless their account says
 * otherwise.
 */
export function limitsOf(
  account: { readonly kind?: string; readonly limits?: Limits } | undefined,
  defaults: Limits,
): Limits {
  return { ...(account?.kind === 'admin' ? {} : defaults), ...account?.limits };
}
