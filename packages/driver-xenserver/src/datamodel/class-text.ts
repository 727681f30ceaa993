/** One class of the datamodel as text; the generator writes it, `schema.ts` reads it. */
export interface ClassText {
  readonly name: string;
  /** `<qualifier> <name>: <type>[ = <default>]` */
  readonly fields: readonly string[];
  /** Names, separated by spaces, of the messages whose shape follows from their name and the fields. */
  readonly implicit: string;
  /** `[open ]<name>(<parameter>[?]: <type>; …): <result>`; `open` marks a call that needs no session. */
  readonly messages: readonly string[];
}
